"""`geo:gmlLiteral`: GML 2, 3.1 and 3.2 read, GML 3.2 written (OGC 22-047r1, 8.8.2; OGC 07-036).

Profile that is read (Requirement 22 asks for it): Point, LineString, LinearRing, Ring,
Curve, CompositeCurve, OrientableCurve, Polygon, Triangle, Rectangle, Surface,
PolyhedralSurface, TriangulatedSurface, Tin, CompositeSurface, OrientableSurface,
Envelope, Box, MultiPoint, MultiLineString, MultiCurve, MultiPolygon, MultiSurface,
MultiGeometry and GeometricComplex, with coordinates as ``pos``, ``posList``,
``coordinates`` or ``coord``. `geosparql.literals.gml_reader` says what becomes of arcs
and patches. An element without content is an empty geometry of its type.

The axis order is the one of the CRS definition for every form of ``srsName``, as for
WKT literals. A literal has one CRS: elements that state different ones are an error.
Without any ``srsName`` it is CRS84.

Written: Point, LineString, LinearRing, Polygon, MultiPoint, MultiCurve, MultiSurface and
MultiGeometry of the 3.2 namespace, ``srsName`` on the outermost element always, and
coordinates as the shortest decimals that read back as the same doubles. GML has no
measures, so a geometry with M is an error. No ``gml:id`` is written, as in the
examples of the standard.
"""

from __future__ import annotations

import shapely

from geosparql import crs
from geosparql.coordinates import swap_xy
from geosparql.errors import CRSError, LiteralError
from geosparql.literals.gml_reader import GML_NAMESPACES, read_geometry
from geosparql.literals.numbers import write_numbers
from geosparql.literals.xml_tree import Element, parse_xml

_WRITTEN_NAMESPACE = "http://www.opengis.net/gml/3.2"


def parse(text: str) -> shapely.Geometry:
    """Read a GML literal.

    Parameters
    ----------
    text
        One GML geometry element; an empty text is an empty geometry collection in CRS84
        (Requirement 21).

    Returns
    -------
    shapely.Geometry
        x/y ordered easting or longitude first, SRID of the ``srsName``.

    Raises
    ------
    LiteralError
        With line, column and element.
    """
    if not text.strip():
        return shapely.set_srid(shapely.GeometryCollection(), crs.CRS84)
    root = parse_xml(text)
    srid = _srid_of(root)
    geometry = read_geometry(root, _crs_dimension(srid))
    if crs.axes_swapped(srid):
        (geometry,) = swap_xy([geometry])
    return shapely.set_srid(geometry, srid)


def _crs_dimension(srid: int) -> int:
    """Give the coordinates to a position where ``srsDimension`` is not stated."""
    return min(len(crs.pyproj_crs(srid).axis_info), 3)


def _srid_of(root: Element) -> int:
    """Find the one CRS of a literal."""
    found: dict[int, str] = {}
    for element in root.walk():
        name = element.attributes.get("srsName")
        if name is not None and element.namespace in GML_NAMESPACES:
            try:
                found.setdefault(crs.srid_of(name), element.where)
            except CRSError as error:
                raise LiteralError(
                    error.what, where=element.where, value=name, hint=error.hint
                ) from None
        if len(found) > 1:
            raise LiteralError("A literal has one CRS, this one has two", where=element.where)
    return next(iter(found), crs.CRS84)


def write(geometry: shapely.Geometry) -> str:
    """Write a geometry as GML 3.2.

    Parameters
    ----------
    geometry
        With SRID; 2D or 3D.

    Returns
    -------
    str
        One element in the axis order of the CRS definition.

    Raises
    ------
    LiteralError
        The geometry has measures, or a coordinate that is not finite.
    CRSError
        The SRID is not that of a known CRS.
    """
    if shapely.has_m(geometry):
        raise LiteralError("GML has no measures (M)", hint="Write WKT, or drop M")
    srid = int(shapely.get_srid(geometry))
    head = f' xmlns:gml="{_WRITTEN_NAMESPACE}" srsName="{crs.crs_iri_of(srid)}"'
    stated = _crs_dimension(srid)
    if crs.axes_swapped(srid):
        (geometry,) = swap_xy([geometry])
    return _element(geometry, stated, head)


def _element(geometry: shapely.Geometry, stated: int, head: str = "") -> str:
    kind = geometry.geom_type
    if kind in _MEMBERS:
        name, member = _MEMBERS[kind]
        parts = shapely.get_parts(geometry)
        body = "".join(f"<gml:{member}>{_element(part, stated)}</gml:{member}>" for part in parts)
    elif kind == "Polygon":
        name, body = kind, _rings(geometry, stated)
    else:
        name, body = kind, _positions(geometry, stated)
    return f"<gml:{name}{head}>{body}</gml:{name}>"


_MEMBERS = {
    "MultiPoint": ("MultiPoint", "pointMember"),
    "MultiLineString": ("MultiCurve", "curveMember"),
    "MultiPolygon": ("MultiSurface", "surfaceMember"),
    "GeometryCollection": ("MultiGeometry", "geometryMember"),
}
"""Type to the element that holds it and the property of its members."""


def _rings(polygon: shapely.Polygon, stated: int) -> str:
    if polygon.is_empty:
        return ""
    sides = [("exterior", polygon.exterior), *(("interior", ring) for ring in polygon.interiors)]
    return "".join(
        f"<gml:{side}><gml:LinearRing>{_positions(ring, stated)}</gml:LinearRing></gml:{side}>"
        for side, ring in sides
    )


def _positions(geometry: shapely.Geometry, stated: int) -> str:
    name = "pos" if geometry.geom_type == "Point" else "posList"
    size = 3 if geometry.has_z else 2
    dimension = f' srsDimension="{size}"' if size != stated else ""
    coordinates = shapely.get_coordinates(geometry, include_z=geometry.has_z)
    return f"<gml:{name}{dimension}>{write_numbers(coordinates.ravel().tolist())}</gml:{name}>"
