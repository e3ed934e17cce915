"""Rule files run by other methods than the engine's own join."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.protocol import Engine
from geosparql.errors import RuleError
from interlink.discover import discover
from interlink.methods import Method
from interlink.progressive.order import Order
from interlink.progressive.run import Budget
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
        assert written(engine, rules, Method(Budget(10_000), order)) == whole


def test_a_small_budget_gives_some_of_the_links(duckdb_engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "left.nt").write_text(triples(LEFT))
    rules = rule_file(tmp_path, TWO_RULES)
    whole = set(written(duckdb_engine, rules, None).splitlines())
    method = Method(Budget(20), Order("isp"))
    some = set(written(duckdb_engine, rules, method).splitlines())
    assert set() < some < whole
    report = discover(rules, engine=duckdb_engine, output=None, method=method)
    # Both rules are read off the same verifications.
    assert report.progress["verifications"] == 20


def test_a_budget_is_for_relations(duckdb_engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "left.nt").write_text(triples(LEFT))
    rules = rule_file(tmp_path, 'within_m = 5\npredicate = "http://example.org/near"')
    with pytest.raises(RuleError, match="relations only"):
        discover(rules, engine=duckdb_engine, output=None, method=Method(Budget(5)))
