"""JSON documents: an iterator gives the rows, paths below a row the values (RML-IO, JSONPath).

A document is parsed whole: its size is bounded by memory, not streamed. A file of
lines has one document a line, and is read line by line, in parts where it is large.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice
from typing import Any

import pyarrow as pa
import shapely

from engine.protocol import Parts
from geosparql.errors import EarthgraphError, SourceError
from geosparql.terms import XSD, XSD_STRING
from geotriples.mapping.logical_source import FileSource, LogicalSource
from geotriples.mapping.vocabulary import RECORD
from geotriples.sources.files import check_exists, opened
from geotriples.sources.jsonpath import JSONPath, parse_jsonpath
from geotriples.sources.lexical import double_lexical
from geotriples.sources.source import (
    Column,
    Source,
    column_names,
    geometry_column,
    row_numbers,
    schema_of,
)

BATCH_ROWS = 16_384
PART_BYTES = 64 << 20


def open_json(source: LogicalSource, references: Sequence[str]) -> Source:
    """Open a JSON document.

    Parameters
    ----------
    source
        The logical source; its iterator is a JSONPath, by default ``$``.
    references
        JSONPaths below a row. One that may give several values gives a list; ``<it>``
        is the row itself as JSON text.

    Returns
    -------
    Source
        One part. A value brings its datatype along: a string has xsd:string, a
        number xsd:integer or xsd:double, a truth value xsd:boolean; null is null.

    Raises
    ------
    SourceError
        Where the file is missing; when it is read, where it is not JSON or a
        reference gives an object or an array.
    MappingError
        Where a JSONPath is not well-formed.
    """
    check_exists(source.file)
    iterator = parse_jsonpath(source.iterator or "$", source.where)
    return open_documents(
        source, references, [(source.file, 0)], partial(_found, iterator=iterator)
    )


def open_json_lines(source: LogicalSource, references: Sequence[str]) -> Source:
    """Open a file with a JSON document on each line; an iterator starts anew on each.

    Parameters, return value and errors are those of `open_json`, but for the parts: a
    large file that is not compressed has several, and the row numbers of a later one
    count from the byte where it begins.
    """
    check_exists(source.file)
    iterator = parse_jsonpath(source.iterator or "$", source.where)
    size = source.file.path.stat().st_size if source.file.compression is None else 0
    starts = range(0, max(size, 1), PART_BYTES)
    parts = [(source.file, start, start + PART_BYTES if size else None) for start in starts]
    return open_documents(source, references, parts, partial(_found_in_lines, iterator=iterator))


def open_documents(
    source: LogicalSource,
    references: Sequence[str],
    parts: Sequence[Any],
    rows: Callable[[Any], Iterator[Any]],
    geometry: str | None = None,
) -> Source:
    """Open rows that are JSON values.

    Parameters
    ----------
    source
        The logical source.
    references
        JSONPaths below a row.
    parts
        What is read; each is a tuple whose second member is the number of its first row.
    rows
        Gives the rows of a part.
    geometry
        Reference to the GeoJSON geometry of a row, where rows are features.
    """
    names = column_names(references)
    columns = []
    for reference in references:
        if reference == geometry:
            columns.append((geometry_column(reference, names[reference]), JSONPath(())))
            continue
        path = parse_jsonpath("$" if reference == RECORD else reference, source.where)
        column = Column(reference, names[reference], None, repeated=not path.is_singular)
        if reference == RECORD:
            column = Column(reference, names[reference], XSD_STRING)
        columns.append((column, path))
    read = partial(_read, rows=rows, columns=tuple(columns), where=source.source.name)
    made = tuple(column for column, _ in columns)
    return Source(Parts(schema_of(made), parts, read), made)


@contextmanager
def reading_json(source: FileSource) -> Iterator[None]:
    """Turn what is wrong with JSON into a SourceError."""
    try:
        yield
    except (ValueError, LookupError, RecursionError) as error:
        if isinstance(error, EarthgraphError):
            raise
        raise SourceError(
            "The JSON file cannot be read", where=source.name, value=error,
            hint=f"It is read as {source.encoding}",
        ) from error  # fmt: skip


def document(source: FileSource) -> Any:
    """Read a whole document."""
    with reading_json(source), opened(source) as stream:
        return json.loads(stream.read().decode(_encoding(source)))


def documents_in_lines(part: tuple[FileSource, int, int | None]) -> Iterator[Any]:
    """Read the documents of lines that begin between two bytes of a file."""
    source, start, end = part
    with opened(source) as stream:
        if start:
            stream.seek(start - 1)
            stream.readline()
        while end is None or stream.tell() < end:
            line = stream.readline()
            if not line:
                return
            if line.strip():
                with reading_json(source):
                    yield json.loads(line.decode(_encoding(source)))


def _encoding(source: FileSource) -> str:
    return source.encoding.replace("utf-8", "utf-8-sig")


def _found(part: tuple[FileSource, int], *, iterator: JSONPath) -> Iterator[Any]:
    yield from iterator.find(document(part[0]))


def _found_in_lines(
    part: tuple[FileSource, int, int | None], *, iterator: JSONPath
) -> Iterator[Any]:
    for line in documents_in_lines(part):
        yield from iterator.find(line)


def _read(
    part: tuple[Any, int],
    *,
    rows: Callable[[Any], Iterator[Any]],
    columns: tuple[tuple[Column, JSONPath], ...],
    where: str,
) -> Iterator[pa.RecordBatch]:
    found, first = rows(part), part[1]
    schema = schema_of([column for column, _ in columns])
    while batch := list(islice(found, BATCH_ROWS)):
        arrays = [
            _geometries(batch, f"{where}, from row {first + 1}")
            if column.geometry
            else pa.array(
                [
                    _value(row, column, path, f"{where}, row {first + n + 1}")
                    for n, row in enumerate(batch)
                ],
                column.field.type,
            )
            for column, path in columns
        ]
        yield pa.record_batch([*arrays, row_numbers(first, len(batch))], schema=schema)
        first += len(batch)


def _geometries(rows: Sequence[Any], where: str) -> pa.Array:
    """Give the geometries of GeoJSON features; their CRS is CRS84 (RFC 7946)."""
    texts = [
        None
        if not isinstance(row, dict) or row.get("geometry") is None
        else json.dumps(row["geometry"])
        for row in rows
    ]
    try:
        return pa.array(shapely.to_wkb(shapely.from_geojson(texts)), pa.binary())
    except shapely.errors.GEOSException as error:
        raise SourceError("A geometry is not GeoJSON", where=where, value=error) from error


def _value(row: Any, column: Column, path: JSONPath, where: str) -> Any:
    if column.reference == RECORD:
        return json.dumps(row, ensure_ascii=False)
    found = [tagged(value, column.reference, where) for value in path.find(row)]
    if column.repeated:
        return [value for value in found if value is not None]
    return found[0] if found else None


def tagged(value: Any, reference: str, where: str) -> dict[str, str] | None:
    """Give a JSON value in its natural lexical form and datatype (RML-IO); null has none.

    Raises
    ------
    SourceError
        Where it is an object or an array.
    """
    match value:
        case None:
            return None
        case bool():
            return {"lexical": "true" if value else "false", "datatype": XSD + "boolean"}
        case str():
            return {"lexical": value, "datatype": XSD_STRING}
        case int():
            return {"lexical": str(value), "datatype": XSD + "integer"}
        case float():
            return {"lexical": double_lexical(value), "datatype": XSD + "double"}
    kind = "an object" if isinstance(value, dict) else "an array"
    raise SourceError(
        f"A reference gives {kind} where a value is needed", where=where, value=reference,
        hint="Let the path go on to the values, for instance with [*]",
    )  # fmt: skip
