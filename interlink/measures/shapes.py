"""How near and how alike two geometries are: distance, overlap, Hausdorff distance.

Metres and square metres are geodesic on a geographic CRS and planar, from the
length unit of the CRS, on a projected one. Geometries are shapely geometries with
their SRID; the right one is transformed to the CRS of the left one. Every result is
NaN where there is none: a geometry is null, empty, cannot be transformed, or GEOS
cannot intersect the two.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import shapely

from geosparql import crs
from geosparql.functions.crs_units import by_crs, degrees
from geosparql.functions.edges import Floats, Integers, simple_parts
from geosparql.functions.geodesic_distance import distance_m
from geosparql.functions.measures import metric_area, metric_distance
from geosparql.functions.rows import Column, evaluate, in_crs_of
from geosparql.outcome import Outcome

_LARGE = 20_000  # vertices of one times vertices of the other, past which trees are shared
_NARROW_DEG, _POLAR_DEG = 5.0, 85.0  # where a plane can tell which vertices are far
_LEAST_SCALE_RATIO = 0.98  # of an ellipsoid's radii of curvature, which differ by 1 %
_AT_ONCE = 500_000  # vertices whose distances are sought in one call


@dataclass
class Shapes:
    """(n,) pairs of geometries, measured when asked for the first time."""

    left: Column
    right: Column
    known_distance_m: Floats | None = None
    """Where the join that found the pairs gave it."""

    @cached_property
    def distance_m(self) -> Floats:
        """Shortest distances."""
        if self.known_distance_m is not None:
            return self.known_distance_m
        return distances_m(self.left, self.right)

    @cached_property
    def overlap(self) -> Overlap:
        """Shared areas."""
        return overlaps(self.left, self.right)

    @cached_property
    def hausdorff_m(self) -> Floats:
        """Hausdorff distances."""
        return hausdorff_m(self.left, self.right)


class Overlap(NamedTuple):
    """(n,) areas that pairs share, in square metres and as shares of each side and of both."""

    area_m2: Floats
    share_left: Floats
    """Of the left geometry's area; NaN where it has none."""
    share_right: Floats
    iou: Floats
    """Of the area of the two together: intersection over union."""


def distances_m(a: Column, b: Column) -> Floats:
    """Give the shortest distances in metres."""
    return _floats(metric_distance(a, b))


def overlaps(a: Column, b: Column) -> Overlap:
    """Give the areas that pairs share.

    Parameters
    ----------
    a, b
        (n,) geometries. Edges are straight in the coordinates of the CRS, as the
        topological relations see them.

    Returns
    -------
    Overlap
        Points and lines share no area; a share of no area is NaN.
    """
    moved = in_crs_of(a, b)
    both = evaluate(shapely.intersection, a, moved)
    shared, left, right = (_floats(metric_area(c)) for c in (both.values, a, moved.values))
    return Overlap(
        shared, _share(shared, left), _share(shared, right), _share(shared, left + right - shared)
    )


def hausdorff_m(a: Column, b: Column) -> Floats:
    """Give the discrete Hausdorff distances in metres.

    The farthest that a vertex of one geometry is from the other one; of a polygon the
    boundary is looked at, so that a hole counts (as GEOS does).
    """

    def kernel(a: Column, b: Column) -> Floats:
        result = np.empty(len(a))
        for srid, rows in by_crs(a):
            of_a, of_b = a[rows], b[rows]
            if crs.is_geographic(srid):
                result[rows] = _geodesic_hausdorff_m(degrees(of_a, srid), degrees(of_b, srid), srid)
            else:
                planar = shapely.hausdorff_distance(of_a, of_b)
                result[rows] = planar * crs.metres_per_unit(srid)
        return result

    return _floats(evaluate(kernel, a, in_crs_of(a, b), returns=pa.float64()))


def _geodesic_hausdorff_m(a: Column, b: Column, srid: int) -> Floats:
    result = np.full(len(a), np.nan)
    full = np.flatnonzero(~(shapely.is_empty(a) | shapely.is_empty(b)))
    lines_a, lines_b = _lines(a[full]), _lines(b[full])
    result[full] = np.maximum(
        _farthest_m(lines_a, lines_b, srid), _farthest_m(lines_b, lines_a, srid)
    )
    return result


