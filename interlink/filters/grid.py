"""The grid of GIA.nt: cells as wide and as high as the mean box of the source.

Papadakis et al., "Progressive, Holistic Geospatial Interlinking" (WWW 2021). The
cells of a box are those from the floor of its lower corner to the ceiling of its
upper one, as in the authors' code; the weights count them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from engine.join_geometries import Floats, Integers, Objects

_MOST_CELLS = 4_096
_ROWS_AT_ONCE = 50_000


class Cells(NamedTuple):
    """(n, 2) first and last column and row of each box."""

    first: Integers
    last: Integers

    def sizes(self) -> Integers:
        """Give how many cells each box has."""
        counts: Integers = (self.last - self.first + 1).prod(axis=1)
        return counts


def cell_size(source: Objects) -> Floats:
    """Give the mean width and height of the boxes; one where all have none."""
    boxes = shapely.bounds(source)
    boxes = boxes[~np.isnan(boxes[:, 0])]
    if not len(boxes):
        return np.ones(2)
    size: Floats = (boxes[:, 2:] - boxes[:, :2]).mean(axis=0)
    # Far less than the spread: the numbers of the cells must be exact integers.
    spread = (boxes[:, 2:].max(axis=0) - boxes[:, :2].min(axis=0)) * 1e-9
    size = np.maximum(size, spread)
    return np.where(size > 0, size, 1.0)


def cells_of(boxes: Floats, size: Floats) -> Cells:
    """Give the cells of (n, 4) boxes; one without a number has none."""
    with np.errstate(invalid="ignore"):
        first = np.floor(boxes[:, :2] / size)
        last = np.ceil(boxes[:, 2:] / size)
    empty = np.isnan(first).any(axis=1)
    first[empty], last[empty] = 0, -1
    return Cells(first.astype(np.int64), last.astype(np.int64))


def grid_candidates(left: Objects, right: Objects) -> Integers:
    """Give (2, n) rows of left and right whose boxes meet, by the grid of the left side.

    A pair meets in many cells. It is taken in the one that holds the lower corner of
    what both boxes have in common, so that no set of pairs already seen is needed.
    Boxes of very many cells (a continent beside a million huts) are not cut into
    them, but compared with every box of the other side.
    """
    size = cell_size(left)
    boxes = [shapely.bounds(side) for side in (left, right)]
    cells = [_touched(side, size) for side in boxes]
    wide = [side.sizes() > _MOST_CELLS for side in cells]
    present = [side.sizes() > 0 for side in cells]
    rows = [np.flatnonzero(there & ~far) for there, far in zip(present, wide, strict=True)]
    parts = [
        _of_wide(boxes, np.flatnonzero(wide[0]), np.flatnonzero(present[1])),
        _of_wide(boxes, rows[0], np.flatnonzero(wide[1])),
    ]
    keys, owners = _entries(cells[0], rows[0])
    order = np.argsort(keys, kind="stable")
    keys, owners = keys[order], owners[order]
    for start in range(0, len(rows[1]), _ROWS_AT_ONCE):
        asking, askers = _entries(cells[1], rows[1][start : start + _ROWS_AT_ONCE])
        parts.append(_in_cells(boxes, size, (keys, owners), (asking, askers)))
    return np.concatenate(parts, axis=1)


def _touched(boxes: Floats, size: Floats) -> Cells:
    """Give the cells that boxes reach: one fewer than `cells_of` counts."""
    cells = cells_of(boxes, size)
    with np.errstate(invalid="ignore"):
        last = np.floor(boxes[:, 2:] / size)
    empty = np.isnan(last).any(axis=1)
    last[empty] = -1
    return Cells(cells.first, last.astype(np.int64))


def _entries(cells: Cells, rows: Integers) -> tuple[Integers, Integers]:
    """Give the key of every cell of some boxes, and the row of its box."""
    spans = (cells.last - cells.first + 1)[rows]
    counts = spans.prod(axis=1)
    owners = np.repeat(rows, counts)
    place = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    row, column = np.divmod(place, np.repeat(spans[:, 0], counts))
    return _key(cells.first[owners, 0] + column, cells.first[owners, 1] + row), owners


def _key(column: Integers, row: Integers) -> Integers:
    """Give one number for a cell; two far-off cells may share it, which costs time only."""
    key: Integers = (column << 32) ^ (row & 0xFFFFFFFF)
    return key


def _in_cells(
    boxes: list[Floats],
    size: Floats,
    held: tuple[Integers, Integers],
    asked: tuple[Integers, Integers],
) -> Integers:
    """Pair the boxes that stand in the same cell, where this cell owns their pair."""
    first = np.searchsorted(held[0], asked[0])
    counts = np.searchsorted(held[0], asked[0], side="right") - first
    place = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    i = held[1][np.repeat(first, counts) + place]
    j = np.repeat(asked[1], counts)
    corner = np.floor(np.maximum(boxes[0][i, :2], boxes[1][j, :2]) / size).astype(np.int64)
    owned = _key(corner[:, 0], corner[:, 1]) == np.repeat(asked[0], counts)
    kept = owned & _meet(boxes[0][i], boxes[1][j])
    return np.array([i[kept], j[kept]])


def _of_wide(boxes: list[Floats], left: Integers, right: Integers) -> Integers:
    """Compare all boxes of two choices, the fewer one after the other."""
    turned = len(left) > len(right)
    few, many = (right, left) if turned else (left, right)
    few_boxes, many_boxes = (boxes[1], boxes[0]) if turned else (boxes[0], boxes[1])
    parts = [np.empty((2, 0), dtype=np.int64)]
    for row in few:
        met = many[_meet(few_boxes[row], many_boxes[many])]
        pair = [np.full(len(met), row), met]
        parts.append(np.array(pair[::-1] if turned else pair))
    return np.concatenate(parts, axis=1)


def _meet(a: Floats, b: Floats) -> npt.NDArray[np.bool_]:
    met: npt.NDArray[np.bool_] = np.logical_and(
        (a[..., :2] <= b[..., 2:]).all(axis=-1), (b[..., :2] <= a[..., 2:]).all(axis=-1)
    )
    return met
