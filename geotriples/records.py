"""Records inside values: engine functions that take JSON and CSV texts apart (RML-LV)."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import pyarrow as pa

from engine.protocol import EngineFunction
from geosparql.errors import SourceError
from geotriples.mapping.vocabulary import CSV, JSON_PATH
from geotriples.sources.documents import tagged
from geotriples.sources.jsonpath import JSONPath, parse_jsonpath

TEXT = pa.string()
TEXTS = pa.list_(TEXT)
WHERE = "a field of a logical view"


def json_nodes(documents: pa.Array, paths: pa.Array) -> pa.Array:
    """Give the JSON texts of what a path selects in each document, JSON's nulls left out.

    Raises
    ------
    SourceError
        Where a text is not JSON.
    """
    found = zip(documents.to_pylist(), paths.to_pylist(), strict=True)
    return pa.array(
        [None if text is None else list(_nodes(text, path)) for text, path in found], TEXTS
    )


def _nodes(text: str, path: str) -> Iterator[str]:
    try:
        document = json.loads(text)
    except ValueError as error:
        raise SourceError("The value is not JSON", where=WHERE, value=text) from error
    for node in _parsed(path).find(document):
        if node is not None:
            yield json.dumps(node, ensure_ascii=False)


@cache
def _parsed(path: str) -> JSONPath:
    return parse_jsonpath(path, WHERE)


def csv_rows(documents: pa.Array) -> pa.Array:
    """Give the rows of each CSV text, whose first is the header, as texts of JSON objects."""
    return pa.array(
        [
            None
            if text is None
            else [json.dumps(row, ensure_ascii=False) for row in csv.DictReader(io.StringIO(text))]
            for text in documents.to_pylist()
        ],
        TEXTS,
    )


def json_lexical(nodes: pa.Array) -> pa.Array:
    """Give the natural lexical forms of JSON values.

    Raises
    ------
    SourceError
        Where one is an object or an array.
    """
    return _of_values(nodes, "lexical")


def json_datatype(nodes: pa.Array) -> pa.Array:
    """Give the natural datatypes of JSON values."""
    return _of_values(nodes, "datatype")


def _of_values(nodes: pa.Array, part: str) -> pa.Array:
    made = (None if text is None else _tagged(text) for text in nodes.to_pylist())
    return pa.array([None if value is None else value[part] for value in made], TEXT)


def _tagged(text: str) -> dict[str, str] | None:
    value: Any = json.loads(text)
    return tagged(value, text, WHERE)


RECORD_FUNCTIONS: tuple[EngineFunction, ...] = (
    EngineFunction("rml_json_nodes", json_nodes, (TEXT, TEXT), TEXTS),
    EngineFunction("rml_csv_rows", csv_rows, (TEXT,), TEXTS),
    EngineFunction("rml_json_lexical", json_lexical, (TEXT,), TEXT),
    EngineFunction("rml_json_datatype", json_datatype, (TEXT,), TEXT),
)


@dataclass(frozen=True, slots=True)
class RecordFormat:
    """How texts in a reference formulation are taken apart.

    `records` is the engine function that gives the records of a text, as texts of
    JSON; it takes the iterator where `has_iterator`. `path` makes a reference to a
    record a JSONPath.
    """

    formulation: str
    records: str
    has_iterator: bool
    path: Callable[[str], str]


def _member(name: str) -> str:
    return "$['" + name.replace("\\", "\\\\").replace("'", "\\'") + "']"


RECORD_FORMATS = {
    row.formulation: row
    for row in (
        RecordFormat(JSON_PATH, "rml_json_nodes", True, str),
        RecordFormat(CSV, "rml_csv_rows", False, _member),
    )
}
