"""The rHEALPix grid of AusPIX and TB16Pix: cells, their outlines, and covers of geometries.

The grid: ellipsoid WGS84, three by three children to a cell, polar squares N and S
above and below the first equatorial square O (PROJ: ``+proj=rhealpix +ellps=WGS84
+north_square=0 +south_square=0``). The six cells of resolution 0 are named

::

    N
    O P Q R        O from longitude -180 to -90, and so on
    S

and a cell adds one digit to the name of its parent: 0 1 2 in the upper row, 3 4 5, 6 7 8.
All cells of one resolution have the same area; a cell of resolution k is about
10,007.6 / 3^k km wide.

Outlines are in CRS84. A cell of O, P, Q or R lies between two meridians and two
parallels, so its four corners say all. Sides of cells of N and S are curves; they
are drawn with `POLAR_SEGMENTS` segments to the side of the finest cell of a list, and
all cells of a list share these positions, so that neighbours meet without gaps. A cell
over the antimeridian is cut there, one over a pole runs along ±180 and the pole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pyproj
import shapely

from geosparql.errors import LiteralError
from geosparql.literals.globe import DECIMALS, one_geometry, ring_polygons

FACES = "NOPQRS"
MAX_RESOLUTION = 15
_NAME = re.compile(f"[{FACES}][0-8]*")
POLAR_SEGMENTS = 27
_MAX_SEGMENTS = 27 * 3**5
_EQUATORIAL_MARGIN, _POLAR_MARGIN = 1e-5, 1e-3


@dataclass(frozen=True, slots=True)
class Cells:
    """Cells of one resolution: face number in `FACES`, column and row in it from the upper left."""

    resolution: int
    face: Any
    column: Any
    row: Any

    def __len__(self) -> int:
        """Give the number of cells."""
        return len(self.face)

    def __getitem__(self, chosen: Any) -> Cells:
        """Give some of the cells."""
        return Cells(self.resolution, self.face[chosen], self.column[chosen], self.row[chosen])

    @property
    def polar(self) -> Any:
        """Tell which cells lie in N or S."""
        return (self.face == 0) | (self.face == 5)


def all_faces() -> Cells:
    """Give the six cells of resolution 0."""
    return Cells(0, np.arange(6), np.zeros(6, np.int64), np.zeros(6, np.int64))


def children(cells: Cells) -> Cells:
    """Give the nine children of each cell."""
    digit = np.tile(np.arange(9), len(cells))
    return Cells(
        cells.resolution + 1,
        np.repeat(cells.face, 9),
        np.repeat(cells.column, 9) * 3 + digit % 3,
        np.repeat(cells.row, 9) * 3 + digit // 3,
    )


def names_of(cells: Cells) -> list[str]:
    """Give the names of cells."""
    powers = 3 ** np.arange(cells.resolution - 1, -1, -1)
    digits = cells.row[:, None] // powers % 3 * 3 + cells.column[:, None] // powers % 3
    return [
        FACES[face] + "".join(map(str, row))
        for face, row in zip(cells.face.tolist(), digits.tolist(), strict=True)
    ]


def is_cell(name: str) -> bool:
    """Tell whether a text names a cell of this grid, down to `MAX_RESOLUTION`."""
    return bool(_NAME.fullmatch(name)) and len(name) <= MAX_RESOLUTION + 1


def cells_of(names: Sequence[str]) -> Cells:
    """Give cells of one resolution from their names."""
    digits = np.array([[int(digit) for digit in name[1:]] for name in names], np.int64)
    digits = digits.reshape(len(names), -1)
    powers = 3 ** np.arange(digits.shape[1] - 1, -1, -1)
    face = np.array([FACES.index(name[0]) for name in names], np.int64)
    return Cells(digits.shape[1], face, digits % 3 @ powers, digits // 3 @ powers)


def compacted(names: Iterable[str]) -> list[str]:
    """Put the parent where all nine children stand, drop what an ancestor holds, and sort."""
    held = set(names)
    held = {name for name in held if not any(name[:end] in held for end in range(1, len(name)))}
    for length in range(max(map(len, held), default=0), 1, -1):
        siblings: dict[str, int] = {}
        for name in held:
            if len(name) == length:
                siblings[name[:-1]] = siblings.get(name[:-1], 0) + 1
        whole = {parent for parent, count in siblings.items() if count == 9}
        held = {name for name in held if len(name) != length or name[:-1] not in whole} | whole
    return sorted(held)


# Places


@lru_cache(maxsize=1)
def _projection() -> tuple[pyproj.Proj, float]:
    """Give the projection and the width of a cell of resolution 0 in its plane."""
    projection = pyproj.Proj("+proj=rhealpix +ellps=WGS84 +north_square=0 +south_square=0")
    return projection, projection(90, 0)[0]


def _lonlat(face: Any, across: Any, down: Any) -> tuple[Any, Any]:
    """Give longitude and latitude of places in faces; shares of the width from the upper left."""
    projection, width = _projection()
    top = np.where(face == 0, 1.5, np.where(face == 5, -0.5, 0.5))
    polar = (face == 0) | (face == 5)
    x = np.where(polar, -2 + across, 0.0) * width
    lon, lat = projection(x, (top - down) * width, inverse=True, errcheck=True)
    lon = np.where(polar, lon, -180 + 90 * (face - 1 + across))
    return np.round(lon, DECIMALS), np.round(lat, DECIMALS)


def centres(cells: Cells) -> Any:
    """Give the centres of cells as points."""
    size = 3**cells.resolution
    return shapely.points(
        *_lonlat(cells.face, (cells.column + 0.5) / size, (cells.row + 0.5) / size)
    )


def outlines(cells: Cells, *, segments: int = POLAR_SEGMENTS, shrunk: bool = False) -> Any:
    """Give the outlines of cells as polygons in CRS84.

    Parameters
    ----------
    cells
        Cells of one resolution.
    segments
        Segments to a side of a polar cell.
    shrunk
        Draw just inside the cell, so that a neighbour does not touch the outline.
    """
    polygons = np.empty(len(cells), dtype=object)
    polar = cells.polar
    for chosen, steps, margin in (
        (~polar, 1, _EQUATORIAL_MARGIN),
        (polar, segments, _POLAR_MARGIN),
    ):
        if chosen.any():
            lon, lat = _sides(cells[chosen], steps, margin if shrunk else 0.0)
            polygons[chosen] = ring_polygons(lon, lat)
    return polygons


def _sides(cells: Cells, steps: int, margin: float) -> tuple[Any, Any]:
    """Give (n, 4 x steps) longitudes and latitudes around cells.

    Places are whole numbers over a whole number, so that a place common to two cells
    of any resolution comes out as the same doubles.
    """
    along, none, full = np.arange(steps), np.zeros(steps, np.int64), np.full(steps, steps)
    across = np.concatenate([none, along, full, full - along])
    down = np.concatenate([along, full, full - along, none])
    size = 3**cells.resolution * steps
    column, row = cells.column[:, None] * steps + across, cells.row[:, None] * steps + down
    if margin:
        column = column + (steps / 2 - across) * 2 * margin
        row = row + (steps / 2 - down) * 2 * margin
    face = np.broadcast_to(cells.face[:, None], column.shape)
    return _lonlat(face, column / size, row / size)


def geometry_of(names: Iterable[str]) -> shapely.Geometry:
    """Give the union of cells as a polygon or multipolygon in CRS84."""
    held = compacted(names)
    finest = max(map(len, held), default=1)
    polygons: list[shapely.Geometry] = []
    for length in sorted({len(name) for name in held}):
        segments = min(POLAR_SEGMENTS * 3 ** (finest - length), _MAX_SEGMENTS)
        cells = cells_of([name for name in held if len(name) == length])
        polygons += outlines(cells, segments=segments).tolist()
    return one_geometry(polygons)


# Covers


def cell_at(points: Any, resolution: int) -> list[str]:
    """Give the cell that each point in CRS84 lies in."""
    projection, width = _projection()
    lon, lat = shapely.get_x(points), shapely.get_y(points)
    x, y = (axis / width for axis in projection(lon, lat))
    face = np.where(y > 0.5, 0, np.where(y < -0.5, 5, np.clip(np.floor(x + 3), 1, 4)))
    left = np.where((face == 0) | (face == 5), -2, face - 3)
    top = np.where(face == 0, 1.5, np.where(face == 5, -0.5, 0.5))
    size = 3**resolution
    column = np.clip(np.floor((x - left) * size), 0, size - 1).astype(np.int64)
    row = np.clip(np.floor((top - y) * size), 0, size - 1).astype(np.int64)
    return names_of(Cells(resolution, face.astype(np.int64), column, row))


def cover(polygon: shapely.Geometry, resolution: int | None, boundary_cells: int) -> list[str]:
    """Give the cells whose centre lies in a polygon, compacted.

    Parameters
    ----------
    polygon
        Polygon or multipolygon in CRS84.
    resolution
        Of the cells before compaction. None: that at which the polygon is made of whole
        cells, if there is one, else the coarsest at which its boundary runs through more
        than `boundary_cells`.
    boundary_cells
        Looked at where no resolution is given.

    Raises
    ------
    LiteralError
        More than `_MOST_PARTIAL` cells lie on the boundary.
    """
    if resolution is None:
        resolution = _own_resolution(polygon)
    last = MAX_RESOLUTION if resolution is None else resolution
    shapely.prepare(polygon)
    partial, names = all_faces(), []
    while True:
        shapes = outlines(partial, shrunk=True)
        touched = shapely.intersects(polygon, shapes)
        inside = touched & shapely.contains(polygon, shapes)
        names += names_of(partial[inside])
        partial = partial[touched & ~inside]
        stop = resolution is None and len(partial) > boundary_cells
        if partial.resolution == last or stop or not len(partial):
            break
        if len(partial) > _MOST_PARTIAL:
            raise LiteralError("The cover has too many cells", hint="Choose a coarser resolution")
        partial = children(partial)
    names += names_of(partial[shapely.intersects(polygon, centres(partial))])
    if not names:
        names = cell_at([shapely.point_on_surface(polygon)], partial.resolution)
    return compacted(names)


_MOST_PARTIAL = 20_000
_CORNER_TOLERANCE = 1e-9
"""In widths of a cell of resolution 0: 1 cm."""


def _own_resolution(polygon: shapely.Geometry) -> int | None:
    """Find the coarsest resolution at which every vertex is a corner of a cell, if there is one."""
    projection, width = _projection()
    lonlat = shapely.get_coordinates(polygon)
    lonlat = lonlat[np.abs(lonlat[:, 1]) < 90]  # a pole is the middle of a cell
    x, y = (np.asarray(axis) / width for axis in projection(lonlat[:, 0], lonlat[:, 1]))
    corner = np.column_stack([x, y + 0.5])
    for resolution in range(MAX_RESOLUTION + 1):
        size = 3**resolution
        if np.abs(corner - np.round(corner * size) / size).max(initial=0) < _CORNER_TOLERANCE:
            return resolution
    return None
