"""Lexical forms: what a datatype allows is known, and what an ill-formed text is."""

from __future__ import annotations

import pyarrow as pa
import pytest

from geosparql.terms import XSD
from geosparql.vocabulary import GEO_WKT_LITERAL
from geotriples.check.literals import ill_formed


@pytest.mark.parametrize(
    ("datatype", "good", "bad"),
    [
        ("integer", ["1", "-07", "+3"], ["1.0", "", "one"]),
        ("decimal", ["1", "-1.5", ".5", "5."], ["1e3", ".", "1,5"]),
        ("double", ["1", "1.5E3", "-INF", "NaN", "2e-9"], ["1E", "inf", "E3"]),
        ("boolean", ["true", "0"], ["TRUE", "yes"]),
        ("date", ["2024-02-29", "2024-01-01Z", "-0044-03-15"], ["2024-13-01", "24-01-01"]),
        ("dateTime", ["2024-01-01T00:00:00.5+02:00"], ["2024-01-01 00:00:00", "2024-01-01"]),
        ("time", ["24:00:00", "23:59:59Z"], ["24:00:01", "1:00:00"]),
        ("gYear", ["2024", "12024"], ["24"]),
        ("hexBinary", ["", "CAFE"], ["ABC"]),
    ],
)
def test_forms(datatype: str, good: list[str], bad: list[str]) -> None:
    assert ill_formed(pa.array([*good, *bad]), XSD + datatype) == bad


def test_geometries_and_datatypes_that_nobody_knows() -> None:
    texts = pa.array(["POINT(1 2)", "POINT(1)"])
    assert ill_formed(texts, GEO_WKT_LITERAL) == ["POINT(1)"]
    assert ill_formed(texts, "http://example.com/own") == []
