"""Rows of the geometries table from geometry literals, each read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import shapely

from endpoint.store.encode import TermColumns
from endpoint.store.hilbert import hilbert_index
from endpoint.store.lexical_columns import Flags, Integers, numpy_of
from endpoint.store.schema import GEOMETRIES
from geosparql.crs import bounds_crs84
from geosparql.literals.table import parse_literals


@dataclass(frozen=True, slots=True)
class ReadGeometries:
    """n geometry literals that were read, and why some could not be."""

    geometries: Any
    """(n,) object array of geometries with SRID; None where unreadable."""
    reasons: Mapping[int, str]

    @property
    def readable(self) -> Flags:
        """Tell which rows hold a geometry."""
        flags: Flags = ~shapely.is_missing(self.geometries)
        return flags


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
    return ReadGeometries(geometries, reasons)


def geometry_table(ids: Integers, geometries: Any) -> pa.Table:
    """Give rows of the geometries table, with their place `hilbert` along the curve.

    Parameters
    ----------
    ids
        (n,) term ids.
    geometries
        (n,) geometries with SRID, none of them None.
    """
    boxes = bounds_crs84(geometries)
    empty = np.isnan(boxes[:, 0])
    columns = [
        pa.array(ids),
        pa.array(shapely.to_wkb(geometries, include_srid=True), pa.binary()),
        pa.array(shapely.get_srid(geometries).astype(np.int32)),
        *(pa.array(boxes[:, side], mask=empty) for side in range(4)),
        pa.array(shapely.get_dimensions(geometries).astype(np.int8)),
    ]
    table = pa.table(columns, schema=GEOMETRIES.schema)
    return table.append_column("hilbert", pa.array(hilbert_index(boxes)))
