"""A packed tree of boxes in any number of dimensions, searched for many queries at once.

`shapely.STRtree` knows the plane only and nearest means one there. This tree
also holds the boxes of the geodesic space of `engine.join_distance`, and its
nearest search bounds the distance of the k-th neighbor while it descends, so
that clusters and far-off queries cost no more than others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from engine.join_geometries import Floats, Integers

FAN_OUT = 16
_NODES_AT_ONCE = 200_000
_ROUNDING = 1e-12


class Boxes(NamedTuple):
    """(m, d) lower and upper corners."""

    low: Floats
    high: Floats

    def take(self, rows: Integers | slice) -> Boxes:
        """Give some of the boxes."""
        return Boxes(self.low[rows], self.high[rows])


class _Level(NamedTuple):
    """Boxes of one level; the children of node i begin at children[i] in the level below.

    `items` counts the distinct items below that a node stands for.
    """

    boxes: Boxes
    children: Integers
    items: Integers


class BoxTree(NamedTuple):
    """Levels from the root down; the lowest holds the boxes in the order of `rows`."""

    levels: tuple[_Level, ...]
    rows: Integers


class Found(NamedTuple):
    """(n,) rows of query boxes and of tree boxes, and the gap between the two."""

    query: Integers
    row: Integers
    gap: Floats


def box_tree(boxes: Boxes, item: Integers) -> BoxTree:
    """Build a tree of (m, d) boxes, m > 0; `item` (m,) says what each is a piece of."""
    rows = _tiled((boxes.low + boxes.high) / 2)
    # One box speaks for each item, so that no item counts twice.
    speaks = np.zeros(len(rows), dtype=np.int64)
    speaks[np.unique(item, return_index=True)[1]] = 1
    level = _Level(boxes.take(rows), np.empty(0, dtype=np.int64), speaks[rows])
    levels = [level]
    while len(level.items) > 1:
        starts = np.arange(0, len(level.items), FAN_OUT)
        parents = Boxes(
            np.minimum.reduceat(level.boxes.low, starts),
            np.maximum.reduceat(level.boxes.high, starts),
        )
        children = np.append(starts, len(level.items))
        level = _Level(parents, children, np.add.reduceat(level.items, starts))
        levels.insert(0, level)
    return BoxTree(tuple(levels), rows)


def _tiled(centers: Floats) -> Integers:
    """Order points so that runs of `FAN_OUT` lie together: slabs along one axis after the other."""
    count, dimensions = centers.shape
    slabs = max(1, int(np.ceil((count / FAN_OUT) ** (1 / dimensions))))
    slab = np.zeros(count, dtype=np.int64)
    for axis in range(dimensions):
        order = np.lexsort((centers[:, axis], slab))
        rank = np.empty(count, dtype=np.int64)
        rank[order] = np.arange(count)
        first = np.searchsorted(slab[order], slab)
        size = np.searchsorted(slab[order], slab, side="right") - first
        slab = slab * slabs + (rank - first) * slabs // size
    return np.argsort(slab, kind="stable")


def within(tree: BoxTree, queries: Boxes, group: Integers, reach: float) -> Iterator[Found]:
    """Yield the pairs of a query and a tree box whose gap is at most `reach`.

    They come in parts of bounded size; `group` (sorted) numbers the query boxes,
    and all pairs of a group come in one part.
    """
    root = np.zeros(len(group), dtype=np.int64)
    yield from _within(tree, queries, group, reach, np.arange(len(group)), root, 0)


def _within(
    tree: BoxTree,
    queries: Boxes,
    group: Integers,
    reach: float,
    query: Integers,
    node: Integers,
    depth: int,
) -> Iterator[Found]:
    """Go down from pairs of queries and nodes of one level."""
    level = tree.levels[depth]
    gap = _gap(queries.take(query), level.boxes.take(node))
    near = gap <= reach
    query, node, gap = query[near], node[near], gap[near]
    if depth == len(tree.levels) - 1:
        yield Found(query, tree.rows[node], gap)
        return
    for part in portions(group[query], _NODES_AT_ONCE):
        below = _expanded(level, query[part], node[part])
        yield from _within(tree, queries, group, reach, *below, depth + 1)


def portions(group: Integers, size: int) -> list[slice]:
    """Cut sorted group numbers into slices of about `size`, never inside a group."""
    starts = np.flatnonzero(np.append(True, group[1:] != group[:-1])[: len(group)])
    wanted = np.searchsorted(starts, np.arange(0, len(group), size))
    cuts = np.unique(np.append(starts[np.minimum(wanted, len(starts) - 1)], len(group)))
    return [slice(int(a), int(b)) for a, b in pairwise(cuts)]


def nearest(
    tree: BoxTree,
    queries: Boxes,
    group: Integers,
    k: int,
    limit: Floats,
    farthest: Callable[[Floats], Floats],
) -> Found:
    """Find the boxes that may hold one of the `k` items nearest to a group of query boxes.

    Parameters
    ----------
    tree
        Boxes of pieces of items.
    queries, group
        Query boxes, and the number of the group that each is a piece of.
    k
        How many items.
    limit
        Per group: nothing farther is wanted.
    farthest
        Gives an upper bound of the distance of two places from their distance in
        the space of the boxes, which itself is a lower bound.

    Returns
    -------
    Found
        Pairs whose gap is at most an upper bound of the distance of the group's k-th item.
    """
    bound = np.array(limit, dtype=np.float64)
    query = np.arange(len(group))
    node = np.zeros(len(group), dtype=np.int64)
    gap = np.zeros(len(group))
    for depth, level in enumerate(tree.levels):
        if depth:
            query, node = _expanded(tree.levels[depth - 1], query, node)
        ours, theirs = queries.take(query), level.boxes.take(node)
        gap = _gap(ours, theirs)
        far = farthest(_span(ours, theirs))
        if k == 1:
            np.minimum.at(bound, group[query], far)
        else:
            _tighten(bound, group[query], node, far, level.items[node], k)
        near = gap <= bound[group[query]]
        query, node, gap = query[near], node[near], gap[near]
    return Found(query, tree.rows[node], gap)


def _tighten(
    bound: Floats, group: Integers, node: Integers, far: Floats, items: Integers, k: int
) -> None:
    """Lower each group's bound to where its nodes are sure to hold `k` items."""
    order = np.lexsort((far, node, group))
    group, node, far, items = group[order], node[order], far[order], items[order]
    first = np.append(True, (group[1:] != group[:-1]) | (node[1:] != node[:-1]))
    group, far, items = group[first], far[first], items[first]
    order = np.lexsort((far, group))
    group, far, items = group[order], far[order], items[order]
    starts = np.flatnonzero(np.append(True, group[1:] != group[:-1]))
    total = np.cumsum(items)
    before = (total - items)[starts]
    reached = total - np.repeat(before, np.diff(np.append(starts, len(group)))) >= k
    np.minimum.at(bound, group[reached], far[reached])


def _expanded(level: _Level, query: Integers, node: Integers) -> tuple[Integers, Integers]:
    """Pair each query with the children of its node."""
    first, last = level.children[node], level.children[node + 1]
    sizes = last - first
    place = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return np.repeat(query, sizes), np.repeat(first, sizes) + place


def _gap(a: Boxes, b: Boxes) -> Floats:
    """Give the least distance of boxes, a little less for the sake of rounding."""
    apart = np.maximum(np.maximum(a.low - b.high, b.low - a.high), 0.0)
    return _length(apart) * (1.0 - _ROUNDING)


def _span(a: Boxes, b: Boxes) -> Floats:
    """Give the greatest distance of boxes, a little more for the sake of rounding."""
    return _length(np.maximum(a.high - b.low, b.high - a.low)) * (1.0 + _ROUNDING)


def _length(vectors: Floats) -> Floats:
    lengths: Floats = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    return lengths
