"""Functions that a mapping may call (RML-FNML): every geof: function, on columns of geometries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from engine.functions import engine_functions, engine_name
from geosparql.errors import MappingError
from geosparql.functions.function import GEOMETRY
from geosparql.functions.table import FUNCTION_BY_IRI
from geosparql.vocabulary import GEO_WKT_LITERAL
from geotriples.mapping.model import FunctionExecution, TermMap
from geotriples.mapping.vocabulary import EGR


@dataclass(frozen=True, slots=True)
class MappingCall:
    """A function call of a mapping: what runs it, on which inputs in order, as which types."""

    name: str
    inputs: tuple[TermMap, ...]
    arguments: tuple[pa.DataType, ...]
    returns: pa.DataType
    datatype: str
    """Natural datatype of the result; a geometry becomes WKT unless told otherwise."""


def mapping_call(execution: FunctionExecution, where: str) -> MappingCall:
    """Find the function that a mapping calls, and put its inputs in order.

    Parameters
    ----------
    execution
        The call. Parameters of a geof: function are named after its arguments
        (`egr:geometry`, `egr:radius`, `egr:unit` …) or by position (`egr:p1` …).
    where
        File, line and term map, for messages.

    Returns
    -------
    MappingCall
        What to call.

    Raises
    ------
    MappingError
        Where no function has this IRI, or its inputs are not its arguments.
    """
    function = FUNCTION_BY_IRI.get(execution.function)
    if function is None or function.aggregate:
        raise MappingError(
            "The function is not known", where=where, value=execution.function,
            hint="The functions of GeoSPARQL 1.1 that give one value a row can be called",
        )  # fmt: skip
    inputs = _ordered(execution, [argument.name for argument in function.arguments], where)
    if len(inputs) not in function.arities:
        raise MappingError(
            "Inputs of the function are missing", where=where, hint=function.signature
        )
    name = engine_name(function, len(inputs))
    found = next(one for one in engine_functions() if one.name == name)
    is_geometry = function.result == GEOMETRY
    datatype = GEO_WKT_LITERAL if is_geometry else function.result
    return MappingCall(name, inputs, found.arguments, found.returns, datatype)


def _ordered(
    execution: FunctionExecution, arguments: Sequence[str], where: str
) -> tuple[TermMap, ...]:
    """Put inputs in the order of a function's arguments; they leave no gap."""
    positions = {EGR + name: number for number, name in enumerate(arguments)}
    positions |= {f"{EGR}p{number + 1}": number for number in range(len(arguments))}
    given = {positions.get(parameter, -1): value for parameter, value in execution.inputs}
    if sorted(given) != list(range(len(execution.inputs))):
        raise MappingError(
            "The inputs of the function are not its arguments", where=where,
            value=", ".join(parameter for parameter, _ in execution.inputs),
            hint=f"Each once, in egr: <{EGR}>: {', '.join(arguments)}, or p1, p2 …",
        )  # fmt: skip
    return tuple(given[number] for number in sorted(given))
