"""A join by tiles finds the pairs of brute force, each once: the workers' part, without Spark."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.box_tree import Boxes
from engine.join_distance import first_places
from engine.join_geometries import Pairs
from engine.protocol import JoinCondition, Nearest, Related, WithinDistance
from engine.tile_join import (
    TILE_SCHEMA,
    Sample,
    sample_of,
    sampler,
    tile_assigner,
    tile_joiner,
    tile_plans,
)
from engine.tiles import BlockTiles, SpaceTiles, space_tiles, tile_boxes
from tests.engine import zoo

TILES = 8


def partitions(table: pa.Table) -> Iterator[Iterator[pa.RecordBatch]]:
    for start in range(0, len(table), 20):
        yield iter(table.slice(start, 20).to_batches(max_chunksize=7))


def sampled(table: pa.Table) -> Sample:
    batches = [b for part in partitions(table) for b in sampler(5, 1 << 20)(part)]
    return sample_of(pa.Table.from_batches(batches))


def tiled(left: zoo.Objects, right: zoo.Objects, condition: JoinCondition) -> Pairs:
    """Do what Spark does, here."""
    tables = zoo.as_table(left), zoo.as_table(right)
    found = []
    for plan in tile_plans(*(sampled(table) for table in tables), condition, TILES):
        sides = []
        for side, table in zip(("left", "right"), tables, strict=True):
            assign = tile_assigner(plan, side)
            batches = [batch for part in partitions(table) for batch in assign(part)]
            sides.append(pa.Table.from_batches(batches, TILE_SCHEMA))
        for tile in sorted({*sides[0]["tile"].to_pylist(), *sides[1]["tile"].to_pylist()}):
            groups = [side.filter(pa.compute.equal(side["tile"], tile)) for side in sides]
            groups = [group.take(np.arange(len(group))[::-1]) for group in groups]  # any order
            found.append(tile_joiner(plan)((pa.scalar(tile),), *groups))
    table = pa.concat_tables(found) if found else pa.table({})
    table = table.filter(pa.compute.is_valid(table["left_id"]))
    value = table.column(2).to_numpy(zero_copy_only=False) if table.num_columns > 4 else None
    pairs = Pairs(table["left_id"].to_numpy(), table["right_id"].to_numpy(), value)
    return first_places(pairs, condition.k) if isinstance(condition, Nearest) else pairs


def as_dict(pairs: Pairs) -> dict[zoo.Pair, object]:
    keys = list(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True))
    assert len(set(keys)) == len(keys), "a pair was found twice"
    values = [None] * len(keys) if pairs.value is None else pairs.value.tolist()
    return dict(zip(keys, values, strict=True))


@given(st.integers(0, 1_000), st.sampled_from(["sf_intersects", "sf_touches", "eh_covers"]))
@settings(max_examples=15)
def test_relations(seed, relation):
    left, right = zoo.planar(60, seed), zoo.planar(60, seed + 1)
    truth = zoo.related_pairs(left, right, (relation,))
    assert as_dict(tiled(left, right, Related((relation,), with_matrix=True))) == truth
    assert as_dict(tiled(left, right, Related((relation,)))).keys() == truth.keys()


def test_relations_of_what_does_not_meet():
    left, right = zoo.planar(50, 1), zoo.planar(50, 2)
    relations = ("sf_disjoint", "sf_touches")
    truth = zoo.related_pairs(left, right, relations)
    assert as_dict(tiled(left, right, Related(relations, with_matrix=True))) == truth


@given(st.integers(0, 1_000), st.sampled_from([0.0, 1.0, 2**0.5, 4.0]), st.integers(1, 5))
@settings(max_examples=15)
def test_planar_distances(seed, distance, k):
    left, right = zoo.planar(60, seed), zoo.planar(60, seed + 1)
    distances = zoo.planar_distances(left, right)
    within = {pair: d for pair, d in distances.items() if d <= distance}
    assert as_dict(tiled(left, right, WithinDistance(distance, "crs"))) == within
    assert as_dict(tiled(left, right, Nearest(k, "crs"))) == zoo.nearest_pairs(distances, k)


@pytest.mark.parametrize("distance_m", [0.0, 5e4, 1e6, 2.5e7])
def test_geodesic_distances(distance_m):
    left, right = zoo.around_the_globe(40, 5), zoo.around_the_globe(40, 6)
    distances = zoo.geodesic_distances(left, right)
    found = as_dict(tiled(left, right, WithinDistance(distance_m)))
    assert found == {pair: pytest.approx(d) for pair, d in distances.items() if d <= distance_m}


def test_geodesic_nearest():
    left, right = zoo.around_the_globe(40, 7), zoo.around_the_globe(40, 8)
    truth = zoo.nearest_pairs(zoo.geodesic_distances(left, right), 3)
    found = as_dict(tiled(left, right, Nearest(3)))
    for i in {pair[0] for pair in truth}:
        near = sorted(d for pair, d in truth.items() if pair[0] == i)
        assert sorted(d for pair, d in found.items() if pair[0] == i) == pytest.approx(near)


def test_several_crs_on_each_side():
    left = shapely.set_srid(zoo.planar(60, 1), np.where(np.arange(60) % 2, 0, 4326))
    right = shapely.set_srid(zoo.planar(60, 2), np.where(np.arange(60) % 3, 0, 4258))
    truth = zoo.related_pairs(left, right, ("sf_overlaps",))
    assert as_dict(tiled(left, right, Related(("sf_overlaps",)))).keys() == truth.keys()


@given(st.integers(0, 1_000), st.integers(1, 50))
def test_tiles_cover_space_without_overlap(seed, count):
    rng = np.random.default_rng(seed)
    corners = rng.integers(0, 10, (100, 2)).astype(float)
    tiles = space_tiles(Boxes(corners, corners + 1), rng.uniform(1, 9, 100), count)
    points = rng.integers(-5, 15, (200, 2)).astype(float)
    rows, _ = tiles.assign(Boxes(points, points), "left")
    assert sorted(rows) == list(range(200))


def test_tiles_weigh_alike():
    rng = np.random.default_rng(0)
    corners = rng.normal(0, 1, (5_000, 2))
    boxes = Boxes(corners, corners)
    _, tiles = space_tiles(boxes, np.ones(5_000), 37).assign(boxes, "left")
    assert np.ptp(np.bincount(tiles)) <= 0.3 * 5_000 / 37


def test_blocks_pair_every_row_once():
    blocks = BlockTiles(3, 4)
    boxes = Boxes(np.zeros((10, 2)), np.zeros((10, 2)))
    left = set(zip(*(a.tolist() for a in blocks.assign(boxes, "left")), strict=True))
    right = set(zip(*(a.tolist() for a in blocks.assign(boxes, "right")), strict=True))
    met = [(i, j) for i, tile in left for j, other in right if tile == other]
    assert sorted(met) == [(i, j) for i in range(10) for j in range(10)]


@given(st.floats(-360, 360), st.floats(0, 400), st.floats(-90, 90), st.floats(0, 180), st.data())
def test_boxes_around_the_globe_hold_the_whole_rectangle(west, width, south, height, data):
    east, north = west + width, min(90.0, south + height)
    point = shapely.Point(data.draw(st.floats(west, east)), data.draw(st.floats(south, north)))
    shapes = np.array([shapely.box(west, south, east, north), point], dtype=object)
    boxes = tile_boxes(shapes, 0, WithinDistance(1.0), np.zeros(2))
    assert (boxes.low[0] <= boxes.high[1]).all()
    assert (boxes.high[0] >= boxes.low[1]).all()


def test_the_owner_of_a_pair_is_one_tile():
    tiles = SpaceTiles(np.array([[-np.inf], [1.0]]), np.array([[1.0], [np.inf]]))
    left = Boxes(np.array([[0.0], [1.0]]), np.array([[2.0], [3.0]]))
    right = Boxes(np.array([[0.5], [0.0]]), np.array([[3.0], [1.0]]))
    assert tiles.owns(0, left, right).tolist() == [True, False]
    assert tiles.owns(1, left, right).tolist() == [False, True]
