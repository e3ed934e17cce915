"""WKB of files to the EWKB of relations: the SRID is written into each value."""

from __future__ import annotations

import struct

import pyarrow as pa
import pyarrow.compute as pc
import shapely

HAS_SRID = 0x20
LONGEST = 2**31 - 1


def with_srid(wkb: pa.Array, srid: int) -> pa.Array:
    """Write an SRID into WKB values.

    Parameters
    ----------
    wkb
        Binary array of WKB, ISO or extended, without SRID.
    srid
        Number that `geosparql.crs` gives the CRS; 0 (CRS84) leaves values as they are.

    Returns
    -------
    pa.Array
        EWKB, same length; null stays null and unreadable WKB becomes null.
    """
    if pa.types.is_large_binary(wkb.type):
        wkb = pc.cast(wkb, pa.binary())
    if srid == 0:
        return wkb
    head = pc.binary_slice(wkb, 0, 5)
    plain = pc.is_in(head, value_set=pa.array(_plain_heads(), pa.binary()))
    if pc.all(pc.or_(plain, pc.is_null(wkb))).as_py() is not False:
        flag = bytes([HAS_SRID]) + struct.pack("<I", srid)
        return pc.binary_join_element_wise(
            pc.binary_slice(wkb, 0, 4),
            pa.scalar(flag, pa.binary()),
            pc.binary_slice(wkb, 5, LONGEST),
            pa.scalar(b"", pa.binary()),
        )
    geometries = shapely.from_wkb(wkb.to_numpy(zero_copy_only=False), on_invalid="ignore")
    marked = shapely.to_wkb(shapely.set_srid(geometries, srid), include_srid=True)
    return pa.array(marked, pa.binary())


def _plain_heads() -> list[bytes]:
    """Give the first five bytes of little-endian 2D WKB, type by type."""
    return [struct.pack("<BI", 1, kind) for kind in range(1, 18)]
