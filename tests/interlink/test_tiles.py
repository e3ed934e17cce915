"""Tiles on disk hold every pair that lies close together, and none twice."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.protocol import Control, JoinCondition, Nearest, Related, WithinDistance
from interlink import tiles
from interlink.tile_files import read_rows
from interlink.tiles import can_cut, cut
from tests.engine import zoo

MEETING = Related(("sf_intersects",))


def pairs_in_tiles(
    left: zoo.Objects, right: zoo.Objects | None, condition: JoinCondition, tile_bytes: int
) -> tuple[Counter[zoo.Pair], int]:
    """Count in how many tiles each pair of rows is; give the number of tiles too."""
    sides = [zoo.as_table(side).rename_columns(["row", "geometry"]).to_batches(max_chunksize=7)
             for side in (left, right) if side is not None]  # fmt: skip
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(tiles, "TILE_BYTES", tile_bytes)
        made = cut(sides[0], sides[1] if right is not None else None, [condition], Path(folder),
                   control=Control())  # fmt: skip
        found: Counter[zoo.Pair] = Counter()
        for tile in made:
            rows = [
                np.concatenate([batch["row"].to_numpy() for batch in read_rows(file)]).tolist()
                for file in (tile.left, tile.right)
            ]
            found.update((i, j) for i in rows[0] for j in rows[1])
    return found, len(made)


@given(st.integers(0, 1_000), st.integers(300, 20_000))
@settings(max_examples=15)
def test_pairs_that_meet(seed: int, tile_bytes: int) -> None:
    left, right = zoo.planar(60, seed), zoo.planar(60, seed + 1)
    found, _ = pairs_in_tiles(left, right, MEETING, tile_bytes)
    assert set(found.values()) <= {1}
    assert found.keys() >= zoo.related_pairs(left, right, ("sf_intersects",)).keys()


@pytest.mark.parametrize("distance_m", [0.0, 5e4, 1e6])
def test_pairs_within_metres_across_the_antimeridian_and_the_poles(distance_m: float) -> None:
    left, right = zoo.around_the_globe(60, 5), zoo.around_the_globe(60, 6)
    near = {
        pair for pair, d in zoo.geodesic_distances(left, right).items() if d <= distance_m
    }  # fmt: skip
    found, count = pairs_in_tiles(left, right, WithinDistance(distance_m), 2_000)
    assert count > 3
    assert set(found.values()) == {1}
    assert found.keys() >= near


def test_tiles_leave_out_most_pairs_of_what_lies_apart() -> None:
    rng = np.random.default_rng(0)
    points = shapely.points(rng.uniform(0, 100, (2_000, 2)))
    found, count = pairs_in_tiles(points, shapely.buffer(points, 0.1), MEETING, 20_000)
    assert count > 20
    assert len(found) < 2_000 * 2_000 / 10


def test_a_continent_has_a_tile_of_its_own() -> None:
    rng = np.random.default_rng(0)
    huts = shapely.points(rng.uniform(0, 100, (2_000, 2)))
    left = np.append(huts, shapely.box(-1, -1, 101, 101))
    found, _ = pairs_in_tiles(left, huts, MEETING, 20_000)
    assert sum(1 for i, _ in found if i == 2_000) == 2_000
    assert len(found) < 2_000 * 2_000 / 10, "the continent does not widen the tile of others"


def test_a_set_with_itself() -> None:
    shapes = zoo.planar(60, 3)
    found, count = pairs_in_tiles(shapes, None, MEETING, 2_000)
    assert count > 3
    assert set(found.values()) == {1}
    assert found.keys() >= zoo.related_pairs(shapes, shapes, ("sf_intersects",)).keys()


def test_other_crs_on_the_right_and_several_on_the_left() -> None:
    left, right = zoo.planar(60, 1), shapely.set_srid(zoo.planar(60, 2), 4326)
    truth = zoo.related_pairs(left, right, ("sf_intersects",)).keys()
    for side in (left, shapely.set_srid(left, np.where(np.arange(60) % 2, 0, 4258))):
        found, _ = pairs_in_tiles(side, right, MEETING, 2_000)
        assert found.keys() >= truth


def test_nothing_on_a_side() -> None:
    shapes = zoo.planar(20, 1)
    empty = np.array([shapely.Point(), None], dtype=object)
    assert pairs_in_tiles(shapes, empty, MEETING, 2_000) == (Counter(), 0)
    assert pairs_in_tiles(empty, shapes, MEETING, 2_000) == (Counter(), 0)


def test_what_can_be_cut() -> None:
    assert can_cut([MEETING, WithinDistance(5.0)])
    assert not can_cut([MEETING, Nearest(3)])
    assert not can_cut([Related(("sf_intersects", "sf_disjoint"))])
