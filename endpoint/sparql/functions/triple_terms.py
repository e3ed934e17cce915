"""TRIPLE, SUBJECT, PREDICATE and OBJECT (SPARQL 1.2 drafts, section 17.4.6), over term texts."""

from __future__ import annotations

from endpoint.sparql.functions.encoding import decode, encode
from geosparql.term_columns import term_of
from geosparql.terms import IRI, BlankNode, Term, TripleTerm


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
