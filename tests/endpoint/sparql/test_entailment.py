"""RDFS entailment: answers as of the graph to which every entailed triple was added.

The oracle adds them with the rules of RDF 1.1 Semantics, section 9.2.1, one by one
until nothing new comes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pyoxigraph as ox
import pytest

from endpoint.sparql.engine import QueryOptions, query
from endpoint.sparql.schema import known_schema
from endpoint.store.dataset import Dataset
from endpoint.store.memory import drop_dataset
from engine.protocol import Engine
from geosparql.terms import RDF
from geosparql.vocabulary import RDFS
from tests.endpoint.sparql.solutions import canonical, dataset_of, our_solutions

PREFIXES = """
PREFIX : <http://e/>
PREFIX geo: <http://www.opengis.net/ont/geosparql#>
PREFIX sf: <http://www.opengis.net/ont/sf#>
PREFIX gml: <http://www.opengis.net/ont/gml#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
"""
DATA = """
:City rdfs:subClassOf :Town . :Town rdfs:subClassOf :Place, geo:Feature .
:capitalOf rdfs:subPropertyOf :partOf . :partOf rdfs:domain :Place ; rdfs:range :Region .
:Region rdfs:subClassOf _:something . :within rdfs:subPropertyOf :partOf .
:kindOf rdfs:subPropertyOf rdfs:subClassOf . :Village :kindOf :Town .
:isA rdfs:subPropertyOf rdf:type . :loop rdfs:subClassOf :pool . :pool rdfs:subClassOf :loop .
:oslo a :City ; :capitalOf :norway ; geo:hasDefaultGeometry :g1 ; rdfs:label "Oslo" .
:skei :isA :Village ; :within :vestland ; :name "Skei" . :name rdfs:range rdfs:Literal .
:g1 a sf:Point ; geo:asWKT "POINT(10 60)"^^geo:wktLiteral . :g2 a gml:Polygon .
:x a :loop . :Number a rdfs:Datatype . :Empty a rdfs:Class .
"""
NAMED = "GRAPH :g { :bergen a :City ; :within :vestland }"
QUERIES = {
    "class": "SELECT * { ?x a :Place }",
    "class of the standard": "SELECT * { ?x a geo:SpatialObject }",
    "geometry classes": "SELECT * { ?x a geo:Geometry }",
    "all classes of a node": "SELECT * { :oslo a ?c }",
    "all types": "SELECT * { ?x a ?c }",
    "domain of a range": "SELECT * { ?x a :Region }",
    "sub-property": "SELECT * { ?x :partOf ?y }",
    "sub-property of the standard": "SELECT * { ?x geo:hasGeometry ?g }",
    "serialization": "SELECT * { ?g geo:hasSerialization ?w }",
    "any predicate": "SELECT ?p { :skei ?p ?o }",
    "all triples": "SELECT * { ?s ?p ?o }",
    "domains": "SELECT * { geo:asWKT rdfs:domain ?c }",
    "predicates of a pair": "SELECT * { :oslo ?p :norway }",
    "super classes": "SELECT * { :City rdfs:subClassOf ?c }",
    "super classes of the standard": "SELECT * { sf:Point rdfs:subClassOf ?c }",
    "sub-classes": "SELECT * { ?c rdfs:subClassOf geo:Geometry }",
    "super properties": "SELECT * { :capitalOf rdfs:subPropertyOf ?p }",
    "cycle": "SELECT * { ?x a :pool }",
    "class by variable": "SELECT * { ?x a ?c . ?c rdfs:subClassOf :Place }",
    "resources": "SELECT * { ?x a rdfs:Resource }",
    "properties": "SELECT * { ?p a rdf:Property }",
    "literals have no type": "SELECT * { ?x a rdfs:Literal }",
    "path": "SELECT * { :oslo a/rdfs:label? ?c }",
    "closure": "SELECT * { ?x :partOf+ ?y }",
    "negated": "SELECT * { :oslo !(rdf:type|rdfs:label) ?y }",
    "optional": "SELECT * { ?x a :Town OPTIONAL { ?x :partOf ?y } }",
    "not exists": "SELECT * { ?x a :Place FILTER NOT EXISTS { ?x a :City } }",
    "minus": "SELECT * { ?x a :Place MINUS { ?x a :City } }",
    "count": "SELECT ?c (COUNT(*) AS ?n) { ?x a ?c . ?x a :Place } GROUP BY ?c",
}


def saturated(triples: set[ox.Triple]) -> set[ox.Triple]:
    """Add every triple that the rules entail."""
    while True:
        fresh = {t for t in _consequences(triples) if t not in triples}
        if not fresh:
            return triples
        triples = triples | fresh


def _name(iri: str) -> ox.NamedNode:
    return ox.NamedNode(iri)


TYPE, SUB_CLASS, SUB_PROPERTY = (
    _name(iri) for iri in (RDF + "type", RDFS + "subClassOf", RDFS + "subPropertyOf")
)
DOMAIN, RANGE, CLASS, RESOURCE, PROPERTY = (
    _name(iri)
    for iri in (
        RDFS + "domain", RDFS + "range", RDFS + "Class", RDFS + "Resource", RDF + "Property",
    )
)  # fmt: skip


def _consequences(triples: set[ox.Triple]) -> Iterator[ox.Triple]:
    by_predicate: dict[object, list[tuple[object, object]]] = {}
    for t in triples:
        by_predicate.setdefault(t.predicate, []).append((t.subject, t.object))

    def of(predicate: object) -> list[tuple[object, object]]:
        return by_predicate.get(predicate, [])

    for predicate, pairs in by_predicate.items():
        yield ox.Triple(predicate, TYPE, PROPERTY)  # rdf1
        for s, o in pairs:
            yield ox.Triple(s, TYPE, RESOURCE)  # rdfs4a, rdfs4b
            if not isinstance(o, ox.Literal):
                yield ox.Triple(o, TYPE, RESOURCE)
    for p, c in of(DOMAIN):
        yield from (ox.Triple(s, TYPE, c) for s, _ in of(p))  # rdfs2
    for p, c in of(RANGE):  # rdfs3
        yield from (ox.Triple(o, TYPE, c) for _, o in of(p) if not isinstance(o, ox.Literal))
    for p, q in of(SUB_PROPERTY):
        yield from (ox.Triple(p, SUB_PROPERTY, r) for a, r in of(SUB_PROPERTY) if a == q)  # rdfs5
        yield from (ox.Triple(s, q, o) for s, o in of(p))  # rdfs7
    for c, d in of(SUB_CLASS):
        yield from (ox.Triple(s, TYPE, d) for s, k in of(TYPE) if k == c)  # rdfs9
        yield from (ox.Triple(c, SUB_CLASS, e) for a, e in of(SUB_CLASS) if a == d)  # rdfs11
    for s, kind in of(TYPE):
        if kind == PROPERTY:
            yield ox.Triple(s, SUB_PROPERTY, s)  # rdfs6
        if kind == CLASS:
            yield ox.Triple(s, SUB_CLASS, RESOURCE)  # rdfs8
            yield ox.Triple(s, SUB_CLASS, s)  # rdfs10
        if kind == _name(RDFS + "Datatype"):
            yield ox.Triple(s, SUB_CLASS, _name(RDFS + "Literal"))  # rdfs13


@pytest.fixture(scope="module")
def stored(duckdb_engine: Engine) -> Iterator[Dataset]:
    named = NAMED.removeprefix("GRAPH ")
    made = dataset_of(duckdb_engine, PREFIXES + DATA + named)
    yield made
    drop_dataset(made)


@pytest.fixture(scope="module")
def complete(duckdb_engine: Engine) -> Iterator[Dataset]:
    triples = {ox.Triple(*map(_name, row)) for row in known_schema()}
    parsed = ox.parse((PREFIXES + DATA).encode(), format=ox.RdfFormat.TURTLE)
    triples |= {quad.triple for quad in parsed}
    lines = "\n".join(f"{t.subject} {t.predicate} {t.object} ." for t in saturated(triples))
    made = dataset_of(duckdb_engine, lines)
    yield made
    drop_dataset(made)


def answers(dataset: Dataset, text: str, options: QueryOptions | None = None) -> Counter[str]:
    return canonical(our_solutions(query(dataset, PREFIXES + text, options=options)))


UNDER_RDFS = QueryOptions(compute=False, entailment="rdfs")


@pytest.mark.parametrize("name", QUERIES)
def test_same_as_the_complete_graph(name: str, stored: Dataset, complete: Dataset) -> None:
    found = answers(stored, QUERIES[name], UNDER_RDFS)
    assert found == answers(complete, QUERIES[name], QueryOptions(compute=False))
    assert bool(found) == (name != "literals have no type")


def test_nothing_is_entailed_unless_asked(stored: Dataset) -> None:
    assert not answers(stored, QUERIES["class"])


def test_in_a_named_graph(stored: Dataset) -> None:
    found = our_solutions(
        query(stored, PREFIXES + "SELECT ?x { GRAPH ?g { ?x a :Place } }", options=UNDER_RDFS)
    )
    assert [s["x"].value for s in found] == ["http://e/bergen"]  # type: ignore[attr-defined]


def test_computed_triples_follow_sub_properties(duckdb_engine: Engine) -> None:
    data = ":p rdfs:subPropertyOf geo:hasDefaultGeometry . :farm :p :g ."
    made = dataset_of(
        duckdb_engine, f'{PREFIXES}{data} :g geo:asWKT "POINT(1 1)"^^geo:wktLiteral .'
    )
    try:
        found = query(
            made,
            PREFIXES + "SELECT ?x { ?x geo:sfEquals :g FILTER(?x != :g) }",
            options=QueryOptions(entailment="rdfs"),
        )
        assert [s["x"].value for s in our_solutions(found)] == ["http://e/farm"]  # type: ignore[attr-defined]
    finally:
        drop_dataset(made)


@pytest.mark.spark
def test_on_spark(spark_engine: Engine, stored: Dataset) -> None:
    made = dataset_of(spark_engine, PREFIXES + DATA)
    try:
        for name in ("class of the standard", "all classes of a node", "sub-property"):
            assert answers(made, QUERIES[name], UNDER_RDFS) == answers(
                stored, QUERIES[name], UNDER_RDFS
            )
    finally:
        drop_dataset(made)
