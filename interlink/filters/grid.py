"""The grid of GIA.nt: cells as wide and as high as the mean box of the source.

Papadakis et al., "Progressive, Holistic Geospatial Interlinking" (WWW 2021). The
cells of a box are those from the floor of its lower corner to the ceiling of its
upper one, as in the authors' code; the weights count them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely

from engine.join_geometries import Floats, Integers, Objects


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
