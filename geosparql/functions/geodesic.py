"""Geodesic lengths and areas on an ellipsoid (Karney's algorithms, through pyproj).

Between two neighboring vertices a geometry follows the geodesic. Coordinates are
degrees longitude/latitude; Z is not looked at.
"""

from __future__ import annotations

import numpy as np
import pyproj
import shapely

from geosparql.functions.edges import Floats, edges_of, simple_parts
from geosparql.functions.rows import Column


def lengths_m(geometries: Column, geod: pyproj.Geod) -> Floats:
    """Give the lengths of the points (0), lines and polygon boundaries in geometries.

    Parameters
    ----------
    geometries
        (n,) geometries, none of them null.

    Returns
    -------
    ndarray of float
        (n, 3) metres, by topological dimension; all rings of a polygon count.
    """
    edges = edges_of(geometries)
    lengths = geod.inv(*edges.start.T, *edges.end.T)[2]
    return by_dimension(np.asarray(lengths), edges.owner, edges.dimension, len(geometries))


def areas_m2(geometries: Column, geod: pyproj.Geod) -> Floats:
    """Give the areas of the polygons in (n,) geometries, none of them null, in square metres."""
    parts, owner = simple_parts(geometries)
    areal = np.flatnonzero(shapely.get_dimensions(parts) == 2)
    rings, polygon = shapely.get_rings(parts[areal], return_index=True)
    areas = np.empty(len(rings))
    for place, ring in enumerate(rings):
        lon, lat = shapely.get_coordinates(ring).T
        areas[place] = abs(geod.polygon_area_perimeter(lon, lat)[0])
    hole = np.append(False, polygon[1:] == polygon[:-1])[: len(rings)]
    signed = np.where(hole, -areas, areas)
    sums = np.bincount(owner[areal[polygon]], weights=signed, minlength=len(geometries))
    return sums.astype(np.float64)


def are_lonlat(geometries: Column) -> Column:
    """Tell which (n,) geometries have latitudes from -90 to 90, longitudes at most two turns away.

    Others have no place on an ellipsoid, and cutting their edges into pieces of some
    degrees could take forever. True for empty ones.
    """
    west, south, east, north = shapely.bounds(geometries).T
    outside = (south < -90.0) | (north > 90.0) | (west < -720.0) | (east > 720.0)
    infinite = np.isinf(south) | np.isinf(west) | np.isinf(north) | np.isinf(east)
    return ~(outside | infinite)  # type: ignore[no-any-return]


def by_dimension(values: Floats, owner: Column, dimension: Column, count: int) -> Floats:
    """Sum values by the row (of `count`) and the dimension (0 to 2) of what they belong to."""
    sums = np.bincount(owner * 3 + dimension, weights=values, minlength=count * 3)
    return sums.astype(np.float64).reshape(count, 3)
