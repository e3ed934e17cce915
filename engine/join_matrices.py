"""Matrices of pairs that GEOS has to relate, at the least cost that gives the same ones.

`relate` holds the interpreter's lock, `relate_pattern` does not. So the matrices
that are frequent are found by relating a few pairs, and asked of the others as
patterns, which threads do at the same time.
"""

from __future__ import annotations

import numpy as np
import shapely

from engine.join_codes import Codes, Matrices, codes_of, generalized, texts_of
from engine.join_geometries import Objects

_SAMPLE = 64
_FROM_PAIRS = 256  # fewer are related at once
_FREQUENT = 6  # of a sample: a pattern that fewer pairs have does not pay
_SLICE = 512  # pairs between two chances for other threads to take the lock


def related(a: Objects, b: Objects, *, exact: bool, patterns: bool) -> tuple[Codes, int]:
    """Give the codes of (a, b), zero where GEOS fails, and how many patterns found.

    Parameters
    ----------
    a, b
        (n,) geometries; those of `a` may be prepared.
    exact
        With all dimensions; else generalized.
    patterns
        Whether to ask for frequent matrices first.
    """
    codes = np.zeros(len(a), dtype=np.int32)
    open_ = np.arange(len(a))
    found = 0
    if patterns and len(a) >= _FROM_PAIRS:
        sample = np.linspace(0, len(a) - 1, _SAMPLE).astype(np.int64)
        codes[sample] = _related(a[sample], b[sample], exact=exact)
        frequent, counts = np.unique(codes[sample], return_counts=True)
        chosen = np.argsort(-counts)[: (counts >= _FREQUENT).sum()]
        open_ = np.setdiff1d(open_, sample)
        for code in frequent[chosen]:
            matched = _matching(a[open_], b[open_], texts_of(np.array([code]))[0].decode())
            codes[open_[matched]] = code
            found += int(matched.sum())
            open_ = open_[~matched]
    codes[open_] = _related(a[open_], b[open_], exact=exact)
    return codes, found


def _matching(a: Objects, b: Objects, pattern: str) -> np.ndarray:
    if not pattern:
        return np.zeros(len(a), dtype=bool)
    try:
        matched: np.ndarray = shapely.relate_pattern(a, b, pattern)
        return matched
    except shapely.errors.GEOSException:
        return np.zeros(len(a), dtype=bool)


def _related(a: Objects, b: Objects, *, exact: bool) -> Codes:
    parts = [
        matrices_of(a[start : start + _SLICE], b[start : start + _SLICE])
        for start in range(0, len(a), _SLICE)
    ]
    codes = codes_of(np.concatenate(parts or [np.empty(0, "S9")]))
    return codes if exact else generalized(codes)


def matrices_of(a: Objects, b: Objects) -> Matrices:
    """Give the DE-9IM matrix of each pair; nothing where GEOS fails."""
    try:
        matrices: Matrices = shapely.relate(a, b).astype("S9")
        return matrices
    except shapely.errors.GEOSException:
        if len(a) == 1:
            return np.zeros(1, dtype="S9")
        half = len(a) // 2
        return np.concatenate([matrices_of(a[:half], b[:half]), matrices_of(a[half:], b[half:])])
