"""Patterns of the algebra to solutions, one function per node."""

from __future__ import annotations

from typing import assert_never

import pyarrow as pa
from sqlglot import exp

from endpoint.sparql import algebra as al
from endpoint.sparql.algebra import Pattern, Variable
from endpoint.sparql.compile import sql
from endpoint.sparql.compile.comparison import same_term
from endpoint.sparql.compile.context import Context, GraphScope
from endpoint.sparql.compile.expressions import Scope, condition_of, evaluate
from endpoint.sparql.compile.geometry_functions import argument_sides
from endpoint.sparql.compile.groups import grouped
from endpoint.sparql.compile.joins import difference, joined, left_joined
from endpoint.sparql.compile.ordering import sort_terms
from endpoint.sparql.compile.paths import path_solutions
from endpoint.sparql.compile.solutions import (
    SQL_TYPES,
    Column,
    Row,
    Solutions,
    aligned,
    none,
    stored,
    unit,
)
from endpoint.sparql.compile.spatial import nearest_select, spatial_join, spatial_select
from endpoint.sparql.compile.triples import bgp, graph_names, graph_there
from endpoint.sparql.compile.values import Value
from endpoint.sparql.plan import Diagnosis
from endpoint.sparql.scope import needs_triples
from engine import protocol
from geosparql.errors import QueryError
from geosparql.functions.table import FUNCTION_BY_IRI
from geosparql.terms import Term


def compile_pattern(  # noqa: PLR0912 - one branch per node
    pattern: Pattern, context: Context, graphs: GraphScope
) -> Solutions:
    """Compile a pattern.

    Raises
    ------
    QueryError
        It asks for what is not offered.
    """
    match pattern:
        case al.BGP():
            return bgp(pattern, context, graphs)
        case al.PathPattern():
            return path_solutions(pattern, context, graphs)
        case al.Join(left, right):
            return _join(left, right, context, graphs)
        case al.LeftJoin(left, right, condition):
            sides = _both(left, right, context, graphs)
            return left_joined(context, *sides, condition, graphs)
        case al.Union(left, right):
            return _union(*_both(left, right, context, graphs), context)
        case al.Minus(left, right, outer):
            return difference(context, *_both(left, right, context, graphs), outer)
        case al.Filter():
            return _filter(pattern, context, graphs)
        case al.Extend():
            return _extend(pattern, context, graphs)
        case al.Graph(name, inner):
            return _graph(name, inner, context, graphs)
        case al.Service():
            return _service(pattern, context, graphs)
        case al.Values(variables, rows):
            return _values(variables, rows, context)
        case al.Group():
            members = compile_pattern(pattern.pattern, context, graphs)
            return grouped(pattern, members, context, graphs)
        case al.Relation(relation, variables):
            return _relation(relation, variables, context)
        case al.SpatialSelect():
            members = compile_pattern(pattern.pattern, context, graphs)
            return spatial_select(pattern, members, context, graphs)
        case al.NearestSelect():
            members = compile_pattern(pattern.pattern, context, graphs)
            return nearest_select(pattern, members, context, graphs)
        case al.Once(inner):
            return _once(inner, context, graphs)
        case al.SpatialJoin():
            sides = _both(pattern.left, pattern.right, context, graphs)
            return spatial_join(pattern, *sides, context)
        case al.OrderBy() | al.Project() | al.Distinct() | al.Slice():
            return _modified(pattern, context, graphs)
    assert_never(pattern)


def _both(
    left: Pattern, right: Pattern, context: Context, graphs: GraphScope
) -> tuple[Solutions, Solutions]:
    return compile_pattern(left, context, graphs), compile_pattern(right, context, graphs)


def _join(left: Pattern, right: Pattern, context: Context, graphs: GraphScope) -> Solutions:
    solutions = compile_pattern(left, context, graphs)
    if isinstance(right, al.PathPattern):
        return path_solutions(right, context, graphs, solutions)
    return joined(context, solutions, compile_pattern(right, context, graphs))


