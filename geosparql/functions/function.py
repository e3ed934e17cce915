"""What one row of the function table says of a function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from geosparql import terms
from geosparql.errors import FunctionError
from geosparql.vocabulary import GEO_WKT_LITERAL, GEOF, NAMESPACES

ArgumentKind = Literal["geometry", "double", "integer", "string", "iri"]

GEOMETRY = "geometry"
"""Result of a function whose literal has the datatype of its first geometry argument."""


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument: a literal of a kind, or for ``iri`` an IRI or its text."""

    name: str
    kind: ArgumentKind
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Example:
    """A call and what comes of it; the arguments of an aggregate are one group."""

    arguments: tuple[terms.Term, ...]
    result: terms.Literal


@dataclass(frozen=True, slots=True)
class Function:
    """One function of GeoSPARQL 1.1.

    Parameters
    ----------
    local_name
        Name in the geof: namespace.
    name
        The same in snake case.
    call
        Takes a column an argument (`geosparql.functions.rows`) and gives an `Outcome`.
        An aggregate takes a geometry column and then plain values, gives one geometry,
        and raises FunctionError.
    arguments
        Those that are optional stand last.
    result
        IRI of the datatype of the result, or `GEOMETRY`.
    requirement
        Number of the requirement of OGC 22-047r1.
    description
        One sentence.
    example
        A call that the tests make.
    other_local_names
        Spellings that files of the standard use too.
    """

    local_name: str
    name: str
    call: Callable[..., Any]
    arguments: tuple[Argument, ...]
    result: str
    requirement: int
    description: str
    example: Example
    aggregate: bool = False
    other_local_names: tuple[str, ...] = ()

    @property
    def iri(self) -> str:
        """IRI of the function."""
        return GEOF + self.local_name

    @property
    def iris(self) -> tuple[str, ...]:
        """Every IRI under which the function is known; the first is `iri`."""
        return tuple(GEOF + name for name in (self.local_name, *self.other_local_names))

    @property
    def arities(self) -> tuple[int, ...]:
        """Numbers of arguments that the function takes."""
        required = sum(not argument.optional for argument in self.arguments)
        return tuple(range(required, len(self.arguments) + 1))

    @property
    def signature(self) -> str:
        """``geof:buffer(geometry: geometry, radius: double, unit: iri): geometry``."""
        arguments = ", ".join(
            f"{a.name}{'?' if a.optional else ''}: {a.kind}" for a in self.arguments
        )
        return f"geof:{self.local_name}({arguments}): {_short(self.result)}"

    def check_arity(self, count: int) -> None:
        """Raise FunctionError where the function does not take `count` arguments."""
        if count not in self.arities:
            raise FunctionError(
                f"geof:{self.local_name} takes {' or '.join(map(str, self.arities))} arguments",
                value=f"{count} given",
                hint=self.signature,
            )

    def result_datatype(self, argument_datatypes: tuple[str | None, ...] = ()) -> str:
        """Give the datatype of the result, from the datatypes of the arguments.

        A geometry has that of the first geometry argument; where that is not known it
        is a WKT literal (OGC 22-047r1, 8.9.1).
        """
        if self.result != GEOMETRY:
            return self.result
        given = zip(self.arguments, argument_datatypes, strict=False)
        found = (datatype for argument, datatype in given if argument.kind == GEOMETRY)
        return next(found, None) or GEO_WKT_LITERAL


def _short(iri: str) -> str:
    """Abbreviate an IRI by the prefix of its namespace."""
    for prefix, namespace in NAMESPACES.items():
        if iri.startswith(namespace):
            return f"{prefix}:{iri.removeprefix(namespace)}"
    return iri
