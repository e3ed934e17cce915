"""Rule files run by other methods than the engine's own join."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.protocol import Engine, Related
from geosparql.errors import RuleError
from interlink.discover import discover
from interlink.filters.table import FILTERS
from interlink.joining import joining
from interlink.methods import Method
from interlink.progressive.order import Order
from interlink.progressive.run import Budget
from interlink.rules.model import LinkRule
from tests.engine import zoo
from tests.interlink.test_discover import LEFT, rule_file, triples

TWO_RULES = 'relations = "sf"\n\n[[link]]\nrelations = ["eh_covers", "rcc8_po"]'


def written(engine: Engine, rules: Path, method: Method | None) -> str:
    output = rules.parent / "links.nt"
    discover(rules, engine=engine, output=output, method=method)
    return output.read_text()


def test_a_budget_that_is_enough_gives_the_same_file(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "left.nt").write_text(triples(LEFT))
    rules = rule_file(tmp_path, TWO_RULES)
    whole = written(engine, rules, None)
    assert whole
    for order in (Order("likely"), Order("js", "mbro", "composite", dynamic=True)):
        assert written(engine, rules, Method(budget=Budget(10_000), order=order)) == whole


def test_a_small_budget_gives_some_of_the_links(duckdb_engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "left.nt").write_text(triples(LEFT))
    rules = rule_file(tmp_path, TWO_RULES)
    whole = set(written(duckdb_engine, rules, None).splitlines())
    method = Method(budget=Budget(20), order=Order("isp"))
    some = set(written(duckdb_engine, rules, method).splitlines())
    assert set() < some < whole
    report = discover(rules, engine=duckdb_engine, output=None, method=method)
    # Both rules are read off the same verifications.
    assert report.progress["verifications"] == 20


def test_a_budget_is_for_relations(duckdb_engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "left.nt").write_text(triples(LEFT))
    rules = rule_file(tmp_path, 'within_m = 5\npredicate = "http://example.org/near"')
    with pytest.raises(RuleError, match="relations of what meets only"):
        discover(rules, engine=duckdb_engine, output=None, method=Method(budget=Budget(5)))


@pytest.mark.parametrize("name", FILTERS)
def test_every_filter_gives_the_same_file(engine: Engine, tmp_path: Path, name: str) -> None:
    (tmp_path / "left.nt").write_text(triples(LEFT))
    distance = '[[link]]\nwithin_m = 300000\npredicate = "http://example.org/near"'
    rules = rule_file(tmp_path, f'{TWO_RULES}\n\n[[link]]\nrelations = "sf_disjoint"\n\n{distance}')
    whole = written(engine, rules, None)
    assert "near" in whole
    assert written(engine, rules, Method(name)) == whole


@given(seed=st.integers(0, 1_000), name=st.sampled_from(sorted(FILTERS)))
@settings(max_examples=15)
def test_every_filter_gives_the_same_pairs(duckdb_engine: Engine, seed: int, name: str) -> None:
    left, right = zoo.planar(20, seed), zoo.planar(20, seed + 1)
    condition = Related(("sf_touches", "eh_covers", "rcc8_eq"), with_matrix=True)
    rule = LinkRule("all", condition)
    engine = joining(duckdb_engine, Method(name), [rule]).engine
    pairs = zoo.joined(engine, left, right, condition)
    truth = zoo.related_pairs(left, right, condition.relations)
    assert {(i, j): matrix for i, j, matrix in pairs} == truth


@pytest.mark.parametrize("method", [None, Method("grid"), Method(budget=Budget(5))])
def test_explaining_changes_nothing(
    duckdb_engine: Engine, tmp_path: Path, method: Method | None
) -> None:
    (tmp_path / "left.nt").write_text(triples(LEFT))
    rules = rule_file(tmp_path, 'relations = "sf"')
    plain = discover(rules, engine=duckdb_engine, output=None, method=method)
    watched = replace(method or Method(), explain=True)
    told = discover(rules, engine=duckdb_engine, output=None, method=watched)
    assert plain.explained == {}
    assert told.links_by_predicate == plain.links_by_predicate
    shapes = [shape for shape in LEFT.values() if not shape.is_empty]
    explained = told.explained
    boxes = shapely.box(*shapely.bounds(shapes).T)
    candidates = int(shapely.intersects(boxes[:, None], boxes[None]).sum())
    for name in FILTERS:
        assert str(explained[f"filter {name}"]).startswith(f"{candidates} candidates")
    assert explained["seconds of joining"] > 0
    assert "seconds of counting and writing" in explained
    assert explained["candidates"] == candidates
    if method is not None:
        assert explained["verifications"] == (5 if method.budget else candidates)
