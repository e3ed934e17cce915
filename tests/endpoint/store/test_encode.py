"""Columns of terms as numbers give the columns back."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from endpoint.store.encode import (
    TermColumns,
    distinct_terms,
    resources,
    term_table,
    terms_of_values,
)
from geosparql.terms import IRI, RDF_LANG_STRING, BlankNode, Literal
from tests.endpoint.store.literals import literals

Row = tuple[str | None, str | None, str | None]
texts = st.sampled_from(["a", "b", "", "http://example.org/"])
rows = st.one_of(
    st.just((None, None, None)),
    st.tuples(texts, st.none(), st.none()),
    st.tuples(texts, st.sampled_from(["d", "e"]), st.none()),
    st.tuples(texts, st.just(RDF_LANG_STRING), st.sampled_from(["en", "de"])),
    literals.map(lambda term: (term.lexical, term.datatype, term.language)),
)


def columns(values: list[Row]) -> TermColumns:
    return TermColumns(*(pa.array([value[i] for value in values], pa.string()) for i in range(3)))


@given(st.lists(st.lists(rows, max_size=20), min_size=1, max_size=4))
def test_codes_lead_back_to_the_terms(lists: list[list[Row]]) -> None:
    terms, codes = distinct_terms([columns(values) for values in lists])
    different = list(terms.rows())
    assert len(set(different)) == len(different)
    for values, own in zip(lists, codes, strict=True):
        back = [(None, None, None) if code < 0 else different[code] for code in own]
        assert back == values


def test_terms_come_in_order_of_first_appearance() -> None:
    terms, _ = distinct_terms(
        [resources(pa.array(["b", "a", "b"])), resources(pa.array(["c", "a"]))]
    )
    assert terms.lexical.to_pylist() == ["b", "a", "c"]


def test_a_language_tag_alone_makes_a_language_string() -> None:
    nothing = pa.array([None], pa.string())
    terms = term_table(pa.array(["chat"]), nothing, pa.array(["en"]))
    assert list(terms.rows()) == [("chat", RDF_LANG_STRING, "en")]


def test_values_become_columns() -> None:
    terms = terms_of_values([IRI("urn:a"), BlankNode("b"), Literal("c", RDF_LANG_STRING, "en")])
    assert list(terms.rows()) == [
        ("urn:a", None, None),
        ("_:b", None, None),
        ("c", RDF_LANG_STRING, "en"),
    ]


def test_no_rows_have_no_terms() -> None:
    terms, (codes,) = distinct_terms([columns([])])
    assert len(terms) == len(codes) == 0
