"""Lines of N-Triples and N-Quads of the canonical shape, cut up as whole columns.

The canonical shape: one space between terms, no escapes, ASCII IRIs. numpy finds the
spaces and quotes of a chunk of bytes, and each different IRI is checked once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geosparql.terms import RDF_LANG_STRING, XSD_STRING
from geosparql.triples import TRIPLES_SCHEMA

# The part of RFC 3987 that needs no second look: no brackets, no user, ASCII only.
_IN_PATH = r"(?:[A-Za-z0-9._~:?@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})"
_ANY = rf"(?:{_IN_PATH}|/)"
_IRI = (
    r"[A-Za-z][A-Za-z0-9+.-]*:"
    rf"(?://[A-Za-z0-9._~-]*(?::[0-9]*)?(?:[/?]{_ANY}*)?|{_IN_PATH}{_ANY}*)?(?:#{_ANY}*)?"
)
_RESOURCE = rf"^(?:{_IRI}|_:[A-Za-z0-9_]+)$"
_TAG = rf"^(?:\^\^<{_IRI}>|@[A-Za-z]{{2,3}}(?:-[A-Za-z]{{4}})?(?:-[A-Za-z]{{2}})?)?$"
_RESERVED_DATATYPES = r"\^\^<http://www\.w3\.org/1999/02/22-rdf-syntax-ns#(?:l|dirL)angString>"
_SPACE, _QUOTE, _DOT, _LESS, _GREATER, _UNDERSCORE = b' ".<>_'


@dataclass(frozen=True, slots=True)
class Lines:
    """The bytes of a chunk and the places in it where lines start and end (at the newline)."""

    chunk: bytes
    bytes: Any
    starts: Any
    ends: Any

    @classmethod
    def of(cls, chunk: bytes) -> Lines:
        """Find the lines of a chunk."""
        values = np.frombuffer(chunk, np.uint8)
        ends = np.flatnonzero(values == ord("\n"))
        starts = np.concatenate([[0], ends + 1])
        if len(chunk) == starts[-1]:
            starts = starts[:-1]
        else:
            ends = np.append(ends, len(chunk))
        return cls(chunk, values, starts, ends)

    def texts(self, starts: Any, ends: Any) -> pa.LargeStringArray:
        """Give the texts between places, which must not overlap, in order."""
        if not len(starts):
            return pa.array([], pa.large_string())
        # What is wanted and what lies between, by turns, is the chunk itself: nothing is copied
        # before `take`.
        places = np.empty(2 * len(starts), np.int64)
        places[0::2], places[1::2] = starts, ends
        buffers = [None, pa.py_buffer(places), pa.py_buffer(self.chunk)]
        turns = pa.Array.from_buffers(pa.large_string(), len(places) - 1, buffers)
        return turns.take(pa.array(np.arange(0, len(turns), 2)))

    def take(self, rows: Any) -> Lines:
        """Give some of the lines."""
        return Lines(self.chunk, self.bytes, self.starts[rows], self.ends[rows])


@dataclass(frozen=True, slots=True)
class _Places:
    """Where the parts of n lines stand: pairs of arrays of first byte and byte behind the last."""

    subject: tuple[Any, Any]
    predicate: tuple[Any, Any]
    item: tuple[Any, Any]
    """Of a literal what stands between its quotes."""
    tag: tuple[Any, Any]
    """What follows a literal's closing quote; empty for resources."""
    graph: tuple[Any, Any]
    """Empty where there is none."""
    literal: Any


def cut(lines: Lines, format: str, blank_prefix: str) -> tuple[pa.RecordBatch, Any]:
    """Cut lines of the canonical shape into columns; tell which lines are of that shape.

    Parameters
    ----------
    lines
        n lines.
    format
        ``nt`` or ``nq``.
    blank_prefix
        Put before each blank node label.

    Returns
    -------
    RecordBatch, ndarray
        A triple batch, its columns of few different values dictionary-encoded; and (n,)
        booleans, true for as many lines as the batch has rows.
    """
    plain = _is_spaced(lines)
    places, shaped = _places(lines.take(np.flatnonzero(plain)), has_graphs=format == "nq")
    plain[plain] = shaped
    places = _only(places, np.flatnonzero(shaped))
    columns, right = _columns(lines, places, blank_prefix)
    batch = pa.record_batch(columns, names=TRIPLES_SCHEMA.names[:6])
    plain[plain] = right
    return batch if right.all() else batch.filter(pa.array(right)), plain


def _is_spaced(lines: Lines) -> Any:
    """Tell which lines are long enough, end in a dot behind a space, and hold no escapes."""
    found = lines.ends - lines.starts > len("<> <>  .")
    rows = np.flatnonzero(found)
    ends, values = lines.ends[rows], lines.bytes
    found[rows] = (values[ends - 1] == _DOT) & (values[ends - 2] == _SPACE)
    for byte in b"\\\r":
        if byte in lines.chunk:
            places = np.flatnonzero(lines.bytes == byte)
            found[np.searchsorted(lines.ends, places)] = False
    return found


