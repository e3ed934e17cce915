"""Expressions of mappings as values: what a reference, template or function gives for a row."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import pyarrow as pa
from sqlglot import exp

from geosparql.errors import MappingError
from geosparql.rdf import term_columns
from geosparql.terms import XSD, XSD_STRING
from geosparql.vocabulary import GEO_WKT_LITERAL
from geotriples.functions.conversions import CONVERSIONS, TEXTS_OF
from geotriples.functions.function import ARROW_TYPES, Kind, Parameter, output_field
from geotriples.mapping.model import (
    Constant,
    FunctionCall,
    Reference,
    Template,
    TermMap,
    TriplesMap,
)
from geotriples.sources.source import ROW, Source
from geotriples.sources.table import FILE_ROW_BITS


def text(value: str) -> exp.Expr:
    """Give a text constant."""
    return exp.Literal.string(value)


PLAIN = "plain"


def plain(value: exp.Expr, kind: str) -> exp.Expr:
    """Say of an expression that no text it gives has a character that RDF lines must escape.

    Parameters
    ----------
    value
        The expression; it is marked.
    kind
        ``iri``, ``blank`` (with ``_:``) or ``literal``.
    """
    value.meta[PLAIN] = kind
    return value


def call(name: str, *arguments: exp.Expr) -> exp.Expr:
    """Give a call of an engine function."""
    return exp.Anonymous(this=name, expressions=[argument.copy() for argument in arguments])


def null(kind: str = "TEXT") -> exp.Expr:
    """Give a typed null."""
    return exp.cast(exp.null(), kind)


def concat(parts: list[exp.Expr]) -> exp.Expr:
    """Join texts; null where any is null."""
    return (
        parts[0] if len(parts) == 1 else exp.Concat(expressions=parts, safe=False, coalesce=False)
    )


def not_null(value: exp.Expr) -> exp.Expr:
    """Say that a value is there."""
    return exp.not_(exp.Is(this=value.copy(), expression=exp.null()))


def is_null(value: exp.Expr) -> exp.Expr:
    """Say that a value is missing."""
    return exp.Is(this=value.copy(), expression=exp.null())


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that can be wrong with a row, found while it is converted."""

    files: tuple[str, ...]
    where: str
    what: str
    hint: str = ""
    is_error: bool = True
    """False: only counted (a missing geometry), never a reason to stop."""

    def file_and_row(self, row: int | None) -> tuple[str, int | None]:
        """Give the file of a row, and its number in it, from 1."""
        if row is None:
            return self.files[0], None
        number, row_of_file = divmod(row, 1 << FILE_ROW_BITS)
        return self.files[number], row_of_file + 1

    def place(self, row: int | None) -> str:
        """Say where a row with the problem is."""
        file, number = self.file_and_row(row)
        return (
            f"{file} ({self.where})" if number is None else f"{file}, row {number} ({self.where})"
        )


@dataclass(frozen=True, slots=True)
class Check:
    """When a row has a problem, and the value to show."""

    problem: Problem
    condition: exp.Expr
    value: exp.Expr


