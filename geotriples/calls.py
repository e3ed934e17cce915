"""What function calls of a term map need beside their values: lists taken apart, failures told."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import pyarrow as pa
from sqlglot import exp

from geotriples.functions.function import ARROW_TYPES, ERROR
from geotriples.mapping.model import FunctionCall, Reference, Template, TermMap
from geotriples.values import (
    Check,
    Rows,
    engine_call,
    field_of,
    is_null,
    list_of,
    not_null,
    null,
    output_of,
    text_of,
    typed_value,
    unnested,
)

Unnested = tuple[str, exp.Expr]
"""A column to be made, and the list whose elements it gives one a row."""


def lists_of(term_map: TermMap, rows: Rows) -> Iterator[Unnested]:
    """Give the lists that a term map reads element by element, inner ones first.

    Parameters
    ----------
    term_map
        The term map, bound.
    rows
        The source it reads; lists are read once a role.

    Yields
    ------
    Unnested
        Names that `geotriples.values.typed_value` refers to.
    """
    match term_map.expression:
        case Reference():
            yield from _column_lists([term_map.expression], rows)
        case Template(parts):
            yield from _column_lists([p for p in parts if isinstance(p, Reference)], rows)
        case FunctionCall() as call:
            yield from _input_lists(call, rows)
            if call.function.outputs[call.output].kind == "strings":
                made = output_of(call, rows)
                yield unnested(made, rows), made
    for inner in _beside(term_map):
        yield from lists_of(inner, rows)


def _column_lists(references: list[Reference], rows: Rows) -> Iterator[Unnested]:
    for reference in references:
        column = rows.source.column(reference.name)
        if column.repeated:
            yield f"{rows.role}_{column.name}", exp.column(column.name, quoted=True)


def _input_lists(call: FunctionCall, rows: Rows) -> Iterator[Unnested]:
    """Give the lists in a call's inputs; one that the function takes whole stays together."""
    for parameter, given in zip(call.function.parameters, call.inputs, strict=False):
        for value in given:
            whole = parameter.kind == "strings" and len(given) == 1
            if not whole or list_of(value, rows) is None:
                yield from lists_of(value, rows)
            elif isinstance(value.expression, FunctionCall):
                yield from _input_lists(value.expression, rows)


def checks_of(term_map: TermMap, rows: Rows) -> Iterator[Check]:
    """Give what can go wrong in the function calls of a term map and of its parts."""
    if isinstance(term_map.expression, FunctionCall):
        call = term_map.expression
        for value in chain.from_iterable(call.inputs):
            yield from checks_of(value, rows)
        told = _failure if call.function.fallible else _nothing
        if (check := told(call, term_map, rows)) is not None:
            yield check
    for inner in (term_map.datatype, term_map.language):
        if inner is not None:
            yield from checks_of(inner, rows)


def _failure(call: FunctionCall, term_map: TermMap, rows: Rows) -> Check:
    """Tell of a row in which a function raised an error."""
    error = field_of(engine_call(call, rows), ERROR)
    problem = rows.problem(
        term_map.where, f"The function <{call.function.iris[0]}> failed",
        "Mend the row, or let the function give None for it",
    )  # fmt: skip
    return Check(problem, not_null(error), error)


def _nothing(call: FunctionCall, term_map: TermMap, rows: Rows) -> Check | None:
    """Tell of a row in which a function gives nothing though none of its inputs is missing."""
    function = call.function
    if function.takes_null or function.gives_null == "as answer":
        return None
    pairs = [
        (typed_value(values[0], rows), ARROW_TYPES[parameter.kind])
        for parameter, values in zip(function.parameters, call.inputs, strict=False)
        if parameter.kind != "strings" and values
    ]
    is_converted = any(value.kind != kind and kind != pa.string() for value, kind in pairs)
    given = [value for value, _ in pairs if value.value.find(exp.Column)]
    if not given or not (is_converted or function.gives_null == "on failure"):
        return None
    problem = rows.problem(
        term_map.where, f"The function <{function.iris[0]}> gives nothing for the value",
        is_error=False,
    )  # fmt: skip
    shown = (text_of(value) for value in given if not pa.types.is_binary(value.kind))
    wrong = exp.and_(*(not_null(value.value) for value in given), is_null(output_of(call, rows)))
    return Check(problem, wrong, next(shown, null()))


def _beside(term_map: TermMap) -> Iterator[TermMap]:
    return (
        inner
        for inner in (term_map.datatype, term_map.language, term_map.condition)
        if inner is not None
    )
