"""Values that stand as term ids in a column, and the dictionary parts they are read from.

The kind, and for most numbers, booleans and dates the value, is in the id. What
is not there is read from the dictionary, each part of it joined once per
variable, and only when an expression asks: numbers and instants from the narrow
range of ids that have one, lexical forms from all of `terms`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

from endpoint.sparql.compile import sql
from endpoint.sparql.compile.sql import Expr, Thunk
from endpoint.sparql.compile.values import (
    ALL_FAMILIES,
    BLANK,
    DECIMAL_TYPE,
    IRI_KIND,
    LITERAL,
    TRIPLE_KIND,
    Families,
    Geometry,
    Moment,
    Number,
    Text,
)
from endpoint.store.ids import (
    KINDS,
    id_kind,
    inline_boolean,
    inline_decimal,
    inline_instant,
    inline_number,
    kinds_of_family,
    of_kinds,
)

Part = str
"""``terms``, ``numbers``, ``instants`` or ``geometries``."""

_NUMBER_TEXTS = tuple(k.name for k in KINDS if k.family == "numeric" and k.layout == "dictionary")
_RANKS = tuple((k.code, k.numeric_rank) for k in KINDS if k.numeric_rank)
_INLINE = tuple(k.name for k in KINDS if k.layout != "dictionary")
_LITERALS = tuple(k.name for k in KINDS if k.family not in ("graph", "iri", "blank", "triple"))
PART_KINDS: dict[Part, tuple[str, ...]] = {
    "numbers": (*_NUMBER_TEXTS, "boolean_text"),
    "instants": ("date_text", "dateTime_text"),
}
"""The kinds whose terms a part holds; the other parts hold what they hold."""


@dataclass(frozen=True, slots=True)
class IdValue:
    """A column of term ids.

    `part` gives a column of a dictionary part joined to it: its own alias, so
    asking twice joins once.
    """

    column: Thunk
    part: Callable[[Part, str], Expr]
    certain: bool = False
    families: Families = ALL_FAMILIES

    def _is(self, *names: str) -> Expr:
        return of_kinds(self.column(), *names)

    def is_opaque(self) -> Expr:
        """Tell whether it is a literal whose value is not known (see `comparison`)."""
        return self._is("other", "ill_typed", "geometry", "unreadable_geometry")

    def bound(self) -> Expr:
        """See `Value`."""
        return sql.boolean(True) if self.certain else sql.is_present(self.column())

    def id(self) -> Expr | None:
        """See `Value`."""
        return self.column()

    def term(self) -> Expr:
        """See `Value`."""
        lexical, datatype = self.part("terms", "lexical"), self.part("terms", "datatype")
        language = self.part("terms", "language")
        branches = {
            "iri": sql.concat(sql.string("<"), lexical),
            "blank": lexical.copy(),
            "string": sql.concat(sql.string('"'), lexical.copy()),
            "language": sql.concat(sql.string("@"), language, sql.string(" "), lexical.copy()),
            "triple": sql.concat(sql.string("("), lexical.copy()),
        }
        typed = sql.concat(sql.string("^"), datatype, sql.string(" "), lexical.copy())
        return sql.case(
            *((self._is(name), text) for name, text in branches.items() if name in self.families),
            (self._is(*_INLINE), sql.call("sparql_inline_term", self.column())),
            default=typed,
        )

    def kind(self) -> Expr:
        """See `Value`."""
        return sql.case(
            (self._is("blank"), sql.integer(BLANK)),
            (self._is("iri"), sql.integer(IRI_KIND)),
            (self._is(*_LITERALS), sql.integer(LITERAL)),
            (self._is("triple"), sql.integer(TRIPLE_KIND)),
        )

    def lexical(self) -> Expr:
        """See `Value`."""
        if not self.families - {"iri", "blank", "triple"}:
            return sql.case((self._is("iri"), self.part("terms", "lexical")))
        return sql.case(
            (self._is(*_INLINE), sql.call("sparql_inline_text", self.column())),
            (self._is("iri", *_LITERALS), self.part("terms", "lexical")),
        )

    def datatype(self) -> Expr:
        """See `Value`."""
        static = [
            (self._is(kind.name), sql.string(kind.datatype))
            for kind in KINDS
            if kind.datatype is not None
        ]
        literal = (self._is(*_LITERALS), self.part("terms", "datatype"))
        return sql.case(*static, literal)

    def language(self) -> Expr:
        """See `Value`."""
        tag = (self._is("language"), self.part("terms", "language"))
        return sql.case(tag, (self._is(*_LITERALS), sql.string("")))

    def string(self) -> Text | None:
        """See `Value`."""
        if not self.families & {"string", "language"}:
            return None
        return Text(
            lambda: sql.case((self._is("string", "language"), self.part("terms", "lexical"))),
            lambda: sql.case((self._is("language"), self.part("terms", "language"))),
        )

    def boolean(self) -> Expr | None:
        """See `Value`."""
        if "boolean" not in self.families:
            return None
        number = sql.compare("!=", self.part("numbers", "number"), sql.double(0.0))
        text = sql.case((self._is("boolean_text"), number))
        return sql.coalesce(inline_boolean(self.column()), text)

    def number(self) -> Number | None:
        """See `Value`."""
        if "numeric" not in self.families:
            return None
        return Number(
            rank=self._rank,
            exact=self._exact,
            double=self._double,
            is_plain=True,
        )

    def _rank(self) -> Expr:
        ranks = exp.Case(
            this=id_kind(self.column()),
            ifs=[exp.If(this=sql.integer(c), true=sql.integer(r)) for c, r in _RANKS],
        )
        return sql.cast(ranks, "INT")

    def _double(self) -> Expr:
        text = sql.case((self._is(*_NUMBER_TEXTS), self.part("numbers", "number")))
        return sql.coalesce(inline_number(self.column()), text)

    def _exact(self) -> Expr:
        text = sql.call("sparql_lexical_exact", self.part("numbers", "lexical"))
        own = sql.case((self._is("integer_text", "decimal_text"), sql.cast(text, DECIMAL_TYPE)))
        return sql.coalesce(inline_decimal(self.column()), own)

    def moment(self, family: str) -> Moment | None:
        """See `Value`."""
        if family not in self.families:
            return None
        kinds = kinds_of_family(family)  # type: ignore[arg-type]
        instant = sql.coalesce(inline_instant(self.column()), self.part("instants", "instant"))
        return Moment(
            micros=lambda: sql.case((self._is(*kinds), instant.copy())), zoned=self._zoned
        )

    def _zoned(self) -> Expr:
        lexical = self.part("instants", "lexical")
        return sql.case(
            (self._is("dateTime_utc"), sql.boolean(True)),
            (self._is("dateTime_local", "date"), sql.boolean(False)),
            (self._is("dateTime_text", "date_text"), ends_with_zone(lexical)),
        )

    def geometry(self) -> Geometry | None:
        """See `Value`."""
        if "geometry" not in self.families:
            return None
        return Geometry(
            lambda: self.part("geometries", "geometry"), lambda: self.part("terms", "datatype")
        )


def ends_with_zone(lexical: Expr) -> Expr:
    """Tell whether the lexical form of a date or dateTime ends with a time zone."""
    length = exp.Length(this=lexical)

    def from_end(back: int) -> Expr:
        start = exp.Sub(this=length.copy(), expression=sql.integer(back))
        return exp.Substring(this=lexical.copy(), start=start, length=sql.integer(1))

    return sql.either(
        sql.equal(from_end(0), sql.string("Z")),
        sql.both(
            sql.equal(from_end(2), sql.string(":")),
            sql.any_of(from_end(5), [sql.string("+"), sql.string("-")]),
        ),
    )
