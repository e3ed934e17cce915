"""Scope, graphs, paths, groups and order, by tables of queries with their solutions."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from endpoint.sparql import algebra
from endpoint.sparql.engine import query
from endpoint.sparql.parse import parse_query
from endpoint.store.dataset import Dataset
from endpoint.store.memory import drop_dataset
from engine.protocol import Engine
from geosparql.errors import QueryError
from geosparql.term_columns import to_oxigraph
from tests.endpoint.sparql.pattern_cases import DATA, GRAPHS, PATHS, SCOPE
from tests.endpoint.sparql.solution_cases import GROUPS, ORDER
from tests.endpoint.sparql.solutions import canonical, dataset_of, our_graph, our_solutions

PREFIXES = "PREFIX : <http://e/> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>\n"
UNORDERED = {**SCOPE, **GRAPHS, **PATHS, **GROUPS}


@pytest.fixture(
    params=["duckdb", pytest.param("spark", marks=[pytest.mark.spark, pytest.mark.full])]
)
def engine(request: pytest.FixtureRequest) -> Engine:
    chosen: Engine = request.getfixturevalue(f"{request.param}_engine")
    return chosen


@pytest.fixture
def dataset(engine: Engine) -> Iterator[Dataset]:
    made = dataset_of(engine, DATA)
    yield made
    drop_dataset(made)


def wanted_solutions(values: str) -> list[dict[str, object]]:
    parsed = parse_query(f"{PREFIXES} SELECT * {{ VALUES {values} }}").query.pattern
    assert isinstance(parsed, algebra.Project)
    assert isinstance(parsed.pattern, algebra.Values)
    names = [variable.name for variable in parsed.pattern.variables]
    return [
        {name: to_oxigraph(term) for name, term in zip(names, row, strict=True) if term is not None}
        for row in parsed.pattern.rows
    ]


@pytest.mark.parametrize("name", UNORDERED)
def test_solutions(name: str, dataset: Dataset) -> None:
    text, wanted = UNORDERED[name]
    solutions = our_solutions(query(dataset, PREFIXES + text))
    assert canonical(solutions) == canonical(wanted_solutions(wanted))


@pytest.mark.parametrize("name", ORDER)
def test_order(name: str, dataset: Dataset) -> None:
    text, wanted = ORDER[name]
    assert our_solutions(query(dataset, PREFIXES + text)) == wanted_solutions(wanted)


TEMPLATES = {
    "a solution gives each triple once": ("{ ?s :x 1 }", "{ ?s :p ?v }", 4),
    "what is no triple is left out": ("{ ?v :x ?s . ?s ?v 1 . ?s :x ?none }", "{ ?s :p ?v }", 0),
    "a blank node is new for each solution": ("{ _:b :x ?s }", "{ ?s :r ?o }", 3),
    "it is one in a solution": ("{ _:b :x ?s . ?s :y _:b }", "{ ?s :q ?o }", 2),
    "a list": ("{ ?s :x (1 2) }", "{ ?s :q ?o }", 5),
    "the short form": ("", "{ :a :r ?o . ?o :r ?x }", 2),
    "nothing": ("{ ?s :x 1 }", "{ :none :p ?s }", 0),
}


@pytest.mark.parametrize("name", TEMPLATES)
def test_constructed_triples(name: str, dataset: Dataset) -> None:
    template, pattern, count = TEMPLATES[name]
    triples = our_graph(query(dataset, f"{PREFIXES} CONSTRUCT {template} WHERE {pattern}"))
    assert len(set(triples)) == count  # a triple may come again in a later batch


DESCRIBED = """
@prefix : <http://e/> .
:a :p _:x . _:x :q _:y . _:y :r _:x , :b . :b :p 1 . _:z :p :a .
:g1 { :a :p 2 . _:y :s 3 }
"""


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("DESCRIBE :a", 6),
        ("DESCRIBE :a :b", 7),
        ("DESCRIBE ?x { ?x :p 1 }", 1),
        ("DESCRIBE * { ?x :p 1 . ?y :r ?x }", 5),
        ("DESCRIBE :a FROM :g1", 1),
        ("DESCRIBE :none", 0),
    ],
)
def test_description_follows_blank_nodes(text: str, count: int, engine: Engine) -> None:
    dataset = dataset_of(engine, DESCRIBED)
    try:
        assert len(our_graph(query(dataset, PREFIXES + text))) == count
    finally:
        drop_dataset(dataset)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { ?s :p ?v BIND(1 AS ?v) }",
        "SELECT (1 AS ?s) { ?s :p ?v }",
        "SELECT (1 AS ?x) (2 AS ?x) {}",
        "SELECT ?v { ?s :p ?v } GROUP BY ?s",
        "SELECT (?v + COUNT(*) AS ?n) { ?s :p ?v }",
        "SELECT * { ?s :p ?v } GROUP BY ?s",
        "SELECT * { VALUES (?a ?b) { (1) } }",
        "SELECT * { ?s :p ?v FILTER(COUNT(?v) > 1) }",
        "SELECT * { { _:b :p ?v } UNION { _:b :p ?w } }",
        "SELECT * { ?s none:p ?v }",
        "CONSTRUCT { ?s :p/:q ?v } WHERE { ?s :p ?v }",
        "SELECT (COUNT(SUM(?v)) AS ?n) { ?s :p ?v }",
    ],
)
def test_refused(text: str) -> None:
    with pytest.raises(QueryError):
        parse_query(PREFIXES + text)
