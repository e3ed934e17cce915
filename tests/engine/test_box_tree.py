"""The box tree finds what looking at every box finds."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from engine.box_tree import Boxes, box_tree, nearest, portions, within


def boxes(rng: np.random.Generator, count: int, dimensions: int) -> Boxes:
    low = rng.integers(0, 40, (count, dimensions)).astype(float)
    return Boxes(low, low + rng.integers(0, 4, (count, dimensions)))


def gaps(a: Boxes, b: Boxes) -> NDArray[np.float64]:
    apart = np.maximum(a.low[:, None] - b.high, b.low - a.high[:, None])
    return np.linalg.norm(np.maximum(apart, 0), axis=2)


@given(st.integers(0, 1_000), st.integers(1, 400), st.sampled_from([2, 3]), st.floats(0, 9))
def test_within(seed, count, dimensions, reach):
    rng = np.random.default_rng(seed)
    known, asked = boxes(rng, count, dimensions), boxes(rng, 20, dimensions)
    tree = box_tree(known, np.arange(count))
    found: set[tuple[int, int]] = set()
    for part in within(tree, asked, np.arange(20), reach):
        found |= set(zip(part.query.tolist(), part.row.tolist(), strict=True))
    truth = np.argwhere(gaps(asked, known) <= reach)
    assert found >= {(int(i), int(j)) for i, j in truth}
    assert all(gaps(asked, known)[i, j] <= reach * (1 + 1e-9) for i, j in found)


@given(st.integers(0, 1_000), st.integers(1, 300), st.integers(1, 5), st.integers(1, 3))
def test_nearest_holds_the_k_nearest_items(seed, count, k, pieces):
    rng = np.random.default_rng(seed)
    points = boxes(rng, count, 2)
    known, asked = Boxes(points.low, points.low), boxes(rng, 15, 2)
    asked = Boxes(asked.low, asked.low)
    item, group = np.arange(count) // pieces, np.arange(15) // 2
    tree = box_tree(known, item)
    found = nearest(tree, asked, group, k, np.full(8, np.inf), lambda length: length)
    pairs = set(zip(group[found.query].tolist(), item[found.row].tolist(), strict=True))
    distance = gaps(asked, known)
    for each in range(8):
        least = np.full(item.max() + 1, np.inf)
        np.minimum.at(least, np.tile(item, (group == each).sum()), distance[group == each].ravel())
        kth = np.sort(least)[min(k, len(least)) - 1]
        assert {(each, int(i)) for i in np.flatnonzero(least <= kth)} <= pairs


def test_portions_never_cut_a_group():
    group = np.array([0, 0, 0, 1, 2, 2, 5, 5, 5, 5])
    parts = portions(group, 2)
    assert [part.start for part in parts] == [0, 3, 4, 6]
    assert parts[-1].stop == 10
    assert portions(group[:0], 2) == []
