"""Spatial filters between two patterns to the engine's spatial join.

The join is exact; what else a condition asks stays a filter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal as OneOf

from endpoint.sparql import algebra as al
from endpoint.sparql.algebra import BGP, Expression, Pattern, Variable
from endpoint.sparql.rewrite.counts import Counts
from endpoint.sparql.rewrite.join_order import estimate
from endpoint.sparql.rewrite.nearness import Nearness, nearness
from endpoint.sparql.rewrite.walk import conjuncts, everywhere
from endpoint.sparql.scope import certain, in_scope, mentioned
from endpoint.sparql.translate import conjunction
from endpoint.sparql.triple_blocks import join
from engine.protocol import Related, WithinDistance
from geosparql.crs_codes import WGS84_LONLAT

_FEWER = 20
"""How many times fewer solutions one side must have for its extent to be worth looking at."""


def join_in_space(pattern: Pattern, counts: Counts) -> Pattern:
    """Turn a spatial filter between two unconnected parts of a join into a spatial join."""

    def joined(node: Pattern) -> Pattern:
        if isinstance(node, al.LeftJoin):
            return _optional_join(node, counts)
        if isinstance(node, al.Join):
            return _joined_below(node, counts)
        if not isinstance(node, al.Filter):
            return node
        conditions = conjuncts(node.condition)
        for place, condition in enumerate(conditions):
            found = nearness(condition)
            made = None if found is None else _spatial_join(found, node.pattern, counts)
            if found is not None and made is not None:
                others = (*conditions[:place], *conditions[place + 1 :])
                rest = conjunction(others if found.exact else (condition, *others))
                if rest is None:
                    return made
                return joined(al.Filter(rest, made)) if found.exact else al.Filter(rest, made)
        return node

    return everywhere(pattern, joined)


def _joined_below(node: al.Join, counts: Counts) -> Pattern:
    """Join rows with the side of a spatial join that they belong to, for it to have fewer."""
    match node:
        case al.Join(al.Values() | al.Relation() | BGP() as rows, al.SpatialJoin() as pairs):
            pass
        case al.Join(al.SpatialJoin() as pairs, al.Values() | al.Relation() | BGP() as rows):
            pass
        case _:
            return node
    shared, left, right = set(in_scope(rows)), pairs.left, pairs.right
    on_left, on_right = shared & set(in_scope(left)), shared & set(in_scope(right))
    if on_left and not on_right and on_left <= set(certain(left)):
        left = join(rows, left)
    elif on_right and not on_left and on_right <= set(certain(right)):
        right = join(rows, right)
    else:
        return node
    fewer = _fewer(pairs.condition, left, right, counts)
    return replace(pairs, left=left, right=right, fewer=fewer)


def _optional_join(node: al.LeftJoin, counts: Counts) -> Pattern:
    """Join an optional part in space to the different geometries of the part it belongs to."""
    conditions = () if node.condition is None else conjuncts(node.condition)
    inside, outside = set(in_scope(node.right)), set(certain(node.left))
    for place, condition in enumerate(conditions):
        found = nearness(condition)
        ends = None if found is None else _variables_of(found)
        if found is None or ends is None:
            continue
        outer = next((end for end in ends if end in outside and end not in inside), None)
        inner = next(
            (end for end in ends if end in inside and end not in in_scope(node.left)), None
        )
        if outer is None or inner is None:
            continue
        left = al.Once(node.left)
        geometries = al.Distinct(al.Project(left, (outer,)))
        sides = (geometries, node.right) if ends[0] == outer else (node.right, geometries)
        made = _paired(found, sides[0], sides[1], counts)
        if made is not None:
            others = (*conditions[:place], *conditions[place + 1 :])
            rest = conjunction(others if found.exact else (condition, *others))
            return al.LeftJoin(left, made, rest)
    return node


def _variables_of(found: Nearness) -> tuple[Variable, Variable] | None:
    match found.left, found.right:
        case (Variable() as left, Variable() as right) if left != right:
            return left, right
        case _:
            return None


def _spatial_join(found: Nearness, pattern: Pattern, counts: Counts) -> Pattern | None:
    ends = _variables_of(found)
    if ends is None:
        return None
    groups = _connected(_parts(pattern))
    left, right = (next((g for g in groups if end in _variables(g)), None) for end in ends)
    if left is None or right is None or left is right:
        return None
    made = _paired(found, _joined(left), _joined(right), counts)
    for group in groups:
        if made is not None and group is not left and group is not right:
            made = al.Join(made, _joined(group))
    return made


def _paired(found: Nearness, left: Pattern, right: Pattern, counts: Counts) -> Pattern | None:
    """Give the spatial join of two patterns."""
    ends, condition = _variables_of(found), found.join_condition(counts.srids())
    if ends is None or condition is None:
        return None
    fewer = _fewer(condition, left, right, counts)
    return al.SpatialJoin(left, right, *ends, condition, found.strict, fewer)


def _fewer(
    condition: Related | WithinDistance, left: Pattern, right: Pattern, counts: Counts
) -> OneOf["left", "right"] | None:
    """Say which side has far fewer solutions, where its extent tells what of the other it meets."""
    if not isinstance(condition, Related) or not set(counts.srids()) <= WGS84_LONLAT:
        return None
    sizes = _size(left, counts), _size(right, counts)
    if min(sizes) * _FEWER >= max(sizes):
        return None
    return "left" if sizes[0] < sizes[1] else "right"


def _size(pattern: Pattern, counts: Counts) -> float:
    """Estimate the solutions of a pattern by its smallest part."""
    match pattern:
        case BGP(triples):
            return min((estimate(t, set(), counts) for t in triples), default=1.0)
        case al.Union(left, right):
            return _size(left, counts) + _size(right, counts)
        case al.Join(left, right):
            return min(_size(left, counts), _size(right, counts))
        case al.Values(_, rows):
            return len(rows)
        case al.LeftJoin(inner) | al.Minus(inner) | al.Graph(_, inner) | al.Once(inner):
            return _size(inner, counts)
        case al.Filter(_, inner) | al.Extend(inner) | al.Project(inner) | al.Distinct(inner):
            return _size(inner, counts)
        case al.Slice(inner, _, limit):
            size = _size(inner, counts)
            return size if limit is None else min(size, limit)
        case _:
            return float(counts.dataset.quad_count())


def _parts(pattern: Pattern) -> list[Pattern]:
    match pattern:
        case al.Join(left, right):
            return [*_parts(left), *_parts(right)]
        case BGP(triples):
            return [BGP((triple,)) for triple in triples]
        case al.Extend(inner, _, expression) if _is_repeatable(expression):
            parts = _parts(inner)
            read = set(mentioned(expression))
            for group in _connected(parts):
                if read and read <= _variables(group):
                    others = [part for part in parts if not any(part is each for each in group)]
                    return [*others, replace(pattern, pattern=_joined(group))]
            return [pattern]
        case _:
            return [pattern]


def _is_repeatable(expression: Expression) -> bool:
    """Tell whether functions named by IRI alone make a value: none of them draws a new one."""
    match expression:
        case al.Call(_, arguments, True):
            return all(map(_is_repeatable, arguments))
        case _:
            return isinstance(expression, Variable | al.Constant)


def _variables(group: Sequence[Pattern]) -> set[Variable]:
    return {variable for part in group for variable in in_scope(part)}


def _connected(parts: Sequence[Pattern]) -> list[list[Pattern]]:
    """Group parts that share variables, directly or through others."""
    groups: list[list[Pattern]] = []
    for part in parts:
        own = set(in_scope(part))
        touching = [group for group in groups if _variables(group) & own]
        groups = [group for group in groups if not any(group is each for each in touching)]
        groups.append([*(member for group in touching for member in group), part])
    return groups


def _joined(group: Sequence[Pattern]) -> Pattern:
    triples = tuple(t for part in group if isinstance(part, BGP) for t in part.triples)
    made: Pattern = BGP(triples)
    for part in group:
        if not isinstance(part, BGP):
            made = join(made, part)
    return made
