"""Triple terms in the templates of updates: the quads after each are those of pyoxigraph."""

from __future__ import annotations

from collections.abc import Iterator

import pyoxigraph as ox
import pytest

from endpoint.sparql.parse_update import parse_update
from endpoint.sparql.update import update
from endpoint.store.store import Store, open_store
from geosparql.errors import QueryError
from tests.endpoint.sparql.solutions import canonical_quads, our_quads

PREFIXES = """PREFIX : <http://e/>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
"""
DATA = """INSERT DATA {
    :a :p :b , 1 , "x \\"y\\"\\n"@en , "01"^^:code , _:n . :b :q :a . GRAPH :g { :a :p :c }
    :x :says <<( :y :z :w )>> , <<( :y :z <<( :i :j "k"@en )>> )>> , <<( :a :p 1 )>> .
    _:m :says <<( _:m :p _:n )>> .
}"""
UPDATES = [
    "INSERT { :x :says <<( ?s :p ?o )>> } WHERE { ?s :p ?o }",
    "INSERT { ?s :says <<( ?s ?p <<( :i ?p ?o )>> )>> } WHERE { ?s ?p ?o FILTER(!isTRIPLE(?o)) }",
    "INSERT { GRAPH ?g { << ?s :p ?o >> :src ?g } } WHERE { GRAPH ?g { ?s :p ?o } }",
    "INSERT { ?s :p ?o ~ :r {| :src 'here' |} } WHERE { ?s :p ?o }",
    "INSERT { ?s :knows _:n . :x :says <<( _:n :of ?s )>> , <<( _:o ?p _:o )>> } "
    "WHERE { ?s ?p ?o }",
    "INSERT { :x :says <<( ?o :p ?s )>> . ?s :seen ?o } WHERE { ?s :p ?o }",
    "INSERT { :x :says <<( :y ?o ?none )>> , <<( :y ?o ?s )>> } WHERE { ?s ?p ?o }",
    "INSERT { :x :says <<( ?u :p ?t )>> } WHERE "
    "{ ?s :p ?o BIND(CONCAT(STR(?o), '!') AS ?t) BIND(IRI(CONCAT(STR(?s), '0')) AS ?u) }",
    "INSERT { :x :says <<( :y :z ?new )>> } WHERE { VALUES ?new { :n1 'n2' 3.5 UNDEF } }",
    "DELETE { :x :says <<( ?s :z ?o )>> } WHERE { :x :says <<( ?s ?p ?o )>> }",
    "DELETE { :x :says <<( :y :z <<( ?i ?j 'k'@en )>> )>> } WHERE { VALUES (?i ?j) { (:i :j) } }",
    "DELETE { ?m ?q <<( ?m ?p ?o )>> } WHERE { ?m ?q <<( ?m ?p ?n )>> . :a :p ?o }",
    "DELETE { ?x :says <<( ?s ?p ?o )>> } INSERT { ?x :says <<( ?o ?p ?s )>> } "
    "WHERE { ?x :says ?t . ?s ?p ?o }",
    "DELETE WHERE { ?x :says <<( ?s ?p ?o )>> . GRAPH :g { ?s ?p ?c } }",
    "DELETE WHERE { :x :says <<( :y ?p <<( ?i :j ?k )>> )>> }",
    "INSERT DATA { _:r :says <<( _:r :q <<( _:s :q _:r )>> )>> ; :q _:s . << :a :p _:s >> :src 1 }",
    "DELETE DATA { :x :says <<( :y :z :w )>> , <<( :y :z 'not there' )>> }",
    "WITH :g INSERT { ?s :says <<( ?s :p ?o )>> } WHERE { ?s :p ?o } ; "
    "DELETE { GRAPH :g { ?s :says ?t } } INSERT { ?s :was <<( ?s :says ?t )>> } "
    "WHERE { GRAPH :g { ?s :says ?u } BIND(TRIPLE(?s, :p, :c) AS ?t) }",
    "INSERT { ?s :was <<( ?s :p ?n )>> } WHERE { ?m :says <<( ?s :p ?n )>> }",
    "DELETE { :x :says ?t } WHERE { :a :p ?o BIND(<<( :a :p ?o )>> AS ?t) }",
    "DELETE { ?s :says <<( ?s :p ?n )>> } WHERE { ?m :says <<( ?s :p ?n )>> }",
]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(tmp_path_factory.mktemp("triple_terms") / "store", create=True) as opened:
        yield opened


@pytest.fixture
def store(shared: Store) -> Store:
    update(shared, f"DROP ALL ; {PREFIXES}{DATA}")
    return shared


@pytest.mark.parametrize("text", UPDATES)
def test_quads_are_those_of_pyoxigraph(text: str, store: Store) -> None:
    theirs = ox.Store()
    theirs.update(PREFIXES + DATA)
    before = set(theirs)
    theirs.update(PREFIXES + text)
    assert set(theirs) != before
    update(store, PREFIXES + text)
    assert canonical_quads(our_quads(store)) == canonical_quads(theirs)


def test_blank_nodes_that_a_query_computes_are_the_same_inside(store: Store) -> None:
    text = (
        "INSERT { ?b :of ?t , <<( ?b :q ?s )>> , <<( _:c :p ?b )>> } "
        "WHERE { :a ?p ?s BIND(BNODE('x') AS ?b) BIND(<<( ?b :p ?s )>> AS ?t) }"
    )
    for _ in range(2):
        update(store, PREFIXES + text)
    made = [quad for quad in our_quads(store) if quad.predicate.value == "http://e/of"]
    assert (len(made), len({quad.subject for quad in made})) == (30, 10)
    for quad in made:
        assert isinstance(quad.object, ox.Triple)
        assert quad.subject in (quad.object.subject, quad.object.object)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("INSERT DATA { :a :b <<( :a :b <<( :c :d ?o )>> )>> }", "cannot hold variables"),
        ("DELETE { ?s :b <<( ?s :b _:x )>> } WHERE { ?s :b 1 }", "cannot hold blank nodes"),
        ("DELETE WHERE { ?s :b <<( ?s :b [] )>> }", "cannot hold blank nodes"),
        ("DELETE WHERE { << ?s :b ?o >> :c 1 }", "cannot hold blank nodes"),
        ("INSERT { <<( ?s :b 1 )>> :b 1 } WHERE { ?s :b 1 }", "cannot be the subject"),
        ("INSERT { ?s :b <<( 1 :b ?s )>> } WHERE { ?s :b 1 }", "subject of a triple term"),
        (
            "INSERT DATA { :a :b <<( :a :b _:x )>> } ; INSERT DATA { _:x :a 2 }",
            "two INSERT DATA",
        ),
    ],
)
def test_what_is_refused(text: str, said: str) -> None:
    with pytest.raises(QueryError, match=said):
        parse_update("PREFIX : <http://e/> " + text)
