"""Chosen pairs have the matrices of `relate`, in whatever order and batches they are asked."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.join_geometries import Geometries
from engine.join_pairs import PairVerifier, predicted_cost
from tests.engine import zoo


def side(values: zoo.Objects) -> Geometries:
    return Geometries(np.arange(len(values)), values)


def every_pair(left: Geometries, right: Geometries) -> np.ndarray:
    return np.indices((len(left), len(right))).reshape(2, -1)


@given(st.integers(0, 1_000), st.integers(1, 50))
@settings(max_examples=30)
def test_matrices_are_those_of_relate(seed: int, batch: int) -> None:
    # Some geometries have so many vertices that they are prepared, on either side.
    heavy = shapely.Point(4, 4).buffer(3, quad_segs=200)
    left = side(np.append(zoo.planar(12, seed), heavy))
    right = side(np.append(zoo.planar(12, seed + 1), shapely.affinity.translate(heavy, 1, 1)))
    rows = every_pair(left, right)
    expected = shapely.relate(left.values[rows[0]], right.values[rows[1]]).astype("S9")
    order = np.random.default_rng(seed).permutation(rows.shape[1])
    verifier = PairVerifier(left, right, rows, np.ones(rows.shape))
    assert (verifier.cost.left >= 0).any()
    assert (verifier.cost.right >= 0).any()
    for start in range(0, len(order), batch):
        chosen = order[start : start + batch]
        assert (verifier.matrices(chosen) == expected[chosen]).all()
    verifier.close()
    assert not shapely.is_prepared(np.concatenate([left.values, right.values])).any()


def test_heavy_and_overlapping_pairs_cost_more() -> None:
    small, large = shapely.box(0, 0, 1, 1), shapely.Point(0, 0).buffer(1, quad_segs=2_000)
    left = side(np.array([small, large]))
    rows = np.array([[0, 0, 1, 1], [0, 1, 0, 1]])
    ones = np.ones(rows.shape)
    cost = predicted_cost(left, left, rows, ones).microseconds
    assert cost[0] < cost[1] < cost[3]
    apart = predicted_cost(left, left, rows, ones * 0.01).microseconds
    assert (apart <= cost).all()
    assert apart[0] < cost[0]
