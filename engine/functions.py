"""GeoSPARQL's functions as engine functions: Arrow arrays in and out, geometries as EWKB.

There is one engine function for each number of arguments that a function takes:
``geof_concave_hull(geometry)``, ``geof_concave_hull_ratio(geometry, ratio)``; the
aggregates take a list of geometries: ``geof_agg_union(list)``. All are values that
can be pickled.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

import numpy as np
import pyarrow as pa
import shapely

from engine.function_columns import ARROW_TYPES, geometries_of, numpy_column, to_ewkb
from engine.protocol import EngineFunction
from geosparql.errors import EarthgraphError, FunctionError
from geosparql.functions.function import GEOMETRY, Function
from geosparql.functions.rows import Column, by_text, rows_of
from geosparql.functions.table import FUNCTION_BY_NAME, FUNCTIONS
from geosparql.functions.terms import function_of
from geosparql.literals.table import parse_literals, write_literals
from geosparql.outcome import Outcome
from geosparql.relations import RELATION_BY_NAME, Reading
from geosparql.terms import XSD

_RESULT_TYPES = {
    GEOMETRY: pa.binary(),
    XSD + "boolean": pa.bool_(),
    XSD + "integer": pa.int64(),
    XSD + "double": pa.float64(),
}
"""All other results are texts."""


@cache
def engine_functions(reading: Reading = Reading.TOPOLOGICAL) -> tuple[EngineFunction, ...]:
    """Give every function that engines register: the same ones each time.

    Parameters
    ----------
    reading
        Which reading of the standard's inconsistent relations the functions follow.

    Returns
    -------
    tuple of EngineFunction
        Those of GeoSPARQL, named by `engine_name`, `geometry_from_literal` and
        `geometry_to_literal`.
    """
    text, ewkb = pa.string(), pa.binary()
    return (
        EngineFunction("geometry_from_literal", geometry_from_literal, (text, text), ewkb),
        EngineFunction("geometry_to_literal", geometry_to_literal, (ewkb, text), text),
        *(
            _engine_function(function, arity, reading)
            for function in FUNCTIONS
            for arity in function.arities
        ),
    )


def engine_name(function: Function, arity: int) -> str:
    """Give the name under which expressions call a function with a number of arguments.

    Raises
    ------
    FunctionError
        The function does not take so many.
    """
    function.check_arity(arity)
    if arity == function.arities[0]:
        return f"geof_{function.name}"
    return f"geof_{function.name}_{function.arguments[arity - 1].name}"


def with_constants(
    function: EngineFunction, constants: Mapping[int, bytes | float | str]
) -> EngineFunction:
    """Give a function in which some arguments are fixed.

    An engine copies a constant argument into every row of every batch: for a geometry
    of more than a few hundred vertices that costs more than the function itself. This
    function carries the constant in itself instead.

    Parameters
    ----------
    function
        One of `engine_functions` that is of GeoSPARQL and no aggregate.
    constants
        Place of the argument, from 0, to its value: EWKB, a number or a text. At least
        one argument stays free.

    Returns
    -------
    EngineFunction
        To be registered; its name is that of `function` and a digest of the constants.

    Raises
    ------
    FunctionError
        The function cannot be bound so.
    """
    places = sorted(constants)
    bound = tuple((place, constants[place]) for place in places)
    free = tuple(k for place, k in enumerate(function.arguments) if place not in constants)
    fitting = all(0 <= place < len(function.arguments) for place in places)
    if not isinstance(function.call, _Call) or not free or not fitting:
        raise FunctionError("these arguments cannot be fixed", value=function.name)
    digest = hashlib.sha256(repr(bound).encode()).hexdigest()[:16]
    call = replace(function.call, constants=bound)
    return EngineFunction(f"{function.name}_{digest}", call, free, function.returns)


def explain(function_iri: str, *scalars: bytes | float | str | None) -> str | None:
    """Say why a function gives null for some arguments.

    Parameters
    ----------
    function_iri
        IRI of the function, in any spelling of the standard.
    scalars
        The arguments of one row: EWKB, numbers, texts; None is null. For an aggregate
        the geometries of the group.

    Returns
    -------
    str or None
        The reason; None where the function has a result.

    Raises
    ------
    FunctionError
        There is no such function, or it does not take so many arguments.
    """
    function = function_of(function_iri)
    if function.aggregate:
        return _aggregated(function, _parsed(scalars))[1]
    function.check_arity(len(scalars))
    for argument, value in zip(function.arguments, scalars, strict=False):
        if value is None:
            return f"{argument.name} is null"
    columns = [
        _parsed([value]) if argument.kind == GEOMETRY else np.array([value], dtype=object)
        for argument, value in zip(function.arguments, scalars, strict=False)
    ]
    columns = [c.astype(np.float64) if isinstance(c[0], int | float) else c for c in columns]
    outcome = function.call(*columns)
    if outcome.reasons:
        return str(outcome.reasons[0])
    unreadable = any(column[0] is None for column in columns)
    return "a geometry is not readable as WKB" if unreadable else None


def geometry_from_literal(lexical: pa.Array, datatype: pa.Array) -> pa.Array:
    """Give the EWKB of geometry literals; null where one cannot be read."""

    def parse(texts: Column, kind: str) -> Any:
        return to_ewkb(parse_literals(texts.tolist(), kind).values)

    found = _by_datatype(numpy_column(lexical), numpy_column(datatype), parse, pa.binary())
    return _repeated(found, len(lexical))


def geometry_to_literal(geometry: pa.Array, datatype: pa.Array) -> pa.Array:
    """Give geometry literals of EWKB; null where one cannot be written."""

    def write(geometries: Column, kind: str) -> Any:
        return write_literals(geometries, kind).values

    found = _by_datatype(geometries_of(geometry), numpy_column(datatype), write, pa.string())
    return _repeated(found, len(geometry))


def _by_datatype(column: Column, datatype: Column, work: Any, returns: pa.DataType) -> pa.Array:
    """Work on the rows of each datatype; null for one that is no geometry datatype."""
    result = np.full(rows_of((column, datatype)), None, dtype=object)
    column, datatype = (np.broadcast_to(c, len(result)) for c in (column, datatype))
    for kind, rows in by_text(datatype):
        try:
            result[rows] = work(column[rows], kind)
        except EarthgraphError:
            continue
    return pa.array(result, returns)


@dataclass(frozen=True, slots=True)
class _Call:
    """A function of the table over Arrow arrays."""

    name: str
    reading: Reading

    constants: tuple[tuple[int, bytes | float | str], ...] = ()
    """(place of the argument, its value) of those that are not given as arrays."""

    def __call__(self, *arrays: pa.Array) -> pa.Array:
        function = FUNCTION_BY_NAME[self.name]
        returns = _RESULT_TYPES.get(function.result, pa.string())
        count = len(arrays[0])
        if count == 0:
            return pa.array([], returns)
        call = function.call
        if self.name in RELATION_BY_NAME:
            call = partial(call, reading=self.reading)
        given = list(arrays)
        for place, value in self.constants:
            given.insert(place, pa.array([value], ARROW_TYPES[function.arguments[place].kind]))
        columns = [
            geometries_of(array) if argument.kind == GEOMETRY else numpy_column(array)
            for argument, array in zip(function.arguments, given, strict=False)
        ]
        outcome: Outcome = call(*columns)
        values = to_ewkb(outcome.values) if function.result == GEOMETRY else outcome.values
        result = pa.array(values, returns) if isinstance(values, np.ndarray) else values
        return _repeated(result, count)


@dataclass(frozen=True, slots=True)
class _AggregateCall:
    """An aggregate of the table over an Arrow array of lists of EWKB."""

    name: str

    def __call__(self, groups: pa.Array, *arrays: pa.Array) -> pa.Array:
        function = FUNCTION_BY_NAME[self.name]
        lengths = groups.value_lengths().fill_null(0).to_numpy(zero_copy_only=False)
        geometries = _parsed(groups.flatten().to_pylist())
        results = np.full(len(groups), None, dtype=object)
        present = groups.is_valid().to_pylist()
        rest = zip(*(array.to_pylist() for array in arrays), strict=True) if arrays else None
        ends = np.cumsum(lengths)
        for row, (start, end) in enumerate(zip(ends - lengths, ends, strict=True)):
            given = next(rest) if rest is not None else ()
            if present[row] and None not in given:
                results[row] = _aggregated(function, geometries[start:end], *given)[0]
        return pa.array(to_ewkb(results), pa.binary())


def _repeated(values: pa.Array, count: int) -> pa.Array:
    """Give an array of one row, made of constants, `count` rows."""
    if len(values) == count:
        return values
    return values.take(pa.array(np.zeros(count, dtype=np.int64)))


def _engine_function(function: Function, arity: int, reading: Reading) -> EngineFunction:
    kinds = [ARROW_TYPES[argument.kind] for argument in function.arguments[:arity]]
    returns = _RESULT_TYPES.get(function.result, pa.string())
    name = engine_name(function, arity)
    if not function.aggregate:
        return EngineFunction(name, _Call(function.name, reading), tuple(kinds), returns)
    kinds[0] = pa.list_(pa.binary())
    return EngineFunction(name, _AggregateCall(function.name), tuple(kinds), returns)


def _aggregated(function: Function, geometries: Column, *rest: float) -> tuple[Any, str | None]:
    """Give the result of an aggregate for one group, or None and why."""
    try:
        return function.call(geometries, *rest), None
    except EarthgraphError as error:
        return None, str(error)


def _parsed(values: Any) -> Column:
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return shapely.from_wkb(column, on_invalid="ignore")  # type: ignore[no-any-return]
