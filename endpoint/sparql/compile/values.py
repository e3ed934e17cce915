"""What an expression has become: a value whose sides are given as SQL when they are asked for.

A SPARQL expression has no static type, so one `Value` can show itself as a
number, a string, a truth value, a geometry … Each side is SQL that is null for
rows where the value is not of that sort, or an error, or unbound: an error of
SPARQL is a null of SQL everywhere, and three-valued logic is the same in both.
A side that is None can never be: no SQL is written for it.

==============  ==============================================================
side            SQL
==============  ==============================================================
`bound`         BOOLEAN, never null
`id`            term id, for values that always have one
`term`          VARCHAR, the text of `endpoint.sparql.functions.encoding`
`kind`          INT: 1 blank node, 2 IRI, 3 literal, 9 triple term
`lexical`       VARCHAR: STR() of IRIs and literals
`datatype`      VARCHAR: IRI
`language`      VARCHAR: empty for literals without tag
`string`        `Text`: plain strings and language strings
`boolean`       BOOLEAN, of xsd:boolean only
`number`        `Number`
`moment`        `Moment`, of xsd:dateTime or of xsd:date
`geometry`      `Geometry`
==============  ==============================================================
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from endpoint.sparql.compile import sql
from endpoint.sparql.compile.sql import Expr, Thunk

BLANK, IRI_KIND, LITERAL = 1, 2, 3
TRIPLE_KIND = 9  # also its place in the order of solutions: last
DECIMAL_TYPE = "DECIMAL(38, 18)"

LITERAL_FAMILIES = frozenset(
    ("string", "language", "boolean", "numeric", "date", "dateTime", "geometry", "other")
)
ALL_FAMILIES = LITERAL_FAMILIES | {"iri", "blank", "triple"}
Families = frozenset[str]


@dataclass(frozen=True, slots=True)
class Text:
    """A string: its characters, and its language tag (null: none; None: never one)."""

    lexical: Thunk
    language: Thunk | None = None


@dataclass(frozen=True, slots=True)
class Number:
    """A number: rank 1 integer, 2 decimal, 3 float, 4 double; a value for each sort of arithmetic.

    `exact` is DECIMAL(38, 18) and null for ranks 3 and 4, `double` is there for
    all. Where `is_plain`, comparing doubles with a constant gives what comparing
    exact values would, for at most 15 digits stand in it. Where `is_single`, the
    double is exact as an xsd:float.
    """

    rank: Thunk
    exact: Thunk | None
    double: Thunk
    static_rank: int | None = None
    is_plain: bool = False
    is_nan_free: bool = False
    is_single: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time: microseconds since 1970 (UTC), and whether it has a time zone."""

    micros: Thunk
    zoned: Thunk


@dataclass(frozen=True, slots=True)
class Geometry:
    """A geometry: EWKB, and the datatype its literal has, or will have."""

    ewkb: Thunk
    datatype: Thunk


class Value(Protocol):
    """The sides of a compiled expression; see the head of the module."""

    @property
    def families(self) -> Families:
        """The families of values it may belong to."""
        ...

    def bound(self) -> Expr:
        """Tell whether there is a value."""
        ...

    def id(self) -> Expr | None:
        """Give the term id; None where not every value has one."""
        ...

    def term(self) -> Expr:
        """Give the term text."""
        ...

    def kind(self) -> Expr:
        """Give the kind of term."""
        ...

    def lexical(self) -> Expr:
        """Give STR()."""
        ...

    def datatype(self) -> Expr:
        """Give the datatype IRI."""
        ...

    def language(self) -> Expr:
        """Give the language tag."""
        ...

    def string(self) -> Text | None:
        """Give the string."""
        ...

    def boolean(self) -> Expr | None:
        """Give the truth value."""
        ...

    def number(self) -> Number | None:
        """Give the number."""
        ...

    def moment(self, family: str) -> Moment | None:
        """Give the moment of a family, ``dateTime`` or ``date``."""
        ...

    def geometry(self) -> Geometry | None:
        """Give the geometry."""
        ...


def effective_boolean(value: Value) -> Expr:
    """Give the effective boolean value (SPARQL 1.1, section 17.2.2)."""
    branches: list[tuple[Expr, Expr]] = []
    boolean, number, string = value.boolean(), value.number(), value.string()
    if boolean is not None:
        if value.families == {"boolean"}:
            return boolean
        branches.append((sql.is_present(boolean), boolean.copy()))
    if number is not None:
        nonzero = sql.compare("!=", number.double(), sql.double(0.0))
        if not number.is_nan_free:
            nonzero = sql.both(nonzero, sql.negated(is_nan(number.double())))
        branches.append((sql.is_present(number.double()), nonzero))
    if string is not None:
        nonempty = sql.compare("!=", string.lexical(), sql.string(""))
        branches.append((sql.is_present(string.lexical()), nonempty))
    if "other" in value.families:
        branches.append((sql.coalesce(is_ill_typed(value), sql.boolean(False)), sql.boolean(False)))
    if not branches:
        return sql.null("BOOLEAN")
    return sql.case(*branches)


def is_nan(value: Expr) -> Expr:
    """Tell whether a double is NaN."""
    return sql.is_nan(value)


def is_ill_typed(value: Value) -> Expr:
    """Tell whether a literal of a numeric type or xsd:boolean has no value (17.2.2: then false)."""
    from endpoint.sparql.functions.numerics import RANKS
    from geosparql.terms import XSD

    names = [sql.string(name) for name in (*RANKS, XSD + "boolean")]
    return sql.any_of(value.datatype(), names)
