"""Distance, length, perimeter and area, in a given unit or in metres (requirements 39 and 40).

In a geographic CRS a measure in a unit of length or area is geodesic, on the
ellipsoid of the CRS; one in degrees or another angle is planar, in the plane of
longitude and latitude. In a projected CRS every measure is planar and converted
from the length unit of the CRS; an angle is an error there. Z is not looked at.

A unit of length or angle given to `area` stands for its square (the OGC register of
units has no units of area).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyproj
import shapely

from geosparql import crs
from geosparql.functions.crs_units import by_crs, degrees, fitting_units, metre, radians_per_unit
from geosparql.functions.edges import Floats, simple_parts
from geosparql.functions.geodesic import are_lonlat, areas_m2, by_dimension, lengths_m
from geosparql.functions.geodesic_distance import distance_m
from geosparql.functions.rows import EMPTY, Column, evaluate, in_crs_of, rows_of, take
from geosparql.outcome import Outcome

NOT_LONLAT = "has positions that are no longitude and latitude"

_Geodesic = Callable[[Column, pyproj.Geod], Floats]
_Planar = Callable[[Column], Floats]


def distance(a: Column, b: Column, unit: Column) -> Outcome:
    """Give the shortest distance between geometries (requirement 39).

    Parameters
    ----------
    a, b
        Geometry columns; `b` is transformed to the CRS of `a`.
    unit
        Text column of unit IRIs, of length or angle.

    Returns
    -------
    Outcome
        n doubles; null where a geometry is empty, the unit is unknown or does not fit
        the CRS, or `b` cannot be transformed. `geosparql.functions.geodesic_distance`
        says how exact a geodesic distance is.
    """
    return _distance(a, b, fitting_units(a, unit, ("length", "angle")))


def metric_distance(a: Column, b: Column) -> Outcome:
    """Give the shortest distance in metres (requirement 39); as `distance`."""
    return _distance(a, b, metre())


def length(geometries: Column, unit: Column) -> Outcome:
    """Give the length of lines, or of the boundary of polygons, holes too (requirement 40).

    Of a collection it is the longest one: of all its lines or of all its polygons.
    0 for points and empty geometries; `unit` is of length or angle.
    """
    units = fitting_units(geometries, unit, ("length", "angle"))
    return _measure(geometries, units, _longest_m, _longest_planar, power=1)


def metric_length(geometries: Column) -> Outcome:
    """Give the length in metres (requirement 40); as `length`."""
    return _measure(geometries, metre(), _longest_m, _longest_planar, power=1)


def perimeter(geometries: Column, unit: Column) -> Outcome:
    """Give the length of the boundary of all polygons, else that of lines (requirement 40).

    As `length`, but in a collection with polygons the lines do not count.
    """
    units = fitting_units(geometries, unit, ("length", "angle"))
    return _measure(geometries, units, _perimeters_m, _perimeters_planar, power=1)


def metric_perimeter(geometries: Column) -> Outcome:
    """Give the perimeter in metres (requirement 40); as `perimeter`."""
    return _measure(geometries, metre(), _perimeters_m, _perimeters_planar, power=1)


def area(geometries: Column, unit: Column) -> Outcome:
    """Give the area of polygons, of all in a collection; 0 for all else (requirement 40)."""
    units = fitting_units(geometries, unit, ("area", "length", "angle"))
    return _measure(geometries, units, areas_m2, shapely.area, power=2)


def metric_area(geometries: Column) -> Outcome:
    """Give the area in square metres (requirement 40); as `area`."""
    return _measure(geometries, metre(), areas_m2, shapely.area, power=2)


def _distance(a: Column, b: Column, units: Outcome) -> Outcome:
    def kernel(a: Column, b: Column, unit: Column) -> Floats:
        count = rows_of((a, b, unit))
        factors, angle = np.broadcast_to(_factors(unit), count), _is_angle(unit)
        result = np.empty(count)
        for srid, found in by_crs(a):
            rows = np.arange(count) if len(a) == 1 else found
            of_a, of_b = a[found], take(b, rows, count)
            on_plane = np.broadcast_to(take(angle, rows, count), len(rows))
            if not crs.is_geographic(srid):
                on_plane = np.ones(len(rows), dtype=bool)
            if on_plane.any():
                planar = shapely.distance(of_a, of_b)
                result[rows] = planar * (_unit_size(srid) / factors[rows])
            if not on_plane.all():
                lonlat_a, lonlat_b = degrees(of_a, srid), degrees(of_b, srid)
                geodesic = distance_m(lonlat_a, lonlat_b, crs.geod_of(srid)) / factors[rows]
                result[rows] = np.where(on_plane, result[rows], geodesic)
        return result

    missing = f"{EMPTY}, or {NOT_LONLAT}"
    return evaluate(kernel, a, in_crs_of(a, b), units, returns=pa.float64(), missing=missing)


def _measure(
    geometries: Column, units: Outcome, geodesic: _Geodesic, planar: _Planar, *, power: int
) -> Outcome:
    """Measure single geometries, geodesically or planar as CRS and unit ask for."""

    def kernel(geometries: Column, unit: Column) -> Floats:
        count = len(geometries)
        factors = np.broadcast_to(_factors(unit, power), count)
        angle = np.broadcast_to(_is_angle(unit), count)
        result = np.empty(count)
        for srid, rows in by_crs(geometries):
            on_ellipsoid = rows[~angle[rows]] if crs.is_geographic(srid) else rows[:0]
            on_plane = rows[angle[rows]] if crs.is_geographic(srid) else rows
            lonlat = degrees(geometries[on_ellipsoid], srid)
            values = geodesic(lonlat, crs.geod_of(srid)) / factors[on_ellipsoid]
            result[on_ellipsoid] = np.where(are_lonlat(lonlat), values, np.nan)
            scale = _unit_size(srid) ** power / factors[on_plane]
            result[on_plane] = planar(geometries[on_plane]) * scale
        return result

    return evaluate(kernel, geometries, units, returns=pa.float64(), missing=f"it {NOT_LONLAT}")


def _unit_size(srid: int) -> float:
    """Give the size of a coordinate unit, in radians or metres."""
    return radians_per_unit(srid) if crs.is_geographic(srid) else crs.metres_per_unit(srid)


def _factors(unit: Column, power: int = 1) -> Floats:
    """Give the size of units in radians, metres or square metres."""
    return np.array([u.factor if u.kind == "area" else u.factor**power for u in unit])


def _is_angle(unit: Column) -> Column:
    return np.array([u.kind == "angle" for u in unit])


def _longest_m(geometries: Column, geod: pyproj.Geod) -> Floats:
    return _longest(lengths_m(geometries, geod))


def _longest_planar(geometries: Column) -> Floats:
    return _longest(_planar_lengths(geometries))


def _longest(lengths: Floats) -> Floats:
    return np.maximum(lengths[:, 1], lengths[:, 2])


def _perimeters_m(geometries: Column, geod: pyproj.Geod) -> Floats:
    return _of_areas_else_lines(lengths_m(geometries, geod))


def _perimeters_planar(geometries: Column) -> Floats:
    return _of_areas_else_lines(_planar_lengths(geometries))


def _of_areas_else_lines(lengths: Floats) -> Floats:
    return np.where(lengths[:, 2] > 0, lengths[:, 2], lengths[:, 1])


def _planar_lengths(geometries: Column) -> Floats:
    """Give (n, 3) lengths by dimension, in CRS units."""
    parts, owner = simple_parts(geometries)
    lengths = shapely.length(parts)
    return by_dimension(lengths, owner, shapely.get_dimensions(parts), len(geometries))