def _farthest_m(a: Column, b: Column, srid: int) -> Floats:
    """Give how far the farthest vertex of each `a` is from `b`."""
    geod = crs.geod_of(srid)
    counts = shapely.get_num_coordinates(a)
    large = counts.astype(np.int64) * shapely.get_num_coordinates(b) > _LARGE
    result = np.zeros(len(a))
    for row in np.flatnonzero(large):  # one tree of the other side serves all vertices
        vertices = shapely.points(shapely.get_coordinates(a[row]))
        result[row] = np.max(distance_m(vertices, b[row : row + 1], geod))
    small = np.flatnonzero(~large)
    for rows in _portions(small, counts[small]):
        positions, place = _maybe_farthest(a[rows], b[rows])
        apart_m = distance_m(shapely.points(positions), b[rows[place]], geod)
        farthest_m = np.full(len(rows), -np.inf)
        np.maximum.at(farthest_m, place, apart_m)
        result[rows] = farthest_m
    return result


def _maybe_farthest(a: Column, b: Column) -> tuple[Floats, Integers]:
    """Give the vertices of each `a` that may be the farthest from its `b`, and their rows.

    In a plane with the scales of the middle latitude, lengths are wrong by no more than the
    scales change over the latitudes of the pair: a vertex that is nearer by more than
    that cannot be the farthest. Pairs that reach far, or near a pole, keep all.
    """
    positions, row = shapely.get_coordinates(a, return_index=True)
    sides = np.stack([shapely.bounds(a), shapely.bounds(b)])
    west, south = sides[:, :, :2].min(axis=0).T
    east, north = sides[:, :, 2:].max(axis=0).T
    bulge_deg = np.degrees(np.radians(east - west) ** 2 / 8.0)  # of a geodesic, toward a pole
    lowest, highest = south - bulge_deg, north + bulge_deg
    scale = np.cos(np.radians((lowest + highest) / 2.0))
    outer_deg = np.maximum(np.abs(lowest), np.abs(highest))
    inner_deg = np.where(lowest * highest > 0, np.minimum(np.abs(lowest), np.abs(highest)), 0.0)
    certain = np.cos(np.radians(outer_deg)) / np.cos(np.radians(inner_deg)) * _LEAST_SCALE_RATIO
    plane_b = _scaled(b, scale)
    apart = shapely.distance(shapely.points(positions * _columns(scale)[row]), plane_b[row])
    farthest = np.zeros(len(a))
    np.maximum.at(farthest, row, apart)
    narrow = (east - west < _NARROW_DEG) & (lowest > -_POLAR_DEG) & (highest < _POLAR_DEG)
    kept = (apart >= farthest[row] * certain[row]) | ~narrow[row]
    return positions[kept], row[kept]


def _scaled(lines: Column, scale: Floats) -> Column:
    """Multiply the longitudes of each line."""
    positions, row = shapely.get_coordinates(lines, return_index=True)
    return shapely.set_coordinates(lines.copy(), positions * _columns(scale)[row])  # type: ignore[no-any-return]


def _columns(scale: Floats) -> Floats:
    return np.column_stack([scale, np.ones(len(scale))])


def _portions(rows: Integers, sizes: Integers) -> list[Integers]:
    """Split rows so that the sizes of a portion sum up to about `_AT_ONCE`."""
    number = np.cumsum(sizes) // _AT_ONCE
    return np.split(rows, np.flatnonzero(np.diff(number)) + 1) if len(rows) else []


def _lines(geometries: Column) -> Column:
    """Give geometries, none of them empty, with the boundaries of polygons in their place."""
    if (shapely.get_dimensions(geometries) < 2).all():
        return geometries
    parts, owner = simple_parts(geometries)
    areal = shapely.get_dimensions(parts) == 2
    parts = parts.copy()
    parts[areal] = shapely.boundary(parts[areal])
    return shapely.geometrycollections(parts, indices=owner)  # type: ignore[no-any-return]


def _share(part: Floats, whole: Floats) -> Floats:
    found = np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0)
    return np.asarray(np.minimum(found, 1.0))  # where rounding made the part the larger one


def _floats(outcome: Outcome) -> Floats:
    values: Floats = outcome.values.to_numpy(zero_copy_only=False).astype(np.float64)
    return values
