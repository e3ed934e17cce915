"""Rectilinear polygons as arrays of corners, and the joining of those that a border cut.

Corners are columns and rows of the pixel grid. A ring is closed, has its region on
one side throughout (left sides go down, bottoms go right), begins at its topmost,
then leftmost corner and meets no corner twice; a polygon is its outer ring, then its
holes in the order of their first corners. So a polygon has one form only, which is
also the one that GDAL gives it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
Corners = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Polygons:
    """Polygons as corners, first corner of each ring, first ring of each polygon."""

    corners: Corners
    rings: IntArray
    polygons: IntArray

    def __len__(self) -> int:
        return len(self.polygons) - 1

    @property
    def starts(self) -> IntArray:
        """The number of each polygon's first corner, and of the end."""
        return self.rings[self.polygons]

    def take(self, which: npt.NDArray[np.bool_]) -> Polygons:
        """Give the polygons that are marked."""
        if which.all():
            return self
        ring_counts, sizes = np.diff(self.polygons), np.diff(self.rings)
        taken = np.repeat(which, ring_counts)
        return Polygons(
            self.corners[np.repeat(taken, sizes)],
            offsets(sizes[taken]),
            offsets(ring_counts[which]),
        )

    def split(self) -> Iterator[Polygons]:
        """Give the polygons one by one."""
        for start, stop in zip(self.polygons[:-1], self.polygons[1:], strict=True):
            rings = self.rings[start : stop + 1]
            corners = self.corners[rings[0] : rings[-1]]
            yield Polygons(corners, rings - rings[0], np.array([0, stop - start]))

    def along_sides(self, values: npt.NDArray[np.int64]) -> IntArray:
        """Sum, for each polygon, what a value of its corners falls by along its vertical sides."""
        vertical = self.corners[:-1, 0] == self.corners[1:, 0]
        falls = np.zeros(len(values), np.int64)
        np.multiply(values[:-1] - values[1:], vertical, out=falls[:-1])
        falls[self.rings[1:] - 1] = 0
        sums: IntArray = np.add.reduceat(falls, self.starts[:-1])
        return sums

    def pixel_counts(self) -> IntArray:
        """Count the pixels of each polygon."""
        columns, rows = self.corners[:, 0], self.corners[:, 1]
        falls = np.zeros(len(rows), np.int64)
        falls[:-1] = columns[:-1] * -np.diff(rows.astype(np.int64))
        falls[self.rings[1:] - 1] = 0
        sums: IntArray = np.add.reduceat(falls, self.starts[:-1])
        return sums


def offsets(sizes: npt.ArrayLike) -> IntArray:
    """Give where things of these sizes begin, and the end."""
    return np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)])


def together(several: Sequence[Polygons]) -> Polygons:
    """Give polygons as one sequence."""
    return Polygons(
        np.concatenate([one.corners for one in several]),
        offsets(np.concatenate([np.diff(one.rings) for one in several])),
        offsets(np.concatenate([np.diff(one.polygons) for one in several])),
    )


def joined(pieces: Sequence[Polygons], seams: IntArray) -> Polygons:
    """Join the pieces of one region, which rows `seams` cut, into its one polygon."""
    corners = np.concatenate([piece.corners for piece in pieces])
    rings = offsets(np.concatenate([np.diff(piece.rings) for piece in pieces]))
    along = np.zeros(len(corners), np.bool_)
    along[:-1] = corners[:-1, 1] == corners[1:, 1]
    along[rings[1:] - 1] = False
    along &= np.isin(corners[:, 1], seams)
    cut = np.add.reduceat(along, rings[:-1]) > 0
    sides = np.flatnonzero(along)
    chains = [*_left_over(corners[sides], corners[sides + 1])]
    for start, stop in zip(rings[:-1][cut], rings[1:][cut], strict=True):
        chains += _chains(corners[start : stop - 1], np.flatnonzero(along[start:stop]))
    found = [corners[start:stop] for start, stop in
             zip(rings[:-1][~cut], rings[1:][~cut], strict=True)]  # fmt: skip
    found += [simple for ring in _linked(chains) for simple in _simple(_corners_only(ring))]
    # An outer ring begins with a side that goes down, a hole with one that goes right
    found.sort(key=lambda ring: (ring[0, 0] != ring[1, 0], ring[0, 1], ring[0, 0]))
    return Polygons(
        np.concatenate(found), offsets([len(ring) for ring in found]), np.array([0, len(found)])
    )


def _chains(ring: Corners, sides: IntArray) -> Iterator[Corners]:
    """Give what is left of an open ring without some of its sides."""
    for start, stop in zip(sides[:-1] + 1, sides[1:] + 1, strict=True):
        yield ring[start:stop]
    yield np.concatenate([ring[sides[-1] + 1 :], ring[: sides[0] + 1]])


def _left_over(begin: Corners, end: Corners) -> Iterator[Corners]:
    """Give the sides along seams that only one strip has: those of both cancel out."""
    places = np.concatenate([begin, end])
    order = np.lexsort((places[:, 0], places[:, 1]))
    # Bottoms go right and tops go left: so +1 at each begin counts bottoms up and tops down
    surplus = np.cumsum(np.repeat([1, -1], len(begin))[order])
    places = places[order]
    for position in np.flatnonzero(surplus):
        side = places[position : position + 2]
        if side[0, 0] != side[1, 0]:
            yield side if surplus[position] > 0 else side[::-1]


def _linked(chains: Sequence[Corners]) -> Iterator[Corners]:
    """Link chains, end to start, to open rings."""
    starts: dict[tuple[int, ...], list[int]] = {}
    for number, chain in enumerate(chains):
        starts.setdefault(tuple(chain[0].tolist()), []).append(number)
    while starts:
        first = place = next(iter(starts))
        links: list[Corners] = []
        while not links or place != first:
            number = starts[place].pop()
            if not starts[place]:
                del starts[place]
            links.append(chains[number][:-1])
            place = tuple(chains[number][-1].tolist())
        yield np.concatenate(links)


def _corners_only(ring: Corners) -> Corners:
    """Leave out places of an open ring where it goes straight on."""
    closed = np.concatenate([ring[-1:, 0], ring[:, 0], ring[:1, 0]])
    upright = closed[1:] == closed[:-1]
    corners: Corners = ring[upright[1:] != upright[:-1]]
    return corners


def _simple(ring: Corners) -> Iterator[Corners]:
    """Cut an open ring into closed ones that meet no corner twice, each from its first corner."""
    places = ring[:, 1].astype(np.int64) << 32 | ring[:, 0]
    parts = [ring] if len(np.unique(places)) == len(ring) else _loops(ring, places.tolist())
    for part in parts:
        first = int(np.argmin(part[:, 1].astype(np.int64) << 32 | part[:, 0]))
        yield np.concatenate([part[first:], part[: first + 1]])


def _loops(ring: Corners, places: Sequence[int]) -> Iterator[Corners]:
    """Take a loop out of a ring whenever it comes back to a place."""
    path: list[int] = []
    position_of: dict[int, int] = {}
    for number, place in enumerate(places):
        if place in position_of:
            start = position_of[place]
            yield ring[path[start:]]
            for left in path[start:]:
                del position_of[places[left]]
            del path[start:]
        position_of[place] = len(path)
        path.append(number)
    yield ring[path]
