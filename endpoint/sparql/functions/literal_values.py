"""Whether two literals are equal by value (SPARQL 1.1, 17.3; ``sameValue`` of the 1.2 drafts).

Rows of a query are compared by SQL (`endpoint.sparql.compile.comparison`); this is for
literals inside triple terms.
"""

from __future__ import annotations

from decimal import Decimal

from endpoint.sparql.functions import dates, numerics
from endpoint.sparql.functions.encoding import encode
from geosparql.terms import XSD, XSD_STRING, Literal

ZONE_REACH_MICROS = 14 * 3600 * 1_000_000
"""A time without zone may lie this far on either side of UTC (XSD 1.1 part 2, 3.3.7)."""
BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
"""The values of xsd:boolean by their lexical forms."""
_MOMENTS = (XSD + "dateTime", XSD + "date")


def equal_literals(left: Literal, right: Literal) -> bool | None:
    """Tell whether two literals are equal; None where it is not known: an error of SPARQL."""
    kinds = _kind(left), _kind(right)
    if kinds == ("number", "number"):
        return _equal_numbers(encode(left), encode(right))
    if left == right:
        return True
    if None in kinds:
        return False if "language" in kinds else None
    if kinds[0] != kinds[1]:
        return False
    if kinds[0] == "boolean":
        return BOOLEANS[left.lexical] == BOOLEANS[right.lexical]
    return _equal_moments(encode(left), encode(right)) if kinds[0] in _MOMENTS else False


def _kind(literal: Literal) -> str | None:
    """Give the sort of a literal's value; None where its value is not known."""
    if literal.language is not None:
        return "language"
    if literal.datatype == XSD_STRING:
        return "string"
    if literal.datatype == XSD + "boolean" and literal.lexical in BOOLEANS:
        return "boolean"
    text = encode(literal)
    if literal.datatype in _MOMENTS and dates.term_instant(text) is not None:
        return literal.datatype
    return "number" if numerics.term_rank(text) else None


def _equal_numbers(left: str, right: str) -> bool:
    exact = numerics.term_exact(left), numerics.term_exact(right)
    if exact[0] is not None and exact[1] is not None:
        return Decimal(exact[0]) == Decimal(exact[1])
    return numerics.term_double(left) == numerics.term_double(right)


def _equal_moments(left: str, right: str) -> bool | None:
    a, b = dates.term_instant(left), dates.term_instant(right)
    assert a is not None
    assert b is not None
    if dates.term_zoned(left) == dates.term_zoned(right):
        return a == b
    return False if abs(a - b) > ZONE_REACH_MICROS else None
