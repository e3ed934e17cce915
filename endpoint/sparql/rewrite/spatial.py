"""Spatial filters against a constant to selections by boxes, and orders by distance too.

The filter, or the order, stays the exact test.
"""

from __future__ import annotations

from dataclasses import replace

from endpoint.sparql import algebra as al
from endpoint.sparql.algebra import Pattern
from endpoint.sparql.rewrite.counts import Counts
from endpoint.sparql.rewrite.nearness import (
    Around,
    Nearness,
    around_of,
    distance_of,
    nearness,
)
from endpoint.sparql.rewrite.walk import conjuncts, everywhere
from endpoint.sparql.scope import in_scope
from endpoint.sparql.translate import conjunction


def select_by_box(pattern: Pattern, counts: Counts) -> Pattern:
    """Turn a spatial filter of a variable against a constant into a selection by its box."""

    def selected(node: Pattern) -> Pattern:
        if not isinstance(node, al.Filter):
            return node
        inner, kept = node.pattern, []
        for condition in conjuncts(node.condition):
            found = nearness(condition)
            target = None if found is None else around_of(found.left, found.right, counts.srids)
            box = None
            if found is not None and target is not None and target[0] in in_scope(inner):
                box = target[1].box(found.reach)
            if found is None or target is None or box is None:
                kept.append(condition)
            else:
                sure = target[1].rectangle() if _holds_inside(found, target[1]) else None
                inner = al.SpatialSelect(inner, target[0], box, condition, sure)
        left = conjunction(kept)
        return inner if left is None else al.Filter(left, inner)

    return everywhere(pattern, selected)


def _holds_inside(found: Nearness, around: Around) -> bool:
    """Tell whether all geometries inside a polygon are what a condition asks of it."""
    inside = "sf_contains" if around.is_first else "sf_within"
    return found.exact and found.relation in (inside, "sf_intersects")


def select_nearest(pattern: Pattern, counts: Counts) -> Pattern:
    """Let a query for the first by distance from a constant see only what is near enough.

    The order and the cut stay as they are: what is left out are solutions that others
    which are nearer fill all places before.
    """

    def selected(node: Pattern) -> Pattern:
        match node:
            case al.Slice(
                al.Project(al.OrderBy(inner, keys) as ordered) as project, offset, int(n)
            ):
                made = _with_nearest(inner, keys[0], offset + n, counts)
                return replace(
                    node, pattern=replace(project, pattern=replace(ordered, pattern=made))
                )
            case _:
                return node

    return everywhere(pattern, selected)


def _with_nearest(pattern: Pattern, key: al.OrderKey, count: int, counts: Counts) -> Pattern:
    """Put the selection right over what binds the geometry."""
    if isinstance(pattern, al.Extend):
        expression = pattern.expression if key.expression == pattern.variable else key.expression
        key = replace(key, expression=expression)
    read = None if key.descending else distance_of(key.expression)
    target = None if read is None else around_of(read[0], read[1], counts.srids)
    if isinstance(pattern, al.Extend) and (
        target is None or target[0] in in_scope(pattern.pattern)
    ):
        return replace(pattern, pattern=_with_nearest(pattern.pattern, key, count, counts))
    if read is None or target is None or target[0] not in in_scope(pattern):
        return pattern
    variable, around = target
    if around.box() is None or count == 0:
        return pattern
    return al.NearestSelect(pattern, variable, key.expression, around, read[2], count)
