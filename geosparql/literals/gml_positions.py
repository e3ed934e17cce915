"""Positions inside GML elements, in every form of GML 2 and 3, and arcs through them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from geosparql.errors import LiteralError
from geosparql.literals.numbers import read_numbers
from geosparql.literals.xml_tree import Element

ARC_SEGMENTS = 32

Floats = NDArray[np.float64]
Rows = list[Sequence[float]]

_METADATA = frozenset(
    {"metaDataProperty", "description", "descriptionReference", "identifier", "name", "boundedBy"}
)


def dimension_of(element: Element, inherited: int) -> int:
    """Give the number of coordinates to a position: ``srsDimension``, or else the inherited."""
    text = element.attributes.get("srsDimension", element.attributes.get("dimension"))
    if text is None:
        return inherited
    if text.strip() not in ("2", "3"):
        raise LiteralError("srsDimension must be 2 or 3", where=element.where, value=text)
    return int(text)


def children_of(element: Element) -> list[Element]:
    """Give the child elements but for metadata; a reference to elsewhere is an error."""
    for child in element.children:
        if any(name.endswith("}href") for name in child.attributes):
            raise LiteralError("A reference cannot be followed from a literal", where=child.where)
    return [child for child in element.children if child.name not in _METADATA]


def unexpected(child: Element, parent: Element) -> LiteralError:
    """Make the error for a child that its parent does not have."""
    return LiteralError(f"This element is not expected in {parent.name}", where=child.where)


def read_positions(element: Element, dimension: int) -> Floats:
    """Read the positions of a point, line or ring as an (n, 2) or (n, 3) array; n may be 0."""
    rows: Rows = []
    for child in children_of(element):
        if child.name not in _READERS:
            raise unexpected(child, element)
        dimension = dimension_of(child, dimension)
        rows.extend(_READERS[child.name](child, dimension))
    if not rows:
        return np.empty((0, dimension))
    if len({len(row) for row in rows}) != 1:
        raise LiteralError("Positions differ in their number of coordinates", where=element.where)
    return np.array(rows)


def read_pos(element: Element, dimension: int) -> Rows:
    """Read one position; none where the element is empty."""
    if not element.text.strip():
        return []
    numbers = read_numbers(element.text, element.where)
    stated = "srsDimension" in element.attributes
    if len(numbers) not in (2, 3) or (stated and len(numbers) != dimension):
        raise LiteralError(
            f"Expected {dimension} coordinates, found {len(numbers)}", where=element.where
        )
    return [numbers]


def _pos_list(element: Element, dimension: int) -> Rows:
    numbers = read_numbers(element.text, element.where)
    if len(numbers) % dimension:
        raise LiteralError(
            f"{len(numbers)} numbers are no whole number of {dimension}-dimensional positions",
            where=element.where,
            hint="State srsDimension where the positions have a height",
        )
    return [numbers[start : start + dimension] for start in range(0, len(numbers), dimension)]


def _coordinates(element: Element, _: int) -> Rows:
    """``gml:coordinates`` with its separators ``cs`` and ``ts`` and the sign ``decimal``."""
    decimal = element.attributes.get("decimal", ".")
    cs = element.attributes.get("cs", ",").strip() or None
    ts = element.attributes.get("ts", " ").strip() or None
    text = element.text.strip()
    if cs:
        text = cs.join(part.strip() for part in text.split(cs))
    rows: Rows = []
    for item in text.split(ts):
        if item.strip():
            row = read_numbers(item.strip().replace(decimal, "."), element.where, cs)
            if len(row) not in (2, 3):
                raise LiteralError("Expected 2 or 3 coordinates", where=element.where, value=item)
            rows.append(row)
    return rows


def _coord(element: Element, _: int) -> Rows:
    names = tuple(child.name for child in element.children)
    row = [number for child in element.children for number in read_numbers(child.text, child.where)]
    if names not in (("X", "Y"), ("X", "Y", "Z")) or len(row) != len(names):
        raise LiteralError("Expected X, Y and perhaps Z with one number each", where=element.where)
    return [row]


def _point_property(element: Element, dimension: int) -> Rows:
    return [
        row
        for point in children_of(element)
        for row in read_positions(point, dimension_of(point, dimension))
    ]


_READERS: dict[str, Callable[[Element, int], Rows]] = {
    "pos": read_pos,
    "posList": _pos_list,
    "coordinates": _coordinates,
    "coord": _coord,
    "pointProperty": _point_property,
    "pointRep": _point_property,
}


def chain(parts: Sequence[Floats], element: Element, dimension: int) -> Floats:
    """Join runs of positions, each of which begins where the one before it ends."""
    chained: list[Floats] = []
    for part in parts:
        if chained and not np.array_equal(chained[-1][-1], part[0]):
            raise LiteralError("A part does not begin where the last one ends", where=element.where)
        chained.append(part[1:] if chained else part)
    return np.concatenate(chained) if chained else np.empty((0, dimension))


def read_arc(element: Element, dimension: int) -> Floats:
    """Read ``Arc``, ``ArcString`` or ``Circle`` as positions along it.

    `ARC_SEGMENTS` straight segments stand for a quarter circle, so that the sagitta is at
    most 0.0003 of the radius. The circle is one in the plane of the CRS, heights go evenly
    from one position to the next, and the positions given stay as they are.
    """
    given = read_positions(element, dimension)
    string, circle = element.name == "ArcString", element.name == "Circle"
    if len(given) < 3 or len(given) % 2 == 0 or (len(given) != 3 and not string):
        raise LiteralError("An arc has 3 positions, a string of n arcs 2n + 1", where=element.where)
    arcs = [_arc(given[start : start + 3], circle) for start in range(0, len(given) - 2, 2)]
    return chain(arcs, element, dimension)


def _arc(points: Floats, circle: bool) -> Floats:
    """Straighten the arc through three points, or the circle from the first around to itself."""
    (x0, y0), (x1, y1), (x2, y2) = points[:, :2]
    twice_area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
    if twice_area == 0:
        if circle:
            raise ValueError("the three positions of a circle lie on one line")
        return points
    square1, square2 = (x1 - x0) ** 2 + (y1 - y0) ** 2, (x2 - x0) ** 2 + (y2 - y0) ** 2
    centre_x = x0 + ((y2 - y0) * square1 - (y1 - y0) * square2) / (2 * twice_area)
    centre_y = y0 + ((x1 - x0) * square2 - (x2 - x0) * square1) / (2 * twice_area)
    angles = np.arctan2(points[:, 1] - centre_y, points[:, 0] - centre_x)
    turn = math.copysign(2 * math.pi, twice_area)
    stops = [angles[0]]
    for angle in angles[1:]:
        stops.append(stops[-1] + (angle - stops[-1]) % turn)
    corners = list(points)
    if circle:
        stops.append(stops[0] + turn)
        corners.append(points[0])
    pieces = [
        _arc_piece(corners[i : i + 2], stops[i : i + 2], (centre_x, centre_y))
        for i in range(len(stops) - 1)
    ]
    return np.concatenate([*pieces, corners[-1][None]])


def _arc_piece(
    ends: Sequence[Floats], angles: Sequence[float], centre: tuple[float, float]
) -> Floats:
    """Give the positions from the first end up to, but without, the second."""
    start, stop = angles
    count = max(1, math.ceil(abs(stop - start) / (math.pi / 2) * ARC_SEGMENTS))
    share = np.arange(count) / count
    piece: Floats = ends[0] + share[:, None] * (ends[1] - ends[0])
    radius = math.hypot(ends[0][0] - centre[0], ends[0][1] - centre[1])
    theta = start + share[1:] * (stop - start)
    piece[1:, 0] = centre[0] + radius * np.cos(theta)
    piece[1:, 1] = centre[1] + radius * np.sin(theta)
    return piece
