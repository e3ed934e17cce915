"""How a function runs over rows: nulls, failures and the CRS of the second geometry.

A column is a numpy array of n rows, or of one row that stands for all of them.
A geometry column is an object array of shapely geometries with their SRID; a
text column an object array of str; numbers are float64 or int64. None (NaN in a
float column) is null. Geometry results come as an object array, all others as
an Arrow array, so that a null is never a false or a zero.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import shapely

from geosparql import crs
from geosparql.errors import EarthgraphError
from geosparql.outcome import Outcome

Column = npt.NDArray[Any]
Kernel = Callable[..., Any]

EMPTY = "the geometry is empty"
_FAILURES = (shapely.errors.GEOSException, EarthgraphError, ValueError)


def evaluate(
    kernel: Kernel,
    *columns: Column | Outcome,
    returns: pa.DataType | None = None,
    missing: str = EMPTY,
) -> Outcome:
    """Run a kernel on the rows in which nothing is null.

    Parameters
    ----------
    kernel
        Takes as many columns (n rows or one), gives an array of n values. Where it
        raises, the rows are halved until those to blame are found; None or NaN
        among its values is a null for the reason `missing`.
    columns
        Arguments, n rows or one; an outcome of an earlier step brings its reasons along.
    returns
        Arrow type of the result; None: geometries.

    Returns
    -------
    Outcome
        n rows.
    """
    arguments = tuple(c.values if isinstance(c, Outcome) else c for c in columns)
    count = rows_of(arguments)
    null = np.zeros(count, dtype=bool)
    for argument in arguments:
        null |= is_null(argument)
    rows = np.flatnonzero(~null)
    kept = arguments if len(rows) == count else tuple(take(c, rows, count) for c in arguments)
    values, failures = _attempt(kernel, kept, len(rows))
    reasons: dict[int, str] = {}
    for column in columns:
        if isinstance(column, Outcome):
            reasons |= spread(column, count).reasons
    for place in np.flatnonzero(is_null(values)).tolist():
        reasons[int(rows[place])] = failures.get(place, missing)
    return Outcome(_scattered(values, rows, count, returns), reasons)


def in_crs_of(a: Column, b: Column) -> Outcome:
    """Transform geometries `b` to the CRS of `a`, row by row; one row stays one where it can."""
    wanted, given = np.unique(_srids(a)), np.unique(_srids(b))
    if len(wanted) == 0 or (len(wanted) == 1 and given.tolist() == wanted.tolist()):
        return Outcome(b)
    if len(wanted) == 1:
        return _moved(b, int(wanted[0]))
    count = rows_of((a, b))
    srids = np.broadcast_to(shapely.get_srid(a), count)
    result = np.full(count, None, dtype=object)
    reasons: dict[int, str] = {}
    for srid in wanted:
        rows = np.flatnonzero(srids == srid)
        moved = spread(_moved(take(b, rows, count), int(srid)), len(rows))
        result[rows] = moved.values
        reasons |= {int(rows[place]): reason for place, reason in moved.reasons.items()}
    return Outcome(result, reasons)


def decoded(column: Column, decode: Callable[[str], Any]) -> Outcome:
    """Decode a text column, each distinct text once; an error of ours is a null with its reason."""
    values = np.full(len(column), None, dtype=object)
    reasons: dict[int, str] = {}
    for text, rows in by_text(column):
        try:
            value = decode(text)
        except EarthgraphError as error:
            reasons |= dict.fromkeys(rows.tolist(), str(error))
        else:
            values[rows] = value
    return Outcome(values, reasons)


def by_text(column: Column) -> Iterator[tuple[str, Column]]:
    """Yield each text of a column with the numbers of the rows that hold it; null is left out."""
    encoded = pa.array(column, type=pa.string()).dictionary_encode()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    order = np.argsort(codes, kind="stable")
    values = encoded.dictionary.to_pylist()
    starts = np.searchsorted(codes[order], np.arange(len(values) + 1))
    for place, value in enumerate(values):
        yield value, order[starts[place] : starts[place + 1]]


def spread(outcome: Outcome, count: int) -> Outcome:
    """Give an outcome of one row, which stands for all, `count` rows; any other as it is."""
    if len(outcome) != 1 or count == 1:
        return outcome
    reasons = dict.fromkeys(range(count), outcome.reasons[0]) if outcome.reasons else {}
    return Outcome(np.repeat(outcome.values, count), reasons)


def take(column: Column, rows: Column, count: int) -> Column:
    """Give some rows of a column that stands for `count` rows; one row stays one."""
    return column if len(column) == 1 and count > 1 else column[rows]


def rows_of(columns: tuple[Column, ...]) -> int:
    """Give the number of rows that columns of n rows or one have together."""
    lengths = {len(column) for column in columns}
    return lengths.pop() if len(lengths) == 1 else next(iter(lengths - {1}))


def is_null(column: Column) -> npt.NDArray[np.bool_]:
    """Tell which rows are None or NaN."""
    if column.dtype.kind == "f":
        return np.isnan(column)
    if column.dtype != object or shapely.is_geometry(column).all():
        return np.zeros(len(column), dtype=bool)
    return np.fromiter((value is None for value in column), bool, len(column))


def _srids(column: Column) -> Column:
    present = column[~shapely.is_missing(column)]
    return shapely.get_srid(present)  # type: ignore[no-any-return]


def _moved(geometries: Column, srid: int) -> Outcome:
    try:
        moved = crs.transform(geometries, srid)
    except EarthgraphError as error:
        return Outcome(
            np.full(len(geometries), None), dict.fromkeys(range(len(geometries)), str(error))
        )
    reasons = {row: f"the second geometry {reason}" for row, reason in moved.reasons.items()}
    return Outcome(moved.values, reasons)


def _attempt(
    kernel: Kernel, columns: tuple[Column, ...], count: int
) -> tuple[Column, dict[int, str]]:
    """Run a kernel; where it raises, halve the rows until those to blame are alone."""
    if count == 0:
        return np.empty(0, dtype=object), {}
    try:
        with np.errstate(invalid="ignore"):
            return np.asarray(kernel(*columns)), {}
    except _FAILURES as error:
        if count == 1:
            return np.full(1, None, dtype=object), {0: str(error)}
    half = count // 2
    first, second = np.arange(half), np.arange(half, count)
    left, failures = _attempt(kernel, tuple(take(c, first, count) for c in columns), half)
    right, more = _attempt(kernel, tuple(take(c, second, count) for c in columns), count - half)
    failures |= {place + half: reason for place, reason in more.items()}
    return np.concatenate([left.astype(object), right.astype(object)]), failures


def _scattered(values: Column, rows: Column, count: int, returns: pa.DataType | None) -> Any:
    """Put the values of some rows among nulls."""
    if returns is not None and len(rows) == count:
        return pa.array(values, type=returns, from_pandas=True)
    result = np.full(count, None, dtype=object)
    result[rows] = values
    return result if returns is None else pa.array(result, type=returns, from_pandas=True)
