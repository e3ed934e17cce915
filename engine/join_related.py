"""Pairs by topological relation: STRtree candidates, GEOS predicates, DE-9IM matrices.

What is fast, measured on line x polygon sets: a predicate inside
`STRtree.query` runs without the interpreter's lock and prepares the probing
geometry, so it is the first sieve for whatever is asked; `relate` holds the
lock and is spent on the pairs that pass only; it gains from a prepared
geometry from about four pairs on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from engine.join_geometries import Geometries, Integers, Objects, Pairs, concatenated
from engine.protocol import Related
from geosparql.relations import candidate_predicate, holds

PREPARED_FROM_PAIRS = 4
PREPARED_FROM_VERTICES = 16
_COLLECTION = 7
_NONE = np.empty(0, dtype=np.int64)
_SLICE = 512  # pairs between two chances for other threads to take the lock
_TRANSPOSE = (0, 3, 6, 1, 4, 7, 2, 5, 8)
_CONVERSE = {
    "contains": "within",
    "within": "contains",
    "covers": "covered_by",
    "covered_by": "covers",
    "contains_properly": "within",  # no exact converse; the pairs are checked then
}

Matrices = npt.NDArray[np.bytes_]


@dataclass(frozen=True, slots=True)
class Sieve:
    """How the pairs of some relations are found.

    `near` are the relations of geometries that meet; `predicate` (of the probing
    and the indexed geometry) holds for all their pairs, and `exact` says for no
    other. `apart` are the relations of geometries that do not meet.
    """

    near: tuple[str, ...]
    predicate: str
    exact: bool
    apart: tuple[str, ...]
    with_matrix: bool


def sieve_of(condition: Related, *, tree_is_left: bool) -> Sieve:
    """Choose the predicate for a condition.

    Raises
    ------
    FunctionError
        There is no such relation.
    """
    candidates = {name: candidate_predicate(name) for name in condition.relations}
    apart = tuple(name for name, candidate in candidates.items() if candidate is None)
    near = {name: candidate for name, candidate in candidates.items() if candidate is not None}
    predicates = {candidate.predicate for candidate in near.values()}
    predicate = predicates.pop() if len(predicates) == 1 and not apart else "intersects"
    exact = any(c.exact and c.predicate == predicate for c in near.values())
    if tree_is_left:
        exact = exact and predicate != "contains_properly"
        predicate = _CONVERSE.get(predicate, predicate)
    return Sieve(tuple(near), predicate, exact, apart, condition.with_matrix)


class _Tree(NamedTuple):
    """The indexed side, with a second tree of its doubtful geometries where they matter."""

    side: Geometries
    is_left: bool
    every: shapely.STRtree
    doubtful_rows: Integers
    doubtful: shapely.STRtree
    wants_care: bool


def related_prober(side: Geometries, sieve: Sieve, *, tree_is_left: bool) -> Callable[..., Pairs]:
    """Index one side; the function given back finds the pairs of a chunk of the other.

    Both are in one CRS. Threads may call it at the same time.

    Notes
    -----
    On invalid polygons and on collections GEOS's predicates, prepared or not, and
    `relate` in both directions contradict each other, except about intersection. So
    that the pairs do not depend on which side is indexed, all other relations of
    such geometries are decided by `relate` of left and right.
    """
    wants_care = sieve.predicate != "intersects" or (tree_is_left and _needs_matrices(sieve))
    rows = np.flatnonzero(is_doubtful(side.values)) if wants_care else _NONE
    every, doubtful = shapely.STRtree(side.values), shapely.STRtree(side.values[rows])
    tree = _Tree(side, tree_is_left, every, rows, doubtful, wants_care)

    def probe(chunk: Geometries) -> Pairs:
        found = tree.every.query(chunk.values, predicate=sieve.predicate)
        parts = []
        if sieve.near:
            sure, doubtful = _split(chunk, tree, found)
            parts.append(_meeting(chunk, tree, sure, sieve))
            if doubtful.size:
                parts.append(_meeting_doubtfully(chunk, tree, doubtful, sieve))
        if sieve.apart:
            mask = np.ones((len(chunk), len(side)), dtype=bool)
            mask[found[0], found[1]] = False
            parts.append(_not_meeting(chunk, tree, np.array(np.nonzero(mask)), sieve))
        return concatenated(parts)

    return probe


def _needs_matrices(sieve: Sieve) -> bool:
    return sieve.with_matrix or not sieve.exact


def is_doubtful(values: Objects) -> npt.NDArray[np.bool_]:
    """Tell which geometries GEOS's predicates may contradict each other on."""
    is_collection = shapely.get_type_id(values) == _COLLECTION
    doubtful: npt.NDArray[np.bool_] = is_collection | ~shapely.is_valid(values)
    return doubtful


