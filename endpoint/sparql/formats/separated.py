"""SPARQL 1.1 Query Results CSV and TSV Formats (W3C Recommendation of 21 March 2013)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import IO

from endpoint.sparql.answer import Answer
from endpoint.sparql.formats.cells import written_cells
from endpoint.sparql.functions.encoding import Cell
from geosparql.term_columns import term_of
from geosparql.terms import XSD

_NEEDS_QUOTES = re.compile(r'[",\r\n]')
_BARE = {
    XSD + "integer": re.compile(r"[+-]?[0-9]+"),
    XSD + "decimal": re.compile(r"[+-]?[0-9]*\.[0-9]+"),
    XSD + "double": re.compile(r"[+-]?(?:[0-9]+\.[0-9]*|\.?[0-9]+)[eE][+-]?[0-9]+"),
}


def write_csv(answer: Answer, stream: IO[bytes]) -> int:
    """Write values without their types, for spreadsheets."""
    return _write(answer, stream, _csv_term, ",", "\r\n", list(answer.variables))


def write_tsv(answer: Answer, stream: IO[bytes]) -> int:
    """Write terms as Turtle writes them, nothing lost."""
    return _write(answer, stream, _tsv_term, "\t", "\n", [f"?{v}" for v in answer.variables])


def _write(
    answer: Answer,
    stream: IO[bytes],
    write: Callable[[Cell], str],
    separator: str,
    end: str,
    head: list[str],
) -> int:
    if answer.form == "ask":
        stream.write(f"{str(answer.boolean).lower()}{end}".encode())
        return 1
    stream.write(f"{separator.join(head)}{end}".encode())
    written = 0
    for batch in answer.batches():
        columns = [[text or "" for text in written_cells(c, write)] for c in batch.columns]
        solutions = zip(*columns, strict=True) if columns else [()] * batch.num_rows
        stream.write("".join(separator.join(s) + end for s in solutions).encode())
        written += batch.num_rows
    return written


def _csv_term(cell: Cell) -> str:
    value = cell[0]
    if _NEEDS_QUOTES.search(value):
        return '"' + value.replace('"', '""') + '"'
    return value


def _tsv_term(cell: Cell) -> str:
    value, datatype, language = cell
    bare = _BARE.get(datatype or "")
    if bare is not None and bare.fullmatch(value):
        return value
    return str(term_of(value, datatype, language))
