"""Records inside values: engine functions that take JSON, CSV and XML texts apart (RML-LV)."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import pyarrow as pa

from engine.protocol import EngineFunction
from geotriples.mapping.vocabulary import CSV, JSON_PATH, XPATH
from geotriples.sources.documents import tagged
from geotriples.sources.jsonpath import JSONPath, parse_jsonpath
from geotriples.sources.xml import elements_of, values_in

TEXT = pa.string()
TEXTS = pa.list_(TEXT)
WHERE = "a field of a logical view"


def json_nodes(documents: pa.Array, paths: pa.Array) -> pa.Array:
    """Give the JSON texts of what a path selects in each document, JSON's nulls left out.

    A text that is not JSON gives null.
    """
    found = zip(documents.to_pylist(), paths.to_pylist(), strict=True)
    return pa.array([None if text is None else _nodes(text, path) for text, path in found], TEXTS)


def _nodes(text: str, path: str) -> list[str] | None:
    try:
        document = json.loads(text)
    except ValueError:
        return None
    nodes = (node for node in _parsed(path).find(document) if node is not None)
    return [json.dumps(node, ensure_ascii=False) for node in nodes]


@cache
def _parsed(path: str) -> JSONPath:
    return parse_jsonpath(path, WHERE)


def csv_rows(documents: pa.Array) -> pa.Array:
    """Give the rows of each CSV text, whose first is the header, as texts of JSON objects.

    A text with an open quote or a row longer than the header gives null.
    """
    return pa.array(
        [None if text is None else _table(text) for text in documents.to_pylist()], TEXTS
    )


def _table(text: str) -> list[str] | None:
    try:
        rows = list(csv.DictReader(io.StringIO(text), strict=True))
    except csv.Error:
        return None
    if any(None in row for row in rows):
        return None
    return [json.dumps(row, ensure_ascii=False) for row in rows]


def xml_elements(documents: pa.Array, paths: pa.Array) -> pa.Array:
    """Give the XML texts of the elements that an XPath selects in each document.

    A text that is not well-formed or declares entities gives null.
    """
    found = zip(documents.to_pylist(), paths.to_pylist(), strict=True)
    return pa.array([None if text is None else elements_of(text, p) for text, p in found], TEXTS)


def xml_values(records: pa.Array, paths: pa.Array) -> pa.Array:
    """Give what an XPath finds in each element, as JSON texts."""
    found = zip(records.to_pylist(), paths.to_pylist(), strict=True)
    return pa.array([None if text is None else values_in(text, p) for text, p in found], TEXTS)


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
    EngineFunction("rml_xml_elements", xml_elements, (TEXT, TEXT), TEXTS),
    EngineFunction("rml_xml_values", xml_values, (TEXT, TEXT), TEXTS),
    EngineFunction("rml_json_lexical", json_lexical, (TEXT,), TEXT),
    EngineFunction("rml_json_datatype", json_datatype, (TEXT,), TEXT),
)


@dataclass(frozen=True, slots=True)
class RecordFormat:
    """How texts in a reference formulation are taken apart.

    `records` is the engine function that gives the records of a text, each as text;
    it takes the iterator, or `iterator` where the field has none. `values` gives what
    a path, which `path` makes of a reference, finds in a record, as texts of JSON.
    A text that is none of its kind has no list of records, and `wrong` says so.
    """

    formulation: str
    wrong: str
    records: str
    iterator: str | None = None
    values: str = "rml_json_nodes"
    path: Callable[[str], str] = str


def _member(name: str) -> str:
    return "$['" + name.replace("\\", "\\\\").replace("'", "\\'") + "']"


RECORD_FORMATS = {
    row.formulation: row
    for row in (
        RecordFormat(JSON_PATH, "The value is not JSON", "rml_json_nodes", "$"),
        RecordFormat(CSV, "The value is no CSV table", "rml_csv_rows", path=_member),
        RecordFormat(
            XPATH,
            "The value is no XML document, or declares entities",
            "rml_xml_elements",
            "/*",
            "rml_xml_values",
        ),
    )
}
