"""What cheap decisions about pairs need of each geometry: extents, a few places, soundness.

All of it is taken from the coordinates as they are, so that what it decides is exact.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from engine.join_geometries import Floats, Integers, Objects

Booleans = npt.NDArray[np.bool_]

POINT, LINE, POLYGON, MULTI_LINE, MULTI_POLYGON, COLLECTION = 0, 1, 3, 5, 6, 7
PLACES = 5  # of a line: both ends and what lies a quarter, a half and three quarters between
_AT_ONCE = 20_000
_VALIDITY_COST = 80  # pairs of a polygon of as many vertices cost as much as testing it


class Outlines(NamedTuple):
    """(n,) geometries, seen from far off.

    Attributes
    ----------
    vertices
        Number of coordinates.
    boxes, diagonals
        (n, 4): least x and y (of diagonals: x + y and x - y) and minus the greatest ones. Sums
        are rounded, which never turns an order around. An empty geometry has none (nan).
    places
        (n, 5, 2) vertices: the first, those a quarter, a half and three quarters on, the last.
    is_area, is_point, is_line
        Polygons and multipolygons; points; lines whose ends differ.
    sound
        Geometries of which GEOS says the same prepared or not, by `intersects` or `relate`:
        not collections and lines with parts of no length; of areas rings without holes that
        enclose something, and whatever is known to be valid.
    valid
        1 known to be valid, 0 known not to be, -1 not tested yet; `test_validity` fills in.
    """

    vertices: Integers
    boxes: Floats
    diagonals: Floats
    places: Floats
    is_area: Booleans
    is_point: Booleans
    is_line: Booleans
    sound: Booleans
    valid: npt.NDArray[np.int8]


def outlines_of(values: Objects) -> Outlines:
    """Look at geometries once."""
    kinds = shapely.get_type_id(values)
    vertices = shapely.get_num_coordinates(values).astype(np.int64)
    boxes, diagonals = np.full((2, len(values), 4), np.nan)
    places = np.full((len(values), PLACES, 2), np.nan)
    for start in range(0, len(values), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        _look(values[part], vertices[part], boxes[part], diagonals[part], places[part])
    first, last = places[:, 0], places[:, -1]
    is_line = (kinds == LINE) & ((first[:, 0] != last[:, 0]) | (first[:, 1] != last[:, 1]))
    shells = (kinds == POLYGON) & (shapely.get_num_interior_rings(values) == 0)
    has_area = shapely.get_dimensions(values) == 2
    sound = shells & (shapely.area(values) > 0.0) | ~has_area & (kinds != COLLECTION)
    valid = np.where(has_area, -1, 1).astype(np.int8)
    lines = (kinds == LINE) | (kinds == MULTI_LINE)
    valid[lines] = shapely.is_valid(values[lines])  # cheap: a part of no length is invalid
    valid[kinds == COLLECTION] = 0
    sound &= valid != 0
    is_area = (kinds == POLYGON) | (kinds == MULTI_POLYGON)
    return Outlines(
        vertices, boxes, diagonals, places, is_area, kinds == POINT, is_line, sound, valid
    )


def _look(
    values: Objects, vertices: Integers, boxes: Floats, diagonals: Floats, places: Floats
) -> None:
    """Fill in extents and places of geometries that are not empty."""
    full = np.flatnonzero(vertices)
    if not len(full):
        return
    xy = shapely.get_coordinates(values)
    counts = vertices[full]
    starts = np.cumsum(counts) - counts
    x, y = np.ascontiguousarray(xy.T)
    for extents, pair in ((boxes, (x, y)), (diagonals, (x + y, x - y))):
        for column, along in enumerate(pair):
            extents[full, column] = np.minimum.reduceat(along, starts)
            extents[full, 2 + column] = -np.maximum.reduceat(along, starts)
    steps = np.arange(PLACES)
    places[full] = xy[starts[:, None] + (counts[:, None] - 1) * steps // (PLACES - 1)]


def apart(a: Outlines, b: Outlines, rows: Integers) -> Booleans:
    """Tell which (2, n) pairs of rows have nothing in common, seen along the diagonals."""
    ours, theirs = a.diagonals.take(rows[0], axis=0), b.diagonals.take(rows[1], axis=0)
    gaps = [ours[:, i] > -theirs[:, i + 2] for i in range(2)]
    gaps += [theirs[:, i] > -ours[:, i + 2] for i in range(2)]
    result: Booleans = gaps[0] | gaps[1] | gaps[2] | gaps[3]
    return result


def surrounded(inner: Outlines, outer: Outlines, rows: Integers) -> Booleans:
    """Tell where boxes and diagonals of `inner` lie within those of `outer`."""
    result = np.ones(rows.shape[1], dtype=bool)
    for ours, theirs in ((inner.boxes, outer.boxes), (inner.diagonals, outer.diagonals)):
        own, other = ours.take(rows[0], axis=0), theirs.take(rows[1], axis=0)
        for column in range(4):
            result &= own[:, column] >= other[:, column]
    return result


def test_validity(values: Objects, outlines: Outlines, rows: Integers, pairs: Integers) -> None:
    """Test those of some rows that have enough pairs (n,) to pay for it."""
    worth = (pairs >= 4) & (pairs * _VALIDITY_COST >= outlines.vertices[rows])
    rows = rows[worth & (outlines.valid[rows] < 0)]
    outlines.valid[rows] = shapely.is_valid(values[rows])
    outlines.sound[rows] |= outlines.valid[rows] == 1
