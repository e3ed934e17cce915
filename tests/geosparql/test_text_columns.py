"""Columns of text against the same done row by row."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from geosparql.text_columns import end_to_end, escaped, joined, separated

CELLS = st.lists(st.tuples(*[st.none() | st.text(max_size=4)] * 3), min_size=1, max_size=9)


def columns_of(rows: list[tuple[str | None, ...]]) -> list[pa.Array]:
    return [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]


@given(rows=CELLS)
def test_separated_is_join(rows: list[tuple[str | None, ...]]) -> None:
    expected = ["|".join(cell for cell in row if cell is not None) for row in rows]
    assert separated(columns_of(rows), "|").to_pylist() == expected
    expected = ["|".join("-" if cell is None else cell for cell in row) for row in rows]
    assert separated(columns_of(rows), "|", empty="-").to_pylist() == expected


@given(rows=CELLS)
def test_joined_is_concatenation_and_null_where_a_piece_is(rows) -> None:
    expected = [None if None in row else f"<{row[0]}{row[1]}{row[2]}>" for row in rows]
    assert joined("<", *columns_of(rows), ">").to_pylist() == expected


@given(texts=st.lists(st.none() | st.text(alphabet="ab&", max_size=4), min_size=1))
def test_escaped_rewrites_what_matches_alone(texts) -> None:
    found = escaped(pa.array(texts, pa.string()), "&", lambda text: text.replace("&", "&amp;"))
    assert found.to_pylist() == [None if t is None else t.replace("&", "&amp;") for t in texts]


def test_end_to_end_of_a_slice() -> None:
    lines = pa.array(["a", "b", "ü", "d"], pa.large_string())
    assert bytes(end_to_end(lines.slice(1, 2))) == "bü".encode()
    assert bytes(end_to_end(lines.slice(0, 0))) == b""
