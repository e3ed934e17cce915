"""GML literals: what is written reads back to the same doubles, and what others write is read."""

from __future__ import annotations

import math
from xml.etree import ElementTree

import numpy as np
import pytest
import shapely
from hypothesis import given

from geosparql.errors import LiteralError
from geosparql.literals import gml
from tests.geosparql.literals.shapes import FULL, MEASURED, SHAPES, label, line_strings, same

GML2 = 'xmlns:gml="http://www.opengis.net/gml"'
GML32 = 'xmlns:gml="http://www.opengis.net/gml/3.2"'
SRIDS = (0, 4326, 4979, 28992, 3413, 25832)


@pytest.mark.parametrize("srid", SRIDS)
@pytest.mark.parametrize("shape", SHAPES, ids=label)
def test_round_trip(shape, srid):
    geometry = shapely.set_srid(shape, srid)
    assert same(gml.parse(gml.write(geometry)), geometry)


@given(line_strings(min_value=-1e300, max_value=1e300))
def test_round_trip_of_any_double(line):
    text = gml.write(line)
    assert same(gml.parse(text), line)
    numbers = ElementTree.fromstring(text)[0].text
    assert numbers is not None
    assert set(numbers) <= set("0123456789-. ")


@pytest.mark.parametrize("shape", FULL, ids=label)
def test_written_elements_are_of_gml_3_2_and_state_the_crs(shape):
    root = ElementTree.fromstring(gml.write(shapely.set_srid(shape, 25832)))
    assert root.get("srsName") == "http://www.opengis.net/def/crs/EPSG/0/25832"
    names = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert all(
        element.tag.startswith("{http://www.opengis.net/gml/3.2}") for element in root.iter()
    )
    assert not names & {"MultiLineString", "MultiPolygon", "coordinates"}


def test_axis_order_of_the_crs_definition_is_written_and_read():
    point = shapely.set_srid(shapely.Point(16, 48), 4326)
    assert "<gml:pos>48 16</gml:pos>" in gml.write(point)
    assert "<gml:pos>16 48</gml:pos>" in gml.write(shapely.set_srid(point, 0))


@pytest.mark.parametrize(
    "crs",
    [
        "http://www.opengis.net/def/crs/EPSG/0/4326",
        "https://www.opengis.net/def/crs/EPSG/0/4326",
        "urn:ogc:def:crs:EPSG::4326",
        "urn:x-ogc:def:crs:EPSG:6.9:4326",
        "http://www.opengis.net/gml/srs/epsg.xml#4326",
        "EPSG:4326",
    ],
)
def test_forms_of_srs_name(crs):
    point = gml.parse(f'<gml:Point {GML32} srsName="{crs}"><gml:pos>48 16</gml:pos></gml:Point>')
    assert same(point, shapely.set_srid(shapely.Point(16, 48), 4326))


