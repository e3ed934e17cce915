"""Comparison of values (SPARQL 1.1, sections 17.3 and 17.4.1.7).

Two literals of datatypes that are known to have different values are unequal;
with a literal of an unknown datatype, or an ill-typed one, equality of
different terms is an error.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from endpoint.sparql.compile import sql
from endpoint.sparql.compile.id_values import IdValue
from endpoint.sparql.compile.made_values import MadeValue
from endpoint.sparql.compile.sql import Expr
from endpoint.sparql.compile.text_values import TextValue
from endpoint.sparql.compile.values import LITERAL, TRIPLE_KIND, Moment, Number, Text, Value
from endpoint.sparql.functions.literal_values import ZONE_REACH_MICROS

_OPAQUE = frozenset({"other", "geometry"})
_NAMED = frozenset({"iri", "blank", "language", "triple"})
Branches = list[tuple[Expr, Expr]]


def equals(left: Value, right: Value, *, triples: bool = False) -> Expr:
    """Give ``left = right``: BOOLEAN, null for an error.

    Where `triples`, triple terms are looked for, which are equal part by part; they
    cost every row a look at both terms.
    """
    shared = left.families & right.families
    if not (left.families & right.families) and not _may_be_opaque(left, right):
        return _where_bound(left, right, sql.boolean(False))
    by_parts = triples and "triple" in shared
    if shared <= _NAMED | {"string"} and not by_parts and not _may_be_opaque(left, right):
        return _same(left, right)
    branches: Branches = []
    if "numeric" in shared:
        a, b = _numbers(left, right)
        known = sql.both(sql.is_present(a.double()), sql.is_present(b.double()))
        if left.families == right.families == {"numeric"}:
            return compare_numbers("=", a, b, lambda: _one_number(left, right))
        branches.append((known, compare_numbers("=", a, b, lambda: _one_number(left, right))))
    if by_parts:
        both = sql.both(*(sql.equal(v.kind(), sql.integer(TRIPLE_KIND)) for v in (left, right)))
        branches.append((both, sql.call("sparql_triple_equal", left.term(), right.term())))
    if shared - {"numeric"}:
        branches.append((_same(left, right), sql.boolean(True)))
    if "boolean" in shared:
        _add_booleans("=", left, right, branches)
    for family in ("dateTime", "date"):
        if family in shared:
            _add_moments("=", left, right, family, branches)
    if _may_be_opaque(left, right):
        branches.append((_opaque_literals(left, right), sql.null("BOOLEAN")))
    return _where_bound(left, right, sql.case(*branches, default=sql.boolean(False)))


def ordered(operator: str, left: Value, right: Value) -> Expr:
    """Give ``left operator right`` for ``<``, ``>``, ``<=``, ``>=``: BOOLEAN, null for an error."""
    shared = left.families & right.families
    branches: Branches = []
    if "numeric" in shared:
        a, b = _numbers(left, right)
        if left.families == {"numeric"} or right.families == {"numeric"}:
            return compare_numbers(operator, a, b, lambda: _one_number(left, right))
        known = sql.both(sql.is_present(a.double()), sql.is_present(b.double()))
        branches.append((known, compare_numbers(operator, a, b, lambda: _one_number(left, right))))
    if "string" in shared:
        a_text, b_text = _plain(left), _plain(right)
        compared = sql.compare(operator, a_text, b_text)
        if left.families == {"string"} or right.families == {"string"}:
            return compared
        known = sql.both(sql.is_present(a_text.copy()), sql.is_present(b_text.copy()))
        branches.append((known, compared))
    if "boolean" in shared:
        _add_booleans(operator, left, right, branches)
    for family in ("dateTime", "date"):
        if family in shared:
            _add_moments(operator, left, right, family, branches)
    return sql.case(*branches) if branches else sql.null("BOOLEAN")


def same_term(left: Value, right: Value) -> Expr:
    """Give sameTerm: BOOLEAN, null where one is unbound."""
    return _same(left, right)


def _same(left: Value, right: Value) -> Expr:
    return _one_id(left, right) or sql.equal(left.term(), right.term())


def _one_id(left: Value, right: Value) -> Expr | None:
    left_id, right_id = _comparable_id(left), _comparable_id(right)
    if left_id is None or right_id is None:
        return None
    return sql.equal(left_id, right_id)


def _one_number(left: Value, right: Value) -> Expr | None:
    """Tell whether two numbers are one term, where this needs no look into the dictionary."""
    if isinstance(left, TextValue) and isinstance(right, TextValue):
        return sql.equal(left.term(), right.term())
    return _one_id(left, right)


def _comparable_id(value: Value) -> Expr | None:
    if isinstance(value, MadeValue) and (match_id := value.match_id()) is not None:
        return match_id
    return value.id()


def _where_bound(left: Value, right: Value, result: Expr) -> Expr:
    conditions = [
        bound
        for bound in (left.bound(), right.bound())
        if not (isinstance(bound, exp.Boolean) and bound.this)
    ]
    return sql.case((sql.both(*conditions), result)) if conditions else result


def _may_be_opaque(left: Value, right: Value) -> bool:
    literals = ("string", "boolean", "numeric", "date", "dateTime")
    either_opaque = bool((left.families | right.families) & _OPAQUE)
    return either_opaque and all(side.families & {*literals, *_OPAQUE} for side in (left, right))


def _opaque_literals(left: Value, right: Value) -> Expr:
    """Tell whether both are literals without language tag and the value of one is not known."""
    return sql.both(
        sql.either(*(unknown_value(side) for side in (left, right) if side.families & _OPAQUE)),
        *(_untagged(side) for side in (left, right)),
    )


def _untagged(value: Value) -> Expr:
    if not value.families & (_NAMED):
        return sql.boolean(True)
    literal = sql.equal(value.kind(), sql.integer(LITERAL))
    return sql.both(literal, sql.equal(value.language(), sql.string("")))


def unknown_value(value: Value) -> Expr:
    """Tell whether a literal's datatype is not known, or its lexical form has no value in it."""
    if value.families <= _OPAQUE:
        return sql.boolean(True)
    if isinstance(value, IdValue):
        return value.is_opaque()
    known = [sql.is_present(side) for side in _known_sides(value)]
    literal = sql.equal(value.kind(), sql.integer(LITERAL))
    return sql.both(literal, sql.negated(sql.either(*known)))


