"""A mapping in pieces that are compiled one by one, so that each error is found where it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from geosparql.terms import IRI
from geotriples.mapping.model import (
    Constant,
    Mapping,
    ReferencingObjectMap,
    TermMap,
    TermType,
    TriplesMap,
)

Piece = tuple[str, Mapping]
"""Where the piece is in the mapping file, and a mapping that states it alone."""


def alone(mapping: Mapping, triples_map: TriplesMap) -> Mapping:
    """Give a mapping that states one triples map; the others can be referred to."""
    others = (
        triples_map if one.name == triples_map.name else replace(one, asserted=False)
        for one in mapping.triples_maps
    )
    return replace(mapping, triples_maps=tuple(others))


def pieces_of(triples_map: TriplesMap, mapping: Mapping) -> Iterator[Piece]:
    """Give the source, the subject, each graph and each object of a triples map by themselves."""
    fixed = Constant(IRI("urn:x-check:subject"))
    bare = replace(
        triples_map,
        subject=TermMap(fixed, TermType.IRI, triples_map.subject.where),
        classes=(fixed.term.value,) if isinstance(fixed.term, IRI) else (),
        graphs=(),
        predicate_objects=(),
    )
    yield triples_map.source.where, alone(mapping, bare)
    yield triples_map.subject.where, alone(mapping, replace(bare, subject=triples_map.subject))
    for graph in triples_map.graphs:
        yield graph.where, alone(mapping, replace(bare, graphs=(graph,)))
    plain = replace(bare, classes=())
    for pom in triples_map.predicate_objects:
        for predicate in pom.predicates:
            for value in pom.objects:
                one = replace(pom, predicates=(predicate,), objects=(value,))
                yield value.where, alone(mapping, replace(plain, predicate_objects=(one,)))


def object_maps(
    triples_map: TriplesMap,
) -> Iterator[tuple[str | None, TermMap | ReferencingObjectMap]]:
    """Give each object map with its predicate, None where that depends on the row."""
    for pom in triples_map.predicate_objects:
        for predicate in pom.predicates:
            said = predicate.expression
            constant = isinstance(said, Constant) and isinstance(said.term, IRI)
            name = said.term.value if constant else None  # type: ignore[union-attr]
            for value in pom.objects:
                yield name, value
