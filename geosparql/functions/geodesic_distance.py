"""Geodesic distance between geometries whose coordinates are longitude and latitude.

The points of a geometry are those of its planar reading: an edge is straight in
longitude/latitude, as the topological functions see it, so a distance is zero
where `sf_intersects` holds (or where the positions are the same on the globe: 180
and -180 degrees, any longitude at a pole).

The nearest pair of edges is found by descending two trees of balls in space. A
chord through the earth bounds the geodesic from both sides (by circles of the least
and of the greatest radius of curvature), so that no nearer pair is pruned. On the
pairs that are left the positions are found by minimizing the chord, and their
distance is Karney's geodesic (`pyproj.Geod.inv`). The chord's minimum is not quite
the geodesic's: along edges the result may be too long, by less than 1e-10 of the
distance up to 500 km, 1e-8 up to 2,000 km and 1e-6 anywhere. Between points it is
exact (15 nm).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pyproj
import shapely

from geosparql.functions.edges import Edges, Floats, Integers, edges_of, split_edges
from geosparql.functions.geodesic import are_lonlat
from geosparql.functions.rows import Column
from geosparql.functions.topology import predicate
from geosparql.relations import BoolArray

_LONGEST_EDGE_DEG = 1.0
_MARGIN = 1.02
_FAN_OUT = 4
_ROWS_AT_ONCE = 16_384
_PAIRS_AT_ONCE = 1_000_000
_STEPS = 4


def distance_m(a: Column, b: Column, geod: pyproj.Geod) -> Floats:
    """Give the geodesic distance of geometries in degrees longitude/latitude.

    Parameters
    ----------
    a, b
        Geometry columns (n rows or one) without nulls, in one geographic CRS.
    geod
        Its ellipsoid.

    Returns
    -------
    ndarray of float
        Metres; NaN where one of the two is empty or has positions that are no
        longitude and latitude.
    """
    count = max(len(a), len(b))
    usable = are_lonlat(a) & are_lonlat(b)
    if (shapely.get_type_id(a) == 0).all() and (shapely.get_type_id(b) == 0).all():
        lon_a, lat_a, lon_b, lat_b = np.broadcast_arrays(
            shapely.get_x(a), shapely.get_y(a), shapely.get_x(b), shapely.get_y(b)
        )
        return np.where(usable, geod.inv(lon_a, lat_a, lon_b, lat_b)[2], np.nan)
    result = np.full(count, np.nan)
    meeting = predicate("intersects", a, b) & usable
    result[meeting] = 0.0
    rows = np.flatnonzero(usable & ~(meeting | shapely.is_empty(a) | shapely.is_empty(b)))
    if len(rows):
        result[rows] = _apart_m(a, b, rows, geod)
    return result


def _apart_m(a: Column, b: Column, rows: Integers, geod: pyproj.Geod) -> Floats:
    """Give the distances in some rows, in which neither geometry is empty."""
    a, b = (column[rows] if len(column) > 1 else column for column in (a, b))
    tree_a, tree_b = _trees(a, b, geod)
    of_a, of_b = (np.arange(len(rows)) * (len(column) > 1) for column in (a, b))
    nearest_m = np.full(len(rows), np.inf)
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        part = slice(start, start + _ROWS_AT_ONCE)
        pairs = _Pairs(np.arange(len(rows[part])), of_a[part], of_b[part])
        bound_m = np.full(len(pairs.row), np.inf)
        for found in _descend(tree_a, tree_b, pairs, bound_m, geod):
            row, distance = _between_edges(tree_a, tree_b, found, bound_m, geod)
            np.minimum.at(nearest_m[part], row, distance)
    return nearest_m


class _Level(NamedTuple):
    """Balls of one level of a tree, and where the children of each begin in the level below."""

    centers: Floats
    radii_m: Floats
    children: Integers


class _Tree(NamedTuple):
    """Balls in space over the edges of many geometries; the first level has one a geometry."""

    levels: list[_Level]
    edges: Edges
    start: Floats
    """(m, 3) ends of the edges in space."""
    end: Floats
    bend: Floats
    """(m, 3) second derivative of the position in space, while it moves from end to end."""


class _Pairs(NamedTuple):
    """Pairs of balls of one level, or of edges, each with the row it belongs to."""

    row: Integers
    a: Integers
    b: Integers

    def where(self, kept: BoolArray) -> _Pairs:
        return _Pairs(self.row[kept], self.a[kept], self.b[kept])


def _trees(a: Column, b: Column, geod: pyproj.Geod) -> tuple[_Tree, _Tree]:
    """Build the trees of two columns, equally deep."""
    edges = [split_edges(edges_of(column), _LONGEST_EDGE_DEG) for column in (a, b)]
    counts = [np.bincount(e.owner, minlength=len(c)) for e, c in zip(edges, (a, b), strict=True)]
    most, depth = max(int(c.max()) for c in counts), 0
    while _FAN_OUT**depth < most:
        depth += 1
    first, second = (_tree(e, c, depth, geod) for e, c in zip(edges, counts, strict=True))
    return first, second


def _tree(edges: Edges, counts: Integers, depth: int, geod: pyproj.Geod) -> _Tree:
    """Group the balls of each geometry's edges, in their order, up to one a geometry."""
    start, end = _in_space(edges.start, geod), _in_space(edges.end, geod)
    middle = _in_space((edges.start + edges.end) / 2, geod)
    radii_m = np.maximum(_lengths(middle - start), _lengths(middle - end)) * _MARGIN
    levels = [_Level(middle, radii_m, np.empty(0, dtype=np.int64))]
    for _ in range(depth):
        below = levels[0]
        place = np.arange(len(below.radii_m)) - np.repeat(np.cumsum(counts) - counts, counts)
        first = place % _FAN_OUT == 0
        starts, group = np.flatnonzero(first), np.cumsum(first) - 1
        sizes = np.diff(np.append(starts, len(place)))
        centers = np.add.reduceat(below.centers, starts) / sizes[:, None]
        reach_m = _lengths(centers[group] - below.centers) + below.radii_m
        children = np.append(starts, len(place))
        levels.insert(0, _Level(centers, np.maximum.reduceat(reach_m, starts), children))
        counts = -(-counts // _FAN_OUT)
    return _Tree(levels, edges, start, end, 4.0 * (start + end - 2.0 * middle))


def _descend(
    a: _Tree, b: _Tree, pairs: _Pairs, bound_m: Floats, geod: pyproj.Geod, level: int = 0
) -> Iterator[_Pairs]:
    """Yield the pairs of edges that may be a row's nearest.

    `bound_m` is the least chord known to be reached in every row; it shrinks on the way.
    """
    leaf = level == len(a.levels) - 1
    balls_a, balls_b = a.levels[level], b.levels[level]
    apart_m = _lengths(balls_a.centers[pairs.a] - balls_b.centers[pairs.b])
    reach_m = balls_a.radii_m[pairs.a] + balls_b.radii_m[pairs.b]
    np.minimum.at(bound_m, pairs.row, apart_m if leaf else apart_m + reach_m)
    pairs = pairs.where(apart_m - reach_m <= _widened(bound_m, geod)[pairs.row])
    if not len(pairs.row):
        return
    if leaf:
        yield pairs
        return
    for some in _expanded(pairs, balls_a.children, balls_b.children):
        yield from _descend(a, b, some, bound_m, geod, level + 1)


def _expanded(pairs: _Pairs, children_a: Integers, children_b: Integers) -> Iterator[_Pairs]:
    """Yield all pairs of children of pairs of balls, a bounded number at once."""
    sizes_a, sizes_b = np.diff(children_a)[pairs.a], np.diff(children_b)[pairs.b]
    totals = np.cumsum(sizes_a * sizes_b)
    cuts = np.searchsorted(totals, np.arange(_PAIRS_AT_ONCE, totals[-1], _PAIRS_AT_ONCE))
    for part in np.split(np.arange(len(totals)), np.unique(cuts)):
        sizes = sizes_a[part] * sizes_b[part]
        source = np.repeat(part, sizes)
        place = np.arange(len(source)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        in_a, in_b = np.divmod(place, sizes_b[source])
        yield _Pairs(
            pairs.row[source],
            children_a[pairs.a[source]] + in_a,
            children_b[pairs.b[source]] + in_b,
        )


def _between_edges(
    a: _Tree, b: _Tree, pairs: _Pairs, bound_m: Floats, geod: pyproj.Geod
) -> tuple[Integers, Floats]:
    """Give rows and geodesic distances of those pairs of edges that may be a row's nearest."""
    s, t, apart_m = _nearest_on_segments(
        a.start[pairs.a], a.end[pairs.a] - a.start[pairs.a],
        b.start[pairs.b], b.end[pairs.b] - b.start[pairs.b],
    )  # fmt: skip
    bulge_m = (_lengths(a.bend[pairs.a]) + _lengths(b.bend[pairs.b])) * (_MARGIN / 8.0)
    np.minimum.at(bound_m, pairs.row, apart_m + bulge_m)
    near = apart_m - bulge_m <= _widened(bound_m, geod)[pairs.row]
    pairs, s, t = pairs.where(near), s[near], t[near]
    start_a, step_a = a.edges.start[pairs.a], (a.edges.end - a.edges.start)[pairs.a]
    start_b, step_b = b.edges.start[pairs.b], (b.edges.end - b.edges.start)[pairs.b]
    for _ in range(_STEPS):
        at_a, at_b = start_a + s[:, None] * step_a, start_b + t[:, None] * step_b
        along_a, along_b = _motion(at_a, step_a, geod), _motion(at_b, step_b, geod)
        apart = _in_space(at_a, geod) - _in_space(at_b, geod)
        slope = np.column_stack([_dots(apart, along_a), -_dots(apart, along_b)])
        curvature = np.column_stack(
            [
                _dots(along_a, along_a) + _dots(apart, a.bend[pairs.a]),
                _dots(along_b, along_b) - _dots(apart, b.bend[pairs.b]),
                -_dots(along_a, along_b),
            ]
        )
        s, t = _least_in_square(s, t, slope, curvature)
    at_a, at_b = start_a + s[:, None] * step_a, start_b + t[:, None] * step_b
    return pairs.row, np.asarray(geod.inv(*at_a.T, *at_b.T)[2])


def _least_in_square(
    s: Floats, t: Floats, slope: Floats, curvature: Floats
) -> tuple[Floats, Floats]:
    """Give where in the unit square a quadratic form is least, which has this slope at (s, t).

    `curvature` is (m, 3): of s, of t, mixed. The place is inside, on a side or in a corner.
    """
    of_s, of_t, mixed = curvature.T
    inside = of_s * of_t - mixed**2
    inside[(inside <= 0) | (of_s <= 0)] = 0.0
    best_s = np.clip(s + _ratio(mixed * slope[:, 1] - of_t * slope[:, 0], inside), 0.0, 1.0)
    best_t = np.clip(t + _ratio(mixed * slope[:, 0] - of_s * slope[:, 1], inside), 0.0, 1.0)
    least = np.full(len(s), np.inf)
    result_s, result_t = best_s, best_t
    corners = [(np.full_like(s, x), np.full_like(t, y)) for x in (0.0, 1.0) for y in (0.0, 1.0)]
    sides = [(x, np.clip(t - _ratio(slope[:, 1] + mixed * (x - s), np.maximum(of_t, 0.0)), 0, 1))
             for x, _ in corners[::2]]  # fmt: skip
    sides += [(np.clip(s - _ratio(slope[:, 0] + mixed * (y - t), np.maximum(of_s, 0.0)), 0, 1), y)
              for _, y in corners[:2]]  # fmt: skip
    for candidate_s, candidate_t in [(best_s, best_t), *sides, *corners]:
        ds, dt = candidate_s - s, candidate_t - t
        value = (
            slope[:, 0] * ds + slope[:, 1] * dt
            + (of_s * ds**2 + of_t * dt**2) / 2.0 + mixed * ds * dt
        )  # fmt: skip
        better = value < least
        least = np.where(better, value, least)
        result_s = np.where(better, candidate_s, result_s)
        result_t = np.where(better, candidate_t, result_t)
    return result_s, result_t


def _nearest_on_segments(
    a: Floats, along_a: Floats, b: Floats, along_b: Floats
) -> tuple[Floats, Floats, Floats]:
    """Give where, from 0 to 1, straight segments in space are nearest, and how far apart."""
    between = a - b
    aa, bb, ab = _dots(along_a, along_a), _dots(along_b, along_b), _dots(along_a, along_b)
    a_between, b_between = _dots(along_a, between), _dots(along_b, between)
    area = aa * bb - ab**2
    area[area <= 1e-12 * aa * bb] = 0.0  # parallel: any place serves
    s = np.clip(_ratio(ab * b_between - bb * a_between, area), 0.0, 1.0)
    t = np.clip(_ratio(ab * s + b_between, bb), 0.0, 1.0)
    s = np.clip(_ratio(ab * t - a_between, aa), 0.0, 1.0)
    return s, t, _lengths(between + s[:, None] * along_a - t[:, None] * along_b)


def _widened(chord_m: Floats, geod: pyproj.Geod) -> Floats:
    """Widen chords by what chords of equal geodesic length may differ on the ellipsoid."""
    least, greatest = geod.a * (1.0 - geod.es), geod.a / np.sqrt(1.0 - geod.es)
    longest = least * np.arcsin(np.minimum(chord_m / (2.0 * least), 1.0))
    shortest = greatest * np.arcsin(np.minimum(chord_m / (2.0 * greatest), 1.0))
    return chord_m * (_ratio(longest, shortest) + 1e-9)


def _in_space(lonlat_deg: Floats, geod: pyproj.Geod) -> Floats:
    """Give positions on the ellipsoid in space: (m, 2) degrees to (m, 3) metres."""
    lon, lat = np.radians(lonlat_deg).T
    across_m = geod.a / np.sqrt(1.0 - geod.es * np.sin(lat) ** 2)
    out_m = across_m * np.cos(lat)
    up_m = across_m * (1.0 - geod.es) * np.sin(lat)
    return np.column_stack([out_m * np.cos(lon), out_m * np.sin(lon), up_m])


def _motion(lonlat_deg: Floats, step_deg: Floats, geod: pyproj.Geod) -> Floats:
    """Give how positions move in space, in metres, while longitude and latitude move by a step."""
    lon, lat = np.radians(lonlat_deg).T
    w = 1.0 - geod.es * np.sin(lat) ** 2
    east_m = geod.a / np.sqrt(w) * np.cos(lat) * np.radians(step_deg[:, 0])
    north_m = geod.a * (1.0 - geod.es) / w**1.5 * np.radians(step_deg[:, 1])
    out_m = -np.sin(lat) * north_m
    return np.column_stack(
        [
            out_m * np.cos(lon) - np.sin(lon) * east_m,
            out_m * np.sin(lon) + np.cos(lon) * east_m,
            np.cos(lat) * north_m,
        ]
    )


def _ratio(above: Floats, below: Floats) -> Floats:
    """Divide; zero where the divisor is zero (an edge that is one position)."""
    return np.divide(above, below, out=np.zeros_like(above), where=below != 0)


def _dots(a: Floats, b: Floats) -> Floats:
    result: Floats = np.einsum("ij,ij->i", a, b)
    return result


def _lengths(vectors: Floats) -> Floats:
    return np.sqrt(_dots(vectors, vectors))
