"""Geometries for the laws of literals: every type, 2D and 3D, full, empty and nested."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import strategies as st

_WKT_2D = (
    "POINT (0.1 -2.5)",
    "LINESTRING (0 0, 1e-7 2, -3.25 1e6)",
    "LINEARRING (0 0, 4 0, 4 3, 0 0)",
    "POLYGON ((0 0, 10 0, 10 10, 0 10, 0 0), (1 1, 1 2, 2 2, 2 1, 1 1), (5 5, 5 6, 6 6, 5 5))",
    "MULTIPOINT (1 2, 3 4)",
    "MULTILINESTRING ((0 0, 1 1), (2 2, 3 5, 4 4))",
    "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)), ((5 5, 9 5, 9 9, 5 9, 5 5), (6 6, 6 7, 7 7, 6 6)))",
    "GEOMETRYCOLLECTION (POINT (1 2), LINESTRING (0 0, 1 1), GEOMETRYCOLLECTION (POINT (3 4), "
    "POLYGON ((0 0, 1 0, 1 1, 0 0))))",
)
_WKT_3D = (
    "POINT Z (0.1 -2.5 1e3)",
    "LINESTRING Z (0 0 1, 1 2 -5, 3 4 0.30000000000000004)",
    "POLYGON Z ((0 0 1, 10 0 2, 10 10 3, 0 0 1))",
    "MULTIPOINT Z (1 2 3, 3 4 5)",
    "MULTILINESTRING Z ((0 0 0, 1 1 1), (2 2 2, 3 5 3))",
    "MULTIPOLYGON Z (((0 0 5, 1 0 5, 1 1 5, 0 0 5)))",
    "GEOMETRYCOLLECTION Z (POINT Z (1 2 3), LINESTRING Z (0 0 0, 1 1 2))",
)
_WKT_EMPTY = (
    "POINT EMPTY",
    "LINESTRING EMPTY",
    "LINEARRING EMPTY",
    "POLYGON EMPTY",
    "MULTIPOINT EMPTY",
    "MULTILINESTRING EMPTY",
    "MULTIPOLYGON EMPTY",
    "GEOMETRYCOLLECTION EMPTY",
    "GEOMETRYCOLLECTION (POINT EMPTY, LINESTRING EMPTY, POINT (1 1))",
    "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)), EMPTY)",
)
FULL = tuple(shapely.from_wkt(_WKT_2D + _WKT_3D))
EMPTY = tuple(shapely.from_wkt(_WKT_EMPTY))
SHAPES = FULL + EMPTY
MEASURED = tuple(shapely.from_wkt(["POINT M (1 2 3)", "LINESTRING ZM (0 0 1 2, 1 1 1 3)"]))

_SPAN = {"min_value": -180.0, "max_value": 180.0, "allow_nan": False}


def line_strings(**span: float) -> st.SearchStrategy[shapely.LineString]:
    """Lines of any doubles, 2D or 3D."""
    number = st.floats(**(_SPAN | span))
    return st.sampled_from((2, 3)).flatmap(
        lambda size: st.lists(st.tuples(*[number] * size), min_size=2, max_size=6).map(
            lambda rows: shapely.linestrings(np.array(rows))
        )
    )


def label(geometry: shapely.Geometry) -> str:
    """Name a geometry in test ids."""
    return str(shapely.to_wkt(geometry, output_dimension=4))[:40]


def same(one: shapely.Geometry, other: shapely.Geometry) -> bool:
    """Tell whether two geometries are of one type and SRID and of the same doubles."""
    return (
        one.geom_type == other.geom_type
        and shapely.get_srid(one) == shapely.get_srid(other)
        and bool(shapely.equals_identical(one, other))
    )
