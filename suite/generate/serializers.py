"""Geometry Extension: literals of the five types, and functions that write them."""

from __future__ import annotations

from collections.abc import Iterator

import shapely

from suite.generate.accessors import FEATURES
from suite.generate.forms import (
    CRS84,
    FLAT_FORMS,
    FORMS,
    LAT_LON,
    WEB_MERCATOR,
    geojson,
    kml,
    typed,
    wkt,
)
from suite.generate.model import GEO, GEOF, REQ_10, REQ_11, Entry, Row, boolean, table
from suite.generate.shapes import SHAPES

_SAME = ("geof:sfEquals(?geometry, ?want) AS ?result",)
_GX_10, _GX_11 = (req + "geometry-extension/" for req in (REQ_10, REQ_11))
_POINT = shapely.Point(-83.38, 33.95)
_PLAIN = ("point inside", "line inside", "square", "square with a hole", "square and one far away",
          "points inside and far away", "lines crossing inside",
          "line along the edge and point inside")  # fmt: skip


def entries() -> Iterator[Entry]:
    """Give every entry about literals and serializers."""
    yield from _wkt()
    yield from _markup()
    yield from _no_literals()
    yield from _writers()


def _wkt() -> Iterator[Entry]:
    texts = {
        "lower case": ("point(1 2)", "POINT (1 2)"),
        "mixed case": ("Point( 1   2 )", "POINT (1 2)"),
        "white space": ("\n POINT\t(1 2) \n", "POINT (1 2)"),
        "exponent": ("POINT (1e1 -2.5E-1)", "POINT (10 -0.25)"),
        "no leading digits": ("POINT (.5 +2.)", "POINT (0.5 2)"),
        "multipoint without brackets": ("MULTIPOINT (1 2, 3 4)", "MULTIPOINT ((1 2), (3 4))"),
        "Z without a space": ("POINTZ(1 2 3)", "POINT Z (1 2 3)"),
        "collection in a collection": ("GEOMETRYCOLLECTION (GEOMETRYCOLLECTION (POINT (1 2)))",
                                       "GEOMETRYCOLLECTION (POINT (1 2))"),
        "triangle": ("TRIANGLE ((0 0, 4 0, 0 4, 0 0))", "POLYGON ((0 0, 4 0, 0 4, 0 0))"),
        "TIN": ("TIN (((0 0, 4 0, 0 4, 0 0)), ((4 0, 4 4, 0 4, 4 0)))",
                "POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0))"),
        "polyhedral surface": ("POLYHEDRALSURFACE (((0 0, 4 0, 4 4, 0 4, 0 0)))",
                               "POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0))"),
    }  # fmt: skip
    yield table("wkt", "Every spelling of well-known text is read.",
                [Row(n, (wkt(given), wkt(want))) for n, (given, want) in texts.items()],
                variables="geometry want", binds=_SAME, requirement=_GX_10 + "wkt-literal",
                tests=(GEO + "wktLiteral",))  # fmt: skip
    yield table("wkt-default-crs", "A wktLiteral without a CRS is in CRS84.",
                [Row(n, (wkt(SHAPES[n]), wkt(SHAPES[n], CRS84))) for n in _PLAIN],
                variables="geometry want", binds=_SAME, tests=(GEO + "wktLiteral",),
                requirement=_GX_10 + "wkt-literal-default-srs")  # fmt: skip
    swapped = {
        "EPSG:4326 is latitude, longitude": (wkt("POINT (33.95 -83.38)", LAT_LON), wkt(_POINT)),
        "CRS84 is longitude, latitude": (wkt("POINT (-83.38 33.95)", CRS84), wkt(_POINT)),
        "as a URN": (wkt("POINT (33.95 -83.38)", "urn:ogc:def:crs:EPSG::4326"), wkt(_POINT)),
        "two spaces behind the IRI":
            (typed(f"<{LAT_LON}>  POINT (33.95 -83.38)", "wktLiteral"), wkt(_POINT)),
        "a polygon": (wkt("POLYGON ((0 10, 0 20, 5 20, 0 10))", LAT_LON),
                      wkt("POLYGON ((10 0, 20 0, 20 5, 10 0))")),
        "with heights": (wkt("POINT Z (33.95 -83.38 7)", LAT_LON), wkt("POINT Z (-83.38 33.95 7)")),
        "EPSG:3857 is easting, northing":
            (wkt("POINT (111319.49079327357 0)", WEB_MERCATOR),
             wkt("POINT (111319.49079327357 0)", "urn:ogc:def:crs:EPSG::3857")),
    }  # fmt: skip
    yield table("wkt-axis-order", "Positions are read in the axis order of their CRS.",
                [Row(n, arguments) for n, arguments in swapped.items()],
                variables="geometry want", binds=_SAME, requirement=_GX_10 + "wkt-axis-order",
                tests=(GEO + "wktLiteral",))  # fmt: skip
    for datatype, requirement in (
        ("wktLiteral", _GX_10 + "wkt-literal-empty"), ("gmlLiteral", _GX_10 + "gml-literal-empty"),
        ("geoJSONLiteral", _GX_11 + "geojson-literal-empty"),
        ("kmlLiteral", _GX_11 + "kml-literal-empty"),
    ):  # fmt: skip
        yield table(f"{datatype}-empty", f"An empty geo:{datatype} is an empty geometry.",
                    [Row("empty text", (typed("", datatype),))],
                    variables="geometry", binds=("geof:isEmpty(?geometry) AS ?result",),
                    requirement=requirement, tests=(GEO + datatype,))  # fmt: skip


