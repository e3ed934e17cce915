"""The packed R-tree (sort-tile-recursive) of GEOS: built once, the default filter."""

from __future__ import annotations

import shapely

from engine.join_geometries import Integers, Objects


def packed_candidates(left: Objects, right: Objects) -> Integers:
    """Give (2, n) rows of left and right whose boxes meet."""
    pairs: Integers = shapely.STRtree(right).query(left)
    return pairs
