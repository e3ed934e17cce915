"""A step runs again exactly when what it reads, its engine or its output changed."""

from pathlib import Path

import pytest

from earthgraph.ledger import Ledger, content_digest
from geosparql.errors import SourceError


def run_step(folder: Path, engine: str = "duckdb") -> bool:
    ledger = Ledger(folder, engine)
    target = folder / "out.txt"

    def work() -> str:
        target.write_text("made")
        return "1 thing"

    return ledger.run("convert", "map.ttl", [folder / "in.txt"], target, work)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in.txt").write_text("a")
    return tmp_path


def test_unchanged_inputs_are_skipped(folder: Path) -> None:
    assert run_step(folder)
    assert not run_step(folder)


def test_changed_content_runs_again(folder: Path) -> None:
    run_step(folder)
    (folder / "in.txt").write_text("b")
    assert run_step(folder)


def test_touching_without_change_is_skipped(folder: Path) -> None:
    run_step(folder)
    (folder / "in.txt").write_text("a")
    assert not run_step(folder)


def test_lost_output_runs_again(folder: Path) -> None:
    run_step(folder)
    (folder / "out.txt").unlink()
    assert run_step(folder)


def test_another_engine_runs_again(folder: Path) -> None:
    run_step(folder)
    assert run_step(folder, engine="spark")


def test_damaged_state_only_costs_time(folder: Path) -> None:
    run_step(folder)
    (folder / "state.json").write_text('{"convert out.txt": {"finger')
    assert run_step(folder)


def test_failed_work_is_not_recorded(folder: Path) -> None:
    run_step(folder)
    (folder / "in.txt").write_text("b")
    ledger = Ledger(folder, "duckdb")

    def fail() -> str:
        raise SourceError("broken")

    with pytest.raises(SourceError):
        ledger.run("convert", "map.ttl", [folder / "in.txt"], folder / "out.txt", fail)
    (folder / "in.txt").write_text("a")
    assert run_step(folder), "the output may be half overwritten: the old record must not count"


def test_missing_input_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"gone\.txt"):
        content_digest(tmp_path / "gone.txt")


def test_folder_digest_sees_names_and_content(tmp_path: Path) -> None:
    part = tmp_path / "set"
    part.mkdir()
    (part / "a").write_text("1")
    first = content_digest(part)
    (part / "a").rename(part / "b")
    assert content_digest(part) != first
