"""Conditions that say of two geometries that they are near.

A relation that only geometries which meet can have, and a distance below a
bound, are necessary conditions that a box can check and the engine's spatial
join can find. Disjointness and a distance above a bound are none.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from endpoint.sparql.algebra import Call, Constant, Expression, Variable
from endpoint.sparql.functions.encoding import encode
from endpoint.sparql.functions.numerics import term_double
from endpoint.sparql.rewrite.boxes import ROUNDING, Around, Reach
from engine.protocol import Related, WithinDistance
from geosparql import crs
from geosparql.errors import UnitError
from geosparql.functions.crs_units import radians_per_unit
from geosparql.relations import RELATIONS, is_pattern
from geosparql.terms import IRI, XSD, Literal
from geosparql.units import Unit, unit_of
from geosparql.vocabulary import GEOF, UOM

_RELATION_BY_FUNCTION = {r.function_iri: r for r in RELATIONS if r.candidate is not None}
_FLIPPED = {">": "<", ">=": "<="}
_MEETING = (0, 1, 3, 4)
"""Places of a DE-9IM matrix that are not empty only where geometries meet."""
_TRUE = (Literal("true", XSD + "boolean"), Literal("1", XSD + "boolean"))


@dataclass(frozen=True, slots=True)
class Nearness:
    """That two geometries are near: they have a relation, or are within reach.

    `strict` leaves out those at exactly the distance. Where it is not `exact`, it
    only has to hold where the condition does.
    """

    left: Expression
    right: Expression
    relation: str | None = None
    reach: Reach | None = None
    strict: bool = False
    exact: bool = True

    def join_condition(self, srids: Sequence[int]) -> Related | WithinDistance | None:
        """Give the condition of a spatial join of geometries in some CRS; None: there is none."""
        if self.relation is not None:
            return Related((self.relation,))
        assert self.reach is not None
        value, unit = self.reach.value, self.reach.unit
        if unit.kind == "length":
            return WithinDistance(value * unit.factor * (1.0 if self.exact else ROUNDING), "metre")
        sizes = {radians_per_unit(srid) if crs.is_geographic(srid) else 0.0 for srid in srids}
        if len(sizes) != 1 or not (size := sizes.pop()):
            return None
        return WithinDistance(value * unit.factor / size * ROUNDING, "crs")


def nearness(condition: Expression) -> Nearness | None:
    """Read a condition as nearness.

    The term of a constant is read only where that may matter: the plan then depends on it.
    """
    match condition:
        case Call("=", (Call() as inner, Constant() as truth)) if truth.fact(_is_true):
            return nearness(inner)
        case Call("=", (Constant() as truth, Call() as inner)) if truth.fact(_is_true):
            return nearness(inner)
        case Call(iri, (left, right), True) if iri in _RELATION_BY_FUNCTION:
            return Nearness(left, right, _RELATION_BY_FUNCTION[iri].name)
        case Call(iri, (left, right, Constant(Literal(pattern))), True) if iri == GEOF + "relate":
            meets = is_pattern(pattern) and any(pattern[place] in "T012" for place in _MEETING)
            return Nearness(left, right, "sf_intersects", exact=False) if meets else None
        case Call("<" | "<=" as operator, (Call() as distance, Constant() as limit)):
            return _within(distance, limit, strict=operator == "<")
        case Call(">" | ">=" as operator, (Constant() as limit, Call() as distance)):
            return _within(distance, limit, strict=operator == ">")
        case _:
            return None


def _is_true(constant: Constant) -> bool:
    return constant.value in _TRUE


def _within(distance: Expression, limit: Constant, *, strict: bool) -> Nearness | None:
    read = distance_of(distance)
    bound = None if read is None else term_double(encode(limit.term))
    if read is None or bound is None or not math.isfinite(bound) or bound < 0:
        return None
    left, right, unit = read
    exact = unit.kind == "length" and unit.factor == 1.0
    return Nearness(left, right, reach=Reach(bound, unit), strict=strict and exact, exact=exact)


def distance_of(expression: Expression) -> tuple[Expression, Expression, Unit] | None:
    """Read an expression as the distance of two others in a constant unit."""
    match expression:
        case Call(iri, (left, right), True) if iri == GEOF + "metricDistance":
            return left, right, unit_of(UOM + "metre")
        case Call(iri, (left, right, Constant(IRI(name))), True) if iri == GEOF + "distance":
            try:
                unit = unit_of(name)
            except UnitError:
                return None
            return (left, right, unit) if unit.kind in ("length", "angle") else None
        case _:
            return None


def around_of(
    left: Expression,
    right: Expression,
    srids: Callable[[], tuple[int, ...]],
    reach: Reach | None = None,
) -> tuple[Variable, Around] | None:
    """Read two geometries as a variable and a constant; None: they are not."""
    match left, right:
        case (Variable() as variable, Constant() as constant):
            return variable, Around(constant, False, srids(), reach)
        case (Constant() as constant, Variable() as variable):
            return variable, Around(constant, True, srids(), reach)
        case _:
            return None
