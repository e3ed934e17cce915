"""What stands in term maps: the references that they read, what they quote, their targets."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from geotriples.mapping.model import (
    Collection,
    FunctionCall,
    FunctionExecution,
    Joined,
    LogicalTarget,
    Mapping,
    QuotedTriple,
    Reference,
    ReferencingObjectMap,
    Template,
    TermMap,
)


def targets_of(term_map: TermMap | ReferencingObjectMap) -> frozenset[LogicalTarget]:
    """Give the targets of a term map, its datatype and language included."""
    if isinstance(term_map, ReferencingObjectMap):
        return frozenset(term_map.targets)
    parts = (term_map, term_map.datatype, term_map.language)
    return frozenset(target for part in parts if part is not None for target in part.targets)


def all_targets(mapping: Mapping) -> set[LogicalTarget]:
    """Give the targets that the term maps of a mapping name."""
    found: set[LogicalTarget] = set()
    for one in mapping.triples_maps:
        maps: list[TermMap | ReferencingObjectMap] = [one.subject, *one.graphs]
        for pom in one.predicate_objects:
            maps += [*pom.predicates, *pom.objects, *pom.graphs]
        found = found.union(*(targets_of(term_map) for term_map in maps))
    return found


def quoted_triple(term_map: TermMap) -> QuotedTriple | None:
    """Give the triple that a term map quotes, of its own rows or of those that it is joined to."""
    inner = term_map.expression
    if isinstance(inner, Joined):
        inner = inner.value.expression
    return inner if isinstance(inner, QuotedTriple) else None


def references(term_map: TermMap) -> Iterator[str]:
    """Give the names of the references that a term map reads."""
    match term_map.expression:
        case Reference(name):
            yield name
        case Template(parts):
            yield from (part.name for part in parts if isinstance(part, Reference))
    for inner in (*_inner_maps(term_map), term_map.datatype, term_map.language, term_map.condition):
        if inner is not None:
            yield from references(inner)


def _inner_maps(term_map: TermMap) -> list[TermMap | None]:
    """Give the term maps inside of an expression that read the same row."""
    match term_map.expression:
        case FunctionExecution(inputs=inputs):
            return [value for _, value in inputs]
        case FunctionCall(inputs=given):
            return list(chain.from_iterable(given))
        case QuotedTriple(subject, predicate, value):
            return [subject, predicate, value]
        case Joined(joins=joins):
            return [join.child for join in joins]
        case Collection(elements=elements, identity=identity):
            return [*(element for element, _ in elements), identity]
    return []
