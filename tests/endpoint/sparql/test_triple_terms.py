"""Triple terms, reified triples and annotations (RDF 1.2): stored, asked, made, written."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pyoxigraph as ox
import pytest

from endpoint.sparql.engine import query
from endpoint.sparql.parse import parse_query
from endpoint.sparql.results import write_results
from endpoint.store.dataset import Dataset
from endpoint.store.memory import drop_dataset
from engine.protocol import Engine
from geosparql.errors import QueryError
from tests.endpoint.sparql.solutions import (
    canonical,
    canonical_graph,
    dataset_of,
    our_graph,
    our_solutions,
)

PREFIXES = """PREFIX : <http://e/>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
"""
DATA = f"""{PREFIXES}
:a :p :b ; :q 1 , "01"^^:code .
_:r rdf:reifies <<( :a :p :b )>> ; :src :s1 . :t rdf:reifies <<( :a :q 1 )>> ; :src :s2 .
:t2 rdf:reifies <<( :a :q "01"^^:code )>> ; :src :s3 .
:x :says <<( :y :z <<( :i :j "k"@en )>> )>> , <<( _:r :q _:r )>> .
"""
QUERIES = [
    "SELECT * { ?r :src ?s ; rdf:reifies <<( :a :p :b )>> }",
    "SELECT ?x ?v ?s { ?r :src ?s ; rdf:reifies <<( ?x :q ?v )>> }",
    "SELECT ?p ?o ?s { << :a ?p ?o >> :src ?s . :a ?p ?o }",
    "SELECT ?p ?s { << :a ?p ?o ~ ?r >> :src ?s FILTER(isIRI(?r)) }",
    "SELECT ?o ?s { :a :p ?o {| :src ?s |} }",
    "SELECT ?o ?s { :a ?p ?o ~ ?r {| :src ?s |} FILTER(isBlank(?r)) }",
    "SELECT ?k (LANG(?k) AS ?l) ?t { :x :says <<( :y ?z <<( ?i :j ?k )>> )>> , ?t }",
    "SELECT ?n { :x :says <<( ?n :q ?n )>> . ?n :src ?s }",
    "SELECT (SUBJECT(?t) AS ?s) (PREDICATE(?t) AS ?p) (OBJECT(?t) AS ?o) (isTRIPLE(?t) AS ?i) "
    "(isTRIPLE(?s) AS ?n) (isIRI(?t) AS ?m) (STR(?t) AS ?str) (DATATYPE(?t) AS ?d) { :x :says ?t }",
    "SELECT (TRIPLE(:a, :p, 1) AS ?t) (TRIPLE('x', :p, 1) AS ?e) (<<( :a :p 1 )>> AS ?u) "
    "(sameTerm(?t, ?u) AS ?same) (?t = ?u AS ?equal) (SUBJECT(:a) AS ?none) {}",
    "SELECT ?t { VALUES ?t { <<( :a :p :b )>> <<( :a :p :c )>> } ?r rdf:reifies ?t }",
    "SELECT ?r { ?s :p ?o BIND(<<( ?s :p ?o )>> AS ?t) ?r rdf:reifies ?t }",
    "SELECT ?s { ?s ?p ?o FILTER NOT EXISTS { << ?s ?p ?o >> :src ?w } }",
    "SELECT (COUNT(DISTINCT ?t) AS ?n) { ?r rdf:reifies ?t }",
    "CONSTRUCT { ?r :about <<( ?x :q2 ?v )>> . << ?x :q2 ?v >> :y 1 } "
    "{ ?r rdf:reifies <<( ?x :q ?v )>> }",
    "CONSTRUCT { <<( :a :p :b )>> :x 1 . :x ?t 1 . :x :y ?t } { :x :says ?t }",
]


@pytest.fixture(
    params=["duckdb", pytest.param("spark", marks=[pytest.mark.spark, pytest.mark.full])]
)
def dataset(request: pytest.FixtureRequest) -> Iterator[Dataset]:
    engine: Engine = request.getfixturevalue(f"{request.param}_engine")
    made = dataset_of(engine, DATA)
    yield made
    drop_dataset(made)


@pytest.mark.parametrize("text", QUERIES)
def test_answers_are_those_of_pyoxigraph(text: str, dataset: Dataset) -> None:
    store = ox.Store()
    store.load(DATA.encode(), format=ox.RdfFormat.TURTLE)
    wanted = store.query(PREFIXES + text)
    answer = query(dataset, PREFIXES + text)
    if isinstance(wanted, ox.QueryTriples):
        assert canonical_graph(our_graph(answer)) == canonical_graph(wanted)
        return
    names = [variable.value for variable in wanted.variables]
    theirs = [{n: s[n] for n in names if s[n] is not None} for s in wanted]
    assert canonical(our_solutions(answer)) == canonical(theirs)


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("<<( :a :p 1 )>> = <<( :a :p 1.0 )>>", True),
        ("<<( :a :p 1 )>> != <<( :a :p 2 )>>", True),
        ("<<( :a :p 1 )>> = <<( :b :p 1 )>>", False),
        ("<<( :a :p <<( :a :p 1 )>> )>> = <<( :a :p <<( :a :p 1e0 )>> )>>", True),
        ("sameTerm(<<( :a :p 1 )>>, <<( :a :p 1.0 )>>)", False),
        ("<<( :a :p 'x'@en )>> = <<( :a :p 'x' )>>", False),
        ("<<( :a :p true )>> = <<( :a :p '1'^^xsd:boolean )>>", True),
        ("<<( :a :p 'NaN'^^xsd:double )>> = <<( :a :p 'NaN'^^xsd:double )>>", False),
        ("<<( :a :p '2026-01-01T00:00:00Z'^^xsd:dateTime )>> = "
         "<<( :a :p '2026-01-01T01:00:00+01:00'^^xsd:dateTime )>>", True),
        ("<<( :a :p '2026-01-01'^^xsd:date )>> = <<( :a :p 5 )>>", False),
        ("COALESCE(<<( :a :p 'x'^^:u )>> = <<( :a :p 'y'^^:u )>>, 'error') = 'error'", True),
        ("<<( :b :p 'x'^^:u )>> = <<( :a :p 'y'^^:u )>>", False),
        ("<<( :a :p 1 )>> = :a", False),
        ("<<( :a :p 1 )>> IN (:a, <<( :a :p 1.0 )>>)", True),
        ("isTRIPLE(<<( :a :p 1 )>>) && !isLiteral(<<( :a :p 1 )>>)", True),
    ],
)  # fmt: skip
def test_triple_terms_are_equal_part_by_part(condition: str, holds: bool, dataset: Dataset) -> None:
    xsd = "PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>\n"
    assert query(dataset, f"{PREFIXES}{xsd}ASK {{ FILTER({condition}) }}").boolean is holds


def test_stored_triple_terms_are_equal_by_value(dataset: Dataset) -> None:
    text = "SELECT ?r { ?r rdf:reifies ?t FILTER(?t = <<( :a :q 1.0 )>>) }"
    (found,) = our_solutions(query(dataset, PREFIXES + text))
    assert found["r"] == ox.NamedNode("http://e/t")


@pytest.mark.parametrize(
    "text",
    ["SELECT * { <<( ?x :p :b )>> :src ?y }", "SELECT * { ?x rdf:reifies <<( 1 :q ?y )>> }"],
)
def test_no_triple_has_such_a_subject(text: str, dataset: Dataset) -> None:
    assert our_solutions(query(dataset, PREFIXES + text)) == []


def test_triple_terms_come_last_in_order(dataset: Dataset) -> None:
    text = "SELECT ?v { VALUES ?v { <<( :a :p :b )>> 'z' 1 :i } } ORDER BY DESC(?v) LIMIT 2"
    first, second = our_solutions(query(dataset, PREFIXES + text))
    assert isinstance(first["v"], ox.Triple)
    assert second["v"] == ox.Literal("z")


@pytest.mark.parametrize("format", ["ttl", "nt", "nq", "trig"])
def test_written_and_read_back(format: str, duckdb_engine: Engine) -> None:
    dataset, stream = dataset_of(duckdb_engine, DATA), io.BytesIO()
    try:
        everything = "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }"
        write_results(query(dataset, everything), stream, format)
        read = ox.parse(stream.getvalue(), format=ox.RdfFormat.from_extension(format))
        found = canonical_graph(quad.triple for quad in read)
        wanted = ox.parse(DATA.encode(), format=ox.RdfFormat.TURTLE)
        assert found == canonical_graph(quad.triple for quad in wanted)
    finally:
        drop_dataset(dataset)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT (<<( 1 :p :b )>> AS ?t) {}",
        "SELECT * { VALUES ?t { <<( 1 :p :b )>> } }",
        "SELECT * { ?x :p/:q ?y {| :src 1 |} }",
        "SELECT * { VALUES ?t { <<( ?x :p :b )>> } }",
        "SELECT * { BIND(<<( _:b :p :b )>> AS ?t) }",
        "SELECT (TRIPLE(:a, :b) AS ?t) {}",
        "SELECT * { << :a :p :b ~ :c ~ :d >> :p 1 }",
    ],
)
def test_refused(text: str) -> None:
    with pytest.raises(QueryError):
        parse_query(PREFIXES + text)
