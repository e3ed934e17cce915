"""Join conditions of RML: of referencing object maps and of logical views."""

from __future__ import annotations

from geosparql.errors import MappingError
from geosparql.terms import Literal, Term
from geotriples.mapping.document import Document
from geotriples.mapping.model import Join, TermMap
from geotriples.mapping.rml_terms import JOIN, read_term_map
from geotriples.mapping.vocabulary import RML


def read_joins(document: Document, node: Term, where: str) -> tuple[Join, ...]:
    """Read the join conditions of a node.

    Raises
    ------
    MappingError
        Where a side is missing or given twice.
    """
    return tuple(
        Join(*(_side(document, condition, side, where) for side in ("child", "parent")))
        for condition in document.values(node, RML + "joinCondition")
    )


def _side(document: Document, condition: Term, side: str, where: str) -> TermMap:
    """Read ``rml:child "column"`` or ``rml:childMap [ … ]``, and the same of the parent."""
    inner = f"{where}, {side} of the join condition"
    reference = document.value(condition, RML + side, inner)
    expression_map = document.value(condition, RML + side + "Map", inner)
    if isinstance(reference, Literal) and expression_map is None:
        return JOIN.reference(reference.lexical, inner)
    if expression_map is not None and reference is None:
        return read_term_map(document, expression_map, JOIN, where)
    raise MappingError(
        f"A join condition needs one {side}", where=where, hint=f"Give rml:{side} or rml:{side}Map"
    )