_SQL_TYPES: dict[Kind, str] = {
    "string": "TEXT", "path": "TEXT", "integer": "BIGINT", "double": "DOUBLE",
    "boolean": "BOOLEAN", "geometry": "BINARY",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Typed:
    """A value on its way to a term: its expression, Arrow type and natural datatype."""

    value: exp.Expr
    kind: pa.DataType
    datatype: exp.Expr


@dataclass(frozen=True, slots=True)
class Rows:
    """What a term map sees: a source, and the role under which its lists are unnested."""

    source: Source
    role: str
    triples_map: TriplesMap | None
    """None: a field of a logical view, which makes no terms."""

    @property
    def base_iri(self) -> str | None:
        """What is put before relative IRIs."""
        return None if self.triples_map is None else self.triples_map.base_iri

    def problem(self, where: str, what: str, hint: str = "", *, is_error: bool = True) -> Problem:
        """Give a problem of rows of this source."""
        assert self.triples_map is not None
        files = self.source.files or (self.triples_map.source.source.name,)
        return Problem(files, where, what, hint, is_error)

    def value(self, reference: str) -> Typed:
        """Give the value of a reference."""
        column = self.source.column(reference)
        name = f"{self.role}_{column.name}" if column.repeated else column.name
        value: exp.Expr = exp.column(name, quoted=True)
        if column.datatype is None:
            lexical, datatype = (
                exp.Dot(this=value.copy(), expression=exp.to_identifier(part, quoted=True))
                for part in ("lexical", "datatype")
            )
            return Typed(lexical, pa.string(), datatype)
        kind = pa.binary() if column.geometry else pa.string()
        return Typed(value, kind, text(column.datatype))


def typed_value(term_map: TermMap, rows: Rows) -> Typed:
    """Give the value of an expression before it becomes a term."""
    match term_map.expression:
        case Constant(term):
            return Typed(text(term_columns(term)[0]), pa.string(), text(XSD_STRING))
        case Reference(name):
            return rows.value(name)
        case Template(parts):
            texts = [text(p) if isinstance(p, str) else text_of(rows.value(p.name)) for p in parts]
            return Typed(concat(texts), pa.string(), text(XSD_STRING))
        case FunctionCall() as function_call:
            return _result(function_call, rows)
    raise MappingError("An expression is missing", where=term_map.where)


def text_of(value: Typed) -> exp.Expr:
    """Give a value as text, in its natural lexical form."""
    if pa.types.is_floating(value.kind):
        written = call("rml_double_text", value.value)
        is_decimal = value.datatype == text(XSD + "decimal")
        return call("rml_decimal_text", written) if is_decimal else written
    if pa.types.is_string(value.kind):
        return value.value
    if pa.types.is_binary(value.kind):
        return call("geometry_to_literal", value.value, text(GEO_WKT_LITERAL))
    return exp.cast(value.value, "TEXT")


def engine_call(function_call: FunctionCall, rows: Rows) -> exp.Expr:
    """Give the call of an engine's function for a row, all its outputs together."""
    function = function_call.function
    arguments = [
        _argument(parameter, given, rows)
        for parameter, given in zip(function.parameters, function_call.inputs, strict=False)
    ]
    name = function.engine_function(len(arguments)).name
    return call(name, *(arguments or [exp.column(ROW, quoted=True)]))


def output_of(function_call: FunctionCall, rows: Rows) -> exp.Expr:
    """Give the output of a call that is taken; that of a kind ``strings`` is a list."""
    made = engine_call(function_call, rows)
    return field_of(made, output_field(function_call.output)) if is_struct(function_call) else made


def is_struct(function_call: FunctionCall) -> bool:
    """Tell whether a call gives its outputs as fields."""
    return function_call.function.is_struct


def field_of(value: exp.Expr, name: str) -> exp.Expr:
    """Give a field of a struct."""
    return exp.Dot(this=value.copy(), expression=exp.to_identifier(name, quoted=True))


def unnested(listed: exp.Expr, rows: Rows) -> str:
    """Name the column in which the elements of a list that a function gives stand one by one."""
    return f"{rows.role}_{hashlib.sha256(listed.sql().encode()).hexdigest()[:12]}"


def _result(function_call: FunctionCall, rows: Rows) -> Typed:
    made, output = output_of(function_call, rows), function_call.function.outputs
    taken = output[function_call.output]
    kind = ARROW_TYPES[taken.kind]
    if taken.kind == "strings":
        made, kind = exp.column(unnested(made, rows), quoted=True), pa.string()
    return Typed(made, kind, text(taken.natural_datatype))


def _argument(parameter: Parameter, given: tuple[TermMap, ...], rows: Rows) -> exp.Expr:
    """Give the inputs of one parameter as the type that the function takes."""
    if parameter.kind == "strings":
        if len(given) == 1 and (listed := list_of(given[0], rows)) is not None:
            return listed
        texts = [text_of(typed_value(one, rows)) for one in given]
        return exp.Array(expressions=texts) if texts else null("TEXT[]")
    if not given:
        return null(_SQL_TYPES[parameter.kind])
    value = typed_value(given[0], rows)
    if value.kind == ARROW_TYPES[parameter.kind]:
        return value.value
    if parameter.kind == "geometry":
        return geometry_of(given[0], rows)
    conversion = CONVERSIONS.get(parameter.kind)
    return text_of(value) if conversion is None else call(conversion.name, text_of(value))


def list_of(term_map: TermMap, rows: Rows) -> exp.Expr | None:
    """Give the list of texts that a term map reads as a whole, None where it reads none."""
    match term_map.expression:
        case Reference(name) if rows.source.column(name).repeated:
            column = rows.source.column(name)
            listed = exp.column(column.name, quoted=True)
            return call(TEXTS_OF.name, listed) if column.datatype is None else listed
        case FunctionCall() as inner if inner.function.outputs[inner.output].kind == "strings":
            return output_of(inner, rows)
    return None


def geometry_of(term_map: TermMap, rows: Rows) -> exp.Expr:
    """Give the EWKB of a value: a geometry, or a text that writes one."""
    value = typed_value(term_map, rows)
    if pa.types.is_binary(value.kind):
        return value.value
    return call("geometry_from_literal", text_of(value), _geometry_datatype(term_map, rows))


def _geometry_datatype(term_map: TermMap, rows: Rows) -> exp.Expr:
    """Give the datatype of a text that stands for a geometry: WKT unless it says another."""
    if isinstance(term_map.expression, Constant):
        return text(term_columns(term_map.expression.term)[1] or GEO_WKT_LITERAL)
    if term_map.datatype is not None:
        return text_of(typed_value(term_map.datatype, rows))
    return text(GEO_WKT_LITERAL)
