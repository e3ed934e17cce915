"""TRIPLE, SUBJECT, PREDICATE, OBJECT and ``=`` of triple terms (SPARQL 1.2 drafts, section 17)."""

from __future__ import annotations

from endpoint.sparql.functions.encoding import decode, encode
from endpoint.sparql.functions.literal_values import equal_literals
from geosparql.term_columns import term_of
from geosparql.terms import IRI, BlankNode, Literal, Term, TripleTerm


def triple_part(part: str, text: str) -> str | None:
    """Give the ``subject``, ``predicate`` or ``object`` of a triple term; None of other terms."""
    if text[0] != "(":
        return None
    part_of: Term = getattr(term_of(*decode(text)), part)
    return encode(part_of)


def triple(subject: str, predicate: str, object_: str) -> str | None:
    """Give a triple term; None where the terms make no triple."""
    s, p, o = (term_of(*decode(text)) for text in (subject, predicate, object_))
    if isinstance(s, IRI | BlankNode) and isinstance(p, IRI):
        return encode(TripleTerm(s, p, o))
    return None


def triple_equal(left: str, right: str) -> bool | None:
    """Tell whether two triple terms are equal part by part; None: an error, or another term."""
    if left[0] != "(" or right[0] != "(":
        return None
    return _equal(term_of(*decode(left)), term_of(*decode(right)))


def _equal(left: Term, right: Term) -> bool | None:
    match left, right:
        case TripleTerm(), TripleTerm():
            parts = [
                _equal(a, b)
                for a, b in (
                    (left.subject, right.subject),
                    (left.predicate, right.predicate),
                    (left.object, right.object),
                )
            ]
            return False if False in parts else None if None in parts else True
        case Literal(), Literal():
            return equal_literals(left, right)
        case _:
            return left == right
