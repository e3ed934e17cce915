from __future__ import annotations

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from endpoint.catalogue.footprint import (
    box_geometry,
    box_of,
    cut_at_antimeridian,
    parse_box,
)
from geosparql.errors import InputError


def test_boxes_of_four_and_six_numbers() -> None:
    assert parse_box([1, 2, 3, 4]) == (1, 2, 3, 4)
    assert parse_box([1, 2, -100, 3, 4, 9000]) == (1, 2, 3, 4)
    assert parse_box([170, -10, -170, 10]) == (170, -10, -170, 10)


@pytest.mark.parametrize(
    "values", [[1, 2, 3], [1, 2, 3, 4, 5], [0, 5, 1, 4], [0, 0, 0, 91], [-181, 0, 0, 1]]
)
def test_other_boxes_are_refused(values) -> None:
    with pytest.raises(InputError):
        parse_box(values)


def test_a_box_over_the_antimeridian_is_two_polygons() -> None:
    geometry = box_geometry((170.0, -10.0, -170.0, 10.0))
    assert geometry.intersects(shapely.Point(179, 0))
    assert geometry.intersects(shapely.Point(-179, 0))
    assert not geometry.intersects(shapely.Point(0, 0))
    assert box_of(geometry) == (170.0, -10.0, -170.0, 10.0)


def test_a_footprint_that_jumps_is_cut() -> None:
    ring = [(175, 60), (-175, 60), (-175, 65), (175, 65), (175, 60)]
    cut = cut_at_antimeridian(shapely.Polygon(ring))
    assert cut.is_valid
    assert cut.area == pytest.approx(10 * 5)
    assert box_of(cut) == (175, 60, -175, 65)
    assert not cut.intersects(shapely.Point(0, 62))


def test_a_hole_goes_along() -> None:
    ring = [(170, 0), (-170, 0), (-170, 20), (170, 20), (170, 0)]
    hole = [(-178, 5), (-176, 5), (-176, 8), (-178, 8), (-178, 5)]
    cut = cut_at_antimeridian(shapely.Polygon(ring, [hole]))
    assert cut.area == pytest.approx(20 * 20 - 2 * 3)
    assert not cut.intersects(shapely.Point(-177, 6))


def test_a_ring_around_the_pole_is_closed_over_it() -> None:
    ring = [(lon, 80) for lon in (-150, -90, -30, 30, 90, 150)]
    cut = cut_at_antimeridian(shapely.Polygon([*ring, ring[0]]))
    assert cut.is_valid
    assert box_of(cut) == (-180, 80, 180, 90)
    assert cut.intersects(shapely.Point(0, 89))
    assert not cut.intersects(shapely.Point(0, 70))
    south = cut_at_antimeridian(shapely.Polygon([(x, -y) for x, y in [*ring, ring[0]]]))
    assert box_of(south) == (-180, -90, 180, -80)


def test_what_does_not_cross_stays_as_it_is() -> None:
    box = shapely.box(-170, 10, 170, 20).segmentize(30)
    assert cut_at_antimeridian(box).equals(box)


@given(st.floats(-180, 180), st.floats(-80, 70), st.floats(0.5, 120), st.floats(0.5, 10))
def test_area_and_box_survive_the_cut(west, south, width, height) -> None:
    """A box of any width below 180 degrees keeps its area wherever it is put."""
    corners = [
        (west, south),
        (west + width, south),
        (west + width, south + height),
        (west, south + height),
    ]
    wrapped = [((x + 180) % 360 - 180, y) for x, y in corners]
    cut = cut_at_antimeridian(shapely.Polygon(wrapped))
    assert cut.is_valid
    assert cut.area == pytest.approx(width * height, rel=1e-6, abs=1e-6)
    assert -180 <= cut.bounds[0] <= cut.bounds[2] <= 180
