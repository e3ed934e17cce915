"""Regions of equal class: connected pixels of one class as polygons, strip by strip.

A raster is taken in strips of rows, so that memory is bounded by one strip and
by the regions that are still growing. Pieces of a region in neighbouring strips
are joined where their pixels touch across the border; the result does not depend
on where the borders are. Coordinates are columns and rows of pixel corners.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Strip:
    """Whole rows of a band: their classes, and which pixels have one."""

    first_row: int
    classes: npt.NDArray[Any]
    valid: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Regions:
    """Polygons in pixel coordinates, and the class of each."""

    polygons: npt.NDArray[np.object_]
    classes: IntArray

    def take(self, which: npt.NDArray[Any]) -> Regions:
        """Give some of the regions."""
        return Regions(self.polygons[which], self.classes[which])


def find_regions(strips: Iterable[Strip], connectivity: int = 4) -> Iterator[Regions]:
    """Find the regions of equal class.

    Parameters
    ----------
    strips
        The rows of the band, from the top, without gaps; all of one width.
    connectivity
        4: pixels connect through their sides; 8: through their corners too.

    Yields
    ------
    Regions
        Valid polygons (multipolygons where a region hangs together by corners),
        each region once, as soon as it cannot grow any more.
    """
    growing = Growing(connectivity)
    for strip in strips:
        pieces, first, last = _polygonize(strip, connectivity)
        yield from growing.add(pieces, first, last)
    yield from growing.finish()


class Growing:
    """Regions that may go on in the next strip: pieces, and which of them belong together."""

    def __init__(self, connectivity: int) -> None:
        self._connectivity = connectivity
        self._parent: dict[int, int] = {}
        self._pieces: dict[int, tuple[Any, int]] = {}
        self._last = np.empty(0, np.int64)
        self._next = 0

    def add(self, pieces: Regions, first: IntArray, last: IntArray) -> Iterator[Regions]:
        """Take a strip's pieces in; `first`, `last`: the piece of each border pixel, or -1."""
        touching = np.union1d(first[first >= 0] if self._last.size else [], last[last >= 0]).astype(
            int
        )
        alone = np.setdiff1d(np.arange(len(pieces.classes)), touching)
        if alone.size:
            yield pieces.take(alone)
        ids = np.full(len(pieces.classes) + 1, -1, np.int64)
        ids[touching] = np.arange(self._next, self._next + touching.size)
        self._next += touching.size
        for position in touching:
            number = int(ids[position])
            self._parent[number] = number
            self._pieces[number] = (pieces.polygons[position], int(pieces.classes[position]))
        if self._last.size:
            self._join(ids[first])
        self._last = ids[last]
        yield from self._release(
            {self._root(int(number)) for number in np.unique(self._last) if number >= 0}
        )

    def finish(self) -> Iterator[Regions]:
        """Give what is left after the last strip."""
        yield from self._release(set())

    def _join(self, first: IntArray) -> None:
        """Join pieces whose pixels touch across the border and have the same class."""
        shifts = (0,) if self._connectivity == 4 else (-1, 0, 1)
        width = first.size
        for shift in shifts:
            above = self._last[max(0, -shift) : width - max(0, shift)]
            below = first[max(0, shift) : width + min(0, shift)]
            pairs = np.unique(np.stack([above, below], axis=1)[(above >= 0) & (below >= 0)], axis=0)
            for left, right in pairs.tolist():
                if self._pieces[left][1] == self._pieces[right][1]:
                    self._parent[self._root(right)] = self._root(left)

    def _root(self, number: int) -> int:
        while self._parent[number] != number:
            self._parent[number] = self._parent[self._parent[number]]
            number = self._parent[number]
        return number

    def _release(self, still_growing: set[int]) -> Iterator[Regions]:
        groups: dict[int, list[int]] = {}
        for number in self._pieces:
            root = self._root(number)
            if root not in still_growing:
                groups.setdefault(root, []).append(number)
        if not groups:
            return
        polygons, classes = [], []
        for root, numbers in groups.items():
            classes.append(self._pieces[root][1])
            polygons.append(_merged([self._pieces.pop(number)[0] for number in numbers]))
        for numbers in groups.values():
            for number in numbers:
                del self._parent[number]
        yield Regions(np.array(polygons, object), np.array(classes, np.int64))


def _merged(pieces: list[Any]) -> Any:
    """Put the pieces of a region together, without a trace of the borders between them."""
    if len(pieces) == 1:
        return pieces[0]
    # Corners are whole numbers: on a grid of 1 the union is exact
    union = shapely.normalize(shapely.union_all(pieces, grid_size=1))
    return shapely.normalize(shapely.simplify(union, 0))


def _polygonize(strip: Strip, connectivity: int) -> tuple[Regions, IntArray, IntArray]:
    """Give the pieces of a strip, and which piece has each pixel of its first and last row."""
    from rasterio import features

    shift = (1.0, 0.0, 0.0, 0.0, 1.0, float(strip.first_row))
    classes = strip.classes
    found = list(
        features.shapes(
            classes, mask=strip.valid, connectivity=connectivity, transform=_affine(shift)
        )
    )
    rings = [ring for shape, _ in found for ring in shape["coordinates"]]
    ring_sizes = np.array([len(ring) for ring in rings], np.int64)
    polygon_sizes = np.array([len(shape["coordinates"]) for shape, _ in found], np.int64)
    corners = np.array([corner for ring in rings for corner in ring], float).reshape(-1, 2)
    ring_starts = np.concatenate([[0], np.cumsum(ring_sizes)])
    polygon_starts = np.concatenate([[0], np.cumsum(polygon_sizes)])
    polygons = shapely.from_ragged_array(
        shapely.GeometryType.POLYGON, corners, (ring_starts, polygon_starts)
    )
    piece_of_ring = np.repeat(np.arange(len(found)), polygon_sizes)
    piece_of_corner = np.repeat(piece_of_ring, ring_sizes)
    height, width = classes.shape
    first, last = (
        _border_pieces(corners, piece_of_corner, ring_starts, row, width)
        for row in (strip.first_row, strip.first_row + height)
    )
    values = np.array([value for _, value in found], np.int64)
    return Regions(_valid(polygons), values), first, last


def _affine(parts: tuple[float, ...]) -> Any:
    from rasterio import Affine

    return Affine(*parts)


def _valid(polygons: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Make rings that touch themselves into valid polygons, all in normal form."""
    invalid = ~shapely.is_valid(polygons)
    if invalid.any():
        polygons[invalid] = shapely.make_valid(polygons[invalid])
    normal: npt.NDArray[np.object_] = shapely.normalize(polygons)
    return normal


def _border_pieces(
    corners: npt.NDArray[np.float64],
    piece_of_corner: IntArray,
    ring_starts: IntArray,
    row: int,
    width: int,
) -> IntArray:
    """Give the piece of each pixel at a border, from the sides that lie on it; -1 where none is."""
    pieces = np.full(width, -1, np.int64)
    on_border = corners[:, 1] == row
    sides = np.flatnonzero(on_border[:-1] & on_border[1:])
    # A pair of corners that ends one ring and begins the next is no side
    sides = sides[~np.isin(sides + 1, ring_starts)]
    columns = np.sort(np.stack([corners[sides, 0], corners[sides + 1, 0]], axis=1), axis=1).astype(
        int
    )
    for (start, stop), piece in zip(columns.tolist(), piece_of_corner[sides].tolist(), strict=True):
        pieces[start:stop] = piece
    return pieces
