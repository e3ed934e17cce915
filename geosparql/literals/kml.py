"""`geo:kmlLiteral`: KML 2.2 geometries (OGC 22-047r1, 8.8.4; OGC 07-147r2).

KML is CRS84 only: longitude, latitude and perhaps an altitude in metres. Read are
Point, LineString, LinearRing, Polygon and MultiGeometry, in a KML namespace or none;
how a client drapes them (``extrude``, ``tessellate``, ``altitudeMode``) is passed over.
A MultiGeometry of one simple type becomes the multi type, any other a geometry
collection, so a collection of points alone comes back as a multipoint. An element
without coordinates is an empty geometry of its type.

A geometry of another CRS is transformed when written. KML has no measures, so a
geometry with M is an error.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import shapely

from geosparql import crs
from geosparql.errors import LiteralError
from geosparql.literals.numbers import read_numbers, write_numbers
from geosparql.literals.xml_tree import Element, parse_xml

_WRITTEN_NAMESPACE = "http://www.opengis.net/kml/2.2"
_NAMESPACES = frozenset(
    {"", _WRITTEN_NAMESPACE, *(f"http://earth.google.com/kml/2.{minor}" for minor in range(3))}
)
_DRAPING = frozenset(
    {"extrude", "tessellate", "altitudeMode", "seaFloorAltitudeMode", "altitudeOffset", "drawOrder"}
)


def parse(text: str) -> shapely.Geometry:
    """Read a KML literal.

    Parameters
    ----------
    text
        One KML geometry element; an empty text is an empty geometry collection
        (Requirement 32).

    Returns
    -------
    shapely.Geometry
        Longitude, latitude and perhaps altitude, SRID 0 (CRS84).

    Raises
    ------
    LiteralError
        With line, column and element.
    """
    if not text.strip():
        return shapely.set_srid(shapely.GeometryCollection(), crs.CRS84)
    return shapely.set_srid(_read(parse_xml(text)), crs.CRS84)


def _read(element: Element) -> shapely.Geometry:
    reader = _READERS.get(element.name) if element.namespace in _NAMESPACES else None
    if reader is None:
        raise LiteralError(
            "This element is no KML geometry that can be read",
            where=element.where,
            value=f"{{{element.namespace}}}{element.name}",
            hint="Readable: " + ", ".join(sorted(_READERS)),
        )
    try:
        return reader(element)
    except shapely.errors.GEOSException as error:
        raise LiteralError(f"No valid {element.name}: {error}", where=element.where) from None


def _content(element: Element, *expected: str) -> list[Element]:
    found = [child for child in element.children if child.name not in _DRAPING]
    for child in found:
        if child.name not in expected:
            raise LiteralError(f"This element is not expected in {element.name}", where=child.where)
    return found


def _positions(element: Element) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Read ``coordinates`` as an (n, 2) or (n, 3) array; n may be 0."""
    holders = _content(element, "coordinates")
    if len(holders) > 1:
        raise LiteralError("Expected one coordinates element", where=element.where)
    rows = []
    for holder in holders:
        for number, item in enumerate(holder.text.split(), 1):
            row = read_numbers(item, f"{holder.where}, position {number}", ",")
            if len(row) not in (2, 3):
                raise LiteralError(
                    "Expected longitude,latitude and perhaps ,altitude",
                    where=f"{holder.where}, position {number}",
                    value=item,
                )
            rows.append(row)
    if len({len(row) for row in rows}) > 1:
        rows = [[*row, 0.0][:3] for row in rows]  # an altitude left out is 0 (KML 2.2, 16.10)
    return np.array(rows) if rows else np.empty((0, 2))


def _point(element: Element) -> shapely.Point:
    positions = _positions(element)
    if len(positions) > 1:
        raise LiteralError("A point has one position", where=element.where)
    return shapely.points(positions[0]) if len(positions) else shapely.Point()


def _line_string(element: Element) -> shapely.LineString:
    return shapely.linestrings(_positions(element))


def _linear_ring(element: Element) -> shapely.LinearRing:
    positions = _positions(element)
    if not len(positions):
        return shapely.LinearRing()
    if len(positions) < 4 or not np.array_equal(positions[0], positions[-1]):
        raise LiteralError("A ring is closed and has at least four positions", where=element.where)
    return shapely.linearrings(positions)


def _polygon(element: Element) -> shapely.Polygon:
    rings: dict[str, list[shapely.LinearRing]] = {"outerBoundaryIs": [], "innerBoundaryIs": []}
    for child in _content(element, *rings):
        rings[child.name] += [_linear_ring(ring) for ring in _content(child, "LinearRing")]
    shells = [ring for ring in rings["outerBoundaryIs"] if not ring.is_empty]
    if len(shells) > 1 or (rings["innerBoundaryIs"] and not shells):
        raise LiteralError("A polygon has one outer boundary", where=element.where)
    if not shells:
        return shapely.Polygon()
    return shapely.polygons(shells[0], rings["innerBoundaryIs"] or None)


def _multi_geometry(element: Element) -> shapely.Geometry:
    parts = [_read(part) for part in _content(element, *_READERS)]
    kinds = {part.geom_type for part in parts}
    make = _MULTI.get(kinds.pop()) if len(kinds) == 1 else None
    return (make or shapely.geometrycollections)(parts)


_MULTI: dict[str, Callable[..., shapely.Geometry]] = {
    "Point": shapely.multipoints,
    "LineString": shapely.multilinestrings,
    "Polygon": shapely.multipolygons,
}
_READERS: dict[str, Callable[[Element], shapely.Geometry]] = {
    "Point": _point,
    "LineString": _line_string,
    "LinearRing": _linear_ring,
    "Polygon": _polygon,
    "MultiGeometry": _multi_geometry,
}


def write(geometry: shapely.Geometry) -> str:
    """Write a geometry as KML 2.2, transformed to CRS84 where it is in another CRS.

    Parameters
    ----------
    geometry
        With SRID; 2D or 3D.

    Raises
    ------
    LiteralError
        The geometry has measures, a coordinate that is not finite, or does not transform.
    """
    if shapely.has_m(geometry):
        raise LiteralError("KML has no measures (M)", hint="Write WKT, or drop M")
    if shapely.get_srid(geometry) != crs.CRS84:
        moved = crs.transform([geometry], crs.CRS84)
        if moved.values[0] is None:
            raise LiteralError(f"The geometry {moved.reasons[0]}", value=geometry.wkt)
        geometry = moved.values[0]
    return _element(geometry, f' xmlns="{_WRITTEN_NAMESPACE}"')


def _element(geometry: shapely.Geometry, head: str = "") -> str:
    kind = geometry.geom_type
    if kind in ("Point", "LineString", "LinearRing"):
        body = _coordinates(geometry)
    elif kind == "Polygon":
        body = _boundaries(geometry)
    else:
        kind, body = "MultiGeometry", "".join(map(_element, shapely.get_parts(geometry)))
    return f"<{kind}{head}>{body}</{kind}>"


def _boundaries(polygon: shapely.Polygon) -> str:
    if polygon.is_empty:
        return ""
    sides = [("outer", polygon.exterior), *(("inner", ring) for ring in polygon.interiors)]
    return "".join(
        f"<{side}BoundaryIs><LinearRing>{_coordinates(ring)}</LinearRing></{side}BoundaryIs>"
        for side, ring in sides
    )


def _coordinates(geometry: shapely.Geometry) -> str:
    rows = shapely.get_coordinates(geometry, include_z=geometry.has_z).tolist()
    return f"<coordinates>{' '.join(write_numbers(row, ',') for row in rows)}</coordinates>"