def _known_sides(value: Value) -> list[Expr]:
    sides: list[Expr] = []
    if (text := value.string()) is not None:
        sides.append(text.lexical())
    if (number := value.number()) is not None:
        sides.append(number.double())
    if (boolean := value.boolean()) is not None:
        sides.append(boolean)
    sides += [m.micros() for f in ("dateTime", "date") if (m := value.moment(f)) is not None]
    return sides


def _numbers(left: Value, right: Value) -> tuple[Number, Number]:
    a, b = left.number(), right.number()
    assert a is not None
    assert b is not None
    return a, b


def compare_numbers(
    operator: str, a: Number, b: Number, one_id: Callable[[], Expr | None] = lambda: None
) -> Expr:
    """Compare numbers, promoted to the higher rank of the two: exact, float or double.

    Rounding to a double keeps the order, so that exact values decide only where
    the doubles are equal. Past the digits of those, an error is spared where
    both have `one_id`: they are one term. A constant is asked for its id, on which its
    plan depends then, only where it has too many digits for a double.
    """
    as_doubles = _compare_doubles(operator, a, b)
    branches = _as_singles(operator, a, b)
    inexact = 4 in (a.static_rank, b.static_rank) or 3 in (a.static_rank, b.static_rank)
    plain = a.is_plain and b.is_plain and (a.static_rank or b.static_rank)
    if not inexact and not plain and a.exact is not None and b.exact is not None:
        exact = [sql.compare("<=", n.rank(), sql.integer(2)) for n in (a, b) if not n.static_rank]
        undecided = sql.both(sql.equal(a.double(), b.double()), *exact)
        compared = sql.compare(operator, a.exact(), b.exact())
        if (alike := one_id()) is not None:
            of_one = sql.boolean(operator in ("=", "<=", ">="))
            compared = sql.coalesce(compared, sql.case((alike, of_one)))
        branches.append((undecided, compared))
    return sql.case(*branches, default=as_doubles)


def _as_singles(operator: str, a: Number, b: Number) -> Branches:
    """Compare an xsd:float with an integer or decimal as floats, where one may be such."""
    mixed = [
        sql.both(
            sql.equal(number.rank(), sql.integer(3)),
            sql.compare("<=", other.rank(), sql.integer(2)),
        )
        for number, other in ((a, b), (b, a))
        if number.static_rank in (None, 3)
        and other.static_rank in (None, 1, 2)
        and not other.is_single
    ]
    if not mixed:
        return []
    sides = (sql.call("sparql_to_float", each.double()) for each in (a, b))
    return [(sql.either(*mixed), sql.compare(operator, *sides))]


def _compare_doubles(operator: str, a: Number, b: Number) -> Expr:
    """Compare doubles; engines hold NaN equal to itself and above all, SPARQL holds neither."""
    compared = sql.compare(operator, a.double(), b.double())
    suspects = [n for n in (a, b) if not n.is_nan_free]
    if operator in ("<", "<="):
        suspects = [n for n in suspects if n is b or operator == "<=" or not b.is_nan_free]
    if operator == "<" and b.is_nan_free:
        suspects = []
    numbers = [sql.negated(sql.is_nan(n.double())) for n in suspects]
    return sql.both(compared, *numbers)


def _plain(value: Value) -> Expr:
    text = value.string()
    assert isinstance(text, Text)
    if text.language is None or "language" not in value.families:
        return text.lexical()
    return sql.case((sql.is_null(text.language()), text.lexical()))


def _add_booleans(operator: str, left: Value, right: Value, branches: Branches) -> None:
    a, b = left.boolean(), right.boolean()
    assert a is not None
    assert b is not None
    known = sql.both(sql.is_present(a), sql.is_present(b))
    branches.append((known, sql.compare(operator, a.copy(), b.copy())))


def _add_moments(operator: str, left: Value, right: Value, family: str, branches: Branches) -> None:
    a, b = left.moment(family), right.moment(family)
    assert a is not None
    assert b is not None
    known = sql.both(sql.is_present(a.micros()), sql.is_present(b.micros()))
    branches.append((known, _compare_moments(operator, a, b)))


def _compare_moments(operator: str, a: Moment, b: Moment) -> Expr:
    distance = exp.Abs(this=exp.Sub(this=sql.paren(a.micros()), expression=sql.paren(b.micros())))
    decided = sql.either(
        sql.equal(a.zoned(), b.zoned()),
        sql.compare(">", distance, sql.integer(ZONE_REACH_MICROS)),
    )
    return sql.case((decided, sql.compare(operator, a.micros(), b.micros())))
