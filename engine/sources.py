"""Streams of record batches: sources in parts as Arrow streams, and batches of a wanted size."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pyarrow as pa

from engine.failures import carried_batches
from engine.own_threads import OwnThreads
from engine.protocol import Parts


class PartsStream:
    """A source in parts as a stream that an engine opens anew for each scan."""

    def __init__(self, parts: Parts, threads: OwnThreads) -> None:
        self._parts = parts
        self._threads = threads
        self.schema = parts.schema

    @carried_batches
    def _batches(self) -> Iterator[pa.RecordBatch]:
        for part in self._parts.parts:
            yield from self._parts.read(part)

    def __arrow_c_stream__(self, requested_schema: object = None) -> Any:
        """Open the stream (Arrow PyCapsule interface)."""
        batches = self._threads.iterating(self._batches)
        reader = pa.RecordBatchReader.from_batches(self.schema, batches)
        return reader.__arrow_c_stream__(requested_schema)


def rebatched(
    batches: Iterable[pa.RecordBatch], schema: pa.Schema, rows: Callable[[], int]
) -> Iterator[pa.Table]:
    """Gather batches into tables of at least so many rows as are asked for, the last excepted."""
    gathered: list[pa.RecordBatch] = []
    count = 0
    for batch in batches:
        gathered.append(batch)
        count += batch.num_rows
        if count >= rows():
            yield pa.Table.from_batches(gathered, schema)
            gathered, count = [], 0
    if count:
        yield pa.Table.from_batches(gathered, schema)