def _split(chunk: Geometries, tree: _Tree, found: Integers) -> tuple[Integers, Integers]:
    """Give the pairs of sound geometries, and all pairs that meet with a doubtful one."""
    if not tree.wants_care:
        return found, found[:, :0]
    ours = is_doubtful(chunk.values)
    theirs = np.zeros(len(tree.side), dtype=bool)
    theirs[tree.doubtful_rows] = True
    sure = found[:, ~(ours[found[0]] | theirs[found[1]])]
    rows = np.flatnonzero(ours)
    of_ours = tree.every.query(chunk.values[rows], predicate="intersects")
    of_ours[0] = rows[of_ours[0]]
    rows = np.flatnonzero(~ours)
    of_theirs = tree.doubtful.query(chunk.values[rows], predicate="intersects")
    of_theirs = np.array([rows[of_theirs[0]], tree.doubtful_rows[of_theirs[1]]])
    return sure, np.concatenate([of_ours, of_theirs], axis=1)


def _meeting(chunk: Geometries, tree: _Tree, found: Integers, sieve: Sieve) -> Pairs:
    """Keep those of the pairs that passed the predicate for which a relation holds."""
    if not _needs_matrices(sieve):
        return _pairs(chunk, tree, found)
    matrices = _related(chunk.values, tree.side.values, found)
    matrices = transposed(matrices) if tree.is_left else matrices
    return _qualifying(chunk, tree, found, matrices, sieve)


def _meeting_doubtfully(chunk: Geometries, tree: _Tree, found: Integers, sieve: Sieve) -> Pairs:
    """Keep those of the pairs that meet for which a relation holds, by `relate` alone."""
    a, b = chunk.values[found[0]], tree.side.values[found[1]]
    matrices = matrices_of(*((b, a) if tree.is_left else (a, b)))
    return _qualifying(chunk, tree, found, matrices, replace(sieve, exact=False))


def _qualifying(
    chunk: Geometries, tree: _Tree, found: Integers, matrices: Matrices, sieve: Sieve
) -> Pairs:
    undecided = int((matrices == b"").sum())
    if not sieve.exact:
        kept = _any_holds(chunk, tree, found, matrices, sieve.near)
        found, matrices = found[:, kept], matrices[kept]
    return _pairs(chunk, tree, found, matrices if sieve.with_matrix else None, undecided)


def _not_meeting(chunk: Geometries, tree: _Tree, rows: Integers, sieve: Sieve) -> Pairs:
    """Keep those of the pairs that do not meet for which a relation holds.

    Their matrices need no `relate`: what an interior and a boundary share with the
    exterior of the other is the same as with that of an empty geometry.
    """
    empty = shapely.Point()
    letters = np.full((rows.shape[1], 9), b"F", dtype="S1")
    letters[:, 8] = b"2"
    of_chunk = _letters(matrices_of(chunk.values, np.full(len(chunk), empty)))
    of_tree = _letters(matrices_of(np.full(len(tree.side), empty), tree.side.values))
    letters[:, (2, 5)] = of_chunk[:, (2, 5)][rows[0]]
    letters[:, (6, 7)] = of_tree[:, (6, 7)][rows[1]]
    matrices = letters.view("S9").reshape(-1)
    matrices = transposed(matrices) if tree.is_left else matrices
    kept = _any_holds(chunk, tree, rows, matrices, sieve.apart)
    return _pairs(chunk, tree, rows[:, kept], matrices[kept] if sieve.with_matrix else None)


def _pairs(
    chunk: Geometries,
    tree: _Tree,
    rows: Integers,
    matrices: Matrices | None = None,
    undecided: int = 0,
) -> Pairs:
    ids = chunk.ids[rows[0]], tree.side.ids[rows[1]]
    return Pairs(*(ids[::-1] if tree.is_left else ids), matrices, undecided)


def _any_holds(
    chunk: Geometries, tree: _Tree, rows: Integers, matrices: Matrices, names: tuple[str, ...]
) -> npt.NDArray[np.bool_]:
    """Tell for which matrices (of left and right) one of the relations holds."""
    probing = shapely.get_dimensions(chunk.values)[rows[0]]
    indexed = shapely.get_dimensions(tree.side.values)[rows[1]]
    of_left, of_right = (indexed, probing) if tree.is_left else (probing, indexed)
    result = np.zeros(len(matrices), dtype=bool)
    for name in names:
        result |= holds(matrices, of_left, of_right, name)
    return result


def _related(probing: Objects, indexed: Objects, rows: Integers) -> Matrices:
    """Compute the matrix of each pair; nothing where GEOS fails."""
    counts = np.bincount(rows[0], minlength=len(probing))
    often = np.flatnonzero(counts >= PREPARED_FROM_PAIRS)
    often = often[shapely.get_num_coordinates(probing[often]) >= PREPARED_FROM_VERTICES]
    shapely.prepare(probing[often])
    matrices = np.zeros(rows.shape[1], dtype="S9")
    for start in range(0, rows.shape[1], _SLICE):
        part = slice(start, start + _SLICE)
        matrices[part] = matrices_of(probing[rows[0, part]], indexed[rows[1, part]])
    shapely.destroy_prepared(probing[often])
    return matrices


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


def transposed(matrices: Matrices) -> Matrices:
    """Turn the matrices of (a, b) into those of (b, a)."""
    return np.ascontiguousarray(_letters(matrices)[:, _TRANSPOSE]).view("S9").reshape(-1)


def _letters(matrices: Matrices) -> npt.NDArray[np.bytes_]:
    return matrices.view("S1").reshape(-1, 9)
