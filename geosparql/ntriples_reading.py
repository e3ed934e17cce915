"""N-Triples and N-Quads read a chunk of lines at a time, by Arrow's string kernels.

Lines of the canonical shape (one space between terms, no escapes, ASCII IRIs) are cut
up as whole columns, about four times as fast as one triple after the other. All
other lines go to pyoxigraph, which reads or refuses them; so what is accepted is
what pyoxigraph accepts, and the order of rows is that of the document.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyoxigraph as ox

from geosparql.terms import RDF_LANG_STRING, XSD_STRING
from geosparql.triples import TRIPLES_SCHEMA

_CHUNK_BYTES = 1 << 23

# The part of RFC 3987 that needs no second look: no brackets, no user, ASCII only.
_IN_PATH = r"(?:[A-Za-z0-9._~:?@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})"
_ANY = rf"(?:{_IN_PATH}|/)"
_IRI = (
    r"<[A-Za-z][A-Za-z0-9+.-]*:"
    rf"(?://[A-Za-z0-9._~-]*(?::[0-9]*)?(?:[/?]{_ANY}*)?|{_IN_PATH}{_ANY}*)?(?:#{_ANY}*)?>"
)
_BLANK = "_:[A-Za-z0-9_]+"
_LITERAL = rf'"[^"\\\r]*"(?:\^\^{_IRI}|@[A-Za-z]{{2,3}}(?:-[A-Za-z]{{4}})?(?:-[A-Za-z]{{2}})?)?'
_RESOURCE = rf"(?:{_IRI}|{_BLANK})"
_TRIPLE = rf"{_RESOURCE} {_IRI} (?:{_RESOURCE}|{_LITERAL})"
_PLAIN = {"nt": rf"^{_TRIPLE} \.$", "nq": rf"^{_TRIPLE}(?: {_RESOURCE})? \.$"}
_NOTHING = r"^[ \t\r]*(?:#|$)"
_RESERVED_DATATYPES = r"\^\^<http://www\.w3\.org/1999/02/22-rdf-syntax-ns#(?:l|dirL)angString> "

BatchOfQuads = Callable[[list[ox.Quad]], pa.RecordBatch]
"""How a list of quads becomes a triple batch."""


def read_lines(
    stream: IO[bytes], format: str, blank_prefix: str, batch_of: BatchOfQuads
) -> Iterator[pa.RecordBatch]:
    """Read a line-based document into triple batches, one per chunk of about 8 MiB.

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
        yield _read_chunk(chunk, first_line, (format, blank_prefix), batch_of)
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


def _read_chunk(
    chunk: bytes, first_line: int, how: tuple[str, str], batch_of: BatchOfQuads
) -> pa.RecordBatch:
    format, blank_prefix = how
    try:
        text = pa.array([chunk], pa.large_binary()).cast(pa.large_string())
    except pa.ArrowInvalid:  # not UTF-8: pyoxigraph says where
        return batch_of(_parsed(chunk, format, first_line))
    lines = pc.split_pattern(text, "\n").flatten()
    plain = pc.and_not(
        pc.match_substring_regex(lines, _PLAIN[format]),
        pc.match_substring_regex(lines, _RESERVED_DATATYPES),
    )
    batch = _cut(lines.filter(plain), blank_prefix)
    others = pc.and_not(pc.invert(plain), pc.match_substring_regex(lines, _NOTHING))
    if not pc.any(others).as_py():
        return batch
    source = "\n".join(lines.filter(others).to_pylist()).encode()
    try:
        quads = _parsed(source, format, first_line)
    except SyntaxError:
        quads = []
    if len(quads) != pc.sum(others).as_py():
        # An error, whose place counts from the start; or a carriage return alone ended a line.
        return batch_of(_parsed(chunk, format, first_line))
    return _merged(batch, plain, batch_of(quads), others)


def _merged(
    first: pa.RecordBatch, rows: Any, second: pa.RecordBatch, others: Any
) -> pa.RecordBatch:
    """Put the rows of two batches into the order of their lines."""
    places = [np.flatnonzero(mask.to_numpy(zero_copy_only=False)) for mask in (rows, others)]
    table = pa.Table.from_batches([first, second]).combine_chunks()
    return table.take(np.argsort(np.concatenate(places))).combine_chunks().to_batches()[0]


