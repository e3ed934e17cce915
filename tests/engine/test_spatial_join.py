"""The spatial join gives exactly the pairs of brute force, on both engines."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.protocol import Control, Engine, Nearest, Related, WithinDistance
from geosparql.errors import CancelledError, FunctionError
from geosparql.relations import RELATIONS
from tests.engine import zoo

NAMES = tuple(relation.name for relation in RELATIONS)


@pytest.fixture(scope="module")
def left() -> zoo.Objects:
    return zoo.planar(60, seed=1)


@pytest.fixture(scope="module")
def right() -> zoo.Objects:
    return zoo.planar(70, seed=2)


@pytest.mark.parametrize("relation", NAMES)
def test_each_relation_alone(duckdb_engine, left, right, relation):
    truth = zoo.related_pairs(left, right, (relation,))
    pairs = zoo.joined(duckdb_engine, left, right, Related((relation,)))
    assert sorted(pairs) == sorted(truth)
    # The other way round another side is indexed.
    truth = zoo.related_pairs(right, left, (relation,))
    assert sorted(zoo.joined(duckdb_engine, right, left, Related((relation,)))) == sorted(truth)


@given(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4), st.integers(0, 1_000))
@settings(max_examples=40)
def test_any_set_of_relations_with_its_matrices(duckdb_engine, relations, seed):
    left, right = zoo.planar(15, seed), zoo.planar(15, seed + 1)
    truth = zoo.related_pairs(left, right, tuple(relations))
    pairs = zoo.joined(duckdb_engine, left, right, Related(tuple(relations), with_matrix=True))
    assert len(pairs) == len(truth)
    assert {(i, j): matrix for i, j, matrix in pairs} == truth


@pytest.mark.parametrize(
    "relations", [("sf_intersects",), ("sf_disjoint",), NAMES, ("eh_covers", "sf_touches")]
)
def test_relations_on_both_engines(engine: Engine, left, right, relations):
    truth = zoo.related_pairs(left, right, relations)
    pairs = zoo.joined(engine, left, right, Related(relations, with_matrix=True))
    assert len(pairs) == len(truth)
    assert {(i, j): matrix for i, j, matrix in pairs} == truth


@pytest.mark.parametrize("distance", [0.0, 0.5, 1.0, 2**0.5, 3.0])
def test_within_distance_in_crs_units(engine: Engine, left, right, distance):
    distances = zoo.planar_distances(left, right)
    truth = {pair: d for pair, d in distances.items() if d <= distance}
    pairs = zoo.joined(engine, left, right, WithinDistance(distance, "crs"))
    assert len(pairs) == len(truth)
    assert {(i, j): d for i, j, d in pairs} == truth


@pytest.mark.parametrize("k", [1, 2, 7, 100])
@pytest.mark.parametrize("max_distance", [None, 1.0, 0.0])
def test_nearest_in_crs_units(engine: Engine, left, right, k, max_distance):
    limit = np.inf if max_distance is None else max_distance
    truth = zoo.nearest_pairs(zoo.planar_distances(left, right), k, limit)
    pairs = zoo.joined(engine, left, right, Nearest(k, "crs", max_distance))
    assert len(pairs) == len(truth)
    assert {(i, j): d for i, j, d in pairs} == truth


@given(st.integers(0, 10_000), st.integers(1, 4), st.sampled_from([0.0, 1.0, 1.5]))
@settings(max_examples=30)
def test_distances_of_random_sets(duckdb_engine, seed, k, distance):
    left, right = zoo.planar(12, seed), zoo.planar(12, seed + 1)
    distances = zoo.planar_distances(left, right)
    near = zoo.joined(duckdb_engine, left, right, Nearest(k, "crs"))
    assert {(i, j): d for i, j, d in near} == zoo.nearest_pairs(distances, k)
    within = zoo.joined(duckdb_engine, left, right, WithinDistance(distance, "crs"))
    truth = {pair: d for pair, d in distances.items() if d <= distance}
    assert {(i, j): d for i, j, d in within} == truth


@pytest.fixture(scope="module")
def globe() -> tuple[zoo.Objects, zoo.Objects, dict[zoo.Pair, float]]:
    left, right = zoo.around_the_globe(50, seed=5), zoo.around_the_globe(45, seed=6)
    return left, right, zoo.geodesic_distances(left, right)


@pytest.mark.parametrize("distance_m", [0.0, 1e3, 5e4, 5e5, 3e6, 1.5e7, 2.5e7])
def test_within_metres_over_antimeridian_and_poles(engine: Engine, globe, distance_m):
    left, right, distances = globe
    truth = {pair: d for pair, d in distances.items() if d <= distance_m}
    pairs = zoo.joined(engine, left, right, WithinDistance(distance_m))
    assert sorted(pair[:2] for pair in pairs) == sorted(truth)
    for i, j, d in pairs:
        assert d == pytest.approx(truth[i, j], rel=1e-9, abs=1e-6)


@pytest.mark.parametrize("k", [1, 3, 10])
def test_nearest_in_metres_over_antimeridian_and_poles(engine: Engine, globe, k):
    left, right, distances = globe
    truth = zoo.nearest_pairs(distances, k)
    pairs = zoo.joined(engine, left, right, Nearest(k))
    found = {(i, j): d for i, j, d in pairs}
    assert len(found) == len(pairs) == len(truth)
    # Where two are equally far but for rounding, either may be taken.
    for i in {pair[0] for pair in truth}:
        wanted = sorted(d for pair, d in truth.items() if pair[0] == i)
        given = sorted(d for pair, d in found.items() if pair[0] == i)
        assert given == pytest.approx(wanted, rel=1e-9, abs=1e-6)
        for pair in found.items():
            assert pair[1] == pytest.approx(distances[pair[0]], rel=1e-9, abs=1e-6)


def test_metres_of_a_projected_crs(engine: Engine):
    left = shapely.set_srid(shapely.points([[0, 0], [10_000, 0]]), 2225)  # US survey feet
    right = shapely.set_srid(shapely.points([[100, 0], [10_000, 400]]), 2225)
    pairs = zoo.joined(engine, left, right, WithinDistance(100.0))
    assert pairs == [(0, 0, pytest.approx(100 * 1200 / 3937))]
    assert zoo.joined(engine, left, right, WithinDistance(100.0, "crs")) == [(0, 0, 100.0)]


def test_right_side_is_brought_to_the_crs_of_the_left(engine: Engine):
    left = shapely.set_srid(
        np.array([shapely.box(4.8, 52.3, 5.0, 52.4), shapely.box(600_000, 5.8e6, 7e5, 5.9e6)]),
        [0, 32631],
    )
    right = shapely.set_srid(np.array([shapely.Point(121_000, 487_000)]), 28992)  # Amsterdam
    assert sorted(zoo.joined(engine, left, right, Related(("sf_contains",)))) == [(0, 0), (1, 0)]
    assert sorted(zoo.joined(engine, right, left, Related(("sf_within",)))) == [(0, 0), (0, 1)]


def test_null_unreadable_and_endless_geometries_join_with_nothing(engine: Engine):
    endless = shapely.from_wkb(bytes.fromhex("010100000000000000000000000000000000000000"))
    rows = [shapely.to_wkb(endless), None, b"nonsense", shapely.to_wkb(shapely.box(0, 0, 1, 1))]
    line = bytes.fromhex("010200000002000000" + "00" * 16 + "000000000000f07f" + "00" * 8)
    left = pa.table({"id": range(5), "geometry": pa.array([*rows, line], pa.binary())})
    right = np.array([shapely.box(-1, -1, 2, 2)])
    assert sorted(zoo.joined(engine, left, right, Related(("sf_intersects",)))) == [(0, 0), (3, 0)]
    assert len(zoo.joined(engine, left, right, WithinDistance(9.0, "crs"))) == 2


def test_what_was_left_out_is_told(duckdb_engine):
    table = pa.table({"id": [1, 2], "geometry": pa.array([b"nonsense", b"?"], pa.binary())})
    side = duckdb_engine.relation(table).select()
    told: list[str] = []
    control = Control(warning=told.append)
    duckdb_engine.spatial_join(side, side, Related(("sf_intersects",)), control=control)
    assert told == ["4 geometries could not be used and are left out"]


@pytest.mark.parametrize("condition", [Related(("sf_touches",)), WithinDistance(1.0), Nearest(2)])
def test_empty_sides(engine: Engine, condition):
    nothing, something = zoo.planar(0, 1), zoo.planar(5, 1)
    assert zoo.joined(engine, nothing, something, condition) == []
    assert zoo.joined(engine, something, nothing, condition) == []
    assert zoo.joined(engine, nothing, nothing, condition) == []


def test_an_unknown_relation_is_an_error(engine: Engine, left):
    with pytest.raises(FunctionError, match="sf_covers"):
        zoo.joined(engine, left, left, Related(("sf_covers",)))


def test_a_cancelled_join_stops(duckdb_engine, left):
    control = Control()
    control.cancelled.set()
    side = duckdb_engine.relation(zoo.as_table(left)).select()
    with pytest.raises(CancelledError):
        duckdb_engine.spatial_join(side, side, Nearest(1), control=control)
