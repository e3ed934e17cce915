"""Whole columns are classified as one literal after the other would be."""

from __future__ import annotations

import math
import struct
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from endpoint.store.classify import Classified, classify
from endpoint.store.ids import KIND_BY_CODE, inline_id, inline_lexical, kind_of
from geosparql.terms import XSD, Literal
from tests.endpoint.store.literals import literals


def classified(terms: list[Literal]) -> Classified:
    return classify(
        pa.array([term.lexical for term in terms], pa.string()),
        pa.array([term.datatype for term in terms], pa.string()),
        pa.array([term.language for term in terms], pa.string()),
    )


def kind_name(lexical: str, datatype: str) -> str:
    return KIND_BY_CODE[int(classified([Literal(lexical, datatype)]).kinds[0])].name


@given(st.lists(literals, max_size=30))
def test_columns_get_the_inline_ids_of_their_literals(terms: list[Literal]) -> None:
    found = classified(terms).ids.tolist()
    expected = [None if t.language else inline_id(t.lexical, t.datatype) for t in terms]
    assert found == expected


@given(literals)
def test_inline_ids_give_the_literal_back_letter_for_letter(term: Literal) -> None:
    term_id = None if term.language else inline_id(term.lexical, term.datatype)
    if term_id is not None:
        assert inline_lexical(term_id) == term.lexical
        assert kind_of(term_id).datatype == term.datatype


@given(st.lists(literals, max_size=30))
def test_the_number_of_a_dictionary_literal_is_that_of_its_lexical_form(
    terms: list[Literal],
) -> None:
    result = classified(terms)
    for term, code, number in zip(terms, result.kinds, result.numbers.tolist(), strict=True):
        if KIND_BY_CODE[int(code)].name.endswith(("integer_text", "decimal_text", "double_text")):
            expected = float(term.lexical)
            assert number == expected or (math.isnan(number) and math.isnan(expected))


@pytest.mark.parametrize(
    ("lexical", "name", "kind"),
    [
        ("007", "integer", "integer_text"),
        ("+7", "integer", "integer_text"),
        ("10000000000000000", "integer", "integer_text"),
        ("9999999999999999", "integer", "integer"),
        ("7.0", "integer", "ill_typed"),
        (" 7", "integer", "ill_typed"),
        ("7\n", "integer", "ill_typed"),
        ("128", "byte", "ill_typed"),
        ("-128", "byte", "integer_text"),
        ("18446744073709551615", "unsignedLong", "integer_text"),
        ("18446744073709551616", "unsignedLong", "ill_typed"),
        ("9" * 5000, "nonNegativeInteger", "integer_text"),
        ("-0", "nonNegativeInteger", "integer_text"),
        ("0", "positiveInteger", "ill_typed"),
        ("1e3", "decimal", "ill_typed"),
        (".5", "decimal", "decimal_text"),
        ("1e3", "double", "double_text"),
        ("inf", "double", "ill_typed"),
        ("1", "boolean", "boolean_text"),
        ("TRUE", "boolean", "ill_typed"),
        ("2023-02-29", "date", "ill_typed"),
        ("2024-02-29", "date", "date"),
        ("2024-02-29Z", "date", "date_text"),
        ("-0044-03-15", "date", "date_text"),
        ("2024-02-29T24:00:00", "dateTime", "dateTime_text"),
        ("2024-02-29T24:00:01", "dateTime", "ill_typed"),
        ("2024-02-29T00:00:00", "dateTimeStamp", "ill_typed"),
        ("2024-02-29T00:00:00Z", "dateTimeStamp", "dateTime_text"),
        ("12:00:00", "time", "other"),
    ],
)
def test_kinds(lexical: str, name: str, kind: str) -> None:
    assert kind_name(lexical, XSD + name) == kind


def test_a_float_has_32_bits() -> None:
    result = classified([Literal("1.1e0", XSD + "float"), Literal("1e39", XSD + "float")])
    assert result.numbers.tolist() == [struct.unpack("f", struct.pack("f", 1.1))[0], math.inf]


@given(st.datetimes(), st.integers(-840, 840), st.booleans())
def test_instants_count_microseconds_in_utc(moment: datetime, offset: int, fraction: bool) -> None:
    local = moment.replace(microsecond=moment.microsecond if fraction else 0)
    hours, minutes = divmod(abs(offset), 60)
    zone = f"{'-' if offset < 0 else '+'}{hours:02}:{minutes:02}"
    text = local.isoformat(timespec="microseconds") + zone
    instant = (local - datetime(1970, 1, 1)) // timedelta(microseconds=1) - offset * 60_000_000
    assert classified([Literal(text, XSD + "dateTime")]).instants.tolist() == [instant]


def test_the_instant_of_a_date_is_its_first_moment() -> None:
    found = classified([Literal("2024-03-01+01:00", XSD + "date")]).instants.tolist()
    expected = datetime(2024, 3, 1, tzinfo=UTC).timestamp() - 3600
    assert found == [expected * 1_000_000]


@given(st.dates(min_value=date(1, 1, 1)))
def test_every_calendar_day_is_inline(day: date) -> None:
    assert kind_name(day.isoformat(), XSD + "date") == "date"
