"""SUM and AVG: exact for integers and decimals, an error where 20 digits do not hold the result."""

from __future__ import annotations

from sqlglot import exp

from endpoint.sparql.compile import sql
from endpoint.sparql.compile.aggregate_arguments import Summand
from endpoint.sparql.compile.arithmetic import combined
from endpoint.sparql.compile.chosen_value import ChosenValue
from endpoint.sparql.compile.made_values import integer_value, number_value
from endpoint.sparql.compile.sql import Expr
from endpoint.sparql.compile.values import DECIMAL_TYPE, Number, Value

_WHOLE_TYPE = "DECIMAL(38, 0)"
_FULL = "1" + "0" * 20
"""The least number that no DECIMAL(38, 18) holds."""
_LARGE = "1000000000"
"""Numbers below it can be added 10^11 times before a DECIMAL(38, 18) is full."""


def total(summand: Summand) -> Number:
    """Give the sum of the numbers, an error where one of the arguments is none.

    An exact sum is also an error where it, or a number in it, has more than 20
    digits before the point; one of doubles goes to infinity.
    """
    fine = no_error(summand.fine())

    def rank() -> Expr:
        highest = sql.coalesce(exp.Max(this=summand.rank()), sql.integer(1))
        return sql.case((fine.copy(), highest))

    def exact() -> Expr:
        all_exact = sql.equal(exp.Count(this=summand.exact()), exp.Count(this=summand.double()))
        return sql.case((sql.both(fine.copy(), all_exact), _exact_sum(summand.exact())))

    def double() -> Expr:
        added = sql.cast(exp.Sum(this=summand.double()), "DOUBLE")
        return sql.case((fine.copy(), _or_zero(added, "DOUBLE")))

    return Number(rank=rank, exact=exact, double=double)


def average(summand: Summand) -> Value:
    """Give the sum divided by the count; 0 of no numbers."""
    added = total(summand)
    count = integer_value(lambda: exp.Count(this=summand.double())).number()
    assert count is not None
    empty = sql.equal(exp.Count(this=summand.double()), sql.integer(0))
    zero = integer_value(
        lambda: sql.case((sql.is_present(added.rank()), sql.cast(sql.integer(0), "BIGINT")))
    )
    mean = number_value(combined("/", added, count))
    return ChosenValue([(empty.copy, zero), (lambda: sql.negated(empty.copy()), mean)])


def no_error(known: Expr) -> Expr:
    """Tell whether no solution of the group has an error: else SUM, AVG, MIN, MAX have one."""
    wrong = sql.case((sql.negated(known), sql.integer(1)))
    return sql.equal(exp.Count(this=wrong), sql.integer(0))


def _exact_sum(number: Expr) -> Expr:
    """Add DECIMAL(38, 18); null past its digits, which engines make the query's failure.

    Of large numbers whole part and fraction are added apart, and the whole parts
    in DECIMAL(38, 0): no sum of fewer than 10^18 numbers is too large for it.
    """
    limit = sql.cast(sql.string(_LARGE), DECIMAL_TYPE)
    is_large = sql.compare(">=", exp.Abs(this=number.copy()), limit)
    rest = sql.case((is_large, _fraction(number)), default=number.copy())
    added = _or_zero(sql.cast(exp.Sum(this=rest), DECIMAL_TYPE), DECIMAL_TYPE)
    wholes = exp.Sum(this=sql.case((is_large.copy(), _whole(number))))
    carried = sql.binary(exp.Add, _or_zero(wholes, _WHOLE_TYPE), _whole(added))
    fits = sql.compare("<", exp.Abs(this=carried), sql.cast(sql.string(_FULL), _WHOLE_TYPE))
    together = sql.binary(exp.Add, sql.cast(carried.copy(), DECIMAL_TYPE), _fraction(added))
    return sql.case((fits, sql.cast(together, DECIMAL_TYPE)))


def _or_zero(added: Expr, kind: str) -> Expr:
    """Give the sum of no numbers too."""
    return sql.coalesce(added, sql.cast(sql.integer(0), kind))


def _fraction(number: Expr) -> Expr:
    """Give what stands after the point, with the sign of the number."""
    one = sql.cast(sql.integer(1), DECIMAL_TYPE)
    return sql.cast(sql.binary(exp.Mod, number.copy(), one), DECIMAL_TYPE)


def _whole(number: Expr) -> Expr:
    """Give what stands before the point."""
    return sql.cast(sql.binary(exp.Sub, number.copy(), _fraction(number)), _WHOLE_TYPE)
