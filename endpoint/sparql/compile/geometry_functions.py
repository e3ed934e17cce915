"""Functions called by IRI: XSD constructors (SPARQL 1.1, 17.5) and GeoSPARQL's functions.

What a geof: function takes and gives is read from its table
(`geosparql.functions.table`): its arguments are the sides of values that the
table asks for, its result a value with the sides that the table promises.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from endpoint.sparql.algebra import Aggregate
from endpoint.sparql.compile import sql
from endpoint.sparql.compile.context import Context
from endpoint.sparql.compile.made_values import (
    MadeValue,
    boolean_value,
    double_value,
    error_value,
    geometry_value,
    integer_value,
)
from endpoint.sparql.compile.sql import Expr
from endpoint.sparql.compile.text_values import TextValue
from endpoint.sparql.compile.values import Geometry, Value
from endpoint.sparql.functions.casts import CASTS
from endpoint.sparql.functions.numerics import RANKS
from engine.functions import engine_name
from geosparql.errors import FunctionError, UnitError
from geosparql.functions.function import GEOMETRY, Argument, Function
from geosparql.functions.table import FUNCTION_BY_IRI
from geosparql.literals.table import GEOMETRY_DATATYPES
from geosparql.terms import XSD
from geosparql.units import unit_of
from geosparql.vocabulary import GEO_WKT_LITERAL


def cast_value(iri: str, values: Sequence[Value]) -> Value | None:
    """Give an XSD constructor applied; None where the IRI is none."""
    if iri not in CASTS:
        return None
    if len(values) != 1:
        raise FunctionError("A constructor takes one argument", value=iri)
    family = "numeric" if iri in RANKS else iri.removeprefix(XSD)

    def text() -> Expr:
        return sql.call("sparql_cast", sql.string(iri), values[0].term())

    return TextValue(text, frozenset({family}))


def function_value(iri: str, values: Sequence[Value], context: Context) -> Value:
    """Give a GeoSPARQL function applied.

    Raises
    ------
    FunctionError
        There is no such function, it takes other arguments, or it is an aggregate.
    """
    function = _function(iri)
    if function.aggregate:
        raise FunctionError("The function is an aggregate of a group", value=iri)
    name = engine_name(function, len(values))
    _check_constants(function, values, context)
    if argument_sides(iri, values) is None:
        return error_value()

    def made() -> Expr:
        return sql.call(name, *(argument_sides(iri, values) or ()))

    return _result(function, values, made)


def argument_sides(iri: str, values: Sequence[Value]) -> list[Expr] | None:
    """Give the arguments of a geof: function as SQL; None where one can never be."""
    arguments = zip(_function(iri).arguments, values, strict=False)
    sides = [_argument(argument, value) for argument, value in arguments]
    return None if any(side is None for side in sides) else [_present(side) for side in sides]


def _function(iri: str) -> Function:
    function = FUNCTION_BY_IRI.get(iri)
    if function is None:
        raise FunctionError("There is no such function", value=iri)
    return function


def _present(side: Expr | None) -> Expr:
    assert side is not None
    return side


def _argument(argument: Argument, value: Value) -> Expr | None:
    """Give the side of a value that an argument takes; None where it never has it."""
    match argument.kind:
        case "geometry":
            geometry = value.geometry()
            return None if geometry is None else geometry.ewkb()
        case "double":
            number = value.number()
            return None if number is None else number.double()
        case "integer":
            number = value.number()
            if number is None:
                return None
            is_integer = sql.equal(number.rank(), sql.integer(1))
            return sql.case((is_integer, sql.cast(number.double(), "BIGINT")))
        case "string":
            text = value.string()
            return None if text is None else text.lexical()
        case "iri":
            return value.lexical()


def _check_constants(function: Function, values: Sequence[Value], context: Context) -> None:
    """Warn of a constant unit that is none: it would be an error in every row."""
    for argument, value in zip(function.arguments, values, strict=False):
        if argument.name != "unit":
            continue
        lexical = value.lexical()
        if not isinstance(lexical, exp.Literal):
            continue
        try:
            unit_of(lexical.name)
        except UnitError as error:
            context.warnings.append(f"geof:{function.local_name}: every row is null: {error}")


def _result(function: Function, values: Sequence[Value], made: sql.Thunk) -> Value:
    """Give what a call returns as a value."""
    geometry = _first_geometry(function, values)
    if function.result == GEOMETRY:
        assert geometry is not None
        return geometry_value(Geometry(made, geometry.datatype))
    if function.result == XSD + "boolean":
        return boolean_value(made)
    if function.result == XSD + "double":
        return double_value(made)
    if function.result == XSD + "integer":
        return integer_value(made)
    is_geometry = function.result in GEOMETRY_DATATYPES
    same_place = is_geometry and geometry is not None and function.name != "as_dggs"
    return MadeValue(
        frozenset({"geometry" if is_geometry else "other"}),
        lambda: sql.concat(sql.string(f"^{function.result} "), made()),
        known_lexical=made,
        known_datatype=function.result,
        known_geometry=Geometry(geometry.ewkb, lambda: sql.string(function.result))
        if same_place and geometry is not None
        else None,
        presence=made,
    )


def _first_geometry(function: Function, values: Sequence[Value]) -> Geometry | None:
    for argument, value in zip(function.arguments, values, strict=False):
        if argument.kind == "geometry":
            return value.geometry()
    return None


def aggregate_value(aggregate: Aggregate, value: Value) -> Value:
    """Give a GeoSPARQL aggregate of a group (OGC 22-047r1, requirement 44); of none it is empty.

    Raises
    ------
    FunctionError
        There is no such aggregate, or it takes other arguments.
    """
    function = _function(aggregate.name)
    name = engine_name(function, 1 + len(aggregate.arguments))
    if aggregate.arguments:
        raise FunctionError("The aggregate takes one argument here", value=aggregate.name)
    geometry = value.geometry()
    ewkb = sql.null("VARBINARY") if geometry is None else geometry.ewkb()
    datatype = sql.null("VARCHAR") if geometry is None else geometry.datatype()
    nothing = sql.cast(exp.Array(expressions=[]), "ARRAY<VARBINARY>")
    made = sql.call(name, sql.coalesce(exp.ArrayAgg(this=ewkb.copy()), nothing))
    of_geometries = sql.case((sql.is_present(ewkb), datatype))
    known = sql.coalesce(exp.Min(this=of_geometries), sql.string(GEO_WKT_LITERAL))
    return geometry_value(Geometry(made.copy, known.copy))
