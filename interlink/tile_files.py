"""Files of features while they are cut into tiles: Arrow streams with a box beside each row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from engine.box_tree import Boxes
from engine.join_geometries import Floats, Geometries, Integers
from engine.join_space import space_of
from engine.protocol import JoinCondition, WithinDistance
from engine.tiles import tile_boxes

SAMPLE_ROWS = 20_000
_ROW_BYTES = 200  # of a geometry in memory beside its coordinates
_BOX = "box"

WriteRows = Callable[[pa.RecordBatch, Integers, Integers], None]
"""Writes rows of a batch to tiles: (n,) row numbers and tiles."""


class Boxing(NamedTuple):
    """How geometries are boxed so that the boxes of a pair meet: in one CRS, for a condition."""

    srid: int
    condition: JoinCondition

    def boxes(self, geometries: Geometries, *, is_left: bool) -> Boxes:
        """Box geometries; the left ones reach as far as the condition."""
        reach = 0.0
        if is_left and isinstance(self.condition, WithinDistance):
            scale = space_of(self.srid, self.condition.unit).scale
            reach = self.condition.distance / scale
        reaches = np.full(len(geometries), reach)
        return tile_boxes(geometries.values, self.srid, self.condition, reaches)


class Stored(NamedTuple):
    """A side as it was read: its file, its rows, its size, the CRS codes in it."""

    file: Path
    rows: int
    weight: float
    srids: frozenset[int]


def store(
    batches: Iterable[pa.RecordBatch], file: Path, boxing: Boxing, *, is_left: bool
) -> Stored:
    """Write the rows of a side that have a geometry, each with an ``id`` and its box.

    Parameters
    ----------
    batches
        With a column ``geometry``.
    file
        Where they are written.
    boxing
        How they are boxed.
    is_left
        The side.

    Returns
    -------
    Stored
        The file and what a plan of tiles needs to know.
    """
    rows, weight, srids = 0, 0.0, set[int]()
    with ExitStack() as stack:
        writer: Any = None
        for batch in batches:
            values = shapely.from_wkb(
                batch["geometry"].to_numpy(zero_copy_only=False), on_invalid="ignore"
            )
            given = np.flatnonzero(~(shapely.is_missing(values) | shapely.is_empty(values)))
            srids.update(np.unique(shapely.get_srid(values[given])).tolist())
            moved = Geometries(given, values[given]).in_crs(boxing.srid)
            boxed = _with_box(batch.take(moved.ids), rows + 1, boxing.boxes(moved, is_left=is_left))
            writer = writer or stack.enter_context(pa.ipc.new_stream(str(file), boxed.schema))
            writer.write_batch(boxed)
            rows += len(moved)
            weight += float(row_bytes(boxed).sum())
    return Stored(file, rows, weight, frozenset(srids))


def _with_box(batch: pa.RecordBatch, first_id: int, boxes: Boxes) -> pa.RecordBatch:
    corners = np.concatenate(boxes, axis=1)
    flat, width = pa.array(corners.ravel()), corners.shape[1]
    ids = pa.array(np.arange(first_id, first_id + len(batch)))
    batch = batch.append_column("id", ids)
    return batch.append_column(_BOX, pa.FixedSizeListArray.from_arrays(flat, width))


def row_bytes(batch: pa.RecordBatch) -> Floats:
    """Tell about how much memory each geometry takes."""
    lengths = pc.binary_length(batch["geometry"]).to_numpy(zero_copy_only=False)
    bytes_held: Floats = lengths.astype(np.float64) + _ROW_BYTES
    return bytes_held


def sample(side: Stored) -> tuple[Boxes, Floats]:
    """Give the boxes of some rows of a side, and weights that stand for those of all."""
    random = np.random.default_rng(0)
    share = min(1.0, SAMPLE_ROWS / max(1, side.rows))
    corners, weights = [], []
    for batch in read_rows(side.file):
        chosen = batch.filter(pa.array(random.random(len(batch)) < share))
        corners.append(np.concatenate(box_of(chosen), axis=1))
        weights.append(row_bytes(chosen) / share)
    every = np.concatenate(corners)
    half = every.shape[1] // 2
    return Boxes(every[:, :half], every[:, half:]), np.concatenate(weights)


def box_of(batch: pa.RecordBatch) -> Boxes:
    """Give the boxes of stored rows."""
    column = batch.column(_BOX)
    corners = column.flatten().to_numpy().reshape(-1, column.type.list_size)
    half = corners.shape[1] // 2
    return Boxes(corners[:, :half], corners[:, half:])


def read_rows(file: Path | str) -> Iterator[pa.RecordBatch]:
    """Read a file of rows."""
    # Not mapped: pages of a mapped file count as memory of the process while there is room.
    with pa.OSFile(str(file)) as opened, pa.ipc.open_stream(opened) as stream:
        yield from stream


@contextmanager
def tile_writers(folder: Path, side: str) -> Iterator[WriteRows]:
    """Give a function that writes rows of a batch, without their boxes, to files of tiles."""
    writers: dict[int, Any] = {}
    with ExitStack() as stack:

        def write(batch: pa.RecordBatch, rows: Integers, tiles: Integers) -> None:
            order = np.argsort(tiles, kind="stable")
            sent = batch.drop_columns([_BOX]).take(pa.array(rows[order]))
            numbers, starts = np.unique(tiles[order], return_index=True)
            for number, start, end in zip(numbers, starts, [*starts[1:], len(order)], strict=True):
                if number not in writers:
                    file = str(folder / f"{side}-{number}")
                    writers[number] = stack.enter_context(pa.ipc.new_stream(file, sent.schema))
                writers[number].write_batch(sent.slice(start, end - start))

        yield write
