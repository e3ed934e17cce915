"""Replace the coordinates of geometries and keep all else: type, Z, M, empties, SRID.

`shapely.transform` and `shapely.set_coordinates` lose M and the SRID, and give Z to
the members of a collection that have none; this is the one place that makes up for it.
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import shapely

_Z, _M, _SRID = 0x80000000, 0x40000000, 0x20000000
_POINT, _LINESTRING, _POLYGON, _COLLECTION = 1, 2, 3, 7


def replace_coordinates(geometries: Any, coordinates: Any) -> Any:
    """Give copies of geometries with other coordinates.

    Parameters
    ----------
    geometries
        (n,) object array of geometries or None.
    coordinates
        (m, 3) x, y, z in the order of ``shapely.get_coordinates(include_z=True)``;
        z of a geometry without Z is not looked at. M stays as it is.

    Returns
    -------
    ndarray
        (n,) object array; None stays None, the SRID stays.
    """
    by_wkb = shapely.has_m(geometries) | (
        shapely.has_z(geometries) & (shapely.get_type_id(geometries) == _COLLECTION)
    )
    srids = shapely.get_srid(geometries)
    result = np.array(geometries, dtype=object)
    if by_wkb.any():
        counts = shapely.get_num_coordinates(geometries)
        starts = np.cumsum(counts) - counts
        for row in np.flatnonzero(by_wkb):
            part = coordinates[starts[row] : starts[row] + counts[row]]
            result[row] = _replaced_in_wkb(geometries[row], part)
        coordinates = coordinates[~np.repeat(by_wkb, counts)]
    plain = ~by_wkb
    result[plain] = shapely.set_coordinates(result[plain], coordinates)
    lost = srids > 0  # -1 stands for None
    if lost.any():
        result[lost] = shapely.set_srid(result[lost], srids[lost])
    return result


def without_measures(geometries: Any) -> Any:
    """Give geometries without M, with their Z and SRID; (n,) to (n,).

    GEOS makes NaN of some measures in an overlay, which no serialization can hold.
    """
    measured = shapely.has_m(geometries)
    if not measured.any():
        return geometries
    result = np.array(geometries, dtype=object)
    for rows, dimension in ((measured & ~shapely.has_z(result), 2), (measured, 3)):
        kept = shapely.to_wkb(result[rows], output_dimension=dimension, include_srid=True)
        result[rows] = shapely.from_wkb(kept)
    return result


def swap_xy(geometries: Any) -> Any:
    """Give copies of geometries with the first two ordinates exchanged; (n,) to (n,)."""
    coordinates = shapely.get_coordinates(geometries, include_z=True)
    return replace_coordinates(geometries, coordinates[:, [1, 0, 2]])


def _replaced_in_wkb(geometry: shapely.Geometry, coordinates: Any) -> shapely.Geometry:
    """Write coordinates over those in the WKB of one geometry: the way that keeps M and Z apart."""
    buffer = bytearray(shapely.to_wkb(geometry, byte_order=1))
    _overwrite(buffer, 0, coordinates, 0)
    return shapely.from_wkb(bytes(buffer))


def _overwrite(buffer: bytearray, offset: int, coordinates: Any, done: int) -> tuple[int, int]:
    """Overwrite one geometry at `offset`; give the offset behind it and the coordinates used."""
    (code,) = struct.unpack_from("<I", buffer, offset + 1)
    offset += 9 if code & _SRID else 5
    kind = code & 0xFF
    if kind == _POINT:
        empty = np.isnan(np.frombuffer(buffer, "<f8", 1, offset)[0])
        return _overwrite_sequence(buffer, offset, (0 if empty else 1, 1, code), coordinates, done)
    (count,) = struct.unpack_from("<I", buffer, offset)
    offset += 4
    if kind == _LINESTRING:
        return _overwrite_sequence(buffer, offset, (count, count, code), coordinates, done)
    for _ in range(count):
        if kind == _POLYGON:
            (size,) = struct.unpack_from("<I", buffer, offset)
            shape = (size, size, code)
            offset, done = _overwrite_sequence(buffer, offset + 4, shape, coordinates, done)
        else:
            offset, done = _overwrite(buffer, offset, coordinates, done)
    return offset, done


def _overwrite_sequence(
    buffer: bytearray, offset: int, shape: tuple[int, int, int], coordinates: Any, done: int
) -> tuple[int, int]:
    """Overwrite `shape[0]` of the `shape[1]` positions at `offset` (0 for POINT EMPTY)."""
    used, held, code = shape
    width = 2 + bool(code & _Z) + bool(code & _M)
    kept = 3 if code & _Z else 2
    view = np.frombuffer(buffer, "<f8", used * width, offset).reshape(used, width)
    view[:, :kept] = coordinates[done : done + used, :kept]
    return offset + 8 * held * width, done + used
