"""Spatial filters against a constant to selections by boxes, and orders by distance too.

The filter, or the order, stays the exact test.
"""

from __future__ import annotations

from dataclasses import replace

from endpoint.sparql import algebra as al
from endpoint.sparql.algebra import Constant, Expression, Pattern, Variable
from endpoint.sparql.rewrite.boxes import Around
from endpoint.sparql.rewrite.counts import Counts
from endpoint.sparql.rewrite.nearness import Nearness, around_of, distance_of, nearness
from endpoint.sparql.rewrite.walk import conjuncts, everywhere
from endpoint.sparql.scope import in_scope, mentioned
from endpoint.sparql.translate import conjunction


def select_by_box(pattern: Pattern, counts: Counts) -> Pattern:
    """Turn a spatial filter of a variable against a constant into a selection by its box."""

    def selected(node: Pattern) -> Pattern:
        if not isinstance(node, al.Filter):
            return node
        inner, kept = node.pattern, []
        for condition in conjuncts(node.condition):
            found = nearness(condition)
            target = None
            if found is not None:
                target = around_of(found.left, found.right, counts.srids, found.reach)
            if (
                found is not None
                and target is not None
                and target[0] in in_scope(inner)
                and target[1].has_box()
            ):
                sure = _holds_inside(found, target[1]) and target[1].is_rectangle()
                inner = al.SpatialSelect(inner, *target, condition, sure)
            else:
                kept.append(condition)
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
    """Let a pattern whose first so many solutions are asked for give what is near enough."""
    measured = _measured(key.expression, pattern)
    read = None if measured is None or key.descending else distance_of(measured)
    target = None if read is None else around_of(read[0], read[1], counts.srids)
    if measured is None or read is None or target is None or count == 0:
        return pattern
    (variable, around), unit = target, read[2]
    around = replace(around, constant=Constant(around.constant.term))  # looked at while it runs
    if around.box() is None:
        return pattern

    def placed(node: Pattern) -> Pattern:
        """Put the selection right over what binds the geometry."""
        match node:
            case al.Extend(inner) | al.Project(inner) | al.OrderBy(inner):
                if variable in in_scope(inner) or variable not in in_scope(node):
                    return replace(node, pattern=placed(inner))
        if variable not in in_scope(node):
            return node
        return al.NearestSelect(node, variable, measured, around, unit, count)

    return placed(pattern)


def _measured(expression: Expression, pattern: Pattern) -> Expression | None:
    """Give what a variable was bound to inside a pattern, in variables that mean the same there.

    They may be hidden by a sub-query, where nothing above it can bind them anew.
    """
    if not isinstance(expression, Variable):
        return expression
    match pattern:
        case al.Extend(inner, variable, value):
            if variable == expression:
                return value
            found = _measured(expression, inner)
            return None if found is None or variable in mentioned(found) else found
        case al.Project(inner, variables) if expression in variables:
            return _measured(expression, inner)
        case al.OrderBy(inner):
            return _measured(expression, inner)
        case al.Filter(_, inner) | al.SpatialSelect(inner) | al.Minus(inner):
            return _seen(expression, inner)
        case al.LeftJoin(left, right) if expression not in in_scope(right):
            return _seen(expression, left)
        case al.Join(left, right):
            sides = [side for side in (left, right) if expression in in_scope(side)]
            return _seen(expression, sides[0]) if len(sides) == 1 else None
    return None


def _seen(expression: Variable, inner: Pattern) -> Expression | None:
    """Give what a variable was bound to, where all that reads is still in scope."""
    found = _measured(expression, inner)
    return found if found is not None and set(mentioned(found)) <= set(in_scope(inner)) else None
