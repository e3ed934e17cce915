"""Spatial source selection: members whose extent cannot satisfy a filter are not asked.

A filter against a constant geometry (a relation of geometries that meet, or a
distance below a bound) has a CRS84 box that every match must meet
(`endpoint.sparql.rewrite.nearness`). A member says its extent in its members
file; one that says none may match anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from endpoint.sparql import algebra as al
from endpoint.sparql.rewrite.nearness import around_of, nearness
from federation.members import Member
from federation.plan import Sourced
from geosparql.literals.table import LITERAL_TYPES
from geosparql.terms import IRI

if TYPE_CHECKING:
    from endpoint.sparql.rewrite.boxes import Box

SLACK_DEG = 1e-9
"""How much an extent is widened, so that no rounding loses a match on its edge."""

SERIALIZATIONS = frozenset(row.serialization_property for row in LITERAL_TYPES)
"""Properties whose objects are geometry literals (geo:asWKT and its like)."""


def within_extent(sourced: Sequence[Sourced], tests: Iterable[al.Expression]) -> list[Sourced]:
    """Leave out, for each geometry literal pattern, the members where no match can be.

    Parameters
    ----------
    sourced
        Patterns of one join and their members.
    tests
        Filters that every solution of use passes.
    """
    found = list(sourced)
    for test in tests:
        condition = nearness(test)
        target = None
        if condition is not None:
            target = around_of(condition.left, condition.right, tuple, condition.reach)
        box = None if target is None else target[1].box()
        for place, each in enumerate(found):
            if box is None or target is None or not _is_serialization(each):
                continue
            if target[0] == getattr(each.basic, "object", None):
                kept = tuple(m for m in each.members if may_meet(m, box))
                found[place] = replace(each, members=kept)
    return found


def _is_serialization(sourced: Sourced) -> bool:
    basic = sourced.basic
    if not isinstance(basic, al.TriplePattern) or not isinstance(basic.predicate, al.Constant):
        return False
    term = basic.predicate.term
    return isinstance(term, IRI) and term.value in SERIALIZATIONS


def may_meet(member: Member, box: Box) -> bool:
    """Say whether a box and a member's extent have a point in common, their edges included.

    The extent may cross the antimeridian (west greater than east); 180 and -180
    are the same meridian.
    """
    if member.extent is None:
        return True
    west, south, east, north = member.extent
    south, north = south - SLACK_DEG, north + SLACK_DEG
    min_x, min_y, max_x, max_y = box
    if max_y < south or min_y > north:
        return False
    if south <= -90 or north >= 90 or max_y >= 90 or min_y <= -90:
        # All meridians meet at a pole.
        return True
    spans = [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]
    return any(
        min_x <= right + turn + SLACK_DEG and max_x >= left + turn - SLACK_DEG
        for left, right in spans
        for turn in (-360.0, 0.0, 360.0)
    )
