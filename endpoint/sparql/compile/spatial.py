"""Spatial selections through boxes, and spatial joins through the engine's join."""

from __future__ import annotations

from sqlglot import exp

from endpoint.sparql import algebra as al
from endpoint.sparql.algebra import Variable
from endpoint.sparql.compile import sql
from endpoint.sparql.compile.context import Context, GraphScope
from endpoint.sparql.compile.expressions import Scope, condition_of
from endpoint.sparql.compile.id_values import IdValue
from endpoint.sparql.compile.solutions import Row, Solutions
from endpoint.sparql.compile.sql import Expr
from endpoint.sparql.plan import SpatialPairs
from engine.protocol import WithinDistance


def spatial_select(
    pattern: al.SpatialSelect, inner: Solutions, context: Context, graphs: GraphScope
) -> Solutions:
    """Keep the solutions whose geometry box meets a box, then those that pass the exact test."""
    row = Row(context, inner)
    value = row.value(pattern.variable)
    conditions: list[Expr] = []
    if isinstance(value, IdValue):
        min_x, min_y, max_x, max_y = pattern.box

        def bound(operator: str, column: str, limit: float) -> Expr:
            return sql.compare(operator, value.part("geometries", column), sql.double(limit))

        conditions = [
            bound("<=", "min_x", max_x),
            bound(">=", "max_x", min_x),
            bound("<=", "min_y", max_y),
            bound(">=", "max_y", min_y),
        ]
    exact = condition_of(pattern.condition, Scope(context, row, graphs))
    return Solutions(row.select(row.kept(), *conditions, exact), inner.columns)


def spatial_join(
    pattern: al.SpatialJoin, left: Solutions, right: Solutions, context: Context
) -> Solutions:
    """Pair solutions in space: first the different geometries, then the solutions with them."""
    left, right = _kept(left, context), _kept(right, context)
    name = context.step_name()
    context.steps.append(
        SpatialPairs(
            name,
            _geometries(left, pattern.left_variable, context),
            _geometries(right, pattern.right_variable, context),
            pattern.condition,
        )
    )
    a, b, pairs = Row(context, left), Row(context, right), context.fresh("pairs")
    columns = {**left.columns, **right.columns}
    query = exp.select(*a.kept(), *b.kept(), copy=False).from_(exp.to_table(name, alias=pairs))
    for row, variable, side in (
        (a, pattern.left_variable, "left_id"),
        (b, pattern.right_variable, "right_id"),
    ):
        on = sql.equal(row.column(variable), sql.column(side, pairs))
        query = query.join(row.solutions.source(row.alias), on=on, copy=False)
    if pattern.strict and isinstance(pattern.condition, WithinDistance):
        limit = sql.double(pattern.condition.distance)
        query = query.where(sql.compare("<", sql.column("distance", pairs), limit), copy=False)
    return Solutions(query, columns)


def _kept(solutions: Solutions, context: Context) -> Solutions:
    name = context.materialized(solutions.query)
    kept = [sql.column(context.name(variable)) for variable in solutions.columns]
    return Solutions(exp.select(*kept).from_(exp.to_table(name)), solutions.columns)


def _geometries(solutions: Solutions, variable: Variable, context: Context) -> exp.Select:
    """Give the different geometries of a variable: id, geometry."""
    row = Row(context, solutions)
    ids = exp.select(sql.named(row.column(variable), "id")).distinct()
    ids = ids.from_(solutions.source(row.alias))
    alias, other = context.fresh("i"), context.fresh("g")
    table, on = context.part("geometries", sql.column("id", alias), other)
    query = exp.select(sql.column("id", alias), sql.column("geometry", other))
    return query.from_(sql.subquery(ids, alias)).join(table, on=on, copy=False)
