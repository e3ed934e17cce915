"""Two feature sets cut into tiles on disk, so that links are found tile by tile.

A left geometry stands in one tile; a right one in every tile where its box meets
the box around all left ones. So no pair is lost and none is found twice, whatever
is done with a tile. Left geometries that reach over many tiles, a continent beside
a million huts, have a tile of their own. Tiles are parts of space of about equal
size, by a sample of both sides.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
import pyarrow as pa
import shapely

from engine.box_tree import Boxes
from engine.join_geometries import Integers
from engine.join_related import sieve_of
from engine.protocol import Control, JoinCondition, Nearest, Related, WithinDistance
from engine.tiles import SpaceTiles, space_tiles
from interlink.tile_files import Boxing, Stored, box_of, read_rows, sample, store, tile_writers

TILE_BYTES = 64 << 20  # of both sides
MOST_TILES = 500  # files that are open at a time
_WIDE = 4  # a geometry that touches more tiles goes to the tile of the wide ones


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile by its number, its files in a folder; `interlink.tile_files.read_rows` reads them."""

    number: int
    folder: Path

    @property
    def left(self) -> Path:
        """File of the left side."""
        return self.folder / f"left-{self.number}"

    @property
    def right(self) -> Path:
        """File of the right side."""
        return self.folder / f"right-{self.number}"


def can_cut(conditions: Iterable[JoinCondition | None]) -> bool:
    """Tell whether every pair of the conditions is one of geometries that lie close together."""
    return not any(
        condition is None
        or isinstance(condition, Nearest)
        or (isinstance(condition, Related) and sieve_of(condition, tree_is_left=False).apart)
        for condition in conditions
    )


def cut(
    left: Iterable[pa.RecordBatch],
    right: Iterable[pa.RecordBatch] | None,
    conditions: Sequence[JoinCondition],
    folder: Path,
    *,
    control: Control,
) -> list[Tile]:
    """Cut two sides into tiles.

    Parameters
    ----------
    left, right
        Batches with a column ``geometry`` (EWKB), each read once and to its end; None for
        a set with itself. Rows whose geometry is null or empty are in no tile.
    conditions
        What will be asked of the tiles (`can_cut`).
    folder
        Where the files are written.
    control
        Cancellation and progress.

    Returns
    -------
    list of Tile
        Those with rows on both sides. Rows have a further column ``id``, from 1.
    """
    stream = iter(left)
    first = next((batch for batch in stream if batch["geometry"].null_count < len(batch)), None)
    if first is None:
        deque(right or (), maxlen=0)
        return []
    boxing = _boxing(first, conditions)
    of_left = store(chain([first], stream), folder / "left", boxing, is_left=True)
    of_right = of_left
    if right is not None:
        of_right = store(right, folder / "right", boxing, is_left=False)
    if not (of_left.rows and of_right.rows):
        return []
    tiling = _tiling(of_left, of_right)
    extents = _write_left(of_left, tiling, folder, control)
    _write_right(of_right, extents, folder, control)
    for side in {of_left.file, of_right.file}:
        side.unlink()
    every = (Tile(number, folder) for number in range(len(extents.low)))
    return [tile for tile in every if tile.left.exists() and tile.right.exists()]


def _boxing(first: pa.RecordBatch, conditions: Sequence[JoinCondition]) -> Boxing:
    """Choose how to box: around the globe, and wider, where a distance is asked."""
    values = shapely.from_wkb(first["geometry"].drop_null().to_numpy(zero_copy_only=False)[:1])
    srid = int(shapely.get_srid(values)[0])
    within = [c for c in conditions if isinstance(c, WithinDistance)]
    farthest = max(within, key=lambda condition: condition.distance, default=conditions[0])
    return Boxing(srid, farthest)


def _tiling(left: Stored, right: Stored) -> SpaceTiles:
    """Part space so that tiles weigh alike; left geometries of several CRS stay together."""
    count = -(-int(left.weight + right.weight) // TILE_BYTES)
    if len(left.srids) > 1:
        count = 1
    samples = [sample(side) for side in {left.file: left, right.file: right}.values()]
    low, high = (np.concatenate([boxes[end] for boxes, _ in samples]) for end in (0, 1))
    weights = np.concatenate([weights for _, weights in samples])
    return space_tiles(Boxes(low, high), weights, min(count, MOST_TILES))


def _write_left(side: Stored, tiling: SpaceTiles, folder: Path, control: Control) -> Boxes:
    """Write every left geometry to one tile; give the boxes around those of each tile."""
    count, dimensions = tiling.low.shape
    low = np.full((count + 1, dimensions), np.inf)
    high = -low
    with tile_writers(folder, "left") as write:
        for batch in read_rows(side.file):
            control.check()
            boxes = box_of(batch)
            rows, tiles = _one_tile(tiling, boxes)
            np.minimum.at(low, tiles, boxes.low[rows])
            np.maximum.at(high, tiles, boxes.high[rows])
            write(batch, rows, tiles)
    return Boxes(low, high)


def _one_tile(tiling: SpaceTiles, boxes: Boxes) -> tuple[Integers, Integers]:
    """Give (row, tile) for the first tile of every box, or the last one for a wide box."""
    rows, tiles = tiling.assign(boxes, "left")
    rows, first, touched = np.unique(rows, return_index=True, return_counts=True)
    return rows, np.where(touched > _WIDE, len(tiling.low), tiles[first])


def _write_right(side: Stored, extents: Boxes, folder: Path, control: Control) -> None:
    """Write every right geometry to the tiles whose left ones it may meet."""
    closed = SpaceTiles(extents.low, np.nextafter(extents.high, np.inf))
    with tile_writers(folder, "right") as write:
        for batch in read_rows(side.file):
            control.check()
            write(batch, *closed.assign(box_of(batch), "right"))
