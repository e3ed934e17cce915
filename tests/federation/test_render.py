"""What is rendered must mean what was parsed: both are asked of Oxigraph."""

from __future__ import annotations

from collections import Counter

import pyoxigraph as ox
import pytest

from endpoint.sparql.algebra import Select
from endpoint.sparql.parse import parse_query
from federation.render import select_text, term_text
from geosparql.errors import QueryError
from geosparql.terms import XSD, BlankNode, Literal

DATA = """
@prefix : <http://example.org/> .
:a :p :b, :c ; :q 1 ; :name "a\\"\\n\\\\" .
:b :p :c ; :q 2 ; :r :a .
:c :q 3 ; :name "c"@en .
:d :q "x" .
"""

QUERIES = [
    "SELECT ?s ?o { ?s :p ?o }",
    "SELECT * { ?s :p ?o OPTIONAL { ?o :r ?r FILTER (?r = ?s) } }",
    "SELECT * { ?s :p ?o OPTIONAL { { ?o :r ?r FILTER (?r = :a) } } }",
    "SELECT * { { ?s :p ?o FILTER (?o != :b) } ?o :q ?q }",
    "SELECT * { ?o :q ?q { ?s :p ?o FILTER (!bound(?q)) } }",
    "SELECT * { { ?s :p ?o } UNION { ?s :r ?o } MINUS { ?s :q 2 } }",
    "SELECT * { ?s :q ?q { ?s :p ?o MINUS { ?s :r ?z } } }",
    "SELECT * { ?s :q ?q FILTER (?q IN (1, 2) && ?q NOT IN (2) || -?q < -2 ) }",
    "SELECT * { ?s :q ?q FILTER (!(?q + 1 * 2 - 3 > 0)) }",
    "SELECT * { ?s :q ?q BIND (?q * 2 + 1 AS ?t) FILTER (?t > 3) }",
    "SELECT * { ?x :name ?n { BIND (STR(?n) AS ?t) } }",
    "SELECT (COUNT(DISTINCT ?o) AS ?n) ?s { ?s :p ?o } GROUP BY ?s HAVING (COUNT(*) > 1)",
    "SELECT (COUNT(*) AS ?n) (GROUP_CONCAT(STR(?q); SEPARATOR='\\n') AS ?t) { ?s :q ?q }",
    "SELECT DISTINCT ?s { ?s :p [ :q ?q ] } ORDER BY DESC(?q) ?s LIMIT 1",
    "SELECT * { ?s :q ?q { SELECT ?s { ?s :p ?o } ORDER BY ?s ?o LIMIT 1 } }",
    'SELECT * { VALUES (?s ?w) { (:a UNDEF) (UNDEF \'x\') (:b "q\\"\\n"@en) } ?s :p ?o }',
    "SELECT * { ?s :p+ ?o }",
    "SELECT * { ?s (:p|^:r)* ?o . ?s :q ?q }",
    "SELECT * { ?s !(:p|^:q) ?o }",
    "SELECT * { ?s :p/:q? ?o }",
    "SELECT * { ?s :p ?o FILTER EXISTS { ?o :r ?s FILTER (?s = :b || ?s = :a) } }",
    "SELECT * { ?s :p ?o FILTER NOT EXISTS { ?o :r ?s } }",
    "SELECT * { ?s :name ?n FILTER (LANG(?n) = 'en' || STRLEN(?n) > 2) }",
    "SELECT * { ?s :q ?q FILTER (IF(?q > 1, true, false) && COALESCE(?z, ?q) > 2) }",
    "SELECT * { ?s :name ?n FILTER REGEX(?n, '^A', 'i') }",
    "SELECT (<http://www.w3.org/2001/XMLSchema#integer>(?q) AS ?i) { ?s :q ?q }",
    "SELECT * { GRAPH ?g { ?s :p ?o } }",
    "SELECT * { ?s a ?t }",
    "SELECT * { ?s :p ?o . _:x-1.y :p ?o . }",
    "SELECT * { }",
]


def solutions(store: ox.Store, text: str) -> Counter[tuple[tuple[str, str], ...]]:
    found = store.query(text)
    names = [variable.value for variable in found.variables]
    return Counter(tuple(sorted((n, str(s[n])) for n in names if s[n] is not None)) for s in found)


@pytest.fixture(scope="module")
def store() -> ox.Store:
    store = ox.Store()
    store.load(DATA, ox.RdfFormat.TURTLE)
    store.load(DATA, ox.RdfFormat.TURTLE, to_graph=ox.NamedNode("http://example.org/g"))
    return store


@pytest.mark.parametrize("text", QUERIES)
def test_rendered_text_has_the_same_solutions(store: ox.Store, text: str) -> None:
    text = "PREFIX : <http://example.org/> " + text
    query = parse_query(text).query
    assert isinstance(query, Select)
    rendered = select_text(query.pattern, query.variables)
    if not query.variables:
        assert len(list(store.query(rendered))) == len(list(store.query(text)))
    else:
        assert solutions(store, rendered) == solutions(store, text)


@pytest.mark.parametrize("text", QUERIES)
def test_rendered_text_parses_to_the_same_meaning(store: ox.Store, text: str) -> None:
    query = parse_query("PREFIX : <http://example.org/> " + text).query
    once = select_text(query.pattern, query.variables)
    again = parse_query(once).query
    twice = select_text(again.pattern, again.variables)
    assert solutions(store, twice) == solutions(store, once)


def test_bindings_restrict_the_solutions_and_cannot_break_out(store: ox.Store) -> None:
    from endpoint.sparql.algebra import Values, Variable

    query = parse_query("SELECT * { ?s <http://example.org/name> ?n OPTIONAL { ?s ?x ?n } }").query
    hostile = Literal('a"\n\\', XSD + "string")
    bindings = Values((Variable("n"),), ((hostile,), (Literal('") } DROP ALL #'),)))
    text = select_text(query.pattern, query.variables, bindings=bindings)
    assert [row["n"].value for row in store.query(text)] == [hostile.lexical]


def test_a_blank_node_cannot_be_named() -> None:
    with pytest.raises(QueryError):
        term_text(BlankNode("b"))
