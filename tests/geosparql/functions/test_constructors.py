"""Geometries made of geometries: GEOS and pyproj as the truth, laws, nulls and reasons."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geosparql.functions import constructors as co
from tests.geosparql.functions.columns import DEGREE, KILOMETRE, METRE, geometries, texts
from tests.geosparql.shapes import areas, shapes
from tests.geosparql.zoo import zoo

SQUARE = "POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0))"
POLYGON_AND_POINT = f"GEOMETRYCOLLECTION ({SQUARE}, POINT (9 9))"
ONE_ARGUMENT = {
    "boundary": co.boundary,
    "bounding_circle": co.bounding_circle,
    "centroid": co.centroid,
    "convex_hull": co.convex_hull,
    "concave_hull": co.concave_hull,
    "envelope": co.envelope,
}
OVERLAYS = {
    "intersection": co.intersection,
    "union": co.union,
    "difference": co.difference,
    "sym_difference": co.sym_difference,
}


def value(call: Any, *arguments: Any) -> Any:
    """Give the one geometry that comes out, or the reason why there is none."""
    outcome = call(*arguments)
    assert len(outcome) == 1
    return outcome.reasons.get(0) if outcome.values[0] is None else outcome.values[0]


@pytest.mark.parametrize("name", ONE_ARGUMENT)
@pytest.mark.parametrize("srid", [0, 28992])
def test_the_zoo_has_a_result_or_a_reason(name: str, srid: int) -> None:
    outcome = ONE_ARGUMENT[name](zoo(srid))
    missing = np.flatnonzero(shapely.is_missing(outcome.values))
    assert set(outcome.reasons) == set(missing.tolist())
    made = outcome.values[~shapely.is_missing(outcome.values)]
    assert (shapely.get_srid(made) == srid).all()


@pytest.mark.parametrize("name", [*ONE_ARGUMENT, *OVERLAYS])
def test_nulls(name: str) -> None:
    column = geometries(None, SQUARE)
    call: Any = (ONE_ARGUMENT | OVERLAYS)[name]
    outcome = call(column) if name in ONE_ARGUMENT else call(column, geometries(SQUARE))
    assert outcome.values[0] is None
    assert outcome.values[1] is not None
    assert outcome.reasons == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (SQUARE, "LINESTRING (0 0, 4 0, 4 4, 0 4, 0 0)"),
        ("LINESTRING (0 0, 1 1, 2 0)", "MULTIPOINT ((0 0), (2 0))"),
        ("LINESTRING (0 0, 1 1, 2 0, 0 0)", "MULTIPOINT EMPTY"),
        ("POINT (1 1)", "GEOMETRYCOLLECTION EMPTY"),
        ("GEOMETRYCOLLECTION EMPTY", "GEOMETRYCOLLECTION EMPTY"),
    ],
)
def test_boundary(text: str, expected: str) -> None:
    assert shapely.equals(value(co.boundary, geometries(text)), shapely.from_wkt(expected))


def test_boundary_of_a_mixed_collection_is_not_defined() -> None:
    assert "Simple Features" in value(co.boundary, geometries(POLYGON_AND_POINT))


@given(shapes())
def test_hulls_boxes_and_circles_enclose(geometry: shapely.Geometry) -> None:
    column = geometries(geometry)
    for call in (co.convex_hull, co.envelope, co.bounding_circle):
        around = value(call, column)
        assert around.is_empty == geometry.is_empty
        assert geometry.is_empty or shapely.covers(shapely.buffer(around, 1e-9), geometry)
    if not geometry.is_empty:
        circle = value(co.bounding_circle, column)
        radius = shapely.minimum_bounding_radius(geometry)
        assert circle.area == pytest.approx(np.pi * radius**2, rel=2e-3)


def test_concave_hull_ratio() -> None:
    rng = np.random.default_rng(5)
    points = geometries(shapely.MultiPoint(rng.uniform(0, 10, (200, 2))))
    hulls = [value(co.concave_hull, points, np.array([ratio])) for ratio in (0.0, 0.3, 1.0)]
    assert hulls[0].area < hulls[1].area < hulls[2].area
    assert hulls[2].equals(shapely.convex_hull(points[0]))
    assert value(co.concave_hull, points).equals(hulls[1])
    for ratio in (-0.1, 1.5):
        assert "from 0 to 1" in value(co.concave_hull, points, np.array([ratio]))
    ratios = np.array([0.0, np.nan, 7.0, 1.0])
    outcome = co.concave_hull(np.repeat(points, 4), ratios)
    assert shapely.is_missing(outcome.values).tolist() == [False, True, True, False]
    assert set(outcome.reasons) == {2}
    assert len(co.concave_hull(points, ratios)) == 4


@given(areas(), areas())
def test_overlays_add_up(a: shapely.Geometry, b: shapely.Geometry) -> None:
    found = {
        name: value(call, geometries(a), geometries(b)).area for name, call in OVERLAYS.items()
    }
    assert found["union"] == pytest.approx(a.area + b.area - found["intersection"])
    assert found["difference"] == pytest.approx(a.area - found["intersection"])
    assert found["sym_difference"] == pytest.approx(found["union"] - found["intersection"])


@given(shapes(), shapes(), st.sampled_from(sorted(OVERLAYS)))
def test_overlays_of_all_types(a: shapely.Geometry, b: shapely.Geometry, name: str) -> None:
    operation = {"sym_difference": "symmetric_difference"}.get(name, name)
    expected = getattr(shapely, operation)(a, b)
    assert value(OVERLAYS[name], geometries(a), geometries(b)).equals(expected)


def test_overlay_in_the_crs_of_the_first() -> None:
    box = geometries("POLYGON ((5 52, 6 52, 6 53, 5 53, 5 52))", srid=4326)
    rijksdriehoek = geometries(
        "POLYGON ((1e5 4e5, 2e5 4e5, 2e5 6e5, 1e5 6e5, 1e5 4e5))", srid=28992
    )
    for a, b in ((box, rijksdriehoek), (rijksdriehoek, box)):
        found = value(co.intersection, a, b)
        assert shapely.get_srid(found) == shapely.get_srid(a[0])
        assert shapely.covers(shapely.buffer(a[0], 1e-9), found)
        assert not found.is_empty


def test_an_overlay_that_geos_cannot_compute_is_a_null_with_a_reason() -> None:
    bad = "POLYGON ((0 0, 2 2, 2 0, 0 2, 0 0))"
    outcome = co.intersection(geometries(SQUARE, bad), geometries("POLYGON ((1 1, 3 1, 3 3, 1 1))"))
    assert outcome.values[0].area == 2.0
    assert outcome.values[1] is None
    assert "TopologyException" in outcome.reasons[1]


@pytest.mark.parametrize("iri", [
    "http://www.opengis.net/def/crs/EPSG/0/28992", "urn:ogc:def:crs:EPSG::28992", "EPSG:28992",
])  # fmt: skip
def test_transform(iri: str) -> None:
    found = value(co.transform, geometries("POINT Z (5 52 7)"), texts(iri))
    expected = pyproj.Transformer.from_crs(4326, 28992, always_xy=True).transform(5, 52)
    assert (found.x, found.y) == pytest.approx(expected)
    assert found.z == 7
    assert shapely.get_srid(found) == 28992


@given(st.floats(3.4, 7.2), st.floats(50.8, 53.5))
def test_transform_there_and_back(lon: float, lat: float) -> None:
    there = value(co.transform, geometries(shapely.Point(lon, lat)), texts("EPSG:28992"))
    back = value(co.transform, np.array([there], dtype=object), texts("OGC:CRS84"))
    assert (back.x, back.y) == pytest.approx((lon, lat), abs=1e-8)
    assert shapely.get_srid(back) == 0


def test_transform_says_why_not() -> None:
    column = geometries("POINT (0 95)", None, "POINT (5 52)", "POINT (5 52)")
    iris = texts("EPSG:3857", "EPSG:3857", "EPSG:999999", None)
    outcome = co.transform(column, iris)
    assert shapely.is_missing(outcome.values).all()
    assert set(outcome.reasons) == {0, 2}
    assert "the geometry has positions" in outcome.reasons[0]
    assert "unknown CRS" in outcome.reasons[2]
    outcome = co.transform(column, texts("nonsense"))
    assert set(outcome.reasons) == {0, 1, 2, 3}


def test_buffer_in_units() -> None:
    point = geometries("POINT (10 50)")
    for radius, unit in ((1.0, KILOMETRE), (1000.0, METRE)):
        found = value(co.buffer, point, np.array([radius]), texts(unit))
        assert found.equals(value(co.metric_buffer, point, np.array([1000.0])))
        assert shapely.get_srid(found) == 0
    planar = value(co.buffer, point, np.array([2.0]), texts(DEGREE))
    assert planar.equals(shapely.buffer(point[0], 2.0, quad_segs=16))
    field = geometries(SQUARE, srid=28992)
    assert value(co.buffer, field, np.array([0.001]), texts(KILOMETRE)).equals_exact(
        shapely.buffer(field[0], 1.0, quad_segs=16), 1e-9
    )
    feet = value(co.metric_buffer, geometries("POINT (0 0)", srid=2263), np.array([1200.0]))
    assert feet.bounds[2] == pytest.approx(3937.0)


def test_buffer_in_a_crs_that_counts_in_grads() -> None:
    found = value(co.metric_buffer, geometries("POINT (1 50)", srid=4807), np.array([1e4]))
    assert shapely.get_srid(found) == 4807
    assert (found.bounds[3] - 50) * 0.9 * 111_100 == pytest.approx(1e4, rel=1e-2)


def test_buffer_says_why_not() -> None:
    point, field = geometries("POINT (10 50)"), geometries(SQUARE, srid=28992)
    assert "not finite" in value(co.metric_buffer, point, np.array([np.inf]))
    assert "9,000 km" in value(co.metric_buffer, point, np.array([1e8]))
    assert "angle" in value(co.buffer, field, np.array([1.0]), texts(DEGREE))
    assert "unknown unit" in value(co.buffer, field, np.array([1.0]), texts("urn:x"))
    outcome = co.metric_buffer(np.repeat(point, 3), np.array([1.0, np.nan, np.inf]))
    assert shapely.is_missing(outcome.values).tolist() == [False, True, True]
    assert set(outcome.reasons) == {2}


def test_the_zoo_is_buffered() -> None:
    for srid, radius in ((0, 1000.0), (0, -1000.0), (28992, 10.0)):
        outcome = co.metric_buffer(zoo(srid), np.array([radius]))
        missing = np.flatnonzero(shapely.is_missing(outcome.values))
        assert set(outcome.reasons) == set(missing.tolist())


@pytest.mark.parametrize(
    ("text", "number", "expected"),
    [
        ("MULTIPOINT ((1 1), (2 2))", 1, "POINT (1 1)"),
        ("MULTIPOINT ((1 1), (2 2))", 2, "POINT (2 2)"),
        ("MULTIPOINT ((1 1), (2 2))", 3, None),
        ("MULTIPOINT ((1 1), (2 2))", 0, None),
        ("MULTIPOINT ((1 1), (2 2))", -1, None),
        ("MULTIPOINT ((1 1), (2 2))", 2**40 + 1, None),
        (POLYGON_AND_POINT, 2, "POINT (9 9)"),
        ("POINT (1 1)", 1, "POINT (1 1)"),
        ("POINT (1 1)", 5, "POINT (1 1)"),
        ("GEOMETRYCOLLECTION EMPTY", 1, None),
    ],
)
def test_geometry_n(text: str, number: int, expected: str | None) -> None:
    found = value(co.geometry_n, geometries(text, srid=28992), np.array([number]))
    if expected is None:
        assert "counted from 1" in found
    else:
        assert found.wkt == expected
        assert shapely.get_srid(found) == 28992


@pytest.mark.parametrize("name", OVERLAYS)
@pytest.mark.parametrize("tag", ["M", "ZM"])
def test_an_overlay_has_no_measures_but_can_be_written(name: str, tag: str) -> None:
    """GEOS puts NaN in some measures of an overlay, which well-known text cannot hold."""
    more = " 7" * len(tag)
    square, shifted = (
        f"POLYGON {tag} (({w} {w}{more}, {w + 4} {w}{more}, {w + 4} {w + 4}{more}, {w} {w}{more}))"
        for w in (0, 2)
    )
    found = value(OVERLAYS[name], geometries(square), geometries(shifted))
    assert not shapely.has_m(found)
    assert shapely.has_z(found) == ("Z" in tag)
    assert np.isfinite(shapely.get_coordinates(found)).all()
    assert "NaN" not in found.wkt
