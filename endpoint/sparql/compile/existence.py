"""EXISTS: whether a pattern matches for a solution (SPARQL 1.1, sections 8.1 and 18.6).

The pattern is compiled by itself and asked for a compatible solution. Where a
filter inside it reads a variable of the solution around it, the different
values of those variables are joined to what that filter stands over: the
substitution of the standard, for all solutions at once. A variable of the solution
around that stands on both sides of a MINUS is a value there, which the sides do not share.
"""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
from sqlglot import exp

from endpoint.sparql import algebra as al
from endpoint.sparql.algebra import Pattern, Variable
from endpoint.sparql.compile import sql
from endpoint.sparql.compile.context import Context
from endpoint.sparql.compile.expressions import Scope
from endpoint.sparql.compile.joins import agreement
from endpoint.sparql.compile.solutions import Row, aligned
from endpoint.sparql.compile.sql import Expr
from endpoint.sparql.rewrite.spatial_join import join_in_space
from endpoint.sparql.scope import certain, free, taken_away
from engine import protocol
from geosparql.errors import QueryError


def exists(pattern: Pattern, scope: Scope) -> Expr:
    """Give whether the pattern has a solution compatible with the row."""
    from endpoint.sparql.compile.patterns import compile_pattern

    context, row = scope.context, scope.row
    if not isinstance(row, Row):
        raise QueryError(
            "EXISTS cannot stand in the filter of an OPTIONAL", hint="Use a sub-SELECT"
        )
    read = dict.fromkeys((*free(pattern), *taken_away(pattern)))
    outer = [v for v in read if v in row.solutions.columns]
    if outer:
        around = _around(row, outer, context)
        pattern = substituted(pattern, tuple(outer), around)
        if context.counts is not None:
            pattern = join_in_space(pattern, context.counts)
    inner = compile_pattern(pattern, context, scope.graphs)
    mixed_left, inner = aligned(context, row.solutions, inner)
    if mixed_left is not row.solutions:
        row.solutions = mixed_left
    found = Row(context, inner)
    shared = [v for v in row.solutions.columns if v in inner.columns]
    query = exp.select(sql.integer(1)).from_(inner.source(found.alias))
    conditions = [agreement(row, found, variable) for variable in shared]
    return exp.Exists(this=query.where(*conditions, copy=False) if conditions else query)


def _around(row: Row, outer: list[Variable], context: Context) -> al.Relation:
    """Keep the solutions around, and give the different values of some of their variables."""
    name = context.materialized(row.solutions.query)
    kept = [sql.column(context.name(variable)) for variable in row.solutions.columns]
    query = exp.select(*(kept or [sql.column("unit")])).from_(exp.to_table(name))
    row.solutions = replace(row.solutions, query=query)
    columns = [sql.named(sql.column(context.name(variable)), variable.name) for variable in outer]
    values = context.materialized(exp.select(*columns).from_(exp.to_table(name)).distinct())
    return al.Relation(protocol.Relation(values, _schema(row, outer)), tuple(outer))


def _schema(row: Row, variables: list[Variable]) -> pa.Schema:
    types = {"id": pa.int64(), "text": pa.string()}
    known = [(v.name, row.solutions.columns[v]) for v in variables]
    return pa.schema(
        [pa.field(name, types[column.form], not column.certain) for name, column in known]
    )


def substituted(pattern: Pattern, outer: tuple[Variable, ...], around: Pattern) -> Pattern:
    """Join `around` to every part of the pattern whose expressions read its variables."""
    if not {*free(pattern), *taken_away(pattern)} & set(outer):
        return pattern
    match pattern:
        case al.Filter(_, inner):
            return replace(pattern, pattern=_joined(substituted(inner, outer, around), around))
        case al.Extend(inner, _, _):
            return replace(pattern, pattern=_joined(substituted(inner, outer, around), around))
        case al.LeftJoin(left, right):
            sides = substituted(left, outer, around), substituted(right, outer, around)
            return replace(pattern, left=_joined(sides[0], around), right=sides[1])
        case al.Minus(left, right):
            sides = substituted(left, outer, around), substituted(right, outer, around)
            bound = certain(around)
            return al.Minus(_joined(sides[0], around), sides[1], bound)
        case al.Join(left, right) | al.Union(left, right):
            return replace(
                pattern,
                left=substituted(left, outer, around),
                right=substituted(right, outer, around),
            )
        case al.Graph(_, inner) | al.Distinct(inner) | al.Slice(inner) | al.OrderBy(inner):
            return replace(pattern, pattern=substituted(inner, outer, around))
        case _:
            return pattern


def _joined(pattern: Pattern, around: Pattern) -> Pattern:
    return al.Join(around, pattern)
