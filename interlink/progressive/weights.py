"""How promising a pair is: the published weights, as one table.

Of "Progressive, Holistic Geospatial Interlinking" (WWW 2021), computed for all
candidates at once. Tiles are the cells of `interlink.filters.grid`.

=====  ==========================================================
CF     tiles that the two boxes have in common
JS     Jaccard similarity of the tiles
X2     Pearson's chi-squared of the tiles: are they independent?
MBRO   area that the boxes share, of the area of both
ISP    inverse sum of the points: the fewer, the sooner done
=====  ==========================================================
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import shapely

from engine.join_geometries import Floats, Geometries
from interlink.filters.grid import cell_size, cells_of
from interlink.progressive.candidates import Candidates

Weight = Callable[[Candidates], Floats]


def common_tiles(candidates: Candidates) -> Floats:
    """Give CF."""
    return _tiles(candidates)[0]


def jaccard(candidates: Candidates) -> Floats:
    """Give JS."""
    common, left, right = _tiles(candidates)
    similarity: Floats = common / (left + right - common)
    return similarity


def chi_squared(candidates: Candidates) -> Floats:
    """Give X2: the statistic of the two-by-two table of tiles in and out of both boxes."""
    common, left, right = _tiles(candidates)
    only_left, only_right = left - common, right - common
    neither = np.maximum(1.0, _extent_tiles(candidates) - common - only_left - only_right)
    total = common + only_left + only_right + neither
    expected = left * right * (only_right + neither) * (only_left + neither)
    surprise = total * (common * neither - only_left * only_right) ** 2
    return _ratio(surprise, expected)


def box_overlap(candidates: Candidates) -> Floats:
    """Give MBRO; 0 where neither box has an area."""
    a, b = candidates.boxes()
    shared = np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2])
    common = np.maximum(shared, 0.0).prod(axis=0)
    areas = (a[2:] - a[:2]).prod(axis=0) + (b[2:] - b[:2]).prod(axis=0)
    return _ratio(common, areas - common)


def inverse_points(candidates: Candidates) -> Floats:
    """Give ISP."""
    of_left, of_right = _points(candidates.left), _points(candidates.right)
    weights: Floats = 1.0 / (of_left[candidates.rows[0]] + of_right[candidates.rows[1]])
    return weights


WEIGHTS: dict[str, Weight] = {
    "cf": common_tiles,
    "js": jaccard,
    "x2": chi_squared,
    "mbro": box_overlap,
    "isp": inverse_points,
}
"""Published weights by name."""


def _tiles(candidates: Candidates) -> tuple[Floats, Floats, Floats]:
    """Give for each pair how many tiles are common, the left box's, and the right one's."""
    size = cell_size(candidates.left.values)
    left = cells_of(candidates.left_boxes, size)
    right = cells_of(candidates.right_boxes, size)
    i, j = candidates.rows
    last = np.minimum(left.last[i], right.last[j])
    first = np.maximum(left.first[i], right.first[j])
    common = (last - first + 1).astype(np.float64).prod(axis=1)
    return common, left.sizes()[i].astype(np.float64), right.sizes()[j].astype(np.float64)


def _extent_tiles(candidates: Candidates) -> float:
    """Give how many tiles the left set spans."""
    size = cell_size(candidates.left.values)
    cells = cells_of(candidates.left_boxes, size)
    used = cells.sizes() > 0
    if not used.any():
        return 0.0
    spans = cells.last[used].max(axis=0) - cells.first[used].min(axis=0) + 1
    return float(spans.astype(np.float64).prod())


def _points(side: Geometries) -> Floats:
    points: Floats = shapely.get_num_coordinates(side.values).astype(np.float64)
    return points


def _ratio(above: Floats, below: Floats) -> Floats:
    """Divide; 0 where there is nothing to divide by."""
    result = np.zeros(len(above))
    np.divide(above, below, out=result, where=below > 0)
    return result
