"""Term maps that are more than one expression: references to, quotes of and gathers of others."""

from __future__ import annotations

from collections.abc import Iterator

from geosparql.errors import MappingError
from geosparql.terms import IRI, RDF, Term
from geotriples.mapping.document import Document
from geotriples.mapping.model import (
    Gather,
    Join,
    QuotedTriplesMap,
    ReferencingObjectMap,
    TermMap,
    TermType,
    TriplesMap,
)
from geotriples.mapping.rml_joins import read_joins
from geotriples.mapping.rml_targets import read_targets
from geotriples.mapping.rml_terms import EXPRESSIONS, OBJECT, RESOURCES, Role, read_term_map
from geotriples.mapping.vocabulary import RML

NIL = IRI(RDF + "nil")
COLLECTIONS = tuple(RDF + name for name in ("List", "Bag", "Seq", "Alt"))
STRATEGIES = {RML + "append": False, RML + "cartesianProduct": True}


def read_object_map(document: Document, node: Term, where: str) -> TermMap | ReferencingObjectMap:
    """Read an object map of any kind.

    Raises
    ------
    MappingError
        Where it is not valid.
    """
    if document.values(node, RML + "parentTriplesMap"):
        inner = f"{where}, {OBJECT.name}"
        parent, joins = _parent(document, node, "parentTriplesMap", inner)
        return ReferencingObjectMap(parent, joins, inner, read_targets(document, node, inner))
    return read_node_map(document, node, OBJECT, where)


def read_node_map(document: Document, node: Term, role: Role, where: str) -> TermMap:
    """Read a subject or object map that may quote (RML-Star) or gather (RML-CC)."""
    inner = f"{where}, {role.name}"
    targets = read_targets(document, node, inner)
    if document.values(node, RML + "quotedTriplesMap"):
        quoted = QuotedTriplesMap(*_parent(document, node, "quotedTriplesMap", inner))
        return TermMap(quoted, TermType.BLANK_NODE, inner, targets=targets)
    if not document.values(node, RML + "gather"):
        return read_term_map(document, node, role, where)
    gather = _gather(document, node, inner)
    if not any(document.values(node, RML + kind) for kind in EXPRESSIONS):
        return TermMap(None, TermType.BLANK_NODE, inner, targets=targets, gather=gather)
    identity_role = Role(role.name, RESOURCES, TermType.IRI)
    identity = read_term_map(document, node, identity_role, where)
    return TermMap(
        identity.expression, identity.term_type, inner, condition=identity.condition,
        targets=targets, gather=gather,
    )  # fmt: skip


def named_by(triples_map: TriplesMap) -> Iterator[tuple[str, str]]:
    """Give the triples maps that a triples map names, each with where it does."""
    maps: list[TermMap | ReferencingObjectMap] = [triples_map.subject]
    for pom in triples_map.predicate_objects:
        maps += pom.objects
    while maps:
        one = maps.pop()
        if isinstance(one, ReferencingObjectMap):
            yield one.where, one.parent
        elif isinstance(one.expression, QuotedTriplesMap):
            yield one.where, one.expression.parent
        elif one.gather is not None:
            maps += one.gather.elements


def _gather(document: Document, node: Term, where: str) -> Gather:
    kind = document.text_of(node, RML + "gatherAs", where)
    if kind not in COLLECTIONS:
        raise MappingError(
            "A gather map makes a list or a container", where=where, value=kind,
            hint="Give rml:gatherAs rdf:List, rdf:Bag, rdf:Seq or rdf:Alt",
        )  # fmt: skip
    strategy = document.text_of(node, RML + "strategy", where) or RML + "append"
    if strategy not in STRATEGIES:
        raise MappingError("The gather strategy is unknown", where=where, value=strategy,
                           hint=f"Known: {', '.join(STRATEGIES)}")  # fmt: skip
    allow = document.text_of(node, RML + "allowEmptyListAndContainer", where)
    elements = tuple(
        read_object_map(document, element, where)
        for gathered in document.values(node, RML + "gather")
        for element in _members(document, gathered, where)
    )
    if not elements:
        raise MappingError("A gather map gathers nothing", where=where,
                           hint="Give rml:gather ( [ … ] … )")  # fmt: skip
    return Gather(elements, kind, STRATEGIES[strategy], allow in ("true", "1"))


def _members(document: Document, node: Term | None, where: str) -> Iterator[Term]:
    """Give the members of an RDF list."""
    seen = set()
    while node is not None and node != NIL:
        first = document.value(node, RDF + "first", where)
        if first is None or node in seen:
            raise MappingError("rml:gather needs a list of term maps", where=where, value=node)
        seen.add(node)
        yield first
        node = document.value(node, RDF + "rest", where)


def _parent(document: Document, node: Term, name: str, where: str) -> tuple[str, tuple[Join, ...]]:
    """Read the triples map that a term map refers to, and how its rows are found."""
    parent = document.value(node, RML + name, where)
    name_of_parent = parent.value if isinstance(parent, IRI) else str(parent)
    return name_of_parent, read_joins(document, node, where)
