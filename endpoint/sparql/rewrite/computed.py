"""The properties that GeoSPARQL computes, as triple patterns (OGC 22-047r1, clauses 8, 9 and 11).

* The 24 topological relations: the triples of a pattern are the stored ones and
  those between objects whose geometries have the relation (query rewrite).
* Sizes and properties of a geometry: where none is stored, it is computed. Length is
  of what has one dimension or more, perimeter and area of what has two (standard
  properties of geo:SpatialObject); geo:hasMetricSize, above them, has all that are computed.
* geo:hasCentroid and geo:hasBoundingBox: where none is stored, a node is made
  whose name is its geometry, a ``data:`` IRI of the WKT, and which has that
  geometry inside the same basic graph pattern.
* A serialization: where none is stored, it is written from another one; cells
  (geo:asDGGS) are those of the default grid.

A graph is a set: what a pattern gives is what it would give if these triples
stood in the graph. A predicate that is a variable matches stored triples only.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce

from endpoint.sparql import algebra as al
from endpoint.sparql.algebra import (
    BGP,
    Call,
    Constant,
    Expression,
    Pattern,
    Slot,
    TriplePattern,
    Variable,
)
from endpoint.sparql.rewrite.counts import Counts
from endpoint.sparql.rewrite.geometries import SERIALIZATIONS, Located, triple
from endpoint.sparql.rewrite.walk import everywhere
from endpoint.sparql.scope import in_scope
from endpoint.sparql.triple_blocks import join
from geosparql import vocabulary as v
from geosparql.relations import RELATION_BY_IRI
from geosparql.terms import IRI, XSD, Literal

MADE_NODE = "data:text/plain;charset=utf-8,"
"""What the IRI of a computed geometry node begins with; its WKT follows, percent-encoded."""


@dataclass(frozen=True, slots=True)
class ComputedProperty:
    """A property and the function that computes it.

    `of_features`: of their geometry too; `least_dimension`: of geometries that have
    this topological dimension at least.
    """

    iri: str
    function: str
    of_features: bool = False
    least_dimension: int = 0


SIZES: tuple[ComputedProperty, ...] = (
    ComputedProperty(v.GEO_HAS_METRIC_LENGTH, "metricLength", True, 1),
    ComputedProperty(v.GEO_HAS_METRIC_PERIMETER_LENGTH, "metricPerimeter", True, 2),
    ComputedProperty(v.GEO_HAS_METRIC_AREA, "metricArea", True, 2),
)
PROPERTIES: tuple[ComputedProperty, ...] = (
    *SIZES,
    ComputedProperty(v.GEO_DIMENSION, "dimension"),
    ComputedProperty(v.GEO_COORDINATE_DIMENSION, "coordinateDimension"),
    ComputedProperty(v.GEO_SPATIAL_DIMENSION, "spatialDimension"),
    ComputedProperty(v.GEO_IS_EMPTY, "isEmpty"),
    ComputedProperty(v.GEO_IS_SIMPLE, "isSimple"),
)
NODES: tuple[ComputedProperty, ...] = (
    ComputedProperty(v.GEO_HAS_CENTROID, "centroid", True),
    ComputedProperty(v.GEO_HAS_BOUNDING_BOX, "envelope", True),
)
_WRITTEN: dict[str, tuple[Constant, ...]] = {
    **{v.GEO + f"as{kind}": () for kind in ("WKT", "GML", "GeoJSON", "KML")},
    v.GEO_AS_DGGS: (Constant(IRI(v.GEO_DGGS_LITERAL)),),
}
"""What the function of the same name takes besides a geometry."""
_ROWS_BY_IRI = {v.GEO_HAS_METRIC_SIZE: SIZES, **{row.iri: (row,) for row in PROPERTIES}}
_NODE_BY_IRI = {row.iri: row for row in NODES}


def compute_properties(pattern: Pattern, counts: Counts) -> Pattern:
    """Put what computes their triples in the place of triple patterns of such properties."""
    numbers = itertools.count(1)

    def computed(node: Pattern) -> Pattern:
        return _computed(node, Located(counts, numbers)) if isinstance(node, BGP) else node

    return everywhere(pattern, computed)


def computed_link(iri: str, start: Variable, end: Variable) -> BGP | None:
    """Give the pattern of a topological relation between two variables; None: it is none."""
    return BGP((triple(start, iri, end),)) if iri in RELATION_BY_IRI else None


def _computed(pattern: BGP, located: Located) -> Pattern:
    """Match the stored triples first, then each computed one on top of what was found."""
    works = [_work(t, pattern, located) for t in pattern.triples]
    pairs = list(zip(pattern.triples, works, strict=True))
    if not any(works):
        return pattern
    found: Pattern = BGP(tuple(t for t, work in pairs if work is None))
    for work in (_with_node, _with_serialization, _with_value, _with_relation):
        for each in (t for t, its_work in pairs if its_work is work):
            found = work(found, each, located)
    return found


def _work(each: TriplePattern, pattern: BGP, located: Located) -> _Work | None:
    """Choose what computes a triple; None: it is only matched."""
    iri = _predicate(each)
    if iri in RELATION_BY_IRI:
        return _with_relation
    if iri in _NODE_BY_IRI:
        return _with_node
    if iri in _ROWS_BY_IRI:
        return _with_value
    if iri == v.GEO_HAS_SERIALIZATION:
        return _with_serialization
    if iri in _WRITTEN:
        others = tuple(other for other in SERIALIZATIONS if other != iri)
        of_made = any(
            t.object == each.subject for t in pattern.triples if _predicate(t) in _NODE_BY_IRI
        )
        return _with_serialization if of_made or located.counts.occurring(others) else None
    return None


def _predicate(each: TriplePattern) -> str:
    match each.predicate:
        case Constant(IRI(iri)):
            return iri
        case _:
            return ""


def _with_relation(found: Pattern, each: TriplePattern, located: Located) -> Pattern:
    left, right = located.fresh("geometry"), located.fresh("geometry")
    both = located.joined(located.joined(found, each.subject, left), each.object, right)
    function = RELATION_BY_IRI[_predicate(each)].function_iri
    related = al.Filter(Call(function, (left, right), is_iri=True), both)
    return _as_set(found, each, related, located)


def _with_value(found: Pattern, each: TriplePattern, located: Located) -> Pattern:
    rows = _ROWS_BY_IRI[_predicate(each)]
    values = reduce(al.Union, [_measured(found, each, row, located) for row in rows])
    return _as_set(found, each, values, located)


def _measured(
    found: Pattern, each: TriplePattern, row: ComputedProperty, located: Located
) -> Pattern:
    """Compute one property of the geometries that it is one of, and that store no value of it."""
    literal = located.fresh("geometry")
    places = located.joined(found, each.subject, literal, features=row.of_features)
    for iri in dict.fromkeys((_predicate(each), row.iri)):
        places = _unstored(places, each.subject, iri, located)
    if row.least_dimension:
        dimension = Call(v.GEOF + "dimension", (literal,), is_iri=True)
        least = Constant(Literal(str(row.least_dimension), XSD + "integer"))
        places = al.Filter(Call(">=", (dimension, least)), places)
    value = Call(v.GEOF + row.function, (literal,), is_iri=True)
    return _bound(places, each, value, found, located)


def _with_node(found: Pattern, each: TriplePattern, located: Located) -> Pattern:
    row = _NODE_BY_IRI[_predicate(each)]
    literal, made = located.fresh("geometry"), located.fresh("made")
    places = located.joined(found, each.subject, literal, nodes=False)
    computed = Call(v.GEOF + row.function, (literal,), is_iri=True)
    wkt = Call(v.GEOF + "asWKT", (computed,), is_iri=True)
    places = al.Extend(_unstored(places, each.subject, _predicate(each), located), made, wkt)
    encoded = Call("ENCODE_FOR_URI", (Call("STR", (made,)),))
    name = Call("CONCAT", (Constant(Literal(MADE_NODE)), encoded))
    named = _bound(places, each, Call("IRI", (name,)), found, located)
    if isinstance(each.object, Variable):
        located.made[each.object] = made
    return _as_set(found, each, named, located, made)


def _with_serialization(found: Pattern, each: TriplePattern, located: Located) -> Pattern:
    iri, literal = _predicate(each), located.fresh("geometry")
    places = located.joined(found, each.subject, literal, features=False)
    if iri == v.GEO_HAS_SERIALIZATION:
        return _as_set(found, each, _bound(places, each, literal, found, located), located)
    written = Call(iri.replace(v.GEO, v.GEOF), (literal, *_WRITTEN[iri]), is_iri=True)
    places = _unstored(places, each.subject, iri, located)
    return _as_set(found, each, _bound(places, each, written, found, located), located)


_Work = Callable[[Pattern, TriplePattern, Located], Pattern]


def _unstored(pattern: Pattern, subject: Slot, iri: str, located: Located) -> Pattern:
    """Keep the solutions whose subject has no stored value of a property."""
    if not located.counts.occurring((iri,)):
        return pattern
    any_value = BGP((triple(subject, iri, located.fresh("value")),))
    return al.Filter(al.Exists(any_value, negated=True), pattern)


def _bound(
    pattern: Pattern, each: TriplePattern, value: Expression, found: Pattern, located: Located
) -> Pattern:
    """Bind the object of a triple to a value; a solution without one, or another one, is none."""
    target = each.object
    if isinstance(target, Variable) and target != each.subject and target not in in_scope(found):
        return al.Filter(Call("BOUND", (target,)), al.Extend(pattern, target, value))
    made = located.fresh("value")
    return al.Filter(Call("SAMETERM", (made, target)), al.Extend(pattern, made, value))


def _as_set(
    found: Pattern, each: TriplePattern, computed: Pattern, located: Located, *kept: Variable
) -> Pattern:
    """Unite stored and computed triples: each once, as in a graph."""
    if located.counts.occurring((_predicate(each),)):
        computed = al.Union(join(found, BGP((each,))), computed)
    return al.Distinct(
        al.Project(computed, tuple(dict.fromkeys((*in_scope(join(found, BGP((each,)))), *kept))))
    )
