"""GROUP BY and the aggregates (SPARQL 1.1, section 18.5.1)."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from endpoint.sparql import algebra as al
from endpoint.sparql.algebra import Aggregate, Variable
from endpoint.sparql.compile import sql
from endpoint.sparql.compile.arithmetic import combined
from endpoint.sparql.compile.chosen_value import ChosenValue
from endpoint.sparql.compile.context import Context, GraphScope
from endpoint.sparql.compile.expressions import Scope, evaluate
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
from endpoint.sparql.compile.text_values import TextValue
from endpoint.sparql.compile.triples import graph_names
from endpoint.sparql.compile.values import DECIMAL_TYPE, Number, Value


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
    inner = _with_firsts(pattern, keys, inner, context, graphs)
    row = Row(context, inner)
    scope = Scope(context, row, graphs)
    columns: dict[Variable, Column] = {key: inner.columns[key] for key in keys}
    selected = row.kept(keys)
    for variable, aggregate in pattern.aggregates:
        value = _aggregated(variable, aggregate, scope, inner)
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


_NO_NUMBER = Number(
    rank=lambda: sql.null("INT"),
    exact=lambda: sql.null(DECIMAL_TYPE),
    double=lambda: sql.null("DOUBLE"),
)


def _argument(variable: Variable) -> Variable:
    return Variable(f"{variable.name}/argument")


def _first(variable: Variable) -> Variable:
    return Variable(f"{variable.name}/first")


def _with_firsts(
    pattern: al.Group,
    keys: list[Variable],
    inner: Solutions,
    context: Context,
    graphs: GraphScope,
) -> Solutions:
    """Add, for each DISTINCT aggregate, its argument and whether it is the first of its kind."""
    distinct = [
        (variable, aggregate)
        for variable, aggregate in pattern.aggregates
        if aggregate.distinct and aggregate.argument is not None and aggregate.name != "COUNT"
    ]
    if not distinct:
        return inner
    row = Row(context, inner)
    scope = Scope(context, row, graphs)
    columns, selected = dict(inner.columns), row.kept()
    for variable, aggregate in distinct:
        assert aggregate.argument is not None
        value = evaluate(aggregate.argument, scope)
        column, form = stored(context, value)
        number = exp.Window(
            this=exp.RowNumber(),
            partition_by=[*row.kept(keys), column.copy()],
            order=exp.Order(expressions=[exp.Ordered(this=column.copy())]),
        )
        selected += [
            row.named(column, _argument(variable)),
            row.named(number, _first(variable)),
        ]
        columns[_argument(variable)] = Column(form, False, value.families)
        columns[_first(variable)] = Column()
    return Solutions(row.select(selected), columns)


def _aggregated(variable: Variable, aggregate: Aggregate, scope: Scope, inner: Solutions) -> Value:
    if aggregate.argument is None:
        return _count_solutions(aggregate, scope, inner)
    if _argument(variable) in inner.columns:
        row = scope.row
        assert isinstance(row, Row)
        first = sql.equal(row.column(_first(variable)), sql.integer(1))
        every = row.value(_argument(variable))
        value: Value = ChosenValue([(first.copy, every)])
    else:
        value = every = evaluate(aggregate.argument, scope)
    context = scope.context
    match aggregate.name:
        case "COUNT":
            return _count(value, aggregate.distinct, context)
        case "SUM":
            return number_value(_numeric_sum(value, every))
        case "AVG":
            return _average(value, every)
        case "MIN" | "MAX":
            return _extreme(aggregate.name, value, _no_error(every.bound()), context)
        case "SAMPLE":
            return _sample(value, context)
        case "GROUP_CONCAT":
            fine = _no_error(sql.is_present(every.lexical()))
            return _group_concat(value, aggregate.separator, fine)
    return aggregate_value(aggregate, value)


def _no_error(known: Expr) -> Expr:
    """Tell whether no solution of the group has an error: else SUM, AVG, MIN, MAX have one."""
    wrong = sql.case((sql.negated(known), sql.integer(1)))
    return sql.equal(exp.Count(this=wrong), sql.integer(0))


def _count_solutions(aggregate: Aggregate, scope: Scope, inner: Solutions) -> Value:
    if not aggregate.distinct:
        return integer_value(lambda: exp.Count(this=exp.Star()))
    row = scope.row
    assert isinstance(row, Row)
    parts: list[Expr] = [sql.string("")]
    for variable in inner.columns:
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


def _numeric_sum(value: Value, every: Value) -> Number:
    """Give the sum of `value`, an error where one of `every` is not a number."""
    number, all_numbers = value.number() or _NO_NUMBER, every.number() or _NO_NUMBER
    fine = _no_error(sql.is_present(all_numbers.double()))

    def total(part: Expr, kind: str) -> Expr:
        added = sql.coalesce(sql.cast(exp.Sum(this=part), kind), sql.cast(sql.integer(0), kind))
        return sql.case((fine.copy(), added))

    def rank() -> Expr:
        highest = sql.coalesce(exp.Max(this=number.rank()), sql.integer(1))
        return sql.case((fine.copy(), highest))

    exact = number.exact
    return Number(
        rank=rank,
        exact=None if exact is None else (lambda: total(exact(), DECIMAL_TYPE)),
        double=lambda: total(number.double(), "DOUBLE"),
        static_rank=None,
    )


def _average(value: Value, every: Value) -> Value:
    total, number = _numeric_sum(value, every), value.number() or _NO_NUMBER
    count = integer_value(lambda: exp.Count(this=number.double())).number()
    assert count is not None
    empty = sql.equal(exp.Count(this=number.double()), sql.integer(0))
    zero = integer_value(
        lambda: sql.case((sql.is_present(total.rank()), sql.cast(sql.integer(0), "BIGINT")))
    )
    mean = number_value(combined("/", total, count))
    return ChosenValue([(empty.copy, zero), (lambda: sql.negated(empty.copy()), mean)])


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
