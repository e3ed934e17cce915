"""An R-tree that may change while it is asked (libspatialindex): for a target that grows.

Slower than the packed tree where the target stands still; docs/interlinking_methods.md
has figures.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from math import isnan
from typing import Any

import numpy as np
import shapely

from engine.join_geometries import Floats, Integers, Objects
from geosparql.extras import module_of_extra


class GrowingTarget(AbstractContextManager["GrowingTarget"]):
    """Boxes by number, to which some are added and from which some are taken; to be closed.

    Parameters
    ----------
    numbers
        (n,) numbers of the boxes to begin with.
    boxes
        (n, 4); a box that is not a number (of an empty geometry) has no place.

    Raises
    ------
    EngineUnavailableError
        The extra ``interlink`` is not installed.
    """

    def __init__(self, numbers: Integers, boxes: Floats) -> None:
        module = module_of_extra("rtree.index", "interlink", "Growing targets")
        present = ~np.isnan(boxes[:, 0])
        numbers, boxes = numbers[present], boxes[present]
        self._index: Any = (
            module.Index((numbers, *_corners(boxes))) if len(numbers) else module.Index()
        )

    def __exit__(self, *_error: object) -> None:
        self._index.close()

    def add(self, numbers: Integers, boxes: Floats) -> None:
        """Add (n, 4) boxes."""
        for number, box in zip(numbers.tolist(), boxes.tolist(), strict=True):
            if not isnan(box[0]):
                self._index.insert(number, box)

    def remove(self, numbers: Integers, boxes: Floats) -> None:
        """Take boxes away; they must be those that were added."""
        for number, box in zip(numbers.tolist(), boxes.tolist(), strict=True):
            if not isnan(box[0]):
                self._index.delete(number, box)

    def meeting(self, boxes: Floats) -> Integers:
        """Give (2, n): the row of each asking box, and the number of a box that it meets."""
        asking = np.flatnonzero(~np.isnan(boxes[:, 0]))
        if not len(asking):
            return np.empty((2, 0), dtype=np.int64)
        numbers, counts = self._index.intersection_v(*_corners(boxes[asking]))
        return np.array([np.repeat(asking, counts.astype(np.int64)), numbers], dtype=np.int64)


def growing_candidates(left: Objects, right: Objects) -> Integers:
    """Give (2, n) rows of left and right whose boxes meet."""
    with GrowingTarget(np.arange(len(right)), shapely.bounds(right)) as target:
        return target.meeting(shapely.bounds(left))


def _corners(boxes: Floats) -> tuple[Floats, Floats]:
    return np.ascontiguousarray(boxes[:, :2]), np.ascontiguousarray(boxes[:, 2:])
