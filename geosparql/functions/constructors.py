"""Functions that make a geometry of one or two others (requirement 39, `geometry_n` 40).

The result is in the CRS of the first geometry, and planar but for a buffer in
metres on a geographic CRS. An empty geometry gives an empty result. What GEOS
cannot compute, as the overlay of some invalid polygons, is a null with its reason.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import shapely

from geosparql import crs
from geosparql.coordinates import without_measures
from geosparql.functions.crs_units import (
    by_crs,
    degrees,
    fitting_units,
    from_degrees,
    metre,
    radians_per_unit,
)
from geosparql.functions.geodesic_buffer import GREATEST_RADIUS_M, QUADRANT_SEGMENTS, buffers
from geosparql.functions.rows import Column, decoded, evaluate, in_crs_of, rows_of, spread
from geosparql.outcome import Outcome

CONCAVE_HULL_RATIO = 0.3
"""How much detail a concave hull shows where nothing is said: 0 the most, 1 the convex hull."""
_FIRST_MULTI = 4
_GREATEST_PLACE = 2**31 - 1


def boundary(geometry: Column) -> Outcome:
    """Give the boundary: rings of polygons, end points of lines; empty for points.

    Parameters
    ----------
    geometry
        Geometry column.

    Returns
    -------
    Outcome
        n geometries; null for a collection of mixed types, whose boundary Simple
        Features does not define.
    """

    def kernel(geometries: Column) -> Column:
        empty = shapely.is_empty(geometries)
        return np.where(empty, geometries, shapely.boundary(geometries))

    missing = "Simple Features does not define the boundary of a collection of mixed types"
    return evaluate(kernel, geometry, missing=missing)


def bounding_circle(geometry: Column) -> Outcome:
    """Give the smallest circle around a geometry, as a polygon that encloses it.

    Its 64 sides touch the circle from outside; a single position is its own circle.
    """
    return evaluate(circles, geometry)


def centroid(geometry: Column) -> Outcome:
    """Give the centroid of the parts of the highest dimension; it may lie outside."""
    return evaluate(shapely.centroid, geometry)


def convex_hull(geometry: Column) -> Outcome:
    """Give the convex hull: a point, line or polygon."""
    return evaluate(shapely.convex_hull, geometry)


def concave_hull(geometry: Column, ratio: Column | None = None) -> Outcome:
    """Give a concave hull of the vertices, without holes (GEOS ConcaveHull).

    Parameters
    ----------
    geometry
        Geometry column.
    ratio
        0 (as concave as a connected polygon can be) to 1 (the convex hull): the length
        up to which edges of the Delaunay triangulation are kept, between its shortest
        and its longest edge. Left out: `CONCAVE_HULL_RATIO`.

    Returns
    -------
    Outcome
        n geometries; null where `ratio` is not from 0 to 1.
    """
    given = np.array([CONCAVE_HULL_RATIO]) if ratio is None else ratio

    def kernel(geometries: Column, ratios: Column) -> Column:
        result = np.full(len(geometries), None, dtype=object)
        for value in np.unique(ratios[(ratios >= 0) & (ratios <= 1)]):
            rows = np.flatnonzero(np.broadcast_to(ratios == value, len(result)))
            result[rows] = shapely.concave_hull(geometries[rows], ratio=float(value))
        return result

    geometries = np.broadcast_to(geometry, rows_of((geometry, given)))
    return evaluate(kernel, geometries, given, missing="the ratio must be from 0 to 1")


def envelope(geometry: Column) -> Outcome:
    """Give the smallest box with sides along the axes; a point for a point."""
    return evaluate(shapely.envelope, geometry)


def intersection(a: Column, b: Column) -> Outcome:
    """Give the positions that lie in both geometries; `b` is transformed to the CRS of `a`.

    Measures (M) are left out, as an overlay has none at the positions where lines cross.
    """
    return _overlay(shapely.intersection, a, b)


def union(a: Column, b: Column) -> Outcome:
    """Give the positions that lie in either geometry; see `intersection`."""
    return _overlay(shapely.union, a, b)


def difference(a: Column, b: Column) -> Outcome:
    """Give the positions that lie in `a` and not in `b`; see `intersection`."""
    return _overlay(shapely.difference, a, b)


def sym_difference(a: Column, b: Column) -> Outcome:
    """Give the positions that lie in just one of the geometries; see `intersection`."""
    return _overlay(shapely.symmetric_difference, a, b)


def transform(geometry: Column, crs_iri: Column) -> Outcome:
    """Transform geometries, vertex by vertex, to another CRS.

    Parameters
    ----------
    geometry
        Geometry column.
    crs_iri
        Text column of CRS IRIs in any form that `geosparql.crs.srid_of` reads.

    Returns
    -------
    Outcome
        n geometries in that CRS; null where it is not known, there is no way to it,
        or a position lies outside of what it can show.
    """
    count = rows_of((geometry, crs_iri))
    targets = spread(decoded(crs_iri, crs.srid_of), count)
    result = np.full(count, None, dtype=object)
    reasons = dict(targets.reasons)
    for srid in {srid for srid in targets.values if srid is not None}:
        rows = np.flatnonzero(targets.values == srid)
        moved = crs.transform(np.broadcast_to(geometry, count)[rows], srid)
        result[rows] = moved.values
        reasons |= {int(rows[place]): f"the geometry {why}" for place, why in moved.reasons.items()}
    return Outcome(result, reasons)


def buffer(geometry: Column, radius: Column, unit: Column) -> Outcome:
    """Give the positions within a distance of a geometry.

    Parameters
    ----------
    geometry
        Geometry column.
    radius
        Distances; a negative one takes a rim away from polygons.
    unit
        Text column of unit IRIs: of length, or on a geographic CRS of angle (then the
        buffer is planar, in degrees).

    Returns
    -------
    Outcome
        n polygons; null where the unit is not known or does not fit the CRS, or the
        radius is not finite. `geosparql.functions.geodesic_buffer` says how a buffer in
        metres on a geographic CRS is made; a quarter circle has 16 segments.
    """
    return _buffer(geometry, radius, fitting_units(geometry, unit, ("length", "angle")))


def metric_buffer(geometry: Column, radius: Column) -> Outcome:
    """Give the positions within a distance in metres; as `buffer`."""
    return _buffer(geometry, radius, metre())


def geometry_n(geometry: Column, number: Column) -> Outcome:
    """Give the n-th geometry of a collection, counted from 1; any other geometry is given itself.

    Parameters
    ----------
    geometry
        Geometry column.
    number
        Integers from 1 on.

    Returns
    -------
    Outcome
        n geometries; null where the collection has none of that number.
    """

    def kernel(geometries: Column, numbers: Column) -> Column:
        atomic = shapely.get_type_id(geometries) < _FIRST_MULTI
        places = np.where(atomic, 0, np.clip(numbers - 1, 0, _GREATEST_PLACE)).astype(np.int32)
        parts = shapely.get_geometry(geometries, places)
        parts[np.broadcast_to(numbers < 1, len(parts))] = None
        return _with_srid_of(geometries, parts)

    missing = "there is no geometry of that number; they are counted from 1"
    return evaluate(kernel, geometry, number, missing=missing)


def circles(geometries: Column) -> Column:
    """Give polygons around the smallest circles that enclose (n,) geometries, none of them null."""
    result = shapely.minimum_bounding_circle(geometries)
    radii = shapely.minimum_bounding_radius(geometries)
    round_ = radii > 0
    flat = ~round_ & ~shapely.is_empty(geometries)
    result[flat] = shapely.centroid(geometries[flat])
    outward = 1.0 / np.cos(np.pi / (4 * QUADRANT_SEGMENTS))
    centers = shapely.centroid(result[round_])
    result[round_] = shapely.buffer(centers, radii[round_] * outward, quad_segs=QUADRANT_SEGMENTS)
    return result  # type: ignore[no-any-return]


def _overlay(operation: Callable[..., Any], a: Column, b: Column) -> Outcome:
    def kernel(a: Column, b: Column) -> Column:
        return operation(without_measures(a), without_measures(b))  # type: ignore[no-any-return]

    return evaluate(kernel, a, in_crs_of(a, b))


def _buffer(geometry: Column, radius: Column, units: Outcome) -> Outcome:
    def kernel(geometries: Column, radii: Column, units: Column) -> Column:
        count = rows_of((geometries, radii, units))
        factors = np.array([unit.factor for unit in units])
        sizes = np.broadcast_to(radii * factors, count)
        angle = np.broadcast_to([unit.kind == "angle" for unit in units], count)
        full = np.broadcast_to(geometries, (count,))
        result = np.full(count, None, dtype=object)
        for srid, rows in by_crs(full):
            finite = rows[np.isfinite(sizes[rows])]
            geodesic = finite[~angle[finite]] if crs.is_geographic(srid) else finite[:0]
            planar = finite[angle[finite]] if crs.is_geographic(srid) else finite
            geodesic = geodesic[np.abs(sizes[geodesic]) <= GREATEST_RADIUS_M]
            lonlat = buffers(degrees(full[geodesic], srid), sizes[geodesic], crs.geod_of(srid))
            result[geodesic] = from_degrees(lonlat, srid)
            size = radians_per_unit(srid) if crs.is_geographic(srid) else crs.metres_per_unit(srid)
            result[planar] = shapely.buffer(
                full[planar], sizes[planar] / size, quad_segs=QUADRANT_SEGMENTS
            )
        return _with_srid_of(full, result)

    missing = (
        "the radius is not finite, or on a geographic CRS it is over 9,000 km or the "
        "geometry has positions that are no longitude and latitude"
    )
    return evaluate(kernel, geometry, radius, units, missing=missing)


def _with_srid_of(geometries: Column, results: Column) -> Column:
    """Set the SRIDs of geometries on what was made of them."""
    made = ~shapely.is_missing(results)
    results[made] = shapely.set_srid(
        results[made], np.broadcast_to(shapely.get_srid(geometries), len(results))[made]
    )
    return results
