"""Similarity of numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def numbers_of(texts: Sequence[str]) -> Floats:
    """Read the lexical forms of numbers; NaN where a text is none (infinities are none too)."""
    known = {text: _number(text) for text in set(texts)}
    return np.array([known[text] for text in texts], dtype=np.float64)


def difference(a: Sequence[str], b: Sequence[str], *, max_difference: float) -> Floats:
    """Give 1 where the numbers are equal, falling to 0 where they differ by `max_difference`."""
    return nearness(np.abs(numbers_of(a) - numbers_of(b)), max_difference)


def ratio(a: Sequence[str], b: Sequence[str]) -> Floats:
    """Give the smaller number by the larger one: 1 where equal, 0 where the signs differ."""
    left, right = numbers_of(a), numbers_of(b)
    least, most = np.minimum(np.abs(left), np.abs(right)), np.maximum(np.abs(left), np.abs(right))
    found = np.divide(least, most, out=np.ones(len(most)), where=most != 0)
    found = np.where(np.sign(left) == np.sign(right), found, 0.0)
    return np.where(np.isnan(left + right), np.nan, found)


def nearness(apart: Floats, most: float) -> Floats:
    """Give 1 for 0, falling evenly to 0 for `most` and beyond; NaN stays."""
    return np.asarray(np.clip(1.0 - apart / most, 0.0, 1.0), dtype=np.float64)


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return np.nan
    if "_" in text:  # Python's own way to group digits, which no datatype has
        return np.nan
    return value if np.isfinite(value) else np.nan
