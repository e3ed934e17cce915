"""Nulls, failures and the CRS of the second geometry."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
import shapely

from geosparql.errors import FunctionError
from geosparql.functions.rows import by_text, decoded, evaluate, in_crs_of, is_null
from geosparql.outcome import Outcome
from tests.geosparql.functions.columns import geometries, listed, texts

POINTS = geometries("POINT (1 2)", None, "POINT (3 4)")


def test_a_null_argument_gives_a_null_without_a_reason() -> None:
    outcome = evaluate(shapely.get_x, POINTS, returns=pa.float64())
    assert listed(outcome) == [1.0, None, 3.0]
    assert outcome.reasons == {}


def test_a_null_is_never_a_false() -> None:
    outcome = evaluate(shapely.is_empty, POINTS, returns=pa.bool_())
    assert listed(outcome) == [False, None, False]


def test_one_row_stands_for_all() -> None:
    one = geometries("POINT (1 2)")
    outcome = evaluate(shapely.equals, POINTS, one, returns=pa.bool_())
    assert listed(outcome) == [True, None, False]
    assert listed(evaluate(shapely.equals, POINTS, geometries(None), returns=pa.bool_())) == [
        None, None, None,
    ]  # fmt: skip


def test_no_rows() -> None:
    outcome = evaluate(shapely.get_x, POINTS[:0], returns=pa.float64())
    assert len(outcome) == 0
    assert outcome.values.type == pa.float64()


@pytest.mark.parametrize("bad", [(), (0,), (6,), (2, 3), (0, 1, 2, 3, 4, 5, 6)])
def test_a_failure_takes_down_its_own_row_only(bad: tuple[int, ...]) -> None:
    def kernel(column: np.ndarray) -> np.ndarray:
        if (column < 0).any():
            raise FunctionError("negative")
        return column * 2

    column = np.arange(7, dtype=np.float64)
    column[list(bad)] = -1
    outcome = evaluate(kernel, column, returns=pa.float64())
    assert listed(outcome) == [None if row in bad else 2.0 * row for row in range(7)]
    assert outcome.reasons == dict.fromkeys(bad, "negative")


def test_an_error_of_the_program_is_not_hidden() -> None:
    def kernel(column: np.ndarray) -> np.ndarray:
        raise TypeError("a bug")

    with pytest.raises(TypeError, match="a bug"):
        evaluate(kernel, np.zeros(3), returns=pa.float64())


def test_nothing_from_the_kernel_is_a_null_with_the_given_reason() -> None:
    outcome = evaluate(
        shapely.get_z, geometries("POINT (1 2)", "POINT Z (1 2 3)"),
        returns=pa.float64(), missing="no Z",
    )  # fmt: skip
    assert listed(outcome) == [None, 3.0]
    assert outcome.reasons == {0: "no Z"}


def test_reasons_of_an_earlier_step_are_kept() -> None:
    earlier = Outcome(geometries(None, "POINT (1 2)"), {0: "unreadable"})
    outcome = evaluate(shapely.get_x, earlier, returns=pa.float64())
    assert outcome.reasons == {0: "unreadable"}
    constant = Outcome(geometries(None), {0: "unreadable"})
    outcome = evaluate(shapely.equals, POINTS[::2], constant, returns=pa.bool_())
    assert outcome.reasons == {0: "unreadable", 1: "unreadable"}


def test_second_geometry_comes_to_the_crs_of_the_first() -> None:
    a = np.concatenate([geometries("POINT (0 0)", srid=3857), geometries("POINT (0 0)", None)])
    b = geometries("POINT (5 52)", "POINT (5 52)", "POINT (5 52)", srid=4326)
    moved = in_crs_of(a, b)
    assert shapely.get_srid(moved.values[:2]).tolist() == [3857, 0]
    assert shapely.get_x(moved.values[0]) == pytest.approx(556597.45, abs=0.01)
    assert shapely.get_x(moved.values[1]) == 5.0


def test_a_constant_stays_one_row_where_the_first_column_has_one_crs() -> None:
    moved = in_crs_of(
        geometries("POINT (0 0)", "POINT (1 1)", srid=3857), geometries("POINT (5 52)")
    )
    assert len(moved.values) == 1
    mixed = np.concatenate([geometries("POINT (0 0)", srid=3857), geometries("POINT (0 0)")])
    moved = in_crs_of(mixed, geometries("POINT (5 52)"))
    assert shapely.get_srid(moved.values).tolist() == [3857, 0]


def test_a_position_that_the_crs_cannot_show_is_named() -> None:
    moved = in_crs_of(geometries("POINT (0 0)", srid=3857), geometries("POINT (0 95)"))
    assert listed(moved) == [None]
    assert "the second geometry has positions" in moved.reasons[0]
    mixed = np.concatenate([geometries("POINT (0 0)", srid=3857), geometries("POINT (0 0)")])
    moved = in_crs_of(mixed, geometries("POINT (0 95)"))
    assert list(moved.reasons) == [0]


def test_an_unknown_crs_is_a_null() -> None:
    moved = in_crs_of(geometries("POINT (0 0)", srid=999_999), geometries("POINT (0 0)"))
    assert "999999" in moved.reasons[0]


def test_decoding_each_text_once() -> None:
    seen = []

    def decode(text: str) -> int:
        seen.append(text)
        if text == "x":
            raise FunctionError("not a number")
        return int(text)

    outcome = decoded(texts("1", "x", None, "1", "x"), decode)
    assert listed(outcome) == [1, None, None, 1, None]
    assert outcome.reasons == {1: "not a number", 4: "not a number"}
    assert sorted(seen) == ["1", "x"]


def test_rows_by_text() -> None:
    found = {text: rows.tolist() for text, rows in by_text(texts("b", None, "a", "b"))}
    assert found == {"b": [0, 3], "a": [2]}


def test_what_is_null() -> None:
    assert is_null(np.array([1.0, np.nan])).tolist() == [False, True]
    assert is_null(texts("a", None)).tolist() == [False, True]
    assert is_null(np.array([1, 2])).tolist() == [False, False]
