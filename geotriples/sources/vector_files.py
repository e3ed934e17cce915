"""Vector files before GDAL sees them: bombs, pointers elsewhere and cut-off Shapefiles refused."""

from __future__ import annotations

import glob
import struct
from pathlib import Path

from geosparql.errors import SourceError
from geotriples.mapping.logical_source import FileSource
from geotriples.sources.files import check_zip

POINTERS = (b"<OGR", b"<GDAL", b"gdal_streamed_alg")
"""What files begin with that tell GDAL to read something else: they could name anything."""
SHAPE_SUFFIXES = (".shp", ".shx", ".dbf")


def check_file(source: FileSource) -> None:
    """Refuse bombs, files that only point at others, and Shapefiles that are cut off."""
    path = source.path
    if path.is_dir():
        return
    check_zip(path, source.access)
    with path.open("rb") as stream:
        head = stream.read(4096)
    if any(pointer in head for pointer in POINTERS):
        raise SourceError("The file only describes other sources", where=str(path),
                          hint="Name the files themselves")  # fmt: skip
    if path.suffix.lower() == ".shp":
        for suffix in SHAPE_SUFFIXES:
            part = next(path.parent.glob(f"{glob.escape(path.stem)}{_any_case(suffix)}"), None)
            if part is not None:
                _check_length(part)


def _any_case(text: str) -> str:
    return "".join(f"[{letter}{letter.upper()}]" if letter.isalpha() else letter for letter in text)


def _check_length(path: Path) -> None:
    """Refuse a part of a Shapefile that is shorter than its header says: GDAL would give nulls."""
    with path.open("rb") as stream:
        header = stream.read(32)
    stated = None
    if len(header) == 32 and path.suffix.lower() == ".dbf":
        rows, header_bytes, row_bytes = struct.unpack("<IHH", header[4:12])
        stated = header_bytes + rows * row_bytes
    elif len(header) == 32:
        stated = struct.unpack(">i", header[24:28])[0] * 2
    size = path.stat().st_size
    if stated is None or size < stated:
        raise SourceError(
            "The Shapefile is cut off", where=str(path), value=f"{size} of {stated} bytes",
            hint="Copy or unpack it again",
        )  # fmt: skip


def gdal_path(source: FileSource) -> str:
    """Give the path as GDAL wants it: gzip is unpacked on the way, zip it finds by itself."""
    if source.compression not in (None, "zip", "gzip"):
        raise SourceError("A vector file cannot be read through this compression",
                          where=source.name, value=source.compression,
                          hint="Unpack it, or pack it as zip or gzip")  # fmt: skip
    return f"/vsigzip/{source.path.resolve()}" if source.compression == "gzip" else str(source.path)