def _markup() -> Iterator[Entry]:
    for name, datatype, requirement in (
        ("GML", "gmlLiteral", _GX_10 + "gml-literal"),
        ("GeoJSON", "geoJSONLiteral", _GX_11 + "geojson-literal"),
        ("KML", "kmlLiteral", _GX_11 + "kml-literal"),
    ):
        rows = [Row(f"{f.name}: {n}", (f.write(SHAPES[n]), wkt(SHAPES[n])))
                for f in FORMS if f.name.startswith(name) for n in _PLAIN]  # fmt: skip
        rows += {"GML": _gml_forms, "GeoJSON": _geojson_forms, "KML": _kml_forms}[name]()
        yield table(datatype, f"Every geometry of {name} is read.", rows,
                    variables="geometry want", binds=_SAME, requirement=requirement,
                    tests=(GEO + datatype,))  # fmt: skip
    for name, write, requirement in (
        ("GeoJSON", geojson, _GX_11 + "geojson-literal-srs"),
        ("KML", kml, _GX_11 + "kml-literal-srs"),
    ):
        yield table(f"{name.lower()}-crs", f"{name} is in CRS84.",
                    [Row(n, (write(SHAPES[n]), wkt(SHAPES[n], CRS84))) for n in _PLAIN],
                    variables="geometry want", binds=_SAME, requirement=requirement)  # fmt: skip


