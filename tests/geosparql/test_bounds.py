"""Boxes in CRS84 enclose every position of a geometry, whatever its CRS."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st

from geosparql.crs import bounds_crs84, pyproj_crs, transform
from tests.geosparql.zoo import zoo

PROJECTED = {
    3413: (-4e6, -4e6, 4e6, 4e6),  # north polar stereographic
    3031: (-4e6, -4e6, 4e6, 4e6),  # south polar stereographic
    6931: (-8e6, -8e6, 8e6, 8e6),  # north polar equal-area
    3857: (-2.0e7, -1.9e7, 2.0e7, 1.9e7),  # web Mercator
    25832: (-5e5, 0, 1.5e6, 9.3e6),  # UTM 32
    28992: (-1e5, 2e5, 4e5, 7e5),  # RD New
    3035: (2e6, 1e6, 7e6, 6e6),  # Europe LAEA
    2154: (0, 6e6, 1.3e6, 7.2e6),  # Lambert 93, conic
    1_000_054_009: (-9e6, -8e6, 9e6, 8e6),  # Mollweide
    4258: (-180, -90, 180, 90),  # ETRS89
}


@st.composite
def projected_geometries(draw: st.DrawFn) -> shapely.Geometry:
    """Lines and simple polygons of all sizes in a projected CRS."""
    srid = draw(st.sampled_from(tuple(PROJECTED)))
    min_x, min_y, max_x, max_y = PROJECTED[srid]
    center = draw(st.tuples(st.floats(min_x, max_x), st.floats(min_y, max_y)))
    reach = (max_x - min_x) * draw(st.sampled_from((0.5, 0.1, 1e-3, 1e-5)))
    offsets = st.tuples(st.floats(-reach, reach), st.floats(-reach, reach))
    corners = draw(st.lists(offsets, min_size=2, max_size=5))
    shape = shapely.LineString(np.add(corners, center))
    if draw(st.booleans()):
        shape = shapely.convex_hull(shape)
    inside = shapely.box(min_x, min_y, max_x, max_y)
    return shapely.set_srid(shapely.intersection(shape, inside), srid)


def positions(geometry: shapely.Geometry, steps: int) -> Any:
    """Many positions of a geometry: along its edges and, of a surface, inside."""
    size = max(np.ptp(np.reshape(geometry.bounds, (2, 2)), axis=0).max(), 1e-9)
    found = [shapely.get_coordinates(shapely.segmentize(geometry, size / steps))]
    if geometry.area:
        min_x, min_y, max_x, max_y = geometry.bounds
        x, y = np.meshgrid(np.linspace(min_x, max_x, 25), np.linspace(min_y, max_y, 25))
        inside = shapely.intersects_xy(geometry, x.ravel(), y.ravel())
        found.append(np.column_stack((x.ravel(), y.ravel()))[inside])
    return np.concatenate(found)


def assert_encloses(box: Any, lonlat: Any, slack_deg: float = 1e-8) -> None:
    min_x, min_y, max_x, max_y = box
    longitude, latitude = lonlat[np.isfinite(lonlat).all(axis=1)].T
    assert (latitude >= min_y - slack_deg).all()
    assert (latitude <= max_y + slack_deg).all()
    at_pole = np.abs(latitude) > 90 - 1e-9
    turned = (longitude[~at_pole] + 180) % 360 - 180
    on_seam = np.isclose(np.abs(turned), 180, atol=1e-7) & ((min_x < -179.9) | (max_x > 179.9))
    assert ((turned >= min_x - slack_deg) | on_seam).all()
    assert ((turned <= max_x + slack_deg) | on_seam).all()


@given(projected_geometries())
def test_boxes_enclose(geometry: shapely.Geometry) -> None:
    assume(not geometry.is_empty)
    srid = int(shapely.get_srid(geometry))
    (box,) = bounds_crs84([geometry])
    xy = positions(geometry, steps=500)
    to_lonlat = pyproj.Transformer.from_crs(pyproj_crs(srid), "OGC:CRS84", always_xy=True)
    assert_encloses(box, np.column_stack(to_lonlat.transform(xy[:, 0], xy[:, 1])))


@given(projected_geometries())
def test_boxes_of_small_geometries_are_tight(geometry: shapely.Geometry) -> None:
    """Away from the poles and the antimeridian a box is hardly larger than that of the vertices."""
    assume(not geometry.is_empty)
    placed = transform([geometry], 0).values[0]
    assume(placed is not None)
    tight = np.array(shapely.bounds(placed))
    assume(np.abs(tight[[1, 3]]).max() < 80)
    assume(max(np.ptp(tight[[0, 2]]), np.ptp(tight[[1, 3]])) < 1)
    assume(np.abs(tight[[0, 2]]).max() < 179)
    np.testing.assert_allclose(bounds_crs84([geometry])[0], tight, atol=0.02)


def test_null_and_empty_have_no_box() -> None:
    empties = [None, shapely.Point(), shapely.set_srid(shapely.Polygon(), 3413)]
    assert np.isnan(bounds_crs84(empties)).all()
    assert bounds_crs84(empties).shape == (3, 4)
    assert bounds_crs84([]).shape == (0, 4)


@pytest.mark.parametrize("srid", [0, 4326])
def test_longitude_and_latitude_are_taken_as_they_are(srid: int) -> None:
    animals = zoo(srid)
    boxes = bounds_crs84(animals)
    inside = (np.nan_to_num(boxes[:, 0]) > -180) & (np.nan_to_num(boxes[:, 2]) < 180)
    np.testing.assert_array_equal(boxes[inside], shapely.bounds(animals)[inside])


def square(half: float, srid: int, x: float = 0, y: float = 0) -> shapely.Geometry:
    return shapely.set_srid(shapely.box(x - half, y - half, x + half, y + half), srid)


def test_a_pole_inside() -> None:
    north, south = bounds_crs84([square(1e6, 3413), square(1e6, 3031)])
    assert north[[0, 2, 3]].tolist() == [-180, 180, 90]
    assert 75 < north[1] < 80
    assert south[[0, 1, 2]].tolist() == [-180, -90, 180]
    assert -80 < south[3] < -75


def test_a_pole_on_the_way_of_a_line() -> None:
    line = shapely.set_srid(shapely.LineString([(-2e6, -1), (2e6, 1)]), 3413)
    (box,) = bounds_crs84([line])
    assert box[3] == pytest.approx(90, abs=0.01)
    assert box[1] == pytest.approx(71.7, abs=0.1)


def test_a_pole_outside_but_near() -> None:
    (box,) = bounds_crs84([square(1e5, 3413, x=4e5, y=4e5)])
    assert 0 < box[2] - box[0] < 40
    assert box[3] < 86.2


def test_an_antimeridian_crossing_in_a_projection() -> None:
    # The antimeridian runs from the pole towards (-x, +y) in EPSG:3413 (central meridian 45 W).
    (box,) = bounds_crs84([square(1e5, 3413, x=-1e6, y=1e6)])
    assert box[[0, 2]].tolist() == [-180, 180]
    assert 70 < box[1] < box[3] < 80


@pytest.mark.parametrize("x", [(170, 190), (185, 190), (-200, -190)])
def test_longitudes_beyond_the_antimeridian(x: tuple[float, float]) -> None:
    (box,) = bounds_crs84([shapely.box(x[0], 1, x[1], 2)])
    assert box.tolist() == [-180, 1, 180, 2]


def test_edges_that_bulge() -> None:
    """The straight edge between two places at 60 N in polar stereographic runs north of 60 N."""
    ends = transform([shapely.LineString([(-45, 60), (45, 60)])], 3413).values
    (box,) = bounds_crs84(ends)
    assert box[0] == pytest.approx(-45, abs=0.01)
    assert box[2] == pytest.approx(45, abs=0.01)
    middle = pyproj.Transformer.from_crs(3413, "OGC:CRS84", always_xy=True).transform(
        *shapely.get_coordinates(ends[0]).mean(axis=0)
    )
    assert middle[1] > 68
    assert box[3] >= middle[1]
    assert box[3] == pytest.approx(middle[1], abs=0.01)


def test_what_proj_cannot_place_is_the_whole_world() -> None:
    world = [-180, -90, 180, 90]
    far = shapely.set_srid(shapely.Point(1e9, 1e9), 32633)
    mars = shapely.set_srid(shapely.Point(1, 2), 1_100_049_900)
    unknown = shapely.set_srid(shapely.Point(1, 2), 9_999_999)
    assert bounds_crs84([far, mars, unknown]).tolist() == [world] * 3


def test_collections_and_holes() -> None:
    parts = [square(10, 25832, 500000, 5e6), shapely.Point(600000, 5.1e6), shapely.Polygon()]
    nested = shapely.GeometryCollection([shapely.GeometryCollection(parts[:2]), parts[2]])
    together = bounds_crs84([shapely.set_srid(nested, 25832)])[0]
    alone = bounds_crs84([parts[0], shapely.set_srid(parts[1], 25832)])
    np.testing.assert_allclose(together[:2], alone[:, :2].min(axis=0))
    np.testing.assert_allclose(together[2:], alone[:, 2:].max(axis=0))
