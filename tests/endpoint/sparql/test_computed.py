"""Computed triples: a query answers as if they stood in the graph.

The oracle is a second data set in which every computed link was written down,
pair by pair, and which is asked without computing anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import product

import numpy as np
import pytest
import shapely

from endpoint.sparql.engine import QueryOptions, query
from endpoint.store.dataset import Dataset
from endpoint.store.memory import drop_dataset
from engine.protocol import Engine
from geosparql.errors import EarthgraphError
from geosparql.functions.table import FUNCTION_BY_IRI
from geosparql.literals.table import parse_literal
from geosparql.relations import RELATIONS
from geosparql.terms import Literal
from geosparql.vocabulary import GEO
from tests.endpoint.sparql.solutions import canonical, dataset_of, our_solutions

PREFIXES = """
PREFIX : <http://e/>
PREFIX geo: <http://www.opengis.net/ont/geosparql#>
PREFIX geof: <http://www.opengis.net/def/function/geosparql/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""
WKT = {
    "field": "POLYGON((0 0, 4 0, 4 4, 0 4, 0 0))",
    "twin": "POLYGON((4 0, 4 4, 0 4, 0 0, 4 0))",
    "yard": "POLYGON((1 1, 3 1, 3 3, 1 3, 1 1))",
    "corner": "POLYGON((0 0, 2 0, 2 2, 0 2, 0 0))",
    "slope": "POLYGON((3 3, 6 3, 6 6, 3 6, 3 3))",
    "next": "POLYGON((4 0, 8 0, 8 4, 4 4, 4 0))",
    "road": "LINESTRING(-1 2, 9 2)",
    "lane": "LINESTRING(2 -1, 2 9)",
    "fence": "LINESTRING(0 0, 4 0)",
    "tree": "POINT(2 2)",
    "post": "POINT(0 0)",
    "far": "POINT(80 80)",
    "none": "",
    "broken": "POINT(",
}
GEOJSON = '{"type":"Point","coordinates":[2,2]}'
FEATURES = {  # feature: (default geometry, other geometries)
    "farm": ("field", ("far",)),
    "house": (None, ("yard", "post")),
    "path": (None, ("lane",)),
    "oak": ("tree", ()),
    "ghost": ("none", ("field",)),
}
SIZED = ("field", "twin", "yard", "corner", "slope", "next", "road", "lane", "fence")
"""The geometry nodes that have one dimension or two."""


def _document() -> str:
    lines = [PREFIXES]
    for name, wkt in WKT.items():
        lines.append(f':{name} a :Geometry ; geo:asWKT "{wkt}"^^geo:wktLiteral .')
    lines.append(f":leaf a :Geometry ; geo:asGeoJSON '{GEOJSON}'^^geo:geoJSONLiteral .")
    for number, (name, (default, others)) in enumerate(FEATURES.items()):
        lines.append(f":{name} a :Feature ; :rank {number} .")
        lines += [f":{name} geo:hasGeometry :{other} ." for other in others]
        if default:
            spelling = "hasDefaultGeometry" if number else "defaultGeometry"
            lines.append(f":{name} geo:{spelling} :{default} .")
    lines += [
        ":farm geo:sfTouches :moon . :oak geo:sfWithin :farm .",
        ":house :near :oak, :path . :path :near :farm .",
        ':yard geo:hasMetricArea "7"^^xsd:double . :oak geo:hasCentroid :far .',
        ":g { :star geo:asWKT 'POINT(2 2)'^^geo:wktLiteral . :sun geo:hasGeometry :star . }",
        ":h { :star geo:asWKT 'POINT(2 2)'^^geo:wktLiteral . :moon geo:asWKT 'POINT(2 2)'"
        "^^geo:wktLiteral . }",
    ]
    return "\n".join(lines)


def _literals() -> dict[str, list[Literal]]:
    """Give the geometry literals of every object of the default graph."""
    of_node = {name: Literal(wkt, GEO + "wktLiteral") for name, wkt in WKT.items()}
    of_node["leaf"] = Literal(GEOJSON, GEO + "geoJSONLiteral")
    found = {name: [literal] for name, literal in of_node.items()}
    for name, (default, others) in FEATURES.items():
        found[name] = [of_node[each] for each in ((default,) if default else others)]
    return found


def _links() -> Iterator[str]:
    """Give every link, from the functions over all pairs of geometries."""
    pairs = [
        (a, b, x, y)
        for (a, of_a), (b, of_b) in product(_literals().items(), repeat=2)
        for x, y in product(of_a, of_b)
    ]
    left, right = (_geometries(literals) for literals in zip(*(p[2:] for p in pairs), strict=True))
    for relation in RELATIONS:
        holds = FUNCTION_BY_IRI[relation.function_iri].call(left, right).values
        for (a, b, *_), related in zip(pairs, holds, strict=True):
            if related:
                yield f":{a} <{relation.iri}> :{b} ."


def _geometries(literals: Iterable[Literal]) -> np.ndarray:
    column = [_geometry(literal) for literal in literals]
    return np.array([*column, None], dtype=object)[:-1]


