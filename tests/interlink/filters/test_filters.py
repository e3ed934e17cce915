"""Every filter gives exactly the pairs whose boxes meet."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.join_geometries import Objects
from geosparql.errors import RuleError
from interlink.filters.grid import grid_candidates
from interlink.filters.growing import GrowingTarget
from interlink.filters.table import FILTERS, filter_of
from tests.engine import zoo


def brute_force(left: Objects, right: Objects) -> set[tuple[int, int]]:
    a, b = shapely.bounds(left)[:, None], shapely.bounds(right)[None]
    meet = (a[..., :2] <= b[..., 2:]).all(-1) & (b[..., :2] <= a[..., 2:]).all(-1)
    return set(zip(*(rows.tolist() for rows in np.nonzero(meet)), strict=True))


def pairs(name: str, left: Objects, right: Objects) -> list[tuple[int, int]]:
    rows = filter_of(name)(left, right)
    return sorted(zip(rows[0].tolist(), rows[1].tolist(), strict=True))


@given(st.integers(0, 10_000), st.sampled_from(sorted(FILTERS)), st.sampled_from([1e-9, 1.0, 1e7]))
@settings(max_examples=60)
def test_candidates_are_those_of_brute_force(seed: int, name: str, scale: float) -> None:
    sides = [zoo.planar(30, seed), zoo.planar(25, seed + 1)]
    left, right = (shapely.transform(side, lambda c: (c - 3.3) * scale) for side in sides)
    assert pairs(name, left, right) == sorted(brute_force(left, right))


@pytest.mark.parametrize("name", FILTERS)
def test_a_continent_beside_huts(name: str) -> None:
    rng = np.random.default_rng(3)
    huts = shapely.buffer(shapely.points(rng.uniform(0, 1_000, (400, 2))), 0.4, quad_segs=1)
    land = np.array([shapely.box(-5, -5, 1_005, 1_005), shapely.box(2_000, 0, 2_001, 1)])
    mixed = np.concatenate([land, huts])
    for left, right in ((mixed, huts), (huts, mixed), (mixed, mixed)):
        assert pairs(name, left, right) == sorted(brute_force(left, right))


@pytest.mark.parametrize("name", FILTERS)
def test_sets_of_nothing(name: str) -> None:
    none, empty = np.empty(0, dtype=object), np.array([shapely.Point(), shapely.Polygon()])
    box = shapely.box([0], [0], [1], [1])
    for left, right in ((none, none), (none, box), (box, none), (empty, box), (box, empty)):
        assert filter_of(name)(left, right).shape == (2, 0)


def test_many_boxes_in_portions() -> None:
    points = np.random.default_rng(1).uniform(0, 300, (120_000, 2))
    right = shapely.points(points)
    left = shapely.box([10, 50.5], [10, 60.5], [12, 51], [12, 61])
    assert pairs("grid", left, right) == pairs("packed", left, right)
    assert grid_candidates(right, left).shape == grid_candidates(left, right).shape


@given(st.integers(0, 10_000))
@settings(max_examples=20)
def test_a_target_that_changes(seed: int) -> None:
    first, more, asking = (zoo.planar(15, seed + i) for i in range(3))
    with GrowingTarget(np.arange(15), shapely.bounds(first)) as target:
        target.add(np.arange(15, 30), shapely.bounds(more))
        gone = np.arange(0, 15, 2)
        target.remove(gone, shapely.bounds(first[gone]))
        found = target.meeting(shapely.bounds(asking))
    left = np.concatenate([first, more])
    left[gone] = shapely.Point()
    found = set(zip(found[1].tolist(), found[0].tolist(), strict=True))
    assert found == brute_force(left, asking)


def test_unknown_filter() -> None:
    with pytest.raises(RuleError, match="packed, rtree, grid"):
        filter_of("quadtree")
