"""Short names for the SQL expression nodes that the compiler is written with.

Every function gives a fresh tree; what is passed in is used, not copied, except
where it says so. A tree that is put in two places must be copied for one.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import cast as cast_type

from sqlglot import exp

Expr = exp.Expression
Thunk = Callable[[], Expr]
"""Gives a fresh tree each time."""


def integer(value: int) -> Expr:
    """Give an integer literal."""
    return exp.Literal.number(value)


def string(value: str) -> Expr:
    """Give a VARCHAR literal."""
    return exp.Literal.string(value)


def double(value: float) -> Expr:
    """Give a DOUBLE literal, exactly."""
    return cast(exp.Literal.string(repr(value)), "DOUBLE")


def null(kind: str) -> Expr:
    """Give a null of a type."""
    return cast(exp.null(), kind)


def cast(value: Expr, kind: str) -> Expr:
    """Give a CAST."""
    return exp.Cast(this=value, to=_type(kind).copy())


@functools.cache
def _type(kind: str) -> exp.DataType:
    return exp.DataType.build(kind)


def column(name: str, table: str | None = None) -> Expr:
    """Give a quoted column."""
    within = None if table is None else _identifier(table)
    return exp.Column(this=_identifier(name), table=within)


def _identifier(name: str) -> exp.Identifier:
    return exp.Identifier(this=name, quoted=True)


def call(name: str, *arguments: Expr) -> Expr:
    """Give a call of a function known to the engine by name."""
    return exp.Anonymous(this=name, expressions=list(arguments))


def case(*branches: tuple[Expr, Expr], default: Expr | None = None) -> Expr:
    """Give a searched CASE."""
    if not branches and default is not None:
        return default
    ifs = [exp.If(this=condition, true=value) for condition, value in branches]
    return exp.Case(ifs=ifs, default=default)


def paren(value: Expr) -> Expr:
    """Give the value in parentheses unless it needs none."""
    is_tight = isinstance(value, _TIGHT) and not isinstance(value, exp.Binary)
    return value if is_tight else exp.Paren(this=value)


_TIGHT = (exp.Column, exp.Literal, exp.Func, exp.Paren, exp.Cast, exp.Case, exp.Boolean)


def both(*conditions: Expr) -> Expr:
    """Give the conjunction; of none it is true."""
    return _joined(exp.And, conditions, exp.true())


def either(*conditions: Expr) -> Expr:
    """Give the disjunction; of none it is false."""
    return _joined(exp.Or, conditions, exp.false())


def _joined(node: type[exp.Connector], conditions: Sequence[Expr], empty: Expr) -> Expr:
    if not conditions:
        return empty
    result: Expr = paren(conditions[0]) if len(conditions) > 1 else conditions[0]
    for condition in conditions[1:]:
        result = _tree(node(this=result, expression=paren(condition)))
    return result


def negated(condition: Expr) -> Expr:
    """Give NOT."""
    return exp.Not(this=paren(condition))


def is_null(value: Expr) -> Expr:
    """Give ``value IS NULL``."""
    return exp.Is(this=paren(value), expression=exp.null())


def is_present(value: Expr) -> Expr:
    """Give ``value IS NOT NULL``."""
    return exp.Not(this=is_null(value))


def equal(left: Expr, right: Expr) -> Expr:
    """Give ``left = right``."""
    return exp.EQ(this=paren(left), expression=paren(right))


def coalesce(*values: Expr) -> Expr:
    """Give the first that is not null."""
    return (
        values[0] if len(values) == 1 else exp.Coalesce(this=values[0], expressions=[*values[1:]])
    )


def concat(*parts: Expr) -> Expr:
    """Give the parts one after the other; null where one is null."""
    result = parts[0]
    for part in parts[1:]:
        result = exp.DPipe(this=paren(result), expression=paren(part), safe=True)
    return result


def one_of(value: Expr, numbers: Sequence[int]) -> Expr:
    """Give ``value IN (numbers)``."""
    return exp.In(this=paren(value), expressions=[integer(number) for number in numbers])


COMPARISONS: dict[str, type[exp.Binary]] = {
    "=": exp.EQ,
    "!=": exp.NEQ,
    "<": exp.LT,
    ">": exp.GT,
    "<=": exp.LTE,
    ">=": exp.GTE,
}


def compare(operator: str, left: Expr, right: Expr) -> Expr:
    """Give ``left operator right``."""
    return binary(COMPARISONS[operator], left, right)


def binary(node: type[exp.Binary], left: Expr, right: Expr) -> Expr:
    """Give ``left node right``."""
    return _tree(node(this=paren(left), expression=paren(right)))


def named(value: Expr, name: str) -> Expr:
    """Give ``value AS name``."""
    return exp.Alias(this=value, alias=_identifier(name))


def _tree(node: exp.Expr) -> Expr:
    """Narrow what the library types too widely."""
    return cast_type(Expr, node)


def rows(names: Sequence[tuple[str, str]], values: Sequence[Sequence[Expr | None]]) -> exp.Select:
    """Give constant rows: `names` are (column, type); None is null."""
    columns = [name for name, _ in names]
    if not values:
        nulls = [named(cast(exp.null(), kind), name) for name, kind in names]
        return exp.select(*nulls, copy=False).where(exp.false(), copy=False)
    tuples = [
        exp.Tuple(
            expressions=[
                cast(exp.null() if cell is None else cell, kind)
                for (_, kind), cell in zip(names, cells, strict=True)
            ]
        )
        for cells in values
    ]
    table = exp.Values(
        expressions=tuples,
        alias=exp.TableAlias(
            this=_identifier("u"), columns=[_identifier(name) for name in columns]
        ),
    )
    return exp.select(*(column(name) for name in columns), copy=False).from_(table, copy=False)


def union_all(queries: Sequence[exp.Select]) -> exp.Select:
    """Give the rows of all queries, as a tree of even depth."""
    if len(queries) == 1:
        return queries[0]
    parts: list[exp.Query] = list(queries)
    while len(parts) > 1:
        pairs = [parts[i : i + 2] for i in range(0, len(parts), 2)]
        parts = [
            exp.Union(this=p[0], expression=p[1], distinct=False) if len(p) == 2 else p[0]
            for p in pairs
        ]
    return exp.select("*", copy=False).from_(subquery(parts[0], "u"), copy=False)


def subquery(query: exp.Query, alias: str) -> exp.Subquery:
    """Give a query to stand in FROM."""
    return exp.Subquery(this=query, alias=exp.TableAlias(this=exp.to_identifier(alias)))


def join(query: exp.Select, source: Expr, on: Expr | None, *, optional: bool = False) -> None:
    """Join a source to a query: every pair where `on` is None; `optional`: LEFT."""
    kind = {"side": "LEFT"} if optional else {"kind": "CROSS" if on is None else "INNER"}
    query.append("joins", exp.Join(this=source, on=on, **kind))


def where(query: exp.Select, *conditions: Expr) -> None:
    """Restrict a query that has no WHERE yet."""
    if conditions:
        query.set("where", exp.Where(this=both(*conditions)))


def boolean(value: bool) -> Expr:
    """Give TRUE or FALSE."""
    return exp.Boolean(this=value)


def is_nan(value: Expr) -> Expr:
    """Tell whether a double is NaN."""
    return exp.IsNan(this=value)


def any_of(value: Expr, candidates: Sequence[Expr]) -> Expr:
    """Give ``value IN (candidates)``."""
    return exp.In(this=paren(value), expressions=list(candidates))


def substring(text: Expr, start: int, length: int | None = None) -> Expr:
    """Give part of a string, from `start` (the first character is 1)."""
    return exp.Substring(
        this=text, start=integer(start), length=None if length is None else integer(length)
    )


def position(text: Expr, part: str) -> Expr:
    """Give where `part` begins in a string (the first character is 1; 0: nowhere)."""
    return exp.StrPosition(this=text, substr=string(part))