READ = {
    "point of the standard's example": (
        '<gml:Point srsName="http://www.opengis.net/def/crs/OGC/1.3/CRS84" '
        'xmlns:gml="http://www.opengis.net/ont/gml"><gml:pos>-83.38 33.95</gml:pos></gml:Point>',
        "POINT (-83.38 33.95)",
    ),
    "no srsName": (f"<gml:Point {GML2}><gml:pos>1 2</gml:pos></gml:Point>", "POINT (1 2)"),
    "declaration and space before it": (
        f'\n <?xml version="1.0" encoding="ISO-8859-1"?><gml:Point {GML2}><gml:name>é</gml:name>'
        "<gml:pos>1 2</gml:pos></gml:Point>",
        "POINT (1 2)",
    ),
    "coordinates": (
        f"<gml:LineString {GML2}><gml:coordinates>1,2 "
        f"3, 4\n5 ,6</gml:coordinates></gml:LineString>",
        "LINESTRING (1 2, 3 4, 5 6)",
    ),
    "coordinates with other signs": (
        f'<gml:LineString {GML2}><gml:coordinates decimal="," cs=" " ts=";">1,5 2;3 4,25;'
        "</gml:coordinates></gml:LineString>",
        "LINESTRING (1.5 2, 3 4.25)",
    ),
    "coordinates, 3D": (
        f"<gml:Point {GML2}><gml:coordinates>1,2,3</gml:coordinates></gml:Point>",
        "POINT Z (1 2 3)",
    ),
    "coord": (
        f"<gml:Point {GML2}><gml:coord><gml:X>1</gml:X><gml:Y>2</gml:Y></gml:coord></gml:Point>",
        "POINT (1 2)",
    ),
    "positions one by one": (
        f"<gml:LineString {GML32}><gml:pos>1 2</gml:pos><gml:pointProperty><gml:Point><gml:pos>3 4"
        "</gml:pos></gml:Point></gml:pointProperty></gml:LineString>",
        "LINESTRING (1 2, 3 4)",
    ),
    "srsDimension on the geometry": (
        f'<gml:LineString {GML32} srsDimension="3"><gml:posList>1 2 3 4 5 6</gml:posList>'
        "</gml:LineString>",
        "LINESTRING Z (1 2 3, 4 5 6)",
    ),
    "polygon of GML 2": (
        f"<gml:Polygon {GML2}><gml:outerBoundaryIs><gml:LinearRing><gml:coordinates>0,0 9,0 9,9 0,0"
        "</gml:coordinates></gml:LinearRing></gml:outerBoundaryIs><gml:innerBoundaryIs>"
        "<gml:LinearRing><gml:coordinates>5,2 6,2 6,3 5,2</gml:coordinates></gml:LinearRing>"
        "</gml:innerBoundaryIs></gml:Polygon>",
        "POLYGON ((0 0, 9 0, 9 9, 0 0), (5 2, 6 2, 6 3, 5 2))",
    ),
    "box": (
        f"<gml:Box {GML2}><gml:coordinates>0,1 2,3</gml:coordinates></gml:Box>",
        "POLYGON ((2 1, 2 3, 0 3, 0 1, 2 1))",
    ),
    "envelope": (
        f"<gml:Envelope {GML32}><gml:lowerCorner>0 1</gml:lowerCorner><gml:upperCorner>2 3"
        "</gml:upperCorner></gml:Envelope>",
        "POLYGON ((2 1, 2 3, 0 3, 0 1, 2 1))",
    ),
    "triangle": (
        f"<gml:Triangle {GML32}><gml:exterior><gml:LinearRing><gml:posList>0 0 1 0 1 1 0 0"
        "</gml:posList></gml:LinearRing></gml:exterior></gml:Triangle>",
        "POLYGON ((0 0, 1 0, 1 1, 0 0))",
    ),
    "multi line string of GML 2": (
        f"<gml:MultiLineString {GML2}><gml:lineStringMember><gml:LineString>"
        f"<gml:coordinates>0,0 1,1"
        "</gml:coordinates></gml:LineString></gml:lineStringMember></gml:MultiLineString>",
        "MULTILINESTRING ((0 0, 1 1))",
    ),
    "multi point with pointMembers": (
        f"<gml:MultiPoint {GML32}><gml:pointMembers><gml:Point><gml:pos>0 1</gml:pos></gml:Point>"
        "<gml:Point><gml:pos>2 3</gml:pos></gml:Point></gml:pointMembers></gml:MultiPoint>",
        "MULTIPOINT (0 1, 2 3)",
    ),
    "curve": (
        f"<gml:Curve {GML32}><gml:segments><gml:LineStringSegment>"
        f"<gml:posList>0 0 1 1</gml:posList>"
        '</gml:LineStringSegment><gml:LineStringSegment interpolation="linear"><gml:posList>1 1 2 0'
        "</gml:posList></gml:LineStringSegment></gml:segments></gml:Curve>",
        "LINESTRING (0 0, 1 1, 2 0)",
    ),
    "ring of curves, one of them turned": (
        f"<gml:Polygon {GML32}><gml:exterior><gml:Ring><gml:curveMember><gml:LineString>"
        f"<gml:posList>"
        "0 0 1 0 1 1</gml:posList></gml:LineString></gml:curveMember><gml:curveMember>"
        '<gml:OrientableCurve orientation="-"><gml:baseCurve><gml:LineString><gml:posList>0 0 1 1'
        "</gml:posList></gml:LineString></gml:baseCurve></gml:OrientableCurve></gml:curveMember>"
        "</gml:Ring></gml:exterior></gml:Polygon>",
        "POLYGON ((0 0, 1 0, 1 1, 0 0))",
    ),
    "surface of one patch": (
        f"<gml:Surface {GML32}><gml:patches><gml:PolygonPatch><gml:exterior><gml:LinearRing>"
        "<gml:posList>0 0 1 0 1 1 0 0</gml:posList></gml:LinearRing></gml:exterior>"
        "</gml:PolygonPatch></gml:patches></gml:Surface>",
        "POLYGON ((0 0, 1 0, 1 1, 0 0))",
    ),
}


