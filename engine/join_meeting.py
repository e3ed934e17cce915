"""The pairs of two indexed sets that meet, each with the code of its matrix.

Box candidates come from an STRtree. What their outlines show to be apart goes
first, then what follows from the locations of lines and points in areas, then
what `intersects` denies; the rest is related. Right answers are those of
`relate(left, right)` on unprepared geometries: on invalid ones GEOS contradicts
itself, so only sound ones are prepared or related the other way round.
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import numpy as np
import shapely

from engine.join_codes import UNDECIDED, Codes, transposed
from engine.join_decisions import DISJOINT, MEETING, Lot, decidable, decided, met
from engine.join_geometries import Integers, Objects
from engine.join_matrices import related
from engine.join_outlines import Booleans, Outlines, apart, test_validity

PREPARED_FROM_PAIRS = 4
PREPARED_FROM_VERTICES = 256


class Probed(NamedTuple):
    """Geometries of one side of a chunk of the join, and their outlines."""

    values: Objects
    outlines: Outlines


class Meeting(NamedTuple):
    """(2, n) rows of the pairs that meet; their codes unless only that was asked."""

    rows: Integers
    codes: Codes
    undecided: int
    counts: Counter[str]


class _Pairs(NamedTuple):
    """Candidates: rows of both sides, geometries as they may be used, which are prepared."""

    sides: tuple[Probed, Probed]
    rows: Integers
    values: tuple[Objects, Objects]
    prepared: tuple[Booleans, Booleans]

    def lot(self, chosen: Integers, area: int) -> Lot:
        """Give some pairs, where the geometry of side `area` is the area."""
        other = 1 - area
        outlines = self.sides[area].outlines, self.sides[other].outlines
        values = self.values[area][chosen], self.values[other][chosen]
        return Lot(*values, *outlines, self.rows[:, chosen][[area, other]])


def meeting(
    left: Probed, right: Probed, rows: Integers, *, exact: bool | None, shortcuts: tuple[str, ...]
) -> Meeting:
    """Decide candidates.

    Parameters
    ----------
    left, right
        Both sides; geometries are not empty.
    rows
        (2, n) rows of left and right whose boxes meet.
    exact
        Whether codes have all dimensions; None: no codes are asked for.
    shortcuts
        Which of `engine.protocol.SHORTCUTS` are taken.
    """
    counts = Counter(candidates=rows.shape[1])
    if "extents" in shortcuts:
        rows = rows[:, ~apart(left.outlines, right.outlines, rows)]
        counts["spared by extents"] = counts["candidates"] - rows.shape[1]
    sides = left, right
    owners: list[Objects] = []
    ready = [_ready(side, row, shortcuts, owners) for side, row in zip(sides, rows, strict=True)]
    pairs = _Pairs(sides, rows, (ready[0][0], ready[1][0]), (ready[0][1], ready[1][1]))
    _unprepare(pairs)
    codes = _cheap(pairs, exact, shortcuts, counts)
    doubtful = _sieve(codes, pairs)
    wanted = doubtful if exact is None else codes == MEETING
    _relate(codes, pairs, np.flatnonzero(wanted), bool(exact), shortcuts, counts)
    kept = (codes != DISJOINT) & (codes != UNDECIDED)
    for values in owners:
        shapely.destroy_prepared(values)
    return Meeting(rows[:, kept], codes[kept], int((codes == UNDECIDED).sum()), counts)


def _ready(
    side: Probed, row: Integers, shortcuts: tuple[str, ...], owners: list[Objects]
) -> tuple[Objects, Booleans]:
    """Take the geometries of pairs, those prepared that pay for it: copies, for this chunk only.

    A prepared geometry must not be used by two threads.
    """
    used, place, pairs = np.unique(row, return_inverse=True, return_counts=True)
    unsound = ~side.outlines.sound[used]
    test_validity(side.values, side.outlines, used[unsound], pairs[unsound])
    worth = side.outlines.sound[used] & (pairs >= PREPARED_FROM_PAIRS)
    worth &= side.outlines.vertices[used] >= PREPARED_FROM_VERTICES
    if "prepared" not in shortcuts or not worth.any():
        return side.values[row], np.zeros(len(row), dtype=bool)
    values = side.values[used]
    values[worth] = shapely.set_srid(values[worth], shapely.get_srid(values[worth]))
    shapely.prepare(values[worth])
    owners.append(values[worth])
    return values[place], worth[place]


def _unprepare(pairs: _Pairs) -> None:
    """Take the unprepared geometry back where the other one is not sound."""
    (left, right), rows = pairs.sides, pairs.rows
    sound = left.outlines.sound[rows[0]] & right.outlines.sound[rows[1]]
    for side, row, values, prepared in zip(*pairs, strict=True):
        back = np.flatnonzero(prepared & ~sound)
        values[back] = side.values[row[back]]
        prepared[back] = False


def _cheap(
    pairs: _Pairs, exact: bool | None, shortcuts: tuple[str, ...], counts: Counter[str]
) -> Codes:
    """Decide points and lines against areas; all other pairs are undecided."""
    codes = np.full(pairs.rows.shape[1], UNDECIDED, dtype=np.int32)
    if "locations" not in shortcuts:
        return codes
    outlines = pairs.sides[0].outlines, pairs.sides[1].outlines
    for area, rows in ((0, pairs.rows), (1, pairs.rows[::-1])):
        chosen = np.flatnonzero(decidable(outlines[area], outlines[1 - area], rows))
        lot = pairs.lot(chosen, area)
        if exact is None:
            codes[chosen] = np.where(met(lot), MEETING, DISJOINT)
        else:
            found = decided(lot, exact=exact)
            known = found > 0
            found[known] = transposed(found[known]) if area else found[known]
            codes[chosen] = found
            counts["spared by locations"] += int((known & (found != DISJOINT)).sum())
    return codes


def _sieve(codes: Codes, pairs: _Pairs) -> Booleans:
    """Ask whether undecided pairs meet; tell which ones `intersects` is not trusted with."""
    (left, right), rows = pairs.sides, pairs.rows
    sound = left.outlines.sound[rows[0]] & right.outlines.sound[rows[1]]
    doubtful: Booleans = ~sound & (codes == UNDECIDED)
    codes[doubtful] = MEETING
    open_ = np.flatnonzero(codes == UNDECIDED)
    # GEOS looks whether the first one is prepared.
    swapped = _only_right_prepared(pairs, open_)
    a, b = (values[open_] for values in pairs.values)
    a[swapped], b[swapped] = b[swapped], a[swapped]
    codes[open_] = np.where(shapely.intersects(a, b), MEETING, DISJOINT)
    return doubtful


def _relate(
    codes: Codes,
    pairs: _Pairs,
    open_: Integers,
    exact: bool,
    shortcuts: tuple[str, ...],
    counts: Counter[str],
) -> None:
    """Give some pairs their matrices."""
    swapped = _may_swap(pairs, open_)
    patterns = "patterns" in shortcuts
    for rows, order in ((open_[~swapped], 1), (open_[swapped], -1)):
        a, b = (values[rows] for values in pairs.values[::order])
        found, spared = related(a, b, exact=exact, patterns=patterns)
        codes[rows] = found if order == 1 else transposed(found)
        counts["spared by patterns"] += spared
        counts["related"] += len(rows) - spared
    apart_ = (codes[open_] & 0o77077 ^ 0o11011) == 0  # II, IB, BI and BB are F
    codes[open_[apart_]] = DISJOINT


def _may_swap(pairs: _Pairs, open_: Integers) -> Booleans:
    """Tell where the right geometry is prepared and may come first: where both are valid."""
    swapped = _only_right_prepared(pairs, open_)
    if swapped.any():
        for side, row in zip(pairs.sides, pairs.rows[:, open_], strict=True):
            tested = np.unique(row[swapped], return_counts=True)
            test_validity(side.values, side.outlines, *tested)
            swapped &= side.outlines.valid[row] == 1
    return swapped


def _only_right_prepared(pairs: _Pairs, chosen: Integers) -> Booleans:
    left, right = pairs.prepared
    only: Booleans = ~left[chosen] & right[chosen]
    return only
