"""Laws of the functions that make text safe for IRIs and blank nodes."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote, unquote

import pyarrow as pa
import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geotriples.iris import (
    blank_label,
    iri_encode,
    iri_resolve,
    language_tag,
    uri_encode,
)

# Whole Unicode characters: surrogates are none
TEXTS = st.lists(st.none() | st.text(st.characters(codec="utf-8"), max_size=6), min_size=1)


@given(TEXTS)
def test_uri_encoding_is_that_of_rfc_3986(values: list[str | None]) -> None:
    expected = [None if value is None else quote(value, safe="~") for value in values]
    assert uri_encode(pa.array(values, pa.string())).to_pylist() == expected


@given(TEXTS)
def test_iri_encoding_can_be_undone_and_makes_valid_iris(values: list[str | None]) -> None:
    found = iri_encode(pa.array(values, pa.string())).to_pylist()
    for value, encoded in zip(values, found, strict=True):
        if value is None:
            assert encoded is None
            continue
        assert unquote(encoded) == value
        assert ox.NamedNode(f"http://example.com/{encoded}").value.endswith(encoded)


@given(TEXTS)
def test_blank_labels_are_valid_and_differ_where_texts_differ(values: list[str | None]) -> None:
    labels = blank_label(pa.array(values, pa.string())).to_pylist()
    assert len(set(labels)) == len(set(values))
    for label in labels:
        if label:
            assert list(ox.parse(f"_:{label} <x:y> _:{label} .", ox.RdfFormat.N_TRIPLES))


RESOLVED = {
    "http://a/b": "http://a/b",
    "urn:x:y": "urn:x:y",
    "b/c": "http://base/b/c",
    "": "http://base/",
    "a b": None,
    "http://a/<b>": None,
    "a\\b": None,
}


@pytest.mark.parametrize(("value", "expected"), RESOLVED.items())
def test_resolving(value: str, expected: str | None) -> None:
    assert iri_resolve(pa.array([value]), pa.array(["http://base/"])).to_pylist() == [expected]


def test_without_a_base_only_absolute_iris_stand() -> None:
    found = iri_resolve(pa.array(["x:y", "z", None]), pa.array(["", "", ""])).to_pylist()
    assert found == ["x:y", None, None]


def test_language_tags() -> None:
    values = ["en", "de-AT", "x-klingon", "a-english", "", None]
    found = language_tag(pa.array(values, pa.string())).to_pylist()
    assert found == ["en", "de-AT", "x-klingon", None, None, None]


@pytest.mark.parametrize("function", [iri_encode, uri_encode, blank_label, language_tag])
def test_no_rows(function: Callable[[pa.Array], pa.Array]) -> None:
    assert len(function(pa.array([], pa.string()))) == 0