def _gml_forms() -> list[Row]:
    head = 'xmlns:gml="http://www.opengis.net/gml/3.2"'
    srs = f'srsName="{CRS84}"'
    triangle = "POLYGON ((0 0, 4 0, 0 4, 0 0))"
    ring = "<gml:LinearRing><gml:posList>0 0 4 0 0 4 0 0</gml:posList></gml:LinearRing>"
    texts = {
        "namespace of GML 3.1": (f'<gml:Point xmlns:gml="http://www.opengis.net/gml" {srs}>'
                                 "<gml:pos>1 2</gml:pos></gml:Point>", "POINT (1 2)"),
        "namespace of the standard's example":
            (f'<gml:Point {srs} xmlns:gml="http://www.opengis.net/ont/gml">'
             "<gml:pos>1 2</gml:pos></gml:Point>", "POINT (1 2)"),
        "no prefix": (f'<Point xmlns="http://www.opengis.net/gml/3.2" {srs}><pos>1 2</pos></Point>',
                      "POINT (1 2)"),
        "coordinates of GML 2": (f'<gml:Point xmlns:gml="http://www.opengis.net/gml" {srs}>'
                                 "<gml:coordinates>1,2</gml:coordinates></gml:Point>",
                                 "POINT (1 2)"),
        "a pos each": (f"<gml:LineString {head} {srs}><gml:pos>0 0</gml:pos><gml:pos>4 0</gml:pos>"
                       "</gml:LineString>", "LINESTRING (0 0, 4 0)"),
        "an envelope": (f"<gml:Envelope {head} {srs}><gml:lowerCorner>0 0</gml:lowerCorner>"
                        "<gml:upperCorner>4 4</gml:upperCorner></gml:Envelope>",
                        "POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0))"),
        "a curve of segments": (f"<gml:Curve {head} {srs}><gml:segments><gml:LineStringSegment>"
                                "<gml:posList>0 0 4 0</gml:posList></gml:LineStringSegment>"
                                "</gml:segments></gml:Curve>", "LINESTRING (0 0, 4 0)"),
        "a surface of patches": (f"<gml:Surface {head} {srs}><gml:patches><gml:PolygonPatch>"
                                 f"<gml:exterior>{ring}</gml:exterior></gml:PolygonPatch>"
                                 "</gml:patches></gml:Surface>", triangle),
        "CRS as a URN": (f'<gml:Point {head} srsName="urn:ogc:def:crs:EPSG::4326">'
                         "<gml:pos>2 1</gml:pos></gml:Point>", "POINT (1 2)"),
        "white space around": (f"\n<gml:Point {head} {srs}>\n <gml:pos> 1\n2 </gml:pos>"
                               "</gml:Point>\n",
                               "POINT (1 2)"),
        "CDATA and comments": (f"<gml:Point {head} {srs}><!-- here --><gml:pos>1 2</gml:pos>"
                               "</gml:Point>", "POINT (1 2)"),
    }  # fmt: skip
    return [Row(n, (typed(given, "gmlLiteral"), wkt(want))) for n, (given, want) in texts.items()]


def _geojson_forms() -> list[Row]:
    texts = {
        "members in another order": ('{"coordinates": [1, 2], "type": "Point"}', "POINT (1 2)"),
        "white space": ('\n{\n "type": "Point",\n "coordinates": [1.0e0, 2]\n}\n', "POINT (1 2)"),
        "further members": ('{"type": "Point", "coordinates": [1, 2], "bbox": [1, 2, 1, 2]}',
                            "POINT (1 2)"),
    }  # fmt: skip
    return [
        Row(n, (typed(given, "geoJSONLiteral"), wkt(want))) for n, (given, want) in texts.items()
    ]


def _kml_forms() -> list[Row]:
    head = 'xmlns="http://www.opengis.net/kml/2.2"'
    texts = {
        "white space between tuples": (f"<LineString {head}><coordinates>\n 0,0\n 4,0 \n"
                                       "</coordinates></LineString>", "LINESTRING (0 0, 4 0)"),
        "a prefix": ('<kml:Point xmlns:kml="http://www.opengis.net/kml/2.2"><kml:coordinates>1,2'
                     "</kml:coordinates></kml:Point>", "POINT (1 2)"),
        "a ring": (f"<LinearRing {head}><coordinates>0,0 4,0 0,4 0,0</coordinates></LinearRing>",
                   "LINESTRING (0 0, 4 0, 0 4, 0 0)"),
        "further elements": (f"<Point {head}><extrude>0</extrude><altitudeMode>clampToGround"
                             "</altitudeMode><coordinates>1,2,0</coordinates></Point>",
                             "POINT (1 2)"),
    }  # fmt: skip
    return [Row(n, (typed(given, "kmlLiteral"), wkt(want))) for n, (given, want) in texts.items()]


