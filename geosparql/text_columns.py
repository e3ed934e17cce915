"""Columns of text put together by Arrow's string kernels: no Python object for each row."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc


def joined(*pieces: Any) -> Any:
    """Put pieces together row by row; a row with a null in any of them is null.

    Parameters
    ----------
    pieces
        Columns of text, all (n,), at least one of them; texts, the same in every row.
    """
    return pc.binary_join_element_wise(*map(_large, pieces), _large(""))


def separated(columns: list[Any], separator: str, *, empty: str | None = None) -> Any:
    """Put columns together row by row with `separator` between them.

    A null is written as `empty`; where that is None it is left out, and its separator too.
    """
    columns = [_large(column) for column in columns]
    if empty is not None:
        columns = [pc.fill_null(column, empty) for column in columns]
    elif all(column.null_count for column in columns):
        # Arrow drops a row of nulls alone; a text of no characters keeps it
        nothing = reduce(pc.and_, (column.is_null() for column in columns))
        columns[0] = pc.if_else(nothing, "", columns[0])
    return pc.binary_join_element_wise(*columns, _large(separator), null_handling="skip")


def escaped(column: Any, special: str, escape: Callable[[str], str]) -> Any:
    """Rewrite the few rows that need it.

    Parameters
    ----------
    column
        Text.
    special
        Regular expression (RE2) that the rows in need match.
    escape
        Gives the text of such a row anew.
    """
    needy = pc.match_substring_regex(column, special)
    if not pc.any(needy).as_py():
        return column
    replacements = [escape(text) for text in column.filter(needy).to_pylist()]
    return pc.replace_with_mask(
        column, pc.fill_null(needy, False), pa.array(replacements, column.type)
    )


def end_to_end(lines: Any) -> pa.Buffer:
    """Give the bytes of a column of large strings one after the other, without a copy."""
    _, offsets, data = lines.buffers()
    if data is None or len(lines) == 0:
        return pa.py_buffer(b"")
    ends = memoryview(offsets).cast("q")
    first, last = ends[lines.offset], ends[lines.offset + len(lines)]
    return data.slice(first, last - first)


def _large(piece: Any) -> Any:
    if isinstance(piece, str):
        return pa.scalar(piece, pa.large_string())
    return piece.cast(pa.large_string())
