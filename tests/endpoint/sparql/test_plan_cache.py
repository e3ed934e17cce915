"""A plan that serves again gives what a new one would give."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from endpoint.sparql import algebra as al
from endpoint.sparql.answer import Answer
from endpoint.sparql.engine import QueryOptions, answer_query, explain, query
from endpoint.sparql.parse import parse_query
from endpoint.sparql.plan_cache import PlanCache, shape_of
from endpoint.sparql.update import update
from endpoint.store.dataset import Dataset
from endpoint.store.memory import drop_dataset
from endpoint.store.store import open_store
from engine.protocol import Engine
from geosparql.errors import EarthgraphError
from geosparql.terms import IRI, Literal, Term
from tests.endpoint.sparql.generated import JOINED, Queries, graph_text
from tests.endpoint.sparql.solutions import (
    canonical,
    canonical_graph,
    dataset_of,
    our_graph,
    our_solutions,
)

PREFIXES = "PREFIX : <http://e/> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>\n"
DATA = """
@prefix : <http://e/> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
:a a :C ; :p 1, 2.5, 3e0, 12345678901234567890, 0.1234567890123456789 ; :q :b ; :l "x", "y"@en .
:b a :C, :D ; :p 2, "2"^^xsd:byte, 1.0 ; :q :c ; :l "x"@en .
:c a :D ; :p -1, "NaN"^^xsd:double ; :q :a .
"""
SHAPES: dict[str, list[str]] = {
    "SELECT * { $ ?p ?o }": [":a", ":b", ":none", ":c", ":none2"],
    "SELECT * { ?s ?p $ }": [":a", "1", '"x"', '"none"', ":b", '"x"@en', "2.5", ":C"],
    "SELECT * { ?s a $ ; :q ?b . ?b :p ?n }": [":C", ":D", ":none"],
    "SELECT * { ?s $ ?o . ?o :p ?n }": [":q", ":p", ":none"],
    "ASK { $ :q :b }": [":a", ":c", ":none", ":a"],
    "CONSTRUCT { $ :made ?o } { $ :q ?o }": [":a", ":b", ":none"],
    "DESCRIBE $": [":a", ":b", ":none"],
    "SELECT * { ?s :p ?n FILTER(?n > $) }": [
        "1", "2", "2.5", "1e0", "12345678901234567889", "0.1234567890123456788",
        '"NaN"^^xsd:double',
        '"1"^^xsd:byte', '"x"', "-1", ":a", '"1"^^xsd:float',
    ],
    "SELECT * { ?s :p ?n FILTER(?n = $) }": [
        "1", "2", "2.50", "3.0", "12345678901234567890", "9", '"2"^^xsd:byte', '"x"', "1.0", "7",
    ],
    "SELECT (?n * $ AS ?m) { ?s :p ?n }": ["2", "3", "0.5", "1e3", '"x"', "0.1", "-2"],
    "SELECT * { ?s :l ?l FILTER(?l = $) }": ['"x"', '"y"@en', '"none"', '"x"@en'],
    "SELECT * { ?s :q ?o FILTER(?o IN ($, :c)) }": [":a", ":b", ":none"],
    "SELECT * { ?s :q ?o OPTIONAL { ?o :p ?n FILTER(?n < $) } }": ["2", "1", "0", "1.5"],
    "SELECT * { ?s :q ?o FILTER EXISTS { ?o :p ?n FILTER(?n < $) } }": ["2", "1", "-5", "1.5"],
    "SELECT * { $ :q+ ?o }": [":a", ":b", ":none"],
    "SELECT * { ?s :q $ MINUS { ?s a :D } }": [":a", ":b", ":c", ":none"],
    "SELECT (COUNT(*) AS ?n) { ?s :p ?v FILTER(?v >= $) }": ["0", "2", "9", "2.5"],
    "SELECT ?s (SUM(?v) AS ?t) { ?s :p ?v } GROUP BY ?s HAVING(SUM(?v) > $)": ["0", "3", "99"],
    "SELECT * { ?s :p ?v } ORDER BY (?v * $) ?s": ["1", "-1", "2"],
    "SELECT * { VALUES ?s { $ :c } ?s :q ?o }": [":a", ":b", ":none"],
    "SELECT * { ?s :q ?o BIND(IF(?o = $, $, :other) AS ?i) }": [":a", ":b", ":none"],
    "SELECT * { { ?s :q $ } UNION { ?s :l 'x' } }": [":a", ":b", ":none"],
    "SELECT * FROM $ { ?s ?p ?o }": [":g", ":none"],
    "SELECT * { GRAPH $ { ?s ?p ?o } }": [":g", ":none"],
}  # fmt: skip


@pytest.fixture
def dataset(duckdb_engine: Engine) -> Iterator[Dataset]:
    made = dataset_of(duckdb_engine, DATA)
    yield made
    drop_dataset(made)


def shown(answer: Answer) -> object:
    if answer.form == "ask":
        return answer.boolean
    if answer.form != "select":
        return canonical_graph(our_graph(answer))  # labels follow the order of rows
    rows = our_solutions(answer)
    for row in rows:
        if JOINED in row:
            row[JOINED] = "|".join(sorted(str(row[JOINED]).split("|")))
    return canonical(rows) if JOINED not in answer.variables else sorted(map(str, rows))


@pytest.mark.parametrize("shape", SHAPES)
def test_other_constants(shape: str, dataset: Dataset) -> None:
    plans = PlanCache()
    for constant in SHAPES[shape] * 2:
        text = PREFIXES + shape.replace("$", constant)
        assert shown(query(dataset, text, plans=plans)) == shown(query(dataset, text)), constant


def test_numbers_and_ids_take_places_on_both_engines(engine: Engine) -> None:
    made = dataset_of(engine, DATA)
    plans = PlanCache()
    for operator in (">", "<=", "="):
        for number in ("1", "2"):
            text = PREFIXES + f"SELECT * {{ ?s :q :b ; :p ?n FILTER(?n {operator} {number}) }}"
            assert shown(query(made, text, plans=plans)) == shown(query(made, text))
    assert len(plans._plans) == 3
    drop_dataset(made)


def test_a_plan_serves_other_constants_of_a_look_up(dataset: Dataset) -> None:
    plans = PlanCache()
    patterns = [
        parse_query(PREFIXES + f"SELECT * {{ {s} ?p ?o }}").query.pattern for s in (":a", ":b")
    ]
    query(dataset, PREFIXES + "SELECT * { :none ?p ?o }", plans=plans).close()
    first, second = (
        plans.get(shape_of(p, False, None, QueryOptions(), None), dataset) for p in patterns
    )
    assert first is second is not None
    changed = replace(dataset, statistics=replace(dataset.statistics))
    assert plans.get(shape_of(patterns[0], False, None, QueryOptions(), None), changed) is None


def test_what_holds_for_one_query_alone_is_not_kept(dataset: Dataset) -> None:
    plans = PlanCache()
    for text in ("SELECT (NOW() AS ?n) {}", "SELECT * { BIND(<http://e/new> AS ?n) ?s ?p ?o }"):
        query(dataset, text, plans=plans).close()
        assert not plans._plans


def test_the_number_of_plans_is_bounded(dataset: Dataset) -> None:
    plans = PlanCache()
    for number in range(200):
        query(dataset, f"SELECT ?v{number} {{ ?v{number} ?p ?o }}", plans=plans).close()
    assert len(plans._plans) <= 128 >= len(plans._facts)


def test_threads_share_plans(dataset: Dataset) -> None:
    plans = PlanCache()
    texts = [PREFIXES + s.replace("$", c) for s, chosen in SHAPES.items() for c in chosen[:2]]
    wanted = [shown(query(dataset, text)) for text in texts]
    for _ in range(2):
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(lambda text: shown(query(dataset, text, plans=plans)), texts))
        assert found == wanted


VARIANTS = 4
SEEDS = [*range(2), *(pytest.param(seed, marks=pytest.mark.full) for seed in range(2, 40))]


@pytest.mark.parametrize("seed", SEEDS)
def test_generated_queries_with_other_constants(seed: int, duckdb_engine: Engine) -> None:
    random = Random(seed)
    made = dataset_of(duckdb_engine, graph_text(random))
    plans = PlanCache()
    try:
        for number in range(5):
            text = Queries(random).query().text
            asked = parse_query(text)
            for _ in range(VARIANTS):
                where = f"seed {seed}, query {number}:\n{text}\n{asked}"
                assert _outcome(made, asked, plans) == _outcome(made, asked, None), where
                asked = replace(asked, query=_varied(asked.query, random))
    finally:
        drop_dataset(made)


def _outcome(dataset: Dataset, asked: al.ParsedQuery, plans: PlanCache | None) -> object:
    try:
        return shown(answer_query(dataset, asked, plans=plans))
    except EarthgraphError as error:
        return type(error)


def _varied(part: Any, random: Random) -> Any:
    """Change about every third constant of a query for another of its kind."""
    if isinstance(part, al.Constant):
        return al.Constant(_other(part.term, random)) if random.random() < 0.35 else part
    if isinstance(part, tuple):
        return tuple(_varied(member, random) for member in part)
    if type(part).__module__ == al.__name__:
        names = type(part).__dataclass_fields__
        return replace(part, **{name: _varied(getattr(part, name), random) for name in names})
    return part


def _other(term: Term, random: Random) -> Term:
    if isinstance(term, IRI):
        return IRI(random.choice([term.value[:-1] + end for end in "abcdpqr1"]))
    if isinstance(term, Literal) and term.lexical.lstrip("-").isdigit():
        return replace(term, lexical=str(random.choice([0, 1, 2, 3, 7, 12, -1])))
    return term


def test_no_part_is_joined_that_holds_nothing(tmp_path: Path) -> None:
    """Until a commit puts something into it: plans before and after it are others."""
    plans = PlanCache()
    asks = [
        "SELECT (SUM(?v) AS ?a) { ?s :p ?v }",
        "SELECT ?s { ?s :at ?t FILTER(?t < '2021-01-01T00:00:00Z'^^xsd:dateTime) }",
    ]
    with open_store(tmp_path / "store", create=True) as store:
        for extra, total, early in (
            (":a :p 1, 0.5 ; :at '2020-01-01T00:00:00Z'^^xsd:dateTime", "1.5", 1),
            (":b :p 0.125000000000000001 ; :at '2020-01-01T00:00:00.5Z'^^xsd:dateTime",
             "1.625000000000000001", 2),
        ):  # fmt: skip
            update(store, PREFIXES + f"INSERT DATA {{ {extra} }}")
            [[found], times] = [
                our_solutions(query(store.dataset(), PREFIXES + ask, plans=plans)) for ask in asks
            ]
            assert (found["a"].value, len(times)) == (total, early)
            joins = ["terms AS" in explain(store.dataset(), PREFIXES + ask).text() for ask in asks]
            assert joins == [early == 2] * 2
