"""The topological functions: 24 relations and `relate` (requirements 45 to 48).

All calculations are planar, in the CRS of the first geometry; the second one is
transformed to it. Where one geometry stands against many it is prepared, on
whichever side it is. A relation of a geometry that is not valid is what GEOS's
matrix of the two makes of it, prepared or not.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import shapely

from geosparql.errors import FunctionError
from geosparql.functions.edges import full_dimensions
from geosparql.functions.rows import Column, by_text, decoded, evaluate, in_crs_of, rows_of, take
from geosparql.outcome import Outcome
from geosparql.relations import (
    BoolArray,
    Reading,
    candidate_predicate,
    holds,
    is_pattern,
    relation_of,
    transposed,
)

_CONVERSE = {"contains": "within", "within": "contains", "contains_properly": None}
"""What to ask of (b, a); a predicate that is not here is symmetric, None has no converse."""
_PREPARED_FROM_ROWS = 8


def related(
    a: Column, b: Column, *, relation: str, reading: Reading = Reading.TOPOLOGICAL
) -> Outcome:
    """Tell whether a topological relation holds (requirements 46 to 48).

    Parameters
    ----------
    a, b
        Geometry columns.
    relation
        Name of the relation (``sf_within``).
    reading
        Which reading of the standard's inconsistent definitions; see `geosparql.relations`.

    Returns
    -------
    Outcome
        n booleans; null where a geometry is null, cannot be transformed, or has
        coordinates that are not finite.
    """

    def kernel(a: Column, b: Column) -> BoolArray:
        return _related(a, b, relation, reading)

    return evaluate(kernel, a, in_crs_of(a, b), returns=pa.bool_())


def relate(a: Column, b: Column, pattern: Column) -> Outcome:
    """Tell whether the DE-9IM matrix of two geometries matches a pattern (requirement 45).

    Parameters
    ----------
    a, b
        Geometry columns.
    pattern
        Text column: nine letters of ``T F * 0 1 2``.

    Returns
    -------
    Outcome
        n booleans; null too where the pattern is none.
    """
    patterns = decoded(pattern, _checked_pattern)
    return evaluate(_relate, a, in_crs_of(a, b), patterns, returns=pa.bool_())


def matrices(a: Column, b: Column) -> Column:
    """Give the DE-9IM matrices of geometries in one CRS, none of them null; n or one row each."""
    if _swapped(a, b):
        found = shapely.relate(b, a)
        return np.array([transposed(matrix) for matrix in found.tolist()], dtype=object)
    return shapely.relate(a, b)  # type: ignore[no-any-return]


def _related(a: Column, b: Column, name: str, reading: Reading) -> BoolArray:
    """Give the truth of a relation: by one GEOS predicate where that is exact."""
    candidate = candidate_predicate(name, reading)
    if candidate is None:
        result = ~predicate("intersects", a, b)
        exact = relation_of(name).family != "RCC8"
    else:
        result, exact = predicate(candidate.predicate, a, b), candidate.exact

    def decide(rows: BoolArray, relate: Callable[[Column, Column], Column]) -> None:
        if rows.any():
            of_a, of_b = (column if len(column) == 1 else column[rows] for column in (a, b))
            dimensions = full_dimensions(of_a), full_dimensions(of_b)
            result[rows] = holds(relate(of_a, of_b), *dimensions, name, reading)

    by_meeting = name in ("sf_intersects", "sf_disjoint", "eh_disjoint")
    invalid = _invalid_rows(a, b, areas_too=not by_meeting)
    doubtful = np.zeros_like(result) if exact else result & ~invalid
    decide(doubtful, matrices)
    decide(invalid, _plain_matrices)
    return result


def _invalid_rows(a: Column, b: Column, *, areas_too: bool) -> BoolArray:
    """Tell where a geometry is not valid, so that GEOS's predicates need not agree with its matrix.

    Lines of a single place disagree on any predicate, polygons only on others than
    intersection, and only where they meet something.
    """
    rows = np.zeros(max(len(a), len(b)), dtype=bool)
    meeting: BoolArray | None = None
    for column in (a, b):
        dimensions = shapely.get_dimensions(column)
        line = np.flatnonzero(dimensions == 1)
        rows |= _where(line[~_validity(column, line)], column, len(rows))
        if areas_too and (dimensions == 2).any():
            meeting = predicate("intersects", a, b) if meeting is None else meeting
            met = meeting if len(column) > 1 else meeting.any(keepdims=True)
            area = np.flatnonzero((dimensions == 2) & met)
            rows |= _where(area[~_validity(column, area)], column, len(rows)) & meeting
    return rows


def _where(found: Column, column: Column, count: int) -> BoolArray:
    """Give the rows in which geometries of a column stand."""
    rows = np.zeros(len(column), dtype=bool)
    rows[found] = True
    return np.broadcast_to(rows, count) if len(column) == 1 else rows


def _validity(column: Column, rows: Column) -> BoolArray:
    if len(column) == 1 and len(rows):
        return np.array([_is_valid(shapely.to_wkb(column[0]))])
    return shapely.is_valid(column[rows])  # type: ignore[no-any-return]


def _plain_matrices(a: Column, b: Column) -> Column:
    """Give matrices without anything prepared, which also changes them for invalid geometries."""
    a, b = (shapely.from_wkb(shapely.to_wkb(column)) for column in (a, b))
    return shapely.relate(a, b)  # type: ignore[no-any-return]


@lru_cache(maxsize=64)
def _is_valid(wkb: bytes) -> bool:
    """Remember the validity of constants: they come again with each batch of rows."""
    return bool(shapely.is_valid(shapely.from_wkb(wkb)))


def predicate(name: str, a: Column, b: Column) -> BoolArray:
    """Call a GEOS predicate on geometries in one CRS, the prepared one first, where it serves."""
    converse = _CONVERSE.get(name, name)
    if converse is not None and _swapped(a, b):
        return getattr(shapely, converse)(b, a)  # type: ignore[no-any-return]
    return getattr(shapely, name)(a, b)  # type: ignore[no-any-return]


def _relate(a: Column, b: Column, pattern: Column) -> BoolArray:
    """Match patterns, one distinct pattern at a time."""
    swapped = _swapped(a, b)
    count = rows_of((a, b, pattern))
    result = np.zeros(count, dtype=bool)
    for text, found in by_text(pattern):
        rows = np.arange(count) if len(pattern) == 1 else found
        of_a, of_b = take(a, rows, count), take(b, rows, count)
        result[rows] = (
            shapely.relate_pattern(of_b, of_a, transposed(text))
            if swapped
            else shapely.relate_pattern(of_a, of_b, text)
        )
    return result


def _checked_pattern(text: str) -> str:
    if not is_pattern(text):
        raise FunctionError(
            "not a DE-9IM pattern", value=text, hint="Write nine letters of T F * 0 1 2"
        )
    return text


def _swapped(a: Column, b: Column) -> bool:
    """Tell whether `b` is what to prepare; prepare whichever column stands for many rows."""
    if max(len(a), len(b)) < _PREPARED_FROM_ROWS:
        return False
    constant: Any = a if len(a) == 1 else b
    if len(constant) == 1:
        shapely.prepare(constant)
    return bool(len(b) == 1 or (shapely.is_prepared(b).all() and not shapely.is_prepared(a).all()))