@pytest.mark.parametrize(("text", "wkt"), READ.values(), ids=READ)
def test_read(text, wkt):
    assert same(gml.parse(text), shapely.from_wkt(wkt))


def test_surface_of_several_patches_is_their_union():
    patch = (
        "<gml:PolygonPatch><gml:exterior><gml:LinearRing><gml:posList>{}</gml:posList>"
        "</gml:LinearRing></gml:exterior></gml:PolygonPatch>"
    )
    left, right = patch.format("0 0 1 0 1 1 0 1 0 0"), patch.format("1 0 2 0 2 1 1 1 1 0")
    text = f"<gml:Surface {GML32}><gml:patches>{left}{right}</gml:patches></gml:Surface>"
    assert shapely.equals(gml.parse(text), shapely.box(0, 0, 2, 1))


def _curve(segment: str, positions: str) -> str:
    return (
        f"<gml:Curve {GML32}><gml:segments><gml:{segment}><gml:posList>{positions}</gml:posList>"
        f"</gml:{segment}></gml:segments></gml:Curve>"
    )


def test_arc_stays_on_its_circle_and_keeps_the_positions_given():
    line = gml.parse(_curve("Arc", "5 3 3 5 1 3"))  # centre (3, 3), radius 2, upper half
    radii = np.hypot(*(shapely.get_coordinates(line) - [3, 3]).T)
    assert np.allclose(radii, 2, rtol=1e-12)
    assert line.length == pytest.approx(2 * math.pi, rel=3e-4)
    positions = shapely.get_coordinates(line).tolist()
    assert positions[0] == [5, 3]
    assert positions[-1] == [1, 3]
    assert [3, 5] in positions
    assert line.bounds[1] == 3


@pytest.mark.parametrize("positions", ["5 3 3 5 1 3", "1 3 3 5 5 3"])
def test_circle_goes_around_once(positions):
    line = gml.parse(_curve("Circle", positions))
    assert line.is_closed
    assert line.is_simple
    area = shapely.Polygon(line).area
    assert area == pytest.approx(4 * math.pi, rel=1e-3)


def test_string_of_arcs():
    line = gml.parse(_curve("ArcString", "0 0 1 1 2 0 3 -1 4 0"))
    assert line.length == pytest.approx(2 * math.pi, rel=3e-4)


