"""Simplification of regions that keeps the borders they share."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geotriples.sources.areas import placed_polygons
from geotriples.sources.rings import Corners, IntArray, Polygons, offsets


def simplified(polygons: Polygons, transform: Any, tolerance: float) -> npt.NDArray[np.object_]:
    """Place polygons of pixels in the CRS and simplify them together.

    Parameters
    ----------
    polygons
        All of the coverage, in pixel coordinates.
    transform
        Affine transform from pixel coordinates to the CRS.
    tolerance
        Triangles of corners are taken away up to the area of its square, in units
        of the CRS.

    Returns
    -------
    ndarray
        Geometries; no gap and no overlap between two that shared a border.
    """
    placed = placed_polygons(_noded(polygons), transform)
    # Equal triangles are taken away in the order of the polygons: let the data say it
    order = np.lexsort(polygons.corners[polygons.starts[:-1]].T)
    placed[order] = shapely.coverage_simplify(placed[order], tolerance)
    return placed


def _noded(polygons: Polygons) -> Polygons:
    """Give each side the corners that others have on it: a border is then the same on both."""
    corners = polygons.corners
    upright = np.zeros(len(corners), np.bool_)
    upright[:-1] = corners[:-1, 0] == corners[1:, 0]
    added: list[Corners] = []
    before: list[IntArray] = []
    for axis, along in ((0, ~upright), (1, upright)):
        sides = np.setdiff1d(np.flatnonzero(along), polygons.rings[1:] - 1)
        places, number = _places_on(corners, sides, axis)
        added.append(places)
        before.append(sides[number] + 1)
    positions = np.concatenate(before)
    inserted = np.bincount(positions, minlength=len(corners) + 1)
    return Polygons(
        np.insert(corners, positions, np.concatenate(added), axis=0),
        polygons.rings + offsets(inserted)[polygons.rings],
        polygons.polygons,
    )


def _places_on(corners: Corners, sides: IntArray, axis: int) -> tuple[Corners, IntArray]:
    """Give the corners that lie within sides along an axis, in their order, and on which."""
    keys = corners[:, 1 - axis].astype(np.int64) << 32 | corners[:, axis]
    known = np.unique(keys)
    begin, end = keys[sides], keys[sides + 1]
    forwards = begin < end
    low = np.searchsorted(known, np.minimum(begin, end), side="right")
    counts = np.searchsorted(known, np.maximum(begin, end)) - low
    number = np.repeat(np.arange(len(sides)), counts)
    step = np.arange(len(number)) - offsets(counts)[number]
    which = np.where(forwards[number], low[number] + step, (low + counts - 1)[number] - step)
    places = np.empty((len(which), 2), np.int32)
    places[:, axis], places[:, 1 - axis] = known[which] & 0xFFFFFFFF, known[which] >> 32
    return places, number
