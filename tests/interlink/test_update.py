"""An update gives exactly the links of a full run, whatever changed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.protocol import Engine
from geosparql.errors import RuleError, SourceError
from interlink.discover import LinkReport, discover
from interlink.methods import Method
from interlink.progressive.run import Budget
from interlink.state import keys, state_folder
from tests.engine import zoo
from tests.interlink.test_discover import triples

RULES = """
[left]
files = ["left.nt"]

[right]
files = ["right.nt"]

[[link]]
relations = ["sf_intersects", "eh_covered_by", "sf_disjoint"]

[[link]]
within_m = 150000
predicate = "http://example.org/near"

[[link]]
nearest = 2
predicate = "http://example.org/nearest"

[[link]]
nearest = 1
max_m = 200000
predicate = "http://example.org/next"
"""
SIZE = 9
Edit = tuple[str, str, int]  # side, feature, seed of its new geometry; -1: it goes
EDITS = st.lists(
    st.tuples(
        st.sampled_from(["left", "right"]),
        st.sampled_from([f"f{number}" for number in range(SIZE + 3)]),
        st.integers(-1, 50),
    ),
    max_size=5,
)


def features(seed: int) -> dict[str, shapely.Geometry]:
    return {f"f{number}": shape for number, shape in enumerate(zoo.planar(SIZE, seed))}


class Sets:
    """Two sets in a folder, that can be edited and linked."""

    def __init__(self, folder: Path, seed: int, rules: str = RULES) -> None:
        self.folder = folder
        self.rules = folder / "rules.toml"
        self.rules.write_text(rules)
        self.sides = {"left": features(seed), "right": features(seed + 1)}
        self.edit([])

    def edit(self, edits: Sequence[Edit]) -> None:
        for side, name, seed in edits:
            if seed < 0:
                self.sides[side].pop(name, None)
            else:
                self.sides[side][name] = zoo.planar(1, seed)[0]
        for side, shapes in self.sides.items():
            (self.folder / f"{side}.nt").write_text(triples(shapes))

    def link(self, engine: Engine, name: str, method: Method | None = None) -> LinkReport:
        return discover(self.rules, engine=engine, output=self.folder / name, method=method)

    def text(self, name: str) -> str:
        return (self.folder / name).read_text()


@given(st.integers(0, 500), st.lists(EDITS, min_size=1, max_size=2))
@settings(max_examples=15)
def test_updates_equal_full_runs(duckdb_engine, tmp_path_factory, seed: int, days) -> None:
    sets = Sets(tmp_path_factory.mktemp("sets"), seed)
    sets.link(duckdb_engine, "day0.nt", Method(keep_state=True))
    for day, edits in enumerate(days, start=1):
        sets.edit(edits)
        previous = sets.folder / f"day{day - 1}.nt"
        sets.link(duckdb_engine, f"day{day}.nt", Method(previous=previous))
        sets.link(duckdb_engine, "full.nt")
        assert sets.text(f"day{day}.nt") == sets.text("full.nt")


def test_an_update_on_both_engines(engine: Engine, tmp_path: Path) -> None:
    sets = Sets(tmp_path, 7)
    sets.link(engine, "monday.nt", Method(keep_state=True))
    sets.edit([("left", "f1", 3), ("right", "f2", 4), ("right", "f3", -1), ("left", "new", 5)])
    report = sets.link(engine, "tuesday.nt", Method(previous=tmp_path / "monday.nt"))
    sets.link(engine, "full.nt")
    assert sets.text("tuesday.nt") == sets.text("full.nt")
    assert report.updated["left new or changed"] <= 2
    assert report.updated["right gone or changed"] <= 2


def test_a_newcomer_displaces_a_neighbour(duckdb_engine: Engine, tmp_path: Path) -> None:
    rule = '[[link]]\nnearest = 1\npredicate = "http://example.org/nearest"\n'
    sets = Sets(tmp_path, 1, RULES[: RULES.index("[[link]]")] + rule)
    point = shapely.Point
    sets.sides = {"left": {"a": point(0, 0), "b": point(50, 0)}, "right": {"x": point(2, 0)}}
    sets.edit([])
    sets.link(duckdb_engine, "one.nt", Method(keep_state=True))
    assert sets.text("one.nt").count("/x>") == 2
    sets.sides["right"]["y"] = point(1, 0)
    sets.edit([])
    sets.link(duckdb_engine, "two.nt", Method(previous=tmp_path / "one.nt"))
    assert "/a> <http://example.org/nearest> <http://example.org/y>" in sets.text("two.nt")
    assert "/b> <http://example.org/nearest> <http://example.org/x>" in sets.text("two.nt")
    del sets.sides["right"]["x"]
    sets.edit([])
    sets.link(duckdb_engine, "three.nt", Method(previous=tmp_path / "two.nt"))
    assert sets.text("three.nt").count("/y>") == 2


def test_a_set_with_itself_and_other_rules(duckdb_engine: Engine, tmp_path: Path) -> None:
    alone = RULES.replace('[right]\nfiles = ["right.nt"]\n', "")
    sets = Sets(tmp_path, 11, alone)
    sets.link(duckdb_engine, "one.nt", Method(keep_state=True))
    sets.edit([("left", "f4", 9)])
    # The first rule is another one now: it is joined in full.
    sets.rules.write_text(alone.replace("eh_covered_by", "sf_touches"))
    sets.link(duckdb_engine, "two.nt", Method("grid", previous=tmp_path / "one.nt"))
    sets.link(duckdb_engine, "full.nt")
    assert sets.text("two.nt") == sets.text("full.nt")


def test_nothing_changed_finds_nothing_new(duckdb_engine: Engine, tmp_path: Path) -> None:
    sets = Sets(tmp_path, 2)
    sets.link(duckdb_engine, "one.nt", Method(keep_state=True))
    report = sets.link(duckdb_engine, "two.nt", Method(previous=tmp_path / "one.nt"))
    assert set(report.updated.values()) == {0}
    assert sets.text("one.nt") == sets.text("two.nt")


def test_what_cannot_be_updated(duckdb_engine: Engine, tmp_path: Path) -> None:
    sets = Sets(
        tmp_path, 2, RULES[: RULES.index("[[link]]\nwithin")].replace(', "sf_disjoint"', "")
    )
    sets.link(duckdb_engine, "one.nt")
    with pytest.raises(SourceError, match="no state"):
        sets.link(duckdb_engine, "two.nt", Method(previous=tmp_path / "one.nt"))
    with pytest.raises(RuleError, match="keep a state of"):
        sets.link(duckdb_engine, "two.nt", Method(keep_state=True, budget=Budget(3)))
    sets.link(duckdb_engine, "one.nt", Method(keep_state=True))
    facts = state_folder(tmp_path / "one.nt") / "state.json"
    facts.write_text(facts.read_text().replace("GEOS 3", "GEOS 2"))
    with pytest.raises(SourceError, match="another version"):
        sets.link(duckdb_engine, "two.nt", Method(previous=tmp_path / "one.nt"))


def test_rows_have_a_hash_of_feature_and_geometry() -> None:
    rows = pa.record_batch(
        {
            "id": pa.array([1, 2, 3, 4]),
            "feature": pa.array(["a", "a", "b", "a"]),
            "geometry": pa.array([b"x", None, b"x", b"x"], pa.binary()),
        }
    )
    (found,) = keys(iter([rows]))
    hashes = found["key"].to_pylist()
    assert hashes[0] == hashes[3]
    assert len(set(hashes)) == 3
