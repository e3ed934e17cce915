"""Applying a change to every pattern of a query, the innermost first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import Any, cast

from endpoint.sparql.algebra import (
    PATTERN_TYPES,
    Call,
    Constant,
    Expression,
    Pattern,
    TriplePattern,
    Values,
    Variable,
)

Change = Callable[[Pattern], Pattern]
_LEAVES = (Variable, Constant, TriplePattern, str)


def everywhere(pattern: Pattern, change: Change) -> Pattern:
    """Give the pattern with every pattern in it changed, those inside EXISTS too."""
    if isinstance(pattern, Values):  # a thousand rows of terms, and nothing to change in them
        return change(pattern)
    return change(cast(Pattern, _inside(pattern, change)))


def _inside(part: Any, change: Change) -> Any:
    """Change what stands inside a node of the algebra; the node itself stays."""
    changed = {}
    for each in fields(part):
        value = getattr(part, each.name)
        made = _part(value, change)
        if made is not value:
            changed[each.name] = made
    return replace(part, **changed) if changed else part


def _part(value: Any, change: Change) -> Any:
    if isinstance(value, _LEAVES):
        return value
    if isinstance(value, PATTERN_TYPES):
        return everywhere(cast(Pattern, value), change)
    if isinstance(value, tuple):
        made = tuple(_part(member, change) for member in value)
        same = all(new is old for new, old in zip(made, value, strict=True))
        return value if same else made
    if is_dataclass(value) and not isinstance(value, type):
        return _inside(value, change)
    return value


def conjuncts(expression: Expression) -> tuple[Expression, ...]:
    """Give the conditions that an expression joins with ``&&``."""
    match expression:
        case Call("&&", (left, right)):
            return (*conjuncts(left), *conjuncts(right))
        case _:
            return (expression,)
