"""What Spark alone does: joins by tiles, shared sessions, nothing left behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from sqlglot import exp

from engine import java, tile_join
from engine.protocol import Engine, Nearest, Parts, Related, WithinDistance
from geosparql.errors import EngineUnavailableError
from tests.engine import zoo

pytestmark = pytest.mark.spark


@pytest.fixture
def small_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no side be small enough for a broadcast."""
    monkeypatch.setattr(tile_join, "SAMPLE_ROWS", 4)
    monkeypatch.setattr(tile_join, "ROWS_A_TILE", 16)


@pytest.mark.usefixtures("small_samples")
def test_relations_by_tiles(spark_engine: Engine):
    left, right = zoo.planar(60, 1), zoo.planar(70, 2)
    truth = zoo.related_pairs(left, right, ("sf_intersects",))
    pairs = zoo.joined(spark_engine, left, right, Related(("sf_intersects",), with_matrix=True))
    assert len(pairs) == len(truth)
    assert {(i, j): matrix for i, j, matrix in pairs} == truth


@pytest.mark.usefixtures("small_samples")
def test_disjoint_by_blocks(spark_engine: Engine):
    left, right = zoo.planar(60, 1), zoo.planar(70, 2)
    truth = zoo.related_pairs(left, right, ("sf_disjoint",))
    assert sorted(zoo.joined(spark_engine, left, right, Related(("sf_disjoint",)))) == sorted(truth)


@pytest.mark.usefixtures("small_samples")
@pytest.mark.parametrize("condition", [WithinDistance(1.0, "crs"), Nearest(3, "crs")])
def test_planar_distances_by_tiles(spark_engine: Engine, condition):
    left, right = zoo.planar(60, 3), zoo.planar(70, 4)
    distances = zoo.planar_distances(left, right)
    truth = {pair: d for pair, d in distances.items() if d <= 1.0}
    if isinstance(condition, Nearest):
        truth = zoo.nearest_pairs(distances, 3)
    pairs = zoo.joined(spark_engine, left, right, condition)
    assert len(pairs) == len(truth)
    assert {(i, j): d for i, j, d in pairs} == truth


@pytest.mark.usefixtures("small_samples")
def test_metres_by_tiles(spark_engine: Engine):
    left, right = zoo.around_the_globe(40, 5), zoo.around_the_globe(40, 6)
    distances = zoo.geodesic_distances(left, right)
    truth = {pair: d for pair, d in distances.items() if d <= 1e6}
    pairs = zoo.joined(spark_engine, left, right, WithinDistance(1e6))
    assert {(i, j): d for i, j, d in pairs} == pytest.approx(truth)


@pytest.mark.usefixtures("small_samples")
def test_sides_in_parts_join_by_tiles_too(spark_engine: Engine):
    schema = zoo.as_table(zoo.planar(1, 0)).schema
    parts = Parts(
        schema, [1, 2], lambda seed: iter(zoo.as_table(zoo.planar(40, seed)).to_batches())
    )
    side = spark_engine.relation(parts)
    joined = spark_engine.spatial_join(side.select(), side.select(), Related(("sf_touches",)))
    count = exp.select(exp.Count(this=exp.Star())).from_(joined.table())
    both = np.concatenate([zoo.planar(40, 1), zoo.planar(40, 2)])
    truth = zoo.related_pairs(both, both, ("sf_touches",))
    assert spark_engine.run(count).read_all().column(0).to_pylist() == [len(truth)]


def test_a_second_engine_shares_the_session_with_names_of_its_own(spark_engine: Engine):
    from engine.spark import SparkEngine

    table = pa.table({"n": [1]})
    mine = spark_engine.relation(table, name="mine")
    second = SparkEngine()
    second.relation(pa.table({"n": [2]}), name="mine")
    assert second.run(mine.select()).read_all()["n"].to_pylist() == [2]
    second.close()
    assert spark_engine.run(mine.select()).read_all()["n"].to_pylist() == [1]
    with pytest.raises(EngineUnavailableError, match="Another Spark session"):
        SparkEngine("local[7]")


def test_without_java_it_says_what_needs_it(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(EngineUnavailableError, match="Java 17 or later is needed for Spark alone"):
        java.require_java()


def test_an_old_java_is_refused(monkeypatch, tmp_path):
    (tmp_path / "bin").mkdir()
    command = tmp_path / "bin" / "java"
    command.write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\" 2019-01-15' >&2\n")
    command.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(EngineUnavailableError, match=r"11\.0\.2"):
        java.require_java()


@pytest.mark.full
def test_nothing_is_printed_or_left_behind(tmp_path: Path):
    script = """
import pyarrow as pa
from engine import open_engine
engine = open_engine("spark", master="local[1]")
relation = engine.relation(pa.table({"n": [1]}))
assert engine.run(engine.materialize(relation.select()).select()).read_all().num_rows == 1
engine.close()
"""
    root = Path(__file__).parents[2]
    ended = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(root)},
    )
    assert (ended.returncode, ended.stdout) == (0, "")
    own_words = [
        line
        for line in ended.stderr.splitlines()
        if "incubator" not in line and "pandas" not in line and line
    ]
    assert own_words == []
    assert list(tmp_path.iterdir()) == []
