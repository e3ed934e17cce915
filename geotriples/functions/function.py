"""What a function of a mapping is: one row of a table, over Arrow arrays."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from engine.protocol import EngineFunction
from geosparql.terms import XSD
from geosparql.vocabulary import GEO_WKT_LITERAL
from geotriples.mapping.vocabulary import EGR

Kind = Literal["string", "integer", "double", "boolean", "geometry", "strings", "path"]

ARROW_TYPES: dict[Kind, pa.DataType] = {
    "string": pa.string(),
    "integer": pa.int64(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "geometry": pa.binary(),
    "strings": pa.list_(pa.string()),
    "path": pa.string(),
}
"""What an array of each kind is: geometries are EWKB, ``strings`` a list of texts a row, and a
``path`` the constant name of a file, made absolute from the folder of the mapping."""

DATATYPES: dict[Kind, str] = {
    "string": XSD + "string",
    "integer": XSD + "integer",
    "double": XSD + "double",
    "boolean": XSD + "boolean",
    "geometry": GEO_WKT_LITERAL,
    "strings": XSD + "string",
}
"""Datatype of a result where its row says nothing else."""

ERROR = "error"
"""Field of a fallible function's result that says why a row has none."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter; a mapping may name it by any of its IRIs or by position (`egr:p1`)."""

    iris: tuple[str, ...]
    kind: Kind = "string"
    optional: bool = False

    @property
    def name(self) -> str:
        """The last part of its first IRI."""
        return re.split(r"[#/]", self.iris[0])[-1]


@dataclass(frozen=True, slots=True)
class Output:
    """One output of a function, and the natural datatype of its literals."""

    iris: tuple[str, ...]
    kind: Kind = "string"
    datatype: str = ""

    @property
    def natural_datatype(self) -> str:
        """The datatype of a literal for which the mapping states none."""
        return self.datatype or DATATYPES[self.kind]


@dataclass(frozen=True, slots=True)
class Function:
    """One function.

    Parameters
    ----------
    iris
        Every IRI under which it is known.
    call
        Takes an array for each parameter, all of one length; those of optional
        parameters at the end may be left out. Gives an array of that length, for
        several outputs a struct array with a field for each. A function without
        parameters is a constant: it gives one row.
    parameters, outputs
        In the order of `call`; a mapping that names no output takes the first.
    description
        One sentence.
    example
        Texts of arguments, and the text that comes of them (None: null); what the
        documentation shows and a test calls.
    takes_null
        Whether `call` says what a null argument gives. Otherwise a null in any
        argument is a null result.
    gives_null
        When arguments that are not null give a null: never, as one of its answers,
        or on failure, which is counted and reported.
    fallible
        Whether `call` gives a struct whose last field `ERROR` says why a row failed.
    """

    iris: tuple[str, ...]
    call: Callable[..., pa.Array]
    parameters: tuple[Parameter, ...]
    outputs: tuple[Output, ...]
    description: str
    example: tuple[tuple[str | tuple[str, ...], ...], str | tuple[str, ...] | None] | None = None
    takes_null: bool = False
    gives_null: Literal["never", "as answer", "on failure"] = "never"
    fallible: bool = False

    @property
    def is_struct(self) -> bool:
        """Whether its result is taken apart into outputs."""
        return self.fallible or len(self.outputs) > 1

    @property
    def returns(self) -> pa.DataType:
        """Arrow type of the result of `call`."""
        if not self.is_struct:
            return ARROW_TYPES[self.outputs[0].kind]
        fields = [
            (output_field(n), ARROW_TYPES[output.kind]) for n, output in enumerate(self.outputs)
        ]
        return pa.struct([*fields, (ERROR, pa.string())] if self.fallible else fields)

    def positions(self) -> dict[str, int]:
        """Give the number of the parameter that each IRI names."""
        positions = {f"{EGR}p{number + 1}": number for number in range(len(self.parameters))}
        for number, parameter in enumerate(self.parameters):
            positions |= dict.fromkeys(parameter.iris, number)
        return positions

    def engine_function(self, count: int) -> EngineFunction:
        """Give what an engine registers for calls with `count` arguments.

        One without parameters takes the number of the row, which tells it how many
        rows there are.
        """
        digest = hashlib.sha256(self.iris[0].encode()).hexdigest()[:8]
        local = re.sub(r"\W", "_", re.split(r"[#/]", self.iris[0])[-1])
        kinds = [ARROW_TYPES[parameter.kind] for parameter in self.parameters[:count]]
        return EngineFunction(
            f"rml_{local}_{digest}_{count}", Call(self), tuple(kinds) or (pa.int64(),), self.returns
        )


@dataclass(frozen=True, slots=True)
class Call:
    """A function as engines call it: nulls kept from it, a constant repeated."""

    function: Function

    def __call__(self, *arrays: pa.Array) -> pa.Array:
        """Give the result for arrays of one length."""
        function, count = self.function, len(arrays[0])
        if count == 0:
            return pa.array([], function.returns)
        if not function.parameters:
            return _repeated(function.call(), count).cast(function.returns)
        result = function.call(*arrays)
        if isinstance(result, pa.ChunkedArray):
            result = result.combine_chunks()
        result = _repeated(result, count).cast(function.returns)
        if function.takes_null or not any(array.null_count for array in arrays):
            return result
        present = arrays[0].is_valid()
        for array in arrays[1:]:
            present = pc.and_(present, array.is_valid())
        return pc.if_else(present, result, pa.scalar(None, function.returns))


def output_field(number: int) -> str:
    """Name the field of an output in a struct result."""
    return f"output{number}"


def _repeated(values: pa.Array, count: int) -> pa.Array:
    return values if len(values) == count else pa.repeat(values[0], count)
