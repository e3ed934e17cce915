"""The expressions over ids say on each engine what the scalar functions say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from endpoint.store.ids import (
    KIND_BY_NAME,
    LARGEST_INTEGER,
    Kind,
    boolean_id,
    id_kind,
    inline_boolean,
    inline_decimal,
    inline_id,
    inline_instant,
    inline_number,
    integer_id,
    kind_of,
    kinds_of_family,
    make_id,
    of_kinds,
)
from engine.protocol import Engine
from geosparql.terms import XSD, Literal
from tests.endpoint.store.literals import literals

FEW = settings(max_examples=15)

SAMPLE = [
    ("0", "integer"), ("-1", "integer"),
    ("9999999999999999", "integer"), ("-9999999999999999", "integer"),
    ("0.1", "decimal"), ("-12345678.901234", "decimal"),
    ("0.0000000000001", "decimal"), ("99999999999999", "decimal"),
    ("0.1", "float"), ("16777217", "float"),
    ("0.1", "double"), ("0.3", "double"), ("123456.789", "double"),
    ("true", "boolean"), ("false", "boolean"),
    ("0001-01-01", "date"), ("1969-12-31", "date"), ("9999-12-31", "date"),
    ("1969-12-31T23:59:59Z", "dateTime"), ("2024-02-29T12:00:00", "dateTime"),
    ("0001-01-01T00:00:00", "dateTime"),
]  # fmt: skip
DICTIONARY_IDS = [
    0,
    make_id("iri", 1),
    make_id("string", 7),
    make_id("double_text", 2),
    make_id("triple", 3),
]


def evaluated(engine: Engine, ids: list[int | None], expression: exp.Expression) -> list[Any]:
    """Evaluate an expression over a column ``id``, in the order of the ids."""
    source = engine.relation(
        pa.table({"row": np.arange(len(ids)), "id": pa.array(ids, pa.int64())})
    )
    try:
        query = exp.select("row", exp.alias_(expression, "value")).from_(source.table())
        return engine.run(query).read_all().sort_by("row")["value"].to_pylist()
    finally:
        engine.drop(source)


def sample_ids() -> list[int]:
    ids = [inline_id(lexical, XSD + name) for lexical, name in SAMPLE]
    assert None not in ids
    return [term_id for term_id in ids if term_id is not None] + DICTIONARY_IDS


def expected_number(lexical: str, kind: Kind) -> float:
    return float(np.float32(lexical)) if kind.name == "float" else float(lexical)


def expected_instant(lexical: str) -> int:
    moment = datetime.fromisoformat(lexical.removesuffix("Z")).replace(tzinfo=UTC)
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def test_kinds(engine: Engine) -> None:
    ids = sample_ids()
    assert evaluated(engine, [*ids, None], id_kind("id")) == [*(kind_of(i).code for i in ids), None]


@pytest.mark.parametrize(
    "names", [("iri",), ("integer", "decimal", "double", "string"), kinds_of_family("dateTime")]
)
def test_of_kinds_says_which_ids_are_of_kinds(engine: Engine, names: tuple[str, ...]) -> None:
    ids = sample_ids()
    assert evaluated(engine, ids, of_kinds("id", *names)) == [kind_of(i).name in names for i in ids]


def test_of_kinds_joins_neighbouring_codes_into_one_range() -> None:
    assert (
        len(list(of_kinds("id", "integer", "decimal", "float", "double").find_all(exp.Between)))
        == 1
    )


def test_numbers(engine: Engine) -> None:
    expected = [
        expected_number(lexical, KIND_BY_NAME[name])
        if KIND_BY_NAME.get(name, KIND_BY_NAME["iri"]).numeric_rank
        else None
        for lexical, name in SAMPLE
    ]
    assert evaluated(engine, sample_ids(), inline_number("id")) == expected + [None] * len(
        DICTIONARY_IDS
    )


def test_decimals_are_exact(engine: Engine) -> None:
    found = evaluated(engine, sample_ids(), inline_decimal("id"))
    expected = [
        Decimal(lexical) if name in ("integer", "decimal") else None for lexical, name in SAMPLE
    ]
    assert found == expected + [None] * len(DICTIONARY_IDS)


def test_instants(engine: Engine) -> None:
    found = evaluated(engine, sample_ids(), inline_instant("id"))
    expected = [
        expected_instant(text) if name in ("date", "dateTime") else None for text, name in SAMPLE
    ]
    assert found == expected + [None] * len(DICTIONARY_IDS)


def test_booleans(engine: Engine) -> None:
    found = evaluated(engine, sample_ids(), inline_boolean("id"))
    assert (
        found
        == [text == "true" if name == "boolean" else None for text, name in SAMPLE] + [None] * 5
    )


def test_ids_of_integers(engine: Engine) -> None:
    values = [
        0,
        -1,
        7,
        LARGEST_INTEGER,
        -LARGEST_INTEGER,
        LARGEST_INTEGER + 1,
        -LARGEST_INTEGER - 1,
        None,
    ]
    expected = [
        None if value is None else inline_id(str(value), XSD + "integer") for value in values
    ]
    assert evaluated(engine, values, integer_id(exp.column("id"))) == expected


def test_ids_of_booleans(engine: Engine) -> None:
    positive = exp.GT(this=exp.column("id"), expression=exp.Literal.number(0))
    expected = [inline_id("true", XSD + "boolean"), inline_id("false", XSD + "boolean"), None]
    assert evaluated(engine, [1, 0, None], boolean_id(positive)) == expected


def test_expressions_stand_inside_others(engine: Engine) -> None:
    value = exp.Mul(this=inline_number("id"), expression=exp.Literal.number(2))
    is_integer = exp.EQ(
        this=id_kind("id"), expression=exp.Literal.number(KIND_BY_NAME["integer"].code)
    )
    ids: list[int | None] = [make_id("integer", (1 << 55) + 21)]
    assert evaluated(engine, ids, value) == [42.0]
    assert evaluated(engine, ids, is_integer) == [True]


@FEW
@given(terms=st.lists(literals, max_size=40))
def test_values_of_any_inline_literal(duckdb_engine: Engine, terms: list[Literal]) -> None:
    inline = [
        (t, i)
        for t in terms
        if t.language is None and (i := inline_id(t.lexical, t.datatype)) is not None
    ]
    ids: list[int | None] = [term_id for _, term_id in inline]
    numbers = evaluated(duckdb_engine, ids, inline_number("id"))
    decimals = evaluated(duckdb_engine, ids, inline_decimal("id"))
    for (term, term_id), number, decimal in zip(inline, numbers, decimals, strict=True):
        kind = kind_of(term_id)
        if kind.numeric_rank:
            assert number == expected_number(term.lexical, kind)
        if kind.name in ("integer", "decimal"):
            assert Fraction(decimal) == Fraction(term.lexical)
