"""The filters by name."""

from __future__ import annotations

from collections.abc import Callable

from engine.join_geometries import Integers, Objects
from geosparql.errors import RuleError
from interlink.filters.grid import grid_candidates
from interlink.filters.growing import growing_candidates
from interlink.filters.packed import packed_candidates

Filter = Callable[[Objects, Objects], Integers]

FILTERS: dict[str, Filter] = {
    "packed": packed_candidates,
    "rtree": growing_candidates,
    "grid": grid_candidates,
}


def filter_of(name: str) -> Filter:
    """Give a filter by name.

    Raises
    ------
    RuleError
        There is no such filter.
    """
    if name not in FILTERS:
        raise RuleError("There is no such filter", value=name, hint=f"Known: {', '.join(FILTERS)}")
    return FILTERS[name]
