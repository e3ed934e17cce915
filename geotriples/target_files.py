"""Logical targets as files: serialized, recoded and compressed as the mapping says (RML-IO).

Batches wait in unnamed temporary files until all are there, because a syntax that
nests (Turtle, JSON-LD …) is written from one end to the other.
"""

from __future__ import annotations

import codecs
import gzip
import io
import lzma
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any, cast

import pyarrow as pa

from engine.triple_files import replaced_path
from geosparql.errors import MappingError
from geosparql.rdf import write_triples
from geosparql.triples import TRIPLES_SCHEMA
from geosparql.vocabulary import NAMESPACES
from geotriples.mapping.model import LogicalTarget
from geotriples.mapping.vocabulary import CURRENT_WORKING_DIRECTORY, MAPPING_DIRECTORY
from geotriples.rdf_json import write_rdf_json

ARCHIVE_SUFFIXES = (".zip", ".tar.gz", ".tgz", ".tar.xz", ".txz")


class TargetFiles:
    """The targets of a mapping while it runs.

    Parameters
    ----------
    targets
        All that the mapping names.
    folder
        Where they are written, and out of which none may lead.
    mapping
        The mapping file, for `rml:MappingDirectory`.

    Attributes
    ----------
    written
        Triples in each file, when they are written.

    Raises
    ------
    MappingError
        Where a target leads out of the folder, or two are one file.
    """

    def __init__(self, targets: Iterable[LogicalTarget], folder: Path, mapping: Path) -> None:
        paths = {target: _path_of(target, folder, mapping) for target in targets}
        self._paths = dict(sorted(paths.items(), key=lambda item: item[1]))
        first: dict[Path, LogicalTarget] = {}
        for target, path in self._paths.items():
            if first.setdefault(path, target) != target:
                raise MappingError(
                    "Two logical targets write the same file in different ways",
                    where=target.where, value=target.path, hint="Give them different paths",
                )  # fmt: skip
        self.written: dict[Path, int] = {}
        self._waiting = {target: _Waiting() for target in self._paths}

    def __bool__(self) -> bool:
        return bool(self._paths)

    def keep(self, target: LogicalTarget, batch: pa.RecordBatch) -> None:
        """Keep triples for a target."""
        self._waiting[target].add(batch)

    def write(self) -> None:
        """Write every target; the files take their names when all are whole."""
        with ExitStack() as files:
            for target, path in self._paths.items():
                partial = files.enter_context(replaced_path(path))
                with _opened(partial, path.name, target) as stream:
                    batches = self._waiting[target].batches()
                    self.written[path] = _serialize(batches, stream, target)


class _Waiting:
    """Batches in a temporary file without a name, which goes when the process does."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 (closed when it was read)
        options = pa.ipc.IpcWriteOptions(compression="lz4")
        self._writer = pa.ipc.new_stream(self._file, TRIPLES_SCHEMA, options=options)

    def add(self, batch: pa.RecordBatch) -> None:
        self._writer.write_batch(batch)

    def batches(self) -> Iterator[pa.RecordBatch]:
        self._writer.close()
        self._file.seek(0)
        with self._file:
            yield from pa.ipc.open_stream(self._file)


def _path_of(target: LogicalTarget, folder: Path, mapping: Path) -> Path:
    roots = {CURRENT_WORKING_DIRECTORY: folder, MAPPING_DIRECTORY: mapping.parent}
    path = (roots.get(target.root, folder / target.root) / target.path).resolve()
    if not path.is_relative_to(folder.resolve()) or path == folder.resolve():
        raise MappingError(
            "The logical target leads out of the folder of the output", where=target.where,
            value=target.path, hint=f"Let the path stay in {folder.resolve()}",
        )  # fmt: skip
    return path


def _serialize(batches: Iterator[pa.RecordBatch], stream: IO[bytes], target: LogicalTarget) -> int:
    if target.format == "rdfjson":
        return write_rdf_json(batches, stream)
    # Turtle is N3 as it stands
    name = "ttl" if target.format == "n3" else target.format
    return write_triples(batches, stream, format=name, prefixes=NAMESPACES)


@contextmanager
def _opened(partial: Path, name: str, target: LogicalTarget) -> Iterator[IO[bytes]]:
    """Open a target for writing UTF-8; the file has the encoding and compression of the target."""
    with _compressed(partial, _inner_name(name), target.compression) as stream:
        if target.encoding == "utf-8":
            yield stream
        else:
            yield cast(IO[bytes], _Recoded(stream, target.encoding))


def _inner_name(name: str) -> str:
    """Give the name that a file has inside its archive."""
    suffix = next((suffix for suffix in ARCHIVE_SUFFIXES if name.endswith(suffix)), "")
    return name.removesuffix(suffix)


@contextmanager
def _compressed(path: Path, inner: str, compression: str | None) -> Iterator[IO[bytes]]:
    match compression:
        case None:
            with path.open("wb") as stream:
                yield stream
        case "gzip":
            with _gzipped(path) as packed:
                yield packed
        case "zip":
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                entry = zipfile.ZipInfo(inner)
                entry.compress_type = zipfile.ZIP_DEFLATED
                with archive.open(entry, "w", force_zip64=True) as member:
                    yield member
        case _:
            with tempfile.TemporaryFile() as plain:
                yield cast(IO[bytes], plain)
                _archive(plain, path, inner, compression)


def _archive(plain: IO[bytes], path: Path, inner: str, compression: str) -> None:
    """Put a file into a tar archive, which wants to know its size first."""
    entry = tarfile.TarInfo(inner)
    entry.size = plain.tell()
    plain.seek(0)
    with ExitStack() as files:
        packed: Any = (
            files.enter_context(lzma.open(path, "wb"))
            if compression == "tarxz"
            else files.enter_context(_gzipped(path))
        )
        with tarfile.open(fileobj=packed, mode="w") as archive:
            archive.addfile(entry, plain)


@contextmanager
def _gzipped(path: Path) -> Iterator[IO[bytes]]:
    """Open a gzip file without a name and a time, so that the same triples give the same bytes."""
    with path.open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed:
        yield cast(IO[bytes], packed)


class _Recoded(io.RawIOBase):
    """A stream that takes UTF-8 and passes on another encoding."""

    def __init__(self, stream: IO[bytes], encoding: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._encoder = codecs.getincrementalencoder(encoding)()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        size = memoryview(data).nbytes
        self._stream.write(self._encoder.encode(self._decoder.decode(bytes(data))))
        return size
