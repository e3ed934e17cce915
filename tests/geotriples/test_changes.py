"""What was added and removed since the last run."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest
from typer.testing import CliRunner

from earthgraph.cli import app
from endpoint.sparql.update import update
from endpoint.store.store import open_store
from engine.duckdb import DuckDBEngine
from engine.protocol import Engine, Limits
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


def test_the_previous_output_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither where OUTPUT names it, nor where the default output does."""
    monkeypatch.chdir(tmp_path)
    mapping = links(tmp_path, "b")
    (tmp_path / "mapping.nt").write_text("<http://e/s> <http://e/p> <http://e/o> .\n")
    for more in ([], ["-o", "mapping.nt"], ["-o", "none.nt"]):
        since = "none.txt" if "none.nt" in more else "mapping.nt"
        ended = CliRunner().invoke(app, ["convert", str(mapping), "--since", since, *more])
        assert ended.exit_code == 65
        expected = "no such output" if more[1:] == ["none.nt"] else "the one that would be written"
        assert expected in ended.output
    assert "/o>" in (tmp_path / "mapping.nt").read_text()
    assert sorted(path.name for path in tmp_path.glob("*.nt*")) == ["mapping.nt"]


OLD = """<http://e/a> <http://e/p> "x" .
<http://e/a> <http://e/p> "kept" .
<http://e/a> <http://e/p> "in g \\"q\\"" <http://e/g> .
"""
NEW = """<http://e/a> <http://e/p> "kept" .
<http://e/a> <http://e/p> "y"@en .
<http://e/a> <http://e/p> "1"^^<http://www.w3.org/2001/XMLSchema#integer> <http://e/g> .
"""


def quads(text: str) -> set[ox.Quad]:
    return set(ox.parse(text, format=ox.RdfFormat.N_QUADS))


def test_an_update_leads_from_one_to_the_other(
    duckdb_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("geotriples.changes.UPDATE_QUADS", 1)
    (tmp_path / "old.nq").write_text(OLD)
    (tmp_path / "new.nq").write_text(NEW)
    given = (duckdb_engine, tmp_path / "old.nq", tmp_path / "new.nq")
    assert write_changes(*given, written="update") == (2, 2)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "new.nq", "new.nq.changes.ru", "old.nq",
    ]  # fmt: skip
    text = (tmp_path / "new.nq.changes.ru").read_text()
    store = ox.Store()
    store.bulk_extend(quads(OLD))
    store.update(text)
    assert set(store) == quads(NEW)
    with open_store(tmp_path / "store", create=True) as ours:
        ours.load([tmp_path / "old.nq"])
        update(ours, text)
        ours.export(tmp_path / "after.nq")
    assert quads((tmp_path / "after.nq").read_text()) == quads(NEW)
    (tmp_path / "new.nq").write_text(NEW + "_:b <http://e/p> 'z' .\n".replace("'", '"'))
    with pytest.raises(SourceError, match=r"cannot name the blank nodes.*--changes patch"):
        write_changes(*given, written="update")
    assert (tmp_path / "new.nq.changes.ru").read_text() == text


def test_a_patch_leads_from_one_to_the_other(duckdb_engine: Engine, tmp_path: Path) -> None:
    blank = '_:b1 <http://e/p> "z" .\n'
    (tmp_path / "old.nq").write_text(OLD + blank)
    (tmp_path / "new.nq").write_text(NEW + blank.replace("b1", "b2"))
    write_changes(duckdb_engine, tmp_path / "old.nq", tmp_path / "new.nq", written="patch")
    first, *lines, last = (tmp_path / "new.nq.changes.rdfp").read_text().splitlines()
    assert (first, last) == ("TX .", "TC .")
    found = quads(OLD + blank)
    for line in lines:
        (quad,) = quads(line[2:])
        found = found - {quad} if line[0] == "D" else found | {quad}
    assert found == quads(NEW + blank.replace("b1", "b2"))


def test_changes_need_no_more_memory_than_allowed(tmp_path: Path) -> None:
    """Two outputs of some 50 MB each, half of which changed, under a limit of 64 MB."""
    rows, long = 30_000, "x" * 1600
    for name, step in (("old.nt", 1), ("new.nt", 2)):
        with (tmp_path / name).open("w") as stream:
            stream.writelines(
                f'<http://e/{n * step}> <http://e/p> "{long}{n * step}" .\n' for n in range(rows)
            )
    engine = DuckDBEngine(limits=Limits(memory_bytes=64_000_000, threads=2))
    given = (engine, tmp_path / "old.nt", tmp_path / "new.nt")
    assert write_changes(*given, written="patch") == (rows // 2, rows // 2)
    engine.close()
    with (tmp_path / "new.nt.changes.rdfp").open() as lines:
        assert sum(line[0] == "A" for line in lines) == rows // 2


def test_changes_option(tmp_path: Path) -> None:
    for name, value in (("old.nt", "a"), ("new.nt", "b")):
        words = ["convert", str(links(tmp_path, value)), "-o", str(tmp_path / name)]
        more = ["--since", str(tmp_path / "old.nt"), "--changes", "patch"]
        assert CliRunner().invoke(app, words + more * (name == "new.nt")).exit_code == 0
    assert "\nD <http://e/0> " in (tmp_path / "new.nt.changes.rdfp").read_text()
    assert not (tmp_path / "new.nt.added.nq").exists()
