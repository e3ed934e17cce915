"""JSON documents: natural types, lists, and what is no value."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from geosparql.errors import SourceError
from geotriples.mapping.vocabulary import JSON_PATH
from tests.geotriples.mappings import read_source


def values(folder: Path, document: Any, reference: str, iterator: str = "$[*]") -> list[Any]:
    path = folder / "a.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return read_source(path, JSON_PATH, [reference], iterator)[reference].to_pylist()


def tagged(lexical: str, datatype: str) -> dict[str, str]:
    return {"lexical": lexical, "datatype": f"http://www.w3.org/2001/XMLSchema#{datatype}"}


def test_natural_types(tmp_path: Path) -> None:
    found = values(tmp_path, [{"v": v} for v in (1, 12.5, True, "x", None, 10**20)] + [{}], "$.v")
    assert found == [
        tagged("1", "integer"), tagged("1.25E1", "double"), tagged("true", "boolean"),
        tagged("x", "string"), None, tagged("1" + "0" * 20, "integer"), None,
    ]  # fmt: skip


def test_lists(tmp_path: Path) -> None:
    found = values(tmp_path, [{"v": [1, None, "a"]}, {"v": []}, {}], "$.v[*]")
    assert found == [[tagged("1", "integer"), tagged("a", "string")], [], []]


@pytest.mark.parametrize(("value", "kind"), [([1], "an array"), ({"a": 1}, "an object")])
def test_no_value(value: Any, kind: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=rf"a\.json, row 1: A reference gives {kind}"):
        values(tmp_path, [{"v": 1}, {"v": value}], "$.v")


@pytest.mark.parametrize("text", ["", "[1,", "{'a': 1}"])
def test_not_json(text: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"a\.json: The JSON file cannot be read"):
        values(tmp_path, text, "$.v")
