"""Every way in which a spatial filter is answered: explain shows it, and it changes no answer.

The answers are compared with those of the same query without any rewrite rule.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from random import Random

import pyproj
import pytest
import shapely

from endpoint.sparql.engine import QueryOptions, explain, query
from endpoint.sparql.rewrite.pushdown import merge_basic_patterns
from endpoint.store.dataset import Dataset
from endpoint.store.memory import drop_dataset
from engine.protocol import Engine
from tests.endpoint.sparql.solutions import canonical, dataset_of, our_solutions

PREFIXES = """
PREFIX : <http://e/>
PREFIX geo: <http://www.opengis.net/ont/geosparql#>
PREFIX geof: <http://www.opengis.net/def/function/geosparql/>
PREFIX uom: <http://www.opengis.net/def/uom/OGC/1.0/>
PREFIX unit: <http://qudt.org/vocab/unit/>
"""
MERCATOR = "<http://www.opengis.net/def/crs/EPSG/0/3857> "
LATLON = "<http://www.opengis.net/def/crs/EPSG/0/4326> "
AREA = '"POLYGON((2 2, 22 2, 22 17, 2 17, 2 2))"^^geo:wktLiteral'
TRIANGLE = '"POLYGON((0 0, 25 0, 0 25, 0 0))"^^geo:wktLiteral'
ELSEWHERE = f'"{MERCATOR}POLYGON((200000 200000, 2400000 200000, 2400000 1900000, 200000 200000))"'
PROJECTED = f"{ELSEWHERE}^^geo:wktLiteral"
SPOT = '"POINT(10 10)"^^geo:wktLiteral'
POINTS, AREAS = "?a a :A ; geo:asWKT ?g .", "?b a :B ; geo:asWKT ?h ."
IN_AREA = f"geof:sfWithin(?g, {AREA})"
MEET = "geof:sfIntersects(?g, ?h)"
SELECT, JOIN, NEAREST = "SpatialSelect", "SpatialJoin", "NearestSelect"
INSIDE = "then the exact test of what is not inside"

STRATEGIES: dict[str, tuple[str, str | None]] = {
    "constant": (f"SELECT * {{ {POINTS} FILTER({IN_AREA}) }}", SELECT),
    "constant first": (f"SELECT * {{ {POINTS} FILTER(geof:sfContains({AREA}, ?g)) }}", SELECT),
    "rectangle": (f"SELECT * {{ {AREAS} FILTER(geof:sfWithin(?h, {AREA})) }}", INSIDE),
    "rectangle first": (
        f"SELECT * {{ {AREAS} FILTER(geof:sfContains({AREA}, ?h)) }}", INSIDE,
    ),
    "rectangle that meets": (
        f"SELECT * {{ {AREAS} FILTER(geof:sfIntersects({AREA}, ?h)) }}", INSIDE,
    ),
    "rectangle that touches": (
        f"SELECT * {{ {AREAS} FILTER(geof:sfTouches(?h, {AREA})) }}", "then the exact test\n",
    ),
    "triangle": (
        f"SELECT * {{ {AREAS} FILTER(geof:sfWithin(?h, {TRIANGLE})) }}", "then the exact test\n",
    ),
    "equal to true": (f"SELECT * {{ {POINTS} FILTER({IN_AREA} = true) }}", SELECT),
    "true is equal": (f"SELECT * {{ {POINTS} FILTER(true = {IN_AREA}) }}", SELECT),
    "with others": (f"SELECT * {{ {POINTS} FILTER({IN_AREA} && geof:minX(?g) > 9) }}", SELECT),
    "negated": (f"SELECT * {{ {POINTS} FILTER(!{IN_AREA}) }}", None),
    "either": (f"SELECT * {{ {POINTS} FILTER({IN_AREA} || geof:minX(?g) > 30) }}", None),
    "projected constant": (
        f"SELECT * {{ {POINTS} FILTER(geof:sfWithin(?g, {PROJECTED})) }}", SELECT,
    ),
    "projected constant first": (
        f"SELECT * {{ {POINTS} FILTER(geof:sfContains({PROJECTED}, ?g)) }}", None,
    ),
    "relate that meets": (
        f"SELECT * {{ {AREAS} FILTER(geof:relate(?h, {AREA}, 'T*T******')) }}", SELECT,
    ),
    "relate that may not meet": (
        f"SELECT * {{ {AREAS} FILTER(geof:relate(?h, {AREA}, 'FF*FF****')) }}", None,
    ),
    "relate of two": (
        f"SELECT * {{ {POINTS} {AREAS} FILTER(geof:relate(?g, ?h, 'T********')) }}", JOIN,
    ),
    "kilometres": (
        f"SELECT * {{ {POINTS} FILTER(geof:distance(?g, {SPOT}, uom:kilometre) < 700) }}", SELECT,
    ),
    "nautical miles": (
        f"SELECT * {{ {POINTS} FILTER(geof:distance({SPOT}, ?g, unit:MI_N) <= 400) }}", SELECT,
    ),
    "metres": (f"SELECT * {{ {POINTS} FILTER(7e5 > geof:metricDistance(?g, {SPOT})) }}", SELECT),
    "degrees": (
        f"SELECT * {{ {POINTS} FILTER(geof:distance(?g, {SPOT}, uom:degree) < 6) }}", SELECT,
    ),
    "radians": (
        f"SELECT * {{ {POINTS} FILTER(geof:distance({SPOT}, ?g, uom:radian) < 0.1) }}", SELECT,
    ),
    "farther": (f"SELECT * {{ {POINTS} FILTER(geof:metricDistance(?g, {SPOT}) > 1e6) }}", None),
    "buffer of a constant": (
        f"SELECT * {{ {POINTS} BIND(geof:buffer({SPOT}, 500, uom:kilometre) AS ?c) "
        "FILTER(geof:sfWithin(?g, ?c)) }", SELECT,
    ),
    "bound constant": (
        f"SELECT * {{ BIND({AREA} AS ?c) {POINTS} FILTER(geof:sfWithin(?g, ?c)) }}", SELECT,
    ),
    "one value": (
        f"SELECT * {{ VALUES ?c {{ {AREA} }} {POINTS} FILTER(geof:sfWithin(?g, ?c)) }}", SELECT,
    ),
    "two values": (
        f"SELECT * {{ VALUES ?c {{ {AREA} {SPOT} }} {AREAS} FILTER(geof:sfIntersects(?h, ?c)) }}",
        JOIN,
    ),
    "values of one side": (
        f"SELECT * {{ VALUES ?b {{ :b1 :b4 :b7 }} {POINTS} {AREAS} FILTER({MEET}) }}", JOIN,
    ),
    "values of the other side, after": (
        f"SELECT * {{ {POINTS} {AREAS} FILTER({MEET}) VALUES ?k {{ :A :C }} ?a a ?k }}", JOIN,
    ),
    "values of both sides": (
        "SELECT * { VALUES (?a ?b) { (UNDEF :b1) (UNDEF :b4) (:a0 UNDEF) (UNDEF :b7) } "
        f"{POINTS} {AREAS} FILTER({MEET}) }}", JOIN,
    ),
    "two variables": (f"SELECT * {{ {POINTS} {AREAS} FILTER({MEET}) }}", JOIN),
    "three variables": (
        f"SELECT * {{ {POINTS} {AREAS} ?c a :C ; geo:asWKT ?i . "
        f"FILTER({MEET} && geof:metricDistance(?i, ?g) < 3e5) }}", JOIN,
    ),
    "two variables, far": (
        f"SELECT * {{ {POINTS} {AREAS} FILTER(geof:distance(?g, ?h, uom:kilometre) < 99) }}", JOIN,
    ),
    "degrees between projections": (
        f"SELECT * {{ {POINTS} {AREAS} FILTER(geof:distance(?g, ?h, uom:degree) < 1) }}", None,
    ),
    "computed geometry": (
        f"SELECT ?a ?b {{ {POINTS} {AREAS} BIND(geof:metricBuffer(?g, 100000) AS ?c) "
        "FILTER(geof:sfIntersects(?c, ?h)) }", JOIN,
    ),
    "optional": (f"SELECT * {{ {POINTS} OPTIONAL {{ {AREAS} FILTER({MEET}) }} }}", JOIN),
    "optional, turned": (
        f"SELECT * {{ {AREAS} OPTIONAL {{ {POINTS} FILTER({MEET} && ?a != :a0) }} }}", JOIN,
    ),
    "optional, constant": (
        f"SELECT * {{ ?a a :A OPTIONAL {{ ?a geo:asWKT ?g FILTER({IN_AREA}) }} }}", SELECT,
    ),
    "optional, maybe unbound": (
        "SELECT * { ?a a :A OPTIONAL { ?a geo:asWKT ?g } "
        f"OPTIONAL {{ {AREAS} FILTER({MEET}) }} }}",
        None,
    ),
    "exists": (
        f"SELECT * {{ {POINTS} FILTER EXISTS {{ {AREAS} FILTER({MEET}) }} }}", "spatial join",
    ),
    "not exists": (
        f"SELECT * {{ {POINTS} FILTER NOT EXISTS {{ {AREAS} FILTER({MEET}) }} }}", "spatial join",
    ),
    "exists, constant": (
        f"SELECT * {{ ?a a :A FILTER EXISTS {{ ?a geo:asWKT ?g FILTER({IN_AREA}) }} }}", SELECT,
    ),
    "union": (
        f"SELECT * {{ {{ {POINTS} }} UNION {{ ?b a :B ; geo:asWKT ?g }} FILTER({IN_AREA}) }}",
        SELECT,
    ),
    "minus": (
        f"SELECT * {{ {POINTS} MINUS {{ ?a geo:asWKT ?g FILTER({IN_AREA}) }} }}", SELECT,
    ),
    "graph": (f"SELECT * {{ GRAPH ?n {{ {POINTS} FILTER({IN_AREA}) }} }}", SELECT),
    "graph, two variables": (
        f"SELECT * {{ {POINTS} GRAPH :n {{ ?b a :A ; geo:asWKT ?h }} "
        "FILTER(geof:sfEquals(?g, ?h)) }",
        JOIN,
    ),
    "sub-query": (
        f"SELECT * {{ {{ SELECT DISTINCT ?a ?g {{ {POINTS} }} }} FILTER({IN_AREA}) }}", SELECT,
    ),
    "joined sub-query": (
        f"SELECT * {{ {{ SELECT ?g {{ {POINTS} }} LIMIT 99 }} {AREAS} FILTER({MEET}) }}", JOIN,
    ),
    "nearest": (
        f"SELECT ?a {{ {POINTS} }} ORDER BY geof:distance(?g, {SPOT}, uom:metre) LIMIT 12", NEAREST,
    ),
    "nearest, named": (
        f"SELECT ?a (geof:metricDistance({SPOT}, ?g) AS ?d) {{ {POINTS} FILTER(?a != :a0) }} "
        "ORDER BY ?d ?a OFFSET 5 LIMIT 9", NEAREST,
    ),
    "nearest in degrees": (
        f"SELECT ?a {{ {POINTS} BIND(geof:distance({SPOT}, ?g, uom:degree) AS ?d) }} "
        "ORDER BY ?d LIMIT 10", NEAREST,
    ),
    "nearest, named and filtered": (
        f"SELECT ?a {{ {POINTS} BIND(geof:metricDistance(?g, {SPOT}) AS ?d) FILTER(?d > 2e5) }} "
        "ORDER BY ?d LIMIT 7", NEAREST,
    ),
    "nearest in a sub-query": (
        f"SELECT ?a ?n {{ {{ SELECT ?a (geof:metricDistance(?g, {SPOT}) AS ?d) {{ {POINTS} }} }} "
        "BIND(STR(?a) AS ?n) } ORDER BY ?d LIMIT 7", NEAREST,
    ),
    "nearest, joined with a sub-query": (
        f"SELECT ?a {{ {{ SELECT ?a ?g (geof:metricDistance(?g, {SPOT}) AS ?d) {{ {POINTS} }} }} "
        "?a a ?k } ORDER BY ?d LIMIT 7", NEAREST,
    ),
    "nearest by another geometry of that name": (
        f"SELECT ?a {{ {{ SELECT ?a (geof:metricDistance(?g, {SPOT}) AS ?d) {{ {POINTS} }} }} "
        "?b a :B ; geo:asWKT ?g } ORDER BY ?d ?a LIMIT 7", None,
    ),
    "nearest of different ones": (
        f"SELECT DISTINCT ?k {{ {POINTS} ?a a ?k }} "
        f"ORDER BY geof:metricDistance(?g, {SPOT}) LIMIT 2", None,
    ),
    "nearest of all": (
        f"SELECT ?a {{ {POINTS} }} ORDER BY geof:metricDistance(?g, {SPOT}) LIMIT 500", NEAREST,
    ),
    "farthest": (
        f"SELECT ?a {{ {POINTS} }} ORDER BY DESC(geof:metricDistance(?g, {SPOT})) LIMIT 5", None,
    ),
}  # fmt: skip
ON_SPARK = (
    "projected constant",
    "two values",
    "computed geometry",
    "optional",
    "exists",
    "nearest",
)


def _document() -> str:
    random = Random(11)
    to_mercator = pyproj.Transformer.from_crs(4326, 3857, always_xy=True).transform
    lines = []
    for number in range(90):
        x, y = round(random.uniform(-5, 30), 4), round(random.uniform(-5, 25), 4)
        kind = "ABC"[number % 3]
        shape = shapely.box(x, y, x + 3, y + 2) if kind == "B" else shapely.Point(x, y)
        crs = ""
        if number % 5 == 4:
            shape, crs = shapely.transform(shape, to_mercator, interleaved=False), MERCATOR
        wkt = crs + shapely.to_wkt(shape, rounding_precision=-1)
        lines.append(f':{kind.lower()}{number} a :{kind} ; geo:asWKT "{wkt}"^^geo:wktLiteral .')
    for number, (x, y) in enumerate([(2, 2), (22, 17), (10, 17), (-1, 5), (19, 15), (5, 5)]):
        for crs, place in (("", shapely.box(x, y, x + 3, y + 2)), (LATLON, shapely.Point(y, x))):
            wkt = crs + shapely.to_wkt(place)
            lines.append(f':d{number} a :B ; geo:asWKT "{wkt}"^^geo:wktLiteral .')
    named = "\n".join(line for line in lines[:12] if " a :A " in line)
    lines.append(':broken a :A ; geo:asWKT "POINT(1"^^geo:wktLiteral .')
    lines.append(':empty a :A ; geo:asWKT "POINT EMPTY"^^geo:wktLiteral .')
    lines.append(':other a :A ; geo:asWKT "text" . :without a :A .')
    return PREFIXES + "\n".join(lines) + f"\n:n {{ {named} }}"


@pytest.fixture(scope="module")
def dataset(duckdb_engine: Engine) -> Iterator[Dataset]:
    made = dataset_of(duckdb_engine, _document())
    yield made
    drop_dataset(made)


def answers(dataset: Dataset, text: str) -> Counter[str]:
    return canonical(our_solutions(query(dataset, PREFIXES + text)))


def answers_without_rules(
    dataset: Dataset, text: str, monkeypatch: pytest.MonkeyPatch
) -> Counter[str]:
    with monkeypatch.context() as patch:
        patch.setattr(
            "endpoint.sparql.engine.rewrite", lambda p, c, compute=True: merge_basic_patterns(p, c)
        )
        patch.setattr("endpoint.sparql.compile.existence.join_in_space", lambda p, _: p)
        return answers(dataset, text)


@pytest.mark.parametrize("name", STRATEGIES)
def test_strategy(name: str, dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    text, strategy = STRATEGIES[name]
    plan = explain(dataset, PREFIXES + text).text()
    if strategy is None:
        assert not any(word in plan for word in (SELECT, JOIN, NEAREST))
    else:
        assert strategy in plan
    found = answers(dataset, text)
    assert found
    assert found == answers_without_rules(dataset, text + " #", monkeypatch)


@pytest.mark.parametrize("side", ["a", "b"])
def test_values_are_joined_with_their_side_first(side: str, dataset: Dataset) -> None:
    values = f"VALUES ?{side} {{ :{side}0 :{side}1 }}"
    text = f"SELECT * {{ {values} {POINTS} {AREAS} FILTER({MEET}) }}"
    rewritten = explain(dataset, PREFIXES + text).text().partition("\nAlgebra\n")[2]
    assert rewritten.index(JOIN) < rewritten.index("Values")


def test_an_extent_narrows_the_other_side(dataset: Dataset) -> None:
    text = "SELECT ?x { :b1 geo:sfIntersects ?x }"
    only_lonlat = PREFIXES + "\n".join(
        line for line in _document().splitlines() if line[:1] == ":" and MERCATOR not in line
    )
    made = dataset_of(dataset.engine, only_lonlat.rpartition(":n {")[0])
    try:
        assert "fewer=left" in explain(made, PREFIXES + text).text()
        found = our_solutions(query(made, PREFIXES + text))
        every = our_solutions(query(made, PREFIXES + "SELECT ?x { ?y geo:sfIntersects ?x }"))
        assert 1 <= len(found) < len(every)
        checked = f"{PREFIXES}SELECT ?x {{ ?y geo:sfIntersects ?x FILTER(?y = :b1) }}"
        assert canonical(found) == canonical(our_solutions(query(made, checked)))
    finally:
        drop_dataset(made)


@pytest.mark.spark
def test_on_spark(spark_engine: Engine, dataset: Dataset) -> None:
    made = dataset_of(spark_engine, _document())
    try:
        for name in ON_SPARK:
            text = STRATEGIES[name][0]
            assert answers(made, text) == answers(dataset, text), name
    finally:
        drop_dataset(made)


def test_a_computed_triple_is_joined_in_space(dataset: Dataset) -> None:
    text = "SELECT * { ?a a :A . ?a geo:sfWithin ?b . ?b a :B }"
    assert JOIN in explain(dataset, PREFIXES + text).text()
    plain = explain(dataset, PREFIXES + text, options=QueryOptions(compute=False)).text()
    assert JOIN not in plain
