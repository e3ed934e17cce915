"""Scores of pairs: comparisons, weighted and put together to one number from 0 to 1."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from interlink.measures.shapes import Shapes
from interlink.measures.table import MEASURE_BY_NAME
from interlink.rules.model import Comparison, Score
from interlink.times import Times

Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]

_DIGITS = 9  # a score is told and compared to so many, so that 0.85 is not below 0.85
_COMPARED_AT_ONCE = 1 << 20


class Pairs(Protocol):
    """(n,) pairs of features: what is known of both sides."""

    @property
    def shapes(self) -> Shapes:
        """Their geometries."""
        ...

    @property
    def times(self) -> tuple[Times, Times]:
        """Their times."""
        ...

    def attribute(self, side: str, name: str) -> pa.ListArray:
        """Values of an attribute of the ``left`` or the ``right`` features, as texts."""
        ...


def scores(score: Score, pairs: Pairs) -> Floats:
    """Give the score of each pair; NaN where the pair is no link.

    Parameters
    ----------
    score
        Comparisons, how they are put together, and the threshold.
    pairs
        What they compare.

    Returns
    -------
    ndarray of float
        (n,). A missing value leaves its comparison out, with its weight, or counts as 0,
        as the comparison says. NaN where every comparison is left out, one is less than
        its `at_least`, or all together are less than the threshold.
    """
    likeness = np.array([_filled(one, similarity(one, pairs)) for one in score.comparisons])
    weights = np.array([[one.weight] for one in score.comparisons])
    at_least = np.array([[one.at_least] for one in score.comparisons])
    there = ~np.isnan(likeness)
    together = np.round(COMBINATIONS[score.combine](likeness, weights, there), _DIGITS)
    fails = (there & (np.round(likeness, _DIGITS) < at_least)).any(axis=0) | ~there.any(axis=0)
    return np.where(fails | (together < score.threshold), np.nan, together)


def similarity(comparison: Comparison, pairs: Pairs) -> Floats:
    """Give how like pairs are by one comparison; NaN where a value is missing.

    Of features with several values of an attribute the two that are most alike count.
    """
    measure = MEASURE_BY_NAME[comparison.measure]
    options = dict(comparison.options)
    if measure.of == "geometries":
        return measure.similarity(pairs.shapes, **options)
    if measure.of == "times":
        return measure.similarity(*pairs.times, **options)
    assert comparison.left is not None
    assert comparison.right is not None
    left = pairs.attribute("left", comparison.left)
    right = pairs.attribute("right", comparison.right)
    return best(left, right, lambda a, b: measure.similarity(a, b, **options))


def best(
    left: pa.ListArray, right: pa.ListArray, measure: Callable[[list[str], list[str]], Floats]
) -> Floats:
    """Give the greatest similarity of any value of the one and any of the other.

    Parameters
    ----------
    left, right
        (n,) lists of texts; null or empty where there is none.
    measure
        Compares lists of texts of equal length.

    Returns
    -------
    ndarray of float
        (n,); NaN where one side has no value, or none that can be compared.
    """
    counts_left, counts_right = (_lengths(side) for side in (left, right))
    ends = np.cumsum(counts_left * counts_right)
    starts_left, starts_right = (np.cumsum(c) - c for c in (counts_left, counts_right))
    values_left, values_right = (side.flatten() for side in (left, right))
    found = np.full(len(left), -np.inf)
    for begin in range(0, int(ends[-1]) if len(ends) else 0, _COMPARED_AT_ONCE):
        number = np.arange(begin, min(begin + _COMPARED_AT_ONCE, int(ends[-1])))
        row = np.searchsorted(ends, number, side="right")
        within = number - (ends[row] - (counts_left * counts_right)[row])
        first, second = np.divmod(within, counts_right[row])
        a = values_left.take(pa.array(starts_left[row] + first)).to_pylist()
        b = values_right.take(pa.array(starts_right[row] + second)).to_pylist()
        np.fmax.at(found, row, measure(a, b))
    return np.where(np.isneginf(found), np.nan, found)


def _mean(likeness: Floats, weights: Floats, there: Booleans) -> Floats:
    counted = np.where(there, weights, 0.0)
    total = counted.sum(axis=0)
    weighted = (counted * np.where(there, likeness, 0.0)).sum(axis=0)
    mean: Floats = np.divide(weighted, total, out=np.zeros(len(total)), where=total > 0)
    return mean


def _least(likeness: Floats, weights: Floats, there: Booleans) -> Floats:
    least: Floats = np.where(there, likeness, np.inf).min(axis=0)
    return least


def _most(likeness: Floats, weights: Floats, there: Booleans) -> Floats:
    most: Floats = np.where(there, likeness, -np.inf).max(axis=0)
    return most


def _product(likeness: Floats, weights: Floats, there: Booleans) -> Floats:
    """Multiply, each similarity to the power of its weight."""
    product: Floats = np.where(there, likeness, 1.0).__pow__(weights).prod(axis=0)
    return product


COMBINATIONS: dict[str, Callable[[Floats, Floats, Booleans], Floats]] = {
    "mean": _mean,
    "min": _least,
    "max": _most,
    "product": _product,
}


def _filled(comparison: Comparison, likeness: Floats) -> Floats:
    return np.nan_to_num(likeness, nan=0.0) if comparison.missing == "zero" else likeness


def _lengths(lists: pa.ListArray) -> npt.NDArray[np.int64]:
    lengths: npt.NDArray[np.int64] = (
        lists.value_lengths().fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
    )
    return lengths
