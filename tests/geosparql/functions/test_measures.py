"""Measures: pyproj as the truth on the ellipsoid, plain geometry on the plane, units, errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geosparql import crs
from geosparql.functions import measures as me
from tests.geosparql.functions.columns import DEGREE, KILOMETRE, METRE, geometries, listed, texts
from tests.geosparql.shapes import shapes
from tests.geosparql.zoo import zoo

GEOD = pyproj.Geod(ellps="WGS84")
SQUARE = "POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0))"
HOLED = "POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0), (1 1, 1 2, 2 2, 2 1, 1 1))"
PARTS = "MULTIPOLYGON (((0 0, 4 0, 4 4, 0 0)), ((9 9, 9 12, 12 12, 9 9)))"
MIXED = f"GEOMETRYCOLLECTION ({HOLED}, LINESTRING (0 0, 30 0), POINT (9 9))"
NOTHING = ("POINT (1 2)", "MULTIPOINT ((1 1), (2 2))", "POLYGON EMPTY", "GEOMETRYCOLLECTION EMPTY")
ONE_ARGUMENT = (me.metric_length, me.metric_perimeter, me.metric_area)


def value(call: Any, *arguments: Any) -> Any:
    outcome = call(*arguments)
    assert len(outcome) == 1
    return outcome.values[0].as_py() if outcome.values[0].is_valid else outcome.reasons.get(0)


@pytest.mark.parametrize("text", [SQUARE, HOLED, PARTS])
def test_area_and_perimeter_of_polygons_are_those_of_pyproj(text: str) -> None:
    polygon = shapely.orient_polygons(shapely.from_wkt(text))
    area_m2, _ = GEOD.geometry_area_perimeter(polygon)
    length_m = sum(
        GEOD.geometry_length(ring) for ring in shapely.get_rings(shapely.get_parts(polygon))
    )
    column = geometries(text)
    assert value(me.metric_area, column) == pytest.approx(area_m2, rel=1e-12)
    assert value(me.metric_perimeter, column) == pytest.approx(length_m, rel=1e-12)
    assert value(me.metric_length, column) == pytest.approx(length_m, rel=1e-12)


@given(st.lists(st.tuples(st.floats(-179, 179), st.floats(-89, 89)), min_size=2, max_size=8))
def test_length_of_lines_is_that_of_pyproj(places: list[tuple[float, float]]) -> None:
    line = shapely.LineString(places)
    assert value(me.metric_length, geometries(line)) == pytest.approx(
        GEOD.geometry_length(line), rel=1e-9, abs=1e-6
    )


def test_of_a_collection_the_dimensions_do_not_mix() -> None:
    boundary, line = (value(me.length, geometries(t), texts(DEGREE)) for t in (
        HOLED, "LINESTRING (0 0, 30 0)"))  # fmt: skip
    assert (boundary, line) == (20.0, 30.0)
    assert value(me.length, geometries(MIXED), texts(DEGREE)) == 30.0
    assert value(me.perimeter, geometries(MIXED), texts(DEGREE)) == 20.0
    assert value(me.perimeter, geometries("LINESTRING (0 0, 30 0)"), texts(DEGREE)) == 30.0
    assert value(me.area, geometries(MIXED), texts(DEGREE)) == 15.0


@pytest.mark.parametrize("call", ONE_ARGUMENT)
@pytest.mark.parametrize("text", NOTHING)
def test_points_and_empties_measure_nothing(call: Any, text: str) -> None:
    assert value(call, geometries(text)) == 0.0


def test_area_of_a_line_is_zero() -> None:
    assert value(me.metric_area, geometries("LINESTRING (0 0, 1 0, 1 1, 0 0)")) == 0.0


def test_positions_that_are_no_longitude_and_latitude() -> None:
    far = geometries("LINESTRING (0 0, 1e20 0)", "LINESTRING (0 0, 0 91)")
    for call in (me.metric_length, me.metric_perimeter):
        assert "no longitude and latitude" in call(far).reasons[0]
        assert "no longitude and latitude" in call(far).reasons[1]
    outcome = me.metric_distance(far, geometries("POINT (5 5)"))
    assert listed(outcome) == [None, None]
    assert "no longitude and latitude" in outcome.reasons[0]


@pytest.mark.parametrize("call", ONE_ARGUMENT)
def test_the_zoo_is_measured(call: Any) -> None:
    for srid in (0, 28992):
        outcome = call(zoo(srid))
        assert outcome.values.null_count == len(outcome.reasons)
        found = outcome.values.drop_null().to_numpy()
        assert (found >= 0).all()


def test_z_is_not_looked_at() -> None:
    flat, steep = "LINESTRING (0 0, 1 1)", "LINESTRING Z (0 0 0, 1 1 9000)"
    assert value(me.metric_length, geometries(flat)) == value(me.metric_length, geometries(steep))


def test_projected_crs_is_planar_in_its_unit() -> None:
    """EPSG:2263 counts in US survey feet."""
    foot_m = 1200 / 3937
    column = geometries(SQUARE, srid=2263)
    assert value(me.metric_area, column) == pytest.approx(16 * foot_m**2)
    assert value(me.metric_length, column) == pytest.approx(16 * foot_m)
    other = geometries("POINT (7 8)", srid=2263)
    assert value(me.metric_distance, column, other) == pytest.approx(5 * foot_m)
    assert value(me.distance, column, other, texts(KILOMETRE)) == pytest.approx(5 * foot_m / 1000)


def test_a_crs_that_counts_in_grads() -> None:
    """EPSG:4807 (NTF, Paris): 1 grad is 0.9 degree, Clarke 1880."""
    column = geometries("LINESTRING (0 50, 1 50)", srid=4807)
    geod = crs.geod_of(4807)
    assert value(me.metric_length, column) == pytest.approx(geod.inv(0, 45, 0.9, 45)[2])
    assert value(me.length, column, texts(DEGREE)) == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        (METRE, 111319.49079327357),
        (KILOMETRE, 111.31949079327357),
        ("http://qudt.org/vocab/unit/MI", 111319.49079327357 / 1609.344),
        (DEGREE, 1.0),
        ("http://www.opengis.net/def/uom/OGC/1.0/radian", np.pi / 180),
        ("http://www.opengis.net/def/uom/EPSG/0/9001", 111319.49079327357),
    ],
)
def test_units(unit: str, expected: float) -> None:
    a, b = geometries("POINT (0 0)"), geometries("POINT (1 0)")
    assert value(me.distance, a, b, texts(unit)) == pytest.approx(expected, rel=1e-12)
    line = geometries("LINESTRING (0 0, 1 0)")
    assert value(me.length, line, texts(unit)) == pytest.approx(expected, rel=1e-12)
    assert value(me.perimeter, line, texts(unit)) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        (METRE, 12308778361.469454),
        (KILOMETRE, 12308.778361469454),
        ("http://qudt.org/vocab/unit/HA", 1230877.8361469454),
        ("http://qudt.org/vocab/unit/M2", 12308778361.469454),
        (DEGREE, 1.0),
    ],
)
def test_units_of_area(unit: str, expected: float) -> None:
    cell = geometries("POLYGON ((0 0, 1 0, 1 1, 0 1, 0 0))")
    assert value(me.area, cell, texts(unit)) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("unit", "srid", "reason"),
    [
        ("http://www.opengis.net/def/uom/OGC/1.0/meter-ish", 0, "unknown unit"),
        ("http://qudt.org/vocab/unit/HA", 0, "not a unit of length or angle"),
        (DEGREE, 28992, "an angle is no unit of a projected CRS"),
    ],
)
def test_a_unit_that_does_not_fit_is_a_null_with_a_reason(
    unit: str, srid: int, reason: str
) -> None:
    column = geometries(SQUARE, srid=srid)
    assert reason in value(me.length, column, texts(unit))
    assert reason in value(me.distance, column, column, texts(unit))


def test_units_a_row_and_reasons_a_row() -> None:
    columns = np.concatenate(
        [geometries(SQUARE, SQUARE, SQUARE, None), geometries(SQUARE, srid=28992)]
    )
    outcome = me.length(columns, texts(DEGREE, "x:y", None, DEGREE, DEGREE))
    assert listed(outcome) == [16.0, None, None, None, None]
    assert set(outcome.reasons) == {1, 4}


def test_distance_between_crs() -> None:
    amsterdam = geometries("POINT (121687 487484)", srid=28992)
    utrecht = geometries("POINT (5.121 52.091)", srid=4326)
    planar, geodesic = (value(me.metric_distance, *pair) for pair in (
        (amsterdam, utrecht), (utrecht, amsterdam)))  # fmt: skip
    assert planar == pytest.approx(geodesic, rel=2e-4)
    assert geodesic == pytest.approx(34_800, rel=0.02)


def test_distance_of_an_empty_geometry_is_a_null() -> None:
    outcome = me.metric_distance(geometries("POINT EMPTY"), geometries("POINT (1 1)"))
    assert listed(outcome) == [None]
    assert "empty" in outcome.reasons[0]


@given(shapes(), shapes())
def test_distance_is_zero_where_geometries_intersect(
    a: shapely.Geometry, b: shapely.Geometry
) -> None:
    found = value(me.metric_distance, geometries(a), geometries(b))
    if a.is_empty or b.is_empty:
        assert "empty" in found
    else:
        assert (found == 0.0) == shapely.intersects(a, b)
    planar = value(me.distance, geometries(a), geometries(b), texts(DEGREE))
    if not (a.is_empty or b.is_empty):
        assert planar == pytest.approx(shapely.distance(a, b))


def test_a_constant_on_either_side() -> None:
    many, one = geometries("POINT (1 0)", None, "LINESTRING (2 0, 2 1)"), geometries("POINT (0 0)")
    expected = [GEOD.inv(0, 0, lon, 0)[2] for lon in (1, 2)]
    for outcome in (me.metric_distance(many, one), me.metric_distance(one, many)):
        assert listed(outcome)[1] is None
        assert [listed(outcome)[0], listed(outcome)[2]] == pytest.approx(expected, rel=1e-9)


def test_an_unknown_crs_is_a_null() -> None:
    assert "999999" in value(me.metric_length, geometries(SQUARE, srid=999_999))
