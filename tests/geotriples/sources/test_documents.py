"""JSON documents: natural types, lists, and what is no value."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from geosparql.errors import SourceError
from geotriples.mapping.logical_source import FileSource, LogicalSource
from geotriples.mapping.vocabulary import JSON_PATH
from geotriples.sources.table import open_source
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
    with pytest.raises(SourceError, match=rf"a\.json, row 2: A reference gives {kind}"):
        values(tmp_path, [{"v": 1}, {"v": value}], "$.v")


@pytest.mark.parametrize("text", ["", "[1,", "{'a': 1}"])
def test_not_json(text: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"a\.json: The JSON file cannot be read"):
        values(tmp_path, text, "$.v")


@pytest.mark.parametrize("name", ["a.jsonl", "a.ndjson", "a.jsonl.gz"])
def test_lines(name: str, tmp_path: Path) -> None:
    text = '{"v": 1}\n\n{"v": "ä"}\r\n{"w": [{"v": 3}]}'.encode()
    path = tmp_path / name
    path.write_bytes(gzip.compress(text) if name.endswith("gz") else text)
    packed = "gzip" if name.endswith("gz") else None
    assert lines(path, "$.v", None, packed) == ["1", "ä", None]
    assert lines(path, "v", "$.w[*]", packed) == ["3"]


def lines(path: Path, reference: str, iterator: str | None, packed: str | None = None) -> list[Any]:
    source = LogicalSource(FileSource(path, compression=packed), JSON_PATH, "test", iterator)
    parts = open_source(source, [reference]).parts
    found = [value for part in parts.parts for batch in parts.read(part) for value in batch[0]]
    return [value["lexical"].as_py() if value.is_valid else None for value in found]


@pytest.mark.parametrize("part_bytes", range(5, 60, 3))
def test_parts_of_lines(part_bytes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("geotriples.sources.documents.PART_BYTES", part_bytes)
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(json.dumps({"v": number}) for number in range(20)))
    assert lines(path, "$.v", None) == [str(number) for number in range(20)]


def test_broken_line(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"v": 1}\n{"v": ')
    with pytest.raises(SourceError, match=r"a\.jsonl: The JSON file cannot be read"):
        lines(path, "$.v", None)
