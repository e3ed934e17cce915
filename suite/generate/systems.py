"""Geometry Extension: coordinate reference systems and the order of their axes. Truth: PROJ."""

from __future__ import annotations

from collections.abc import Iterator

import pyproj
import shapely

from suite.generate.forms import CRS84, EPSG, LAT_LON, gml, wkt
from suite.generate.model import GEO, GEOF, REQ_10, Entry, Row, boolean, calls, literal, table

_AXIS_ORDER = REQ_10 + "geometry-extension/wkt-axis-order"
_SYSTEMS = {
    4258: ("ETRS89, latitude first", 15, 50),
    4269: ("NAD83, latitude first", -100, 40),
    3857: ("Web Mercator, easting first", 15, 50),
    32633: ("UTM zone 33 north, easting first", 15, 50),
    32733: ("UTM zone 33 south, easting first", 15, -20),
    25832: ("ETRS89 / UTM zone 32, easting first", 9, 50),
    3035: ("Europe, northing first", 10, 52),
    2193: ("New Zealand, northing first", 173, -41),
    31467: ("Gauss-Krueger zone 3, northing first", 9, 50),
    5041: ("UPS north, easting first", 20, 85),
    3031: ("Antarctic, easting first", 40, -75),
    27700: ("British National Grid, easting first", -2, 53),
    28992: ("Amersfoort / RD New, easting first", 5.4, 52.2),
    2263: ("New York, in US survey feet", -74, 40.7),
}  # fmt: skip
"""EPSG codes, what they are, and a place in longitude and latitude where they are at home."""
_NAMES = {
    "http": EPSG + "4326",
    "https": "https://www.opengis.net/def/crs/EPSG/0/4326",
    "with a version": "http://www.opengis.net/def/crs/EPSG/9.9.1/4326",
    "URN": "urn:ogc:def:crs:EPSG::4326",
}


def entries() -> Iterator[Entry]:
    """Give every entry about systems."""
    near = "geof:distance(?want, ?geometry, uom:degree) < 0.00005"
    yield table(
        "axis-order", "Positions are read in the axis order and the units of their CRS.",
        [*_places()], variables="geometry want", binds=(f"{near} AS ?result",),
        requirement=_AXIS_ORDER, tests=(GEO + "wktLiteral", GEOF + "distance"),
    )  # fmt: skip
    yield table(
        "transform-to-systems", "geof:transform writes the axis order and the units of the CRS.",
        [Row(row.name, (f"<{EPSG}{code}>", row.arguments[1], row.arguments[0]))
         for code, row in zip(_SYSTEMS, _places(), strict=False)],
        variables="crs geometry want",
        binds=("geof:transform(?geometry, ?crs) AS ?value",
               "geof:getSRID(?value) = geof:getSRID(?want) "
               "&& geof:metricDistance(?value, ?want) < 10 AS ?result"),
        requirement=_AXIS_ORDER, tests=(GEOF + "transform", GEOF + "metricDistance"),
    )  # fmt: skip
    point = shapely.Point(50, 15)
    yield table(
        "crs-names", "One CRS has several names: of http, of https, with a version, a URN.",
        [Row(f"{kind}: {name}", (write(point, crs), wkt("POINT (15 50)")))
         for name, crs in _NAMES.items() for kind, write in (("WKT", wkt), ("GML", gml))],
        variables="geometry want", binds=("geof:sfEquals(?geometry, ?want) AS ?result",),
        requirement=REQ_10 + "geometry-extension/wkt-literal", tests=(GEO + "wktLiteral",),
    )  # fmt: skip
    yield _in_two_systems()


def _places() -> Iterator[Row]:
    for code, (name, longitude, latitude) in _SYSTEMS.items():
        to = pyproj.Transformer.from_crs("OGC:CRS84", f"EPSG:{code}", always_xy=False)
        position = shapely.Point(*(round(n, 5) for n in to.transform(longitude, latitude)))
        place = wkt(shapely.Point(longitude, latitude))
        yield Row(f"EPSG:{code}: {name}", (wkt(position, f"{EPSG}{code}"), place))


def _in_two_systems() -> Entry:
    """Check that the CRS of the first geometry is that of the calculation and of the result."""
    first = wkt("POLYGON ((50 10, 50 20, 55 20, 55 10, 50 10))", LAT_LON)
    second = wkt("POLYGON ((15 52, 25 52, 25 60, 15 60, 15 52))", CRS84)
    points = {"first": "POINT (12 51)", "second": "POINT (22 58)", "both": "POINT (18 54)",
              "neither": "POINT (0 0)"}  # fmt: skip
    holding = {"intersection": ("both",), "union": ("first", "second", "both"),
               "difference": ("first",), "symDifference": ("first", "second")}  # fmt: skip
    cases, expected = {}, {}
    for function, inside in holding.items():
        made = f"geof:{function}({first}, {second})"
        for name, point in points.items():
            cases[f"{function}: {name}"] = f"geof:sfContains({made}, {wkt(point)})"
            expected[f"{function}: {name}"] = boolean(name in inside)
        cases[f"{function}: CRS"] = f"STR(geof:getSRID({made}))"
        expected[f"{function}: CRS"] = literal(LAT_LON)
    return calls(
        "two-systems", "Geometries in different systems: what comes of them is in the first one.",
        cases, expected=expected, requirement=_AXIS_ORDER,
        tests=[GEOF + name for name in holding],
    )  # fmt: skip
