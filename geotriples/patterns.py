"""Triples maps as triple patterns: every combination of subject, predicate and object."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from geosparql.terms import IRI
from geosparql.vocabulary import RDF_TYPE
from geotriples.mapping.model import (
    Constant,
    LogicalTarget,
    Mapping,
    ReferencingObjectMap,
    TermMap,
    TermType,
    TriplesMap,
    targets_of,
)
from geotriples.mapping.vocabulary import DEFAULT_GRAPH


@dataclass(frozen=True, slots=True)
class Pattern:
    """The term maps of one triple, before they meet a source."""

    triples_map: TriplesMap
    subject: TermMap
    predicate: TermMap
    object: TermMap
    graphs: tuple[TermMap, ...]
    object_of: TriplesMap
    """The triples map whose base IRI and rows the object is made with."""
    joined: ReferencingObjectMap | None = None
    referencing: ReferencingObjectMap | None = None
    """The map that names the subject of another triples map as the object, joined or not."""

    @property
    def targets(self) -> frozenset[LogicalTarget]:
        """Where its triples go besides the targets of their graphs."""
        value = self.object if self.referencing is None else self.referencing
        return targets_of(self.subject) | targets_of(self.predicate) | targets_of(value)

    def roles(self) -> Iterator[tuple[str, TermMap]]:
        """Give each term map with the name under which its lists are unnested."""
        yield from (("subject", self.subject), ("predicate", self.predicate))
        yield from ((f"graph{number}", graph) for number, graph in enumerate(self.graphs))
        if self.joined is None:
            yield "object", self.object
        else:
            yield from ((f"child{n}", join.child) for n, join in enumerate(self.joined.joins))

    def parent_roles(self) -> Iterator[tuple[str, TermMap]]:
        """Give the term maps that read the parent of a join."""
        yield "object", self.object
        for number, join in enumerate(self.joined.joins if self.joined else ()):
            yield f"parent{number}", join.parent


def patterns_of(triples_map: TriplesMap, mapping: Mapping) -> Iterator[Pattern]:
    """Give every combination of subject, predicate and object, classes included."""
    subject, where = triples_map.subject, triples_map.where
    type_map = TermMap(Constant(IRI(RDF_TYPE)), TermType.IRI, where)
    for name in triples_map.classes:
        class_map = TermMap(Constant(IRI(name)), TermType.IRI, where)
        yield Pattern(triples_map, subject, type_map, class_map, triples_map.graphs, triples_map)
    for pom in triples_map.predicate_objects:
        graphs = (*triples_map.graphs, *pom.graphs)
        for predicate, value in product(pom.predicates, pom.objects):
            if isinstance(value, TermMap):
                yield Pattern(triples_map, subject, predicate, value, graphs, triples_map)
                continue
            parent = mapping.triples_map(value.parent)
            same_row = not value.joins and parent.source.key == triples_map.source.key
            joined = None if same_row else value
            yield Pattern(
                triples_map, subject, predicate, parent.subject, graphs, parent, joined, value
            )


def has_graphs(mapping: Mapping) -> bool:
    """Tell whether a mapping may put triples of its output into named graphs."""
    return any(
        not is_default_graph(graph) and not graph.targets
        for triples_map in mapping.triples_maps
        for graphs in (triples_map.graphs, *(pom.graphs for pom in triples_map.predicate_objects))
        for graph in graphs
    )


def is_default_graph(graph: TermMap) -> bool:
    """Tell whether a graph map means the default graph."""
    return isinstance(graph.expression, Constant) and graph.expression.term == IRI(DEFAULT_GRAPH)
