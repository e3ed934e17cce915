"""Answers as plain text for people: aligned columns, IRIs shortened by well-known prefixes."""

from __future__ import annotations

import itertools
from typing import IO

from endpoint.sparql.answer import Answer
from endpoint.sparql.formats.cells import written_cells
from endpoint.sparql.functions.encoding import Cell
from geosparql.errors import shorten
from geosparql.rdf import write_triples
from geosparql.terms import RDF, XSD
from geosparql.vocabulary import GEO, GEOF, RDFS, SF, SKOS

_WIDEST = 60
_SAMPLE_ROWS = 1000
_PREFIXES = {
    GEO: "geo:",
    GEOF: "geof:",
    SF: "sf:",
    RDF: "rdf:",
    RDFS: "rdfs:",
    SKOS: "skos:",
    XSD: "xsd:",
}


def write(answer: Answer, stream: IO[bytes]) -> int:
    """Write a truth value as yes or no, solutions as a table, triples as N-Triples."""
    if answer.form == "ask":
        stream.write(b"yes\n" if answer.boolean else b"no\n")
        return 1
    if answer.form != "select":
        return write_triples(answer.triples(), stream, format="nt")
    rows = _rows(answer)
    first = list(itertools.islice(rows, _SAMPLE_ROWS))  # later rows keep the widths of these
    head = tuple(answer.variables)
    widths = [
        min(_WIDEST, max(len(row[place]) for row in [head, *first])) for place in range(len(head))
    ]
    stream.write(_line(head, widths))
    stream.write(_line(tuple("─" * width for width in widths), widths))
    written = 0
    for row in itertools.chain(first, rows):
        stream.write(_line(row, widths))
        written += 1
    return written


def _rows(answer: Answer) -> itertools.chain[tuple[str, ...]]:
    return itertools.chain.from_iterable(
        zip(*([text or "" for text in written_cells(c, _term)] for c in batch.columns), strict=True)
        if batch.num_columns
        else [()] * batch.num_rows
        for batch in answer.batches()
    )


def _line(cells: tuple[str, ...], widths: list[int]) -> bytes:
    shown = (
        shorten(cell, max(width, 1)).ljust(width) for cell, width in zip(cells, widths, strict=True)
    )
    return ("  ".join(shown).rstrip() + "\n").encode()


def _term(cell: Cell) -> str:
    value, datatype, language = cell
    if datatype is None:
        for namespace, prefix in _PREFIXES.items():
            if value.startswith(namespace):
                return prefix + value[len(namespace) :]
        return value
    text = " ".join(value.split())
    return f"{text}@{language}" if language else text
