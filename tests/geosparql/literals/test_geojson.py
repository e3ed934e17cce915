"""geo:geoJSONLiteral: RFC 7946 geometry objects in CRS84, and nothing else."""

from __future__ import annotations

import json

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from geosparql.errors import LiteralError
from geosparql.literals import geojson
from tests.geosparql.strategies import finite, geometries
from tests.geosparql.zoo import SPECIMENS, Specimen, zoo


def point(*numbers: object) -> str:
    return json.dumps({"type": "Point", "coordinates": numbers})


def without_measures_and_empty_points(geometry: shapely.Geometry) -> shapely.Geometry:
    """What of a geometry GeoJSON can hold."""
    flat = shapely.from_wkb(shapely.to_wkb(geometry, output_dimension=3 if geometry.has_z else 2))
    if flat.geom_type == "MultiPoint":
        return shapely.MultiPoint([part for part in flat.geoms if not part.is_empty])
    return flat


@pytest.mark.parametrize("specimen", SPECIMENS, ids=lambda s: s.name)
def test_zoo_round_trip(specimen: Specimen) -> None:
    geometry = specimen.geometry()
    text = geojson.write(geometry)
    assert set(json.loads(text)) <= {"type", "coordinates", "geometries"}
    expected = without_measures_and_empty_points(geometry)
    for back in (geojson.parse(text), geojson.parse_array([text]).values[0]):
        assert shapely.get_srid(back) == 0
        assert shapely.equals_exact(back, expected) or (back.is_empty and expected.is_empty)
        assert back.geom_type == expected.geom_type
        assert back.has_z == expected.has_z or expected.is_empty


@given(geometries(x=finite, y=finite))
def test_any_geometry_round_trip(geometry: shapely.Geometry) -> None:
    text = geojson.write(geometry)
    expected = shapely.to_wkt(without_measures_and_empty_points(geometry), rounding_precision=30)
    for back in (geojson.parse(text), geojson.parse_array([text]).values[0]):
        back_text = shapely.to_wkt(back, rounding_precision=30)
        assert back_text == expected or back.is_empty


def test_other_crs_is_transformed_on_writing() -> None:
    in_rd = shapely.set_srid(shapely.Point(155000, 463000), 28992)
    expected = Transformer.from_crs(28992, "OGC:CRS84", always_xy=True).transform(155000, 463000)
    assert json.loads(geojson.write(in_rd))["coordinates"] == pytest.approx(expected, abs=1e-12)


def test_latitude_first_crs_is_written_longitude_first() -> None:
    assert json.loads(geojson.write(shapely.set_srid(shapely.Point(5, 52), 4326))) == {
        "type": "Point",
        "coordinates": [5.0, 52.0],
    }


def test_reading_is_always_crs84() -> None:
    assert shapely.get_srid(geojson.parse(point(5, 52))) == 0


@pytest.mark.parametrize("text", ["", " \n"])
def test_empty_text_is_an_empty_geometry(text: str) -> None:
    assert geojson.parse(text).is_empty
    assert geojson.parse_array([text]).values[0].is_empty


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("{", "line 1, column 2", "malformed JSON"),
        (point(1, 2) + " x", "line 1, column 42", "malformed JSON"),
        (point(1, 2) + "\0", "line 1, column 41", "malformed JSON"),
        ("[1, 2]", "$", "not an object"),
        ("null", "$", "not an object"),
        ('{"coordinates": [1, 2]}', "$.type", "none of RFC 7946's"),
        ('{"type": "point", "coordinates": [1, 2]}', "$.type", "none of RFC 7946's"),
        ('{"type": "Point"}', "$.coordinates", "missing"),
        ('{"type": "GeometryCollection"}', "$.geometries", "missing"),
        (point(1), "$.coordinates", "position of 1 numbers"),
        (point(1, 2, 3, 4), "$.coordinates", "position of 4 numbers"),
        (point("1", 2), "$.coordinates[0]", "not a number"),
        (point(1, True), "$.coordinates[1]", "not a number"),
        ('{"type": "Point", "coordinates": [1, 1e999]}', "$.coordinates[1]", "double"),
        ('{"type": "Point", "coordinates": [1, NaN]}', None, "NaN"),
        ('{"type": "LineString", "coordinates": [[0, 0]]}', "$.coordinates", "one position"),
        (
            '{"type": "MultiPolygon", "coordinates": [[[[0, 0], [1, 0], [1, 1], [2, 2]]]]}',
            "$.coordinates[0][0]",
            "not closed",
        ),
        ('{"type": "Point", "coordinates": [1, 2], "crs": {}}', "$.crs", "CRS84 only"),
        (
            '{"type": "GeometryCollection", "geometries": [{"type": "Point"}]}',
            "$.geometries[0].coordinates",
            "missing",
        ),
        (
            '{"type": "Feature", "properties": {}, "geometry": ' + point(1, 2) + "}",
            "$",
            "Feature is no geometry",
        ),
        ('{"type": "FeatureCollection", "features": []}', "$", "FeatureCollection is no geometry"),
    ],
)
def test_malformed_text_says_where(text: str, where: str | None, what: str) -> None:
    with pytest.raises(LiteralError) as caught:
        geojson.parse(text)
    assert caught.value.where == where
    assert what in caught.value.what
    outcome = geojson.parse_array([text, None])
    assert list(outcome.values) == [None, None]
    assert outcome.reasons == {0: str(caught.value)}


def test_a_third_number_in_some_positions_only_is_left_out() -> None:
    text = '{"type": "LineString", "coordinates": [[0, 0], [1, 1, 5]]}'
    for line in (geojson.parse(text), geojson.parse_array([text]).values[0]):
        assert shapely.to_wkt(line) == "LINESTRING (0 0, 1 1)"


def test_members_that_are_not_ours_are_ignored() -> None:
    text = '{"type": "Point", "coordinates": [1, 2], "bbox": [1, 2, 1, 2], "name": "\\u00e9"}'
    assert geojson.parse(text) == shapely.Point(1, 2)
    assert geojson.parse_array([text]).values[0] == shapely.Point(1, 2)


def test_measures_are_left_out() -> None:
    assert json.loads(geojson.write(shapely.from_wkt("POINT ZM (1 2 3 4)")))["coordinates"] == [
        1.0,
        2.0,
        3.0,
    ]


def test_deep_nesting_is_an_error_and_no_crash() -> None:
    depth = 100_000
    text = '{"type":"GeometryCollection","geometries":[' * depth + "]}" * depth
    assert "nested" in geojson.parse_array([text]).reasons[0]


@given(st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.sampled_from(("Point", "Polygon")),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.sampled_from(("type", "coordinates", "geometries", "crs")), inner),
))  # fmt: skip
def test_any_json_is_read_or_explained(value: object) -> None:
    outcome = geojson.parse_array([json.dumps(value)])
    assert (outcome.values[0] is None) == (0 in outcome.reasons)


def test_what_cannot_be_written_has_a_reason() -> None:
    outcome = geojson.write_array(
        [shapely.Point(1, float("nan")), shapely.set_srid(shapely.Point(0, 95), 3857), None]
    )
    assert outcome.values[0] is None
    assert "finite" in outcome.reasons[0]
    assert outcome.values[1] is not None
    assert outcome.values[2] is None
    assert outcome.reasons.keys() == {0}


def test_zoo_in_bulk() -> None:
    written = geojson.write_array(zoo())
    assert not written.reasons
    assert not geojson.parse_array(written.values).reasons
