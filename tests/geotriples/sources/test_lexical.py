"""Natural lexical forms of Arrow values."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geosparql.errors import SourceError
from geosparql.terms import XSD
from geotriples.sources.lexical import (
    decimal_text,
    double_lexical,
    double_text,
    natural_datatype,
    natural_text,
)

CANONICAL = re.compile(r"-?[0-9]\.(0|[0-9]*[1-9])E-?(0|[1-9][0-9]*)|NaN|-?INF")


@given(st.lists(st.floats(), max_size=20))
def test_doubles_are_canonical_and_read_back(values: list[float]) -> None:
    texts = double_text(pa.array(values, pa.float64())).to_pylist()
    for value, text in zip(values, texts, strict=True):
        assert CANONICAL.fullmatch(text)
        assert repr(float(text.replace("INF", "inf"))) == repr(value).replace("-nan", "nan")
        assert text == double_lexical(value)


def test_null_doubles() -> None:
    assert double_text(pa.array([None, 1.0])).to_pylist() == [None, "1.0E0"]
    assert double_text(pa.array([None], pa.float64())).to_pylist() == [None]


MOMENT = dt.datetime(2020, 1, 2, 3, 4, 5, 120000)

NATURAL = [
    (pa.array(["a"]), "string", "a"),
    (pa.array([b"\x0a\xff"]), "hexBinary", "0AFF"),
    (pa.array([-7], pa.int16()), "integer", "-7"),
    (pa.array([2**64 - 1], pa.uint64()), "integer", "18446744073709551615"),
    (pa.array([0.1], pa.float32()), "double", "1.0E-1"),
    (pa.array([Decimal("12.50")]), "decimal", "12.50"),
    (pa.array([True]), "boolean", "true"),
    (pa.array([dt.date(2020, 1, 2)]), "date", "2020-01-02"),
    (pa.array([dt.time(3, 4, 5)]), "time", "03:04:05"),
    (pa.array([MOMENT]), "dateTime", "2020-01-02T03:04:05.12"),
    (pa.array([MOMENT], pa.timestamp("us", "UTC")), "dateTime", "2020-01-02T03:04:05.12Z"),
    (pa.array([MOMENT], pa.timestamp("ms", "+02:00")), "dateTime", "2020-01-02T05:04:05.12+02:00"),
    (pa.array([MOMENT], pa.timestamp("s", "Europe/Vienna")), "dateTime", "2020-01-02T03:04:05Z"),
]


@pytest.mark.parametrize(("values", "datatype", "text"), NATURAL, ids=lambda value: str(value)[:20])
def test_natural_form(values: pa.Array, datatype: str, text: str) -> None:
    assert natural_datatype(values.type, "here") == XSD + datatype
    assert natural_text(values).to_pylist() == [text]
    nothing = pa.nulls(1, values.type)
    assert natural_text(nothing).to_pylist() == [None]


def test_lists_are_written_value_by_value() -> None:
    values = pa.array([[1, None], None, []], pa.list_(pa.int32()))
    assert natural_text(values).to_pylist() == [["1", None], None, []]


def test_no_natural_form() -> None:
    with pytest.raises(SourceError, match=r"here: .*no natural RDF form"):
        natural_datatype(pa.struct([("a", pa.int32())]), "here")


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_decimals_are_doubles_without_exponent(value: float) -> None:
    (text,) = decimal_text(pa.array([double_lexical(value)])).to_pylist()
    assert "E" not in text
    assert float(text) == value


def test_what_no_decimal_can_say_stays_to_be_seen() -> None:
    assert decimal_text(pa.array(["INF", None])).to_pylist() == ["INF", None]
