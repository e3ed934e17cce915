"""SPARQL 1.1 Query Results CSV and TSV Formats (W3C Recommendation of 21 March 2013)."""

from __future__ import annotations

from typing import IO

from endpoint.sparql.answer import Answer
from endpoint.sparql.formats.notation import Around, Escape, Notation, written
from geosparql.terms import XSD, XSD_STRING, escape_iri, escape_lexical
from geosparql.text_columns import end_to_end, joined, separated


def write_csv(answer: Answer, stream: IO[bytes]) -> int:
    """Write values without their types, for spreadsheets."""
    return _write(answer, stream, _CSV, ",", "\r\n", list(answer.variables))


def write_tsv(answer: Answer, stream: IO[bytes]) -> int:
    """Write terms as Turtle writes them, nothing lost."""
    return _write(answer, stream, _TSV, "\t", "\n", [f"?{v}" for v in answer.variables])


def _write(
    answer: Answer,
    stream: IO[bytes],
    notation: Notation,
    separator: str,
    end: str,
    head: list[str],
) -> int:
    if answer.form == "ask":
        stream.write(f"{str(answer.boolean).lower()}{end}".encode())
        return 1
    stream.write(f"{separator.join(head)}{end}".encode())
    rows = 0
    for batch in answer.batches():
        rows += batch.num_rows
        if not head:
            stream.write(end.encode() * batch.num_rows)
        elif batch.num_rows:
            cells = [written(column, notation) for column in batch.columns]
            stream.write(end_to_end(joined(separated(cells, separator, empty=""), end)))
    return rows


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _literal(datatype: str, language: str | None) -> Around:
    if language is not None:
        return '"', f'"@{language}'
    return '"', '"' if datatype == XSD_STRING else f'"^^<{escape_iri(datatype)}>'


_CSV_ESCAPE = Escape(r'[",\r\n]', _quoted)
_CSV = Notation(
    iri=("", ""),
    blank=("_:", ""),
    literal=lambda _datatype, _language: ("", ""),
    text=_CSV_ESCAPE,
    iri_text=_CSV_ESCAPE,
    triple=lambda text: _quoted(text) if set(text) & set('",\r\n') else text,
)
_TSV = Notation(
    iri=("<", ">"),
    blank=("_:", ""),
    literal=_literal,
    text=Escape(r'[\x00-\x1f\x7f"\\\x{fffe}\x{ffff}]', escape_lexical),
    iri_text=Escape(r'[\x00-\x20<>"{}|^`\\]', escape_iri),
    triple=str,
    bare={
        XSD + "integer": r"[+-]?[0-9]+",
        XSD + "decimal": r"[+-]?[0-9]*\.[0-9]+",
        XSD + "double": r"[+-]?(?:[0-9]+\.[0-9]*|\.?[0-9]+)[eE][+-]?[0-9]+",
    },
)
