"""Filters as near as can be to the patterns whose variables they read."""

from __future__ import annotations

from dataclasses import replace

from endpoint.sparql import algebra as al
from endpoint.sparql.algebra import BGP, Expression, Pattern
from endpoint.sparql.rewrite.counts import Counts
from endpoint.sparql.rewrite.walk import conjuncts, everywhere
from endpoint.sparql.scope import certain, has_exists, mentioned
from endpoint.sparql.translate import conjunction


def merge_basic_patterns(pattern: Pattern, _counts: Counts) -> Pattern:
    """Make one basic graph pattern of two that are joined."""

    def merged(node: Pattern) -> Pattern:
        match node:
            case al.Join(BGP(left), BGP(right)):
                return BGP((*left, *right))
            case al.Join(al.Join(first, BGP(left)), BGP(right)):
                return al.Join(first, BGP((*left, *right)))
            case _:
                return node

    return everywhere(pattern, merged)


def push_filters(pattern: Pattern, _counts: Counts) -> Pattern:
    """Move each condition of a filter down to where its variables are bound.

    It may go below an operator when the variables it reads have the same values
    there: bound for certain on the side it goes to, or untouched by the operator.
    """

    def pushed(node: Pattern) -> Pattern:
        if isinstance(node, al.LeftJoin) and node.condition is not None:
            return _with_own_conditions(node, node.condition)
        if not isinstance(node, al.Filter):
            return node
        inner, kept = node.pattern, []
        for condition in conjuncts(node.condition):
            lower = None if has_exists(condition) else _lowered(condition, inner)
            if lower is None:
                kept.append(condition)
            else:
                inner = lower
        condition_left = conjunction(kept)
        return inner if condition_left is None else al.Filter(condition_left, inner)

    return everywhere(pattern, pushed)


def _with_own_conditions(node: al.LeftJoin, condition: Expression) -> Pattern:
    """Move what only the optional part decides into that."""
    own = set(certain(node.right))
    kept, right = [], node.right
    for each in conjuncts(condition):
        if not has_exists(each) and mentioned(each) and own >= set(mentioned(each)):
            right = _filtered(each, right)
        else:
            kept.append(each)
    return al.LeftJoin(node.left, right, conjunction(kept))


def _lowered(condition: Expression, pattern: Pattern) -> Pattern | None:
    """Give the pattern with the condition inside it; None where it must stay outside."""
    read = set(mentioned(condition))
    match pattern:
        case al.Join(left, right):
            if read <= set(certain(left)):
                return al.Join(_filtered(condition, left), right)
            if read <= set(certain(right)):
                return al.Join(left, _filtered(condition, right))
        case al.LeftJoin(left) | al.Minus(left):
            if read <= set(certain(left)):
                return replace(pattern, left=_filtered(condition, left))
        case al.Union(left, right):
            return al.Union(_filtered(condition, left), _filtered(condition, right))
        case al.Filter(other, inner):
            lower = _lowered(condition, inner)
            return None if lower is None else al.Filter(other, lower)
        case al.Extend() | al.Graph() | al.Project() | al.Distinct() | al.OrderBy():
            if _passes(read, pattern):
                return replace(pattern, pattern=_filtered(condition, pattern.pattern))
        case _:
            return None
    return None


def _passes(read: set[al.Variable], pattern: Pattern) -> bool:
    """Tell whether variables have the same values inside an operator of one pattern."""
    match pattern:
        case al.Extend(_, variable, _):
            return variable not in read
        case al.Graph(name, _):
            return name not in read
        case al.Project(_, variables):
            return read <= set(variables)
        case _:
            return True


def _filtered(condition: Expression, pattern: Pattern) -> Pattern:
    lower = _lowered(condition, pattern)
    return al.Filter(condition, pattern) if lower is None else lower
