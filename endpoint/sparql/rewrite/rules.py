"""The rewrite rules, in the order in which they are applied."""

from __future__ import annotations

from collections.abc import Callable

from endpoint.sparql.algebra import Pattern
from endpoint.sparql.rewrite.computed import compute_properties
from endpoint.sparql.rewrite.constants import fold_constants
from endpoint.sparql.rewrite.counts import Counts
from endpoint.sparql.rewrite.join_order import order_joins
from endpoint.sparql.rewrite.pushdown import merge_basic_patterns, push_filters
from endpoint.sparql.rewrite.spatial import select_by_box, select_nearest
from endpoint.sparql.rewrite.spatial_join import join_in_space

Rule = Callable[[Pattern, Counts], Pattern]

RULES: tuple[Rule, ...] = (
    merge_basic_patterns,
    compute_properties,
    fold_constants,
    push_filters,
    join_in_space,
    select_by_box,
    select_nearest,
    order_joins,
)


def rewrite(pattern: Pattern, counts: Counts, *, compute: bool = True) -> Pattern:
    """Apply every rule once, in order; the solutions of the pattern stay the same.

    Parameters
    ----------
    pattern, counts
        What is asked, and of what data.
    compute
        Whether triples that GeoSPARQL computes count as triples of the graph.
    """
    for rule in RULES:
        if compute or rule is not compute_properties:
            pattern = rule(pattern, counts)
    return pattern
