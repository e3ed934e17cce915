"""Geometries as GeoSPARQL literals, written without any code of the engine under test."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import shapely
from shapely.geometry.base import BaseGeometry

from suite.generate.model import text

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
LAT_LON = EPSG + "4326"
WEB_MERCATOR = EPSG + "3857"
UTM_33 = EPSG + "32633"
_GML = 'xmlns:gml="http://www.opengis.net/gml/3.2"'
_KML = 'xmlns="http://www.opengis.net/kml/2.2"'


@dataclass(frozen=True, slots=True)
class Form:
    """A way of writing a geometry whose coordinates are longitude and latitude."""

    name: str
    write: Callable[[BaseGeometry], str]
    has_z: bool = False


def typed(lexical: str, datatype: str) -> str:
    """Give a literal of a geo: datatype as SPARQL text."""
    return f"{text(lexical)}^^geo:{datatype}"


def wkt(shape: BaseGeometry | str, crs: str | None = None) -> str:
    """Give a wktLiteral; the coordinates are written in the order given."""
    lexical = shape if isinstance(shape, str) else shapely.to_wkt(shape, rounding_precision=-1)
    return typed(f"<{crs}> {lexical}" if crs else lexical, "wktLiteral")


def lat_lon(shape: BaseGeometry) -> BaseGeometry:
    """Swap the first two ordinates."""

    def swap(ordinates: object) -> object:
        swapped = ordinates.copy()  # type: ignore[attr-defined]
        swapped[:, [0, 1]] = ordinates[:, [1, 0]]  # type: ignore[index]
        return swapped

    return shapely.transform(shape, swap, include_z=bool(shape.has_z))


def raised(shape: BaseGeometry) -> BaseGeometry:
    """Give every position the height 7."""
    return shapely.force_3d(shape, 7.0)


def gml(shape: BaseGeometry, crs: str | None = CRS84) -> str:
    """Give a gmlLiteral of GML 3.2."""
    name = f' srsName="{crs}"' if crs else ""
    return typed(_gml(shape, f" {_GML}{name}"), "gmlLiteral")


def geojson(shape: BaseGeometry) -> str:
    """Give a geoJSONLiteral."""
    return typed(
        shapely.to_geojson(shape).replace(".0,", ",").replace(".0]", "]"), "geoJSONLiteral"
    )


def kml(shape: BaseGeometry) -> str:
    """Give a kmlLiteral."""
    return typed(_kml(shape, f" {_KML}"), "kmlLiteral")


def _gml(shape: BaseGeometry, attributes: str) -> str:
    size = ' srsDimension="3"' if shape.has_z else ""
    match shape.geom_type:
        case "Point":
            return f"<gml:Point{attributes}><gml:pos{size}>{_tuples(shape)}</gml:pos></gml:Point>"
        case "LineString":
            positions = f"<gml:posList{size}>{_tuples(shape)}</gml:posList>"
            return f"<gml:LineString{attributes}>{positions}</gml:LineString>"
        case "Polygon":
            rings = "".join(
                f"<gml:{role}><gml:LinearRing><gml:posList{size}>{_tuples(ring)}</gml:posList>"
                f"</gml:LinearRing></gml:{role}>"
                for role, ring in _rings(shape, "exterior", "interior")
            )
            return f"<gml:Polygon{attributes}>{rings}</gml:Polygon>"
    element, member = {
        "MultiPoint": ("MultiPoint", "pointMember"),
        "MultiLineString": ("MultiCurve", "curveMember"),
        "MultiPolygon": ("MultiSurface", "surfaceMember"),
        "GeometryCollection": ("MultiGeometry", "geometryMember"),
    }[shape.geom_type]
    members = "".join(f"<gml:{member}>{_gml(part, '')}</gml:{member}>" for part in _parts(shape))
    return f"<gml:{element}{attributes}>{members}</gml:{element}>"


def _kml(shape: BaseGeometry, attributes: str) -> str:
    match shape.geom_type:
        case "Point" | "LineString":
            name = shape.geom_type
            return f"<{name}{attributes}>{_coordinates(shape)}</{name}>"
        case "Polygon":
            rings = "".join(
                f"<{role}><LinearRing>{_coordinates(ring)}</LinearRing></{role}>"
                for role, ring in _rings(shape, "outerBoundaryIs", "innerBoundaryIs")
            )
            return f"<Polygon{attributes}>{rings}</Polygon>"
    parts = "".join(_kml(part, "") for part in _parts(shape))
    return f"<MultiGeometry{attributes}>{parts}</MultiGeometry>"


def _rings(shape: BaseGeometry, outer: str, inner: str) -> Iterable[tuple[str, BaseGeometry]]:
    yield outer, shape.exterior
    yield from ((inner, ring) for ring in shape.interiors)


def _parts(shape: BaseGeometry) -> Iterable[BaseGeometry]:
    return shape.geoms  # type: ignore[no-any-return]


def _coordinates(shape: BaseGeometry) -> str:
    return f"<coordinates>{_tuples(shape, ',')}</coordinates>"


def _tuples(shape: BaseGeometry, separator: str = " ") -> str:
    positions = shapely.get_coordinates(shape, include_z=bool(shape.has_z))
    return " ".join(separator.join(f"{n:.15g}" for n in position) for position in positions)


FLAT_FORMS = (
    Form("WKT", wkt),
    Form("WKT in CRS84", lambda shape: wkt(shape, CRS84)),
    Form("WKT in EPSG:4326", lambda shape: wkt(lat_lon(shape), LAT_LON)),
    Form("GML", gml),
    Form("GML in EPSG:4326", lambda shape: gml(lat_lon(shape), LAT_LON)),
    Form("GeoJSON", geojson),
    Form("KML", kml),
)
HIGH_FORMS = (
    Form("WKT Z", lambda shape: wkt(raised(shape)), True),
    Form("WKT ZM", lambda shape: wkt(measured(raised(shape))), True),
    Form("GML with heights", lambda shape: gml(raised(shape)), True),
    Form("GeoJSON with heights", lambda shape: geojson(raised(shape)), True),
    Form("KML with heights", lambda shape: kml(raised(shape)), True),
)
FORMS = FLAT_FORMS + HIGH_FORMS


def measured(shape: BaseGeometry) -> BaseGeometry:
    """Give every position the measure 1."""
    written = shapely.to_wkt(shape, rounding_precision=-1).replace(" Z ", " ZM ")
    return shapely.from_wkt(_with_measures(written))


def _with_measures(written: str) -> str:
    return written.replace(",", " 1,").replace(")", " 1)").replace(") 1", ")")
