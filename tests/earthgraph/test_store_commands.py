"""The commands on a store, called in this process."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from earthgraph.cli import app

TRIG = """@prefix : <http://example.org/> . @prefix geo: <http://www.opengis.net/ont/geosparql#> .
:a a :Place ; :name "Here" ; geo:asWKT "POINT (10 50)"^^geo:wktLiteral . :g { :b a :Place }"""


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def store(tmp_path: Path) -> Path:
    (tmp_path / "data.trig").write_text(TRIG)
    done = run("load", tmp_path / "store", tmp_path / "data.trig")
    assert done.exit_code == 0, done.output
    return tmp_path / "store"


def test_load_collects_when_told(tmp_path: Path, store: Path) -> None:
    (tmp_path / "bad.nt").write_text("nonsense\n<http://e/a> <http://e/b> <http://e/c> .\n")
    stopped = run("load", store, tmp_path / "bad.nt")
    assert (stopped.exit_code, "line 1" in stopped.output) == (65, True)
    collected = run("load", store, tmp_path / "bad.nt", "--on-error", "collect")
    assert collected.exit_code == 0
    assert "left out" in collected.output
    assert "'nonsense'" in collected.output


def test_update_from_a_file_and_as_text(tmp_path: Path, store: Path) -> None:
    (tmp_path / "change.ru").write_text("INSERT DATA { <http://e/a> <http://e/b> 1 , 2 }")
    assert "inserted" in run("update", store, tmp_path / "change.ru").output
    done = run("update", store, "DELETE WHERE { <http://e/a> <http://e/b> ?n }")
    assert "deleted" in done.output
    assert run("update", store, "DELETE { ?s ?p }").exit_code == 65
    assert run("update", store, "LOAD <http://e/a>").exit_code == 65


def test_export(tmp_path: Path, store: Path) -> None:
    assert "4 triples" in run("export", store, tmp_path / "all.nq.gz").output
    graph = ("--graph", "http://example.org/g")
    assert "1 triples" in run("export", store, tmp_path / "g.ttl", *graph).output
    assert "<http://example.org/b>" in (tmp_path / "g.ttl").read_text()
    assert run("export", store, tmp_path / "v1.0", "--parquet").exit_code == 0
    assert list((tmp_path / "v1.0").glob("*.parquet"))
    assert run("export", store, tmp_path / "all.ttl").exit_code == 65


def test_backup_optimize_and_info(tmp_path: Path, store: Path) -> None:
    run("update", store, "DROP NAMED")
    assert "unused terms dropped" in run("optimize", store).output
    assert run("backup", store, tmp_path / "copy").exit_code == 0
    assert run("backup", store, tmp_path / "copy").exit_code == 74
    for place in (store, tmp_path / "copy"):
        shown = run("info", place).output
        for text in ("http://example.org/Place", "CRS84", "west 10, south 50", "default graph"):
            assert text in shown


def test_info_shows_as_many_rows_as_asked(store: Path) -> None:
    assert "3 predicates, the first 1" in run("info", store, "--rows", "1").output


@pytest.mark.parametrize("command", ["load", "update", "export", "backup", "optimize", "info"])
def test_help_has_an_example(command: str) -> None:
    shown = run(command, "--help").output
    assert f"earthgraph {command} mystore" in shown
