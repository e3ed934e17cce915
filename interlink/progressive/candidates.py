"""What a progressive run chooses from: pairs of geometries whose boxes meet."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely

from engine.join_geometries import Floats, Geometries, Integers
from interlink.filters.packed import packed_candidates
from interlink.filters.table import Filter


@dataclass(frozen=True, slots=True)
class Candidates:
    """Two sets in one CRS, (2, n) rows of those whose boxes meet, and the boxes of both."""

    left: Geometries
    right: Geometries
    rows: Integers
    left_boxes: Floats = field(repr=False)
    right_boxes: Floats = field(repr=False)

    def __len__(self) -> int:
        """Give the number of pairs."""
        return int(self.rows.shape[1])

    def boxes(self) -> tuple[Floats, Floats]:
        """Give the boxes of each pair, (4, n): one coordinate beside the other in memory."""
        left, right = (np.ascontiguousarray(b.T) for b in (self.left_boxes, self.right_boxes))
        return left[:, self.rows[0]], right[:, self.rows[1]]


def candidates_of(
    left: Geometries, right: Geometries, chosen: Filter = packed_candidates
) -> list[Candidates]:
    """Find the candidates of two sets; one part for each CRS of the left one.

    Parameters
    ----------
    left, right
        In any CRS; the right one is brought to that of the left.
    chosen
        The filter.
    """
    parts = []
    for srid, group in left.by_srid():
        moved = right.in_crs(srid)
        rows = chosen(group.values, moved.values)
        boxes = [shapely.bounds(side.values) for side in (group, moved)]
        parts.append(Candidates(group, moved, _in_order(rows), *boxes))
    return parts


def _in_order(rows: Integers) -> Integers:
    """Sort pairs, so that what a budget reaches does not depend on the filter."""
    return rows[:, np.lexsort((rows[1], rows[0]))]


@dataclass(frozen=True, slots=True)
class Overlap:
    """How the boxes of (n,) pairs lie: what the prediction of cost and of links is made from.

    `shares` (2, n) of the left and the right box that the other covers; `narrowest` and
    `widest` (2, n) of the same along one axis; `away` (2, n) the distance of the centers
    along x and y, where 1 means that the boxes only touch.
    """

    shares: Floats
    narrowest: Floats
    widest: Floats
    away: Floats


def overlap_of(candidates: Candidates) -> Overlap:
    """Measure the overlap of all pairs."""
    a, b = candidates.boxes()
    common = np.maximum(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0.0)
    sizes = a[2:] - a[:2], b[2:] - b[:2]
    along = [_share(common, size) for size in sizes]
    away = _share(np.abs(a[:2] + a[2:] - b[:2] - b[2:]), sizes[0] + sizes[1])
    return Overlap(
        np.array([side[0] * side[1] for side in along]),
        np.array([np.minimum(*side) for side in along]),
        np.array([np.maximum(*side) for side in along]),
        away,
    )


def _share(part: Floats, whole: Floats) -> Floats:
    """Divide; a box without width is covered whole."""
    result = np.ones_like(part)
    np.divide(part, whole, out=result, where=whole > 0)
    return result
