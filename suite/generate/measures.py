"""Geometry Extension: distance, length, perimeter, area. Truth: Karney's geodesics in PROJ.

The standard does not say on which model of the Earth a measure in metres is made. The
tables allow 0.7 %, between ellipsoid, sphere and the scale of a map projection; the
reading that an engine has is found out beside them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import asin, cos, hypot, radians, sin, sqrt

import pyproj
import shapely
from shapely.geometry.base import BaseGeometry

from suite.generate.accessors import FEATURES, FEATURES_NON_SF
from suite.generate.forms import FORMS, UTM_33, WEB_MERCATOR, geojson, gml, kml, lat_lon, wkt
from suite.generate.forms import LAT_LON as EPSG_4326
from suite.generate.model import Entry, Reading, Row, function_table

_GEOD = pyproj.Geod(ellps="WGS84")
_MEAN_RADIUS_M = 6_371_008.8
_WITHIN = 0.007
_METRE, _DEGREE, _RADIAN = "uom:metre", "uom:degree", "uom:radian"
_DEGREE_IRI = "http://www.opengis.net/def/uom/OGC/1.0/degree"
_EPSG_UNIT = "<http://www.opengis.net/def/uom/EPSG/0/{}>"
_UNITS_M = {"kilometre": ("9036", 1000.0), "foot": ("9002", 0.3048), "metre": ("9001", 1.0)}
_ON_GLOBE = "metres on a geographic CRS are measured on"
_ON_MAP = "metres on a projected CRS are measured on"

_LINE = shapely.from_wkt("LINESTRING (0 0, 1 0, 1 1)")
_SQUARE = shapely.from_wkt("POLYGON ((0 0, 1 0, 1 1, 0 1, 0 0))")
_HOLED = shapely.from_wkt(
    "POLYGON ((10 40, 12 40, 12 42, 10 42, 10 40), (11 41, 11 41.5, 11.5 41.5, 11.5 41, 11 41))"
)
_TWO = shapely.from_wkt("MULTIPOLYGON (((0 0, 1 0, 1 1, 0 1, 0 0)), ((3 0, 4 0, 4 1, 3 1, 3 0)))")
_POINT = shapely.Point(1, 2)
_MAP = shapely.from_wkt("POLYGON ((500000 0, 500100 0, 500100 50, 500000 50, 500000 0))")
_MAP_LINE = shapely.from_wkt("LINESTRING (500000 0, 500300 400)")


def entries() -> Iterator[Entry]:
    """Give every entry about these functions."""
    yield from _distances()
    yield from _lengths()
    yield from _areas()
    yield from _earth()


def _number(value: float) -> str:
    return f"{value:.10e}"


def _measure(
    function: str, name: str, comment: str, rows: Sequence[Row], variables: str,
    requirement: str, *, reading: Reading | None = None, within: float = _WITHIN,
) -> Entry:  # fmt: skip
    return function_table(
        function, name, f"{comment} The bound is {within:g} of the value.", rows,
        variables=f"{variables} want", arguments=variables, requirement=requirement,
        check=f"ABS(?value - ?want) <= {within:g} * ABS(?want)", reading=reading,
    )  # fmt: skip


def distance_m(a: BaseGeometry, b: BaseGeometry) -> float:
    """Give the geodesic distance of two points."""
    return float(_GEOD.inv(a.x, a.y, b.x, b.y)[2])


def _distances() -> Iterator[Entry]:
    pairs = {
        "along the equator": ("POINT (0 0)", "POINT (1 0)"),
        "along a meridian": ("POINT (0 0)", "POINT (0 1)"),
        "far": ("POINT (10 60)", "POINT (-70 -33)"),
        "over the date line": ("POINT (179.5 10)", "POINT (-179.5 10)"),
        "the same": ("POINT (5 52)", "POINT (5 52)"),
    }
    points = {n: tuple(map(shapely.from_wkt, texts)) for n, texts in pairs.items()}
    metric = [Row(n, (wkt(a), wkt(b), _number(distance_m(a, b)))) for n, (a, b) in points.items()]
    north = distance_m(shapely.Point(5, 0), shapely.Point(5, 1))
    metric += [
        Row("point and line", (wkt("POINT (5 1)"), wkt("LINESTRING (0 0, 10 0)"), _number(north))),
        Row("point in a polygon", (wkt("POINT (0.5 0.5)"), wkt(_SQUARE), "0.0")),
        Row("polygons that touch",
            (wkt(_SQUARE), wkt("POLYGON ((1 0, 2 0, 2 1, 1 1, 1 0))"), "0.0")),
        Row("UTM", (wkt("POINT (500000 0)", UTM_33), wkt("POINT (500300 400)", UTM_33), "500.0")),
        Row("UTM and CRS84", (wkt("POINT (500000 0)", UTM_33), wkt("POINT (15 1)"),
                              _number(distance_m(shapely.Point(15, 0), shapely.Point(15, 1))))),
    ]  # fmt: skip
    a, b = points["along the equator"]
    metric += _two_in_forms(a, b, (), distance_m(a, b))
    yield _measure("metricDistance", "metricDistance", "geof:metricDistance in metres.", metric,
                   "a b", FEATURES)  # fmt: skip
    flat = (shapely.Point(0, 0), shapely.Point(3, 4))
    rows = [
        Row("degrees", (*map(wkt, flat), _DEGREE, "5.0")),
        Row("radians", (*map(wkt, flat), _RADIAN, _number(radians(5)))),
        Row("a unit as text", (*map(wkt, flat), f'"{_DEGREE_IRI}"^^xsd:anyURI', "5.0")),
    ]  # fmt: skip
    rows += [Row(f"metres: {n}", (wkt(a), wkt(b), _METRE, _number(distance_m(a, b))))
             for n, (a, b) in points.items()]  # fmt: skip
    for unit, (code, size) in _UNITS_M.items():
        arguments = (wkt(a), wkt(b), _EPSG_UNIT.format(code), _number(distance_m(a, b) / size))
        rows.append(Row(f"EPSG unit {unit}", arguments))
    rows += _two_in_forms(*flat, (_DEGREE,), 5.0)
    yield _measure("distance", "distance", "geof:distance in units of length and angle.", rows,
                   "a b unit", FEATURES)  # fmt: skip


def _two_in_forms(a: BaseGeometry, b: BaseGeometry, unit: tuple[str, ...],
                  value: float) -> Iterator[Row]:  # fmt: skip
    for form in FORMS[1:]:
        yield Row(form.name, (form.write(a), form.write(b), *unit, _number(value)))
    yield Row("GML and EPSG:4326", (gml(a), wkt(lat_lon(b), EPSG_4326), *unit, _number(value)))
    yield Row("GeoJSON and KML", (geojson(a), kml(b), *unit, _number(value)))


def line_m(shape: BaseGeometry) -> float:
    """Give the geodesic length of lines, or of all rings of polygons."""
    if shape.geom_type.startswith("Multi"):
        return sum(map(line_m, shape.geoms))
    if shape.geom_type == "Polygon":
        return sum(line_m(ring) for ring in (shape.exterior, *shape.interiors))
    return float(_GEOD.geometry_length(shape))


def _lengths() -> Iterator[Entry]:
    lines = {"line": _LINE, "lines": shapely.MultiLineString([_LINE, [(3, 3), (4, 4)]])}
    areas = {"square": _SQUARE, "square with a hole": _HOLED, "two squares": _TWO}
    yield from _length("metricLength", "length", lines, {"point": _POINT})
    yield from _length("metricPerimeter", "perimeter", areas, {"point": _POINT})
    for function, of, shapes in (("metricLength", "polygons", areas),
                                 ("metricPerimeter", "lines", lines)):  # fmt: skip
        for number, (answer, factor) in enumerate(
            (("the length of the boundary" if of == "polygons" else "the length of the lines", 1),
             ("0", 0)), 1,
        ):  # fmt: skip
            rows = [Row(n, (wkt(s), _number(factor * line_m(s)))) for n, s in shapes.items()]
            question = f"{function} of {of} is"
            yield _measure(
                function, f"{function}-of-{of}-{number}", f"{question} {answer}.", rows, "geometry",
                FEATURES_NON_SF, reading=Reading(question, answer),
            )  # fmt: skip


def _length(metric: str, function: str, shapes: dict[str, BaseGeometry],
            none: dict[str, BaseGeometry]) -> Iterator[Entry]:  # fmt: skip
    first = next(iter(shapes.values()))
    rows = [Row(n, (wkt(s), _number(line_m(s)))) for n, s in shapes.items()]
    rows += [Row(n, (wkt(s), "0.0")) for n, s in none.items()]
    rows += [Row(form.name, (form.write(first), _number(line_m(first)))) for form in FORMS[1:]]
    flat = _MAP_LINE if function == "length" else _MAP
    rows.append(Row("UTM", (wkt(flat, UTM_33), _number(flat.length))))
    yield _measure(metric, metric, f"geof:{metric} in metres.", rows, "geometry", FEATURES_NON_SF)
    degrees = first.length
    given = [Row("degrees", (wkt(first), _DEGREE, _number(degrees))),
             Row("radians", (wkt(first), _RADIAN, _number(radians(degrees)))),
             Row("point", (wkt(_POINT), _METRE, "0.0"))]  # fmt: skip
    given += [Row(form.name, (form.write(first), _METRE, _number(line_m(first)))) for form in FORMS]
    given += [Row(f"EPSG unit {unit}", (wkt(flat, UTM_33), _EPSG_UNIT.format(code),
                                        _number(flat.length / size)))
              for unit, (code, size) in _UNITS_M.items()]  # fmt: skip
    yield _measure(function, function, f"geof:{function} in a unit.", given, "geometry unit",
                   FEATURES_NON_SF)  # fmt: skip


def area_m2(shape: BaseGeometry) -> float:
    """Give the geodesic area."""
    return abs(_GEOD.geometry_area_perimeter(shapely.orient_polygons(shape))[0])


def _areas() -> Iterator[Entry]:
    shapes = {"square": _SQUARE, "square with a hole": _HOLED, "two squares": _TWO}
    rows = [Row(n, (wkt(s), _number(area_m2(s)))) for n, s in shapes.items()]
    turned = shapely.reverse(_SQUARE)
    rows += [
        Row("ring the other way round", (wkt(turned), _number(area_m2(_SQUARE)))),
        Row("point", (wkt(_POINT), "0.0")),
        Row("line", (wkt(_LINE), "0.0")),
        Row("UTM", (wkt(_MAP, UTM_33), "5000.0")),
        Row("collection", (wkt(shapely.GeometryCollection([_POINT, _SQUARE])),
                           _number(area_m2(_SQUARE)))),
    ]  # fmt: skip
    rows += [Row(f.name, (f.write(_SQUARE), _number(area_m2(_SQUARE)))) for f in FORMS[1:]]
    yield _measure("metricArea", "metricArea", "geof:metricArea in square metres; else 0.",
                   rows, "geometry", FEATURES_NON_SF)  # fmt: skip
    for number, (answer, units) in enumerate(
        (("of length, and stands for its square",
          ((_METRE, 1.0), (_EPSG_UNIT.format("9036"), 1e6))),
         ("of area", (("<http://qudt.org/vocab/unit/M2>", 1.0),
                      ("<http://qudt.org/vocab/unit/HA>", 1e4)))), 1,
    ):  # fmt: skip
        given = [
            Row(f"{name} in {unit.strip('<>').rpartition('/')[2]}",
                (wkt(shape, crs), unit, _number(area / size)))
            for unit, size in units
            for name, shape, crs, area in (
                ("square", _SQUARE, None, area_m2(_SQUARE)), ("UTM", _MAP, UTM_33, 5000.0),
                ("line", _LINE, None, 0.0),
            )
        ]  # fmt: skip
        given += [Row(f.name, (f.write(_SQUARE), units[0][0], _number(area_m2(_SQUARE))))
                  for f in FORMS[1:]]  # fmt: skip
        yield _measure("area", f"area-{number}", f"The unit of geof:area is one {answer}.", given,
                       "geometry unit", FEATURES_NON_SF,
                       reading=Reading("the unit of geof:area is one", answer))  # fmt: skip


def _sphere_m(a: BaseGeometry, b: BaseGeometry) -> float:
    """Give the distance on the sphere of the mean radius (haversine)."""
    x1, y1, x2, y2 = map(radians, (a.x, a.y, b.x, b.y))
    half = sin((y2 - y1) / 2) ** 2 + cos(y1) * cos(y2) * sin((x2 - x1) / 2) ** 2
    return 2 * _MEAN_RADIUS_M * asin(sqrt(half))


def _earth() -> Iterator[Entry]:
    pairs = [(shapely.Point(0, 0), shapely.Point(1, 0)), (shapely.Point(0, 0), shapely.Point(0, 1)),
             (shapely.Point(10, 60), shapely.Point(-70, -33))]  # fmt: skip
    for number, (answer, measure) in enumerate(
        (("the ellipsoid of the CRS", distance_m), ("a sphere of 6,371,008.8 m", _sphere_m)), 1
    ):
        rows = [
            Row(f"{a.wkt} / {b.wkt}", (wkt(a), wkt(b), _number(measure(a, b)))) for a, b in pairs
        ]
        yield _measure("metricDistance", f"metricDistance-earth-{number}",
                       f"Metres on a geographic CRS are measured on {answer}.", rows, "a b",
                       FEATURES, within=1e-6, reading=Reading(_ON_GLOBE, answer))  # fmt: skip
    a, b = shapely.Point(0, 8_000_000), shapely.Point(3000, 8_004_000)
    to_lonlat = pyproj.Transformer.from_crs("EPSG:3857", "OGC:CRS84", always_xy=True)
    on_ground = distance_m(*(shapely.Point(to_lonlat.transform(p.x, p.y)) for p in (a, b)))
    for number, (answer, value) in enumerate(
        (("the plane of the projection", hypot(3000, 4000)), ("the ellipsoid", on_ground)), 1
    ):
        rows = [Row("EPSG:3857", (wkt(a, WEB_MERCATOR), wkt(b, WEB_MERCATOR), _number(value)))]
        yield _measure("metricDistance", f"metricDistance-projected-{number}",
                       f"Metres on a projected CRS are measured on {answer}.", rows, "a b",
                       FEATURES, within=1e-4, reading=Reading(_ON_MAP, answer))  # fmt: skip