def _once(pattern: Pattern, context: Context, graphs: GraphScope) -> Solutions:
    """Keep the solutions of a pattern, wherever it is met again."""
    if (pattern, graphs) not in context.kept:
        solutions = compile_pattern(pattern, context, graphs)
        context.kept[pattern, graphs] = context.materialized(solutions.query), solutions.columns
    name, columns = context.kept[pattern, graphs]
    kept = [sql.column(context.name(variable)) for variable in columns]
    query = exp.select(*(kept or [sql.column("unit")])).from_(exp.to_table(name))
    return Solutions(query, columns)


def _union(left: Solutions, right: Solutions, context: Context) -> Solutions:
    left, right = aligned(context, left, right)
    columns: dict[Variable, Column] = {}
    for variable in dict.fromkeys((*left.columns, *right.columns)):
        sides = [s.columns[variable] for s in (left, right) if variable in s.columns]
        certain = len(sides) == 2 and all(side.certain for side in sides)
        families = frozenset().union(*(side.families for side in sides))
        columns[variable] = Column(sides[0].form, certain, families)
    parts = [_padded(side, columns, context) for side in (left, right)]
    union = exp.Union(this=parts[0], expression=parts[1], distinct=False)
    names = [sql.column(context.name(variable)) for variable in columns]
    query = exp.select(*(names or [sql.column("unit")]))
    return Solutions(query.from_(sql.subquery(union, context.fresh("u"))), columns)


def _padded(solutions: Solutions, columns: dict[Variable, Column], context: Context) -> exp.Select:
    row = Row(context, solutions)
    selected = [
        row.column(variable)
        if variable in solutions.columns
        else row.named(sql.null(SQL_TYPES[column.form]), variable)
        for variable, column in columns.items()
    ]
    return row.select(selected)


def _filter(pattern: al.Filter, context: Context, graphs: GraphScope) -> Solutions:
    inner = compile_pattern(pattern.pattern, context, graphs)
    row = Row(context, inner)
    condition = condition_of(pattern.condition, Scope(context, row, graphs))
    return Solutions(row.select(row.kept(), condition), row.solutions.columns)


def _extend(pattern: al.Extend, context: Context, graphs: GraphScope) -> Solutions:
    inner = compile_pattern(pattern.pattern, context, graphs)
    row = Row(context, inner)
    if isinstance(pattern.expression, Variable) and pattern.expression not in inner.columns:
        return inner
    scope = Scope(context, row, graphs)
    value = evaluate(pattern.expression, scope)
    _diagnose(pattern, value, scope)
    column, form = stored(context, value)
    query = row.select([*row.kept(), row.named(column, pattern.variable)])
    certain = isinstance(pattern.expression, al.Constant)
    columns = {**row.solutions.columns, pattern.variable: Column(form, certain, value.families)}
    return Solutions(query, columns)


def _diagnose(pattern: al.Extend, value: Value, scope: Scope) -> None:
    """Note how to find out why a geof: function had no result for some solutions."""
    call, row = pattern.expression, scope.row
    if not isinstance(call, al.Call) or call.name not in FUNCTION_BY_IRI:
        return
    sides = argument_sides(call.name, [evaluate(each, scope) for each in call.arguments])
    if sides is None or not isinstance(row, Row):
        return
    given = [sql.is_present(side.copy()) for side in sides]
    columns = [sql.named(side, f"a{place}") for place, side in enumerate(sides)]
    query = row.select(columns, sql.negated(value.bound()), *given)
    scope.context.diagnoses.append(Diagnosis(call.name, pattern.variable, query.copy()))


def _graph(name: al.Slot, inner: Pattern, context: Context, graphs: GraphScope) -> Solutions:
    if isinstance(name, al.Constant):
        inside = graphs.inside(context.match(name.term))
        solutions = compile_pattern(inner, context, inside)
        if needs_triples(inner):
            return solutions
        return joined(context, solutions, graph_there(context, inside))
    graph = context.graph_variable()
    inside = graphs.inside(graph)
    solutions = compile_pattern(inner, context, inside)
    if graph not in solutions.columns:
        solutions = joined(context, solutions, graph_names(context, inside))
    row = Row(context, solutions)
    kept = [variable for variable in solutions.columns if variable not in (graph, name)]
    columns = {variable: solutions.columns[variable] for variable in kept}
    conditions = []
    if (bound := solutions.columns.get(name)) is not None:
        both = (row.value(name), row.value(graph))
        same = same_term(*both)
        conditions.append(
            same if bound.certain else sql.either(sql.is_null(row.column(name)), same)
        )
    columns[name] = solutions.columns[graph]
    query = row.select([*row.kept(kept), row.named(row.column(graph), name)], *conditions)
    return Solutions(query, columns)


