"""The geometry zoo: every simple-features type that GEOS holds, in every dimension and emptiness.

``SPECIMENS`` is each type x {2D, Z, M, ZM} x {full, empty, nested empty}; ``ODDITIES``
are shapes on which geometry code tends to fail. Texts are written out by hand here and
read by GEOS alone, so that the zoo does not depend on what it tests.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

DIMENSIONS = ("", "Z", "M", "ZM")
_WIDTHS = {"": 2, "Z": 3, "M": 3, "ZM": 4}
_TYPES: dict[str, tuple[str, str | None]] = {
    "POINT": ("({0})", None),
    "LINESTRING": ("({0}, {1}, {2})", None),
    "POLYGON": ("(({0}, {3}, {4}, {5}, {0}), ({1}, {6}, {2}, {1}))", "(EMPTY)"),
    "MULTIPOINT": ("(({0}), ({1}))", "(EMPTY, ({0}))"),
    "MULTILINESTRING": ("(({0}, {1}), ({2}, {3}, {4}))", "(EMPTY, ({0}, {1}))"),
    "MULTIPOLYGON": (
        "((({0}, {3}, {4}, {5}, {0}), ({1}, {6}, {2}, {1})), (({7}, {8}, {9}, {7})))",
        "(EMPTY, (({7}, {8}, {9}, {7})))",
    ),
    "GEOMETRYCOLLECTION": (
        "(POINT{d} ({0}), LINESTRING{d} ({1}, {2}), POLYGON{d} (({7}, {8}, {9}, {7})))",
        "(POINT{d} EMPTY, LINESTRING{d} ({1}, {2}), GEOMETRYCOLLECTION{d} (POLYGON{d} EMPTY))",
    ),
}
"""Type to its full text and, where it has parts, one with an empty part."""
_XY = (
    (0, 0), (2, 2), (2, 4), (10, 0), (10, 10.5), (-0.25, 10), (4, 2), (20, 20), (30, 20),
    (25, 31.125),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Specimen:
    """One geometry of the zoo."""

    name: str
    wkt: str
    type: str
    dimensions: str
    state: str

    def geometry(self, srid: int = 0) -> shapely.Geometry:
        """Make the geometry; EMPTY collections and multi-types of GEOS forget Z and M."""
        return shapely.set_srid(shapely.from_wkt(self.wkt), srid)


def _positions(dimensions: str) -> list[str]:
    width = _WIDTHS[dimensions]
    return [" ".join(map(str, (x, y, i + 0.5, -i)[:width])) for i, (x, y) in enumerate(_XY)]


def _specimens() -> tuple[Specimen, ...]:
    found = []
    for kind, (full, nested) in _TYPES.items():
        for dimensions in DIMENSIONS:
            tag = f" {dimensions}" if dimensions else ""
            for state, body in (("full", full), ("empty", "EMPTY"), ("nested empty", nested)):
                if body is not None:
                    text = f"{kind}{tag} {body.format(*_positions(dimensions), d=tag)}"
                    name = f"{kind}{tag} {state}"
                    found.append(Specimen(name, text, kind, dimensions, state))
    return tuple(found)


SPECIMENS: tuple[Specimen, ...] = _specimens()

ODDITIES: dict[str, str] = {
    "self-crossing polygon": "POLYGON ((0 0, 4 4, 4 0, 0 4, 0 0))",
    "polygon with a spike": "POLYGON ((0 0, 4 0, 4 4, 2 4, 2 9, 2 4, 0 4, 0 0))",
    "polygon without area": "POLYGON ((0 0, 4 0, 8 0, 0 0))",
    "overlapping multipolygon": "MULTIPOLYGON (((0 0, 4 0, 4 4, 0 0)), ((2 1, 6 2, 6 6, 2 1)))",
    "line of one place": "LINESTRING (3 3, 3 3)",
    "self-crossing line": "LINESTRING (0 0, 4 4, 4 0, 0 4)",
    "closed line": "LINESTRING (0 0, 4 0, 4 4, 0 0)",
    "repeated points": "MULTIPOINT ((1 1), (1 1))",
    "nested collections": "GEOMETRYCOLLECTION (GEOMETRYCOLLECTION (POINT (1 1)), POINT (2 2))",
    "collection of mixed dimensions": "GEOMETRYCOLLECTION (POINT Z (1 2 3), POINT (1 2))",
    "hole touching the shell": "POLYGON ((0 0, 8 0, 8 8, 0 8, 0 0), (0 0, 4 2, 2 4, 0 0))",
    "huge numbers": "POINT (123456789012345680000 -1e-300)",
    "tiny differences": "LINESTRING (0.1 0.2, 0.30000000000000004 0.20000000000000001)",
    "beyond the antimeridian": "POLYGON ((170 -10, 190 -10, 190 10, 170 10, 170 -10))",
    "over a pole": "POLYGON ((-180 80, 180 80, 180 90, -180 90, -180 80))",
}
"""Name to text, two-dimensional but for one."""


def zoo(srid: int = 0) -> np.ndarray:
    """Give all specimens and oddities as an array of geometries."""
    oddities = [shapely.set_srid(shapely.from_wkt(text), srid) for text in ODDITIES.values()]
    return np.array([s.geometry(srid) for s in SPECIMENS] + oddities, dtype=object)
