"""Where the geometry of a spatial object stands (OGC 22-047r1, clause 11).

A geometry node has its literal by a serialization property. A feature has the
geometry that geo:hasDefaultGeometry (or geo:defaultGeometry, both spellings are
in use since 1.0) names; where it names none, every geo:hasGeometry counts.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import reduce

from endpoint.sparql import algebra as al
from endpoint.sparql.algebra import BGP, Constant, Pattern, Slot, TriplePattern, Variable
from endpoint.sparql.rewrite.counts import Counts
from endpoint.sparql.triple_blocks import join
from geosparql import vocabulary as v
from geosparql.literals.table import LITERAL_TYPES
from geosparql.terms import IRI

SERIALIZATIONS = tuple(row.serialization_property for row in LITERAL_TYPES)
_DEFAULTS = (v.GEO_HAS_DEFAULT_GEOMETRY, v.GEO_DEFAULT_GEOMETRY)


@dataclass(frozen=True, slots=True)
class Located:
    """Builds patterns that bind a variable to the geometry literals of a node.

    `made` are the variables that the query binds to nodes which stand in no graph
    (computed centroids and boxes), each with the variable of its literal.
    """

    counts: Counts
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    made: dict[Variable, Variable] = field(default_factory=dict)

    def fresh(self, what: str) -> Variable:
        """Give a variable that no query has."""
        return Variable(f"_:{what}/{next(self.numbers)}")

    def joined(
        self,
        pattern: Pattern,
        object_: Slot,
        literal: Variable,
        *,
        features: bool = True,
        nodes: bool = True,
    ) -> Pattern:
        """Join to a pattern the geometry of a spatial object, as `literal`.

        `features` and `nodes` say whether the object may be a feature, or a geometry.
        """
        stored = join(pattern, self._stored(object_, literal, features=features, nodes=nodes))
        if not nodes or not isinstance(object_, Variable) or object_ not in self.made:
            return stored
        known = al.Filter(al.Call("BOUND", (self.made[object_],)), pattern)
        return al.Union(stored, al.Extend(known, literal, self.made[object_]))

    def _stored(self, object_: Slot, literal: Variable, *, features: bool, nodes: bool) -> Pattern:
        serializations = self.counts.occurring((*SERIALIZATIONS, v.GEO_HAS_SERIALIZATION))
        parts: list[Pattern] = []
        if nodes:
            parts += [BGP((triple(object_, each, literal),)) for each in serializations]
        if features and serializations:
            parts += self._of_feature(object_, literal, serializations)
        if not parts:
            return al.Values((literal,), ())
        return reduce(al.Union, parts)

    def _of_feature(
        self, feature: Slot, literal: Variable, serializations: tuple[str, ...]
    ) -> Iterator[Pattern]:
        defaults = self.counts.occurring(_DEFAULTS)
        node, other = self.fresh("node"), self.fresh("node")
        for serialization in serializations:
            as_literal = triple(node, serialization, literal)
            for default in defaults:
                yield BGP((triple(feature, default, node), as_literal))
            if not self.counts.occurring((v.GEO_HAS_GEOMETRY,)):
                continue
            has_geometry = triple(feature, v.GEO_HAS_GEOMETRY, node)
            if not defaults:
                yield BGP((has_geometry, as_literal))
                continue
            without: Pattern = BGP((has_geometry,))
            for default in defaults:
                without = _without(without, BGP((triple(feature, default, other),)))
            yield join(without, BGP((as_literal,)))


def _without(pattern: Pattern, other: Pattern) -> Pattern:
    """Give the solutions that `other` has none for; MINUS says so only of a common variable."""
    return al.Filter(al.Exists(other, negated=True), pattern)


def triple(subject: Slot, predicate: str, object_: Slot) -> TriplePattern:
    """Give a triple pattern with a known predicate."""
    return TriplePattern(subject, Constant(IRI(predicate)), object_)
