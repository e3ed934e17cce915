"""Areas of pixel regions on the ground: planar, or on the ellipsoid where pixels are in degrees."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geosparql.crs import geod_of, is_geographic, metres_per_unit
from geotriples.sources.rings import IntArray, Polygons

Floats = npt.NDArray[np.float64]


def areas_m2(polygons: Polygons, pixels: IntArray, transform: Any, srid: int) -> Floats:
    """Give the areas of polygons of pixels in square metres.

    Parameters
    ----------
    polygons
        In pixel coordinates.
    pixels
        Number of pixels of each.
    transform
        Affine transform from pixel coordinates to the CRS.
    srid
        The CRS. Projected: the area in the plane of the projection. Geographic:
        the area on the ellipsoid between the meridians and parallels that bound
        the pixels; the areas of pixels add up to it exactly.

    Returns
    -------
    ndarray
        Square metres.
    """
    if not is_geographic(srid):
        pixel_m2 = abs(transform.determinant) * metres_per_unit(srid) ** 2
        planar: Floats = pixels * pixel_m2
        return planar
    if transform.b == 0 and transform.d == 0:
        return _between_parallels(polygons, transform, srid)
    geod = geod_of(srid)
    placed = placed_polygons(polygons, transform)
    return np.array([abs(geod.geometry_area_perimeter(polygon)[0]) for polygon in placed])


def placed_polygons(polygons: Polygons, transform: Any) -> npt.NDArray[np.object_]:
    """Give polygons of pixels as geometries in coordinates of the CRS."""
    placed: npt.NDArray[np.object_] = shapely.from_ragged_array(
        shapely.GeometryType.POLYGON,
        placed_corners(polygons, transform),
        (polygons.rings, polygons.polygons),
    )
    return placed


def placed_corners(polygons: Polygons, transform: Any) -> Floats:
    """Give the corners of polygons of pixels in coordinates of the CRS."""
    columns, rows = polygons.corners[:, 0], polygons.corners[:, 1]
    places = np.empty(polygons.corners.shape, np.float64)
    places[:, 0] = transform.a * columns + transform.c
    places[:, 1] = transform.e * rows + transform.f
    if transform.b or transform.d:
        places[:, 0] += transform.b * rows
        places[:, 1] += transform.d * columns
    return places


def row_areas_m2(height: int, transform: Any, srid: int) -> Floats:
    """Give the area of a pixel in each row of a raster without rotation."""
    if not is_geographic(srid):
        return np.full(height, abs(transform.determinant) * metres_per_unit(srid) ** 2)
    below = _area_below(np.radians(transform.e * np.arange(height + 1) + transform.f), srid)
    areas: Floats = np.abs(np.radians(transform.a) * np.diff(below))
    return areas


def _between_parallels(polygons: Polygons, transform: Any, srid: int) -> Floats:
    """Integrate the area below each side along a parallel; sides along meridians add nothing."""
    columns, rows = polygons.corners[:, 0], polygons.corners[:, 1]
    bottom = int(rows.max(initial=0))
    below = _area_below(np.radians(transform.e * np.arange(bottom + 1) + transform.f), srid)
    widths = np.zeros(len(columns))
    widths[:-1] = np.diff(columns)
    widths[polygons.rings[1:] - 1] = 0
    sums = np.add.reduceat(widths * below[rows], polygons.starts[:-1])
    result: Floats = np.abs(np.radians(transform.a) * sums)
    return result


def _area_below(latitude_rad: Floats, srid: int) -> Floats:
    """Give the area from the equator to a parallel, a radian wide (Snyder 1987, 3-12)."""
    geod = geod_of(srid)
    polar_radius, eccentricity_squared = geod.b, geod.es
    sine = np.sin(latitude_rad)
    if eccentricity_squared == 0:
        return np.asarray(polar_radius**2 * sine)
    e = np.sqrt(eccentricity_squared)
    first = sine / (1 - eccentricity_squared * sine**2)
    second = np.arctanh(e * sine) / e
    area: Floats = polar_radius**2 / 2 * (first + second)
    return area
