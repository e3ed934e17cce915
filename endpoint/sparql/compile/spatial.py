"""Spatial selections through boxes, and spatial joins through the engine's join."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from endpoint.sparql import algebra as al
from endpoint.sparql.algebra import Reading, Variable
from endpoint.sparql.compile import sql
from endpoint.sparql.compile.constants import double_side
from endpoint.sparql.compile.context import Context, GraphScope
from endpoint.sparql.compile.expressions import Scope, condition_of, evaluate
from endpoint.sparql.compile.id_values import IdValue
from endpoint.sparql.compile.solutions import Column, Columns, Row, Solutions, none
from endpoint.sparql.compile.sql import Expr
from endpoint.sparql.plan import NearestBox, SpatialPairs
from endpoint.sparql.rewrite.boxes import Box, BoxSide, rectangle_of
from engine.protocol import WithinDistance
from geosparql.crs_codes import WGS84_LONLAT

if TYPE_CHECKING:
    from collections.abc import Callable

SIDES = ("min_x", "min_y", "max_x", "max_y")
"""Columns of a box."""


def spatial_select(
    pattern: al.SpatialSelect, inner: Solutions, context: Context, graphs: GraphScope
) -> Solutions:
    """Keep the solutions whose geometry box meets a box, then those that pass the exact test."""
    row = Row(context, inner)
    value = row.value(pattern.variable)
    exact = condition_of(pattern.condition, Scope(context, row, graphs))
    if not isinstance(value, IdValue):
        return Solutions(row.select(row.kept(), exact), inner.columns)

    def side(name: str) -> Expr:
        return value.part("geometries", name)

    def limits(box: Reading[Box | None]) -> dict[str, Expr]:
        sides = (BoxSide(box, place) for place in range(len(SIDES)))
        made = (double_side(pattern.around.constant, each, context) for each in sides)
        return dict(zip(SIDES, made, strict=True))

    near = meeting(side, limits(pattern.around.boxed))
    row.require("geometries", pattern.variable)
    if pattern.sure:
        known = sql.one_of(side("srid"), sorted(WGS84_LONLAT))
        exact = sql.either(sql.both(known, *_inside(side, limits(rectangle_of))), exact)
    return Solutions(row.select(row.kept(), *near, exact), inner.columns)


def _inside(box: Callable[[str], Expr], limits: dict[str, Expr]) -> list[Expr]:
    """Give the conditions that a box touches no side of another, in which it lies."""
    low, high = SIDES[:2], SIDES[2:]
    return [
        *(sql.compare(">", box(side), limits[side]) for side in low),
        *(sql.compare("<", box(side), limits[side]) for side in high),
    ]


def meeting(box: Callable[[str], Expr], limits: dict[str, Expr]) -> list[Expr]:
    """Give the conditions that two boxes meet."""
    return [
        sql.compare("<=", box("min_x"), limits["max_x"]),
        sql.compare(">=", box("max_x"), limits["min_x"]),
        sql.compare("<=", box("min_y"), limits["max_y"]),
        sql.compare(">=", box("max_y"), limits["min_y"]),
    ]


def extremes(alias: str | None) -> list[Expr]:
    """Give the box around all boxes of a relation."""
    kinds: tuple[type[exp.AggFunc], ...] = (exp.Min, exp.Min, exp.Max, exp.Max)
    return [
        sql.named(exp.cast(kind(this=sql.column(side, alias)), "DOUBLE"), side)
        for side, kind in zip(SIDES, kinds, strict=True)
    ]


def nearest_select(
    pattern: al.NearestSelect, inner: Solutions, context: Context, graphs: GraphScope
) -> Solutions:
    """Keep the solutions in a box that is large enough, and those that have no box."""
    row = Row(context, inner)
    value = row.value(pattern.variable)
    if not isinstance(value, IdValue):
        return inner
    measured = Row(context, inner)
    number = evaluate(pattern.distance, Scope(context, measured, graphs)).number()
    place = measured.value(pattern.variable)
    if number is None or not isinstance(place, IdValue):
        return inner
    columns = [sql.named(place.part("geometries", side), side) for side in SIDES]
    query = measured.select([*columns, sql.named(number.double(), "distance")])
    name = context.step_name()
    extent = context.dataset.geometries.select("id", *SIDES)
    context.steps.append(
        NearestBox(name, query, extent, pattern.around, pattern.unit, pattern.count)
    )

    near = meeting(lambda side: value.part("geometries", side), _limits(name))
    unplaced = sql.is_null(value.part("geometries", "min_x"))
    return Solutions(row.select(row.kept(), sql.either(unplaced, sql.both(*near))), inner.columns)


def spatial_join(
    pattern: al.SpatialJoin, left: Solutions, right: Solutions, context: Context
) -> Solutions:
    """Pair solutions in space: first the different geometries, then the solutions with them.

    What both sides bind (the variable of the graph around them) is equal in a pair.
    """
    columns = {**left.columns, **right.columns}
    ends = (left, pattern.left_variable), (right, pattern.right_variable)
    if any(variable not in solutions.columns for solutions, variable in ends):
        return none(context, columns)
    sides = _sides(ends, pattern.fewer, context)
    geometries = [_distinct(side, context) for side in sides]
    name, pairs = context.step_name(), context.fresh("pairs")
    context.steps.append(SpatialPairs(name, geometries[0], geometries[1], pattern.condition))
    rows = [Row(context, side.solutions) for side in sides]
    common = [variable for variable in left.columns if variable in right.columns]
    own = [[v for v in each.columns if v not in common] for each, _ in ends]
    selected = [*rows[0].kept(common), *rows[0].kept(own[0]), *rows[1].kept(own[1])]
    selected = selected or [sql.named(sql.integer(1), "unit")]
    query = exp.select(*selected, copy=False).from_(exp.to_table(name, alias=pairs), copy=False)
    for row, side, key in zip(rows, sides, ("left_id", "right_id"), strict=True):
        on = sql.equal(row.column(side.key), sql.column(key, pairs))
        query = query.join(row.solutions.source(row.alias), on=on, copy=False)
    same = [sql.equal(rows[0].column(v), rows[1].column(v)) for v in common]
    query = query.where(*same, copy=False)
    if pattern.strict and isinstance(pattern.condition, WithinDistance):
        limit = sql.double(pattern.condition.distance)
        query = query.where(sql.compare("<", sql.column("distance", pairs), limit), copy=False)
    return Solutions(query, columns)


@dataclass(frozen=True, slots=True)
class _Side:
    """Solutions, the column by which pairs are told apart, and the variable that it numbers.

    The key of a stored geometry is its id; a computed one is numbered by its text.
    """

    solutions: Solutions
    key: Variable
    numbered: Variable | None = None


def _side(solutions: Solutions, variable: Variable, context: Context) -> _Side:
    if solutions.columns[variable].form == "id":
        return _Side(_kept(solutions.query, solutions.columns, context), variable)
    row, key = Row(context, solutions), Variable(context.fresh("_:key/"))
    order = exp.Order(expressions=[exp.Ordered(this=row.column(variable))])
    number = exp.Window(this=exp.DenseRank(), order=order)
    query = row.select([*row.kept(), row.named(sql.cast(number, "BIGINT"), key)])
    columns = {**solutions.columns, key: Column()}
    return _Side(_kept(query, columns, context), key, variable)


def _kept(query: exp.Select, columns: Columns, context: Context) -> Solutions:
    """Let a query run once, where it is more than a look into the tables."""
    name = context.materialized(query)
    kept = [sql.column(context.name(variable)) for variable in columns]
    return Solutions(exp.select(*kept).from_(exp.to_table(name)), columns)


def _sides(
    ends: tuple[tuple[Solutions, Variable], ...], fewer: str | None, context: Context
) -> list[_Side]:
    """Give both sides, the one that has fewer solutions first: its extent narrows the other."""
    if fewer is None:
        return [_side(*end, context) for end in ends]
    few = ("left", "right").index(fewer)
    found = {few: _side(*ends[few], context)}
    many, variable = ends[1 - few]
    if found[few].numbered is None and many.columns[variable].form == "id":
        many = _narrowed(many, variable, _extent(found[few], context), context)
    found[1 - few] = _side(many, variable, context)
    return [found[0], found[1]]


def _extent(side: _Side, context: Context) -> str:
    """Keep the box around all geometries of a side."""
    alias, other = context.fresh("i"), context.fresh("g")
    table, on = context.part("geometries", sql.column("id", alias), other)
    query = exp.select(*extremes(other)).from_(sql.subquery(_ids(side, context), alias))
    return context.materialized(query.join(table, on=on, copy=False))


def _narrowed(solutions: Solutions, variable: Variable, extent: str, context: Context) -> Solutions:
    """Keep the solutions whose geometry meets an extent."""
    row = Row(context, solutions)
    value = row.value(variable)
    assert isinstance(value, IdValue)
    near = meeting(lambda side: value.part("geometries", side), _limits(extent))
    return Solutions(row.select(row.kept(), *near), solutions.columns)


def _limits(name: str) -> dict[str, Expr]:
    """Give the sides of the one box that a step made."""
    return {
        side: exp.Subquery(this=exp.select(sql.column(side)).from_(exp.to_table(name)))
        for side in SIDES
    }


def _ids(side: _Side, context: Context) -> exp.Select:
    row = Row(context, side.solutions)
    ids = exp.select(sql.named(row.column(side.key), "id")).distinct()
    return ids.from_(side.solutions.source(row.alias))


def _distinct(side: _Side, context: Context) -> exp.Select:
    """Give the different geometries of a side: id, geometry."""
    if side.numbered is not None:
        return _made(side, side.numbered, context)
    alias, other = context.fresh("i"), context.fresh("g")
    table, on = context.part("geometries", sql.column("id", alias), other)
    query = exp.select(sql.column("id", alias), sql.column("geometry", other))
    return query.from_(sql.subquery(_ids(side, context), alias)).join(table, on=on, copy=False)


def _made(side: _Side, variable: Variable, context: Context) -> exp.Select:
    """Read the geometries that were computed: each text once."""
    row = Row(context, side.solutions)
    text = exp.Min(this=row.column(variable))
    columns = [row.named(row.column(side.key), side.key), row.named(text, variable)]
    query = row.select(columns).group_by(row.column(side.key), copy=False)
    known = {side.key: Column(), variable: side.solutions.columns[variable]}
    once = Row(context, _kept(query, known, context))
    geometry = once.value(variable).geometry()
    ewkb = sql.null("VARBINARY") if geometry is None else geometry.ewkb()
    return once.select([sql.named(once.column(side.key), "id"), sql.named(ewkb, "geometry")])
