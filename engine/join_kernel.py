"""The spatial join of geometries in memory: the kernel that both engines run.

One side is indexed, the other probes it in chunks. `prober` hides that the
sides may be in several coordinate reference systems: the right one is always
brought to the left one's.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from typing import assert_never

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from engine.join_distance import nearest_prober, within_prober
from engine.join_geometries import Geometries, Pairs, concatenated, decoded
from engine.join_related import related_prober, sieve_of
from engine.protocol import Control, JoinCondition, Nearest, Related, WithinDistance

Prober = Callable[[Geometries], Pairs]

CHUNK_ROWS = 2_048
_CHUNK_BYTES = 4 << 20
_PAIRS_AT_ONCE = 2_000_000


def pair_schema(condition: JoinCondition) -> pa.Schema:
    """Give the columns of the pairs of a condition."""
    ids = [pa.field("left_id", pa.int64()), pa.field("right_id", pa.int64())]
    if isinstance(condition, Related):
        matrix, relations = pa.field("matrix", pa.string()), pa.field("relations", pa.int64())
        values = [matrix] if condition.with_matrix else [relations] * condition.with_relations
        return pa.schema([*ids, *values])
    return pa.schema([*ids, pa.field("distance", pa.float64())])


def pair_batch(pairs: Pairs, schema: pa.Schema) -> pa.RecordBatch:
    """Give pairs as a record batch of `pair_schema`."""
    columns = [pa.array(pairs.left), pa.array(pairs.right)]
    if len(schema) > len(columns):
        values = pa.nulls(len(pairs)) if pairs.value is None else pa.array(pairs.value)
        columns.append(values.cast(schema.types[-1]))
    return pa.record_batch(columns, schema)


def chunk_rows(condition: JoinCondition, indexed: int) -> int:
    """Give how many geometries may probe at once: relations of disjoint ones pair with all."""
    if isinstance(condition, Related) and sieve_of(condition, tree_is_left=False).apart:
        return max(1, min(CHUNK_ROWS, _PAIRS_AT_ONCE // max(1, indexed)))
    return CHUNK_ROWS


def prober(indexed: Geometries, condition: JoinCondition, *, tree_is_left: bool) -> Prober:
    """Index one side of a join; the function given back finds the pairs of a chunk of the other.

    Parameters
    ----------
    indexed
        The side to index, in any CRS, even several.
    condition
        When two geometries make a pair. For `Nearest` the right side is indexed.
    tree_is_left
        Which side is indexed.

    Returns
    -------
    callable
        Threads may call it at the same time.

    Raises
    ------
    FunctionError
        There is no such relation.
    CRSError
        Metres are asked of a CRS that is unknown.
    """
    if tree_is_left:
        groups = [
            (srid, _prober_in(srid, group, condition, tree_is_left=True))
            for srid, group in indexed.by_srid()
        ]

        def probe_groups(chunk: Geometries) -> Pairs:
            return concatenated([_moved(chunk, srid, probe) for srid, probe in groups])

        return probe_groups
    probers: dict[int, Prober] = {}
    lock = threading.Lock()

    def probe_in(srid: int) -> Prober:
        with lock:
            if srid not in probers:
                moved = indexed.in_crs(srid)
                probers[srid] = _prober_in(srid, moved, condition, tree_is_left=False)
            return probers[srid]

    def probe_per_group(chunk: Geometries) -> Pairs:
        return concatenated([probe_in(srid)(group) for srid, group in chunk.by_srid()])

    return probe_per_group


def _moved(chunk: Geometries, srid: int, probe: Prober) -> Pairs:
    moved = chunk.in_crs(srid)
    found = probe(moved)
    return replace(found, unusable=found.unusable + moved.unusable)


def _prober_in(
    srid: int, indexed: Geometries, condition: JoinCondition, *, tree_is_left: bool
) -> Prober:
    match condition:
        case Related():
            sieve = sieve_of(condition, tree_is_left=tree_is_left)
            return related_prober(indexed, sieve, tree_is_left=tree_is_left)
        case WithinDistance():
            return within_prober(indexed, condition, srid, tree_is_left=tree_is_left)
        case Nearest():
            return nearest_prober(indexed, condition, srid)
        case _:
            assert_never(condition)


def _slices(batch: pa.RecordBatch, rows_at_once: int) -> Iterator[pa.RecordBatch]:
    """Cut a batch so that its geometries give every thread some, and fit its memory prepared."""
    sizes = pc.fill_null(pc.binary_length(batch.column("geometry")), 0).to_numpy()
    chunk = np.arange(len(sizes)) // rows_at_once + np.cumsum(sizes) // _CHUNK_BYTES
    starts = np.flatnonzero(np.diff(chunk, prepend=-1))
    for start, end in pairwise([*starts.tolist(), len(sizes)]):
        yield batch.slice(start, end - start)


def probe_all(
    probe: Prober,
    batches: Iterable[pa.RecordBatch],
    *,
    rows_at_once: int,
    threads: int,
    control: Control,
) -> Iterator[Pairs]:
    """Decode batches and probe with them in threads; the pairs come in the order of the batches.

    Decoding and `relate` hold the interpreter's lock, predicates do not: with one
    thread more than there are processors, some are always at work.
    """
    slices = (part for batch in batches for part in _slices(batch, rows_at_once))
    waiting: deque[Future[Pairs]] = deque()

    def work(batch: pa.RecordBatch) -> Pairs:
        control.check()
        chunk = decoded(batch)
        found = probe(chunk)
        return replace(found, unusable=found.unusable + chunk.unusable)

    with ThreadPoolExecutor(threads + 1, thread_name_prefix="join") as pool:
        try:
            for batch in slices:
                waiting.append(pool.submit(work, batch))
                if len(waiting) > 2 * threads + 2:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
