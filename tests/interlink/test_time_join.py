"""Pairs by time are those that brute force finds, each once, on either engine."""

from itertools import product

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.protocol import Engine
from interlink import time_join as module
from interlink.time_join import sorted_times, time_join, time_pairs
from interlink.times import ALLEN, Times, held

ends = st.sampled_from([-np.inf, 0.0, 1.0, 2.0, 3.0, np.inf, np.nan])
sides = st.lists(
    st.tuples(ends, ends).filter(lambda t: not t[0] > t[1]).map(lambda t: (min(t), max(t))),
    max_size=9,
)


def side(rows: list[tuple[float, float]]) -> tuple[np.ndarray, Times]:
    values = np.array(rows, dtype=float).reshape(-1, 2)
    return np.arange(1, len(rows) + 1), Times(values[:, 0], values[:, 1])


def brute_force(left: list, right: list) -> set[tuple[int, int, str]]:
    pairs = list(product(range(len(left)), range(len(right))))
    rows, columns = np.array(pairs, dtype=int).reshape(-1, 2).T
    a, b = side(left)[1].take(rows), side(right)[1].take(columns)
    return {
        (int(rows[k]) + 1, int(columns[k]) + 1, one.name)
        for one in ALLEN
        for k in np.flatnonzero(held(a, b, one.name))
    }


@given(sides, sides, st.sampled_from([1, 3, 1 << 20]))
def test_pairs_are_those_of_brute_force(left: list, right: list, at_once: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_PAIRS_AT_ONCE", at_once)
        every = [one.name for one in ALLEN]
        found = [
            (a, b, name)
            for ids, others, name in time_pairs(
                sorted_times(*side(left)), sorted_times(*side(right)), every
            )
            for a, b in zip(ids.tolist(), others.tolist(), strict=True)
        ]
    assert len(found) == len(set(found))
    assert set(found) == brute_force(left, right)


def test_join_in_an_engine(engine: Engine) -> None:
    rng = np.random.default_rng(3)
    tables, rows = [], []
    for count in (60, 40):
        start = rng.integers(0, 20, count).astype(float)
        end = start + rng.integers(0, 6, count)
        end[::9] = np.inf
        start[5], end[5] = np.nan, np.nan
        rows.append(list(zip(start, end, strict=True)))
        tables.append(
            engine.relation(pa.table({"id": np.arange(1, count + 1), "start": start, "end": end}))
        )
    wanted = ("meets", "during", "overlapped_by", "equals")
    pairs = time_join(engine, tables[0].select(), tables[1].select(), wanted)
    with engine.run(pairs.select()) as reader:
        found = [tuple(row.values()) for row in reader.read_all().to_pylist()]
    assert len(found) == len(set(found))
    assert set(found) == {row for row in brute_force(*rows) if row[2] in wanted}


def test_many_times_take_no_cross_product() -> None:
    # A million times a million pairs could not be looked at: only neighbors are.
    count = 1_000_000
    start = np.arange(count, dtype=float)
    times = sorted_times(np.arange(count), Times(start, start + 1))
    found = sum(len(ids) for ids, _, _ in time_pairs(times, times, ("meets", "equals")))
    assert found == 2 * count - 1
