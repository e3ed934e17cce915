"""Expressions of mappings as values: what a reference, template or function gives for a row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa
from sqlglot import exp

from geosparql.errors import MappingError
from geosparql.rdf import term_columns
from geosparql.terms import XSD_STRING
from geosparql.vocabulary import GEO_WKT_LITERAL
from geotriples.functions import mapping_call
from geotriples.mapping.model import (
    Constant,
    FunctionExecution,
    Reference,
    Template,
    TermMap,
    TriplesMap,
)
from geotriples.sources.source import Source
from geotriples.sources.table import FILE_ROW_BITS


def text(value: str) -> exp.Expr:
    """Give a text constant."""
    return exp.Literal.string(value)


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

    def place(self, row: int | None) -> str:
        """Say where a row with the problem is."""
        if row is None:
            return f"{self.files[0]} ({self.where})"
        number, row_of_file = divmod(row, 1 << FILE_ROW_BITS)
        return f"{self.files[number]}, row {row_of_file + 1} ({self.where})"


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
    triples_map: TriplesMap

    @property
    def base_iri(self) -> str | None:
        """What is put before relative IRIs."""
        return self.triples_map.base_iri

    def problem(self, where: str, what: str, hint: str = "", *, is_error: bool = True) -> Problem:
        """Give a problem of rows of this source."""
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
        case FunctionExecution() as execution:
            return _function(execution, term_map, rows)
    raise MappingError("An expression is missing", where=term_map.where)


def text_of(value: Typed) -> exp.Expr:
    """Give a value as text, in its natural lexical form."""
    if pa.types.is_floating(value.kind):
        return call("rml_double_text", value.value)
    if pa.types.is_string(value.kind):
        return value.value
    if pa.types.is_binary(value.kind):
        return call("geometry_to_literal", value.value, text(GEO_WKT_LITERAL))
    return exp.cast(value.value, "TEXT")


def _function(execution: FunctionExecution, term_map: TermMap, rows: Rows) -> Typed:
    made = mapping_call(execution, term_map.where)
    arguments = [
        _argument(value, kind, rows)
        for value, kind in zip(made.inputs, made.arguments, strict=True)
    ]
    return Typed(call(made.name, *arguments), made.returns, text(made.datatype))


def _argument(term_map: TermMap, kind: pa.DataType, rows: Rows) -> exp.Expr:
    """Give a function input as the type that the function takes."""
    value = typed_value(term_map, rows)
    if value.kind == kind:
        return value.value
    if pa.types.is_binary(kind):
        datatype = GEO_WKT_LITERAL
        if isinstance(term_map.expression, Constant):
            datatype = term_columns(term_map.expression.term)[1] or datatype
        elif term_map.datatype is not None:
            return call(
                "geometry_from_literal",
                text_of(value),
                text_of(typed_value(term_map.datatype, rows)),
            )
        return call("geometry_from_literal", text_of(value), text(datatype))
    if pa.types.is_string(kind):
        return text_of(value)
    casts: tuple[tuple[Callable[[pa.DataType], bool], str], ...] = (
        (pa.types.is_floating, "DOUBLE"),
        (pa.types.is_integer, "BIGINT"),
        (pa.types.is_boolean, "BOOLEAN"),
    )
    name = next(name for is_kind, name in casts if is_kind(kind))
    return exp.TryCast(this=text_of(value), to=exp.DataType.build(name))
