"""Sources read by workers: what is sent to them can be sent, and parts come together again."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from engine.protocol import Engine
from tests.geotriples.mappings import objects_of, pom, source, write_mapping

XML = "<r>" + "".join(f"<i>{number}</i>" for number in range(50)) + "</r>"
LINES = "\n".join(json.dumps({"v": number}) for number in range(50))
SUBJECT = "rml:subject ex:s"


def test_parts_on_each_engine(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("geotriples.sources.sqlite.PART_ROWS", 20)
    monkeypatch.setattr("geotriples.sources.documents.PART_BYTES", 100)
    (tmp_path / "a.xml").write_text(XML)
    (tmp_path / "a.jsonl").write_text(LINES)
    with closing(sqlite3.connect(tmp_path / "a.db")) as connection:
        connection.execute("CREATE TABLE t (v INTEGER)")
        connection.executemany("INSERT INTO t VALUES (?)", [(number,) for number in range(50)])
        connection.commit()
    maps = [
        (source("a.xml", "rml:XPath", 'rml:iterator "/r/i"'), "."),
        (source("a.jsonl", "rml:JSONPath"), "$.v"),
        (source("a.db", "rml:SQL2008Table", 'rml:iterator "t"'), "v"),
    ]
    text = " ".join(
        f"<#M{number}> {logical}; {SUBJECT}; " + pom("ex:v", f'rml:reference "{reference}"') + " ."
        for number, (logical, reference) in enumerate(maps)
    )
    expected = sorted(str(number) for number in range(50) for _ in maps)
    assert objects_of(write_mapping(tmp_path, text), engine, "v") == expected