REFUSED = {
    "billion laughs": (
        '<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;">]>'
        f"<gml:Point {GML32}><gml:pos>&y; 2</gml:pos></gml:Point>",
        "DOCTYPE",
    ),
    "external entity": (
        f'<!DOCTYPE a SYSTEM "file:///etc/passwd"><gml:Point {GML32}/>',
        "DOCTYPE",
    ),
    "deep nesting": (f"<a>{'<a>' * 5000}", "nested too deeply"),
    "not XML": ("POINT (1 2)", "line 1, column 1"),
    "unbound prefix": ("<gml:Point><gml:pos>1 2</gml:pos></gml:Point>", "unbound prefix"),
    "two roots": (f"<gml:Point {GML32}/><gml:Point {GML32}/>", "junk after document element"),
    "not a geometry": (f"<gml:Feature {GML32}/>", "<Feature>"),
    "other namespace": ('<Point xmlns="http://www.opengis.net/kml/2.2"/>', "<Point>"),
    "bad number": (
        f"<gml:Point {GML32}>\n <gml:pos>1 2x</gml:pos></gml:Point>",
        "line 2, column 2, <pos>, number 2",
    ),
    "underscore": (f"<gml:Point {GML32}><gml:pos>1_0 2</gml:pos></gml:Point>", "number 1"),
    "not finite": (f"<gml:Point {GML32}><gml:pos>INF 2</gml:pos></gml:Point>", "number 1"),
    "one number": (f"<gml:Point {GML32}><gml:pos>1</gml:pos></gml:Point>", "<pos>"),
    "odd list": (
        f"<gml:LineString {GML32}><gml:posList>1 2 3</gml:posList></gml:LineString>",
        "srsDimension",
    ),
    "dimension": (f'<gml:Point {GML32} srsDimension="4"/>', "2 or 3"),
    "one position": (
        f"<gml:LineString {GML32}><gml:posList>1 2</gml:posList></gml:LineString>",
        "<LineString>",
    ),
    "open ring": (
        f"<gml:LinearRing {GML32}><gml:posList>0 0 1 0 1 1 0 1</gml:posList></gml:LinearRing>",
        "not closed",
    ),
    "short ring": (
        f"<gml:LinearRing {GML32}><gml:posList>0 0 1 0 0 0</gml:posList></gml:LinearRing>",
        "four positions",
    ),
    "two CRS": (
        f'<gml:MultiPoint {GML32} srsName="EPSG:4326"><gml:pointMember><gml:Point '
        'srsName="EPSG:3857"><gml:pos>1 2</gml:pos></gml:Point></gml:pointMember></gml:MultiPoint>',
        "one CRS",
    ),
    "unknown CRS": (f'<gml:Point {GML32} srsName="EPSG:1"/>', "unknown CRS"),
    "reference": (
        f'<gml:MultiPoint {GML32} xmlns:x="http://www.w3.org/1999/xlink"><gml:pointMember '
        'x:href="#p"/></gml:MultiPoint>',
        "reference",
    ),
    "wrong member": (
        f"<gml:MultiPoint {GML32}><gml:pointMember><gml:LineString/></gml:pointMember>"
        "</gml:MultiPoint>",
        "cannot hold LineString",
    ),
    "unknown child": (
        f"<gml:Point {GML32}><gml:position>1 2</gml:position></gml:Point>",
        "expected",
    ),
    "spline": (_curve("CubicSpline", "0 0 1 1 2 0"), "CubicSpline is not offered"),
    "geodesic": (_curve("GeodesicString", "0 0 1 1"), "GeodesicString is not offered"),
    "broken chain": (
        f"<gml:Curve {GML32}><gml:segments><gml:LineStringSegment>"
        f"<gml:posList>0 0 1 1</gml:posList>"
        "</gml:LineStringSegment><gml:LineStringSegment><gml:posList>2 2 3 3</gml:posList>"
        "</gml:LineStringSegment></gml:segments></gml:Curve>",
        "does not begin",
    ),
}


@pytest.mark.parametrize(("text", "message"), REFUSED.values(), ids=REFUSED)
def test_refused(text, message):
    with pytest.raises(LiteralError, match="line ") as error:
        gml.parse(text)
    assert message in str(error.value)


def test_empty_text_is_an_empty_geometry():
    assert same(gml.parse(" \n"), shapely.GeometryCollection())


@pytest.mark.parametrize("shape", MEASURED, ids=label)
def test_measures_are_an_error(shape):
    with pytest.raises(LiteralError, match="measures"):
        gml.write(shape)


def test_coordinates_that_are_not_finite_are_an_error():
    with pytest.raises(LiteralError, match="not finite"):
        gml.write(shapely.LineString([(0, 0), (math.inf, 1)]))