def _service(pattern: al.Service, context: Context, graphs: GraphScope) -> Solutions:
    if context.service is None and pattern.silent:
        context.warnings.append(f"SERVICE SILENT {pattern.name} was not asked: no federation")
        return unit()
    if context.service is None:
        raise QueryError(
            "SERVICE is answered by the federation only",
            value=pattern.name,
            hint="Ask with `earthgraph federate` and a members file that names the endpoint",
        )
    return compile_pattern(context.answered(context.service, pattern), context, graphs)


def _values(
    variables: tuple[Variable, ...],
    rows: tuple[tuple[Term | None, ...], ...],
    context: Context,
) -> Solutions:
    columns = {
        variable: Column(certain=all(row[place] is not None for row in rows))
        for place, variable in enumerate(variables)
    }
    if not rows:
        return none(context, columns)
    ids = context.constants(term for row in rows for term in row if term is not None)
    cells = [[None if term is None else sql.integer(ids[term]) for term in row] for row in rows]
    names = [(context.name(variable), "BIGINT") for variable in columns]
    if not names:
        return Solutions(sql.rows([("unit", "INT")], [[sql.integer(1)]] * len(rows)), {})
    return Solutions(sql.rows(names, cells), columns)


def _relation(
    relation: protocol.Relation, variables: tuple[Variable, ...], context: Context
) -> Solutions:
    columns = [
        sql.named(sql.column(variable.name), context.name(variable)) for variable in variables
    ] or [sql.named(sql.integer(1), "unit")]
    query = exp.select(*columns).from_(relation.table())
    fields = {variable: relation.schema.field(variable.name) for variable in variables}
    return Solutions(
        query,
        {
            variable: Column(
                "text" if each.type == pa.string() else "id", certain=not each.nullable
            )
            for variable, each in fields.items()
        },
    )


def _modified(
    pattern: al.OrderBy | al.Project | al.Distinct | al.Slice,
    context: Context,
    graphs: GraphScope,
) -> Solutions:
    """Compile solution modifiers; those of one SELECT become one, so that its order holds."""
    inner: Pattern = pattern
    cut = inner if isinstance(inner, al.Slice) else None
    inner = cut.pattern if cut else inner
    distinct = isinstance(inner, al.Distinct)
    inner = inner.pattern if isinstance(inner, al.Distinct) else inner
    project = inner if isinstance(inner, al.Project) else None
    inner = project.pattern if project else inner
    order = inner if isinstance(inner, al.OrderBy) else None
    inner = order.pattern if order else inner
    solutions = compile_pattern(inner, context, graphs)
    row = Row(context, solutions)
    keys = sort_terms(order.keys, Scope(context, row, graphs)) if order else []
    names = solutions.columns if project is None else project.variables
    kept = [variable for variable in names if variable in solutions.columns]
    if isinstance(graphs.active, Variable) and graphs.active in solutions.columns:
        kept = list(dict.fromkeys([*kept, graphs.active]))
    query = _ordered(row, kept, keys, distinct=distinct)
    if cut is not None:
        query = query if cut.limit is None else query.limit(cut.limit, copy=False)
        query = query.offset(cut.offset, copy=False) if cut.offset else query
    return Solutions(query, {v: row.solutions.columns[v] for v in kept})


def _ordered(
    row: Row, kept: list[Variable], keys: list[exp.Ordered], *, distinct: bool
) -> exp.Select:
    query = row.select(row.kept(kept))
    if not distinct:
        return query.order_by(*keys, copy=False) if keys else query
    if not keys or not kept:
        return query.distinct(copy=False)
    # A solution that stands several times stands where its first copy does.
    for key in keys:
        key.set("this", (exp.Max if key.args["desc"] else exp.Min)(this=key.this))
    return query.group_by(*row.kept(kept), copy=False).order_by(*keys, copy=False)


__all__ = ["compile_pattern"]
