"""A progressive run keeps to its budget, and without one finds what the full join finds."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.join_geometries import Geometries
from engine.protocol import Related
from geosparql.errors import RuleError
from geosparql.relations import RELATIONS
from interlink.progressive.order import LEARNED, Order, best
from interlink.progressive.run import Budget, Progressed, link_progressively, told
from interlink.progressive.weights import WEIGHTS
from tests.engine import zoo

NEAR = tuple(relation.name for relation in RELATIONS if relation.candidate is not None)
ORDERS = (
    *(Order(name) for name in (*WEIGHTS, *LEARNED)),
    Order("cf", "mbro", "composite"),
    Order("js", "isp", "hybrid"),
    Order("mbro", dynamic=True),
    Order("cost", "mbro", "composite", dynamic=True),
)


def side(values: zoo.Objects) -> Geometries:
    return Geometries(np.arange(len(values)), values)


def run(left, right, order: Order, budget: Budget, relations=("sf_intersects",)) -> Progressed:
    sides = side(left), side(right)
    return link_progressively(sides, Related(relations, with_matrix=True), order, budget)


@pytest.fixture(scope="module")
def maps() -> tuple[zoo.Objects, zoo.Objects]:
    rng = np.random.default_rng(7)
    centers, starts = rng.uniform(0, 60, (2, 2_000, 2))
    disks = shapely.buffer(shapely.points(centers), rng.uniform(0.3, 2, 2_000), quad_segs=4)
    return disks, shapely.linestrings(np.stack([starts, starts + rng.normal(0, 1, (2_000, 2))], 1))


@given(
    st.integers(0, 1_000),
    st.sampled_from(ORDERS),
    st.lists(st.sampled_from(NEAR), min_size=1, max_size=4),
)
@settings(max_examples=60)
def test_without_a_limit_every_pair_is_found(seed: int, order: Order, relations) -> None:
    left, right = zoo.planar(20, seed), zoo.planar(20, seed + 1)
    found = run(left, right, order, Budget(), tuple(relations))
    pairs = found.pairs
    matrices = [] if pairs.value is None else pairs.value.astype(str).tolist()
    rows = zip(pairs.left.tolist(), pairs.right.tolist(), matrices, strict=True)
    got = {(i, j): matrix for i, j, matrix in rows}
    assert len(got) == len(pairs)
    assert got == zoo.related_pairs(left, right, tuple(relations))
    assert found.curve.verifications == found.candidates


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("verifications", [1, 700])
def test_a_budget_of_verifications_is_spent_exactly(maps, order: Order, verifications: int):
    found = run(*maps, order, Budget(verifications))
    assert found.candidates > verifications
    assert found.curve.verifications == verifications
    assert found.curve.links == len(found.pairs)


def test_the_same_budget_finds_the_same_pairs(maps) -> None:
    for name in LEARNED:
        one, two = (run(*maps, Order(name), Budget(500)) for _ in range(2))
        assert one.pairs.left.tolist() == two.pairs.left.tolist()
        assert one.pairs.right.tolist() == two.pairs.right.tolist()


def test_no_seconds_verify_next_to_nothing(maps) -> None:
    found = run(*maps, Order("mbro"), Budget(seconds=0.0))
    assert found.curve.verifications == 0
    assert len(found.pairs) == 0


def test_our_order_finds_more_than_any_published_weight(maps) -> None:
    total = len(run(*maps, Order("isp"), Budget()).pairs)
    budget = Budget(1_500)
    links = {name: run(*maps, Order(name), budget).curve.links for name in WEIGHTS}
    ours = run(*maps, Order("likely"), budget)
    assert ours.curve.links > max(links.values())
    assert ours.expected_links == pytest.approx(total, rel=0.1)


def test_cost_prefers_the_cheaper_of_pairs_alike() -> None:
    # The same squares, half of them drawn with many vertices.
    corners = np.arange(0, 400, 4)
    squares = shapely.box(corners, 0, corners + 3, 3)
    drawn = np.where(corners % 8 == 0, shapely.segmentize(squares, 0.01), squares)
    found = run(drawn, shapely.points(corners + 1.0, 1.0), Order("cost"), Budget(40))
    first = found.pairs.left[8:]  # after the sample
    assert (corners[first] % 8 != 0).all()


def test_dynamic_goes_on_where_a_link_was_found() -> None:
    # All pairs weigh alike. The first meets the hub, and so do the last hundred.
    x = 3.0 * np.arange(3_000)
    on_hub = (x == 0) | (x >= 3.0 * 2_900)
    low = np.where(on_hub, -11, 100)
    left = shapely.linestrings(np.stack([np.c_[x, low], np.c_[x + 1, low + 2]], 1))
    missing = shapely.linestrings(np.stack([np.c_[x + 1, low], np.c_[x + 0.6, low + 0.2]], 1))
    right = np.append(missing[~on_hub], shapely.LineString([(-10, -10), (10_000, -10)]))
    plain = run(left, right, Order("isp"), Budget(2_500))
    dynamic = run(left, right, Order("isp", dynamic=True), Budget(2_500))
    assert plain.candidates == len(left)
    assert plain.curve.links == 1
    assert dynamic.curve.links == 101


def test_several_crs_make_one_run() -> None:
    boxes = shapely.box([10, 10.5, 20], [50, 50.5, 50], [11, 11.5, 21], [51, 51.5, 51])
    mixed = boxes.copy()
    from geosparql.crs import transform

    mixed[1:2] = transform(boxes[1:2], 32632).values
    found = run(mixed, boxes, Order("likely"), Budget())
    pairs = sorted(zip(found.pairs.left.tolist(), found.pairs.right.tolist(), strict=True))
    assert pairs == [(0, 0), (0, 1), (1, 0), (1, 1), (2, 2)]


def test_empty_sets_and_what_is_told() -> None:
    nothing = np.empty(0, dtype=object)
    found = run(nothing, nothing, Order(), Budget(5))
    assert told(found)["candidates"] == 0
    boxes = shapely.box([0, 0.5, 5], [0, 0.5, 5], [1, 1.5, 6], [1, 1.5, 6])
    report = told(run(boxes, boxes, Order(), Budget()))
    assert report["pairs linked"] == 5
    assert report["precision"] == 1.0
    assert report["linked after 5 verifications"] == 5


def test_disjoint_relations_are_refused() -> None:
    boxes = shapely.box([0], [0], [1], [1])
    with pytest.raises(RuleError, match="sf_disjoint"):
        run(boxes, boxes, Order(), Budget(5), ("sf_disjoint", "sf_within"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nearest",), "no such weight"),
        (("cf", "mbr"), "no such weight"),
        (("cf", "mbro", "single"), "does not fit"),
        (("cf", None, "hybrid"), "does not fit"),
        (("cf", "mbro", "sum"), "no such scheme"),
    ],
)
def test_orders_that_cannot_be(arguments: tuple, words: str) -> None:
    with pytest.raises(RuleError, match=words):
        Order(*arguments)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=30), st.data())
def test_best_is_a_sort(weights: list[int], data) -> None:
    first = np.array(weights, dtype=float)
    second = np.array(
        data.draw(st.lists(st.integers(0, 2), min_size=len(first), max_size=len(first)))
    )
    count = data.draw(st.integers(0, len(first)))
    rows = sorted(range(len(first)), key=lambda row: (-first[row], -second[row], row))
    assert best(first, second.astype(float), count).tolist() == rows[:count]
    rows = sorted(range(len(first)), key=lambda row: (-first[row], row))
    assert best(first, None, count).tolist() == rows[:count]
