"""Pairs that meet: every shortcut gives what `relate` of left and right gives, on any shapes."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.join_codes import code_of, codes_of, generalized, texts_of, transposed
from engine.join_geometries import Geometries, Pairs, concatenated
from engine.join_kernel import prober
from engine.join_meeting import PREPARED_FROM_VERTICES
from engine.protocol import SHORTCUTS, Related
from geosparql.relations import RELATION_BY_NAME, RELATIONS, holds
from tests.engine import zoo

NEAR = tuple(relation.name for relation in RELATIONS if relation.candidate is not None)
WITHOUT = [SHORTCUTS, (), *(tuple(set(SHORTCUTS) - {name}) for name in SHORTCUTS)]


def shapes(count: int, seed: int) -> zoo.Objects:
    """Make what is hard to decide: rings that cross themselves, lines along borders, near misses.

    Half stand on a small grid, so that vertices, edges and whole borders coincide.
    """
    rng = np.random.default_rng(seed)
    made = [_SHAPES[kind](rng) for kind in rng.integers(0, len(_SHAPES), count)]
    return np.array([*made, *zoo.planar(count, seed)], dtype=object)


def _grid(rng: np.random.Generator, low: int, high: int) -> np.ndarray:
    places = rng.integers(0, 7, (rng.integers(low, high), 2)).astype(float)
    near = rng.integers(0, 8, len(places)) == 0
    places[near] += rng.choice([1e-15, -1e-15, 1e-9], (near.sum(), 2))
    return places


def _round(rng: np.random.Generator) -> shapely.Geometry:
    quarter = PREPARED_FROM_VERTICES // 4 + 1
    ball = shapely.Point(rng.integers(1, 6, 2)).buffer(rng.uniform(0.5, 3), quad_segs=quarter)
    return ball if rng.integers(2) else ball - ball.centroid.buffer(0.4)


def _border(rng: np.random.Generator) -> shapely.Geometry:
    x, y = rng.integers(0, 5, 2)
    corners = np.array([(x, y), (x + 2, y), (x + 2, y + 2), (x, y + 2)] * 2, dtype=float)
    inside = [(x + 1.0, y + 1.0)] * rng.integers(0, 2)
    return shapely.LineString([*inside, *corners[: rng.integers(2, 8)], *inside[:0]])


_SHAPES = (
    lambda rng: shapely.LineString(_grid(rng, 2, 7)),
    lambda rng: shapely.Polygon(_grid(rng, 3, 8)),
    lambda rng: shapely.MultiLineString([_grid(rng, 2, 4), _grid(rng, 2, 4)]),
    lambda rng: shapely.MultiPolygon([shapely.Polygon(_grid(rng, 3, 5)) for _ in range(2)]),
    lambda rng: shapely.Polygon(_grid(rng, 4, 6), [_grid(rng, 3, 5)]),
    _round,
    _border,
    lambda rng: shapely.Point(_grid(rng, 1, 2)[0]),
)


def found(left: zoo.Objects, right: zoo.Objects, condition: Related, *, tree_is_left: bool,
          at_once: int = 1_000) -> Pairs:  # fmt: skip
    """Join without an engine, probing with so many at once."""
    sides = [Geometries(np.arange(len(side)), side) for side in (left, right)]
    indexed, probing = sides if tree_is_left else sides[::-1]
    probe = prober(indexed, condition, tree_is_left=tree_is_left)
    starts = range(0, len(probing), at_once)
    return concatenated([probe(probing.take(slice(s, s + at_once))) for s in starts])


def truth(left: zoo.Objects, right: zoo.Objects, names: tuple[str, ...]) -> dict[zoo.Pair, int]:
    """Tell by brute force which relations hold, as bits.

    A hole outside of its shell is outside of the polygon's box, and meets nothing there.
    """
    i, j = zoo.all_pairs(left, right)
    near = shapely.intersects(shapely.envelope(left)[i], shapely.envelope(right)[j])
    i, j = i[near], j[near]
    matrices = shapely.relate(left[i], right[j])
    dimensions = shapely.get_dimensions(left)[i], shapely.get_dimensions(right)[j]
    held = [holds(matrices, *dimensions, name) for name in names]
    bits = sum(h.astype(np.int64) << place for place, h in enumerate(held))
    rows = zip(i.tolist(), j.tolist(), bits.tolist(), strict=True)
    return {(a, b): number for a, b, number in rows if number}


def as_dict(pairs: Pairs) -> dict[zoo.Pair, int]:
    assert pairs.value is not None
    rows = zip(pairs.left.tolist(), pairs.right.tolist(), pairs.value.tolist(), strict=True)
    result = {(a, b): value for a, b, value in rows}
    assert len(result) == len(pairs)
    return result


@pytest.mark.parametrize("tree_is_left", [False, True])
@given(seed=st.integers(0, 10**6), shortcuts=st.sampled_from(WITHOUT))
@settings(max_examples=25, deadline=None)
def test_relations_are_those_of_the_matrices(tree_is_left, seed, shortcuts):
    left, right = shapes(25, seed), shapes(25, seed + 1)
    condition = Related(NEAR, with_relations=True, shortcuts=shortcuts)
    pairs = as_dict(found(left, right, condition, tree_is_left=tree_is_left))
    assert pairs == truth(left, right, NEAR)


@pytest.mark.full
@given(seed=st.integers(0, 10**9), tree_is_left=st.booleans())
@settings(max_examples=2_000, deadline=None)
def test_relations_are_those_of_the_matrices_of_many(seed, tree_is_left):
    left, right = shapes(40, seed), shapes(40, seed + 1)
    condition = Related(NEAR, with_relations=True)
    pairs = as_dict(found(left, right, condition, tree_is_left=tree_is_left))
    assert pairs == truth(left, right, NEAR)


@given(seed=st.integers(0, 10**6), shortcuts=st.sampled_from(WITHOUT), tree_is_left=st.booleans())
@settings(max_examples=25, deadline=None)
def test_matrices_and_intersection_alone(seed, shortcuts, tree_is_left):
    left, right = shapes(20, seed), shapes(20, seed + 1)
    condition = Related(("sf_intersects",), with_matrix=True, shortcuts=shortcuts)
    pairs = as_dict(found(left, right, condition, tree_is_left=tree_is_left))
    assert pairs.keys() == truth(left, right, ("sf_intersects",)).keys()
    for (i, j), matrix in pairs.items():
        assert matrix.decode() == shapely.relate(left[i], right[j])
    alone = Related(("sf_intersects",), shortcuts=shortcuts)
    pairs = found(left, right, alone, tree_is_left=tree_is_left)
    assert sorted(zip(pairs.left, pairs.right, strict=True)) == sorted(
        truth(left, right, ("sf_intersects",))
    )


@pytest.mark.parametrize("at_once", [1, 7, 1_000])
def test_the_size_of_a_chunk_does_not_matter(at_once):
    left, right = shapes(150, seed=3), shapes(150, seed=4)
    condition = Related(NEAR, with_relations=True)
    for tree_is_left in (False, True):
        pairs = found(left, right, condition, tree_is_left=tree_is_left, at_once=at_once)
        assert as_dict(pairs) == truth(left, right, NEAR)


def test_converses_and_implications():
    left, right = shapes(200, seed=8), shapes(200, seed=9)
    sound = [side[shapely.is_valid(side)] for side in (left, right)]
    condition = Related(NEAR, with_relations=True)
    there = as_dict(found(*sound, condition, tree_is_left=False))
    back = as_dict(found(*sound[::-1], condition, tree_is_left=False))
    place = {name: number for number, name in enumerate(NEAR)}
    for (i, j), bits in there.items():
        names = {name for name in NEAR if bits >> place[name] & 1}
        turned = back.get((j, i), 0)
        for name in names:
            inverse = RELATION_BY_NAME[name].inverse
            assert inverse is None or turned >> place[inverse] & 1, (sound[0][i], sound[1][j], name)
        assert "sf_intersects" in names
        assert ("sf_equals" in names) == (
            shapely.equals(sound[0][i], sound[1][j]) and not shapely.is_empty(sound[0][i])
        )


def test_shortcuts_count_what_they_spare():
    areas = np.array([shapely.box(0, 0, 4, 4), shapely.Polygon([(9, 0), (9, 9), (0, 9)])])
    lines = np.array([shapely.LineString([(1, 1), (2, 2)]), shapely.LineString([(1, 1), (8, 7)])])
    condition = Related(NEAR, with_relations=True)
    pairs = found(areas, lines, condition, tree_is_left=False)
    assert len(pairs) == 3
    assert pairs.counts == {
        "candidates": 4, "spared by extents": 1, "spared by locations": 3,
        "spared by patterns": 0, "related": 0,
    }  # fmt: skip


def test_codes_are_matrices():
    texts = np.array(["212101212", "FF2F1T1F2", "", "0FFFFFFF2"], dtype="S9")
    codes = codes_of(texts)
    assert (texts_of(codes) == texts).all()
    assert (texts_of(transposed(codes_of(np.array(["102FF1FF2"])))) == b"1FF0FF212").all()
    assert generalized(codes)[0] == code_of("2TTTTTTTT")
    assert generalized(codes)[2] == 0
