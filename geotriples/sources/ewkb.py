"""WKB of files to the EWKB of relations: the SRID is written into each value."""

from __future__ import annotations

import struct
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from geosparql.crs import srid_of
from geosparql.errors import CRSError, SourceError

HAS_SRID = 0x20
LONGEST = 2**31 - 1
POLYGON = 3
EWKB_POLYGON = struct.pack("<BI", 1, HAS_SRID << 24 | POLYGON)

Offsets = npt.NDArray[np.int64]


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


def polygons_ewkb(
    places: npt.NDArray[np.float64], rings: Offsets, polygons: Offsets, srid: int
) -> pa.Array:
    """Write polygons from arrays: coordinates, where rings begin, which rings polygons begin with.

    Coordinates are copied ring by ring, from the array to the answer: half the time of
    what geometries in between take.
    """
    head = struct.pack("<BI", 1, POLYGON) if srid == 0 else EWKB_POLYGON + struct.pack("<I", srid)
    coordinates = memoryview(np.ascontiguousarray(places).tobytes())
    sizes = memoryview(np.diff(rings).astype("<u4").tobytes())
    ring_counts = memoryview(np.diff(polygons).astype("<u4").tobytes())
    starts = (rings * 16).tolist()
    parts: list[bytes | memoryview] = []
    for number, (first, last) in enumerate(pairwise(polygons.tolist())):
        parts += (head, ring_counts[4 * number : 4 * number + 4])
        for ring in range(first, last):
            parts.append(sizes[4 * ring : 4 * ring + 4])
            parts.append(coordinates[starts[ring] : starts[ring + 1]])
    ends = (len(head) + 4) * np.arange(len(polygons)) + 4 * polygons + 16 * rings[polygons]
    if ends[-1] > LONGEST:
        raise SourceError("A region has too many corners", value=int(rings[-1]),
                          hint="Cut the raster into tiles, or sieve it")  # fmt: skip
    buffers = [None, pa.py_buffer(ends.astype(np.int32)), pa.py_buffer(b"".join(parts))]
    return pa.Array.from_buffers(pa.binary(), len(polygons) - 1, buffers)


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
