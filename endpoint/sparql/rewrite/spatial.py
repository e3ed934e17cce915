"""Spatial filters to box selections and spatial joins.

A relation that only geometries which meet can have, or a distance below a
bound, is what a box can select and the engine's spatial join can find. The
others (disjointness, a distance above a bound) stay filters.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from endpoint.sparql import algebra as al
from endpoint.sparql.algebra import BGP, Call, Constant, Expression, Pattern, Variable
from endpoint.sparql.functions.encoding import encode
from endpoint.sparql.functions.numerics import term_double
from endpoint.sparql.rewrite.counts import Counts
from endpoint.sparql.rewrite.walk import conjuncts, everywhere
from endpoint.sparql.scope import in_scope
from endpoint.sparql.translate import conjunction, join
from engine.protocol import Related, WithinDistance
from geosparql.crs import bounds_crs84
from geosparql.errors import InputError
from geosparql.literals.table import GEOMETRY_DATATYPES, parse_literal
from geosparql.relations import RELATIONS
from geosparql.terms import IRI, Literal
from geosparql.vocabulary import GEOF, UOM

Box = tuple[float, float, float, float]
_RELATION_BY_FUNCTION = {r.function_iri: r for r in RELATIONS if r.candidate is not None}
_FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
_METRES = {UOM + "metre": 1.0, UOM + "kilometre": 1000.0}
_METRES_PER_DEGREE = 110_000.0
"""Less than a degree of latitude, or of longitude at the equator, on any ellipsoid in use."""


@dataclass(frozen=True, slots=True)
class SpatialCondition:
    """A filter that says of two geometries that they are near: `reach_m` None: they meet."""

    left: Expression
    right: Expression
    relation: str | None = None
    reach_m: float | None = None
    strict: bool = False

    def join_condition(self) -> Related | WithinDistance:
        """Give the condition of a spatial join."""
        if self.relation is not None:
            return Related((self.relation,))
        assert self.reach_m is not None
        return WithinDistance(self.reach_m, "metre")


def spatial_condition(condition: Expression) -> SpatialCondition | None:
    """Read a condition as a spatial one."""
    match condition:
        case Call(iri, (left, right), True) if iri in _RELATION_BY_FUNCTION:
            return SpatialCondition(left, right, _RELATION_BY_FUNCTION[iri].name)
        case Call("<" | "<=", (Call(iri, arguments, True), Constant() as limit)):
            return _within(iri, arguments, limit, strict=condition.name == "<")
        case Call(">" | ">=", (Constant() as limit, Call(iri, arguments, True))):
            return _within(iri, arguments, limit, strict=condition.name == ">")
        case _:
            return None


def _within(
    iri: str, arguments: Sequence[Expression], limit: Constant, *, strict: bool
) -> SpatialCondition | None:
    metres = 1.0
    match arguments:
        case (left, right) if iri == GEOF + "metricDistance":
            pass
        case (left, right, Constant(IRI(unit))) if iri == GEOF + "distance" and unit in _METRES:
            metres = _METRES[unit]
        case _:
            return None
    bound = term_double(encode(limit.term)) if isinstance(limit.term, Literal) else None
    if bound is None or not math.isfinite(bound) or bound < 0:
        return None
    return SpatialCondition(left, right, reach_m=bound * metres, strict=strict)


def select_by_box(pattern: Pattern, _counts: Counts) -> Pattern:
    """Turn a spatial filter of a variable against a constant into a selection by its box."""

    def selected(node: Pattern) -> Pattern:
        if not isinstance(node, al.Filter):
            return node
        inner, kept = node.pattern, []
        for condition in conjuncts(node.condition):
            found = spatial_condition(condition)
            target = None if found is None else variable_and_box(found, inner)
            if target is None:
                kept.append(condition)
            else:
                inner = al.SpatialSelect(inner, target[0], target[1], condition)
        left = conjunction(kept)
        return inner if left is None else al.Filter(left, inner)

    return everywhere(pattern, selected)


def variable_and_box(found: SpatialCondition, inner: Pattern) -> tuple[Variable, Box] | None:
    """Give the variable of a condition against a constant, and the CRS84 box that it must meet."""
    match found.left, found.right:
        case (Variable() as variable, Constant(Literal() as literal)):
            pass
        case (Constant(Literal() as literal), Variable() as variable):
            pass
        case _:
            return None
    if variable not in in_scope(inner) or literal.datatype not in GEOMETRY_DATATYPES:
        return None
    box = _box(literal)
    if box is None:
        return None
    return variable, box if found.reach_m is None else grown(box, found.reach_m)


def _box(literal: Literal) -> Box | None:
    """Give the CRS84 box of a literal; None where it cannot be read or is empty."""
    try:
        geometry = parse_literal(literal.lexical, literal.datatype)
    except InputError:
        return None
    if shapely.is_empty(geometry):
        return None
    bounds = bounds_crs84(np.array([geometry], dtype=object))[0]
    if not np.isfinite(bounds).all():
        return None
    min_x, min_y, max_x, max_y = (float(side) for side in bounds)
    return min_x, min_y, max_x, max_y


def grown(box: Box, distance_m: float) -> Box:
    """Give a CRS84 box that holds everything within a distance of another."""
    min_x, min_y, max_x, max_y = box
    rise = distance_m / _METRES_PER_DEGREE
    south, north = max(-90.0, min_y - rise), min(90.0, max_y + rise)
    narrowest = math.cos(math.radians(max(abs(south), abs(north))))
    widening = rise / narrowest if narrowest > 1e-6 else math.inf
    if min_x - widening < -180 or max_x + widening > 180:
        return -180.0, south, 180.0, north
    return min_x - widening, south, max_x + widening, north


def join_in_space(pattern: Pattern, _counts: Counts) -> Pattern:
    """Turn a spatial filter between two unconnected parts of a join into a spatial join."""

    def joined(node: Pattern) -> Pattern:
        if not isinstance(node, al.Filter):
            return node
        conditions = conjuncts(node.condition)
        for place, condition in enumerate(conditions):
            found = spatial_condition(condition)
            made = None if found is None else _spatial_join(found, node.pattern)
            if made is not None:
                rest = conjunction((*conditions[:place], *conditions[place + 1 :]))
                return made if rest is None else joined(al.Filter(rest, made))
        return node

    return everywhere(pattern, joined)


def _spatial_join(found: SpatialCondition, pattern: Pattern) -> Pattern | None:
    left, right = found.left, found.right
    if not isinstance(left, Variable) or not isinstance(right, Variable) or left == right:
        return None
    groups = _connected(_parts(pattern))
    left_group = next((g for g in groups if left in _variables(g)), None)
    right_group = next((g for g in groups if right in _variables(g)), None)
    if left_group is None or right_group is None or left_group is right_group:
        return None
    made: Pattern = al.SpatialJoin(
        _joined(left_group),
        _joined(right_group),
        left,
        right,
        found.join_condition(),
        found.strict,
    )
    for group in groups:
        if group is not left_group and group is not right_group:
            made = al.Join(made, _joined(group))
    return made


def _parts(pattern: Pattern) -> list[Pattern]:
    match pattern:
        case al.Join(left, right):
            return [*_parts(left), *_parts(right)]
        case BGP(triples):
            return [BGP((triple,)) for triple in triples]
        case _:
            return [pattern]


def _variables(group: Sequence[Pattern]) -> set[Variable]:
    return {variable for part in group for variable in in_scope(part)}


def _connected(parts: Sequence[Pattern]) -> list[list[Pattern]]:
    """Group parts that share variables, directly or through others."""
    groups: list[list[Pattern]] = []
    for part in parts:
        own = set(in_scope(part))
        touching = [group for group in groups if _variables(group) & own]
        groups = [group for group in groups if not any(group is each for each in touching)]
        groups.append([*(member for group in touching for member in group), part])
    return groups


def _joined(group: Sequence[Pattern]) -> Pattern:
    triples = tuple(t for part in group if isinstance(part, BGP) for t in part.triples)
    made: Pattern = BGP(triples)
    for part in group:
        if not isinstance(part, BGP):
            made = join(made, part)
    return made
