"""Aggregates: many geometries to one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geosparql.errors import FunctionError
from geosparql.functions import aggregates as ag
from tests.geosparql.functions.columns import geometries
from tests.geosparql.shapes import areas, shapes

CALLS = {
    "bounding_box": ag.bounding_box,
    "bounding_circle": ag.bounding_circle,
    "centroid": ag.centroid,
    "convex_hull": ag.convex_hull,
    "concave_hull": ag.concave_hull,
    "union": ag.union,
}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("group", [(), (None,), ("POINT EMPTY", None)])
def test_no_positions_give_an_empty_geometry(name: str, group: tuple[Any, ...]) -> None:
    found = CALLS[name](geometries(*group))
    assert found.is_empty
    assert shapely.get_srid(found) == 0


@given(st.lists(areas(), min_size=1, max_size=5))
def test_union_and_what_encloses_it(members: list[shapely.Geometry]) -> None:
    column = geometries(*members, None)
    union = ag.union(column)
    assert union.equals(shapely.union_all(members))
    assert ag.bounding_box(column).equals(shapely.envelope(union))
    assert ag.convex_hull(column).equals(shapely.convex_hull(union))
    assert shapely.covers(ag.bounding_circle(column), union)
    assert shapely.covers(ag.convex_hull(column), ag.concave_hull(column))


@given(st.lists(shapes(), max_size=5), st.sampled_from(sorted(CALLS)))
def test_any_types_together(members: list[shapely.Geometry], name: str) -> None:
    found = CALLS[name](geometries(*members))
    assert found.is_empty == all(member.is_empty for member in members) or name == "concave_hull"


def test_the_result_is_in_the_crs_of_the_first() -> None:
    column = np.concatenate(
        [geometries("POINT (155000 463000)", srid=28992), geometries("POINT (6 53)", srid=4326)]
    )
    for call in CALLS.values():
        assert shapely.get_srid(call(column)) == 28992
        assert shapely.get_srid(call(column[::-1])) == 4326
    box = ag.bounding_box(column[::-1])
    assert box.bounds == pytest.approx((5.387, 52.155, 6, 53), abs=1e-3)


def test_one_that_cannot_be_moved_is_an_error() -> None:
    column = np.concatenate([geometries("POINT (0 0)", srid=3857), geometries("POINT (0 95)")])
    with pytest.raises(FunctionError, match="geometry number 2 has positions"):
        ag.union(column)


def test_what_geos_cannot_compute_is_an_error() -> None:
    column = geometries("POLYGON ((0 0, 2 2, 2 0, 0 2, 0 0))", "POLYGON ((1 1, 3 1, 3 3, 1 1))")
    with pytest.raises(FunctionError, match="TopologyException"):
        ag.union(column)


def test_ratio() -> None:
    points = geometries(
        *(shapely.Point(p) for p in np.random.default_rng(1).uniform(0, 9, (99, 2)))
    )
    areas_by_ratio = [ag.concave_hull(points, ratio).area for ratio in (0.0, 0.3, 1.0)]
    assert areas_by_ratio == sorted(areas_by_ratio)
    assert ag.concave_hull(points).area == areas_by_ratio[1]
    with pytest.raises(FunctionError, match="from 0 to 1"):
        ag.concave_hull(points, 2.0)


def test_a_union_has_no_measures() -> None:
    """GEOS puts NaN in some of them, which no serialization can hold."""
    square = "POLYGON ZM ((0 0 7 1, 4 0 7 1, 4 4 7 1, 0 0 7 1))"
    found = ag.union(geometries(square, square.replace("0 0 7 1", "1 0 7 1")))
    assert not shapely.has_m(found)
    assert "NaN" not in found.wkt
