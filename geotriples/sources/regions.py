"""Regions of equal class: connected pixels of one class as polygons, strip by strip.

A raster is taken in strips of rows, so that memory is bounded by one strip and
by the regions that are still growing. Pieces of a region in neighbouring strips
are joined where their pixels touch across the border; the result does not depend
on where the borders are. Coordinates are columns and rows of pixel corners.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from geotriples.sources.growing import Growing, Regions
from geotriples.sources.rings import IntArray, Polygons, offsets


@dataclass(frozen=True, slots=True)
class Strip:
    """Whole rows of a band: their classes, and which pixels have one."""

    first_row: int
    classes: npt.NDArray[Any]
    valid: npt.NDArray[np.bool_]
    values: tuple[IntArray, ...] = ()
    """Whole numbers of each pixel that are summed up over regions."""


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
        Valid polygons (several where a region hangs together by corners), each
        region once, as soon as it cannot grow any more.
    """
    growing = Growing(corners_connect=connectivity == 8)
    for strip in strips:
        pieces = _pieces(strip)
        height, width = strip.classes.shape
        first, last = (
            _pieces_along(pieces.polygons, row, width)
            for row in (strip.first_row, strip.first_row + height)
        )
        touching = _corner_pairs(strip, pieces) if connectivity == 8 else np.empty((0, 2), int)
        yield from growing.add(pieces, (strip.first_row, first, last), touching)
    yield from growing.finish()


def _pieces(strip: Strip) -> Regions:
    """Polygonize a strip."""
    from rasterio import features

    classes: list[float] = []
    ring_counts: list[int] = []
    sizes: list[int] = []

    def rings() -> Iterator[list[tuple[float, float]]]:
        for shape, value in features.shapes(strip.classes, mask=strip.valid):
            classes.append(value)
            ring_counts.append(len(shape["coordinates"]))
            for ring in shape["coordinates"]:
                sizes.append(len(ring))
                yield ring

    # Corners leave GDAL as tuples: one pass, so that none is kept
    flat = chain.from_iterable(chain.from_iterable(rings()))
    corners = np.fromiter(flat, np.float64).astype(np.int32).reshape(-1, 2)
    local = Polygons(corners, offsets(sizes), offsets(ring_counts))
    sums = [local.pixel_counts()]
    for values in strip.values:
        below = np.zeros(np.add(values.shape, 1), np.int64)
        np.cumsum(np.cumsum(values, axis=0), axis=1, out=below[1:, 1:])
        sums.append(local.along_sides(below[corners[:, 1], corners[:, 0]]))
    corners[:, 1] += strip.first_row
    whole = np.arange(len(local) + 1)
    return Regions(local, whole, np.array(classes, np.int64), np.stack(sums, axis=1))


def _pieces_along(pieces: Polygons, row: int, width: int) -> IntArray:
    """Give the piece of each pixel at a border, from the sides that lie on it; -1 where none is."""
    found = np.full(width, -1, np.int64)
    on_border = pieces.corners[:, 1] == row
    sides = np.flatnonzero(on_border[:-1] & on_border[1:])
    # A pair of corners that ends one ring and begins the next is no side
    sides = sides[pieces.rings[np.searchsorted(pieces.rings, sides + 1)] != sides + 1]
    columns = np.sort(pieces.corners[np.stack([sides, sides + 1], axis=1), 0], axis=1)
    lengths = columns[:, 1] - columns[:, 0]
    piece = np.searchsorted(pieces.starts, sides, side="right") - 1
    pixels = np.arange(lengths.sum()) - np.repeat(offsets(lengths)[:-1] - columns[:, 0], lengths)
    found[pixels] = np.repeat(piece, lengths)
    return found


def _corner_pairs(strip: Strip, pieces: Regions) -> IntArray:
    """Give the pairs of a strip's pieces whose pixels touch at a corner alone."""
    classes = np.where(strip.valid, strip.classes.astype(np.int64), np.iinfo(np.int64).min)
    a, b, c, d = classes[:-1, :-1], classes[:-1, 1:], classes[1:, :-1], classes[1:, 1:]
    meeting = np.argwhere(((a == d) & strip.valid[:-1, :-1]) | ((b == c) & strip.valid[:-1, 1:]))
    corners, width = pieces.polygons.corners, strip.classes.shape[1] + 1
    keys = (corners[:, 1] - strip.first_row).astype(np.int64) * width + corners[:, 0]
    here = np.flatnonzero(np.isin(keys, (meeting + 1) @ [width, 1]))
    piece = np.searchsorted(pieces.polygons.starts, here, side="right") - 1
    order = np.lexsort((piece, pieces.classes[piece], keys[here]))
    here, piece = keys[here][order], piece[order]
    same = (here[1:] == here[:-1]) & (pieces.classes[piece[1:]] == pieces.classes[piece[:-1]])
    pairs: IntArray = np.unique(np.stack([piece[:-1], piece[1:]], axis=1)[same], axis=0)
    return pairs
