"""ORDER BY across kinds of terms (SPARQL 1.1, section 15.1), and MIN and MAX, which follow it.

Unbound, blank nodes, IRIs, then literals: numbers, dateTimes, dates and booleans
by value, all others by their characters. What is equal so, such as ``1`` and ``1.0``,
stands in the order of the terms' ids, so that LIMIT cuts the same every time.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from endpoint.sparql.algebra import OrderKey, Variable
from endpoint.sparql.compile import sql
from endpoint.sparql.compile.expressions import Scope, evaluate
from endpoint.sparql.compile.id_values import IdValue
from endpoint.sparql.compile.sql import Expr
from endpoint.sparql.compile.values import LITERAL, Value

_UNBOUND_RANK, _OTHER_RANK = 0, 8
_FAMILY_RANKS = {"numeric": 3, "dateTime": 4, "date": 5, "boolean": 6}


def sort_terms(keys: Iterable[OrderKey], scope: Scope) -> list[exp.Ordered]:
    """Give the ORDER BY terms of some keys, then what decides between equal values."""
    terms: list[exp.Ordered] = []
    ties: list[exp.Ordered] = []
    for key in keys:
        value = evaluate(key.expression, scope)
        terms += (
            exp.Ordered(this=part, desc=key.descending, nulls_first=not key.descending)
            for part in sort_key(value)
        )
        if isinstance(key.expression, Variable) and isinstance(value, IdValue):
            ties.append(exp.Ordered(this=value.column(), desc=False, nulls_first=True))
    return [*terms, *ties]


def sort_key(value: Value) -> list[Expr]:
    """Give the parts by which a value is ordered: rank (INT), number (DOUBLE), text (VARCHAR)."""
    numbers = _numbers(value)
    rank_branches = [(sql.is_present(n), sql.integer(_FAMILY_RANKS[f])) for f, n in numbers]
    if value.families == {"numeric"}:
        return [value_number(value)]
    unbound = (sql.negated(value.bound()), sql.integer(_UNBOUND_RANK))
    literal = sql.equal(value.kind(), sql.integer(LITERAL))
    rank = sql.case(
        unbound, *rank_branches, (literal, sql.integer(_OTHER_RANK)), default=value.kind()
    )
    text = _text(value)
    if not numbers:
        return [rank, text]
    number = sql.coalesce(*(sql.cast(n.copy(), "DOUBLE") for _, n in numbers))
    return [rank, number, sql.case((sql.is_null(number.copy()), text))]


def value_number(value: Value) -> Expr:
    """Give the number of a value that is one."""
    number = value.number()
    assert number is not None
    return number.double()


def _numbers(value: Value) -> list[tuple[str, Expr]]:
    """Give each family that is ordered by a number, with that number."""
    found: list[tuple[str, Expr]] = []
    if (number := value.number()) is not None:
        found.append(("numeric", number.double()))
    moments = ((family, value.moment(family)) for family in ("dateTime", "date"))
    found += [(family, moment.micros()) for family, moment in moments if moment is not None]
    if (boolean := value.boolean()) is not None:
        found.append(("boolean", sql.cast(boolean, "INT")))
    return found


def _text(value: Value) -> Expr:
    if isinstance(value, IdValue):  # what is not in `terms` was ordered by its number
        return value.part("terms", "lexical")
    if value.families & {"blank"}:
        return sql.coalesce(value.lexical(), value.term())
    return value.lexical()
