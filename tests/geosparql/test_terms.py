"""Terms as values, as N-Triples text and as columns of a triple batch."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geosparql.errors import InputError
from geosparql.term_columns import from_oxigraph, term_columns, term_of, to_oxigraph
from geosparql.terms import IRI, BlankNode, Literal, Term, TripleTerm, escape_iri, escape_lexical
from geosparql.triples import TRIPLE_TERM
from tests.geosparql.strategies import terms


def parsed(text: str) -> Term:
    (quad,) = ox.parse(f"<s:s> <p:p> {text} .".encode(), ox.RdfFormat.N_TRIPLES)
    return from_oxigraph(quad.object)


@given(terms(depth=2))
def test_ntriples_text_parses_back(term: Term) -> None:
    assert parsed(str(term)) == term


@given(terms(depth=2))
def test_ntriples_text_is_that_of_pyoxigraph(term: Term) -> None:
    triple = ox.Triple(ox.NamedNode("s:s"), ox.NamedNode("p:p"), to_oxigraph(term))
    line = ox.serialize([triple], format=ox.RdfFormat.N_TRIPLES).decode()
    assert line == f"<s:s> <p:p> {term} .\n"


@given(terms(depth=2))
def test_columns_and_nodes_give_the_term_back(term: Term) -> None:
    assert term_of(*term_columns(term)) == term
    assert from_oxigraph(to_oxigraph(term)) == term


@given(st.text(st.characters(exclude_categories=("Cs",))))
def test_escaped_text_is_one_line_and_reads_back(text: str) -> None:
    escaped = escape_lexical(text)
    assert not {"\n", "\r", "\0"} & set(escaped)
    assert parsed(f'"{escaped}"') == Literal(text)


def test_iris_that_are_none_are_escaped() -> None:
    assert escape_iri("http://e/a b<c>") == "http://e/a\\u0020b\\u003Cc\\u003E"


def test_base_direction_stands_behind_the_tag() -> None:
    term = parsed('"x"@ar--rtl')
    assert isinstance(term, Literal)
    assert term.language == "ar--rtl"
    assert parsed(str(term)) == term
    assert term_of(*term_columns(term)) == term


def test_blank_nodes_take_a_prefix_inside_triple_terms_too() -> None:
    inner = TripleTerm(BlankNode("b"), IRI("p:p"), IRI("o:o"))
    node = to_oxigraph(TripleTerm(BlankNode("a"), IRI("p:p"), inner))
    assert str(from_oxigraph(node, "d1")) == ("<<( _:d1a <p:p> <<( _:d1b <p:p> <o:o> )>> )>>")


@pytest.mark.parametrize("text", ["", "<a:b>", "<<( <a:b> <a:c> )>>", '"x"'])
def test_what_is_no_triple_term(text: str) -> None:
    with pytest.raises(InputError, match="not a triple term"):
        term_of(text, TRIPLE_TERM)
