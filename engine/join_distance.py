"""Pairs by distance, exactly: within a distance, and the k nearest.

Geometries are cut into short pieces with boxes. A tree of the boxes gives the
pairs of pieces that may matter; their distances are computed from the closest
boxes on, until the boxes alone show that nothing nearer can come. So a polygon
of twenty thousand vertices costs no more than the few pieces of it that are
near. Pairs that meet, one inside the other maybe, are found by predicate before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import shapely

from engine.box_tree import BoxTree, Found, box_tree, nearest, portions, within
from engine.join_geometries import Floats, Geometries, Integers, Pairs, concatenated
from engine.join_space import Pieces, Space, pieces_of, space_of
from engine.protocol import Nearest, WithinDistance

_FIRST_ROUND = 2
_ROUND_GROWTH = 4
_PIECES_AT_ONCE = 20_000
_DISTANCES_AT_ONCE = 65_536
_ROUNDING = 1e-12

Prober = Callable[[Geometries], Pairs]


class _Side(NamedTuple):
    """Geometries of one side that can be measured, and their pieces."""

    geometries: Geometries
    pieces: Pieces
    has_areas: bool


class _Index(NamedTuple):
    """The indexed side with its trees; `pieces_tree` is None where there is no piece."""

    side: _Side
    tree: shapely.STRtree
    pieces_tree: BoxTree | None
    space: Space
    is_left: bool


class _Contest(NamedTuple):
    """Pairs of geometries by key, and the contest in which each wants one of the first `k` places.

    `threshold` is what a contest's k-th place is known to be at most.
    """

    keys: Integers
    number: Integers
    threshold: Floats
    k: int


class _Candidates(NamedTuple):
    """(n,) pairs of pieces: the key of their pair of geometries, and a lower bound."""

    key: Integers
    probing: Integers
    indexed: Integers
    least: Floats

    def take(self, rows: Any) -> _Candidates:
        """Give some of them."""
        return _Candidates(self.key[rows], self.probing[rows], self.indexed[rows], self.least[rows])


def within_prober(
    indexed: Geometries, condition: WithinDistance, srid: int, *, tree_is_left: bool
) -> Prober:
    """Index one side; the function given back finds what lies within the distance of a chunk.

    Raises
    ------
    CRSError
        The CRS is unknown, so it has no metres.
    """
    index = _index(indexed, space_of(srid, condition.unit), tree_is_left)

    def probe(chunk: Geometries) -> Pairs:
        side = _side(chunk, index.space)
        meeting = _meeting(side, index)
        parts = [_pairs(side, index, meeting, np.zeros(len(meeting)))]
        for candidates in _within(side, index, condition.distance, meeting):
            keys = np.unique(candidates.key)
            limits = np.full(len(keys), condition.distance)
            contest = _Contest(keys, np.arange(len(keys)), limits, k=1)
            best = _measured(np.full(len(keys), np.inf), contest, candidates, side, index)
            near = best <= condition.distance
            parts.append(_pairs(side, index, keys[near], best[near]))
        return replace(concatenated(parts), unusable=len(chunk) - len(side.geometries))

    return probe


def nearest_prober(indexed: Geometries, condition: Nearest, srid: int) -> Prober:
    """Index the right side; the function given back finds the nearest ones to a chunk of the left.

    Raises
    ------
    CRSError
        The CRS is unknown, so it has no metres.
    """
    index = _index(indexed, space_of(srid, condition.unit), False)
    limit = np.inf if condition.max_distance is None else condition.max_distance

    def probe(chunk: Geometries) -> Pairs:
        side = _side(chunk, index.space)
        meeting = _meeting(side, index)
        keys, distances = [meeting], [np.zeros(len(meeting))]
        for candidates in _nearest(side, index, condition.k, limit, meeting):
            pairs = np.unique(np.append(candidates.key, meeting))
            known = np.isin(pairs, meeting)
            limits = np.full(len(side.geometries), limit)
            contest = _Contest(pairs, pairs // len(index.side.geometries), limits, condition.k)
            best = _measured(np.where(known, 0.0, np.inf), contest, candidates, side, index)
            keys.append(pairs[~known])
            distances.append(best[~known])
        near = np.concatenate(distances) <= min(limit, np.finfo(np.float64).max)
        found = _pairs(side, index, np.concatenate(keys)[near], np.concatenate(distances)[near])
        unusable = len(chunk) - len(side.geometries)
        return replace(first_places(found, condition.k), unusable=unusable)

    return probe


def first_places(pairs: Pairs, k: int) -> Pairs:
    """Keep the `k` nearest right ids of each left id; of equal distances the smaller id."""
    distances = np.zeros(len(pairs)) if pairs.value is None else pairs.value
    order = np.lexsort((pairs.right, distances, pairs.left))
    return pairs.take(order[_rank(pairs.left[order]) < k])


def _rank(group: Integers) -> Integers:
    """Give the place of each row within its group; the groups are sorted."""
    starts = np.flatnonzero(np.append(True, group[1:] != group[:-1])[: len(group)])
    sizes = np.diff(np.append(starts, len(group)))
    return np.arange(len(group)) - np.repeat(starts, sizes)


def _side(geometries: Geometries, space: Space) -> _Side:
    usable = geometries.take(space.usable(geometries.values))
    has_areas = bool((shapely.get_dimensions(usable.values) == 2).any())
    return _Side(usable, pieces_of(usable, space), has_areas)


def _index(geometries: Geometries, space: Space, is_left: bool) -> _Index:
    side = _side(geometries, space)
    pieces = side.pieces
    pieces_tree = box_tree(pieces.boxes, pieces.owner) if len(pieces.owner) else None
    return _Index(side, shapely.STRtree(side.geometries.values), pieces_tree, space, is_left)


def _meeting(probing: _Side, index: _Index) -> Integers:
    """Give the keys of the pairs that meet, where one may lie inside the other."""
    if not (probing.has_areas or index.side.has_areas):
        return np.empty(0, dtype=np.int64)
    rows, columns = index.tree.query(probing.geometries.values, predicate="intersects")
    keys: Integers = np.sort(rows * len(index.side.geometries) + columns)
    return keys


def _within(
    probing: _Side, index: _Index, distance: float, known: Integers
) -> Iterator[_Candidates]:
    """Yield the pairs of pieces whose boxes are within the distance."""
    if index.pieces_tree is not None:
        pieces = probing.pieces
        reach = distance / index.space.scale * (1.0 + _ROUNDING)
        for found in within(index.pieces_tree, pieces.boxes, pieces.owner, reach):
            yield _candidates(found, probing, index, known)


def _nearest(
    probing: _Side, index: _Index, k: int, limit: float, known: Integers
) -> Iterator[_Candidates]:
    """Yield the pairs of pieces that may decide which are the nearest."""
    if index.pieces_tree is None:
        return
    pieces, space = probing.pieces, index.space
    limits = np.full(len(probing.geometries), limit / space.scale * (1.0 + _ROUNDING))
    settled = np.bincount(known // len(index.side.geometries), minlength=len(limits)) >= k
    limits[settled] = 0.0
    for part in portions(pieces.owner, _PIECES_AT_ONCE):
        boxes = pieces.boxes.take(part)
        found = nearest(index.pieces_tree, boxes, pieces.owner[part], k, limits, space.farthest)
        whole = Found(found.query + part.start, found.row, found.gap)
        yield _candidates(whole, probing, index, known)


def _candidates(found: Found, probing: _Side, index: _Index, known: Integers) -> _Candidates:
    """Give pairs of pieces as candidates, without those of pairs known to meet."""
    rows = probing.pieces.owner[found.query]
    columns = index.side.pieces.owner[found.row]
    keys = rows * len(index.side.geometries) + columns
    candidates = _Candidates(keys, found.query, found.row, found.gap * index.space.scale)
    return candidates.take(~np.isin(keys, known)) if len(known) else candidates


def _measured(
    best: Floats, contest: _Contest, candidates: _Candidates, probing: _Side, index: _Index
) -> Floats:
    """Lower `best`, the distances of the pairs, as far as the contest needs it.

    The pairs of pieces are measured in rounds, nearest boxes first; what cannot
    take a place any more, or cannot lower the distance of its pair, is dropped.
    """
    pair = np.searchsorted(contest.keys, candidates.key)
    order = np.lexsort((candidates.least, contest.number[pair]))
    candidates, pair = candidates.take(order), pair[order]
    size = _FIRST_ROUND * contest.k
    while True:
        _lower_threshold(contest, best)
        number = contest.number[pair]
        live = (candidates.least <= contest.threshold[number]) & (candidates.least < best[pair])
        candidates, pair = candidates.take(live), pair[live]
        if not len(pair):
            return best
        now = _rank(contest.number[pair]) < size
        distances = _distances(candidates.take(now), probing, index)
        np.minimum.at(best, pair[now], distances)
        candidates, pair = candidates.take(~now), pair[~now]
        size *= _ROUND_GROWTH


def _lower_threshold(contest: _Contest, best: Floats) -> None:
    order = np.lexsort((best, contest.number))
    last = order[_rank(contest.number[order]) == contest.k - 1]
    np.minimum.at(contest.threshold, contest.number[last], best[last])


def _distances(candidates: _Candidates, probing: _Side, index: _Index) -> Floats:
    result = np.full(len(candidates.key), np.inf)
    for start in range(0, len(result), _DISTANCES_AT_ONCE):
        part = slice(start, start + _DISTANCES_AT_ONCE)
        a = probing.pieces.values[candidates.probing[part]]
        b = index.side.pieces.values[candidates.indexed[part]]
        result[part] = index.space.distances(*((b, a) if index.is_left else (a, b)))
    return np.where(np.isnan(result), np.inf, result)


def _pairs(probing: _Side, index: _Index, keys: Integers, distances: Floats) -> Pairs:
    rows, columns = np.divmod(keys, max(1, len(index.side.geometries)))
    a, b = probing.geometries.ids[rows], index.side.geometries.ids[columns]
    return Pairs(*((b, a) if index.is_left else (a, b)), distances)
