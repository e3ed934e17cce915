"""Constant geometries and the boxes that enclose what is near them: readings of a constant."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely

from endpoint.sparql.algebra import Constant, Reading
from geosparql import crs
from geosparql.bounds import bounds_crs84
from geosparql.crs_codes import WGS84_LONLAT
from geosparql.errors import InputError
from geosparql.functions.crs_units import radians_per_unit
from geosparql.literals.table import GEOMETRY_DATATYPES, parse_literal
from geosparql.terms import Literal
from geosparql.units import Unit

Box = tuple[float, float, float, float]
"""min_x, min_y, max_x, max_y in degrees of CRS84."""

WORLD: Box = (-180.0, -90.0, 180.0, 90.0)
_METRES_PER_DEGREE = 110_000.0
"""Less than a degree of latitude, or of longitude at the equator, on any ellipsoid in use."""
ROUNDING = 1 + 1e-9


@dataclass(frozen=True, slots=True)
class Reach:
    """A distance in a unit of length or angle."""

    value: float
    unit: Unit


@dataclass(frozen=True, slots=True)
class Around:
    """A constant geometry that stored ones are compared with, maybe within reach.

    `is_first` tells whether it is the first argument: the comparison is made in the
    CRS of the first one. `srids` are those of the stored geometries.
    """

    constant: Constant
    is_first: bool
    srids: tuple[int, ...]
    reach: Reach | None = None

    @property
    def boxed(self) -> BoxAround:
        """The reading that gives the box of the constant."""
        return BoxAround(self.is_first, self.srids, self.reach)

    def box(self) -> Box | None:
        """Give the box that the boxes of all meet that meet the constant, or are within reach.

        None where the constant cannot be read or is empty, and where no box is sound.
        """
        return self.constant.read(self.boxed)

    def has_box(self) -> bool:
        """Tell whether there is a box, for a plan to depend on."""
        return self.constant.fact(HasBox(self.boxed))

    def is_rectangle(self) -> bool:
        """Tell whether the constant is a rectangle, for a plan to depend on."""
        return self.constant.fact(HasBox(rectangle_of))


@dataclass(frozen=True, slots=True)
class BoxAround:
    """Reads a constant as a box: see `Around`."""

    is_first: bool
    srids: tuple[int, ...]
    reach: Reach | None

    def __call__(self, constant: Constant) -> Box | None:
        """Give the box."""
        geometry = constant.read(geometry_of)
        if not isinstance(geometry, shapely.Geometry) or shapely.is_empty(geometry):
            return None
        boxes = np.array([*self._boxes(geometry)]).reshape(-1, 4)
        if not len(boxes) or not np.isfinite(boxes).all():
            return None
        low, high = boxes.min(axis=0), boxes.max(axis=0)
        return float(low[0]), float(low[1]), float(high[2]), float(high[3])

    def _boxes(self, geometry: shapely.Geometry) -> Iterator[Box]:
        """Give a box for each CRS in which a comparison is made."""
        own = shapely.get_srid(geometry)
        if self.is_first and own not in WGS84_LONLAT and set(self.srids) - {own}:
            return  # what is transformed vertex by vertex to a projection may leave its box
        for srid in (own,) if self.is_first else (self.srids or (own,)):
            moved = crs.transform(np.array([geometry], dtype=object), srid).values[0]
            if moved is not None and (box := _reached(moved, srid, self.reach)) is not None:
                yield box


@dataclass(frozen=True, slots=True)
class HasBox:
    """Reads whether a constant has a box."""

    box: Reading[Box | None]

    def __call__(self, constant: Constant) -> bool:
        """Tell."""
        return constant.read(self.box) is not None


@dataclass(frozen=True, slots=True)
class BoxSide:
    """Reads one side of the box of a constant that has one."""

    box: Reading[Box | None]
    place: int

    def __call__(self, constant: Constant) -> float:
        """Give the side."""
        box = constant.read(self.box)
        assert box is not None
        return box[self.place]


def rectangle_of(constant: Constant) -> Box | None:
    """Read a constant as a box, where it is a rectangle along the axes in WGS 84."""
    geometry = constant.read(geometry_of)
    if not isinstance(geometry, shapely.Polygon) or geometry.is_empty:
        return None
    if shapely.get_srid(geometry) not in WGS84_LONLAT:
        return None
    return geometry.bounds if shapely.equals(geometry, geometry.envelope) else None


def geometry_of(constant: Constant) -> shapely.Geometry | InputError | None:
    """Read a constant as a geometry: why it cannot be read; None: it is no geometry literal."""
    literal = constant.value
    if not isinstance(literal, Literal) or literal.datatype not in GEOMETRY_DATATYPES:
        return None
    try:
        return parse_literal(literal.lexical, literal.datatype)
    except InputError as error:
        return error


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
    side = size / unit * ROUNDING
    min_x, min_y, max_x, max_y = geometry.bounds
    around = shapely.box(min_x - side, min_y - side, max_x + side, max_y + side)
    return _box(shapely.set_srid(around, srid))


def _box(geometry: shapely.Geometry) -> Box:
    min_x, min_y, max_x, max_y = bounds_crs84(np.array([geometry], dtype=object))[0].tolist()
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
