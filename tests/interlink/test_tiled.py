"""Links found tile by tile are those found at once; a killed run goes on where it was."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from engine.protocol import Control, Engine
from interlink import discover as discovering
from interlink import tiles
from interlink.discover import LinkReport, discover
from tests.interlink.test_discover import rule_file, triples

ROOT = Path(__file__).parents[2]
SMALL = 20_000
LINK = 'relations = ["sf_intersects", "sf_within"]\ninverse = true'
KILLED = f"""
import os, signal, sys
from pathlib import Path
from engine import open_engine
from engine.protocol import Control
from interlink import tiles
from interlink.discover import discover

def progress(now):
    if now.stage == "link tiles" and now.done == 3:
        os.kill(os.getpid(), signal.SIGKILL)

def stop(*_):
    os.kill(os.getpid(), signal.SIGKILL)

tiles.TILE_BYTES = {SMALL}
if sys.argv[3] == "cut":
    tiles._write_right = stop
discover(Path(sys.argv[1]), engine=open_engine("duckdb"), output=Path(sys.argv[2]),
         control=Control(progress=progress))
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """A rule file over points and squares, some with the same name."""
    rng = np.random.default_rng(0)
    corners = rng.uniform(0, 20, (400, 2))
    squares = {f"s{n // 2}": shapely.box(x, y, x + 1, y + 1) for n, (x, y) in enumerate(corners)}
    points = {f"p{n}": shapely.Point(x, y) for n, (x, y) in enumerate(rng.uniform(0, 20, (400, 2)))}
    more = triples({f"s{n}": shapely.Point(n / 10, n / 10) for n in range(200)})
    (tmp_path / "left.nt").write_text(triples(squares) + more)
    (tmp_path / "right.nt").write_text(triples(points))
    return rule_file(tmp_path, LINK, right=True)


def run(engine: Engine, rules: Path, output: Path, **control: Any) -> LinkReport:
    return discover(rules, engine=engine, output=output, control=Control(**control))


def counted_tiles(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Make tiles small; give a list that grows with each tile whose links are found."""
    found: list[int] = []
    whole = discovering._links
    monkeypatch.setattr(tiles, "TILE_BYTES", SMALL)
    monkeypatch.setattr(discovering, "_links", lambda *a: found.append(1) or whole(*a))
    return found


@pytest.mark.parametrize("right", [True, False])
def test_many_tiles_give_the_same_file(
    duckdb_engine: Engine, tmp_path: Path, rules: Path, monkeypatch: pytest.MonkeyPatch, right: bool
) -> None:
    rules = rule_file(tmp_path, LINK, right=right)
    once = run(duckdb_engine, rules, tmp_path / "once.nt")
    found = counted_tiles(monkeypatch)
    tiled = run(duckdb_engine, rules, tmp_path / "tiled.nt")
    assert len(found) > 4
    assert once.links == tiled.links > 100
    assert (tmp_path / "once.nt").read_bytes() == (tmp_path / "tiled.nt").read_bytes()
    assert not (tmp_path / "tiled.nt.work").exists()


@pytest.mark.parametrize("place", ["cut", "link"])
def test_a_killed_run_goes_on(
    duckdb_engine: Engine, tmp_path: Path, rules: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    once = run(duckdb_engine, rules, tmp_path / "once.nt")
    output = tmp_path / "links.nt"
    command = [sys.executable, "-c", KILLED, str(rules), str(output), place]
    ended = subprocess.run(command, check=False, cwd=ROOT, capture_output=True)
    assert ended.returncode == -9, ended.stderr.decode()
    assert not output.exists()
    kept = len(list((tmp_path / "links.nt.work").glob("links-*")))
    assert kept == {"cut": 0, "link": 3}[place]
    found = counted_tiles(monkeypatch)
    warnings: list[str] = []
    again = run(duckdb_engine, rules, output, warning=warnings.append)
    assert (tmp_path / "once.nt").read_bytes() == output.read_bytes()
    assert (once.links_by_predicate, once.left_features) == (
        again.links_by_predicate,
        again.left_features,
    )
    assert not warnings
    assert not (tmp_path / "links.nt.work").exists()
    done = len(found)
    run(duckdb_engine, rules, tmp_path / "whole.nt")
    assert len(found) - done == done + kept, "finished tiles are not done again"


@pytest.mark.parametrize("changed", ["rules", "inputs"])
def test_a_killed_run_of_other_input_is_begun_anew(
    duckdb_engine: Engine, tmp_path: Path, rules: Path, monkeypatch: pytest.MonkeyPatch,
    changed: str,
) -> None:  # fmt: skip
    output = tmp_path / "links.nt"
    command = [sys.executable, "-c", KILLED, str(rules), str(output), "link"]
    subprocess.run(command, check=False, cwd=ROOT, capture_output=True)
    if changed == "rules":
        rules = rule_file(tmp_path, 'relations = ["sf_contains"]', right=True)
    else:
        more = triples({"more": shapely.box(0, 0, 20, 20)})
        (tmp_path / "left.nt").write_text((tmp_path / "left.nt").read_text() + more)
    counted_tiles(monkeypatch)
    warnings: list[str] = []
    run(duckdb_engine, rules, output, warning=warnings.append)
    assert "begun anew" in warnings[0]
    run(duckdb_engine, rules, tmp_path / "once.nt")
    assert (tmp_path / "once.nt").read_bytes() == output.read_bytes()
