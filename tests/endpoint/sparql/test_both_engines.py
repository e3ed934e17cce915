"""A table of queries whose answers must be the same on DuckDB and Spark."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from endpoint.sparql.engine import query
from endpoint.store.dataset import Dataset
from endpoint.store.memory import drop_dataset
from engine.protocol import Engine
from tests.endpoint.sparql.solutions import dataset_of, our_graph, our_solutions

DATA = """
@prefix : <http://e/> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
:a :p 1 ; :q "x"@en ; :r :b ; :s true .
:b :p 2.5 ; :r :c ; :q "héllo" .
:c :p "7"^^xsd:byte ; :q "world" ; :d "2020-01-01T00:00:00Z"^^xsd:dateTime ; :r :a .
:d :p 1.0e3 ; :d "2021-06-01"^^xsd:date ; :q "a b" .
:g1 { :a :p 9 . :b :p 10 . }
:g2 { :a :p 11 . }
"""

NO_GEOMETRY = '"GEOMETRYCOLLECTION~EMPTY"^^geo:wktLiteral'
QUERIES: dict[str, tuple[str, list[str]]] = {
    "triples": ("SELECT ?s { ?s :p ?v . ?s :q ?l }", ["s=:a", "s=:b", "s=:c", "s=:d"]),
    "numbers compare by value": ("SELECT ?s { ?s :p ?v FILTER(?v > 2) }", ["s=:b", "s=:c", "s=:d"]),
    "equality of numbers": ("SELECT ?s { ?s :p ?v FILTER(?v = 1.0) }", ["s=:a"]),
    "exact decimals": ("SELECT (0.1 + 0.2 AS ?x) {}", ['x="0.3"^^xsd:decimal']),
    "quotient of integers": ("SELECT (7 / 2 AS ?x) {}", ['x="3.5"^^xsd:decimal']),
    "an error is unbound": ("SELECT (1 / 0 AS ?x) (?y + 1 AS ?z) {}", [""]),
    "product of mixed ranks": (
        "SELECT ?s (?v * 2 AS ?w) { ?s :p ?v FILTER(?v < 3) }",
        ['s=:a w="2"^^xsd:integer', 's=:b w="5"^^xsd:decimal'],
    ),
    "optional with condition": (
        "SELECT ?s ?l { ?s :p ?v OPTIONAL { ?s :q ?l FILTER(LANG(?l) = 'en') } FILTER(?v < 3) }",
        ['s=:a l="x"@en', "s=:b"],
    ),
    "union": ("SELECT ?s { { ?s :s true } UNION { ?s :d ?d } }", ["s=:a", "s=:c", "s=:d"]),
    "minus": ("SELECT ?s { ?s :p ?v MINUS { ?s :r ?o } }", ["s=:d"]),
    "exists": ("SELECT ?s { ?s :p ?v FILTER EXISTS { ?s :d ?d } }", ["s=:c", "s=:d"]),
    "not exists": ("SELECT ?s { ?s :p ?v FILTER NOT EXISTS { ?s :r ?o } }", ["s=:d"]),
    "exists that reads from outside": (
        "SELECT ?s { ?s :p ?v FILTER EXISTS { ?o :p ?w FILTER(?w < ?v) } }",
        ["s=:b", "s=:c", "s=:d"],
    ),
    "values with undef": (
        "SELECT ?s ?l { VALUES (?s ?l) { (:a UNDEF) (UNDEF 'world') } ?s :q ?l }",
        ['s=:a l="x"@en', 's=:c l="world"'],
    ),
    "a constant no store holds": ("SELECT ?x { VALUES ?x { :nowhere } }", ["x=:nowhere"]),
    "bind": ("SELECT ?u { ?s :q ?l BIND(UCASE(?l) AS ?u) FILTER(?u = 'WORLD') }", ['u="WORLD"']),
    "strings": (
        "SELECT ?n ?t { :b :q ?l BIND(STRLEN(?l) AS ?n) BIND(SUBSTR(?l, 2, 3) AS ?t) }",
        ['n="5"^^xsd:integer t="éll"'],
    ),
    "regex": ("SELECT ?s { ?s :q ?l FILTER REGEX(?l, '^W', 'i') }", ["s=:c"]),
    "replace": ("SELECT (REPLACE('abab', 'b(a)', '$1c') AS ?x) {}", ['x="aacb"']),
    "dates": ("SELECT ?s { ?s :d ?d FILTER(?d > '2020-06-01'^^xsd:date) }", ["s=:d"]),
    "year": ("SELECT (YEAR(?d) AS ?y) { :c :d ?d }", ['y="2020"^^xsd:integer']),
    "cast": (
        "SELECT (xsd:integer('5') AS ?x) (xsd:integer('five') AS ?y) {}",
        ['x="5"^^xsd:integer'],
    ),
    "aggregates": (
        "SELECT (COUNT(*) AS ?n) (MIN(?v) AS ?a) (SUM(?v) AS ?t) { ?s :p ?v FILTER(?v < 100) }",
        ['n="3"^^xsd:integer a="1"^^xsd:integer t="10.5"^^xsd:decimal'],
    ),
    "sums of large numbers are exact, or an error past 20 digits": (
        "SELECT ?g (SUM(?v) AS ?t) { VALUES (?g ?v) { "
        "(1 99999999999999999999) (1 0.999999999999999999) (2 60000000000000000000) "
        "(2 60000000000000000000) (2 -60000000000000000000) (3 99999999999999999999.5) (3 0.5) "
        "(4 123456789012345678901234567890) (4 1) (5 -1234567890123.75) (5 1e0) } } GROUP BY ?g",
        [
            'g="1"^^xsd:integer t="99999999999999999999.999999999999999999"^^xsd:decimal',
            'g="2"^^xsd:integer t="60000000000000000000"^^xsd:integer',
            'g="3"^^xsd:integer',
            'g="4"^^xsd:integer',
            'g="5"^^xsd:integer t="-1.23456789012275E12"^^xsd:double',
        ],
    ),
    "average past 20 digits": (
        "SELECT (AVG(?v) AS ?m) { VALUES ?v { 99999999999999999999.5 99999999999999999999.5 } }",
        [""],
    ),
    "average": ("SELECT (AVG(?v) AS ?m) { ?s :p ?v FILTER(?v < 3) }", ['m="1.75"^^xsd:decimal']),
    "distinct aggregate": (
        "SELECT (SUM(DISTINCT ?x) AS ?t) { VALUES ?x { 1 1 2 } }", ['t="3"^^xsd:integer'],
    ),
    "empty group": ("SELECT (COUNT(?v) AS ?n) { ?s :none ?v }", ['n="0"^^xsd:integer']),
    "geometries of nothing are the empty one": (
        "SELECT (geof:aggUnion(?g) AS ?u) (geof:aggCentroid(?s) AS ?c) { ?s :none ?g }",
        [f"u={NO_GEOMETRY} c={NO_GEOMETRY}"],
    ),
    "geometries of nothing, by group": (
        "SELECT ?s (geof:aggConvexHull(?g) AS ?u) { VALUES (?s ?g) "
        "{ (:a UNDEF) (:b 'POINT(') (:c 'POINT(1,1)'^^geo:wktLiteral) } } GROUP BY ?s",
        [f"s=:a u={NO_GEOMETRY}", f"s=:b u={NO_GEOMETRY}", f"s=:c u={NO_GEOMETRY}"],
    ),
    "having": ("SELECT ?s { ?s ?p ?o } GROUP BY ?s HAVING (COUNT(*) > 3)", ["s=:a", "s=:c"]),
    "group_concat": (
        "SELECT (GROUP_CONCAT(?l; SEPARATOR='|') AS ?x) { :b :q ?l }", ['x="héllo"'],
    ),
    "order and limit": ("SELECT ?s { ?s :p ?v } ORDER BY DESC(?v) LIMIT 2", ["s=:c", "s=:d"]),
    "distinct": ("SELECT DISTINCT ?p { ?s ?p ?o FILTER(?p IN (:p, :q)) }", ["p=:p", "p=:q"]),
    "named graphs": ("SELECT ?g { GRAPH ?g { :a :p ?v } }", ["g=:g1", "g=:g2"]),
    "one graph": ("SELECT ?v { GRAPH :g2 { ?s :p ?v } }", ['v="11"^^xsd:integer']),
    "from": ("SELECT ?v FROM :g1 { :a :p ?v }", ['v="9"^^xsd:integer']),
    "path over a cycle": ("SELECT ?o { :a :r+ ?o }", ["o=:a", "o=:b", "o=:c"]),
    "path of any length": ("SELECT ?s { ?s :r* :d }", ["s=:d"]),
    "path from what is bound": (
        "SELECT ?o { ?s :s true . ?s :r/:r* ?o }",
        ["o=:a", "o=:b", "o=:c"],
    ),
    "alternative and inverse": ("SELECT ?o { :b (:r|^:r) ?o }", ["o=:a", "o=:c"]),
    "negated set": ("SELECT ?o { :b !(:p|:q) ?o }", ["o=:c"]),
    "sub-select": (
        "SELECT ?s { { SELECT (MAX(?v) AS ?m) { ?s :p ?v } } ?s :p ?m }", ["s=:d"],
    ),
}  # fmt: skip

PREFIXES = """PREFIX : <http://e/> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
PREFIX geo: <http://www.opengis.net/ont/geosparql#>
PREFIX geof: <http://www.opengis.net/def/function/geosparql/>
"""


@pytest.fixture
def dataset(engine: Engine) -> Iterator[Dataset]:
    made = dataset_of(engine, DATA)
    yield made
    drop_dataset(made)


def _shown(solution: dict[str, object], order: str) -> str:
    parts = []
    for name, term in sorted(solution.items(), key=lambda item: order.find(f"?{item[0]}")):
        text = (
            str(term)
            .replace("<http://e/", ":")
            .replace("<http://www.w3.org/2001/XMLSchema#", "xsd:")
            .replace("<http://www.opengis.net/ont/geosparql#", "geo:")
            .replace("N EMPTY", "N~EMPTY")
        )
        parts.append(f"{name}={text.replace('>', '')}")
    return " ".join(parts)


@pytest.mark.parametrize("name", QUERIES)
def test_answer(name: str, dataset: Dataset) -> None:
    text, wanted = QUERIES[name]
    solutions = our_solutions(query(dataset, PREFIXES + text))
    shown = [{part for part in _shown(s, text).split(" ") if part} for s in solutions]
    expected = [{part for part in line.split(" ") if part} for line in wanted]
    assert sorted(map(sorted, shown)) == sorted(map(sorted, expected))


def test_construct(dataset: Dataset) -> None:
    answer = query(dataset, PREFIXES + "CONSTRUCT { ?s :twice ?w } { ?s :p ?v BIND(2 * ?v AS ?w) }")
    assert len(our_graph(answer)) == 4


def test_describe(dataset: Dataset) -> None:
    assert len(our_graph(query(dataset, PREFIXES + "DESCRIBE :a"))) == 6
    assert len(our_graph(query(dataset, PREFIXES + "DESCRIBE :a FROM :g2"))) == 1
    computed = "DESCRIBE ?x FROM :g2 { BIND(IRI(CONCAT(STR(:), 'a')) AS ?x) }"
    assert len(our_graph(query(dataset, PREFIXES + computed))) == 1


def test_ask(dataset: Dataset) -> None:
    assert query(dataset, PREFIXES + "ASK { :a :p 1 }").boolean
    assert not query(dataset, PREFIXES + "ASK { :a :p 2 }").boolean


def test_many_rows_of_inline_data_come_together(dataset: Dataset) -> None:
    """A row each of its own would be looked up, compiled and decoded alone: seconds, not rows."""
    rows = " ".join(f'("new {n}" :nowhere{n % 7} UNDEF) (UNDEF :a {n})' for n in range(200))
    answer = query(dataset, PREFIXES + f"SELECT * {{ VALUES (?x ?y ?z) {{ {rows} }} }}")
    batches = list(answer.batches())
    assert sum(batch.num_rows for batch in batches) == 400
    assert len(batches) < 20
    found = [row for batch in batches for row in batch.to_pylist()]
    assert sum(row["x"] is None for row in found) == 200
    assert len({row["y"]["value"] for row in found}) == 8
