"""Hypothesis generators of shapes that touch, cover and cross each other often."""

from __future__ import annotations

from typing import Any

import shapely
from hypothesis import strategies as st

_SIDE = 4
_places = st.tuples(st.integers(0, _SIDE), st.integers(0, _SIDE))


@st.composite
def areas(draw: st.DrawFn) -> shapely.Geometry:
    """Valid polygons and multipolygons of unit squares, holes and touching corners among them."""
    squares = draw(st.sets(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1))
    return shapely.union_all([shapely.box(x, y, x + 1, y + 1) for x, y in squares])


def discs() -> st.SearchStrategy[shapely.Geometry]:
    """Polygons without holes: boxes with corners on a grid."""
    sides = st.lists(st.integers(0, _SIDE), min_size=2, max_size=2, unique=True).map(sorted)
    return st.builds(lambda x, y: shapely.box(x[0], y[0], x[1], y[1]), sides, sides)


@st.composite
def lines(draw: st.DrawFn) -> shapely.Geometry:
    """Simple lines between grid points, of one or two parts."""
    ends = draw(st.lists(_places, min_size=2, max_size=4, unique=True))
    return shapely.union_all(shapely.LineString(ends))


def points() -> st.SearchStrategy[shapely.Geometry]:
    """One or some grid points."""
    return st.lists(_places, min_size=1, max_size=3, unique=True).map(
        lambda places: shapely.Point(places[0]) if len(places) == 1 else shapely.MultiPoint(places)
    )


def empties() -> st.SearchStrategy[shapely.Geometry]:
    """Empty geometries."""
    texts = ("POINT EMPTY", "LINESTRING EMPTY", "POLYGON EMPTY", "GEOMETRYCOLLECTION EMPTY")
    return st.sampled_from(texts).map(shapely.from_wkt)


def shapes() -> st.SearchStrategy[Any]:
    """Any of them, all valid."""
    return st.one_of(areas(), discs(), lines(), points(), empties())
