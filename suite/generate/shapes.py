"""The geometries of the suite, on whole numbers, so that truth does not hang on rounding."""

from __future__ import annotations

import shapely
from shapely.geometry.base import BaseGeometry

SHAPES: dict[str, BaseGeometry] = {
    name: shapely.from_wkt(text)
    for name, text in {
        "point inside": "POINT (2 2)",
        "point at the corner": "POINT (0 0)",
        "point on the edge": "POINT (4 2)",
        "point far away": "POINT (20 20)",
        "points inside and at the corner": "MULTIPOINT ((2 2), (0 0))",
        "points inside and far away": "MULTIPOINT ((2 2), (20 20))",
        "point inside, alone in a multipoint": "MULTIPOINT ((2 2))",
        "line inside": "LINESTRING (1 1, 3 3)",
        "half of the line inside": "LINESTRING (1 1, 2 2)",
        "line inside and out": "LINESTRING (2 2, 6 6)",
        "line along the edge": "LINESTRING (0 0, 4 0)",
        "line across": "LINESTRING (-2 2, 6 2)",
        "line at the corner": "LINESTRING (4 4, 8 8)",
        "ring inside": "LINESTRING (1 1, 3 1, 3 3, 1 3, 1 1)",
        "ring inside, begun elsewhere": "LINESTRING (3 3, 1 3, 1 1, 3 1, 3 3)",
        "lines crossing inside": "MULTILINESTRING ((1 1, 3 3), (1 3, 3 1))",
        "lines inside and far away": "MULTILINESTRING ((1 1, 3 3), (20 20, 22 20))",
        "square": "POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0))",
        "square, begun elsewhere": "POLYGON ((4 4, 0 4, 0 0, 4 0, 4 2, 4 4))",
        "small square inside": "POLYGON ((1 1, 3 1, 3 3, 1 3, 1 1))",
        "small square at the corner": "POLYGON ((0 0, 2 0, 2 2, 0 2, 0 0))",
        "square shifted": "POLYGON ((2 2, 6 2, 6 6, 2 6, 2 2))",
        "square beside": "POLYGON ((4 0, 8 0, 8 4, 4 4, 4 0))",
        "square with a hole": "POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0), (1 1, 1 3, 3 3, 3 1, 1 1))",
        "square far away": "POLYGON ((20 20, 24 20, 24 24, 20 24, 20 20))",
        "square and one far away":
            "MULTIPOLYGON (((0 0, 4 0, 4 4, 0 4, 0 0)), ((20 20, 24 20, 24 24, 20 24, 20 20)))",
        "two small squares inside":
            "MULTIPOLYGON (((1 1, 2 1, 2 2, 1 2, 1 1)), ((2.5 2.5, 3 2.5, 3 3, 2.5 3, 2.5 2.5)))",
        "line along the edge and point inside":
            "GEOMETRYCOLLECTION (POINT (2 2), LINESTRING (0 0, 4 0))",
        "square and point far away":
            "GEOMETRYCOLLECTION (POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0)), POINT (20 20))",
    }.items()
}  # fmt: skip