def _parsed(source: bytes, format: str, first_line: int) -> list[ox.Quad]:
    """Parse by pyoxigraph; the line number in its error becomes that of the document."""
    syntax = ox.RdfFormat.N_TRIPLES if format == "nt" else ox.RdfFormat.N_QUADS
    try:
        return list(ox.parse(source, syntax))
    except SyntaxError as error:
        if error.lineno:
            error.lineno += first_line - 1
        raise


def _cut(lines: pa.LargeStringArray, blank_prefix: str) -> pa.RecordBatch:
    """Cut lines of the plain shape into columns."""
    subject, predicate, rest = _thirds(pc.split_pattern(lines, " ", max_splits=2).flatten())
    rest = pc.ascii_rtrim(rest, " .")
    is_literal = pc.starts_with(rest, '"')
    item, graph = _without_graph(rest, is_literal)
    lexical, datatype, language = _literals(pc.filter(item, is_literal))
    objects = pc.replace_with_mask(_resource(item, blank_prefix), is_literal, lexical)
    nulls = pa.nulls(len(lines), pa.large_string())
    columns = [
        _resource(subject, blank_prefix),
        _resource(predicate, ""),
        objects,
        pc.replace_with_mask(nulls, is_literal, datatype),
        pc.replace_with_mask(nulls, is_literal, language),
        _resource(graph, blank_prefix),
    ]
    strings = [column.cast(pa.string()) for column in columns]
    return pa.record_batch([*strings, pa.nulls(len(lines), pa.binary())], schema=TRIPLES_SCHEMA)


def _thirds(parts: Any) -> tuple[Any, Any, Any]:
    places = np.arange(0, len(parts), 3)
    return parts.take(places), parts.take(places + 1), parts.take(places + 2)


def _without_graph(rest: Any, is_literal: Any) -> tuple[Any, Any]:
    """Part the graph from the object: it stands behind a space and holds no quote."""
    nothing = pa.nulls(len(rest), pa.large_string())
    if len(rest) == 0:
        return rest, nothing
    pattern = r" (?:<[^\"]*>|_:[^\" ]*)$"
    has_graph = pc.match_substring_regex(rest, pattern)
    if not pc.any(has_graph).as_py():
        return rest, nothing
    parts = pc.split_pattern(rest.filter(has_graph), " ", max_splits=1, reverse=True).flatten()
    places = np.arange(0, len(parts), 2)
    item = pc.replace_with_mask(rest, has_graph, parts.take(places))
    return item, pc.replace_with_mask(nothing, has_graph, parts.take(places + 1))


def _resource(column: Any, blank_prefix: str) -> Any:
    trimmed = pc.ascii_trim(column, "<>")
    if not blank_prefix:
        return trimmed
    blank = pc.starts_with(column, "_:")
    labels = pc.utf8_slice_codeunits(trimmed, 2)
    start, end = (pa.scalar(text, labels.type) for text in (f"_:{blank_prefix}", ""))
    return pc.if_else(blank, pc.binary_join_element_wise(start, labels, end), trimmed)


def _literals(quoted: Any) -> tuple[Any, Any, Any]:
    """Part literals into lexical form, datatype and language; quotes stand at their ends only."""
    parts = pc.split_pattern(quoted, '"').flatten()
    places = np.arange(0, len(parts), 3)
    endings = parts.take(places + 2).dictionary_encode()
    datatypes, languages = [], []
    for ending in endings.dictionary.to_pylist():
        datatypes.append(_datatype_of(ending))
        languages.append(ending[1:].lower() if ending.startswith("@") else None)
    return (
        parts.take(places + 1),
        pa.array(datatypes, pa.large_string()).take(endings.indices),
        pa.array(languages, pa.large_string()).take(endings.indices),
    )


def _datatype_of(ending: str) -> str:
    if ending.startswith("@"):
        return RDF_LANG_STRING
    return ending[3:-1] if ending else XSD_STRING
