"""SPARQL queries as sources: over an RDF file, or answered by an endpoint.

The iterator is the SELECT query, a reference one of its variables. Results in CSV
have no datatypes, so values are plain text there; in the other result formats
literals keep theirs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice
from typing import Any

import pyarrow as pa
import pyoxigraph as ox

from engine.protocol import Parts
from geosparql.errors import EarthgraphError, MappingError, SourceError
from geosparql.terms import XSD_STRING
from geotriples.mapping.logical_source import DatabaseSource, FileSource, LogicalSource
from geotriples.mapping.vocabulary import SPARQL_CSV
from geotriples.sources.files import opened
from geotriples.sources.source import (
    Column,
    Source,
    column_names,
    missing_reference,
    row_numbers,
    schema_of,
)
from geotriples.sources.web import requested

BATCH_ROWS = 16_384
ACCEPT = "application/sparql-results+json"
SERVICE = re.compile(r"(?<![\w?$:])service(?![\w:])", re.IGNORECASE)
ESCAPE = re.compile(r"\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8}")
"""Code points as SPARQL escapes them anywhere in a query."""


def open_sparql(source: LogicalSource, references: Sequence[str]) -> Source:
    """Open the solutions of a SELECT query.

    Parameters
    ----------
    source
        The logical source: an RDF file, or the address of an endpoint, and the query
        as its iterator.
    references
        Variables, with or without ``?``.

    Returns
    -------
    Source
        One part. An unbound variable is null, an IRI its text.

    Raises
    ------
    MappingError
        Where there is no query.
    SourceError
        Where the file or endpoint does not answer, the query is not understood, or
        it has no such variable.
    """
    if not source.iterator:
        raise MappingError("A SPARQL source needs its query", where=source.where,
                           hint="Give it as rml:iterator")  # fmt: skip
    answer = partial(_answer, query=source.iterator)
    known = variables_of(source)
    for reference in references:
        if reference.removeprefix("?") not in known:
            raise missing_reference(reference, known, source.source.name)
    datatype = XSD_STRING if source.formulation == SPARQL_CSV else None
    columns = tuple(
        Column(reference, name, datatype) for reference, name in column_names(references).items()
    )
    read = partial(_read, answer=answer, columns=columns)
    return Source(Parts(schema_of(columns), [source.source], read), columns)


def variables_of(source: LogicalSource) -> list[str]:
    """Ask the query of a source for the names of its variables."""
    with _answer(source.source, query=source.iterator or "") as solutions:
        return [variable.value for variable in solutions.variables]


@contextmanager
def _answer(source: FileSource | DatabaseSource, *, query: str) -> Iterator[Any]:
    """Give the solutions of a query."""
    try:
        if isinstance(source, DatabaseSource):
            with requested(
                source.url, source.access, accept=ACCEPT, form={"query": query}
            ) as stream:
                yield _solutions(ox.parse_query_results(stream, ox.QueryResultsFormat.JSON), source)
        else:
            _check_service(query, source)
            yield _solutions(_loaded(source).query(query), source)
    except (SyntaxError, ValueError, RuntimeError, OSError) as error:
        if isinstance(error, EarthgraphError):
            raise
        raise SourceError("The SPARQL query is not answered", where=source.name,
                          value=error) from error  # fmt: skip


def _check_service(query: str, source: FileSource) -> None:
    """Refuse a query that may ask other endpoints where hosts are restricted.

    The text is looked at as it is: a word too many is refused, none is overlooked.
    """
    plain = ESCAPE.sub(lambda found: chr(int(found[0][2:], 16)), query)
    if source.access.hosts is not None and SERVICE.search(plain):
        raise SourceError(
            "SERVICE is not allowed in a query of a file here", where=source.name,
            hint="Name the endpoint as the source: sd:endpoint",
        )  # fmt: skip


def _solutions(answer: Any, source: FileSource | DatabaseSource) -> Any:
    if not isinstance(answer, ox.QuerySolutions):
        raise SourceError("A query of a source must be a SELECT", where=source.name)
    return answer


def _loaded(source: FileSource) -> ox.Store:
    """Load an RDF file; queries see its graphs as one."""
    store = ox.Store()
    suffixes = [suffix for suffix in source.path.suffixes if suffix not in (".gz", ".zip", ".xz")]
    kind = ox.RdfFormat.from_extension((suffixes or [""])[-1].removeprefix("."))
    if kind is None:
        raise SourceError("The RDF syntax of the file is not known", where=source.name,
                          hint="Name it .nt, .ttl, .nq, .trig, .rdf or .jsonld")  # fmt: skip
    base = "file:///" + source.path.name
    with opened(source) as stream:
        for quad in ox.parse(stream, kind, base_iri=base):
            store.add(ox.Quad(quad.subject, quad.predicate, quad.object))
    return store


def _read(
    source: FileSource | DatabaseSource, *, answer: Any, columns: tuple[Column, ...]
) -> Iterator[pa.RecordBatch]:
    schema, first = schema_of(columns), 0
    names = [column.reference.removeprefix("?") for column in columns]
    with answer(source) as solutions:
        rows = iter(solutions)
        while batch := list(islice(rows, BATCH_ROWS)):
            arrays = [
                pa.array([_value(row[name], column) for row in batch], column.field.type)
                for name, column in zip(names, columns, strict=True)
            ]
            yield pa.record_batch([*arrays, row_numbers(first, len(batch))], schema=schema)
            first += len(batch)


def _value(term: Any, column: Column) -> Any:
    if term is None:
        return None
    text = term.value if hasattr(term, "value") else str(term)
    if column.datatype is not None:
        return text
    typed = isinstance(term, ox.Literal) and term.language is None
    return {"lexical": text, "datatype": term.datatype.value if typed else XSD_STRING}
