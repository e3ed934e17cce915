"""Pairs by topological relation: STRtree candidates and what decides about them.

One relation that GEOS has a predicate for, but for intersection, is left to the
predicate inside `STRtree.query`, which runs without the interpreter's lock and
prepares the probing geometry. All else is decided by `engine.join_meeting`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from engine.join_codes import UNDECIDED, Codes, relation_bits, texts_of, transposed
from engine.join_geometries import Geometries, Integers, Objects, Pairs, concatenated
from engine.join_matrices import related
from engine.join_meeting import Probed, meeting
from engine.join_outlines import COLLECTION, outlines_of
from engine.protocol import Related
from geosparql.relations import candidate_predicate

_TWO_ROWS = np.int32((1 << 18) - 1)  # the letters of interior and boundary of the first geometry
_CONVERSE = {
    "contains": "within",
    "within": "contains",
    "covers": "covered_by",
    "covered_by": "covers",
    "contains_properly": "within",  # no exact converse; the pairs are checked then
}


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
    condition: Related

    @property
    def has_values(self) -> bool:
        """Whether pairs come with a matrix or with their relations."""
        return self.condition.with_matrix or self.condition.with_relations

    @property
    def needs_codes(self) -> bool:
        """Whether the predicate does not say all."""
        several = self.condition.with_relations and len(self.condition.relations) > 1
        return several or self.condition.with_matrix or not self.exact


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
    return Sieve(tuple(near), predicate, exact, apart, condition)


class _Tree(NamedTuple):
    """The indexed side as a tree; `doubtful` is None where nobody asks for those geometries."""

    side: Geometries
    probed: Probed
    is_left: bool
    every: shapely.STRtree
    doubtful: npt.NDArray[np.bool_] | None


class _Found(NamedTuple):
    """Pairs (rows of chunk and tree) with codes of left and right; None: nobody needs them."""

    rows: Integers
    codes: Codes | None
    undecided: int = 0
    counts: Mapping[str, int] = MappingProxyType({})


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
    by_predicate = sieve.predicate != "intersects"
    tree = _Tree(
        side,
        Probed(side.values, outlines_of(side.values)),
        tree_is_left,
        shapely.STRtree(side.values),
        is_doubtful(side.values) if by_predicate else None,
    )

    def probe(chunk: Geometries) -> Pairs:
        find = _by_predicate if by_predicate else _by_meeting
        found = find(chunk, tree, sieve)
        parts = [_pairs(chunk, tree, part, sieve) for part in found if sieve.near]
        if sieve.apart:
            mask = np.ones((len(chunk), len(side)), dtype=bool)
            mask[tuple(found[0].rows)] = False
            apart = _not_meeting(chunk, tree, np.array(np.nonzero(mask)))
            parts.append(_pairs(chunk, tree, apart, sieve))
        return concatenated(parts)

    return probe


def is_doubtful(values: Objects) -> npt.NDArray[np.bool_]:
    """Tell which geometries GEOS's predicates may contradict each other on."""
    is_collection = shapely.get_type_id(values) == COLLECTION
    doubtful: npt.NDArray[np.bool_] = is_collection | ~shapely.is_valid(values)
    return doubtful


def _by_meeting(chunk: Geometries, tree: _Tree, sieve: Sieve) -> list[_Found]:
    """Find the pairs that meet, with codes if any are needed."""
    sides = Probed(chunk.values, outlines_of(chunk.values)), tree.probed
    order = -1 if tree.is_left else 1
    left, right = sides[::order]
    rows = tree.every.query(chunk.values)[::order]
    exact = sieve.condition.with_matrix if sieve.needs_codes and sieve.near else None
    found = meeting(left, right, rows, exact=exact, shortcuts=sieve.condition.shortcuts)
    codes = None if exact is None else found.codes
    return [_Found(found.rows[::order], codes, found.undecided, found.counts)]


def _by_predicate(chunk: Geometries, tree: _Tree, sieve: Sieve) -> list[_Found]:
    """Find the pairs of sound geometries by predicate, all others by `relate`."""
    ours, theirs = is_doubtful(chunk.values), tree.doubtful
    assert theirs is not None
    found = tree.every.query(chunk.values, predicate=sieve.predicate)
    sure = found[:, ~(ours[found[0]] | theirs[found[1]])]
    if not (ours.any() or theirs.any()):
        rest = found[:, :0]
    else:
        boxes = tree.every.query(chunk.values)
        rest = boxes[:, ours[boxes[0]] | theirs[boxes[1]]]
    return [
        _related(chunk, tree, rest, sieve),
        _related(chunk, tree, sure, sieve) if sieve.needs_codes else _Found(sure, None),
    ]


def _related(chunk: Geometries, tree: _Tree, rows: Integers, sieve: Sieve) -> _Found:
    """Relate pairs as left and right."""
    ends = chunk.values[rows[0]], tree.side.values[rows[1]]
    left, right = ends[::-1] if tree.is_left else ends
    patterns = "patterns" in sieve.condition.shortcuts
    codes, _ = related(left, right, exact=sieve.condition.with_matrix, patterns=patterns)
    return _Found(rows, codes, int((codes == UNDECIDED).sum()))


def _not_meeting(chunk: Geometries, tree: _Tree, rows: Integers) -> _Found:
    """Give the codes of pairs that do not meet.

    They need no `relate`: what an interior and a boundary share with the exterior of
    the other is the same as with that of an empty geometry.
    """
    nothing = shapely.Point()
    of_chunk = _matrices(chunk.values, np.full(len(chunk), nothing))
    of_tree = _matrices(np.full(len(tree.side), nothing), tree.side.values)
    codes = of_chunk[rows[0]] & _TWO_ROWS | of_tree[rows[1]] & ~_TWO_ROWS
    return _Found(rows, transposed(codes) if tree.is_left else codes)


def _matrices(a: Objects, b: Objects) -> Codes:
    return related(a, b, exact=True, patterns=False)[0]


def _pairs(chunk: Geometries, tree: _Tree, found: _Found, sieve: Sieve) -> Pairs:
    """Keep the pairs for which one of the relations holds."""
    rows, codes = found.rows, found.codes
    condition, value = sieve.condition, None
    if codes is not None:
        ends = (chunk.values, rows[0]), (tree.side.values, rows[1])
        dimensions = [shapely.get_dimensions(values[row]) for values, row in ends]
        left, right = dimensions[::-1] if tree.is_left else dimensions
        bits = relation_bits(codes, left, right, condition.relations)
        kept = bits != 0
        rows, value = rows[:, kept], bits[kept]
        if condition.with_matrix:
            value = texts_of(codes[kept])
    elif condition.with_relations:
        value = np.ones(rows.shape[1], dtype=np.int64)
    if not sieve.has_values:
        value = None
    ids = chunk.ids[rows[0]], tree.side.ids[rows[1]]
    order = -1 if tree.is_left else 1
    left_ids, right_ids = ids[::order]
    return Pairs(left_ids, right_ids, value, found.undecided, counts=found.counts)
