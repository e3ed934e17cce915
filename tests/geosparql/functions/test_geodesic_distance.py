"""Geodesic distance against brute force over dense positions, and its laws."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geosparql.functions import geodesic_distance
from geosparql.functions.geodesic_distance import distance_m
from tests.geosparql.functions.columns import geometries

GEOD = pyproj.Geod(ellps="WGS84")


def one(a: str | shapely.Geometry, b: str | shapely.Geometry) -> float:
    return float(distance_m(geometries(a), geometries(b), GEOD)[0])


def brute_force(a: shapely.Geometry, b: shapely.Geometry, steps: int = 300) -> float:
    """Give the least distance between many positions of the two; a little too long."""
    dense = [
        shapely.get_coordinates(shapely.segmentize(g, max(g.length, 1e-9) / steps)) for g in (a, b)
    ]
    i, j = (index.ravel() for index in np.indices((len(dense[0]), len(dense[1]))))
    return float(GEOD.inv(*dense[0][i].T, *dense[1][j].T)[2].min())


def along(
    point: tuple[float, float], start: tuple[float, float], end: tuple[float, float]
) -> float:
    """Give the distance of a point and an edge by narrowing down where on the edge it is least."""
    low, high = 0.0, 1.0
    for _ in range(30):
        share = np.linspace(low, high, 101)[:, None]
        places = np.array(start) + (np.array(end) - start) * share
        distances = GEOD.inv(*np.tile(point, (101, 1)).T, *places.T)[2]
        at = int(distances.argmin())
        step = (high - low) / 100
        low, high = max(0.0, share[at, 0] - step), min(1.0, share[at, 0] + step)
    return float(distances.min())


@st.composite
def shapes_near(draw: st.DrawFn, size: float) -> tuple[shapely.Geometry, shapely.Geometry]:
    """Give two shapes of some degrees, near each other."""
    lon, lat = draw(st.floats(-170, 170)), draw(st.floats(-75, 75))
    offset = st.floats(-size, size)
    found = []
    for _ in range(2):
        away = [lon + 2 * draw(offset), lat + 2 * draw(offset)]
        place = st.tuples(offset, offset).map(lambda d, away=away: (away[0] + d[0], away[1] + d[1]))
        places = draw(st.lists(place, min_size=3, max_size=9, unique=True))
        kind = draw(st.sampled_from(("points", "line", "polygon")))
        match kind:
            case "points":
                found.append(shapely.MultiPoint(places))
            case "line":
                found.append(shapely.LineString(places))
            case "polygon":
                found.append(shapely.MultiPoint(places).convex_hull)
    return found[0], found[1]


@settings(max_examples=60)
@given(st.sampled_from((0.001, 0.1, 3.0)).flatmap(shapes_near))
def test_brute_force_is_a_little_longer(pair: tuple[shapely.Geometry, shapely.Geometry]) -> None:
    a, b = pair
    found, expected = one(a, b), brute_force(a, b)
    if shapely.intersects(a, b):
        assert found == 0.0
    else:
        step_m = 111_700 * (a.length + b.length) / 300
        assert expected - step_m <= found <= expected * (1 + 1e-9) + 1e-6


@settings(max_examples=60)
@given(st.floats(-170, 170), st.floats(-70, 70), st.floats(0.0001, 60), st.floats(0, 360))
def test_point_and_edge(lon: float, lat: float, away_deg: float, direction: float) -> None:
    cos, sin = np.cos(np.radians(direction)), np.sin(np.radians(direction))
    middle = np.array([lon + away_deg * cos, np.clip(lat + away_deg * sin, -80, 80)])
    step = np.array([-sin, cos]) * away_deg / 3
    start, end = (np.clip(middle + k * step, [-1000, -89], [1000, 89]) for k in (-1, 1))
    found = one(shapely.Point(lon, lat), shapely.LineString([start, end]))
    expected = along((lon, lat), tuple(start), tuple(end))
    assert found == pytest.approx(expected, rel=2e-6 if away_deg > 18 else 1e-9, abs=1e-6)


@settings(max_examples=60)
@given(shapes_near(1.0), st.floats(-180, 180))
def test_laws(pair: tuple[shapely.Geometry, shapely.Geometry], turn: float) -> None:
    a, b = pair
    found = one(a, b)
    assert found == pytest.approx(one(b, a), rel=1e-9, abs=1e-6)
    turned = [shapely.transform(g, lambda xy: xy + np.array([turn, 0])) for g in pair]
    assert one(*turned) == pytest.approx(found, rel=1e-9, abs=1e-6)
    mirrored = [shapely.transform(g, lambda xy: xy * [1, -1]) for g in pair]
    assert one(*mirrored) == pytest.approx(found, rel=1e-9, abs=1e-6)
    more = shapely.GeometryCollection([b, shapely.Point(a.bounds[0] - 40, 0)])
    assert one(a, more) <= found * (1 + 1e-12)


def test_points_are_exact() -> None:
    assert one("POINT (5 52)", "POINT (-0.1 51.5)") == GEOD.inv(5, 52, -0.1, 51.5)[2]


@pytest.mark.parametrize(
    ("a", "b", "expected_m"),
    [
        ("POINT (180 10)", "POINT (-180 10)", 0.0),
        ("POINT (179.5 0)", "LINESTRING (-179.5 -1, -179.5 1)", GEOD.inv(179.5, 0, -179.5, 0)[2]),
        ("LINESTRING (0 89, 90 89)", "POINT (180 90)", GEOD.inv(0, 89, 0, 90)[2]),
        ("POINT (0 90)", "POINT (77 90)", 0.0),
        ("POINT (0 0)", "POINT (180 0)", GEOD.inv(0, 0, 180, 0)[2]),
        ("POLYGON ((0 0, 10 0, 10 10, 0 10, 0 0), (4 4, 6 4, 6 6, 4 6, 4 4))", "POINT (5 5)",
         along((5, 5), (4, 4), (6, 4))),
        ("POLYGON ((0 0, 10 0, 10 10, 0 10, 0 0))", "POINT (5 5)", 0.0),
        ("LINESTRING (-90 60, 90 60)", "POINT (0 60)", 0.0),
        ("GEOMETRYCOLLECTION (POINT (50 50), LINESTRING (1 0, 2 0))", "POINT (0 0)",
         GEOD.inv(0, 0, 1, 0)[2]),
    ],
)  # fmt: skip
def test_special_places(a: str, b: str, expected_m: float) -> None:
    assert one(a, b) == pytest.approx(expected_m, rel=1e-9, abs=1e-6)


def test_an_edge_is_straight_in_longitude_and_latitude() -> None:
    """A geodesic between these ends would pass 1,000 km nearer to the pole."""
    found = one("LINESTRING (-60 60, 60 60)", "POINT (0 75)")
    assert found == pytest.approx(GEOD.inv(0, 60, 0, 75)[2], rel=1e-9)


def test_empty_is_nan() -> None:
    many, line = geometries("POINT EMPTY", "POINT (1 1)"), geometries("LINESTRING (0 0, 1 0)")
    for found in (distance_m(many, line, GEOD), distance_m(line, many, GEOD)):
        assert np.isnan(found).tolist() == [True, False]
        assert found[1] == pytest.approx(GEOD.inv(1, 0, 1, 1)[2])


def test_other_ellipsoids() -> None:
    sphere = pyproj.Geod(a=1000.0, b=1000.0)
    found = distance_m(geometries("POINT (0 1)"), geometries("LINESTRING (-9 0, 9 0)"), sphere)
    assert found[0] == pytest.approx(1000 * np.pi / 180)


def test_large_geometries_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(7)
    places = shapely.points(np.column_stack([rng.uniform(-5, 15, 300), rng.uniform(35, 60, 300)]))
    disc = geometries(shapely.Point(5, 45).buffer(2, quad_segs=300))
    expected = distance_m(places, disc, GEOD)
    monkeypatch.setattr(geodesic_distance, "_ROWS_AT_ONCE", 37)
    monkeypatch.setattr(geodesic_distance, "_PAIRS_AT_ONCE", 101)
    assert distance_m(places, disc, GEOD) == pytest.approx(expected, rel=1e-12)
    vertices = shapely.get_coordinates(disc)
    nearest_vertex = [
        GEOD.inv(*np.broadcast_to([p.x, p.y], vertices.shape).T, *vertices.T)[2].min()
        for p in places
    ]
    outside = ~shapely.intersects(disc, places)
    assert (expected[outside] <= np.array(nearest_vertex)[outside] + 1e-6).all()
    assert (expected[outside] > np.array(nearest_vertex)[outside] - 500).all()