def _places(lines: Lines, *, has_graphs: bool) -> tuple[_Places, Any]:
    """Give the places of all parts, and which lines have every part where it should stand."""
    values, starts, stops = lines.bytes, lines.starts, lines.ends - 2
    spaces, quotes = (
        np.append(np.flatnonzero(values == byte), [len(values)] * 2) for byte in (_SPACE, _QUOTE)
    )
    first = np.searchsorted(spaces, starts)
    behind_subject, behind_predicate = spaces[first], spaces[first + 1]
    right = behind_predicate < stops
    begin = np.where(right, behind_predicate + 1, starts)
    literal = values[begin] == _QUOTE
    quote = np.searchsorted(quotes, starts)
    closing = np.where(literal, quotes[quote + 1], begin)
    count = np.searchsorted(quotes, stops) - quote
    right &= np.where(literal, (count == 2) & (quotes[quote] == begin), count == 0)
    cut = stops
    if has_graphs:
        cut = np.minimum(spaces[np.searchsorted(spaces, closing)], stops)
    places = _Places(
        (starts, behind_subject),
        (behind_subject + 1, behind_predicate),
        (begin + literal, np.where(literal, closing, cut)),
        (np.where(literal, closing + 1, cut), cut),
        (np.minimum(cut + 1, stops), stops),
        literal,
    )
    return places, right


def _only(places: _Places, rows: Any) -> _Places:
    if len(rows) == len(places.literal):
        return places
    return _Places(
        _at(places.subject, rows),
        _at(places.predicate, rows),
        _at(places.item, rows),
        _at(places.tag, rows),
        _at(places.graph, rows),
        places.literal[rows],
    )


def _columns(lines: Lines, places: _Places, blank_prefix: str) -> tuple[list[pa.Array], Any]:
    """Give the columns of a batch, and which rows stand the check of their terms."""
    literal = places.literal
    subject, right = _resources(lines, places.subject, blank_prefix)
    predicate, known = _resources(lines, places.predicate, "")
    right &= known & (lines.bytes[places.predicate[0]] == _LESS)
    rows = np.flatnonzero(~literal)
    resource, known = _resources(lines, _at(places.item, rows), blank_prefix)
    right[rows] &= known
    item = lines.texts(*_inside(lines, places.item, ~literal)).cast(pa.string())
    if blank_prefix:
        item = pc.replace_with_mask(item, pa.array(~literal), resource.dictionary_decode())
    rows = np.flatnonzero(literal)
    datatype, language, known = _tags(lines.texts(*_at(places.tag, rows)), rows, len(literal))
    right[rows] &= known
    graph: pa.Array = pa.nulls(len(literal), pa.string())
    rows = np.flatnonzero(places.graph[0] < places.graph[1])
    if len(rows):
        named, known = _resources(lines, _at(places.graph, rows), blank_prefix)
        right[rows] &= known
        graph = _scattered(named.indices, named.dictionary, rows, len(literal))
    return [subject, predicate, item, datatype, language, graph], right


def _at(places: tuple[Any, Any], rows: Any) -> tuple[Any, Any]:
    return places[0][rows], places[1][rows]


def _inside(lines: Lines, places: tuple[Any, Any], resource: Any) -> tuple[Any, Any]:
    """Give the places without the angle brackets around IRIs."""
    starts, ends = places
    brackets = resource & (lines.bytes[starts] == _LESS)
    return starts + brackets, np.maximum(ends - brackets, starts + brackets)


def _resources(
    lines: Lines, places: tuple[Any, Any], blank_prefix: str
) -> tuple[pa.DictionaryArray, Any]:
    """Give IRIs and blank nodes, each different one once; tell which are well formed."""
    (starts, ends), values = places, lines.bytes
    is_iri = values[starts] == _LESS
    within = _inside(lines, places, is_iri)
    encoded = lines.texts(*within).dictionary_encode()
    known = _numpy(pc.match_substring_regex(encoded.dictionary, _RESOURCE))
    # The text alone tells a blank node from an IRI: no scheme begins with an underscore.
    right = known[_numpy(encoded.indices)] & (is_iri != (values[within[0]] == _UNDERSCORE))
    right &= ~is_iri | (values[ends - 1] == _GREATER)
    dictionary = encoded.dictionary.cast(pa.string())
    if blank_prefix:
        blank = pc.starts_with(dictionary, "_:")
        labels = pc.utf8_slice_codeunits(dictionary, 2)
        prefixed = pc.binary_join_element_wise(f"_:{blank_prefix}", labels, "")
        dictionary = pc.if_else(blank, prefixed, dictionary)
    return pa.DictionaryArray.from_arrays(encoded.indices, dictionary), right


def _tags(endings: pa.LargeStringArray, rows: Any, length: int) -> tuple[pa.Array, pa.Array, Any]:
    """Give datatypes and languages of the literals in some of `length` rows; which are well formed.

    `endings` is what follows their closing quotes.
    """
    encoded = endings.dictionary_encode()
    texts, codes = encoded.dictionary.to_pylist(), _numpy(encoded.indices)
    known = _numpy(
        pc.and_not(
            pc.match_substring_regex(encoded.dictionary, _TAG),
            pc.match_substring_regex(encoded.dictionary, _RESERVED_DATATYPES),
        )
    )
    columns = []
    for values in (
        [_datatype_of(text) for text in texts],
        [text[1:].lower() if text.startswith("@") else None for text in texts],
    ):
        different = pa.array(values, pa.string()).dictionary_encode()
        columns.append(
            _scattered(different.indices.take(codes), different.dictionary, rows, length)
        )
    return columns[0], columns[1], known[codes]


def _scattered(codes: pa.Array, values: pa.Array, rows: Any, length: int) -> pa.DictionaryArray:
    """Give a column of values in some rows, null in the others."""
    places = np.zeros(length, np.int32)
    missing = np.ones(length, bool)
    places[rows] = _numpy(codes.fill_null(0))
    missing[rows] = _numpy(codes.is_null())
    return pa.DictionaryArray.from_arrays(pa.array(places, mask=missing), values)


def _datatype_of(ending: str) -> str:
    if ending.startswith("@"):
        return RDF_LANG_STRING
    return ending[3:-1] if ending else XSD_STRING


def _numpy(values: pa.Array) -> Any:
    return values.to_numpy(zero_copy_only=False)
