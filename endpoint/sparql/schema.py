"""What RDFS entailment has to know: hierarchies, domains and ranges, by term id.

The schema is that of the whole store, of the GeoSPARQL ontology with the class
hierarchies of Simple Features and GML, and of RDF and RDFS themselves (RDF 1.1
Semantics, sections 8 and 9; the membership properties rdf:_1 … are left out). It
is small: its closure is computed here, and `compile.entailed` matches what
follows from it for the triples of a graph.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from sqlglot import exp

from endpoint.sparql.compile import sql
from endpoint.store.dataset import Dataset
from geosparql.terms import IRI, RDF, Term
from geosparql.vocabulary import RDF_TYPE, RDFS, RDFS_SUB_CLASS_OF, RDFS_SUB_PROPERTY_OF
from ontologies.load import ontology_triples

RDFS_DOMAIN, RDFS_RANGE = RDFS + "domain", RDFS + "range"
RDFS_CLASS, RDFS_RESOURCE, RDF_PROPERTY = RDFS + "Class", RDFS + "Resource", RDF + "Property"
_DATATYPE = RDFS + "Datatype"
_SCHEMA_PROPERTIES = (RDFS_SUB_CLASS_OF, RDFS_SUB_PROPERTY_OF, RDFS_DOMAIN, RDFS_RANGE)
_LITERAL, _LIST, _STATEMENT = RDFS + "Literal", RDF + "List", RDF + "Statement"
_AXIOMS: tuple[tuple[str, str, str], ...] = (
    (RDF_TYPE, RDFS_RESOURCE, RDFS_CLASS),
    (RDFS_DOMAIN, RDF_PROPERTY, RDFS_CLASS),
    (RDFS_RANGE, RDF_PROPERTY, RDFS_CLASS),
    (RDFS_SUB_PROPERTY_OF, RDF_PROPERTY, RDF_PROPERTY),
    (RDFS_SUB_CLASS_OF, RDFS_CLASS, RDFS_CLASS),
    (RDF + "subject", _STATEMENT, RDFS_RESOURCE),
    (RDF + "predicate", _STATEMENT, RDFS_RESOURCE),
    (RDF + "object", _STATEMENT, RDFS_RESOURCE),
    (RDFS + "member", RDFS_RESOURCE, RDFS_RESOURCE),
    (RDF + "first", _LIST, RDFS_RESOURCE),
    (RDF + "rest", _LIST, _LIST),
    (RDFS + "seeAlso", RDFS_RESOURCE, RDFS_RESOURCE),
    (RDFS + "isDefinedBy", RDFS_RESOURCE, RDFS_RESOURCE),
    (RDFS + "comment", RDFS_RESOURCE, _LITERAL),
    (RDFS + "label", RDFS_RESOURCE, _LITERAL),
    (RDF + "value", RDFS_RESOURCE, RDFS_RESOURCE),
)
"""(property, its domain, its range)."""
_AXIOM_CLASSES: tuple[tuple[str, str], ...] = (
    (RDF + "Alt", RDFS + "Container"),
    (RDF + "Bag", RDFS + "Container"),
    (RDF + "Seq", RDFS + "Container"),
    (RDFS + "ContainerMembershipProperty", RDF_PROPERTY),
    (_DATATYPE, RDFS_CLASS),
)

Pairs = frozenset[tuple[int, int]]
Triples = Collection[tuple[int, int, int]]


@dataclass(frozen=True, slots=True)
class Schema:
    """The closure of a schema; every pair is (what is below, what is above), by term id."""

    ids: Mapping[str, int]
    """Ids of the terms of the schema that comes along, by IRI."""
    classes: Pairs
    properties: Pairs
    domains: Pairs
    """(property, class): its subjects are of the class."""
    ranges: Pairs
    typed: Pairs
    """(node, class): what the schema that comes along says of its own terms."""
    stated: Mapping[int, Pairs]
    """Domains and ranges as the schema that comes along states them, by rdfs:domain, rdfs:range."""


def below(pairs: Pairs, above: int) -> tuple[int, ...]:
    """Give what lies under a term in a hierarchy, or has it as domain or range."""
    return tuple(sorted(lower for lower, upper in pairs if upper == above))


def read_schema(dataset: Dataset, ids_of: Callable[[Sequence[Term]], Sequence[int]]) -> Schema:
    """Read the schema of a data set and close it.

    Parameters
    ----------
    dataset
        What is asked.
    ids_of
        Gives the ids of terms, those that the data set lacks too.
    """
    known = known_schema()
    iris = sorted({iri for triple in known for iri in triple})
    ids = dict(zip(iris, ids_of([IRI(iri) for iri in iris]), strict=True))
    along = {(ids[s], ids[p], ids[o]) for s, p, o in known}
    names = {iri: frozenset({ids[iri]}) for iri in _SCHEMA_PROPERTIES}
    while True:
        triples = along | _stored(dataset, frozenset().union(*names.values()))
        properties = _closed(_pairs(triples, names[RDFS_SUB_PROPERTY_OF]), ())
        wider = {iri: names[iri] | set(below(properties, ids[iri])) for iri in names}
        if wider == names:
            break
        names = wider  # a property under rdfs:subPropertyOf may have made further ones
    direct = {iri: _pairs(triples, names[iri]) for iri in names}
    return _closure(dataset, ids, along, direct)


def _closure(
    dataset: Dataset, ids: Mapping[str, int], along: Triples, direct: Mapping[str, Pairs]
) -> Schema:
    """Close the hierarchies, and take domains and ranges down and up along them."""
    named = direct[RDFS_DOMAIN] | direct[RDFS_RANGE]
    resource, a_class = ids[RDFS_RESOURCE], ids[RDFS_CLASS]
    types = _instances(dataset, ids)
    properties = _closed(
        direct[RDFS_SUB_PROPERTY_OF],
        {*dataset.statistics.predicates, *(p for p, _ in named), *types[RDF_PROPERTY]},
    )
    classes = _closed(
        direct[RDFS_SUB_CLASS_OF] | {(c, ids[_LITERAL]) for c in types[_DATATYPE]},
        {*dataset.statistics.classes, *(c for _, c in named), *types[RDFS_CLASS], a_class},
    )
    classes |= {(c, resource) for c, _ in classes}
    domains, ranges = (
        _spread(direct[iri], properties, classes) for iri in (RDFS_DOMAIN, RDFS_RANGE)
    )
    of_subject, of_object = _upwards(domains), _upwards(ranges)
    of_predicate = {upper for lower, upper in classes if lower == ids[RDF_PROPERTY]}
    typed = set()
    for s, p, o in along:
        typed |= {(s, c) for c in of_subject[p]} | {(o, c) for c in of_object[p]}
        typed |= {(p, c) for c in of_predicate}
    stated = {ids[iri]: _pairs(along, {ids[iri]}) for iri in (RDFS_DOMAIN, RDFS_RANGE)}
    return Schema(ids, classes, properties, domains, ranges, frozenset(typed), stated)


@cache
def known_schema() -> frozenset[tuple[str, str, str]]:
    """Give the schema triples that come along: GeoSPARQL's, and the axioms of RDF and RDFS."""
    found = set()
    for batch in ontology_triples(["geosparql"]):
        columns = (batch[name].to_pylist() for name in ("subject", "predicate", "object"))
        found |= {row for row in zip(*columns, strict=True) if row[1] in _SCHEMA_PROPERTIES}
    for name, domain, range_ in _AXIOMS:
        found |= {(name, RDFS_DOMAIN, domain), (name, RDFS_RANGE, range_)}
    found |= {(c, RDFS_SUB_CLASS_OF, above) for c, above in _AXIOM_CLASSES}
    found.add((RDFS + "isDefinedBy", RDFS_SUB_PROPERTY_OF, RDFS + "seeAlso"))
    return frozenset(found)


