"""Update texts and the operations that they become."""

from __future__ import annotations

import pytest

from endpoint.sparql import algebra as al
from endpoint.sparql.operations import Clear, Create, Load, Modify, Operation, Quad, Transfer
from endpoint.sparql.parse_update import parse_update
from geosparql.errors import QueryError
from geosparql.terms import IRI

A, B, G = (IRI(f"http://e/{name}") for name in "abg")


def operations_of(text: str) -> tuple[Operation, ...]:
    return parse_update("PREFIX : <http://e/> " + text).operations


@pytest.mark.parametrize(
    ("text", "operation"),
    [
        ("LOAD SILENT :a INTO GRAPH :g", Load(A.value, G.value, silent=True)),
        ("LOAD :a", Load(A.value)),
        ("CLEAR GRAPH :g", Clear(graph=G.value)),
        ("DROP SILENT ALL", Clear("ALL")),
        ("clear named", Clear("NAMED")),
        ("CLEAR DEFAULT", Clear("DEFAULT")),
        ("CREATE SILENT GRAPH :g", Create(G.value, silent=True)),
        ("MOVE DEFAULT TO GRAPH :g", Transfer("MOVE", None, G.value)),
        ("COPY SILENT DEFAULT TO :a", Transfer("COPY", None, A.value, silent=True)),
        ("ADD SILENT :a TO DEFAULT", Transfer("ADD", A.value, None, silent=True)),
    ],
)
def test_graph_management(text: str, operation: Operation) -> None:
    assert operations_of(text) == (operation,)


def test_quads_with_and_without_a_graph() -> None:
    (operation,) = operations_of("INSERT DATA { :a :b 1 . GRAPH :g { :a :b :a , [] } :a :b :b }")
    assert isinstance(operation, Modify)
    a, b, g = map(al.Constant, (A, B, G))
    kept = [quad for quad in operation.insert if not isinstance(quad.object, al.Variable)]
    assert kept[1:] == [Quad(a, b, a, g), Quad(a, b, b)]
    assert operation.pattern == al.BGP()
    assert len(operation.insert) == 4


def test_delete_where_matches_its_own_quads() -> None:
    (operation,) = operations_of("DELETE WHERE { ?s :b ?o . GRAPH ?g { ?o :b ?s } }")
    assert isinstance(operation, Modify)
    s, o, g = map(al.Variable, "sog")
    b = al.Constant(B)
    assert operation.delete == (Quad(s, b, o), Quad(o, b, s, g))
    inside = al.Graph(g, al.BGP((al.TriplePattern(o, b, s),)))
    assert operation.pattern == al.Join(al.BGP((al.TriplePattern(s, b, o),)), inside)


def test_with_and_using() -> None:
    (operation,) = operations_of("WITH :g DELETE { ?s :a 1 } USING :a USING NAMED :b WHERE {}")
    assert isinstance(operation, Modify)
    assert (operation.graph, operation.insert) == (G.value, ())
    assert operation.using == al.DatasetClause((A.value,), (B.value,))


def test_each_operation_has_its_prologue() -> None:
    made = operations_of("CREATE GRAPH :g ; PREFIX : <http://f/> BASE <http://h/> DROP GRAPH :g ;")
    assert made == (Create(G.value), Clear(graph="http://f/g"))
    assert operations_of("") == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("INSERT DATA { ?s :a :b }", r"INSERT DATA cannot hold variables: '\?s'"),
        ("DELETE DATA { GRAPH ?g { :a :a :b } }", "DELETE DATA cannot hold variables"),
        ("DELETE DATA { _:x :a :b }", "DELETE DATA cannot hold blank nodes"),
        ("DELETE WHERE { ?s :a [] }", "DELETE WHERE cannot hold blank nodes"),
        ("DELETE { ?s :a [] } WHERE { ?s :a ?o }", "DELETE template cannot hold blank nodes"),
        ("INSERT DATA { _:x :a 1 } ; INSERT DATA { _:x :a 2 }", "two INSERT DATA"),
        ("INSERT { ?s :a/:b 1 } WHERE { ?s :a ?o }", "line 1"),
        ("CLEAR GRAPH :g DROP GRAPH :g", "line 1, column 37"),
    ],
)
def test_what_is_refused(text: str, said: str) -> None:
    with pytest.raises(QueryError, match=said):
        operations_of(text)
