"""Buffers in metres on the ellipsoid: the distance of their boundary, poles, the antimeridian."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
import shapely

from geosparql.functions.geodesic import areas_m2
from geosparql.functions.geodesic_buffer import GREATEST_RADIUS_M, buffers
from geosparql.functions.geodesic_distance import distance_m
from tests.geosparql.functions.columns import geometries

GEOD = pyproj.Geod(ellps="WGS84")
CHORD = 1 - np.cos(np.pi / 64)  # how far chords of 16 segments a quarter lie inside


def buffered(text: str, radius_m: float) -> shapely.Geometry:
    found: shapely.Geometry = buffers(geometries(text), np.array([radius_m]), GEOD)[0]
    return found


def on_map_edge(places: np.ndarray) -> np.ndarray:
    edges: np.ndarray = (np.abs(places[:, 0]) > 180 - 1e-9) | (np.abs(places[:, 1]) > 90 - 1e-9)
    return edges


CASES = {
    "point": ("POINT (10 50)", 1_000.0),
    "large circle": ("POINT (10 50)", 3e6),
    "line at 60 degrees": ("LINESTRING (0 60, 10 60)", 50_000.0),
    "long oblique line": ("LINESTRING (0 0, 10 10)", 50_000.0),
    "wide polygon with a hole": (
        "POLYGON ((0 40, 20 40, 20 60, 0 60, 0 40), (5 45, 15 45, 15 55, 5 55, 5 45))", 100_000.0,
    ),
    "points far apart": ("MULTIPOINT ((0 0), (1 1), (50 50))", 10_000.0),
    "over the antimeridian": ("POINT (179.9 70)", 50_000.0),
    "polygon beside the antimeridian": (
        "POLYGON ((-179 60, -170 60, -170 70, -179 70, -179 60))", 200_000.0,
    ),
    "around the north pole": ("POINT (20 89.5)", 100_000.0),
    "on the south pole": ("POINT (20 -90)", 100_000.0),
    "line past the pole": ("LINESTRING (-60 82, 0 88, 120 86)", 300_000.0),
    "ring around the pole": ("LINESTRING (0 88, 90 88, 180 88, 270 88, 360 88)", 50_000.0),
    "mixed collection": ("GEOMETRYCOLLECTION (POINT (1 1), LINESTRING (2 2, 3 3))", 5_000.0),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_boundary_is_at_the_radius(case: str) -> None:
    text, radius_m = CASES[case]
    buffer = buffered(text, radius_m)
    assert buffer.is_valid
    assert buffer.geom_type in ("Polygon", "MultiPolygon")
    assert shapely.bounds(buffer)[[0, 2]] == pytest.approx(
        shapely.bounds(buffer)[[0, 2]].clip(-180, 180)
    )
    places = shapely.get_coordinates(buffer)
    places = places[~on_map_edge(places)]
    distances = distance_m(shapely.points(places), geometries(text), GEOD) / radius_m
    assert distances.min() > 1 - 1.5 * CHORD
    assert distances.max() < 1 + 3e-4


@pytest.mark.parametrize("case", CASES)
def test_positions_are_inside_where_they_are_near(case: str) -> None:
    text, radius_m = CASES[case]
    buffer, geometry = buffered(text, radius_m), geometries(text)
    rng = np.random.default_rng(3)
    middle = shapely.get_coordinates(geometry)
    lon, lat = middle[rng.integers(0, len(middle), 400)].T
    lon, lat, _ = GEOD.fwd(lon, lat, rng.uniform(0, 360, 400), rng.uniform(0, 2 * radius_m, 400))
    places = shapely.points(np.column_stack([lon, lat]))
    distances = distance_m(places, geometry, GEOD) / radius_m
    inside = shapely.intersects(buffer, places)
    assert inside[distances < 1 - 2 * CHORD].all()
    assert not inside[distances > 1 + 5e-4].any()


def test_area_of_a_circle() -> None:
    area_m2 = areas_m2(geometries(buffered("POINT (10 50)", 10_000)), GEOD)[0]
    sides = 64
    assert area_m2 == pytest.approx(sides / 2 * np.sin(2 * np.pi / sides) * 1e8, rel=1e-5)


def test_a_hole_around_the_pole() -> None:
    ring = buffered("LINESTRING (0 80, 90 80, 180 80, 270 80, 360 80)", 50_000.0)
    assert not shapely.intersects_xy(ring, 0, 89)
    assert shapely.intersects_xy(ring, [0, 100, -100], 80).all()


def test_negative_radius_takes_a_rim_away() -> None:
    square = "POLYGON ((0 40, 2 40, 2 42, 0 42, 0 40))"
    smaller = buffered(square, -10_000.0)
    rim = geometries(square)[0].boundary
    places = shapely.points(shapely.get_coordinates(smaller))
    distances = distance_m(places, geometries(rim), GEOD)
    assert distances == pytest.approx(np.full(len(places), 10_000.0), rel=2e-3)
    assert shapely.contains_properly(geometries(square)[0], smaller)
    assert buffered(square, -1e6).is_empty
    assert buffered("POINT (1 1)", -10.0).is_empty


def test_radius_zero_and_empties() -> None:
    square = "POLYGON ((0 40, 2 40, 2 42, 0 42, 0 40))"
    assert buffered(square, 0.0).equals(geometries(square)[0])
    assert buffered("POINT (1 1)", 0.0).is_empty
    assert buffered("LINESTRING EMPTY", 10.0).is_empty
    assert len(buffers(geometries(), np.array([]), GEOD)) == 0


def test_the_greatest_radius() -> None:
    buffer = buffered("POINT (0 0)", GREATEST_RADIUS_M)
    assert shapely.intersects_xy(buffer, 80, 0)
    assert not shapely.intersects_xy(buffer, 82, 0)


def test_many_at_once_are_each_as_alone() -> None:
    texts = [text for text, _ in CASES.values()]
    radii = np.array([radius for _, radius in CASES.values()])
    together = buffers(geometries(*texts), radii, GEOD)
    for text, radius, found in zip(texts, radii, together, strict=True):
        assert found.equals_exact(buffered(text, radius), 1e-9)
