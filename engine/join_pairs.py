"""The exact matrices of chosen pairs, in any order: for who decides what is verified, and when.

The other kernels find candidates themselves and verify all of them. Here the
caller has the candidates and asks in batches. A geometry is kept prepared over
the batches where the vertices it saves are many, up to a bound of memory.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from engine.join_codes import Matrices, codes_of, texts_of, transposed
from engine.join_geometries import Floats, Geometries, Integers, Objects
from engine.join_matrices import matrices_of
from engine.join_related import is_doubtful

# Microseconds of one `relate`, fitted on polygons and lines of 4 to 20,000 vertices: it
# looks at every vertex, and works on those where the boxes meet, up to some.
_CALL_US = 1.6
_VERTEX_US = 0.011
_MEETING_US = 0.15
_MEETING_MOST = 35.0
_PREPARE_US = 0.1  # a vertex
_KEPT_VERTICES = 2_000_000  # an index takes about 200 bytes a vertex


class Cost(NamedTuple):
    """(n,) predicted microseconds of pairs, and the row of the side that is prepared, or -1."""

    microseconds: Floats
    left: Integers
    right: Integers


def predicted_cost(left: Geometries, right: Geometries, rows: Integers, shares: Floats) -> Cost:
    """Predict what it costs to verify each of (2, n) pairs when all of them are.

    `shares` (2, n) say which part of the left and of the right box the other covers.
    The side with more vertices is prepared where its pairs are many enough to pay for
    it; they share what that costs.
    """
    sizes = [shapely.get_num_coordinates(side.values) for side in (left, right)]
    vertices = np.array([of_side[chosen] for of_side, chosen in zip(sizes, rows, strict=True)])
    meeting = np.minimum(vertices * np.sqrt(shares), _MEETING_MOST).sum(axis=0)
    cost = _CALL_US + _MEETING_US * meeting + _VERTEX_US * vertices.sum(axis=0)
    heavier = np.where(vertices[0] >= vertices[1], 0, 1)
    prepared = []
    for side in (0, 1):
        pairs = np.flatnonzero(heavier == side)
        of_pairs = rows[side, pairs]
        saved = _VERTEX_US * vertices[side, pairs]
        gain = np.bincount(of_pairs, saved, minlength=len(sizes[side]))
        price = _PREPARE_US * sizes[side]
        keeping = _affordable(gain - price, sizes[side])[of_pairs]
        often = np.bincount(of_pairs, minlength=len(sizes[side]))[of_pairs]
        cost[pairs] += np.where(keeping, price[of_pairs] / often - saved, 0.0)
        kept = np.full(rows.shape[1], -1)
        kept[pairs[keeping]] = of_pairs[keeping]
        prepared.append(kept)
    return Cost(cost, *prepared)


def _affordable(gain: Floats, sizes: Integers) -> npt.NDArray[np.bool_]:
    """Tell which geometries to keep prepared: those that gain most, as far as memory goes."""
    kept = np.zeros(len(gain), dtype=bool)
    gaining = np.flatnonzero(gain > 0)
    order = gaining[np.argsort(-gain[gaining], kind="stable")]
    kept[order[np.cumsum(sizes[order]) <= _KEPT_VERTICES]] = True
    return kept


class PairVerifier:
    """Answers for pairs of two sets in one CRS; to be closed, which frees what it prepared."""

    def __init__(self, left: Geometries, right: Geometries, rows: Integers, shares: Floats) -> None:
        self._left, self._right = left.values, right.values
        self._pairs = rows
        self.cost = predicted_cost(left, right, rows, shares)
        self._sound = [_Soundness(left.values), _Soundness(right.values)]

    def matrices(self, chosen: Integers) -> Matrices:
        """Give the DE-9IM matrices of (left, right) for some of the pairs, by their number.

        An empty matrix stands where GEOS fails.
        """
        rows = self._pairs[:, chosen]
        backwards = self.cost.right[chosen] >= 0
        if backwards.any():
            # Only sound pairs have the same matrix from either side (engine.join_related).
            backwards[backwards] = self._sound[0](rows[0, backwards])
            backwards[backwards] = self._sound[1](rows[1, backwards])
        result = np.zeros(len(chosen), dtype="S9")
        ahead = ~backwards
        self._prepare(chosen[ahead], chosen[backwards])
        result[ahead] = matrices_of(self._left[rows[0, ahead]], self._right[rows[1, ahead]])
        behind = matrices_of(self._right[rows[1, backwards]], self._left[rows[0, backwards]])
        result[backwards] = texts_of(transposed(codes_of(behind)))
        return result

    def _prepare(self, ahead: Integers, backwards: Integers) -> None:
        left, right = self.cost.left[ahead], self.cost.right[backwards]
        shapely.prepare(self._left[np.unique(left[left >= 0])])
        shapely.prepare(self._right[np.unique(right)])

    def close(self) -> None:
        """Free the prepared geometries."""
        for values, kept in ((self._left, self.cost.left), (self._right, self.cost.right)):
            shapely.destroy_prepared(values[np.unique(kept[kept >= 0])])


class _Soundness:
    """Remembers which geometries of a set are neither invalid nor collections."""

    def __init__(self, values: Objects) -> None:
        self._values = values
        self._known = np.full(len(values), -1, dtype=np.int8)

    def __call__(self, rows: Integers) -> npt.NDArray[np.bool_]:
        asked = np.unique(rows)
        asked = asked[self._known[asked] < 0]
        self._known[asked] = ~is_doubtful(self._values[asked])
        sound: npt.NDArray[np.bool_] = self._known[rows] == 1
        return sound
