"""What can be read of an RDF document that is partly broken, and what had to be left out.

In N-Triples and N-Quads a line is a statement, so that a line which cannot be
read is left out alone. A document of another syntax is read as a whole or not at
all: after an error nobody knows what the rest of it means.
"""

from __future__ import annotations

import lzma
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO

import pyarrow as pa

from geosparql.errors import InputError, RDFSyntaxError, shorten
from geosparql.rdf import format_of, open_rdf, read_triples

_BLOCK_BYTES = 1 << 23
_GROUP_LINES = 256


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A line, or (`line` None) a document, that could not be read."""

    document: str
    line: int | None
    text: str
    """Cut to 80 characters."""
    reason: str

    def __str__(self) -> str:
        """Say where, why and what."""
        where = self.document if self.line is None else f"{self.document}, line {self.line}"
        return f"{where}: {self.reason}" + (f": {self.text!r}" if self.text else "")


Note = Callable[[LeftOut], None]


def read_salvaged(path: Path, note: Note) -> Iterator[pa.RecordBatch]:
    """Read an RDF file into triple batches; what cannot be read is noted and left out.

    Parameters
    ----------
    path
        Its name says the syntax and the compression.
    note
        Is told of each line or of the document, perhaps from another thread.

    Raises
    ------
    SourceError
        The file cannot be opened, or its extension is not that of an RDF syntax.
    """
    format, _ = format_of(path)
    with open_rdf(path) as stream:
        if format in ("nt", "nq"):
            yield from _salvaged_lines(stream, format, str(path), note)
            return
    base = path.absolute().as_uri()

    def read() -> Iterator[pa.RecordBatch]:
        with open_rdf(path) as stream:
            yield from read_triples(stream, format=format, base_iri=base, where=str(path))

    try:
        deque(read(), maxlen=0)  # once to see whether it can be read: nothing is kept in memory
    except InputError as error:
        note(LeftOut(str(path), None, "", error.what))
        return
    yield from read()


def _salvaged_lines(
    stream: IO[bytes], format: str, name: str, note: Note
) -> Iterator[pa.RecordBatch]:
    first_line = 1
    for block in _blocks(stream, name, note):
        try:
            batches = list(read_triples(BytesIO(block), format=format))
        except RDFSyntaxError:
            good = _good_lines(block, format, first_line, name, note)
            batches = list(read_triples(BytesIO(good), format=format))
        yield from batches
        first_line += block.count(b"\n")


def _blocks(stream: IO[bytes], name: str, note: Note) -> Iterator[bytes]:
    """Give whole lines, a block at a time, as far as the stream can be read."""
    rest = b""
    try:
        while part := stream.read(_BLOCK_BYTES):
            lines, newline, rest = (rest + part).rpartition(b"\n")
            if newline:
                yield lines + newline
    except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
        note(LeftOut(name, None, "", f"cannot be read further: {error}"))
        return  # the line under way is cut
    yield rest


def _good_lines(block: bytes, format: str, first_line: int, name: str, note: Note) -> bytes:
    """Give the lines of a block that can be read, one by one where a group of them cannot."""
    lines = block.split(b"\n")
    good: list[bytes] = []
    for start in range(0, len(lines), _GROUP_LINES):
        group = lines[start : start + _GROUP_LINES]
        if _error(b"\n".join(group), format) is None:
            good += group
            continue
        for number, line in enumerate(group, first_line + start):
            reason = _error(line, format)
            if reason is None:
                good.append(line)
            else:
                text = shorten(line.decode("utf-8", "replace"))
                note(LeftOut(name, number, text, reason))
    return b"\n".join(good)


def _error(text: bytes, format: str) -> str | None:
    """Say why a text cannot be read; None where it can."""
    try:
        deque(read_triples(BytesIO(text), format=format), maxlen=0)
    except RDFSyntaxError as error:
        return error.what
    return None
