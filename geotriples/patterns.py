"""Triples maps as triple patterns: every combination of subject, predicate and object."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

from geosparql.errors import MappingError
from geosparql.terms import IRI
from geosparql.vocabulary import RDF_TYPE
from geotriples.mapping.contents import quoted_triple, targets_of
from geotriples.mapping.model import (
    Collection,
    Constant,
    Join,
    Joined,
    LogicalTarget,
    Mapping,
    QuotedTriple,
    QuotedTriplesMap,
    ReferencingObjectMap,
    TermMap,
    TermType,
    TriplesMap,
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
    stated: bool = True
    """False: only what its terms need is said, the members of a list or what a reifier reifies."""

    @property
    def needed(self) -> bool:
        """Whether something is said of its subject though the triple itself is not stated."""
        triple = quoted_triple(self.subject)
        is_reified = triple is not None and not triple.star
        return is_reified or isinstance(self.subject.expression, Collection)

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


def patterns_of(triples_map: TriplesMap, mapping: Mapping, *, star: bool = False) -> list[Pattern]:
    """Give every combination of subject, predicate and object, classes included.

    Parameters
    ----------
    triples_map
        The triples map.
    mapping
        Where the triples maps are that it refers to, quotes and gathers.
    star
        Whether quoted triples are written as RDF-star has them.

    Raises
    ------
    MappingError
        Where a triples map quotes itself.
    """
    found = _Finder(mapping, star).patterns(triples_map)
    if triples_map.asserted:
        return list(found)
    return [replace(pattern, stated=False) for pattern in found]


@dataclass(frozen=True, slots=True)
class _Finder:
    """Puts what term maps name into their place."""

    mapping: Mapping
    star: bool
    quoting: tuple[str, ...] = ()
    """The triples maps on the way to what is quoted."""

    def patterns(self, triples_map: TriplesMap) -> Iterator[Pattern]:
        where = triples_map.where
        type_map = TermMap(Constant(IRI(RDF_TYPE)), TermType.IRI, where)
        for subject in self._subjects(triples_map):
            if isinstance(subject.expression, Collection) and not self.quoting:
                yield Pattern(
                    triples_map, subject, type_map, subject, triples_map.graphs, triples_map,
                    stated=False,
                )  # fmt: skip
            for name in triples_map.classes:
                class_map = TermMap(Constant(IRI(name)), TermType.IRI, where)
                yield Pattern(
                    triples_map, subject, type_map, class_map, triples_map.graphs, triples_map
                )
            for number, pom in enumerate(triples_map.predicate_objects):
                graphs = (*triples_map.graphs, *pom.graphs)
                for predicate, (position, value) in product(pom.predicates, enumerate(pom.objects)):
                    place = f"{triples_map.name} {number}.{position}"
                    for found, parent, joined in self._objects(value, triples_map, place):
                        referencing = value if isinstance(value, ReferencingObjectMap) else None
                        yield Pattern(
                            triples_map, subject, predicate, found, graphs, parent, joined,
                            referencing,
                        )  # fmt: skip

    def _subjects(self, triples_map: TriplesMap) -> Iterator[TermMap]:
        return self.terms(triples_map.subject, triples_map, f"{triples_map.name} subject")

    def _objects(
        self, value: TermMap | ReferencingObjectMap, triples_map: TriplesMap, place: str
    ) -> Iterator[tuple[TermMap, TriplesMap, ReferencingObjectMap | None]]:
        """Give the object maps that one stands for, whose rows they read, and how it is joined."""
        if isinstance(value, TermMap):
            for found in self.terms(value, triples_map, place):
                yield found, triples_map, None
            return
        parent = self.mapping.triples_map(value.parent)
        same_row = not value.joins and parent.source.key == triples_map.source.key
        for subject in self._subjects(parent):
            yield subject, parent, None if same_row else value

    def terms(self, term_map: TermMap, triples_map: TriplesMap, place: str) -> Iterator[TermMap]:
        """Give the term maps that one stands for: several where it quotes several triples."""
        if term_map.gather is not None:
            yield self._collection(term_map, triples_map, place)
        elif isinstance(term_map.expression, QuotedTriplesMap):
            yield from self._quoted(term_map, term_map.expression, triples_map)
        else:
            yield term_map

    def _quoted(
        self, term_map: TermMap, quoted: QuotedTriplesMap, triples_map: TriplesMap
    ) -> Iterator[TermMap]:
        parent = self.mapping.triples_map(quoted.parent)
        if parent.name in self.quoting:
            raise MappingError(
                "A triples map quotes itself", where=term_map.where,
                value=" → ".join((*self.quoting, parent.name)), hint="Quote another",
            )  # fmt: skip
        inner = replace(self, quoting=(*self.quoting, parent.name))
        for pattern in inner.patterns(parent):
            value = pattern.object
            if pattern.joined is not None:
                value = replace(
                    value, expression=Joined(value, pattern.object_of, pattern.joined.joins)
                )
            triple = QuotedTriple(
                pattern.subject, pattern.predicate, value, parent, pattern.object_of, self.star
            )
            yield self._beside(
                replace(term_map, expression=triple), parent, quoted.joins, triples_map
            )

    def _beside(
        self, value: TermMap, parent: TriplesMap, joins: tuple[Join, ...], child: TriplesMap
    ) -> TermMap:
        """Give a term map of a parent's rows, joined where these are not the child's."""
        if not joins and parent.source.key == child.source.key:
            return value
        return replace(value, expression=Joined(value, parent, joins), condition=None)

    def _collection(self, term_map: TermMap, triples_map: TriplesMap, place: str) -> TermMap:
        assert term_map.gather is not None
        elements: list[tuple[TermMap, TriplesMap]] = []
        for number, element in enumerate(term_map.gather.elements):
            inner = f"{place}.{number}"
            for value, parent, joined in self._objects(element, triples_map, inner):
                if joined is None:
                    elements.append((value, parent))
                else:
                    elements.append(
                        (self._beside(value, parent, joined.joins, triples_map), parent)
                    )
        identity = None
        if term_map.expression is not None:
            identity = replace(term_map, gather=None)
        collection = Collection(place, tuple(elements), term_map.gather, identity, triples_map)
        return replace(term_map, expression=collection, gather=None, condition=None)


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
