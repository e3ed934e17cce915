"""Pairs of times by Allen's relations: sorted ends and binary search, never every pair with every.

Each relation bounds one end of the other time by an interval of its own ends. Those
who fit stand next to each other in a list that is sorted by that end, so a pair of binary
searches finds them; what the bound lets through beyond the relation is tested away.
*During* and *overlapped by* bound the own start by the other time, and are found from
the other side, as the inverse.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from sqlglot import exp

from engine.protocol import Control, Engine, Relation
from interlink.times import ALLEN_BY_NAME, Times, held, times_from_columns

Integers = npt.NDArray[np.int64]
End = Literal["start", "end"]

PAIRS_SCHEMA = pa.schema(
    [
        pa.field("left_id", pa.int64()),
        pa.field("right_id", pa.int64()),
        pa.field("allen", pa.string()),
    ]
)
_PAIRS_AT_ONCE = 1 << 20


class _Reach(NamedTuple):
    """Which end of the other time lies where: from one value of the own time to another."""

    other: End
    least: End | None
    most: End | None


_REACHES = {
    "equals": _Reach("start", "start", "start"),
    "before": _Reach("start", "end", None),
    "after": _Reach("end", None, "start"),
    "meets": _Reach("start", "end", "end"),
    "met_by": _Reach("end", "start", "start"),
    "overlaps": _Reach("start", "start", "end"),
    "starts": _Reach("start", "start", "start"),
    "started_by": _Reach("start", "start", "start"),
    "contains": _Reach("start", "start", "end"),
    "finishes": _Reach("end", "end", "end"),
    "finished_by": _Reach("end", "end", "end"),
}


@dataclass(frozen=True, slots=True)
class SortedTimes:
    """Ids and times of one side, sorted by start, and the order by end."""

    ids: Integers
    times: Times
    by_end: Integers


def sorted_times(ids: Integers, times: Times) -> SortedTimes:
    """Sort the times that are there."""
    there = np.flatnonzero(times.present)
    order = there[np.argsort(times.start[there], kind="stable")]
    kept = times.take(order)
    return SortedTimes(ids[order], kept, np.argsort(kept.end, kind="stable"))


def time_pairs(
    left: SortedTimes, right: SortedTimes, relations: Sequence[str]
) -> Iterator[tuple[Integers, Integers, str]]:
    """Yield left and right ids of the pairs of each relation, in portions.

    Parameters
    ----------
    left, right
        From `sorted_times`.
    relations
        Names of `interlink.times.ALLEN`. No pair has two of them.
    """
    for name in relations:
        if name in _REACHES:
            for a, b in _found(left, right, name):
                yield left.ids[a], right.ids[b], name
        else:
            for b, a in _found(right, left, ALLEN_BY_NAME[name].inverse):
                yield left.ids[a], right.ids[b], name


def time_join(
    engine: Engine,
    left: exp.Query,
    right: exp.Query,
    relations: Sequence[str],
    *,
    control: Control | None = None,
) -> Relation:
    """Join two expressions with columns ``id``, ``start`` and ``end``.

    The times of the right side are held in memory (24 bytes each, on Spark by every
    task); the left side streams past.

    Returns
    -------
    Relation
        Of `PAIRS_SCHEMA`: the ids of both sides and the name of their one relation.
    """
    with engine.run(right, control=control) as rows:
        side = _side(rows.read_all())
    probe = partial(_probe, side, tuple(relations))
    return engine.map_batches(left, probe, PAIRS_SCHEMA, control=control)


def _probe(
    right: SortedTimes, relations: tuple[str, ...], batches: Iterator[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        for left_ids, right_ids, name in time_pairs(_side(batch), right, relations):
            names = pa.repeat(name, len(left_ids))
            yield pa.record_batch(
                [pa.array(left_ids), pa.array(right_ids), names], schema=PAIRS_SCHEMA
            )


def _side(rows: pa.RecordBatch | pa.Table) -> SortedTimes:
    ids, start, end = (
        column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        for column in (rows.column(name) for name in ("id", "start", "end"))
    )
    times = times_from_columns(start.cast(pa.float64()), end.cast(pa.float64()))
    return sorted_times(np.asarray(ids).astype(np.int64), times)


def _found(a: SortedTimes, b: SortedTimes, name: str) -> Iterator[tuple[Integers, Integers]]:
    """Yield row numbers of both sides whose times have the relation."""
    reach = _REACHES[name]
    by_start = reach.other == "start"
    values = b.times.start if by_start else b.times.end[b.by_end]
    first = np.zeros(len(a.ids), dtype=np.int64)
    last = np.full(len(a.ids), len(b.ids))
    if reach.least is not None:
        first = np.searchsorted(values, getattr(a.times, reach.least), side="left")
    if reach.most is not None:
        last = np.searchsorted(values, getattr(a.times, reach.most), side="right")
    for rows, places in _spans(first, np.maximum(last, first)):
        others = places if by_start else b.by_end[places]
        fitting = held(a.times.take(rows), b.times.take(others), name)
        if fitting.any():
            yield rows[fitting], others[fitting]


def _spans(first: Integers, last: Integers) -> Iterator[tuple[Integers, Integers]]:
    """Yield each row with each place of its span, in portions of bounded size."""
    ends = np.cumsum(last - first)
    total = int(ends[-1]) if len(ends) else 0
    for begin in range(0, total, _PAIRS_AT_ONCE):
        number = np.arange(begin, min(begin + _PAIRS_AT_ONCE, total))
        rows = np.searchsorted(ends, number, side="right")
        yield rows, first[rows] + number - (ends[rows] - (last - first)[rows])
