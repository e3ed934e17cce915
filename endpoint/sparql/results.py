"""Answers in every standard result format, written while they are read.

SPARQL 1.1 Query Results JSON, XML (second edition), CSV and TSV for solutions
and truth values; GeoJSON (RFC 7946) and GeoParquet 1.1 for solutions with a geometry;
an Arrow stream; a page and a plain table for people; RDF syntaxes for graphs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import IO

from endpoint.sparql.answer import Answer, AnswerForm
from endpoint.sparql.formats import arrow, geojson, geoparquet, html, json, separated, table, xml
from geosparql.errors import QueryError
from geosparql.rdf import RDF_FORMATS, write_triples

Writer = Callable[[Answer, IO[bytes]], int]


@dataclass(frozen=True, slots=True)
class ResultFormat:
    """One result format: its name, media type, file extension, and the answers it can hold."""

    name: str
    media_type: str
    extension: str
    forms: frozenset[AnswerForm]
    write: Writer


_SOLUTIONS: frozenset[AnswerForm] = frozenset({"select"})
_SOLUTIONS_OR_TRUTH: frozenset[AnswerForm] = frozenset({"select", "ask"})
_GRAPHS: frozenset[AnswerForm] = frozenset({"construct", "describe"})
_ALL = _SOLUTIONS_OR_TRUTH | _GRAPHS


def _graph_writer(name: str) -> Writer:
    return lambda answer, stream: write_triples(answer.triples(), stream, format=name)


RESULT_FORMATS: tuple[ResultFormat, ...] = (
    ResultFormat(
        "json", "application/sparql-results+json", ".srj", _SOLUTIONS_OR_TRUTH, json.write
    ),
    ResultFormat("xml", "application/sparql-results+xml", ".srx", _SOLUTIONS_OR_TRUTH, xml.write),
    ResultFormat("csv", "text/csv", ".csv", _SOLUTIONS_OR_TRUTH, separated.write_csv),
    ResultFormat(
        "tsv", "text/tab-separated-values", ".tsv", _SOLUTIONS_OR_TRUTH, separated.write_tsv
    ),
    ResultFormat("geojson", "application/geo+json", ".geojson", _SOLUTIONS, geojson.write),
    ResultFormat(
        "geoparquet", "application/vnd.apache.parquet", ".parquet", _SOLUTIONS, geoparquet.write
    ),
    ResultFormat(
        "arrow", "application/vnd.apache.arrow.stream", ".arrows", _SOLUTIONS, arrow.write
    ),
    *(
        ResultFormat(row.name, row.media_type, row.extensions[0], _GRAPHS, _graph_writer(row.name))
        for row in RDF_FORMATS
    ),
    ResultFormat("html", "text/html", ".html", _ALL, html.write),
    ResultFormat("table", "text/plain", ".txt", _ALL, table.write),
)
RESULT_FORMAT_BY_NAME = {each.name: each for each in RESULT_FORMATS}


def formats_for(form: AnswerForm) -> tuple[ResultFormat, ...]:
    """Give the formats that can hold an answer, the preferred one first."""
    offered = [each for each in RESULT_FORMATS if form in each.forms]
    return tuple(sorted(offered, key=lambda each: each.name != "ttl"))


def write_results(answer: Answer, stream: IO[bytes], format: str) -> int:
    """Write an answer; it is read to its end.

    Parameters
    ----------
    answer
        Of any form.
    stream
        Open for writing bytes; not closed.
    format
        Name of a row of `RESULT_FORMATS` that can hold the answer.

    Returns
    -------
    int
        Solutions, triples or (for a truth value) 1.

    Raises
    ------
    QueryError
        The format is unknown or cannot hold the answer.
    EngineError, CancelledError, LimitError
        While the answer is worked out.
    """
    chosen = RESULT_FORMAT_BY_NAME.get(format)
    if chosen is None or answer.form not in chosen.forms:
        names = ", ".join(each.name for each in formats_for(answer.form))
        raise QueryError(
            f"The answer to this {answer.form.upper()} query has no such format",
            value=format,
            hint=f"Choose one of {names}",
        )
    return chosen.write(answer, stream)
