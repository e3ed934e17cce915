"""Function executions of a mapping to calls: the function found, its inputs in order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from engine.protocol import EngineFunction
from geosparql.errors import MappingError
from geosparql.rdf import term_columns
from geosparql.terms import Literal
from geotriples.functions.function import Function, Parameter
from geotriples.functions.names import prefixed, signature
from geotriples.functions.table import FunctionTable
from geotriples.mapping.model import (
    Constant,
    FunctionCall,
    FunctionExecution,
    Mapping,
    TermMap,
)


def bind_functions(mapping: Mapping, functions: FunctionTable) -> Mapping:
    """Turn every function execution of a mapping into a call.

    Parameters
    ----------
    mapping
        As it was read.
    functions
        Those that it may call, by IRI.

    Returns
    -------
    Mapping
        The same with `FunctionCall` in place of `FunctionExecution`.

    Raises
    ------
    MappingError
        Where no function has an IRI, inputs are not its parameters, one is
        missing, or there is no such output.
    """
    bound: Mapping = _bound(mapping, functions, mapping.path.parent, str(mapping.path))
    return bound


def called_functions(value: Any) -> Iterator[EngineFunction]:
    """Give what an engine has to know to run the calls of a bound mapping, or of a part of it."""
    if isinstance(value, FunctionCall):
        yield value.function.engine_function(len(value.inputs))
    for _, inner in _parts(value):
        yield from called_functions(inner)


def files_looked_up(value: Any) -> Iterator[Path]:
    """Give the files that calls of a bound mapping, or of a part of it, read."""
    if isinstance(value, FunctionCall):
        for parameter, given in zip(value.function.parameters, value.inputs, strict=False):
            if parameter.kind == "path":
                yield from (Path(term_columns(one.expression.term)[0]) for one in given
                            if isinstance(one.expression, Constant))  # fmt: skip
    for _, inner in _parts(value):
        yield from files_looked_up(inner)


def has_calls(value: Any) -> bool:
    """Tell whether a part of a bound mapping calls a function."""
    return any(True for _ in called_functions(value))


def _bound(value: Any, functions: FunctionTable, folder: Path, where: str) -> Any:
    """Bind what stands in a value of the model; one that holds no execution comes back as it is."""
    if isinstance(value, TermMap):
        where = value.where
    if isinstance(value, FunctionExecution):
        value = _call(value, functions, folder, where)
    if isinstance(value, tuple):
        return tuple(_bound(inner, functions, folder, where) for inner in value)
    changed = {}
    for name, inner in _parts(value):
        made = _bound(inner, functions, folder, where)
        if made != inner:
            changed[name] = made
    return replace(value, **changed) if changed else value


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    """Give what a value of the model is made of; a function is a whole."""
    if isinstance(value, tuple):
        yield from ((str(number), inner) for number, inner in enumerate(value))
    elif is_dataclass(value) and not isinstance(value, (type, Function)):
        yield from ((field.name, getattr(value, field.name)) for field in fields(value))


def _call(
    execution: FunctionExecution, functions: FunctionTable, folder: Path, where: str
) -> FunctionCall:
    function = functions.get(execution.function)
    if function is None:
        near = get_close_matches(execution.function, functions, n=1, cutoff=0.9)
        hint = "Register it with --functions, or choose one of docs/mapping_functions.md"
        raise MappingError(
            "The function is not known", where=where, value=execution.function,
            hint=f"Did you mean {near[0]}? {hint}" if near else hint,
        )  # fmt: skip
    given: list[list[TermMap]] = [[] for _ in function.parameters]
    positions = function.positions()
    for parameter, value in execution.inputs:
        if parameter not in positions:
            raise MappingError(
                "The function has no such parameter", where=where, value=parameter,
                hint=signature(function),
            )  # fmt: skip
        given[positions[parameter]].append(value)
    while given and not given[-1] and function.parameters[len(given) - 1].optional:
        given.pop()
    inputs = tuple(
        tuple(_checked(parameter, values, function, folder, where))
        for parameter, values in zip(function.parameters, given, strict=False)
    )
    return FunctionCall(function, inputs, _output(execution, function, where))


def _checked(
    parameter: Parameter, given: list[TermMap], function: Function, folder: Path, where: str
) -> list[TermMap]:
    """Refuse a missing or repeated input; make a path absolute."""
    if not given and not parameter.optional:
        raise MappingError(
            "An input of the function is missing", where=where, value=parameter.iris[0],
            hint=signature(function),
        )  # fmt: skip
    if len(given) > 1 and parameter.kind != "strings":
        raise MappingError(
            "An input of the function is given twice", where=where, value=parameter.iris[0]
        )
    return [_path(value, folder) for value in given] if parameter.kind == "path" else given


def _path(value: TermMap, folder: Path) -> TermMap:
    expression = value.expression
    if not isinstance(expression, Constant) or not isinstance(expression.term, Literal):
        raise MappingError(
            "The name of a file must be a constant text", where=value.where,
            hint="Give it with rml:inputValue",
        )  # fmt: skip
    path = (folder / expression.term.lexical).resolve()
    return replace(value, expression=Constant(Literal(str(path))))


def _output(execution: FunctionExecution, function: Function, where: str) -> int:
    if execution.returns is None:
        return 0
    for number, output in enumerate(function.outputs):
        if execution.returns in output.iris:
            return number
    raise MappingError(
        "The function has no such output", where=where, value=execution.returns,
        hint=f"It has {', '.join(prefixed(output.iris[0]) for output in function.outputs)}",
    )  # fmt: skip