@cache
def _geometry(literal: Literal) -> shapely.Geometry | None:
    try:
        return parse_literal(literal.lexical, literal.datatype)
    except EarthgraphError:
        return None


@pytest.fixture(
    scope="module",
    params=["duckdb", pytest.param("spark", marks=[pytest.mark.spark, pytest.mark.full])],
)
def computing(request: pytest.FixtureRequest) -> Iterator[Dataset]:
    made = dataset_of(request.getfixturevalue(f"{request.param}_engine"), _document())
    yield made
    drop_dataset(made)


@pytest.fixture(scope="module")
def written(duckdb_engine: Engine) -> Iterator[Dataset]:
    in_graphs = [
        f"{graph} {{ {a} geo:sfEquals {a} , {b} . {b} geo:sfEquals {a} , {b} }}"
        for graph, a, b in ((":g", ":star", ":sun"), (":h", ":star", ":moon"))
    ]
    made = dataset_of(duckdb_engine, "\n".join([_document(), *_links(), *in_graphs]))
    yield made
    drop_dataset(made)


def answers(dataset: Dataset, text: str, *, compute: bool = True) -> Counter[str]:
    options = QueryOptions(compute=compute)
    return canonical(our_solutions(query(dataset, PREFIXES + text, options=options)))


@pytest.mark.parametrize("relation", [relation.local_name for relation in RELATIONS])
def test_every_relation(relation: str, computing: Dataset, written: Dataset) -> None:
    text = f"SELECT * {{ ?a geo:{relation} ?b }}"
    found = answers(computing, text)
    assert found
    assert found == answers(written, text, compute=False)


SHAPES = {
    "both bound": "SELECT (1 AS ?x) { :farm geo:sfContains :house }",
    "ask of none": "SELECT * { :far geo:sfIntersects :farm }",
    "subject bound": "SELECT * { :farm geo:sfIntersects ?b }",
    "object bound": "SELECT * { ?a geo:ehInside :field }",
    "classes around": "SELECT * { ?a a :Feature . ?a geo:sfIntersects ?b . ?b a :Feature }",
    "features and geometries": "SELECT * { ?a a :Feature ; geo:sfWithin ?b . ?b a :Geometry }",
    "connected": "SELECT * { ?a :near ?b . ?a geo:sfIntersects ?b }",
    "one object": "SELECT * { ?a geo:sfEquals ?a }",
    "two relations": "SELECT * { ?a geo:sfWithin ?b . ?b geo:sfTouches ?c . ?c a :Geometry }",
    "two of a pair": "SELECT * { ?a geo:sfIntersects ?b ; geo:sfWithin ?b }",
    "stored link": "SELECT * { :farm geo:sfTouches ?b }",
    "optional": "SELECT * { ?a :rank ?r OPTIONAL { ?a geo:sfContains ?b . ?b :rank ?s } }",
    "optional of optional": "SELECT * { ?a :rank ?r OPTIONAL { ?b geo:ehMeet ?a FILTER(?r > 0) } }",
    "exists": "SELECT * { ?a :rank ?r FILTER EXISTS { ?a geo:sfWithin :field } }",
    "not exists": "SELECT * { ?a :rank ?r FILTER NOT EXISTS { ?b :near ?a . ?b geo:sfWithin ?a } }",
    "exists from outside": "SELECT * { ?a :rank ?r FILTER EXISTS "
    "{ ?a geo:sfIntersects ?b . ?b :rank ?s FILTER(?s < ?r) } }",
    "union": "SELECT * { { ?a geo:sfWithin :farm } UNION { ?a geo:sfTouches :farm } }",
    "minus": "SELECT * { ?a a :Geometry MINUS { ?a geo:sfIntersects :house } }",
    "graph": "SELECT * { GRAPH :g { ?a geo:sfEquals ?b } }",
    "any graph": "SELECT * { GRAPH ?g { ?a geo:sfEquals ?b } }",
    "sub-query": "SELECT ?a (COUNT(*) AS ?n) "
    "{ { SELECT ?a ?b { ?a geo:sfWithin ?b } } ?b :rank ?r } GROUP BY ?a",
    "values": "SELECT * { VALUES ?a { :oak :house :nothing } ?a geo:sfWithin ?b }",
    "alternative": "SELECT * { :house (geo:sfTouches|geo:sfOverlaps) ?b }",
    "inverse": "SELECT * { :farm ^geo:sfWithin ?b }",
    "sequence": "SELECT * { :oak geo:sfWithin/:near ?b }",
    "closure": "SELECT * { :post geo:sfTouches+ ?b }",
    "closure of two": "SELECT * { ?a (:near|geo:rcc8ec)* :next }",
    "zero or one": "SELECT * { :oak geo:sfEquals? ?b }",
    "blank node": "SELECT ?a { ?a geo:sfContains [ :rank ?r ] }",
    "anything": "SELECT (COUNT(DISTINCT ?b) AS ?n) { ?a geo:sfIntersects ?b }",
}


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape(name: str, computing: Dataset, written: Dataset) -> None:
    found = answers(computing, SHAPES[name])
    assert found == answers(written, SHAPES[name], compute=False)
    assert bool(found) == (name != "ask of none")


