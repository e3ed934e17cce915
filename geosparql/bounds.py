"""Boxes in CRS84 longitude/latitude that soundly enclose geometries of any CRS.

An edge that is straight in a projection is curved in longitude/latitude, and so
bulges over the box of its ends. Each edge is halved until it is short and nearly
straight there too (its second difference at the midpoint, eight times the bulge of
a parabola, is below `_FLAT_DEG`); that difference widens the box. The whole circle of
longitudes is given where a boundary crosses the antimeridian, and latitude reaches to
a pole that may lie inside.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pyproj
import shapely
from pyproj.exceptions import ProjError

from geosparql.crs_codes import CRS84, WGS84_LONLAT, transformer
from geosparql.errors import CRSError

_FLAT_DEG = 1e-3
_ROUND_OFF_DEG = 1e-9
_SPAN_DEG = 5.0
_SPAN_SHARE = 1e-4
_HALVINGS = 12
_WORLD = (-180.0, -90.0, 180.0, 90.0)


def bounds_crs84(geometries: Any) -> Any:
    """Give boxes in CRS84 that enclose geometries.

    Parameters
    ----------
    geometries
        (n,) array of geometries, each in the CRS of its own SRID, or None. Edges are
        straight in that CRS; the box holds every position of the geometry.

    Returns
    -------
    ndarray
        (n, 4) min_x, min_y, max_x, max_y in degrees; NaN for None and empty
        geometries. min_x, max_x are -180, 180 where the geometry crosses the
        antimeridian, holds a pole, or has longitudes outside that range. Where PROJ
        cannot place it the box is the whole world.

    Notes
    -----
    Two geometries of different CRS are compared after one is transformed, vertex by
    vertex, to the CRS of the other, which moves its edges: as a filter, take the
    boxes after that transformation.
    """
    source = np.atleast_1d(np.asarray(geometries, dtype=object))
    boxes = np.full((len(source), 4), np.nan)
    some = ~(shapely.is_missing(source) | shapely.is_empty(source))
    srids = shapely.get_srid(source)
    lonlat = some & np.isin(srids, tuple(WGS84_LONLAT))
    boxes[lonlat] = _whole_circle_where_outside(shapely.bounds(source[lonlat]))
    for srid in np.unique(srids[some & ~lonlat]):
        rows = np.flatnonzero(some & (srids == srid))
        boxes[rows] = _projected_bounds(source[rows], int(srid))
    return boxes


def _whole_circle_where_outside(boxes: Any) -> Any:
    outside = (boxes[:, 0] < -180) | (boxes[:, 2] > 180)
    boxes[outside, 0], boxes[outside, 2] = -180.0, 180.0
    return boxes


def _projected_bounds(geometries: Any, srid: int) -> Any:
    """Boxes of non-empty geometries of one CRS."""
    try:
        to_lonlat = transformer(srid, CRS84)
        from_lonlat = transformer(CRS84, srid)
    except (ProjError, CRSError):  # another celestial body, an unknown CRS
        return np.tile(_WORLD, (len(geometries), 1))
    xy, part, owner = _boundary(geometries)
    lonlat = _moved(to_lonlat, xy)
    starts = np.searchsorted(owner, np.arange(len(geometries)))
    boxes = np.hstack((np.minimum.reduceat(lonlat, starts), np.maximum.reduceat(lonlat, starts)))
    edges = np.flatnonzero(part[1:] == part[:-1])
    with np.errstate(invalid="ignore"):
        full_circle = _widen(boxes, owner[edges], _Edges.between(xy, lonlat, edges), to_lonlat)
    planar = shapely.bounds(geometries)
    for pole, column in ((-90.0, 1), (90.0, 3)):
        x, y = from_lonlat.transform(0.0, pole)
        held = (planar[:, 0] <= x) & (x <= planar[:, 2]) & (planar[:, 1] <= y) & (y <= planar[:, 3])
        boxes[held & full_circle, column] = pole
    boxes[full_circle, 0], boxes[full_circle, 2] = -180.0, 180.0
    boxes += np.array((-1, -1, 1, 1)) * _ROUND_OFF_DEG
    boxes[~np.isfinite(boxes).all(axis=1)] = _WORLD  # outside what PROJ can place
    return np.clip(boxes, _WORLD[:2] * 2, _WORLD[2:] * 2)


def _moved(to_lonlat: pyproj.Transformer, xy: Any) -> Any:
    return np.column_stack(to_lonlat.transform(xy[:, 0], xy[:, 1]))


class _Edges(NamedTuple):
    """(m, 2) ends of edges, in their CRS and in longitude/latitude."""

    start: Any
    end: Any
    start_lonlat: Any
    end_lonlat: Any

    @classmethod
    def between(cls, xy: Any, lonlat: Any, first: Any) -> _Edges:
        return cls(xy[first], xy[first + 1], lonlat[first], lonlat[first + 1])

    def halves(self, middle: Any, middle_lonlat: Any, rows: Any) -> _Edges:
        return _Edges(
            np.concatenate((self.start[rows], middle[rows])),
            np.concatenate((middle[rows], self.end[rows])),
            np.concatenate((self.start_lonlat[rows], middle_lonlat[rows])),
            np.concatenate((middle_lonlat[rows], self.end_lonlat[rows])),
        )


def _boundary(geometries: Any) -> tuple[Any, Any, Any]:
    """Give positions of points, lines and outer rings: (m, 2); and (m,) part and row of each."""
    parts, owner = np.array(geometries, dtype=object), np.arange(len(geometries))
    while (shapely.get_type_id(parts) >= shapely.GeometryType.MULTIPOINT).any():
        parts, index = shapely.get_parts(parts, return_index=True)
        owner = owner[index]
    surfaces = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    parts[surfaces] = shapely.get_exterior_ring(parts[surfaces])
    xy, part = shapely.get_coordinates(parts, return_index=True)
    return xy, part, owner[part]


def _widen(boxes: Any, owner: Any, edges: _Edges, to_lonlat: pyproj.Transformer) -> Any:
    """Widen boxes by the bulges of edges; give which rows need the whole circle of longitudes."""
    full_circle = np.zeros(len(boxes), dtype=bool)
    for halving in range(_HALVINGS + 1):
        middle = (edges.start + edges.end) / 2
        middle_lonlat = _moved(to_lonlat, middle)
        to_start = _shortest(edges.start_lonlat - middle_lonlat)
        to_end = _shortest(edges.end_lonlat - middle_lonlat)
        span, bulge = np.abs(to_end - to_start), np.abs(to_end + to_start)
        curved = ((bulge > _FLAT_DEG) | (span > _SPAN_DEG)).any(axis=1)
        done = ~curved | (halving == _HALVINGS)
        low = (middle_lonlat + np.minimum(to_start, to_end) - bulge)[done]
        high = (middle_lonlat + np.maximum(to_start, to_end) + bulge)[done]
        outside = (low[:, 0] < -180 - _ROUND_OFF_DEG) | (high[:, 0] > 180 + _ROUND_OFF_DEG)
        full_circle[owner[done][outside | curved[done]]] = True
        slack = span[done] * _SPAN_SHARE
        for axis in (0, 1):  # one column at a time: ten times faster than both
            np.minimum.at(boxes[:, axis], owner[done], (low - slack)[:, axis])
            np.maximum.at(boxes[:, axis + 2], owner[done], (high + slack)[:, axis])
        if done.all():
            break
        edges = edges.halves(middle, middle_lonlat, ~done)
        owner = np.concatenate((owner[~done], owner[~done]))
    return full_circle


def _shortest(difference: Any) -> Any:
    """Take longitude differences the short way round."""
    longitude = difference[:, 0]
    longitude[longitude > 180] -= 360
    longitude[longitude < -180] += 360
    return difference
