"""Places along a Hilbert curve over longitude and latitude."""

from __future__ import annotations

from typing import Any

import numpy as np

from endpoint.store.lexical_columns import Flags, Integers

ORDER = 16
"""The curve runs through 2^16 by 2^16 cells: about 600 m by 300 m at the equator."""


def hilbert_index(boxes_lonlat: Any) -> Integers:
    """Give the place of each box's center along the curve.

    Parameters
    ----------
    boxes_lonlat
        (n, 4) min_x, min_y, max_x, max_y in degrees.

    Returns
    -------
    ndarray
        (n,) integers from 0 to 4^`ORDER` - 1; -1 for a box of NaN (an empty geometry).
    """
    boxes = np.asarray(boxes_lonlat, dtype=np.float64).reshape(-1, 4)
    empty: Flags = np.asarray(np.isnan(boxes).any(axis=1))
    boxes = np.where(empty[:, None], 0.0, boxes)
    x = _cells((boxes[:, 0] + boxes[:, 2]) / 2, -180.0, 360.0)
    y = _cells((boxes[:, 1] + boxes[:, 3]) / 2, -90.0, 180.0)
    index = np.zeros(len(boxes), dtype=np.int64)
    side = 1 << (ORDER - 1)
    while side:
        right, upper = (x & side) > 0, (y & side) > 0
        index += side * side * ((3 * right) ^ upper)
        # Turn the quadrant so that the curve enters and leaves it at the right corners.
        flip = ~upper & right
        x, y = np.where(flip, side - 1 - x, x), np.where(flip, side - 1 - y, y)
        x, y = np.where(upper, x, y), np.where(upper, y, x)
        side >>= 1
    index[empty] = -1
    return index


def _cells(degrees: Any, least: float, span: float) -> Integers:
    cells: Integers = ((degrees - least) / span * (1 << ORDER)).astype(np.int64)
    return np.clip(cells, 0, (1 << ORDER) - 1)
