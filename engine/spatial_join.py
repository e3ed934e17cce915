"""The spatial join of two streams of geometries in this process, with bounded memory.

The side with the lighter geometries is indexed, because a predicate prepares
the probing geometry, which pays for the heavier ones; the other side streams
past. What does not fit in memory is indexed block by block, and the other side
is read once a block.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from engine.join_distance import first_places
from engine.join_geometries import Geometries, Pairs, concatenated, decoded
from engine.join_kernel import chunk_rows, pair_batch, pair_schema, probe_all, prober
from engine.protocol import Control, JoinCondition, Limits, Nearest

Rows = Callable[[], pa.RecordBatchReader]

DEFAULT_MEMORY_BYTES = 4 << 30
_SHARE = 4  # of the memory limit for the WKB of one block: its index takes twice as much
_OBJECT_BYTES = 200  # of a small geometry in memory beside its coordinates
_HEAVY_BYTES = 2_048  # geometries of more than about a hundred vertices should probe


class _Plan(NamedTuple):
    """Which side is indexed, its first block, and the rest of it; the other side, opened once."""

    tree_is_left: bool
    block: list[pa.RecordBatch]
    complete: bool
    rest: Iterator[pa.RecordBatch]
    probing: Iterator[pa.RecordBatch]


def join_batches(
    left: Rows, right: Rows, condition: JoinCondition, *, limits: Limits, control: Control
) -> Iterator[pa.RecordBatch]:
    """Join two streams of ``id`` and ``geometry``.

    Parameters
    ----------
    left, right
        Open a stream, maybe more than once.
    condition
        When two geometries make a pair.
    limits, control
        Memory and threads; progress, cancellation and warnings.

    Yields
    ------
    RecordBatch
        Pairs, of `pair_schema(condition)`.
    """
    schema = pair_schema(condition)
    undecided = unusable = 0
    for pairs in _joined(left, right, condition, limits, control):
        undecided += pairs.undecided
        unusable += pairs.unusable
        control.counts.update(pairs.counts)
        if len(pairs):
            yield pair_batch(pairs, schema)
    tell_left_out(control, undecided, unusable)


def tell_left_out(control: Control, undecided: int, unusable: int) -> None:
    """Warn of pairs that GEOS could not decide, and of geometries that no one can use."""
    if undecided:
        control.warn(f"{undecided} pairs could not be decided and are left out")
    if unusable:
        control.warn(f"{unusable} geometries could not be used and are left out")


def _joined(
    left: Rows, right: Rows, condition: JoinCondition, limits: Limits, control: Control
) -> Iterator[Pairs]:
    """Index block after block, and probe each with all of the other side."""
    budget = (limits.memory_bytes or DEFAULT_MEMORY_BYTES) // _SHARE
    plan = _plan(left, right, condition, budget)
    kept: list[Pairs] = []
    block, probing = plan.block, plan.probing
    while block:
        side = _decoded(block)
        yield Pairs(side.ids[:0], side.ids[:0], unusable=side.unusable)
        found = probe_all(
            prober(side, condition, tree_is_left=plan.tree_is_left),
            probing,
            rows_at_once=chunk_rows(condition, len(side)),
            threads=limits.threads or os.cpu_count() or 1,
            control=control,
        )
        if isinstance(condition, Nearest) and not plan.complete:
            kept = [first_places(concatenated([*kept, *found]), condition.k)]
        else:
            yield from found
        block, _ = _taken(plan.rest, budget)
        if block:
            probing = iter((right if plan.tree_is_left else left)())
    yield from kept


def _plan(left: Rows, right: Rows, condition: JoinCondition, budget: int) -> _Plan:
    streams = [iter(left()), iter(right())]
    heads = [next(stream, None) for stream in streams]
    sizes = [_mean_bytes(head) for head in heads]
    streams = [
        itertools.chain([] if head is None else [head], stream)
        for head, stream in zip(heads, streams, strict=True)
    ]
    indexed = 0 if not isinstance(condition, Nearest) and sizes[0] < sizes[1] else 1
    probing = 1 - indexed
    block, complete = _taken(streams[indexed], budget)
    fixed = complete or isinstance(condition, Nearest) or sizes[probing] > _HEAVY_BYTES
    if fixed:
        return _Plan(indexed == 0, block, complete, streams[indexed], streams[probing])
    other, complete = _taken(streams[probing], budget)
    if complete:  # the other side fits into memory: one pass is enough
        rest = itertools.chain(block, streams[indexed])
        return _Plan(probing == 0, other, True, iter(()), rest)
    rest = itertools.chain(other, streams[probing])
    return _Plan(indexed == 0, block, False, streams[indexed], rest)


def _decoded(block: list[pa.RecordBatch]) -> Geometries:
    """Read the geometries of a block, and let go of its batches on the way."""
    parts = []
    while block:
        parts.append(decoded(block.pop(0)))
    return Geometries(
        np.concatenate([part.ids for part in parts]),
        np.concatenate([part.values for part in parts]),
        sum(part.unusable for part in parts),
    )


def _mean_bytes(batch: pa.RecordBatch | None) -> float:
    """Give the mean size of the geometries of a batch."""
    if batch is None:
        return 0.0
    return pc.mean(pc.binary_length(batch.column("geometry"))).as_py() or 0.0


def _taken(stream: Iterator[pa.RecordBatch], budget: int) -> tuple[list[pa.RecordBatch], bool]:
    """Take batches until the budget is reached; tell whether the stream came to its end."""
    taken, used = [], 0
    for batch in stream:
        if batch.num_rows:
            taken.append(batch)
            used += batch.nbytes + _OBJECT_BYTES * batch.num_rows
        if used >= budget:
            return taken, False
    return taken, True
