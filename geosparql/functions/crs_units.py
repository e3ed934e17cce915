"""Units of measure against the units of a CRS: what a function may ask for, and how to convert."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely

from geosparql import crs
from geosparql.errors import UnitError
from geosparql.functions.rows import Column, decoded, rows_of, spread
from geosparql.outcome import Outcome
from geosparql.units import Unit, UnitKind, unit_of
from geosparql.vocabulary import UOM

_DEGREE_RAD = np.pi / 180.0


def metre() -> Outcome:
    """Give the metre as a unit column of one row."""
    return Outcome(np.array([unit_of(UOM + "metre")], dtype=object))


def fitting_units(geometries: Column, unit: Column, kinds: tuple[UnitKind, ...]) -> Outcome:
    """Give the units of a column of IRIs, where they fit the function and the geometry's CRS.

    Parameters
    ----------
    geometries
        Geometry column.
    unit
        Text column of unit IRIs.
    kinds
        Kinds of unit that the function knows.

    Returns
    -------
    Outcome
        `Unit` objects, n rows or one; null where the unit is not known, not of these
        kinds, or an angle while the CRS is projected.
    """

    def decode(iri: str) -> Unit:
        found = unit_of(iri)
        if found.kind not in kinds:
            raise UnitError(f"not a unit of {' or '.join(kinds)}", value=iri)
        return found

    units = decoded(unit, decode)
    angles = np.array([found is not None and found.kind == "angle" for found in units.values])
    if not angles.any():
        return units
    wrong = angles & ~_geographic(geometries)
    if not wrong.any():
        return units
    units = spread(units, rows_of((geometries, unit)))
    values = np.where(wrong, None, units.values)
    reason = "an angle is no unit of a projected CRS: use a unit of length"
    return Outcome(
        values, {**units.reasons, **dict.fromkeys(np.flatnonzero(wrong).tolist(), reason)}
    )


def by_crs(geometries: Column) -> Iterator[tuple[int, Column]]:
    """Yield each SRID of a geometry column without nulls, and the rows that have it."""
    srids = shapely.get_srid(geometries)
    for srid in np.unique(srids).tolist():
        yield srid, np.flatnonzero(srids == srid)


def radians_per_unit(srid: int) -> float:
    """Give the size of one coordinate unit of a geographic CRS."""
    return float(crs.pyproj_crs(srid).axis_info[0].unit_conversion_factor)


def degrees(geometries: Column, srid: int) -> Column:
    """Give geometries of a geographic CRS with coordinates in degrees (some CRS count in grads)."""
    factor = radians_per_unit(srid) / _DEGREE_RAD
    return geometries if abs(factor - 1.0) < 1e-9 else _scaled(geometries, factor)


def from_degrees(geometries: Column, srid: int) -> Column:
    """Undo `degrees`."""
    factor = _DEGREE_RAD / radians_per_unit(srid)
    return geometries if abs(factor - 1.0) < 1e-9 else _scaled(geometries, factor)


def _scaled(geometries: Column, factor: float) -> Column:
    return shapely.transform(geometries, lambda xy: xy * factor)  # type: ignore[no-any-return]


def _geographic(geometries: Column) -> Column:
    """Tell which geometries are in a geographic CRS; true for null."""
    srids = shapely.get_srid(geometries)
    present = ~shapely.is_missing(geometries)
    planar = [srid for srid in np.unique(srids[present]).tolist() if not crs.is_geographic(srid)]
    return ~(present & np.isin(srids, planar))  # type: ignore[no-any-return]
