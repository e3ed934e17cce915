"""The RML-IO conformance suite: sources and targets."""

from __future__ import annotations

import csv
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from engine.protocol import Engine
from tests.geotriples.rml_suite import cases, run


@pytest.fixture
def database(case: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Load the tables of a case into the database that ``$CONNECTIONDSN`` names in its mapping."""
    folder, path = Path(str(case.get("folder", tmp_path))), tmp_path / "case.sqlite"
    monkeypatch.setenv("CONNECTIONDSN", f"sqlite:///{path}")
    monkeypatch.setenv("USERNAME", "")
    monkeypatch.setenv("PASSWORD", "")
    mapping = folder / "mapping.ttl"
    if not mapping.exists() or "$CONNECTIONDSN" not in mapping.read_text():
        return
    with closing(sqlite3.connect(path)) as connection:
        for table in folder.glob("*.csv"):
            names, *rows = csv.reader(table.read_text().splitlines())
            kinds = ["INTEGER" if value.isdigit() else "TEXT" for value in rows[0]]
            columns = ", ".join(map(" ".join, zip(names, kinds, strict=True)))
            connection.execute(f"CREATE TABLE {table.stem} ({columns})")
            places = ", ".join("?" * len(names))
            connection.executemany(f"INSERT INTO {table.stem} VALUES ({places})", rows)
        connection.commit()


@pytest.mark.parametrize("case", cases("rml-io"))
@pytest.mark.usefixtures("database")
def test_case(case: dict[str, object], tmp_path: Path, duckdb_engine: Engine) -> None:
    run(case, duckdb_engine, tmp_path / "output.nq")
