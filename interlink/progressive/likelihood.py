"""How likely a pair is linked, learned from a small sample of the pairs themselves.

A logistic model over how the two boxes overlap. The sample is verified as any
other pair and counts in the budget; it is drawn with a fixed seed, so that the
same data gives the same order.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from engine.join_geometries import Floats, Integers
from interlink.progressive.candidates import Candidates, Overlap

SAMPLE = 1_000
_SEED = 20_261_121
_ROUNDS = 15
_RIDGE = 0.05


class Likelihood(NamedTuple):
    """A fitted model: mean and spread of the features, and their weights (the constant first)."""

    mean: Floats
    spread: Floats
    weights: Floats

    def of(self, features: Floats) -> Floats:
        """Give the probability of pairs from their (k, n) features."""
        slopes = self.weights[1:] / self.spread
        # einsum stays in this thread, where BLAS would wake others for so little.
        score = np.einsum("k,kn->n", slopes, features)
        return _logistic(score + (self.weights[0] - slopes @ self.mean))


def sampled(count: int, wanted: int = SAMPLE) -> Integers:
    """Draw numbers below `count` without one coming twice, in rising order."""
    if wanted >= count:
        return np.arange(count)
    drawn = np.random.default_rng(_SEED).choice(count, wanted, replace=False)
    return np.sort(drawn).astype(np.int64)


def fitted(features: Floats, linked: npt.NDArray[np.bool_]) -> Likelihood:
    """Fit a model to (k, n) features of pairs and whether they are linked.

    Newton's method with a ridge, so that it also ends where the sample is parted
    cleanly or has one outcome only.
    """
    features = features.T
    mean, spread = features.mean(axis=0), features.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    design = np.column_stack([np.ones(len(features)), (features - mean) / spread])
    weights = np.zeros(design.shape[1])
    outcome = linked.astype(np.float64)
    ridge = _RIDGE * np.eye(design.shape[1])
    for _ in range(_ROUNDS):
        chance = _logistic(design @ weights)
        curve = (design * (chance * (1.0 - chance))[:, None]).T @ design + ridge
        slope = design.T @ (outcome - chance) - ridge @ weights
        weights += np.linalg.solve(curve, slope)
    return Likelihood(mean, spread, weights)


def features_of(candidates: Candidates, overlap: Overlap) -> Floats:
    """Describe candidates by their overlap and their dimensions, (k, n).

    The dimensions, since points, lines and areas fill their boxes otherwise.
    """
    columns = [
        *overlap.shares, *np.sqrt(overlap.shares), *overlap.narrowest, *overlap.widest,
        np.minimum(*overlap.away), np.maximum(*overlap.away),
    ]  # fmt: skip
    for side, rows in zip((candidates.left, candidates.right), candidates.rows, strict=True):
        dimensions = shapely.get_dimensions(side.values)
        columns += [(dimensions == dimension).astype(np.float64)[rows] for dimension in (0, 1)]
    return np.array(columns)


def _logistic(score: Floats) -> Floats:
    chance: Floats = 1.0 / (1.0 + np.exp(-np.clip(score, -500.0, 500.0)))
    return chance
