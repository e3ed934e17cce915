"""Files of sources: opened as bytes, through whatever they are compressed with."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, TypeVar

from geosparql.errors import SourceError
from geotriples.mapping.model import FileSource

T = TypeVar("T")


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
    """
    check_exists(source)
    try:
        match source.compression:
            case None:
                with source.path.open("rb") as stream:
                    yield stream
            case "gzip":
                with gzip.open(source.path, "rb") as stream:
                    yield stream  # type: ignore[misc]
            case "zip":
                with zipfile.ZipFile(source.path) as archive:
                    names = [info.filename for info in archive.infolist() if not info.is_dir()]
                    with archive.open(_first(names, source)) as stream:
                        yield stream
            case _:
                with tarfile.open(source.path, "r:*") as tar:
                    members = [member for member in tar.getmembers() if member.isfile()]
                    yield tar.extractfile(_first(members, source)) or io.BytesIO()
    except (OSError, EOFError, zipfile.BadZipFile, tarfile.TarError) as error:
        raise SourceError("The file cannot be read", where=str(source.path), value=error) from error


def _first(found: list[T], source: FileSource) -> T:
    if not found:
        raise SourceError("The archive is empty", where=str(source.path))
    return found[0]