@pytest.mark.spark
def test_a_few_shapes_on_spark(spark_engine: Engine, written: Dataset) -> None:
    """The others are in the long run: each costs Spark some seconds."""
    made = dataset_of(spark_engine, _document())
    text = SHAPES["any graph"]
    assert answers(made, text) == answers(written, text, compute=False)
    assert values(made, "SELECT ?x { ?x geo:hasMetricSize ?m }") == {
        f"http://e/{name}" for name in (*SIZED, "farm", "house", "path")
    }
    drop_dataset(made)


def test_it_can_be_switched_off(computing: Dataset) -> None:
    text = "SELECT * { ?a geo:sfWithin ?b }"
    assert (
        len(our_solutions(query(computing, PREFIXES + text, options=QueryOptions(compute=False))))
        == 1
    )


def test_a_variable_predicate_matches_stored_triples_only(computing: Dataset) -> None:
    for pattern in ("?s ?p ?o", ":house ?p ?o", "VALUES ?p { geo:sfTouches } ?s ?p ?o"):
        text = f"SELECT * {{ {pattern} }}"
        assert answers(computing, text) == answers(computing, text, compute=False)


def values(dataset: Dataset, text: str) -> set[str]:
    return {s["x"].value for s in our_solutions(query(dataset, PREFIXES + text))}  # type: ignore[attr-defined]


CONSISTENCY = "{ ?g %s ?size ; geo:dimension ?d FILTER(?d < 2) BIND(STR(?g) AS ?x) }"
"""What the standard asks of perimeters and areas: it has to find nothing."""


@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        (CONSISTENCY % "geo:hasMetricArea", set()),
        (CONSISTENCY % "geo:hasMetricPerimeterLength", set()),
        (":yard geo:hasMetricArea ?x", {"7"}),
        (":tree geo:hasMetricLength ?x", set()),
        (":road geo:hasMetricPerimeterLength|geo:hasMetricArea ?x", set()),
        (":road geo:hasMetricSize ?m ; geo:asWKT ?w BIND(?m = geof:metricLength(?w) AS ?x)",
         {"true"}),
        (":path geo:hasMetricSize ?m . :lane geo:hasMetricLength ?l BIND(?m = ?l AS ?x)",
         {"true"}),
        ("VALUES ?p { :field :yard :tree :none :broken } "  # :yard stores its area
         "{ SELECT ?p (COUNT(?m) AS ?n) { ?p geo:hasMetricSize ?m } GROUP BY ?p } "
         "BIND(CONCAT(STR(?p), ' ', STR(?n)) AS ?x)", {"http://e/field 2", "http://e/yard 1"}),
        (":field geo:hasSize|geo:hasArea|geo:hasMetricVolume ?x", set()),
        (":post geo:asDGGS ?c ; geo:asWKT ?w BIND(geof:sfIntersects(?w, ?c) AS ?x)", {"true"}),
        (":road geo:asDGGS ?x", set()),
        (":road geo:dimension ?x", {"1"}),
        (":leaf geo:coordinateDimension ?x", {"2"}),
        (":field geo:spatialDimension ?x", {"2"}),
        (":farm geo:dimension ?x", set()),
        (":none geo:isEmpty ?x", {"true"}),
        (":road geo:isSimple ?x", {"true"}),
        (":broken geo:isSimple ?x", set()),
        ("?x geo:dimension 1", {f"http://e/{name}" for name in ("road", "lane", "fence")}),
        (":leaf geo:asWKT ?x", {"POINT (2 2)"}),
        (":leaf geo:hasSerialization ?x", {GEOJSON}),
        (":tree geo:asGeoJSON ?x", {'{"type":"Point","coordinates":[2.0,2.0]}'}),
        (":oak geo:hasCentroid ?x", {"http://e/far"}),
        (":farm geo:hasCentroid ?c . ?c geo:asWKT ?x", {"POINT (2 2)"}),
        (":farm geo:hasCentroid/geo:asGeoJSON ?x", {'{"type":"Point","coordinates":[2.0,2.0]}'}),
        (":path geo:hasBoundingBox/geo:asWKT ?x", {"POLYGON ((2 -1, 2 -1, 2 9, 2 9, 2 -1))"}),
        (":farm geo:hasCentroid ?c . ?c geo:dimension ?x", {"0"}),
        (":farm geo:hasCentroid ?c . ?c geo:sfEquals ?g . ?g geo:asGeoJSON ?x FILTER(?g = :leaf)",
         {GEOJSON}),
        (":farm geo:hasCentroid ?x", {"data:text/plain;charset=utf-8,POINT%20%282%202%29"}),
        (":field geo:hasCentroid ?x", set()),
    ],
)  # fmt: skip
def test_computed_values(pattern: str, wanted: set[str], computing: Dataset) -> None:
    assert values(computing, f"SELECT ?x {{ {pattern} }}") == wanted
