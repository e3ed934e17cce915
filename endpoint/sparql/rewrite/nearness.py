"""Conditions that say of two geometries that they are near, and the boxes that enclose what is.

A relation that only geometries which meet can have, and a distance below a
bound, are necessary conditions that a box can check and the engine's spatial
join can find. Disjointness and a distance above a bound are none.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from endpoint.sparql.algebra import Call, Constant, Expression, Variable
from endpoint.sparql.functions.encoding import encode
from endpoint.sparql.functions.numerics import term_double
from engine.protocol import Related, WithinDistance
from geosparql import crs
from geosparql.bounds import bounds_crs84
from geosparql.crs_codes import WGS84_LONLAT
from geosparql.errors import EarthgraphError, UnitError
from geosparql.functions.crs_units import radians_per_unit
from geosparql.literals.table import GEOMETRY_DATATYPES, parse_literal
from geosparql.relations import RELATIONS, is_pattern
from geosparql.terms import IRI, XSD, Literal
from geosparql.units import Unit, unit_of
from geosparql.vocabulary import GEOF, UOM

Box = tuple[float, float, float, float]
"""min_x, min_y, max_x, max_y in degrees of CRS84."""

WORLD: Box = (-180.0, -90.0, 180.0, 90.0)
_RELATION_BY_FUNCTION = {r.function_iri: r for r in RELATIONS if r.candidate is not None}
_FLIPPED = {">": "<", ">=": "<="}
_METRES_PER_DEGREE = 110_000.0
"""Less than a degree of latitude, or of longitude at the equator, on any ellipsoid in use."""
_ROUNDING = 1 + 1e-9
_MEETING = (0, 1, 3, 4)
"""Places of a DE-9IM matrix that are not empty only where geometries meet."""
_TRUE = (Constant(Literal("true", XSD + "boolean")), Constant(Literal("1", XSD + "boolean")))


@dataclass(frozen=True, slots=True)
class Reach:
    """A distance in a unit of length or angle."""

    value: float
    unit: Unit


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
            return WithinDistance(value * unit.factor * (1.0 if self.exact else _ROUNDING), "metre")
        sizes = {radians_per_unit(srid) if crs.is_geographic(srid) else 0.0 for srid in srids}
        if len(sizes) != 1 or not (size := sizes.pop()):
            return None
        return WithinDistance(value * unit.factor / size * _ROUNDING, "crs")


def nearness(condition: Expression) -> Nearness | None:
    """Read a condition as nearness.

    A constant is read only beside a call: reading pins it (`endpoint.sparql.plan_cache`).
    """
    match condition:
        case Call("=", (Call() as inner, Constant() as truth)) if truth in _TRUE:
            return nearness(inner)
        case Call("=", (Constant() as truth, Call() as inner)) if truth in _TRUE:
            return nearness(inner)
        case Call(iri, (left, right), True) if iri in _RELATION_BY_FUNCTION:
            return Nearness(left, right, _RELATION_BY_FUNCTION[iri].name)
        case Call(iri, (left, right, Constant(Literal(pattern))), True) if iri == GEOF + "relate":
            meets = is_pattern(pattern) and any(pattern[place] in "T012" for place in _MEETING)
            return Nearness(left, right, "sf_intersects", exact=False) if meets else None
        case Call("<" | "<=" as operator, (Call() as distance, Constant(Literal() as limit))):
            return _within(distance, limit, strict=operator == "<")
        case Call(">" | ">=" as operator, (Constant() as number, Call() as distance)):
            bound = number.term
            return (
                _within(distance, bound, strict=operator == ">")
                if isinstance(bound, Literal)
                else None
            )
        case _:
            return None


def _within(distance: Expression, limit: Literal, *, strict: bool) -> Nearness | None:
    read, bound = distance_of(distance), term_double(encode(limit))
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


@dataclass(frozen=True, slots=True)
class Around:
    """A constant geometry that stored ones are compared with.

    `is_first` tells whether it is the first argument: the comparison is made in the
    CRS of the first one. `srids` are those of the stored geometries.
    """

    literal: Literal
    is_first: bool
    srids: tuple[int, ...]

    def box(self, reach: Reach | None = None) -> Box | None:
        """Give the box that the boxes of all meet that meet the constant, or are within reach.

        None where the constant cannot be read or is empty, and where no box is sound.
        """
        geometry = _geometry(self.literal)
        if geometry is None:
            return None
        boxes = np.array([*self._boxes(geometry, reach)]).reshape(-1, 4)
        if not len(boxes) or not np.isfinite(boxes).all():
            return None
        low, high = boxes.min(axis=0), boxes.max(axis=0)
        return float(low[0]), float(low[1]), float(high[2]), float(high[3])

    def rectangle(self) -> Box | None:
        """Give the constant as a box, where it is a rectangle along the axes in WGS 84."""
        geometry = _geometry(self.literal)
        if geometry is None or shapely.get_srid(geometry) not in WGS84_LONLAT:
            return None
        same = geometry.geom_type == "Polygon" and shapely.equals(geometry, geometry.envelope)
        return geometry.bounds if same else None

    def _boxes(self, geometry: shapely.Geometry, reach: Reach | None) -> Iterator[Box]:
        """Give a box for each CRS in which a comparison is made."""
        own = shapely.get_srid(geometry)
        if self.is_first and own not in WGS84_LONLAT and set(self.srids) - {own}:
            return  # what is transformed vertex by vertex to a projection may leave its box
        for srid in (own,) if self.is_first else (self.srids or (own,)):
            moved = crs.transform(np.array([geometry], dtype=object), srid).values[0]
            if moved is not None and (box := _reached(moved, srid, reach)) is not None:
                yield box


def around_of(
    left: Expression, right: Expression, srids: Callable[[], tuple[int, ...]]
) -> tuple[Variable, Around] | None:
    """Read two geometries as a variable and a constant; None: they are not."""
    match left, right:
        case (Variable() as variable, Constant(Literal() as literal)):
            return variable, Around(literal, False, srids())
        case (Constant(Literal() as literal), Variable() as variable):
            return variable, Around(literal, True, srids())
        case _:
            return None


def _reached(geometry: shapely.Geometry, srid: int, reach: Reach | None) -> Box | None:
    """Give the box of all within reach, as distances are measured in a CRS."""
    if reach is None:
        return _box(geometry)
    is_angle, size = reach.unit.kind == "angle", reach.value * reach.unit.factor
    if crs.is_geographic(srid) and not is_angle:
        return grown(_box(geometry), size)
    if is_angle and not crs.is_geographic(srid):
        return None  # an angle has no meaning on a plane: the distance is an error
    unit = radians_per_unit(srid) if is_angle else crs.metres_per_unit(srid)
    side = size / unit * _ROUNDING
    min_x, min_y, max_x, max_y = geometry.bounds
    around = shapely.box(min_x - side, min_y - side, max_x + side, max_y + side)
    return _box(shapely.set_srid(around, srid))


def _box(geometry: shapely.Geometry) -> Box:
    min_x, min_y, max_x, max_y = bounds_crs84(np.array([geometry], dtype=object))[0].tolist()
    return min_x, min_y, max_x, max_y


def _geometry(literal: Literal) -> shapely.Geometry | None:
    if literal.datatype not in GEOMETRY_DATATYPES:
        return None
    try:
        geometry = parse_literal(literal.lexical, literal.datatype)
    except EarthgraphError:
        return None
    return None if shapely.is_empty(geometry) else geometry


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
