"""Tiles of roughly equal work: how a spatial join is spread over many workers.

Every geometry goes to each tile that its box touches, and a pair belongs to the
one tile that holds its reference point: the lower corner of what the two boxes
have in common. Both geometries are in that tile, so no pair is lost, and none is
found twice. Tiles cover all of space; boxes stand in the plane, or around the
ellipsoid where distances are geodesic (no antimeridian and no pole there).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt
import shapely

from engine.box_tree import Boxes
from engine.join_geometries import Floats, Integers, Objects
from engine.protocol import JoinCondition, Related
from geosparql.crs import geod_of, is_geographic

Side = Literal["left", "right"]

_AT_ONCE = 4_000_000
_ROUNDINGS = 8  # of the last digit, in a sum and in the distance compared with it


class Tiling(Protocol):
    """Which tiles a geometry goes to, and which tile a pair belongs to."""

    def assign(self, boxes: Boxes, side: Side) -> tuple[Integers, Integers]:
        """Give (row, tile) for every tile of every box; boxes of NaN may have none."""
        ...

    def owns(self, tile: int, left: Boxes, right: Boxes) -> npt.NDArray[np.bool_]:
        """Tell which of (n,) pairs that meet in a tile belong to it."""
        ...


@dataclass(frozen=True, slots=True)
class SpaceTiles:
    """Tiles that part space: (t, d) lower corners (inside) and upper corners (outside)."""

    low: Floats
    high: Floats

    def assign(self, boxes: Boxes, side: Side) -> tuple[Integers, Integers]:
        """Give the tiles that boxes touch."""
        rows, tiles = [], []
        step = max(1, _AT_ONCE // len(self.low))
        for start in range(0, len(boxes.low), step):
            part = slice(start, start + step)
            meets = (boxes.low[part, None] < self.high) & (boxes.high[part, None] >= self.low)
            row, tile = np.nonzero(meets.all(axis=2))
            rows.append(row + start)
            tiles.append(tile)
        return np.concatenate([[], *rows]).astype(int), np.concatenate([[], *tiles]).astype(int)

    def owns(self, tile: int, left: Boxes, right: Boxes) -> npt.NDArray[np.bool_]:
        """Tell whether the reference point is in the tile."""
        point = np.maximum(left.low, right.low)
        inside = (point >= self.low[tile]) & (point < self.high[tile])
        whole: npt.NDArray[np.bool_] = np.all(inside, axis=1)
        return whole


@dataclass(frozen=True, slots=True)
class BlockTiles:
    """Tiles that pair every block of the left side with every block of the right.

    For relations of geometries that do not meet: space says nothing about them.
    """

    left_blocks: int
    right_blocks: int

    def assign(self, boxes: Boxes, side: Side) -> tuple[Integers, Integers]:
        """Deal the rows to blocks in turn, and give all tiles of each block."""
        rows = np.arange(len(boxes.low))
        if side == "left":
            blocks, others = rows % self.left_blocks, np.arange(self.right_blocks)
            tiles = blocks[:, None] * self.right_blocks + others
        else:
            blocks, others = rows % self.right_blocks, np.arange(self.left_blocks)
            tiles = others * self.right_blocks + blocks[:, None]
        return np.repeat(rows, len(others)), tiles.ravel()

    def owns(self, tile: int, left: Boxes, right: Boxes) -> npt.NDArray[np.bool_]:
        """Tell that every pair meets once only."""
        return np.ones(len(left.low), dtype=bool)


def space_tiles(boxes: Boxes, weights: Floats, count: int) -> SpaceTiles:
    """Part space into about `count` tiles of equal weight, from a sample of boxes."""
    centers = (boxes.low + boxes.high) / 2
    dimensions = centers.shape[1]
    lows, highs = [], []
    waiting = [
        (np.arange(len(centers)), np.full(dimensions, -np.inf), np.full(dimensions, np.inf), count)
    ]
    while waiting:
        rows, low, high, wanted = waiting.pop()
        share = wanted // 2 / wanted
        cut = _cut(centers[rows], weights[rows], share) if wanted > 1 else None
        if cut is None:
            lows.append(low)
            highs.append(high)
            continue
        axis, value = cut
        below = centers[rows, axis] < value
        lower_high, upper_low = high.copy(), low.copy()
        lower_high[axis] = upper_low[axis] = value
        waiting.append((rows[below], low, lower_high, wanted // 2))
        waiting.append((rows[~below], upper_low, high, wanted - wanted // 2))
    return SpaceTiles(np.array(lows), np.array(highs))


def _cut(centers: Floats, weights: Floats, share: float) -> tuple[int, float] | None:
    """Give the axis along which points lie farthest apart, and where a share of the weight ends."""
    if len(centers) < 2:
        return None
    axis = int(np.argmax(np.ptp(centers, axis=0)))
    order = np.argsort(centers[:, axis])
    along = centers[order, axis]
    total = np.cumsum(weights[order])
    value = along[np.searchsorted(total, total[-1] * share)]
    if value == along[0]:  # nothing would lie below
        above = along[along > value]
        if not len(above):
            return None
        value = above[0]
    return axis, float(value)


def tile_boxes(values: Objects, srid: int, condition: JoinCondition, reach: Floats) -> Boxes:
    """Box geometries of one CRS so that two that make a pair have boxes that meet.

    Parameters
    ----------
    values
        (n,) geometries.
    srid
        Their CRS.
    condition
        Of the join.
    reach
        (n,) how far each box is to be grown, in the unit of `space_of(srid, …)`
        divided by its scale; zero on the other side.

    Returns
    -------
    Boxes
        (n, 2) in the plane, (n, 3) in metres around the ellipsoid; NaN for empty ones.
    """
    bounds = shapely.bounds(values)
    around = not isinstance(condition, Related) and condition.unit == "metre"
    if around and is_geographic(srid):
        boxes = _around_the_globe(bounds, srid)
    else:
        boxes = Boxes(bounds[:, :2], bounds[:, 2:])
    rounding = _ROUNDINGS * np.spacing(np.abs(bounds).max(axis=1, initial=0.0))
    grown = np.where(reach > 0.0, reach + rounding, 0.0)[:, None]
    return Boxes(boxes.low - grown, boxes.high + grown)


def _around_the_globe(bounds: Floats, srid: int) -> Boxes:
    """Box whole longitude/latitude rectangles in space, by interval arithmetic."""
    geod = geod_of(srid)
    west, south, east, north = np.radians(bounds).T
    cos_lon = _cosine_range(west, east)
    sin_lon = _cosine_range(west - np.pi / 2, east - np.pi / 2)
    cos_lat = _cosine_range(south, north)
    # Between the least and the greatest radius of curvature, a little more for rounding.
    least, greatest = geod.a * (1 - 1e-12), geod.a / np.sqrt(1 - geod.es) * (1 + 1e-12)
    out = np.maximum(cos_lat[0], 0.0) * least, cos_lat[1] * greatest
    x, y = _product(out, cos_lon), _product(out, sin_lon)
    polar = (
        np.full_like(south, least) * (1 - geod.es),
        np.full_like(south, greatest) * (1 - geod.es),
    )
    z = _product(polar, (np.sin(south), np.sin(north)))
    low, high = np.column_stack([x[0], y[0], z[0]]), np.column_stack([x[1], y[1], z[1]])
    return Boxes(low - 1e-6, high + 1e-6)


def _cosine_range(start: Floats, end: Floats) -> tuple[Floats, Floats]:
    """Give the least and greatest cosine between two angles."""
    ends = np.cos(start), np.cos(end)
    turn = 2 * np.pi
    has_top = np.floor(end / turn) >= np.ceil(start / turn)
    has_bottom = np.floor((end - np.pi) / turn) >= np.ceil((start - np.pi) / turn)
    return (
        np.where(has_bottom, -1.0, np.minimum(*ends)),
        np.where(has_top, 1.0, np.maximum(*ends)),
    )


def _product(a: tuple[Floats, Floats], b: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """Give the range of the product of two ranges."""
    corners = np.stack([a[0] * b[0], a[0] * b[1], a[1] * b[0], a[1] * b[1]])
    return corners.min(axis=0), corners.max(axis=0)
