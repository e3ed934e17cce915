"""Values that a query makes: constants, and what operators and functions return."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlglot import exp

from endpoint.sparql.algebra import Parameter
from endpoint.sparql.compile import sql
from endpoint.sparql.compile.sql import Expr, Thunk
from endpoint.sparql.compile.text_values import TextValue
from endpoint.sparql.compile.values import (
    DECIMAL_TYPE,
    IRI_KIND,
    LITERAL,
    Families,
    Geometry,
    Moment,
    Number,
    Text,
)
from endpoint.sparql.functions import numerics
from endpoint.sparql.functions.dates import match_form
from endpoint.sparql.functions.encoding import decode, encode
from endpoint.sparql.plan import Side
from endpoint.store.ids import boolean_id, integer_id
from geosparql.literals.table import GEOMETRY_DATATYPES
from geosparql.terms import IRI, XSD, XSD_STRING, BlankNode, Literal, Term

_PLAIN_DIGITS = 15
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True, slots=True)
class MadeValue:
    """A value some sides of which are known; the others are read from its term text."""

    families: Families
    text: Thunk
    known_id: Thunk | None = None
    match_id: Callable[[], int | None] = lambda: None
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
        if not self.families & {"iri", "blank"}:
            return sql.case((self.bound(), sql.integer(LITERAL)))
        if self.families == {"iri"}:
            return sql.case((self.bound(), sql.integer(IRI_KIND)))
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


def term_family(term: Term) -> str:
    """Give the family of values that a term belongs to."""
    match term:
        case IRI():
            return "iri"
        case BlankNode():
            return "blank"
        case Literal(language=str()):
            return "language"
        case Literal(_, datatype):
            if datatype == XSD_STRING:
                return "string"
            if datatype in GEOMETRY_DATATYPES:
                return "geometry"
            if datatype in numerics.RANKS:
                return "numeric" if numerics.term_rank(encode(term)) else "other"
            return _valued_family(term)
        case _:
            return "triple"


def _valued_family(literal: Literal) -> str:
    """Give the family of a literal of another datatype; ill-typed ones have no value."""
    local = literal.datatype.removeprefix(XSD)
    if local == "boolean":
        return local if literal.lexical in _BOOLEANS else "other"
    return local if match_form(literal.lexical, literal.datatype) is not None else "other"


def constant_value(
    term: Term,
    term_id: Thunk,
    match_id: Callable[[], int | None],
    geometry: Geometry | None = None,
) -> MadeValue:
    """Give a constant; every side of it is a constant too."""
    text, family = encode(term), term_family(term)
    lexical = term.value if isinstance(term, IRI) else getattr(term, "lexical", None)
    string = truth = None
    if isinstance(term, Literal) and family in ("string", "language"):
        tag = term.language
        tagged = None if tag is None else (lambda: sql.string(tag))
        string = Text(lambda: sql.string(term.lexical), tagged)
    if isinstance(term, Literal) and family == "boolean":
        value = _BOOLEANS[term.lexical]
        truth = lambda: sql.boolean(value)  # noqa: E731 - a thunk like the others
    return MadeValue(
        frozenset({family}),
        lambda: sql.string(text),
        known_id=term_id,
        match_id=match_id,
        known_lexical=None if lexical is None else (lambda: sql.string(lexical)),
        known_number=_constant_number(text) if family == "numeric" else None,
        known_string=string,
        known_boolean=truth,
        known_geometry=geometry,
        presence=lambda: sql.string(text),
    )


def parameter_value(
    parameter: Parameter,
    place: Callable[[Side], Expr],
    term_id: Thunk,
    match_id: Callable[[], int | None],
) -> MadeValue:
    """Give a number of the query for which others may stand: see `number_class`."""

    def text() -> Expr:
        return sql.string(encode(parameter.term))

    def lexical() -> Expr:
        return sql.string(str(decode(encode(parameter.term))[0]))

    number = _constant_number(encode(parameter.value))
    exact = None if number.exact is None else lambda: sql.cast(place("exact"), DECIMAL_TYPE)
    return MadeValue(
        frozenset({"numeric"}),
        text,
        known_id=term_id,
        match_id=match_id,
        known_lexical=lexical,
        known_number=replace(
            number, exact=exact, double=lambda: sql.cast(place("double"), "DOUBLE")
        ),
        presence=lambda: sql.boolean(True),
    )


def number_class(term: Literal) -> tuple[object, ...] | None:
    """Give what the SQL for a number depends on besides its value; None: it is no number."""
    if term_family(term) != "numeric":
        return None
    number = _constant_number(encode(term))
    return number.static_rank, number.exact is None, number.is_plain, number.is_nan_free


def _constant_number(text: str) -> Number:
    rank, value = numerics.term_rank(text), numerics.term_double(text)
    assert rank is not None
    assert value is not None
    exact = numerics.term_exact(text)
    shown = text if exact is None else numerics.exact_lexical(exact)
    digits = len(shown.strip("-0.").replace(".", ""))
    return Number(
        rank=lambda: sql.integer(rank),
        exact=(lambda: sql.cast(exp.Literal.string(exact) if exact else exp.null(), DECIMAL_TYPE))
        if rank <= numerics.DECIMAL
        else None,
        double=lambda: sql.double(value),
        static_rank=rank,
        is_plain=digits <= _PLAIN_DIGITS,
        is_nan_free=not math.isnan(value),
        is_single=numerics.to_float(value) == value,
    )
