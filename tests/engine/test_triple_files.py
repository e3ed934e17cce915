"""Triples go to files and come back; what fails leaves nothing behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from engine.protocol import Engine
from engine.triple_files import triples_relation, write_output, write_relation
from geosparql.errors import RDFSyntaxError, SourceError
from geosparql.triples import TRIPLES_SCHEMA
from geosparql.vocabulary import GEO_AS_WKT, GEO_WKT_LITERAL

EX = "http://example.org/"
ROWS = [
    {"subject": EX + "a", "predicate": EX + "p", "object": EX + "b"},
    {"subject": EX + "a", "predicate": EX + "p", "object": 'x\n"y"', "datatype": EX + "type"},
    {
        "subject": EX + "a",
        "predicate": GEO_AS_WKT,
        "object": "POINT (1 2)",
        "datatype": GEO_WKT_LITERAL,
    },
]


def batch() -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist(ROWS, schema=TRIPLES_SCHEMA)


def rows_of(engine: Engine, paths: list[Path]) -> set[tuple[str, ...]]:
    with engine.run(triples_relation(engine, paths).select()) as reader:
        found = reader.read_all().select(["subject", "predicate", "object", "datatype"])
        return {tuple(row.values()) for row in found.to_pylist()}


@pytest.mark.parametrize("name", ["t.nt", "t.nq", "t.ttl", "t.trig", "t.nt.gz", "t.rdf", "folder"])
def test_round_trip(engine: Engine, tmp_path: Path, name: str) -> None:
    output = tmp_path / name
    relation = engine.relation(pa.Table.from_batches([batch()]))
    assert write_relation(engine, relation.select(), output) == len(ROWS)
    expected = {
        tuple(row.get(n) for n in ("subject", "predicate", "object", "datatype")) for row in ROWS
    }
    assert rows_of(engine, [output]) == expected


def test_files_and_folders_together(duckdb_engine: Engine, tmp_path: Path) -> None:
    write_output([batch()], tmp_path / "folder")
    (tmp_path / "more.nt").write_text(f"<{EX}c> <{EX}p> _:x .\n")
    (tmp_path / "again.nt").write_text(f"<{EX}c> <{EX}p> _:x .\n")
    names = ("folder", "more.nt", "again.nt")
    found = rows_of(duckdb_engine, [tmp_path / name for name in names])
    assert len(found) == len(ROWS) + 2, "blank nodes of two files are two nodes"


def test_a_failing_stream_leaves_what_was_there(tmp_path: Path) -> None:
    def failing() -> Iterator[pa.RecordBatch]:
        yield batch()
        raise SourceError("the source broke")

    for name in ("t.nt", "folder"):
        write_output([batch()], tmp_path / name)
        before = sorted(path.name for path in tmp_path.rglob("*"))
        with pytest.raises(SourceError, match="broke"):
            write_output(failing(), tmp_path / name)
        assert sorted(path.name for path in tmp_path.rglob("*")) == before


def test_broken_rdf_is_named_with_its_line(duckdb_engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "bad.nt").write_text(f"<{EX}a> <{EX}p> <{EX}b> .\n<{EX}a> <{EX}p> .\n")
    with pytest.raises(RDFSyntaxError, match=r"bad\.nt.*line 2"):
        rows_of(duckdb_engine, [tmp_path / "bad.nt"])


@pytest.mark.parametrize("name", ["gone.nt", "picture.png"])
def test_what_is_no_rdf_file_is_refused(duckdb_engine: Engine, tmp_path: Path, name: str) -> None:
    if name == "picture.png":
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(SourceError):
        triples_relation(duckdb_engine, [tmp_path / name])


def test_an_empty_folder_is_refused(duckdb_engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no Parquet"):
        triples_relation(duckdb_engine, [tmp_path])
