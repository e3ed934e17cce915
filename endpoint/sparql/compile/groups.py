"""GROUP BY and the aggregates (SPARQL 1.1, section 18.5.1)."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from endpoint.sparql import algebra as al
from endpoint.sparql.algebra import Aggregate, Variable
from endpoint.sparql.compile import sql
from endpoint.sparql.compile.aggregate_arguments import (
    SUMS,
    argument_of,
    summand_of,
    with_firsts,
    with_numbers,
)
from endpoint.sparql.compile.context import Context, GraphScope
from endpoint.sparql.compile.expressions import Scope
from endpoint.sparql.compile.geometry_functions import aggregate_value
from endpoint.sparql.compile.joins import joined
from endpoint.sparql.compile.made_values import (
    MadeValue,
    integer_value,
    number_value,
    string_value,
)
from endpoint.sparql.compile.ordering import sort_key
from endpoint.sparql.compile.solutions import Column, Row, Solutions, none, stored
from endpoint.sparql.compile.sql import Expr
from endpoint.sparql.compile.sums import average, no_error, total
from endpoint.sparql.compile.text_values import TextValue
from endpoint.sparql.compile.triples import graph_names
from endpoint.sparql.compile.values import Value


def grouped(pattern: al.Group, inner: Solutions, context: Context, graphs: GraphScope) -> Solutions:
    """Compile a group; inside GRAPH with a variable each graph has groups of its own."""
    graph = graphs.active
    if not isinstance(graph, Variable):
        return _grouped(pattern, inner, context, graphs)
    if graph not in inner.columns:
        inner = joined(context, inner, graph_names(context, graphs))
    by_graph = replace(pattern, keys=(graph, *pattern.keys))
    groups = _grouped(by_graph, inner, context, graphs)
    if pattern.keys:
        return groups
    nothing = _grouped(pattern, none(context, inner.columns), context, graphs)
    return _filled(groups, nothing, graph, context, graphs)


def _filled(
    groups: Solutions, nothing: Solutions, graph: Variable, context: Context, graphs: GraphScope
) -> Solutions:
    """Add the group of nothing for the graphs that have no solution."""
    names = graph_names(context, graphs)
    every, group, empty = Row(context, names), Row(context, groups), Row(context, nothing)
    missing = sql.is_null(group.column(graph))
    columns = [
        every.named(sql.case((missing.copy(), empty.column(v)), default=group.column(v)), v)
        for v in nothing.columns
    ]
    query = every.select([every.column(graph), *columns])
    on = sql.equal(every.column(graph), group.column(graph))
    query = query.join(groups.source(group.alias), on=on, join_type="left", copy=False)
    query = query.join(nothing.source(empty.alias), join_type="cross", copy=False)
    return Solutions(query, {graph: names.columns[graph], **nothing.columns})


def _grouped(
    pattern: al.Group, inner: Solutions, context: Context, graphs: GraphScope
) -> Solutions:
    keys = [key for key in pattern.keys if key in inner.columns]
    variables = tuple(inner.columns)
    inner = with_firsts(pattern, keys, inner, context, graphs)
    inner = with_numbers(pattern, inner, context, graphs)
    row = Row(context, inner)
    scope = Scope(context, row, graphs)
    columns: dict[Variable, Column] = {key: inner.columns[key] for key in keys}
    selected = row.kept(keys)
    for variable, aggregate in pattern.aggregates:
        value = _aggregated(variable, aggregate, scope, variables)
        column, form = stored(context, value)
        certain = aggregate.name == "COUNT"
        columns[variable] = Column(form, certain, value.families)
        selected.append(row.named(column, variable))
    query = row.select(selected or [sql.named(exp.Count(this=exp.Star()), "unit")])
    if pattern.keys:
        query = query.group_by(*(row.column(key) for key in keys), copy=False)
        if not keys:  # the keys are never bound: one group, but none of nothing
            query = query.having(sql.compare(">", exp.Count(this=exp.Star()), sql.integer(0)))
    return Solutions(query, columns)


def _aggregated(
    variable: Variable, aggregate: Aggregate, scope: Scope, variables: tuple[Variable, ...]
) -> Value:
    """Give an aggregate of solutions of some variables."""
    if aggregate.argument is None:
        return _count_solutions(aggregate, scope, variables)
    if aggregate.name in SUMS:
        summand = summand_of(variable, scope)
        return average(summand) if aggregate.name == "AVG" else number_value(total(summand))
    value, every = argument_of(variable, aggregate, scope)
    context = scope.context
    match aggregate.name:
        case "COUNT":
            return _count(value, aggregate.distinct, context)
        case "MIN" | "MAX":
            return _extreme(aggregate.name, value, no_error(every.bound()), context)
        case "SAMPLE":
            return _sample(value, context)
        case "GROUP_CONCAT":
            fine = no_error(sql.is_present(every.lexical()))
            return _group_concat(value, aggregate.separator, fine)
    return aggregate_value(aggregate, value)


def _count_solutions(aggregate: Aggregate, scope: Scope, variables: tuple[Variable, ...]) -> Value:
    if not aggregate.distinct:
        return integer_value(lambda: exp.Count(this=exp.Star()))
    row = scope.row
    assert isinstance(row, Row)
    parts: list[Expr] = [sql.string("")]
    for variable in variables:
        text = sql.cast(row.column(variable), "VARCHAR")
        size = sql.cast(exp.Length(this=text.copy()), "VARCHAR")
        cell = sql.concat(size, sql.string(":"), text)
        parts.append(sql.coalesce(cell, sql.string("-")))
    counted = exp.Count(this=exp.Distinct(expressions=[sql.concat(*parts)]))
    return integer_value(counted.copy)


def _count(value: Value, distinct: bool, context: Context) -> Value:
    column, _ = stored(context, value)
    counted = exp.Distinct(expressions=[column]) if distinct else column
    return integer_value(exp.Count(this=counted).copy)


def _extreme(name: str, value: Value, fine: Expr, context: Context) -> Value:
    """Give MIN or MAX: of a record whose first fields are the sort key."""
    column, form = stored(context, value)
    fields: dict[str, Expr] = {f"k{i}": part for i, part in enumerate(sort_key(value))}
    fields["stored"] = column.copy()
    record = exp.Struct(
        expressions=[
            exp.PropertyEQ(this=exp.to_identifier(field), expression=part)
            for field, part in fields.items()
        ]
    )
    present = sql.case((sql.is_present(column), record))
    chosen = exp.Max(this=present) if name == "MAX" else exp.Min(this=present)
    result = exp.Dot(this=exp.Paren(this=chosen), expression=exp.to_identifier("stored"))
    return from_stored(sql.case((fine, result)), form, value)


def _sample(value: Value, context: Context) -> Value:
    column, form = stored(context, value)
    return from_stored(exp.Min(this=column), form, value)


def from_stored(column: Expr, form: str, value: Value) -> Value:
    """Give a value of what `stored` gave, chosen by an aggregate."""
    if form == "text":
        return TextValue(column.copy, value.families)
    return MadeValue(value.families, lambda: sql.null("VARCHAR"), known_id=column.copy)


def _group_concat(value: Value, separator: str, fine: Expr) -> Value:
    texts = exp.GroupConcat(this=value.lexical(), separator=sql.string(separator))
    joined_texts = sql.coalesce(texts, sql.string(""))
    return string_value(sql.case((fine, joined_texts)).copy)