def _stored(
    dataset: Dataset, predicates: frozenset[int], objects: Sequence[int] = ()
) -> set[tuple[int, int, int]]:
    """Give the triples that a data set holds of some predicates (and objects), in any graph."""
    found = [p for p in sorted(predicates) if dataset.predicate_count(p)]
    place = dataset.lookup or dataset
    if not found:
        return set()
    names = ("subject", "predicate", "object")
    query = exp.select(*map(sql.column, names)).from_(place.quads_pos.table())
    query = query.where(sql.one_of(sql.column("predicate"), found))
    if objects:
        query = query.where(sql.one_of(sql.column("object"), objects))
    rows = place.engine.run(query).read_all()
    return set(zip(*(rows[name].to_pylist() for name in names), strict=True))


def _instances(dataset: Dataset, ids: Mapping[str, int]) -> dict[str, set[int]]:
    """Give what a data set says to be a class, a property or a datatype."""
    wanted = (RDFS_CLASS, RDF_PROPERTY, _DATATYPE)
    kinds = [ids[iri] for iri in wanted if dataset.class_count(ids[iri])]
    types = _stored(dataset, frozenset({ids[RDF_TYPE]}), kinds) if kinds else set()
    return {iri: {s for s, _, o in types if o == ids[iri]} for iri in wanted}


def _pairs(triples: Triples, predicates: Collection[int]) -> Pairs:
    return frozenset((s, o) for s, p, o in triples if p in predicates)


def _closed(direct: Iterable[tuple[int, int]], alone: Iterable[int]) -> Pairs:
    """Give the reflexive-transitive closure; `alone` lie under themselves at least."""
    direct = list(direct)
    parents = _upwards(direct)
    found = set()
    for node in {*alone, *(end for pair in direct for end in pair)}:
        seen, waiting = {node}, [node]
        while waiting:
            fresh = parents[waiting.pop()] - seen
            seen |= fresh
            waiting += fresh
        found |= {(node, above) for above in seen}
    return frozenset(found)


def _spread(direct: Pairs, properties: Pairs, classes: Pairs) -> Pairs:
    """Give every property under one with such a class, with every class above that."""
    above, under = _upwards(classes), _upwards((upper, lower) for lower, upper in properties)
    return frozenset((p, c) for name, kind in direct for p in under[name] for c in above[kind])


def _upwards(pairs: Iterable[tuple[int, int]]) -> Mapping[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for lower, upper in pairs:
        found[lower].add(upper)
    return found
