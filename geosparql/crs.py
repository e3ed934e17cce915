"""Coordinate reference systems: identifiers, axis order, transformation, boxes.

In memory x is always easting or longitude and y northing or latitude, whatever
the CRS definition says; this module alone knows when the text of a literal
has them the other way round (`axes_swapped`).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pyproj
import shapely
from pyproj.exceptions import ProjError

from geosparql.bounds import bounds_crs84
from geosparql.coordinates import replace_coordinates
from geosparql.crs_codes import (
    CRS84,
    CRS84_IRI,
    WGS84_LONLAT,
    crs_iri_of,
    pyproj_crs,
    srid_of,
    srid_of_crs,
    transformer,
)
from geosparql.outcome import Outcome

__all__ = [
    "CRS84",
    "CRS84_IRI",
    "axes_swapped",
    "bounds_crs84",
    "crs_iri_of",
    "geod_of",
    "is_geographic",
    "metres_per_unit",
    "pyproj_crs",
    "srid_of",
    "srid_of_crs",
    "transform",
    "transformer",
]

_FIRST_NORTH = ("northing", "geodetic latitude", "planetocentric latitude", "latitude")
_SECOND_EAST = ("easting", "geodetic longitude", "planetocentric longitude", "longitude")


@lru_cache(maxsize=512)
def axes_swapped(srid: int) -> bool:
    """Tell whether the CRS definition puts northing or latitude first.

    The names of the axes decide, not their directions: near a pole both axes point
    south or north (EPSG:3413: Easting, Northing; EPSG:32661: Northing, Easting). A
    CRS with a westing or southing axis keeps the order of its definition. This is
    PROJ's rule too (`always_xy`).
    """
    first, second = (axis.name.lower() for axis in pyproj_crs(srid).axis_info[:2])
    return first in _FIRST_NORTH and second in _SECOND_EAST


@lru_cache(maxsize=512)
def is_geographic(srid: int) -> bool:
    """Tell whether coordinates are longitude and latitude in degrees (or grads)."""
    crs = pyproj_crs(srid)
    return bool(crs.is_geographic) or crs.type_name == "Geodetic CRS"


@lru_cache(maxsize=512)
def geod_of(srid: int) -> pyproj.Geod:
    """Give the ellipsoid of a CRS for geodesic measures (Karney's algorithms)."""
    geod = pyproj_crs(srid).get_geod()
    return geod if geod is not None else pyproj.Geod(ellps="WGS84")


@lru_cache(maxsize=512)
def metres_per_unit(srid: int) -> float:
    """Give the metres in one coordinate unit of a projected CRS; NaN for a geographic one."""
    if is_geographic(srid):
        return float("nan")
    return float(pyproj_crs(srid).axis_info[0].unit_conversion_factor)


def transform(geometries: Any, to_srid: int) -> Outcome:
    """Transform geometries, vertex by vertex, to another CRS.

    Parameters
    ----------
    geometries
        (n,) array of geometries, each in the CRS of its own SRID; None stays None.
    to_srid
        SRID of the target CRS.

    Returns
    -------
    Outcome
        (n,) geometries with SRID `to_srid`. Null with a reason where the source CRS
        is unknown, PROJ has no way between the two, or a position lies outside what
        the target can show. Z goes through PROJ (it changes only between 3D CRS), M stays.
        PROJ chooses the most accurate operation whose grid files are installed.

    Raises
    ------
    CRSError
        `to_srid` is not that of a known CRS (R39 geof:transform).
    """
    pyproj_crs(to_srid)
    source = np.atleast_1d(np.asarray(geometries, dtype=object))
    result = np.full(len(source), None, dtype=object)
    reasons: dict[int, str] = {}
    present = ~shapely.is_missing(source)
    srids = shapely.get_srid(source)
    has_z = shapely.has_z(source)
    for srid in np.unique(srids[present]):
        for z in (False, True):
            rows = np.flatnonzero(present & (srids == srid) & (has_z == z))
            if len(rows):
                _transform_rows(source, rows, (int(srid), to_srid, z), result, reasons)
    return Outcome(result, reasons)


def _transform_rows(
    source: Any, rows: Any, how: tuple[int, int, bool], result: Any, reasons: dict[int, str]
) -> None:
    """Transform the rows of one source CRS, with or without Z, into `result`."""
    srid, to_srid, has_z = how
    geometries = source[rows]
    if srid == to_srid or {srid, to_srid} <= WGS84_LONLAT:
        result[rows] = shapely.set_srid(geometries, to_srid)
        return
    coordinates = shapely.get_coordinates(geometries, include_z=True)
    try:
        columns = tuple(coordinates.T[: 3 if has_z else 2])
        moved = transformer(srid, to_srid).transform(*columns)
    except (ProjError, ValueError) as error:
        reasons.update(dict.fromkeys(rows.tolist(), f"cannot be transformed: {error}"))
        return
    coordinates[:, : len(moved)] = np.column_stack(moved)
    finite = np.isfinite(coordinates[:, : len(moved)]).all(axis=1)
    owner = np.repeat(np.arange(len(rows)), shapely.get_num_coordinates(geometries))
    good = np.ones(len(rows), dtype=bool)
    good[owner[~finite]] = False
    moved_geometries = replace_coordinates(geometries[good], coordinates[good[owner]])
    result[rows[good]] = shapely.set_srid(moved_geometries, to_srid)
    reason = f"has positions that {crs_iri_of(to_srid)} cannot show"
    reasons.update(dict.fromkeys(rows[~good].tolist(), reason))
