"""What becomes of bad values, and of a run that dies."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from earthgraph.cli import app
from engine.duckdb import DuckDBEngine
from engine.protocol import Engine
from geotriples.convert import convert
from geotriples.options import ConvertOptions
from tests.geotriples.test_convert import links


@pytest.mark.parametrize("name", ["a.nt", "a.ttl", "folder"])
def test_bad_values_are_collected(name: str, engine: Engine, tmp_path: Path) -> None:
    mapping = links(tmp_path, "fine", "not fine", "a<b", "ok")
    report = convert(
        mapping, engine=engine, output=tmp_path / name, options=ConvertOptions(on_error="collect")
    )
    assert (report.triples, report.errors) == (6, 2)
    assert report.rejects == tmp_path / f"{name}.rejects.jsonl"
    found = [json.loads(line) for line in report.rejects.read_text().splitlines()]
    assert [(one["row"], one["value"]) for one in found] == [(2, "not fine"), (3, "a<b")]
    assert {one["source"] for one in found} == {str(tmp_path / "rows.csv")}
    assert {one["reason"] for one in found} == {"The value makes no legal IRI"}
    assert "predicate link" in found[0]["map"]


def test_rejects_as_csv(duckdb_engine: Engine, tmp_path: Path) -> None:
    rejects = tmp_path / "bad.csv"
    mapping = links(tmp_path, '"a, ""b"""')
    options = ConvertOptions(on_error="collect", rejects=rejects)
    convert(mapping, engine=duckdb_engine, output=tmp_path / "a.nt", options=options)
    with rejects.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["row"], row["value"]) for row in rows] == [("1", 'a, "b"')]


@pytest.mark.parametrize(("choice", "code"), [("stop", 65), ("skip", 3), ("collect", 3)])
def test_exit_code_tells(choice: str, code: int, tmp_path: Path) -> None:
    words = ["convert", str(links(tmp_path, "fine", "not fine")), "-o", str(tmp_path / "a.nt")]
    ended = CliRunner().invoke(app, [*words, "--on-error", choice])
    assert ended.exit_code == code
    assert (tmp_path / "a.nt").exists() == (choice != "stop")
    if choice != "stop":
        assert "1 rows: The value makes no legal IRI" in " ".join(ended.stderr.split())


def test_nothing_wrong_ends_well(tmp_path: Path) -> None:
    words = ["convert", str(links(tmp_path, "fine")), "-o", str(tmp_path / "a.nt")]
    assert CliRunner().invoke(app, [*words, "--on-error", "collect"]).exit_code == 0


ROWS = 100_000
KILLED = """
import os, signal, sys, threading
from pathlib import Path
from engine import open_engine
from geotriples.convert import convert

mapping, output, engine = Path(sys.argv[1]), Path(sys.argv[2]), open_engine(sys.argv[3])

def kill_when_written():
    while True:
        for path in output.parent.rglob("*"):
            is_part = "part" in str(path.relative_to(output.parent))
            if is_part and path.is_file() and output not in path.parents and path.stat().st_size:
                os.kill(os.getpid(), signal.SIGKILL)

threading.Thread(target=kill_when_written, daemon=True).start()
while True:
    convert(mapping, engine=engine, output=output)
"""


@pytest.mark.parametrize(
    ("name", "engine_name"),
    [
        ("a.nt", "duckdb"),
        ("folder", "duckdb"),
        pytest.param("a.nt", "spark", marks=[pytest.mark.spark, pytest.mark.full]),
        pytest.param("folder", "spark", marks=[pytest.mark.spark, pytest.mark.full]),
    ],
)
def test_killed_run_leaves_no_half_output(name: str, engine_name: str, tmp_path: Path) -> None:
    """Kill -9 while bytes are written: what has the final name is old, or of a whole run."""
    mapping, output = links(tmp_path, *map(str, range(ROWS))), tmp_path / name
    convert(mapping, engine=DuckDBEngine(), output=output)
    whole = sorted(path.read_bytes() for path in files_of(output))
    command = [sys.executable, "-c", KILLED, str(mapping), str(output), engine_name]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    assert sorted(path.read_bytes() for path in files_of(output)) == whole


def files_of(output: Path) -> list[Path]:
    return list(output.iterdir()) if output.is_dir() else [output]
