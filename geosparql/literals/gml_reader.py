"""GML elements to geometries in the axis order of the text.

`geosparql.literals.gml` finds the CRS of a literal and puts the axes right;
here stands only what each element means. Curves that are not straight:

* ``Arc``, ``ArcString`` and ``Circle`` through three positions become line strings
  (`geosparql.literals.gml_positions.read_arc` says how close).
* every other interpolation (splines, Bézier, clothoid, geodesic, arcs by centre,
  radius or bulge, offset curves) is an error that names it.

A surface of one patch is a polygon; of several patches it is their union in the plane.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import shapely

from geosparql.errors import LiteralError
from geosparql.literals.gml_positions import (
    Floats,
    chain,
    children_of,
    dimension_of,
    read_arc,
    read_pos,
    read_positions,
    unexpected,
)
from geosparql.literals.xml_tree import Element

GML_NAMESPACES = frozenset(
    {
        "http://www.opengis.net/gml",  # GML 2 and 3.1
        "http://www.opengis.net/gml/3.2",
        "http://www.opengis.net/ont/gml",  # as the examples of the standard write it
    }
)

_STRAIGHT = frozenset({"", "linear", "planar"})


def read_geometry(element: Element, dimension: int) -> shapely.Geometry:
    """Read one geometry element.

    Parameters
    ----------
    element
        An element of a GML namespace.
    dimension
        Coordinates to a position where ``srsDimension`` does not say it.

    Returns
    -------
    shapely.Geometry
        With x as the first coordinate of the text, y as the second, SRID 0.

    Raises
    ------
    LiteralError
        With the element's line and column.
    """
    reader = _READERS.get(element.name) if element.namespace in GML_NAMESPACES else None
    if reader is None:
        raise LiteralError(
            "This element is no geometry that can be read",
            where=element.where,
            value=f"{{{element.namespace}}}{element.name}",
            hint="Readable in a GML namespace: " + ", ".join(sorted(_READERS)),
        )
    if element.attributes.get("interpolation", "") not in _STRAIGHT:
        raise _not_offered(element, element.attributes["interpolation"] + " interpolation")
    try:
        return reader(element, dimension_of(element, dimension))
    except (shapely.errors.GEOSException, ValueError) as error:
        if isinstance(error, LiteralError):
            raise
        raise LiteralError(f"No valid {element.name}: {error}", where=element.where) from None


def _not_offered(element: Element, what: str) -> LiteralError:
    return LiteralError(
        f"{what} is not offered", where=element.where, hint="Give the curve as straight segments"
    )


# Points and curves


def _point(element: Element, dimension: int) -> shapely.Point:
    positions = read_positions(element, dimension)
    if len(positions) > 1:
        raise LiteralError("A point has one position", where=element.where)
    return shapely.points(positions[0]) if len(positions) else shapely.Point()


def _line_string(element: Element, dimension: int) -> shapely.LineString:
    return shapely.linestrings(read_positions(element, dimension))


def _linear_ring(element: Element, dimension: int) -> shapely.LinearRing:
    return _ring_of(read_positions(element, dimension), element)


def _ring_of(positions: Floats, element: Element) -> shapely.LinearRing:
    if len(positions) and not np.array_equal(positions[0], positions[-1]):
        raise LiteralError("The ring is not closed", where=element.where)
    if 0 < len(positions) < 4:
        raise LiteralError("A ring has at least four positions", where=element.where)
    return shapely.linearrings(positions) if len(positions) else shapely.LinearRing()


def _curve_positions(element: Element, dimension: int) -> Floats:
    parts = []
    for child in children_of(element):
        if child.name != "segments":
            raise unexpected(child, element)
        for segment in child.children:
            size = dimension_of(segment, dimension)
            interpolation = segment.attributes.get("interpolation", "")
            if segment.name == "LineStringSegment" and interpolation in _STRAIGHT:
                parts.append(read_positions(segment, size))
            elif segment.name in ("Arc", "ArcString", "Circle"):
                parts.append(read_arc(segment, size))
            else:
                raise _not_offered(segment, f"{segment.name} {interpolation}".strip())
    return chain([part for part in parts if len(part)], element, dimension)


def _curve(element: Element, dimension: int) -> shapely.LineString:
    return shapely.linestrings(_curve_positions(element, dimension))


def _composite_curve(element: Element, dimension: int) -> shapely.LineString:
    curves = [g for g in _members(element, dimension, frozenset({"curveMember"})) if not g.is_empty]
    parts = [shapely.get_coordinates(curve, include_z=curve.has_z) for curve in curves]
    return shapely.linestrings(chain(parts, element, dimension))


def _ring(element: Element, dimension: int) -> shapely.LinearRing:
    line = _composite_curve(element, dimension)
    return _ring_of(shapely.get_coordinates(line, include_z=line.has_z), element)


def _orientable(element: Element, dimension: int) -> shapely.Geometry:
    (base,) = _members(element, dimension, frozenset({"baseCurve", "baseSurface"}))
    return shapely.reverse(base) if element.attributes.get("orientation") == "-" else base


# Surfaces


def _polygon(element: Element, dimension: int) -> shapely.Polygon:
    shell: shapely.LinearRing | None = None
    holes = []
    for child in children_of(element):
        rings = [read_geometry(ring, dimension) for ring in children_of(child)]
        if any(ring.geom_type != "LinearRing" for ring in rings):
            raise LiteralError("Expected a LinearRing or Ring", where=child.where)
        if child.name in ("exterior", "outerBoundaryIs") and shell is None and len(rings) == 1:
            shell = rings[0]
        elif child.name in ("interior", "innerBoundaryIs"):
            holes += rings
        else:
            raise unexpected(child, element)
    if shell is None or shell.is_empty:
        if holes:
            raise LiteralError("A polygon with holes needs an exterior", where=element.where)
        return shapely.Polygon()
    return shapely.polygons(shell, holes or None)


def _envelope(element: Element, dimension: int) -> shapely.Polygon:
    """Give ``gml:Envelope`` (GML 3) or ``gml:Box`` (GML 2) as a polygon; heights are left out."""
    corners = [child for child in element.children if child.name.endswith("Corner")]
    if corners:
        rows = [row for corner in corners for row in read_pos(corner, dimension)]
    else:
        rows = list(read_positions(element, dimension))
    if not rows:
        return shapely.Polygon()
    if len(rows) != 2:
        raise LiteralError("An envelope has two corners", where=element.where)
    return shapely.box(rows[0][0], rows[0][1], rows[1][0], rows[1][1])


def _surface(element: Element, dimension: int) -> shapely.Geometry:
    patches = []
    for child in children_of(element):
        if child.name not in ("patches", "polygonPatches", "trianglePatches"):
            raise unexpected(child, element)
        for patch in child.children:
            if patch.name not in ("PolygonPatch", "Triangle", "Rectangle"):
                raise _not_offered(patch, patch.name)
            patches.append(_polygon(patch, dimension_of(patch, dimension)))
    return _one_surface(patches)


def _composite_surface(element: Element, dimension: int) -> shapely.Geometry:
    return _one_surface(_members(element, dimension, frozenset({"surfaceMember"})))


def _one_surface(patches: Sequence[shapely.Geometry]) -> shapely.Geometry:
    if not patches:
        return shapely.Polygon()
    return patches[0] if len(patches) == 1 else shapely.union_all(patches)


# Collections


def _members(
    element: Element, dimension: int, properties: frozenset[str]
) -> list[shapely.Geometry]:
    geometries = []
    for child in children_of(element):
        if child.name not in properties:
            raise unexpected(child, element)
        geometries += [read_geometry(member, dimension) for member in child.children]
    return geometries


def _multi(
    make: Callable[..., shapely.Geometry], kinds: frozenset[str], *properties: str
) -> Callable[[Element, int], shapely.Geometry]:
    """Make a reader of a collection whose members are of these geometry types."""
    allowed = frozenset(properties)

    def read(element: Element, dimension: int) -> shapely.Geometry:
        parts: list[shapely.Geometry] = []
        for member in _members(element, dimension, allowed):
            parts += shapely.get_parts(member) if member.geom_type in _FLATTENED else [member]
        if wrong := {part.geom_type for part in parts} - kinds:
            raise LiteralError(
                f"{element.name} cannot hold {', '.join(sorted(wrong))}", where=element.where
            )
        return make(np.array(parts, dtype=object))

    return read


_FLATTENED = frozenset({"MultiPolygon"})
"""A member surface whose patches do not touch adds them one by one."""
_LINES = frozenset({"LineString", "LinearRing"})
_ANY = frozenset(
    {"Point", "LineString", "LinearRing", "Polygon", "MultiPoint", "MultiLineString",
     "MultiPolygon", "GeometryCollection"}
)  # fmt: skip


def _collection(element: Element, dimension: int) -> shapely.Geometry:
    properties = frozenset({"geometryMember", "geometryMembers", "element"})
    return shapely.geometrycollections(np.array(_members(element, dimension, properties), object))


_multi_point = _multi(shapely.multipoints, frozenset({"Point"}), "pointMember", "pointMembers")
_multi_curve = _multi(
    shapely.multilinestrings, _LINES, "curveMember", "curveMembers", "lineStringMember"
)
_multi_surface = _multi(
    shapely.multipolygons,
    frozenset({"Polygon"}),
    "surfaceMember",
    "surfaceMembers",
    "polygonMember",
)

_READERS: dict[str, Callable[[Element, int], shapely.Geometry]] = {
    "Point": _point,
    "LineString": _line_string,
    "LinearRing": _linear_ring,
    "Ring": _ring,
    "Curve": _curve,
    "CompositeCurve": _composite_curve,
    "OrientableCurve": _orientable,
    "Polygon": _polygon,
    "Triangle": _polygon,
    "Rectangle": _polygon,
    "PolygonPatch": _polygon,
    "Surface": _surface,
    "PolyhedralSurface": _surface,
    "TriangulatedSurface": _surface,
    "Tin": _surface,
    "CompositeSurface": _composite_surface,
    "OrientableSurface": _orientable,
    "Envelope": _envelope,
    "Box": _envelope,
    "MultiPoint": _multi_point,
    "MultiLineString": _multi_curve,
    "MultiCurve": _multi_curve,
    "MultiPolygon": _multi_surface,
    "MultiSurface": _multi_surface,
    "MultiGeometry": _collection,
    "GeometricComplex": _collection,
}
