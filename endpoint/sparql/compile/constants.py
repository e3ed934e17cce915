"""Constants of a query as values: what stands in the SQL, or is put there for each query.

A side of a `Parameter` that plans take care of is a placeholder for a reading; every
other side reads its term, so that the plan serves that one alone.
"""

from __future__ import annotations

import math
from dataclasses import replace

import shapely
from shapely import to_wkb
from sqlglot import exp

from endpoint.sparql.algebra import Constant, Parameter, Reading
from endpoint.sparql.compile import sql
from endpoint.sparql.compile.context import Context
from endpoint.sparql.compile.made_values import MadeValue
from endpoint.sparql.compile.sql import Expr
from endpoint.sparql.compile.values import DECIMAL_TYPE, Geometry, Number, Text
from endpoint.sparql.functions import numerics
from endpoint.sparql.functions.dates import match_form
from endpoint.sparql.functions.encoding import decode, encode
from endpoint.sparql.functions.literal_values import BOOLEANS
from endpoint.sparql.rewrite.boxes import geometry_of
from geosparql.literals.table import GEOMETRY_DATATYPES
from geosparql.terms import IRI, XSD, XSD_STRING, BlankNode, Literal, Term

_PLAIN_DIGITS = 15


def constant(given: Constant, context: Context) -> MadeValue:
    """Compile a constant; a geometry literal that cannot be read is told as a warning."""
    family = term_family(given.value)
    if not isinstance(given, Parameter) or family not in _SHARED:
        return _fixed(given.term, family, context)
    if family == "geometry" and not given.fact(is_readable):
        return _fixed(given.term, family, context)
    return _placed(given, family, context)


_SHARED = ("numeric", "string", "language", "geometry")
"""Families of which other constants may stand in a plan."""


def _fixed(term: Term, family: str, context: Context) -> MadeValue:
    """Give a term; every side of it is a constant too."""
    text = encode(term)
    lexical = term.value if isinstance(term, IRI) else getattr(term, "lexical", None)
    string = truth = geometry = None
    if isinstance(term, Literal) and family in ("string", "language"):
        string = _string(term, lambda: sql.string(term.lexical))
    if isinstance(term, Literal) and family == "boolean":
        value = BOOLEANS[term.lexical]
        truth = lambda: sql.boolean(value)  # noqa: E731 - a thunk like the others
    if isinstance(term, Literal) and family == "geometry":
        geometry = _geometry(term, context)
    return MadeValue(
        frozenset({family}),
        lambda: sql.string(text),
        # A term that the data set lacks may still stand in VALUES, BIND or fetched rows,
        # under the id of this query.
        known_id=lambda: sql.integer(context.constant(term)),
        match_id=lambda: sql.integer(known) if (known := context.match(term)) >= 0 else None,
        known_lexical=None if lexical is None else (lambda: sql.string(lexical)),
        known_number=_constant_number(text) if family == "numeric" else None,
        known_string=string,
        known_boolean=truth,
        known_geometry=geometry,
        presence=lambda: sql.string(text),
    )


def _placed(given: Parameter, family: str, context: Context) -> MadeValue:
    """Give a literal in whose place others of its class may stand: see `number_class`."""
    literal = given.value
    assert isinstance(literal, Literal)
    datatype = literal.datatype
    number = _placed_number(given, context) if family == "numeric" else None
    made = MadeValue(
        frozenset({family}),
        lambda: sql.string(encode(given.term)),
        known_id=lambda: sql.integer(context.constant(given.term)),
        match_id=lambda: sql.integer(known) if (known := context.match(given.term)) >= 0 else None,
        known_lexical=lambda: sql.string(str(decode(encode(given.term))[0])),
        known_number=number,
        presence=lambda: sql.boolean(True),
    )
    if family == "geometry":
        ewkb = lambda: context.placeholder(given, ewkb_of)  # noqa: E731 - a thunk like the others
        return replace(made, known_geometry=Geometry(ewkb, lambda: sql.string(datatype)))
    if family == "numeric":
        return made
    lexical = lambda: sql.cast(context.placeholder(given, lexical_of), "VARCHAR")  # noqa: E731
    return replace(
        made,
        text=lambda: sql.cast(context.placeholder(given, text_of), "VARCHAR"),
        match_id=lambda: context.matched(given),
        known_lexical=lexical,
        known_string=_string(literal, lexical),
    )


def _string(literal: Literal, lexical: sql.Thunk) -> Text:
    tag = literal.language
    return Text(lexical, None if tag is None else (lambda: sql.string(tag)))


def _geometry(literal: Literal, context: Context) -> Geometry:
    geometry = geometry_of(Constant(literal))
    ewkb: Expr = sql.null("VARBINARY")
    if isinstance(geometry, shapely.Geometry):
        ewkb = exp.HexString(this=to_wkb(geometry, include_srid=True).hex())
    else:
        context.warnings.append(str(geometry))
    return Geometry(ewkb.copy, lambda: sql.string(literal.datatype))


def _placed_number(given: Parameter, context: Context) -> Number:
    number = _constant_number(encode(given.value))
    exact = None
    if number.exact is not None:
        exact = lambda: sql.cast(context.placeholder(given, exact_of), DECIMAL_TYPE)  # noqa: E731
    return replace(number, exact=exact, double=lambda: double_side(given, double_of, context))


def double_side(given: Constant, reading: Reading[float], context: Context) -> Expr:
    """Give a reading of a constant that is a double: in the SQL, or its place there."""
    if isinstance(given, Parameter):
        return sql.cast(context.placeholder(given, reading), "DOUBLE")
    return sql.double(given.read(reading))


# Readings


def is_readable(given: Constant) -> bool:
    """Tell whether a constant can be read as a geometry."""
    return isinstance(given.read(geometry_of), shapely.Geometry)


def ewkb_of(given: Constant) -> bytes:
    """Give the EWKB of a geometry literal that can be read."""
    made: bytes = to_wkb(given.read(geometry_of), include_srid=True)
    return made


def text_of(given: Constant) -> str:
    """Give the term text."""
    return encode(given.value)


def lexical_of(given: Constant) -> str:
    """Give the lexical form of a literal."""
    assert isinstance(given.value, Literal)
    return given.value.lexical


def double_of(given: Constant) -> float:
    """Give the double of a number."""
    value = numerics.term_double(encode(given.value))
    assert value is not None
    return value


def exact_of(given: Constant) -> object:
    """Give the exact value of an integer or decimal."""
    return numerics.term_exact(encode(given.value))


# Classes of literals


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
        return local if literal.lexical in BOOLEANS else "other"
    return local if match_form(literal.lexical, literal.datatype) is not None else "other"


def number_class(term: Literal) -> tuple[object, ...] | None:
    """Give what the SQL for a number depends on besides its value; None: it is no number."""
    if term_family(term) != "numeric":
        return None
    number = _constant_number(encode(term))
    flags = number.is_plain, number.is_nan_free, number.is_single
    return number.static_rank, number.exact is None, *flags


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
