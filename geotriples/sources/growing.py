"""Regions that may go on in the next strip: pieces, and which of them belong together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from geotriples.sources.rings import IntArray, Polygons, joined, offsets, together


@dataclass(frozen=True, slots=True)
class Regions:
    """Regions: their polygons, and what is known of each."""

    polygons: Polygons
    starts: IntArray
    """Number of each region's first polygon, and the end."""
    classes: IntArray
    sums: IntArray
    """A row for each region: its pixels, then the sum of each value."""

    def take(self, which: npt.NDArray[np.bool_]) -> Regions:
        """Give the regions that are marked."""
        counts = np.diff(self.starts)
        return Regions(
            self.polygons.take(np.repeat(which, counts)), offsets(counts[which]),
            self.classes[which], self.sums[which],
        )  # fmt: skip

    def portions(self, corners: int = 1 << 26) -> Iterator[Regions]:
        """Give the regions in portions of about so many corners: an Arrow array ends at 2 GB."""
        portion = self.polygons.starts[self.starts[:-1]] // corners
        for number in np.unique(portion):
            yield self.take(portion == number)

    def gathered(self, polygons: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
        """Give the geometry of each region, from one for each polygon."""
        counts = np.diff(self.starts)
        if len(counts) == len(polygons):
            return polygons
        geometries = polygons[self.starts[:-1]]
        several = counts > 1
        members = np.repeat(several, counts)
        numbers = np.repeat(np.cumsum(several) - 1, counts)[members]
        geometries[several] = shapely.multipolygons(polygons[members], indices=numbers)
        return geometries


def all_regions(several: Sequence[Regions]) -> Regions:
    """Give regions as one sequence."""
    return Regions(
        together([one.polygons for one in several]),
        offsets(np.concatenate([np.diff(one.starts) for one in several])),
        np.concatenate([one.classes for one in several]),
        np.concatenate([one.sums for one in several]),
    )


class Forest:
    """Sets of numbers that are put together pair by pair."""

    def __init__(self) -> None:
        self._parent: dict[int, int] = {}

    def add(self, number: int) -> None:
        """Make a set of one number."""
        self._parent[number] = number

    def join(self, left: int, right: int) -> None:
        """Put two sets together."""
        self._parent[self.root(right)] = self.root(left)

    def root(self, number: int) -> int:
        """Give the number that stands for the set of another."""
        while self._parent[number] != number:
            self._parent[number] = self._parent[self._parent[number]]
            number = self._parent[number]
        return number

    def remove(self, numbers: Sequence[int]) -> None:
        """Forget all numbers of some sets."""
        for number in numbers:
            del self._parent[number]


@dataclass(frozen=True, slots=True)
class _Piece:
    polygon: Polygons
    value: int
    sums: IntArray


class Growing:
    """Takes the pieces of one strip after the other, and gives regions that are whole."""

    def __init__(self, *, corners_connect: bool) -> None:
        self._shifts = (0, -1, 1) if corners_connect else (0,)
        self._by_sides, self._by_corners = Forest(), Forest()
        self._pieces: dict[int, _Piece] = {}
        self._seams: list[int] = []
        self._last = np.empty(0, np.int64)
        self._next = 0

    def add(
        self, pieces: Regions, borders: tuple[int, IntArray, IntArray], touching: IntArray
    ) -> Iterator[Regions]:
        """Take a strip's pieces in.

        Parameters
        ----------
        pieces
            One polygon each.
        borders
            The strip's first row; the piece of each pixel of its first row and of its
            last one, or -1.
        touching
            Pairs of pieces that belong together.
        """
        row, first, last = borders
        linked = np.zeros(len(pieces.classes), np.bool_)
        for numbers in (first if self._seams else first[:0], last, touching.ravel()):
            linked[numbers[numbers >= 0]] = True
        if not linked.all():
            yield pieces.take(~linked)
        ids = np.full(len(linked) + 1, -1, np.int64)
        ids[:-1][linked] = np.arange(self._next, self._next + linked.sum())
        self._keep(pieces.take(linked))
        for left, right in ids[touching].tolist():
            self._by_corners.join(left, right)
        if self._seams:
            self._join(ids[first])
        self._seams.append(row)
        self._last = ids[last]
        border = np.unique(self._last)
        yield from self._release({self._by_corners.root(int(one)) for one in border[border >= 0]})

    def finish(self) -> Iterator[Regions]:
        """Give what is left after the last strip."""
        yield from self._release(set())

    def _keep(self, pieces: Regions) -> None:
        parts = zip(pieces.polygons.split(), pieces.classes.tolist(), pieces.sums, strict=True)
        for polygon, value, sums in parts:
            self._pieces[self._next] = _Piece(polygon, value, sums)
            self._by_sides.add(self._next)
            self._by_corners.add(self._next)
            self._next += 1

    def _join(self, first: IntArray) -> None:
        """Join pieces whose pixels touch across the border and have the same class."""
        width = first.size
        for shift in self._shifts:
            above = self._last[max(0, -shift) : width - max(0, shift)]
            below = first[max(0, shift) : width + min(0, shift)]
            pairs = np.unique(np.stack([above, below], axis=1)[(above >= 0) & (below >= 0)], axis=0)
            for left, right in pairs.tolist():
                if self._pieces[left].value == self._pieces[right].value:
                    self._by_corners.join(left, right)
                    if shift == 0:
                        self._by_sides.join(left, right)

    def _release(self, still_growing: set[int]) -> Iterator[Regions]:
        whole: dict[int, dict[int, list[int]]] = {}
        for number in self._pieces:
            root = self._by_corners.root(number)
            if root not in still_growing:
                by_sides = whole.setdefault(root, {})
                by_sides.setdefault(self._by_sides.root(number), []).append(number)
        if not whole:
            return
        seams = np.array(self._seams)
        polygons, counts, classes, sums = [], [], [], []
        for by_sides in whole.values():
            numbers = [number for group in by_sides.values() for number in group]
            classes.append(self._pieces[numbers[0]].value)
            sums.append(np.sum([self._pieces[number].sums for number in numbers], axis=0))
            parts = [self._polygon(group, seams) for group in by_sides.values()]
            polygons += sorted(parts, key=lambda part: part.corners[0, ::-1].tolist())
            counts.append(len(parts))
            for forest in (self._by_sides, self._by_corners):
                forest.remove(numbers)
            for number in numbers:
                del self._pieces[number]
        yield Regions(together(polygons), offsets(counts), np.array(classes), np.stack(sums))

    def _polygon(self, numbers: list[int], seams: IntArray) -> Polygons:
        if len(numbers) == 1:
            return self._pieces[numbers[0]].polygon
        return joined([self._pieces[number].polygon for number in numbers], seams)
