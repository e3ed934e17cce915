"""WKB of files to the EWKB of relations: the SRID is written into each value."""

from __future__ import annotations

import struct

import pyarrow as pa
import pyarrow.compute as pc
import shapely

from geosparql.crs import srid_of
from geosparql.errors import CRSError

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


def checked_srids(ewkb: pa.Array, crs: str | None, where: str) -> pa.Array:
    """Check that EWKB values state a known CRS; those that state none take `crs`.

    Parameters
    ----------
    ewkb
        Binary array of EWKB whose SRIDs are EPSG codes.
    crs
        IRI of the CRS of values without SRID, None where nobody says it.
    where
        For messages.

    Raises
    ------
    CRSError
        Where a CRS is unknown or not stated.
    """
    geometries = shapely.from_wkb(ewkb.to_numpy(zero_copy_only=False), on_invalid="ignore")
    srids = shapely.get_srid(geometries)
    present = ~shapely.is_missing(geometries)
    for srid in set(srids[present].tolist()) - {0}:
        srid_of(f"http://www.opengis.net/def/crs/EPSG/0/{srid}")
    without = present & (srids == 0)
    if not without.any():
        return ewkb
    if crs is None:
        raise CRSError("A geometry states no CRS", where=where,
                       hint="Add egr:crs with a CRS IRI to the logical source")  # fmt: skip
    srids[without] = srid_of(crs)
    marked = shapely.to_wkb(shapely.set_srid(geometries, srids), include_srid=True)
    return pa.array(marked, pa.binary())


def is_curved(wkb: pa.Array) -> pa.Array:
    """Say which WKB values hold curves, which shapely does not read."""
    kinds = [
        struct.pack("<I", number)
        for kind in range(1, 8)
        for dimension in (0, 1000, 2000, 3000)
        for number in (kind + dimension, kind | 0x8000_0000, kind | 0xC000_0000)
    ]
    straight = pc.is_in(pc.binary_slice(wkb, 1, 5), value_set=pa.array(kinds, pa.binary()))
    return pc.and_(wkb.is_valid(), pc.invert(straight))


def _plain_heads() -> list[bytes]:
    """Give the first five bytes of little-endian 2D WKB, type by type."""
    return [struct.pack("<BI", 1, kind) for kind in range(1, 18)]
