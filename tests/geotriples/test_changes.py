"""What was added and removed since the last run."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from earthgraph.cli import app
from engine.protocol import Engine
from geosparql.errors import SourceError
from geotriples.changes import write_changes
from geotriples.convert import convert
from tests.geotriples.test_convert import links


@pytest.mark.parametrize(("before", "after"), [("old.nt", "new.nt"), ("old", "new.ttl")])
def test_changes_lead_from_one_to_the_other(
    before: str, after: str, engine: Engine, tmp_path: Path
) -> None:
    runs = {}
    for name, values in ((before, ("a", "b", "c")), (after, ("a", "x", "c", "d"))):
        mapping = links(tmp_path, *values)
        convert(mapping, engine=engine, output=tmp_path / name)
        convert(mapping, engine=engine, output=tmp_path / f"{name}.nq")
        runs[name] = set((tmp_path / f"{name}.nq").read_text().splitlines())
    counts = write_changes(engine, tmp_path / before, tmp_path / after)
    added, removed = (
        set((tmp_path / f"{after}.{kind}.nq").read_text().splitlines())
        for kind in ("added", "removed")
    )
    assert (runs[before] - removed) | added == runs[after]
    assert counts == (len(added), len(removed))
    assert removed <= runs[before]
    assert removed
    assert not added & runs[before]


def test_missing_previous_output(duckdb_engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such output"):
        write_changes(duckdb_engine, tmp_path / "none.nt", tmp_path / "new.nt")


def test_since_on_the_command_line(tmp_path: Path) -> None:
    old, new = tmp_path / "old.nt", tmp_path / "new.nt"
    for output, values, more in ((old, ("a",), []), (new, ("b",), ["--since", str(old)])):
        words = ["convert", str(links(tmp_path, *values)), "-o", str(output), *more]
        assert CliRunner().invoke(app, words).exit_code == 0
    assert "/b>" in (tmp_path / "new.nt.added.nq").read_text()
    assert "/a>" in (tmp_path / "new.nt.removed.nq").read_text()
    words = ["convert", str(links(tmp_path, "b")), "-o", str(new), "--since", str(new)]
    assert CliRunner().invoke(app, words).exit_code == 2
