"""Explaining: what is told of a query is what it does."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from endpoint.sparql.engine import explain, query
from endpoint.store.dataset import Dataset
from endpoint.store.memory import drop_dataset
from engine.protocol import Engine
from tests.endpoint.sparql.solutions import dataset_of

PREFIXES = """PREFIX : <http://e/> PREFIX geo: <http://www.opengis.net/ont/geosparql#>
PREFIX geof: <http://www.opengis.net/def/function/geosparql/>
"""
DATA = """
@prefix : <http://e/> . @prefix geo: <http://www.opengis.net/ont/geosparql#> .
:a :next :b ; geo:asWKT "POINT (1 1)"^^geo:wktLiteral . :b :next :c . :c :next :a .
:b geo:asWKT "POINT (2 2)"^^geo:wktLiteral ; :value 5 . :c geo:asWKT "POINT (9 9)"^^geo:wktLiteral .
"""
BOX = '"POLYGON ((0 0, 3 0, 3 3, 0 3, 0 0))"^^geo:wktLiteral'
STRATEGIES = {
    "none": "SELECT * { ?s :value ?v FILTER(?v > 3) }",
    "box selection of ?w": f"SELECT * {{ ?s geo:asWKT ?w FILTER(geof:sfWithin(?w, {BOX})) }}",
    "spatial join of ?v with ?w": (
        "SELECT * { ?a geo:asWKT ?v . ?b geo:asWKT ?w FILTER(geof:sfIntersects(?v, ?w)) }"
    ),
}


@pytest.fixture
def dataset(engine: Engine) -> Iterator[Dataset]:
    made = dataset_of(engine, DATA)
    yield made
    drop_dataset(made)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_spatial_strategy_is_named(strategy: str, dataset: Dataset) -> None:
    told = explain(dataset, PREFIXES + STRATEGIES[strategy])
    assert [each.startswith(strategy) for each in told.strategies] == [True]
    assert all(step.rows is None for step in told.steps)


@pytest.mark.parametrize("text", [*STRATEGIES.values(), "SELECT * { ?s :next+ ?o }", "ASK {}"])
def test_running_tells_the_rows_that_the_query_gives(text: str, dataset: Dataset) -> None:
    told = explain(dataset, PREFIXES + text, run=True)
    answer = query(dataset, PREFIXES + text)
    rows = sum(batch.num_rows for batch in answer.batches()) if answer.form == "select" else 1
    assert told.steps[-1].rows == rows
    assert all(step.rows is not None and step.seconds is not None for step in told.steps)
    assert set(told.seconds) == {"parse", "rewrite", "compile"}


def test_a_plan_without_steps_has_the_estimates_of_the_engine(duckdb_engine: Engine) -> None:
    made = dataset_of(duckdb_engine, DATA)
    (step,) = explain(made, PREFIXES + "SELECT * { ?s :next ?o }").steps
    assert step.operators is not None
    assert step.operators.rows is None
    assert "SEQ_SCAN" in str(step.operators) or "SCAN" in str(step.operators).upper()
    drop_dataset(made)


def test_it_is_written_for_people_and_for_programs(dataset: Dataset) -> None:
    told = explain(dataset, PREFIXES + STRATEGIES["box selection of ?w"], run=True)
    written = told.text()
    for part in ("Algebra as written", "Spatial strategy", "box selection", "SELECT", "2 rows"):
        assert part in written
    read = json.loads(told.as_json())
    assert read["steps"][-1]["rows"] == 2
    assert read["steps"][-1]["operators"]["name"]
