"""What is done with the geometries of a set before they are linked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from geosparql.bounds import bounds_crs84
from geosparql.crs import axes_swapped, srid_of
from geosparql.errors import EarthgraphError
from geosparql.literals.table import parse_literals
from interlink.rules.model import FeatureSet, VectorSource

CLEAN_SCHEMA = pa.schema(
    [
        pa.field("feature", pa.string()),
        pa.field("geometry", pa.binary()),
        pa.field("problem", pa.string()),
        pa.field("reason", pa.string()),
        pa.field("srid", pa.int32()),
    ]
)
_GIVEN = 4  # columns that come in
UNREADABLE, EMPTY, INVALID, REPAIRED = "unreadable", "empty", "invalid", "repaired"
UNNAMED = "unnamed"
"""What may be the matter with a geometry; only a repaired one is linked.

A blank node has no name that a link in another file could use.
"""

Objects = npt.NDArray[np.object_]


def clean(chosen: FeatureSet, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Give the rows of a set as they are linked.

    Parameters
    ----------
    chosen
        CRS, box, and what is done with invalid geometries.
    batches
        ``feature``, ``geometry`` (EWKB), ``lexical`` and ``datatype``; others behind them.

    Yields
    ------
    pyarrow.RecordBatch
        Of `CLEAN_SCHEMA`, then the others. `geometry` is null where it cannot be
        linked; `problem` and `reason` say what was the matter.
    """
    for batch in batches:
        yield _cleaned(chosen, batch)


def _cleaned(chosen: FeatureSet, batch: pa.RecordBatch) -> pa.RecordBatch:
    given = batch.column("geometry").to_numpy(zero_copy_only=False)
    shapes = shapely.from_wkb(given, on_invalid="ignore")
    before = shapes.copy()
    rows = len(shapes)
    problem, reason = np.full(rows, None, dtype=object), np.full(rows, None, dtype=object)
    missing = shapely.is_missing(shapes)
    problem[missing] = UNREADABLE
    reason[missing] = _unreadable(batch.filter(pa.array(missing)))
    if chosen.crs_iri is not None and not isinstance(chosen.source, VectorSource):
        _state_crs(shapes, srid_of(chosen.crs_iri))
    problem[shapely.is_empty(shapes) & ~missing] = EMPTY
    if chosen.invalid != "keep":
        _judge(chosen, shapes, problem, reason)
    problem[_unnamed(batch)] = UNNAMED
    inside = np.ones(rows, dtype=bool)
    if chosen.box is not None:
        inside = missing | _meets(shapes, chosen.box)
    changed = np.array([one is not other for one, other in zip(shapes, before, strict=True)])
    given = given.copy()
    given[changed] = shapely.to_wkb(shapes[changed], include_srid=True)
    given[(problem != None) & (problem != REPAIRED)] = None  # noqa: E711 - of each element
    columns = [batch.column("feature"), pa.array(given, pa.binary()),
               pa.array(problem, pa.string()), pa.array(reason, pa.string()),
               pa.array(shapely.get_srid(shapes), pa.int32())]  # fmt: skip
    names = [*CLEAN_SCHEMA.names, *batch.schema.names[_GIVEN:]]
    found = pa.record_batch([*columns, *batch.columns[_GIVEN:]], names)
    return found if inside.all() else found.filter(pa.array(inside))


def _unnamed(batch: pa.RecordBatch) -> Any:
    return pc.starts_with(batch.column("feature"), "_:").to_numpy(zero_copy_only=False)


def _unreadable(rows: pa.RecordBatch) -> list[str]:
    """Say why literals cannot be read, by reading them once more."""
    reasons = []
    for lexical, datatype in zip(*(rows.column(n).to_pylist() for n in ("lexical", "datatype")),
                                 strict=True):  # fmt: skip
        if lexical is None:
            reasons.append("has no geometry that can be read")
            continue
        try:
            found = parse_literals([lexical], datatype).reasons.get(0)
        except EarthgraphError as error:
            found = str(error)
        reasons.append(found or "cannot be read")
    return reasons


def _state_crs(shapes: Objects, srid: int) -> None:
    """Take geometries that state no CRS as in this one, their axes in its order."""
    rows = np.flatnonzero(~shapely.is_missing(shapes) & (shapely.get_srid(shapes) == 0))
    found = shapes[rows]
    if axes_swapped(srid):
        found = shapely.transform(found, lambda places: places[:, ::-1])
    shapes[rows] = shapely.set_srid(found, srid)


def _judge(chosen: FeatureSet, shapes: Objects, problem: Objects, reason: Objects) -> None:
    """Look for invalid geometries, and repair them where that is asked for."""
    rows = np.flatnonzero(~shapely.is_missing(shapes) & ~shapely.is_valid(shapes))
    problem[rows] = INVALID
    reason[rows] = shapely.is_valid_reason(shapes[rows])
    if chosen.invalid != "repair":
        return
    for row in rows:
        repaired = _repaired(shapes[row])
        if repaired is not None:
            shapes[row], problem[row] = repaired, REPAIRED


def _repaired(shape: Any) -> Any:
    """Make a geometry valid; None where nothing is left of it, or GEOS cannot."""
    try:
        made = shapely.make_valid(shape, method="structure", keep_collapsed=True)
    except shapely.errors.GEOSException:
        return None
    if made is None or made.is_empty or not made.is_valid:
        return None
    return shapely.set_srid(made, shapely.get_srid(shape))


def _meets(shapes: Objects, box: tuple[float, float, float, float]) -> npt.NDArray[np.bool_]:
    """Tell which boxes of geometries meet a box in degrees, which may cross 180 degrees."""
    west, south, east, north = box
    x_min, y_min, x_max, y_max = bounds_crs84(shapes).T
    along = (x_min <= east) & (x_max >= west)
    if west > east:
        along = (x_max >= west) | (x_min <= east)
    met: npt.NDArray[np.bool_] = along & (y_min <= north) & (y_max >= south)
    return met
