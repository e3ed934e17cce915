"""Areas of pixel regions on the ground: planar, or on the ellipsoid where pixels are in degrees."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geosparql.crs import geod_of, is_geographic, metres_per_unit

Floats = npt.NDArray[np.float64]


def areas_m2(
    polygons: npt.NDArray[np.object_], pixels: Floats, transform: Any, srid: int
) -> Floats:
    """Give the areas of regions in square metres.

    Parameters
    ----------
    polygons
        Regions in pixel coordinates.
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
        planar: Floats = pixels * abs(transform.determinant) * metres_per_unit(srid) ** 2
        return planar
    if transform.b == 0 and transform.d == 0:
        return _between_parallels(polygons, transform, srid)
    geod = geod_of(srid)
    placed = shapely.transform(polygons, lambda corners: placed_corners(corners, transform))
    return np.array([abs(geod.geometry_area_perimeter(polygon)[0]) for polygon in placed])


def placed_corners(corners: Floats, transform: Any) -> Floats:
    """Give pixel coordinates as coordinates of the CRS."""
    columns, rows = corners[:, 0], corners[:, 1]
    return np.stack(
        [
            transform.a * columns + transform.b * rows + transform.c,
            transform.d * columns + transform.e * rows + transform.f,
        ],
        axis=1,
    )


def _between_parallels(polygons: npt.NDArray[np.object_], transform: Any, srid: int) -> Floats:
    """Integrate the area below each side along a parallel; sides along meridians add nothing."""
    parts, region_of_part = shapely.get_parts(polygons, return_index=True)
    rings, part_of_ring = shapely.get_rings(shapely.orient_polygons(parts), return_index=True)
    corners, ring_of_corner = shapely.get_coordinates(rings, return_index=True)
    placed = placed_corners(corners, transform)
    same_ring = ring_of_corner[:-1] == ring_of_corner[1:]
    width = np.radians(np.diff(placed[:, 0]))
    below = _area_below(np.radians(placed[:-1, 1]), srid)
    # Only sides along a parallel have a width
    contributions = np.where(same_ring, width * below, 0.0)
    region_of_corner = region_of_part[part_of_ring[ring_of_corner]]
    areas = np.bincount(region_of_corner[:-1], contributions, minlength=len(polygons))
    result: Floats = np.abs(areas)
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
