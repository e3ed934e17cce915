"""KML literals: round trips, transformation to CRS84, and what is refused."""

from __future__ import annotations

import pytest
import shapely
from hypothesis import given

from geosparql import crs
from geosparql.errors import LiteralError
from geosparql.literals import kml
from tests.geosparql.literals.shapes import MEASURED, SHAPES, label, line_strings, same

_NOT_KEPT = ("MultiPoint", "MultiLineString", "MultiPolygon")
KML = 'xmlns="http://www.opengis.net/kml/2.2"'


@pytest.mark.parametrize("shape", [s for s in SHAPES if s.geom_type not in _NOT_KEPT], ids=label)
def test_round_trip(shape):
    assert same(kml.parse(kml.write(shape)), shape)


@pytest.mark.parametrize("shape", [s for s in SHAPES if s.geom_type in _NOT_KEPT], ids=label)
def test_round_trip_of_multi_types(shape):
    back = kml.parse(kml.write(shape))
    if shape.is_empty:
        assert same(back, shapely.GeometryCollection())
    else:
        assert same(back, shape)


@given(line_strings())
def test_round_trip_of_any_double(line):
    assert same(kml.parse(kml.write(line)), line)


def test_a_collection_of_points_alone_comes_back_as_a_multipoint():
    collection = shapely.from_wkt("GEOMETRYCOLLECTION (POINT (1 2), POINT (3 4))")
    assert same(kml.parse(kml.write(collection)), shapely.from_wkt("MULTIPOINT (1 2, 3 4)"))


def test_other_crs_is_transformed():
    point = shapely.set_srid(shapely.Point(155000, 463000), 28992)
    (expected,) = crs.transform([point], crs.CRS84).values
    assert same(kml.parse(kml.write(point)), expected)


@pytest.mark.parametrize(
    ("text", "wkt"),
    [
        (
            f"\n<Point {KML}>\n <extrude>1</extrude>\n <coordinates>-83.38,33.95</coordinates>"
            "</Point>",
            "POINT (-83.38 33.95)",
        ),
        ("<Point><coordinates> 1,2,3 </coordinates></Point>", "POINT Z (1 2 3)"),
        (
            '<LineString xmlns="http://earth.google.com/kml/2.1"><tessellate>1</tessellate>'
            "<coordinates>1,2\n3,4,5</coordinates></LineString>",
            "LINESTRING Z (1 2 0, 3 4 5)",
        ),
        (
            '<k:MultiGeometry xmlns:k="http://www.opengis.net/kml/2.2"><k:Point><k:coordinates>1,2'
            "</k:coordinates></k:Point><k:LineString><k:coordinates>1,2 3,4</k:coordinates>"
            "</k:LineString></k:MultiGeometry>",
            "GEOMETRYCOLLECTION (POINT (1 2), LINESTRING (1 2, 3 4))",
        ),
    ],
)
def test_read(text, wkt):
    assert same(kml.parse(text), shapely.from_wkt(wkt))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"<Placemark {KML}><Point/></Placemark>", "<Placemark>"),
        (f"<Model {KML}/>", "<Model>"),
        ('<Point xmlns="http://www.opengis.net/gml"/>', "no KML geometry"),
        ("<!DOCTYPE a><Point/>", "DOCTYPE"),
        ("<Point><coordinates>1 2</coordinates></Point>", "position 1"),
        ("<Point><coordinates>1,2 3,4</coordinates></Point>", "one position"),
        ("<LineString>\n<coordinates>1,2 3,x</coordinates></LineString>", "line 2, column 1"),
        ("<LineString><coordinates>1,2</coordinates></LineString>", "No valid LineString"),
        ("<LinearRing><coordinates>0,0 1,0 1,1 0,1</coordinates></LinearRing>", "closed"),
        (
            "<Polygon><innerBoundaryIs><LinearRing><coordinates>0,0 1,0 1,1 0,0</coordinates>"
            "</LinearRing></innerBoundaryIs></Polygon>",
            "one outer boundary",
        ),
        ("<Point><position>1,2</position></Point>", "not expected"),
    ],
)
def test_refused(text, message):
    with pytest.raises(LiteralError, match="line ") as error:
        kml.parse(text)
    assert message in str(error.value)


@pytest.mark.parametrize("shape", MEASURED, ids=label)
def test_measures_are_an_error(shape):
    with pytest.raises(LiteralError, match="measures"):
        kml.write(shape)


def test_empty_text_is_an_empty_geometry():
    assert same(kml.parse(""), shapely.GeometryCollection())
