"""RML in the current vocabulary (http://w3id.org/rml/) into the model, checked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from geosparql.errors import MappingError
from geosparql.terms import IRI, Term
from geosparql.vocabulary import RDF_TYPE
from geotriples.functions.binding import bind_functions
from geotriples.functions.function import Function
from geotriples.functions.table import BUILT_IN, by_iri
from geotriples.mapping.document import Document, local_name, name_of
from geotriples.mapping.languages import read_language
from geotriples.mapping.logical_view import LogicalView
from geotriples.mapping.model import (
    Constant,
    Mapping,
    PredicateObjectMap,
    ReferencingObjectMap,
    TermMap,
    TriplesMap,
)
from geotriples.mapping.rml_structures import named_by, read_node_map, read_object_map
from geotriples.mapping.rml_terms import (
    GRAPH,
    OBJECT,
    PREDICATE,
    SUBJECT,
    Role,
    constant_map,
    read_term_map,
)
from geotriples.mapping.rml_views import Views, check_references
from geotriples.mapping.vocabulary import RML
from geotriples.mapping.words import check_words


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A property that names a term map, and the one that names its constant directly."""

    map: str
    constant: str
    role: Role


SUBJECTS = Shortcut(RML + "subjectMap", RML + "subject", SUBJECT)
PREDICATES = Shortcut(RML + "predicateMap", RML + "predicate", PREDICATE)
OBJECTS = Shortcut(RML + "objectMap", RML + "object", OBJECT)
GRAPHS = Shortcut(RML + "graphMap", RML + "graph", GRAPH)


def read_mapping(
    path: Path,
    *,
    base_iri: str | None = None,
    database: str | None = None,
    functions: Iterable[Function] = (),
) -> Mapping:
    """Read a mapping file in any of the languages of `geotriples.mapping.languages`.

    Parameters
    ----------
    path
        The file. Paths of sources in it are relative to its folder.
    base_iri
        Base IRI of relative IRIs that triples maps without `rml:baseIRI` make.
    database
        URL of the database that R2RML and `egr:Database` read.
    functions
        Those that it may call besides `geotriples.functions.table.BUILT_IN`, such as
        `geotriples.functions.user.load_functions` gives.

    Returns
    -------
    Mapping
        Its triples maps, in the order of the file, their function executions bound.

    Raises
    ------
    MappingError
        Where it is not a valid mapping: file, line where it is known, triples
        map and term map are named.
    RDFSyntaxError
        Where it is not Turtle.
    """
    document = read_language(path)
    check_words(document)
    nodes = [node for node in document.statements if _is_triples_map(document, node)]
    if not nodes:
        raise MappingError(
            "The file has no triples map", where=str(path),
            hint=f"Nodes with rml:logicalSource or rr:logicalTable are; rml: is <{RML}>",
        )  # fmt: skip
    views = Views(document, database)
    maps = tuple(_read_triples_map(document, node, base_iri, views) for node in nodes)
    _check_parents(maps)
    _check_views(maps)
    return bind_functions(Mapping(path, maps), {**BUILT_IN, **by_iri(functions)})


def _is_triples_map(document: Document, node: Term) -> bool:
    properties = document.statements[node]
    return RML + "logicalSource" in properties or IRI(RML + "TriplesMap") in properties.get(
        RDF_TYPE, ()
    )


def _read_triples_map(
    document: Document, node: Term, base_iri: str | None, views: Views
) -> TriplesMap:
    name = name_of(node)
    where = document.place_of(node, f"triples map {local_name(name)}")
    subjects = _term_maps(document, node, SUBJECTS, where)
    if len(subjects) != 1:
        raise MappingError(
            f"A triples map needs one subject map and has {len(subjects)}", where=where,
            hint="Give rml:subjectMap or rml:subject once",
        )  # fmt: skip
    subject_node = document.value(node, SUBJECTS.map, where)
    classes = [] if subject_node is None else document.values(subject_node, RML + "class")
    graphs = () if subject_node is None else _term_maps(document, subject_node, GRAPHS, where)
    return TriplesMap(
        name=str(node) if not isinstance(node, IRI) else name,
        source=views.read(_source_node(document, node, where), where),
        subject=subjects[0],
        classes=tuple(_class_iri(term, where) for term in classes),
        graphs=graphs,
        predicate_objects=tuple(
            _read_predicate_object_map(document, pom, where)
            for pom in document.values(node, RML + "predicateObjectMap")
        ),
        base_iri=document.text_of(node, RML + "baseIRI", where) or base_iri,
        where=where,
        asserted=_is_asserted(document, node, where),
    )


