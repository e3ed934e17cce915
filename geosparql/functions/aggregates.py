"""The spatial aggregates: many geometries to one (requirement 44).

Nulls are left out; no geometry at all gives an empty collection in CRS84, as the
sum of no numbers is zero. The result is in the CRS of the first geometry, to which
the others are transformed; one that cannot be makes the whole an error, because a
union of some is not the union of all. Measures (M) are left out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import shapely

from geosparql.coordinates import without_measures
from geosparql.errors import FunctionError
from geosparql.functions.constructors import CONCAVE_HULL_RATIO, circles
from geosparql.functions.rows import Column, in_crs_of, is_null


def bounding_box(geometries: Column) -> Any:
    """Give the smallest box around all geometries.

    Parameters
    ----------
    geometries
        Geometry column.

    Returns
    -------
    shapely.Geometry
        In the CRS of the first geometry.

    Raises
    ------
    FunctionError
        A geometry cannot be transformed to the CRS of the first, or GEOS cannot
        compute the result (which some invalid polygons have).
    """
    return _together(geometries, shapely.envelope)


def bounding_circle(geometries: Column) -> Any:
    """Give the smallest circle around all geometries, as a polygon; see `bounding_box`."""
    return _together(geometries, lambda shape: circles(np.array([shape], dtype=object))[0])


def centroid(geometries: Column) -> Any:
    """Give the centroid of all geometries taken together; see `bounding_box`.

    Those of a lower dimension do not count beside those of a higher one, and what
    overlaps counts as often as it is covered.
    """
    return _together(geometries, shapely.centroid)


def convex_hull(geometries: Column) -> Any:
    """Give the convex hull of all geometries; see `bounding_box`."""
    return _together(geometries, shapely.convex_hull)


def concave_hull(geometries: Column, ratio: float = CONCAVE_HULL_RATIO) -> Any:
    """Give the concave hull of all vertices; see `bounding_box`.

    `ratio` is that of `geosparql.functions.constructors.concave_hull`.
    """
    if not 0 <= ratio <= 1:
        raise FunctionError("the ratio of a concave hull must be from 0 to 1", value=ratio)
    return _together(geometries, lambda shape: shapely.concave_hull(shape, ratio=ratio))


def union(geometries: Column) -> Any:
    """Give the union of all geometries; see `bounding_box`."""
    return _together(geometries, shapely.union_all)


def _together(geometries: Column, work: Callable[[Any], Any]) -> Any:
    """Work on one collection of all geometries, in the CRS of the first."""
    present = geometries[~is_null(geometries)]
    if not len(present):
        return shapely.GeometryCollection()
    moved = in_crs_of(present[:1], present)
    if moved.reasons:
        row, reason = next(iter(moved.reasons.items()))
        raise FunctionError(reason.replace("second geometry", f"geometry number {row + 1}"))
    try:
        result = work(shapely.GeometryCollection(without_measures(moved.values).tolist()))
    except shapely.errors.GEOSException as error:
        raise FunctionError(str(error)) from error
    return shapely.set_srid(result, shapely.get_srid(present[0]))
