"""Arithmetic with SPARQL's promotion: integer, decimal, float, double (section 17.3).

Integers and decimals are worked out exactly, in DECIMAL(38, 18): sums by the
engine, products and quotients by our own functions, because engines disagree
on the scale of a product. An overflow is an error of SPARQL: null.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from endpoint.sparql.compile import sql
from endpoint.sparql.compile.made_values import error_value, number_value
from endpoint.sparql.compile.sql import Expr
from endpoint.sparql.compile.values import DECIMAL_TYPE, Number, Value

_SUMS: dict[str, type[exp.Binary]] = {"+": exp.Add, "-": exp.Sub, "*": exp.Mul}
_EXACT_CALLS = {"*": "sparql_multiply", "/": "sparql_divide"}


def arithmetic(operator: str, left: Value, right: Value) -> Value:
    """Give ``left operator right`` for ``+ - * /``."""
    a, b = left.number(), right.number()
    if a is None or b is None:
        return error_value()
    return number_value(combined(operator, a, b))


def combined(operator: str, a: Number, b: Number) -> Number:
    """Give two numbers under an operator of ``+ - * /``."""
    least = 2 if operator == "/" else 1  # a quotient of integers is a decimal
    static = None
    if a.static_rank is not None and b.static_rank is not None:
        static = max(a.static_rank, b.static_rank, least)

    def rank() -> Expr:
        if static is not None:
            known = sql.both(sql.is_present(a.rank()), sql.is_present(b.rank()))
            return sql.case((known, sql.integer(static)))
        # GREATEST skips nulls on one engine, so they are kept out.
        ranks = exp.Greatest(this=a.rank(), expressions=[b.rank(), sql.integer(least)])
        return sql.case((sql.both(sql.is_present(a.rank()), sql.is_present(b.rank())), ranks))

    inexact = (static or 0) > 2 or a.exact is None or b.exact is None

    def double() -> Expr:
        if static == 3:
            return _single(operator, a, b)
        as_doubles = _double(operator, a.double(), b.double())
        if static is None:
            is_float = sql.equal(rank(), sql.integer(3))
            as_doubles = sql.case((is_float, _single(operator, a, b)), default=as_doubles)
        if inexact or operator not in _EXACT_CALLS:
            return as_doubles
        exactly = sql.cast(_exact(operator, a, b), "DOUBLE")  # null by zero or past the digits
        if static is not None:
            return exactly
        return sql.case((sql.compare("<=", rank(), sql.integer(2)), exactly), default=as_doubles)

    return Number(
        rank=rank,
        exact=None if inexact else (lambda: _exact(operator, a, b)),
        double=double,
        static_rank=static,
    )


def _exact(operator: str, a: Number, b: Number) -> Expr:
    assert a.exact is not None
    assert b.exact is not None
    if operator in _EXACT_CALLS:
        texts = (sql.cast(a.exact(), "VARCHAR"), sql.cast(b.exact(), "VARCHAR"))
        return sql.cast(sql.call(_EXACT_CALLS[operator], *texts), DECIMAL_TYPE)
    total = exp.Try(this=sql.binary(_SUMS[operator], a.exact(), b.exact()))  # null past the digits
    return sql.cast(total, DECIMAL_TYPE)


def _double(operator: str, a: Expr, b: Expr) -> Expr:
    if operator == "/":
        return sql.call("sparql_divide_double", a, b)
    return sql.binary(_SUMS[operator], a, b)


def _single(operator: str, a: Number, b: Number) -> Expr:
    """Work with floats: an integer or decimal beside one is promoted first (17.3)."""
    sides = [
        n.double() if n.static_rank == 3 or n.is_single else sql.call("sparql_to_float", n.double())
        for n in (a, b)
    ]
    return sql.call("sparql_to_float", _double(operator, *sides))


def positive(operand: Value) -> Value:
    """Give ``+operand``."""
    number = operand.number()
    return error_value() if number is None else number_value(number)


def negative(operand: Value) -> Value:
    """Give ``-operand``."""
    number = operand.number()
    if number is None:
        return error_value()
    return number_value(mapped(number, lambda e: exp.Neg(this=sql.paren(e))))


def absolute(operand: Value) -> Value:
    """Give ABS."""
    number = operand.number()
    if number is None:
        return error_value()
    return number_value(mapped(number, lambda e: exp.Abs(this=e)))


def rounded(how: str, operand: Value) -> Value:
    """Give CEIL, FLOOR or ROUND (half towards positive infinity); the rank stays."""
    number = operand.number()
    if number is None:
        return error_value()
    exact, double = number.exact, number.double

    def exactly() -> Expr:
        assert exact is not None
        text = sql.call("sparql_round_exact", sql.string(how), sql.cast(exact(), "VARCHAR"))
        return sql.cast(text, DECIMAL_TYPE)

    def as_double() -> Expr:
        return sql.call("sparql_round_double", sql.string(how), double())

    made = Number(number.rank, None if exact is None else exactly, as_double, number.static_rank)
    return number_value(made)


def mapped(number: Number, change: Callable[[Expr], Expr]) -> Number:
    """Give a number with something done to each of its values."""
    exact = number.exact
    return Number(
        rank=number.rank,
        exact=None if exact is None else (lambda: sql.cast(change(exact()), DECIMAL_TYPE)),
        double=lambda: change(number.double()),
        static_rank=number.static_rank,
        is_plain=number.is_plain,
        is_nan_free=number.is_nan_free,
    )