def _source_node(document: Document, node: Term, where: str) -> Term:
    source = document.value(node, RML + "logicalSource", where)
    if source is None:
        raise MappingError(
            "A triples map needs a logical source", where=where, hint="Give rml:logicalSource"
        )
    return source


def _class_iri(term: Term, where: str) -> str:
    if isinstance(term, IRI):
        return term.value
    raise MappingError("rml:class must be an IRI", where=where, value=term)


def _term_maps(
    document: Document, node: Term, shortcut: Shortcut, where: str
) -> tuple[TermMap, ...]:
    """Read the term maps of a node in one role, constants given directly included."""
    found = [
        constant_map(term, shortcut.role, where)
        for term in document.values(node, shortcut.constant)
    ]
    found += [
        (read_node_map if shortcut is SUBJECTS else read_term_map)(
            document, inner, shortcut.role, where
        )
        for inner in document.values(node, shortcut.map)
    ]
    return tuple(found)


def _read_predicate_object_map(document: Document, node: Term, where: str) -> PredicateObjectMap:
    predicates = _term_maps(document, node, PREDICATES, where)
    said = [p.expression.term for p in predicates if isinstance(p.expression, Constant)]
    inner_where = f"{where}, predicate {local_name(name_of(said[0]))}" if said else where
    objects: list[TermMap | ReferencingObjectMap] = [
        constant_map(term, OBJECT, inner_where) for term in document.values(node, OBJECTS.constant)
    ]
    objects += [
        read_object_map(document, inner, inner_where)
        for inner in document.values(node, OBJECTS.map)
    ]
    if not predicates or not objects:
        missing = "a predicate" if not predicates else "an object"
        raise MappingError(f"A predicate-object map needs {missing}", where=inner_where)
    return PredicateObjectMap(
        predicates, tuple(objects), _term_maps(document, node, GRAPHS, inner_where)
    )


def _is_asserted(document: Document, node: Term, where: str) -> bool:
    kinds = [RML + "AssertedTriplesMap", RML + "NonAssertedTriplesMap"]
    stated = [IRI(kind) in document.values(node, RDF_TYPE) for kind in kinds]
    if all(stated):
        raise MappingError(
            "A triples map is asserted or not asserted, not both", where=where,
            hint="Take one of the two types away",
        )  # fmt: skip
    return not stated[1]


def _check_parents(maps: tuple[TriplesMap, ...]) -> None:
    names = {triples_map.name for triples_map in maps}
    for triples_map in maps:
        for where, parent in named_by(triples_map):
            if parent not in names:
                raise MappingError(
                    "The parent triples map does not exist", where=where, value=parent,
                    hint=f"Triples maps of the file: {', '.join(sorted(names))}",
                )  # fmt: skip


def _check_views(maps: tuple[TriplesMap, ...]) -> None:
    """Check what the term maps of triples maps over logical views refer to."""
    sources = {triples_map.name: triples_map.source for triples_map in maps}
    for one in maps:
        check_references(one.source, one.subject, *one.graphs)
        if isinstance(one.source, LogicalView) and one.subject.expression is None:
            raise MappingError("A blank node over a logical view needs an expression",
                               where=one.subject.where)  # fmt: skip
        for pom in one.predicate_objects:
            check_references(one.source, *pom.predicates, *pom.graphs)
            for value in pom.objects:
                if isinstance(value, TermMap):
                    check_references(one.source, value)
                    continue
                check_references(one.source, *(join.child for join in value.joins))
                check_references(sources[value.parent], *(join.parent for join in value.joins))
