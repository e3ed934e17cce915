"""Functions called with RDF terms: for constants, examples and single answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from geosparql.errors import FunctionError
from geosparql.functions.function import GEOMETRY, Argument, Function
from geosparql.functions.table import FUNCTION_BY_IRI
from geosparql.literals.table import GEOMETRY_DATATYPES, parse_literal, write_literal
from geosparql.outcome import Outcome
from geosparql.terms import IRI, XSD, XSD_STRING, Literal, Term

_INTEGERS = frozenset(
    XSD + name
    for name in (
        "integer", "int", "long", "short", "byte", "nonNegativeInteger", "positiveInteger",
        "nonPositiveInteger", "negativeInteger", "unsignedInt", "unsignedLong", "unsignedShort",
        "unsignedByte",
    )
)  # fmt: skip
_NUMBERS = _INTEGERS | {XSD + name for name in ("decimal", "float", "double")}
_TEXTS = frozenset((XSD_STRING, XSD + "anyURI"))


def function_of(iri: str) -> Function:
    """Give the function of an IRI, in any spelling of the standard.

    Raises
    ------
    FunctionError
        There is no such function.
    """
    function = FUNCTION_BY_IRI.get(iri)
    if function is None:
        raise FunctionError("unknown function", value=iri)
    return function


def call_with_terms(iri: str, arguments: Sequence[Term | None]) -> Literal:
    """Call a function, or an aggregate with a group of geometries.

    Parameters
    ----------
    iri
        IRI of the function.
    arguments
        Terms; None is an unbound variable. For an aggregate: the geometries, and
        behind them a number where it takes one.

    Returns
    -------
    Literal
        The result, a geometry in the datatype of the first geometry argument.

    Raises
    ------
    FunctionError
        The function is not known, takes other arguments, or has no result; the
        message says why.
    LiteralError, CRSError
        A geometry literal cannot be read.
    """
    function = function_of(iri)
    if function.aggregate:
        value = _aggregated(function, arguments)
    else:
        function.check_arity(len(arguments))
        given = zip(function.arguments, arguments, strict=False)
        columns = [_column(argument, term) for argument, term in given]
        value = _only(function.call(*columns), function)
    datatypes = tuple(term.datatype if isinstance(term, Literal) else None for term in arguments)
    datatype = function.result_datatype(datatypes)
    return Literal(write_literal(value, datatype) if function.result == GEOMETRY else
                   _lexical(value), datatype)  # fmt: skip


def _column(argument: Argument, term: Term | None) -> Any:
    """Give a term as a column of one row."""
    match argument.kind, term:
        case _, None:
            raise FunctionError("an argument is not bound", where=argument.name)
        case "geometry", Literal(lexical, datatype) if datatype in GEOMETRY_DATATYPES:
            return np.array([parse_literal(lexical, datatype)], dtype=object)
        case "double", Literal(lexical, datatype) if datatype in _NUMBERS:
            return np.array([_number(lexical, argument)])
        case "integer", Literal(lexical, datatype) if datatype in _INTEGERS:
            return np.array([int(_number(lexical, argument))])
        case "string", Literal(lexical, datatype) if datatype == XSD_STRING:
            return np.array([lexical], dtype=object)
        case "iri", IRI(value):
            return np.array([value], dtype=object)
        case "iri", Literal(lexical, datatype) if datatype in _TEXTS:
            return np.array([lexical], dtype=object)
    raise FunctionError(f"the argument must be a {argument.kind}", where=argument.name, value=term)


def _number(lexical: str, argument: Argument) -> float:
    try:
        return float(lexical.strip().replace("INF", "inf"))
    except ValueError as error:
        raise FunctionError("not a number", where=argument.name, value=lexical) from error


def _aggregated(function: Function, arguments: Sequence[Term | None]) -> Any:
    group, rest = list(arguments), []
    last = group[-1] if group else None
    if len(function.arguments) > 1 and isinstance(last, Literal) and last.datatype in _NUMBERS:
        rest = [_column(function.arguments[1], group.pop())[0]]
    members = [_column(function.arguments[0], term)[0] for term in group if term is not None]
    column = np.empty(len(members), dtype=object)
    column[:] = members
    return function.call(column, *rest)


def _only(outcome: Outcome, function: Function) -> Any:
    value = outcome.values[0]
    value = value.as_py() if hasattr(value, "as_py") else value
    if value is None:
        reason = outcome.reasons.get(0, "an argument is null")
        raise FunctionError(f"geof:{function.local_name} has no result: {reason}")
    return value


def _lexical(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