NO_LITERALS = {
    "wktLiteral": ("POINT", "POINT (1)", "POINT (1 two)", "POINT (1 2", "LINESTRING (0 0)",
                   "POLYGON ((0 0, 4 0, 0 4, 1 1))", "NOWHERE (1 2)", "POINT (1 2) more", "1 2",
                   f"<{LAT_LON} POINT (1 2)", "<http://example.org/no-crs> POINT (1 2)",
                   f"<{LAT_LON.replace('4326', '999999')}> POINT (1 2)"),
    "gmlLiteral": ("<gml:Point", "<a/>", "POINT (1 2)",
                   '<gml:Point xmlns:gml="http://www.opengis.net/gml/3.2"><gml:pos>1</gml:pos>'
                   "</gml:Point>",
                   '<gml:Point xmlns:gml="http://www.opengis.net/gml/3.2" '
                   'srsName="http://example.org/no-crs"><gml:pos>1 2</gml:pos></gml:Point>'),
    "geoJSONLiteral": ("{", "[]", "1", '{"type": "Point"}', '{"type": "Point", "coordinates": [1]}',
                       '{"type": "Nowhere", "coordinates": [1, 2]}',
                       '{"type": "Point", "coordinates": ["1", "2"]}', "POINT (1 2)"),
    "kmlLiteral": ("<Point", "<a/>", "POINT (1 2)",
                   '<Point xmlns="http://www.opengis.net/kml/2.2"><coordinates>1'
                   "</coordinates></Point>"),
}  # fmt: skip
"""Texts that are no geometry, by datatype."""


def _no_literals() -> Iterator[Entry]:
    for datatype, texts in NO_LITERALS.items():
        good = {f.name.split()[0]: f for f in FLAT_FORMS}
        name = {"wktLiteral": "WKT", "gmlLiteral": "GML", "geoJSONLiteral": "GeoJSON",
                "kmlLiteral": "KML"}[datatype]  # fmt: skip
        rows = [Row(text, (typed(text, datatype),), boolean(False)) for text in texts]
        rows.append(Row("a good one", (good[name].write(_POINT),)))
        yield table(f"{datatype}-invalid", f"What is no geo:{datatype} is an error.",
                    rows, variables="geometry",
                    binds=("geof:isEmpty(?geometry) AS ?value", "BOUND(?value) AS ?result"),
                    requirement=FEATURES, tests=(GEO + datatype,))  # fmt: skip


def _writers() -> Iterator[Entry]:
    for function, datatype, requirement, keeps in (
        ("asWKT", "wktLiteral", _GX_11 + "asWKT-function", True),
        ("asGML", "gmlLiteral", _GX_11 + "asGML-function", True),
        ("asGeoJSON", "geoJSONLiteral", _GX_11 + "asGeoJSON-function", False),
        ("asKML", "kmlLiteral", _GX_11 + "asKML-function", False),
    ):
        rows = [Row(f"{f.name}: {n}", (f.write(SHAPES[n]), wkt(SHAPES[n])))
                for f in FORMS if f.name != "WKT ZM" or function == "asWKT"
                for n in ("point inside", "square with a hole")]  # fmt: skip
        rows += [Row(n, (wkt(SHAPES[n]), wkt(SHAPES[n]))) for n in _PLAIN[1:]]
        crs = "geof:getSRID(?geometry)" if keeps else f'"{CRS84}"'
        more = ', "3.2"' if function == "asGML" else ""
        yield table(
            function,
            f"geof:{function} writes a geo:{datatype} of the same geometry, "
            + ("in its own CRS." if keeps else "in CRS84."),
            rows, variables="geometry want",
            binds=(f"geof:{function}(?geometry{more}) AS ?value",
                   f"geof:sfEquals(?value, ?want) && DATATYPE(?value) = geo:{datatype} "
                   f"&& STR(geof:getSRID(?value)) = STR({crs}) AS ?result"),
            requirement=requirement, tests=(GEOF + function,),
        )  # fmt: skip
