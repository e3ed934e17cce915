"""Files of sources: opened as bytes, through whatever they are compressed with, within bounds."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, TypeVar

import pyarrow as pa

from geosparql.errors import LimitError, SourceError
from geotriples.access import SourceAccess
from geotriples.mapping.logical_source import FileSource

T = TypeVar("T")

FREE_BYTES = 100 << 20
"""Before so much is read no ratio is looked at."""
BUFFER_BYTES = 1 << 20


def check_exists(source: FileSource) -> None:
    """Raise a SourceError where the file is not there."""
    if not source.path.exists():
        raise SourceError(
            "The file does not exist", where=str(source.path),
            hint="Paths in a mapping start at the folder of the mapping file",
        )  # fmt: skip


@contextmanager
def opened(source: FileSource) -> Iterator[IO[bytes]]:
    """Open a file for reading bytes; an archive gives its first file.

    Raises
    ------
    SourceError
        Where it is missing, broken or an empty archive.
    LimitError
        While it is read, where it unpacks to more than is allowed.
    """
    check_exists(source)
    try:
        with _unpacked(source) as stream:
            if source.compression is None:
                yield stream
            else:
                yield bounded(stream, source.name, source.access, source.path.stat().st_size)
    except (
        OSError, EOFError, zipfile.BadZipFile, tarfile.TarError, lzma.LZMAError, pa.ArrowInvalid
    ) as error:  # fmt: skip
        raise SourceError("The file cannot be read", where=source.name, value=error) from error


@contextmanager
def _unpacked(source: FileSource) -> Iterator[IO[bytes]]:
    """Open a file through its compression."""
    path: Any = source.path
    match source.compression:
        case "zip":
            with zipfile.ZipFile(path) as archive:
                names = [info.filename for info in archive.infolist() if not info.is_dir()]
                with archive.open(_first(names, source)) as stream:
                    yield stream
        case "targz" | "tarxz":
            with tarfile.open(path, "r:*") as tar:
                members = [member for member in tar.getmembers() if member.isfile()]
                yield tar.extractfile(_first(members, source)) or io.BytesIO()
        case "zstd":
            with pa.CompressedInputStream(pa.OSFile(str(path)), "zstd") as stream:
                yield stream
        case compression:
            unpack: Any = {None: open, "gzip": gzip.open, "bzip2": bz2.open, "xz": lzma.open}
            with unpack[compression](path, "rb") as stream:
                yield stream


def _first(found: list[T], source: FileSource) -> T:
    if not found:
        raise SourceError("The archive is empty", where=source.name)
    return found[0]


def check_zip(path: Path, access: SourceAccess) -> None:
    """Refuse an archive that says of itself that it unpacks to more than is allowed.

    For readers that unpack it themselves (GDAL, Excel); what is no archive passes.
    """
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        held = sum(info.file_size for info in archive.infolist())
    _check_size(held, path.stat().st_size, str(path), access)


def bounded(
    stream: IO[bytes], where: str, access: SourceAccess, packed_bytes: int | None = None
) -> IO[bytes]:
    """Give a stream that ends with a LimitError where it holds more than is allowed."""
    return io.BufferedReader(_Bounded(stream, where, access, packed_bytes), BUFFER_BYTES)


class _Bounded(io.RawIOBase):
    """Counts what passes."""

    def __init__(
        self, stream: IO[bytes], where: str, access: SourceAccess, packed_bytes: int | None
    ) -> None:
        self._stream = stream
        self._check = where, access
        self._packed_bytes = packed_bytes
        self._read_bytes = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        found = self._stream.read(len(buffer))
        self._read_bytes += len(found)
        _check_size(self._read_bytes, self._packed_bytes, *self._check)
        buffer[: len(found)] = found
        return len(found)


def _check_size(held: int, packed: int | None, where: str, access: SourceAccess) -> None:
    ratio = packed is not None and held > FREE_BYTES and held > access.most_ratio * packed
    if ratio or held > access.most_bytes:
        raise LimitError(
            "The file holds more than a source may", where=where,
            hint=f"Limits: {access.most_bytes:,} bytes, {access.most_ratio} times the packed size",
        )  # fmt: skip
