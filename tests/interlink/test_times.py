"""Times are read as XSD says; of two times exactly one of Allen's relations holds."""

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from engine.protocol import Engine
from interlink.times import (
    ALLEN,
    ALLEN_BY_NAME,
    INTERSECTING,
    TIME_FUNCTIONS,
    Times,
    gaps_s,
    held,
    shares,
    times_from_columns,
    times_of,
)

DAY = 86_400.0


def stamp(*parts: int) -> float:
    return datetime(*parts, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("text", "start", "length"),
    [
        ("2020-02-29T12:30:15.25Z", stamp(2020, 2, 29, 12, 30, 15) + 0.25, 0),
        ("2020-02-29T12:30:15", stamp(2020, 2, 29, 12, 30, 15), 0),
        ("2020-02-29T12:30:15+02:00", stamp(2020, 2, 29, 10, 30, 15), 0),
        ("2020-02-28T24:00:00Z", stamp(2020, 2, 29), 0),
        ("2020-02-29", stamp(2020, 2, 29), DAY),
        ("2020-02-29-05:00", stamp(2020, 2, 29, 5), DAY),
        ("2020-02", stamp(2020, 2, 1), 29 * DAY),
        ("2020-12", stamp(2020, 12, 1), 31 * DAY),
        ("2020", stamp(2020, 1, 1), 366 * DAY),
        ("1900", stamp(1900, 1, 1), 365 * DAY),
        ("0000", -719_528 * DAY, 366 * DAY),
        ("-0001", -719_893 * DAY, 365 * DAY),
        ("12020", stamp(2020, 1, 1) + 25 * 146_097 * DAY, 366 * DAY),
    ],
)
def test_literals(text: str, start: float, length: float) -> None:
    read = times_of([text], [text])
    assert (read.start[0], read.end[0]) == (start, start + length)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2020-13",
        "2021-02-29",
        "2020-01-01T25:00:00",
        "20",
        "2020-01-01T12:00:00+15:00",
    ],
)
def test_what_is_no_time(text: str) -> None:
    assert not times_of([text], [text]).present.any()


def test_open_ends_and_wrong_order() -> None:
    read = times_of(["2020", None, None, "2022"], [None, "2020", None, "2020"])
    assert np.isposinf(read.end[0])
    assert np.isneginf(read.start[1])
    assert read.present.tolist() == [True, True, False, False]


def test_columns_of_an_engine(engine: Engine) -> None:
    starts, ends = ["2020", None, "x", "2021-03-01"], ["2020", "2021", "2020", None]
    table = engine.relation(pa.table({"s": starts, "e": ends}))
    engine.register(TIME_FUNCTIONS)
    query = exp.select(
        exp.func("link_first_moment", exp.column("s")).as_("start"),
        exp.func("link_last_moment", exp.column("e")).as_("end"),
    ).from_(table.table())
    with engine.run(query) as reader:
        read = reader.read_all().combine_chunks()
    found = times_from_columns(*(read.column(name).combine_chunks() for name in ("start", "end")))
    expected = times_of(starts, ends)
    assert np.array_equal(found.start, expected.start, equal_nan=True)
    assert np.array_equal(found.end, expected.end, equal_nan=True)


times = st.tuples(*[st.one_of(st.integers(0, 4), st.just(None))] * 2).filter(
    lambda t: t != (None, None) and (None in t or t[0] <= t[1])
)


def column(*pairs: tuple[float | None, float | None]) -> Times:
    return Times(
        np.array([-np.inf if p[0] is None else p[0] for p in pairs], dtype=float),
        np.array([np.inf if p[1] is None else p[1] for p in pairs], dtype=float),
    )


@given(times, times)
def test_exactly_one_relation_holds_and_its_inverse_backwards(a: tuple, b: tuple) -> None:
    x, y = column(a), column(b)
    holding = [one.name for one in ALLEN if held(x, y, one.name)[0]]
    assert len(holding) == 1
    assert held(y, x, ALLEN_BY_NAME[holding[0]].inverse)[0]
    assert (gaps_s(x, y)[0] == 0) == (holding[0] in INTERSECTING)
    assert shares(x, y)[0] == shares(y, x)[0]
    assert (shares(x, y)[0] == 1) == (holding[0] == "equals")


def test_table_is_that_of_owl_time() -> None:
    assert len(ALLEN) == len({one.iri for one in ALLEN}) == 13
    for one in ALLEN:
        assert ALLEN_BY_NAME[one.inverse].inverse == one.name
    assert ALLEN_BY_NAME["met_by"].iri == "http://www.w3.org/2006/time#intervalMetBy"


@pytest.mark.parametrize(
    ("a", "b", "name"),
    [
        ("2020-01-01", "2020-01-02", "meets"),
        ("2020-01-01T06:00:00Z", "2020-01-01", "during"),
        ("2020-01-01T00:00:00Z", "2020-01-01", "starts"),
        ("2020-01", "2020", "starts"),
        ("2020-12", "2020", "finishes"),
        ("2020-06", "2020", "during"),
        ("2020", "2021-06", "before"),
    ],
)
def test_known_relations(a: str, b: str, name: str) -> None:
    assert held(times_of([a], [a]), times_of([b], [b]), name)[0]


def test_no_time_relates_to_nothing() -> None:
    nothing, something = times_of([None], [None]), times_of(["2020"], ["2020"])
    for one in ALLEN:
        assert not held(nothing, something, one.name)[0]
        assert not held(nothing, nothing, one.name)[0]
    assert np.isnan([gaps_s(nothing, something)[0], shares(nothing, something)[0]]).all()


def test_shares() -> None:
    found = shares(column((0, 4), (0, 2), (0, None)), column((2, 4), (2, 4), (0, 9)))
    assert found.tolist() == [0.5, 0.0, 0.0]
