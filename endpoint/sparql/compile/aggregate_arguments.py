"""What aggregates read of each solution: columns that are worked out once, before the grouping."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from endpoint.sparql import algebra as al
from endpoint.sparql.algebra import Aggregate, Variable
from endpoint.sparql.compile import sql
from endpoint.sparql.compile.chosen_value import ChosenValue
from endpoint.sparql.compile.context import Context, GraphScope
from endpoint.sparql.compile.expressions import Scope, evaluate
from endpoint.sparql.compile.solutions import Column, Row, Solutions, stored
from endpoint.sparql.compile.sql import Expr, Thunk
from endpoint.sparql.compile.values import DECIMAL_TYPE, Number, Value

SUMS = ("SUM", "AVG")
"""The aggregates that add numbers."""

_NO_NUMBER = Number(
    rank=lambda: sql.null("INT"),
    exact=lambda: sql.null(DECIMAL_TYPE),
    double=lambda: sql.null("DOUBLE"),
)


@dataclass(frozen=True, slots=True)
class Summand:
    """The argument of a sum: as `Number`, and whether it is a number where it should be one."""

    rank: Thunk
    exact: Thunk
    double: Thunk
    fine: Thunk


def _column(variable: Variable, name: str) -> Variable:
    return Variable(f"{variable.name}/{name}")


def with_firsts(
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
        argument, first = _column(variable, "argument"), _column(variable, "first")
        selected += [row.named(column, argument), row.named(number, first)]
        columns |= {argument: Column(form, False, value.families), first: Column()}
    return Solutions(row.select(selected), columns)


def argument_of(variable: Variable, aggregate: Aggregate, scope: Scope) -> tuple[Value, Value]:
    """Give what an aggregate takes in, and the argument of every solution."""
    row = scope.row
    assert isinstance(row, Row)
    if _column(variable, "argument") not in row.solutions.columns:
        assert aggregate.argument is not None
        value = evaluate(aggregate.argument, scope)
        return value, value
    first = sql.equal(row.column(_column(variable, "first")), sql.integer(1))
    every = row.value(_column(variable, "argument"))
    return ChosenValue([(first.copy, every)]), every


def with_numbers(
    pattern: al.Group, inner: Solutions, context: Context, graphs: GraphScope
) -> Solutions:
    """Add, for each sum, the sides of its argument: a sum mentions them again and again."""
    summed = [(v, aggregate) for v, aggregate in pattern.aggregates if aggregate.name in SUMS]
    if not summed:
        return inner
    row = Row(context, inner)
    scope = Scope(context, row, graphs)
    sides: dict[Variable, Expr] = {}
    for variable, aggregate in summed:
        value, every = argument_of(variable, aggregate, scope)
        number, all_numbers = value.number() or _NO_NUMBER, every.number() or _NO_NUMBER
        exact = number.exact or _NO_NUMBER.exact
        assert exact is not None
        sides[_column(variable, "rank")] = number.rank()
        sides[_column(variable, "exact")] = exact()
        sides[_column(variable, "double")] = number.double()
        sides[_column(variable, "fine")] = sql.is_present(all_numbers.double())
    made = [row.named(side, variable) for variable, side in sides.items()]
    columns = {**row.solutions.columns, **dict.fromkeys(sides, Column())}
    return Solutions(row.select([*row.kept(), *made]), columns)


def summand_of(variable: Variable, scope: Scope) -> Summand:
    """Give the columns that `with_numbers` added for a sum."""
    row = scope.row
    assert isinstance(row, Row)
    rank, exact, double, fine = (
        row.column(_column(variable, name)) for name in ("rank", "exact", "double", "fine")
    )
    return Summand(rank.copy, exact.copy, double.copy, fine.copy)
