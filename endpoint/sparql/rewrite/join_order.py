"""The order in which the triples of a basic graph pattern are joined, by counts.

The engines reorder inner joins by themselves, but know little of triple tables:
they are given the order that the counts of predicates and classes suggest.
"""

from __future__ import annotations

from endpoint.sparql.algebra import BGP, Constant, Pattern, TriplePattern, Variable
from endpoint.sparql.rewrite.counts import Counts
from endpoint.sparql.rewrite.walk import everywhere
from geosparql.terms import IRI
from geosparql.vocabulary import RDF_TYPE


def order_joins(pattern: Pattern, counts: Counts) -> Pattern:
    """Put the triples of every basic graph pattern in order: the fewest first, connected."""

    def ordered(node: Pattern) -> Pattern:
        if not isinstance(node, BGP) or len(node.triples) < 2:
            return node
        return BGP(tuple(_ordered(list(node.triples), counts)))

    return everywhere(pattern, ordered)


def _ordered(triples: list[TriplePattern], counts: Counts) -> list[TriplePattern]:
    bound: set[Variable] = set()
    result: list[TriplePattern] = []
    while triples:
        connected = [t for t in triples if bound & _variables(t)] or triples
        best = min(connected, key=lambda triple: estimate(triple, bound, counts))
        triples.remove(best)
        result.append(best)
        bound |= _variables(best)
    return result


def _variables(triple: TriplePattern) -> set[Variable]:
    slots = (triple.subject, triple.predicate, triple.object)
    return {slot for slot in slots if isinstance(slot, Variable)}


def estimate(triple: TriplePattern, bound: set[Variable], counts: Counts) -> float:
    """Estimate how many solutions a triple has for one solution of what is bound."""
    predicate, dataset = triple.predicate, counts.dataset
    if isinstance(predicate, Variable):
        count = float(dataset.quad_count())
        subjects = objects = max(1.0, count / 10)
    else:
        predicate_id = counts.id_of(predicate.term)
        count = float(dataset.predicate_count(predicate_id))
        subjects = max(1.0, float(dataset.subject_count(predicate_id)))
        objects = max(1.0, float(dataset.object_count(predicate_id)))
        if predicate.term == IRI(RDF_TYPE) and isinstance(triple.object, Constant):
            count, objects = float(dataset.class_count(counts.id_of(triple.object.term))), 1.0
    if isinstance(triple.subject, Constant) or triple.subject in bound:
        count /= subjects
    if isinstance(triple.object, Constant) or triple.object in bound:
        count /= objects
    return count
