"""Values that a query makes: constants, and what operators and functions return."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from endpoint.sparql.compile import sql
from endpoint.sparql.compile.sql import Expr, Thunk
from endpoint.sparql.compile.text_values import TextValue
from endpoint.sparql.compile.values import (
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
from endpoint.sparql.functions import numerics
from endpoint.store.ids import boolean_id, integer_id
from geosparql.terms import XSD, XSD_STRING

_PLAIN_DIGITS = 15


@dataclass(frozen=True, slots=True)
class MadeValue:
    """A value some sides of which are known; the others are read from its term text."""

    families: Families
    text: Thunk
    known_id: Thunk | None = None
    match_id: Callable[[], Expr | None] = lambda: None
    """For a constant: the id that it is compared by (`Context.match`)."""
    known_lexical: Thunk | None = None
    known_datatype: str | None = None
    known_number: Number | None = None
    known_string: Text | None = None
    known_boolean: Thunk | None = None
    known_geometry: Geometry | None = None
    presence: Thunk | None = None

    def bound(self) -> Expr:
        """See `Value`."""
        present = self.presence or self.known_lexical or self.text
        return sql.is_present(present())

    def id(self) -> Expr | None:
        """See `Value`."""
        return None if self.known_id is None else self.known_id()

    def term(self) -> Expr:
        """See `Value`."""
        return self.text()

    def kind(self) -> Expr:
        """See `Value`."""
        if not self.families & {"iri", "blank", "triple"}:
            return sql.case((self.bound(), sql.integer(LITERAL)))
        for family, kind in (("iri", IRI_KIND), ("triple", TRIPLE_KIND)):
            if self.families == {family}:
                return sql.case((self.bound(), sql.integer(kind)))
        return TextValue(self.text).kind()

    def lexical(self) -> Expr:
        """See `Value`."""
        return self.known_lexical() if self.known_lexical else TextValue(self.text).lexical()

    def datatype(self) -> Expr:
        """See `Value`."""
        if self.known_datatype is not None:
            return sql.case((self.bound(), sql.string(self.known_datatype)))
        return TextValue(self.text).datatype()

    def language(self) -> Expr:
        """See `Value`."""
        if self.known_datatype is not None:
            return sql.case((self.bound(), sql.string("")))
        return TextValue(self.text).language()

    def string(self) -> Text | None:
        """See `Value`."""
        return self.known_string

    def boolean(self) -> Expr | None:
        """See `Value`."""
        return self.known_boolean() if self.known_boolean else None

    def number(self) -> Number | None:
        """See `Value`."""
        return self.known_number

    def moment(self, family: str) -> Moment | None:
        """See `Value`."""
        return TextValue(self.text, self.families).moment(family)

    def geometry(self) -> Geometry | None:
        """See `Value`."""
        if self.known_geometry is not None:
            return self.known_geometry
        return TextValue(self.text, self.families).geometry()


def error_value() -> MadeValue:
    """Give the value that is an error in every row."""
    return MadeValue(frozenset(), lambda: sql.null("VARCHAR"))


def boolean_value(truth: Thunk) -> MadeValue:
    """Give an xsd:boolean."""

    def lexical() -> Expr:
        return sql.case((truth(), sql.string("true")), (sql.negated(truth()), sql.string("false")))

    return MadeValue(
        frozenset({"boolean"}),
        lambda: sql.concat(sql.string(f"^{XSD}boolean "), lexical()),
        known_id=lambda: boolean_id(truth()),
        known_lexical=lexical,
        known_datatype=XSD + "boolean",
        known_boolean=truth,
        presence=truth,
    )


def number_value(number: Number) -> MadeValue:
    """Give a number of whatever rank."""

    def text() -> Expr:
        exact = sql.null("VARCHAR") if number.exact is None else number.exact()
        return sql.call(
            "sparql_number_term",
            sql.cast(number.rank(), "INT"),
            sql.cast(exact, "VARCHAR"),
            number.double(),
        )

    datatype = numerics.RANK_DATATYPES.get(number.static_rank or 0)
    return MadeValue(frozenset({"numeric"}), text, known_datatype=datatype, known_number=number)


def integer_value(count: Thunk) -> MadeValue:
    """Give an xsd:integer of a BIGINT well inside 16 digits: a count, a length, a year."""
    number = Number(
        rank=lambda: sql.case((sql.is_present(count()), sql.integer(1))),
        exact=lambda: sql.cast(count(), DECIMAL_TYPE),
        double=lambda: sql.cast(count(), "DOUBLE"),
        static_rank=1,
        is_plain=True,
        is_nan_free=True,
    )

    def lexical() -> Expr:
        return sql.cast(count(), "VARCHAR")

    return MadeValue(
        frozenset({"numeric"}),
        lambda: sql.concat(sql.string(f"^{XSD}integer "), lexical()),
        known_id=lambda: integer_id(count()),
        known_lexical=lexical,
        known_datatype=XSD + "integer",
        known_number=number,
        presence=count,
    )


def double_value(value: Thunk, *, rank: int = 4) -> MadeValue:
    """Give an xsd:double (or xsd:float) of a DOUBLE."""

    def static() -> Expr:
        return sql.case((sql.is_present(value()), sql.integer(rank)))

    return number_value(Number(static, None, value, static_rank=rank, is_plain=True))


def string_value(lexical: Thunk, language: Thunk | None = None) -> MadeValue:
    """Give a plain string, or one with a language tag where `language` is not null."""
    plain = sql.string

    def text() -> Expr:
        untagged = sql.concat(plain('"'), lexical())
        if language is None:
            return untagged
        tagged = sql.concat(plain("@"), language(), plain(" "), lexical())
        return sql.case((sql.is_present(language()), tagged), default=untagged)

    families = {"string"} if language is None else {"string", "language"}
    return MadeValue(
        frozenset(families),
        text,
        known_lexical=lexical,
        known_datatype=XSD_STRING if language is None else None,
        known_string=Text(lexical, language),
        presence=lexical,
    )


def iri_value(iri: Thunk) -> MadeValue:
    """Give an IRI of a VARCHAR."""

    def text() -> Expr:
        return sql.concat(sql.string("<"), iri())

    return MadeValue(frozenset({"iri"}), text, known_lexical=iri, presence=iri)


def geometry_value(geometry: Geometry) -> MadeValue:
    """Give a geometry literal."""

    def lexical() -> Expr:
        return sql.call("geometry_to_literal", geometry.ewkb(), geometry.datatype())

    return MadeValue(
        frozenset({"geometry"}),
        lambda: sql.concat(sql.string("^"), geometry.datatype(), sql.string(" "), lexical()),
        known_lexical=lexical,
        known_geometry=geometry,
        presence=geometry.ewkb,
    )
