"""N-Triples and N-Quads read a chunk of lines at a time, as columns.

Lines of the canonical shape are cut up as whole columns (`geosparql.ntriples_lines`).
All other lines go to pyoxigraph, which reads or refuses them; so what is accepted is
what pyoxigraph accepts, and the order of rows is that of the document.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyoxigraph as ox

from geosparql.ntriples_lines import Lines, cut
from geosparql.triples import decoded

_CHUNK_BYTES = 1 << 22

_NOTHING = r"^[ \t\r]*(?:#|$)"

BatchOfQuads = Callable[[list[ox.Quad]], pa.RecordBatch]
"""How a list of quads becomes a triple batch."""


def read_lines(
    stream: IO[bytes], format: str, blank_prefix: str, batch_of: BatchOfQuads
) -> Iterator[pa.RecordBatch]:
    """Read a line-based document into triple batches, one per chunk of about 4 MiB.

    Parameters
    ----------
    stream
        Open for reading bytes.
    format
        ``nt`` or ``nq``.
    blank_prefix
        Put before each blank node label.
    batch_of
        Makes a batch of the quads of the lines that pyoxigraph reads.

    Raises
    ------
    SyntaxError
        Of pyoxigraph, with `lineno` counted from the start of the document.
    """
    first_line = 1
    for chunk in _chunks(stream):
        yield read_chunk(chunk, first_line, format, blank_prefix, batch_of)
        first_line += chunk.count(b"\n")


def _chunks(stream: IO[bytes]) -> Iterator[bytes]:
    """Give the document in pieces that end at the end of a line."""
    rest = b""
    while piece := stream.read(_CHUNK_BYTES):
        cut = piece.rfind(b"\n") + 1
        if cut:
            yield rest + piece[:cut]
            rest = piece[cut:]
        else:
            rest += piece
    if rest:
        yield rest


def read_chunk(
    chunk: bytes, first_line: int, format: str, blank_prefix: str, batch_of: BatchOfQuads
) -> pa.RecordBatch:
    """Read whole lines, of which the first has a number in its document; else as `read_lines`."""
    if not _is_utf8(chunk):  # pyoxigraph says where
        return batch_of(_parsed(chunk, format, first_line))
    lines = Lines.of(chunk)
    batch, plain = cut(lines, format, blank_prefix)
    rows = np.flatnonzero(~plain)
    rest = lines.texts(lines.starts[rows], lines.ends[rows])
    kept = ~pc.match_substring_regex(rest, _NOTHING).to_numpy(zero_copy_only=False)
    others = rows[kept]
    if not len(others):
        return batch
    source = "\n".join(rest.filter(pa.array(kept)).to_pylist()).encode()
    try:
        quads = _parsed(source, format, first_line)
    except SyntaxError:
        quads = []
    if len(quads) != len(others):
        # An error, whose place counts from the start; or a carriage return alone ended a line.
        return batch_of(_parsed(chunk, format, first_line))
    return _merged(batch, np.flatnonzero(plain), batch_of(quads), others)


def _is_utf8(chunk: bytes) -> bool:
    if chunk.isascii():
        return True
    try:
        pa.array([chunk], pa.large_binary()).cast(pa.large_string())
    except pa.ArrowInvalid:
        return False
    return True


def _merged(first: pa.RecordBatch, rows: Any, second: pa.RecordBatch, others: Any) -> Any:
    """Put the rows of two batches into the order of their lines."""
    first = decoded(first)
    table = pa.Table.from_batches([first, second]).combine_chunks()
    order = np.argsort(np.concatenate([rows, others]))
    return table.take(order).combine_chunks().to_batches()[0]


def _parsed(source: bytes, format: str, first_line: int) -> list[ox.Quad]:
    """Parse by pyoxigraph; the line number in its error becomes that of the document."""
    syntax = ox.RdfFormat.N_TRIPLES if format == "nt" else ox.RdfFormat.N_QUADS
    try:
        return list(ox.parse(source, syntax))
    except SyntaxError as error:
        if error.lineno:
            error.lineno += first_line - 1
        raise
