"""JSON documents: an iterator gives the rows, paths below a row the values (RML-IO, JSONPath).

A document is parsed whole: its size is bounded by memory, not streamed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice
from typing import Any

import pyarrow as pa

from engine.protocol import Parts
from geosparql.errors import SourceError
from geosparql.terms import XSD, XSD_STRING
from geotriples.mapping.model import FileSource, LogicalSource
from geotriples.mapping.vocabulary import RECORD
from geotriples.sources.files import check_exists, opened
from geotriples.sources.jsonpath import JSONPath, parse_jsonpath
from geotriples.sources.lexical import double_lexical
from geotriples.sources.source import Column, Source, column_names, row_numbers, schema_of

BATCH_ROWS = 16_384


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
    paths = tuple(
        parse_jsonpath("$" if reference == RECORD else reference, source.where)
        for reference in references
    )
    names = column_names(references)
    columns = tuple(
        Column(reference, names[reference], XSD_STRING)
        if reference == RECORD
        else Column(reference, names[reference], None, repeated=not path.is_singular)
        for reference, path in zip(references, paths, strict=True)
    )
    schema = schema_of(columns)
    read = partial(_read, iterator=iterator, columns=tuple(zip(columns, paths, strict=True)))
    return Source(Parts(schema, [source.file], read), columns)


def _document(source: FileSource) -> Any:
    try:
        with opened(source) as stream:
            return json.loads(stream.read().decode(source.encoding.replace("utf-8", "utf-8-sig")))
    except (ValueError, LookupError) as error:
        raise SourceError(
            "The JSON file cannot be read", where=str(source.path), value=error,
            hint=f"It is read as {source.encoding}",
        ) from error  # fmt: skip


def _read(
    source: FileSource, *, iterator: JSONPath, columns: tuple[tuple[Column, JSONPath], ...]
) -> Iterator[pa.RecordBatch]:
    rows = iter(iterator.find(_document(source)))
    schema = schema_of([column for column, _ in columns])
    first = 0
    while batch := list(islice(rows, BATCH_ROWS)):
        arrays = [
            pa.array(
                [_value(row, column, path, source, first + n) for n, row in enumerate(batch)],
                column.field.type,
            )
            for column, path in columns
        ]
        yield pa.record_batch([*arrays, row_numbers(first, len(batch))], schema=schema)
        first += len(batch)


def _value(row: Any, column: Column, path: JSONPath, source: FileSource, number: int) -> Any:
    if column.reference == RECORD:
        return json.dumps(row, ensure_ascii=False)
    where = f"{source.path}, row {number}"
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
