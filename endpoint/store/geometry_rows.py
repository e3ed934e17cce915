"""Rows of the geometries table from geometry literals, each read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from endpoint.store.encode import TermColumns
from endpoint.store.hilbert import hilbert_index
from endpoint.store.lexical_columns import Flags, Integers, numpy_of
from endpoint.store.schema import GEOMETRIES
from geosparql.crs import CRS84, bounds_crs84
from geosparql.literals.plain_wkt import PlainShapes, read_plain
from geosparql.literals.table import parse_literals
from geosparql.vocabulary import GEO_WKT_LITERAL

_ROWS = pa.schema([*list(GEOMETRIES.schema)[1:], pa.field("hilbert", pa.int64())])


@dataclass(frozen=True, slots=True)
class ReadGeometries:
    """n geometry literals that were read, and why some could not be."""

    readable: Flags
    """(n,) true where the row holds a geometry."""
    rows: pa.Table
    """Of the readable ones, in order: the geometries table but for the id, and the
    place `hilbert` along the curve."""
    reasons: Mapping[int, str]

    def table(self, ids: Integers) -> pa.Table:
        """Give rows of the geometries table, with `hilbert`, from the (n,) ids of the literals."""
        return self.rows.add_column(0, GEOMETRIES.schema.field("id"), pa.array(ids[self.readable]))


def read_geometries(literals: TermColumns, known: pa.BinaryArray) -> ReadGeometries:
    """Read geometry literals.

    Parameters
    ----------
    literals
        n literals of the five geometry datatypes.
    known
        n EWKB, of a producer that had the geometry at hand; null where the text is to
        be read.

    Returns
    -------
    ReadGeometries
        Each row has a geometry or a reason.
    """
    read = numpy_of(known.is_valid())
    wkt = np.flatnonzero(numpy_of(pc.equal(literals.datatype, GEO_WKT_LITERAL)) & ~read)
    shapes = read_plain(literals.lexical.take(pa.array(wkt)))
    plain = wkt[shapes.rows]
    rest = np.ones(len(literals), dtype=bool)
    rest[plain] = False
    others = np.flatnonzero(rest)
    geometries, reasons = _parsed(literals.take(others), known.take(pa.array(others)))
    found = ~shapely.is_missing(geometries)
    places = np.concatenate([plain, others[found]])
    readable = ~rest
    readable[others[found]] = True
    rows = pa.concat_tables([_plain_rows(shapes), _rows(geometries[found])]).combine_chunks()
    if len(others):
        rows = rows.take(pa.array(np.argsort(places)))
    return ReadGeometries(readable, rows, {int(others[row]): why for row, why in reasons.items()})


def _parsed(literals: TermColumns, known: pa.BinaryArray) -> tuple[Any, dict[int, str]]:
    """Give geometry objects, None where a literal cannot be read, and why."""
    present = numpy_of(known.is_valid())
    geometries = np.full(len(literals), None, dtype=object)
    ready = np.flatnonzero(present)
    given = known.take(pa.array(ready)).to_numpy(zero_copy_only=False)
    geometries[ready] = shapely.from_wkb(given, on_invalid="ignore")
    datatypes = numpy_of(literals.datatype)
    reasons: dict[int, str] = {}
    for datatype in np.unique(datatypes):
        rows = np.flatnonzero((datatypes == datatype) & shapely.is_missing(geometries))
        outcome = parse_literals(literals.lexical.take(pa.array(rows)), datatype)
        geometries[rows] = outcome.values
        reasons |= {int(rows[row]): reason for row, reason in outcome.reasons.items()}
    return geometries, reasons


def _rows(geometries: Any) -> pa.Table:
    """Give the rows of (n,) geometries with SRID, none of them None."""
    wkb = pa.array(shapely.to_wkb(geometries, include_srid=True), pa.binary())
    srids, dimensions = shapely.get_srid(geometries), shapely.get_dimensions(geometries)
    return _located(wkb, srids, bounds_crs84(geometries), dimensions)


def _plain_rows(shapes: PlainShapes) -> pa.Table:
    srids = np.full(len(shapes.rows), CRS84)
    return _located(shapes.wkb, srids, shapes.boxes_lonlat, shapes.dimensions)


def _located(wkb: pa.BinaryArray, srids: Any, boxes: Any, dimensions: Any) -> pa.Table:
    empty = np.isnan(boxes[:, 0])
    columns = [
        wkb,
        pa.array(srids.astype(np.int32)),
        *(pa.array(boxes[:, side], mask=empty) for side in range(4)),
        pa.array(dimensions.astype(np.int8)),
        pa.array(hilbert_index(boxes)),
    ]
    return pa.table(columns, schema=_ROWS)
