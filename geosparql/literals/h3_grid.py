"""The H3 grid: cells, their outlines, and covers of geometries, through the `h3` package.

A compacted list stands for its cells at the finest resolution in it, since the
children of an H3 cell do not fill it exactly. Sides are straight lines in longitude
and latitude, as the H3 library draws them, so neighbours share them exactly; a cell
over the antimeridian is cut there, one over a pole runs along ±180 and the pole.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import ModuleType
from typing import Any

import numpy as np
import shapely

from geosparql.errors import LiteralError
from geosparql.extras import module_of_extra
from geosparql.literals.globe import DECIMALS, one_geometry, ring_polygons

MAX_RESOLUTION = 15
_MOST_CELLS = 500_000
_CORNER_TOLERANCE_DEG = 1e-9
_AREA_TOLERANCE = 1e-6
_SLABS = ((-180, -60), (-60, 60), (60, 180))
"""H3 takes a polygon wider than half the globe for one over the antimeridian."""


def _h3() -> ModuleType:
    return module_of_extra("h3", "dggs", "H3 literals")


def is_cell(name: str) -> bool:
    """Tell whether a text names an H3 cell."""
    return bool(_h3().is_valid_cell(name))


def compacted(names: Iterable[str]) -> list[str]:
    """Put the parent where all its children stand, and sort."""
    return sorted(_h3().compact_cells(_at_finest(names)))


def _at_finest(names: Iterable[str]) -> list[str]:
    """Give the cells at the finest resolution among them, each once."""
    h3, held = _h3(), set(names)
    finest = max(map(h3.get_resolution, held), default=0)
    count = sum(h3.cell_to_children_size(name, finest) for name in held)
    if count > _MOST_CELLS:
        raise LiteralError("The cells differ too much in size", value=f"{count} cells")
    return list({child for name in held for child in h3.cell_to_children(name, finest)})


def geometry_of(names: Iterable[str]) -> shapely.Geometry:
    """Give the union of cells as a polygon or multipolygon in CRS84."""
    return one_geometry(_outlines(_at_finest(names)))


def _outlines(names: Sequence[str]) -> list[shapely.Geometry]:
    """Draw cells; they have five to ten corners, so rings of equal length go together."""
    rings: dict[int, list[Any]] = {}
    for name in names:
        corners = _h3().cell_to_boundary(name)
        rings.setdefault(len(corners), []).append(corners)
    polygons: list[shapely.Geometry] = []
    for same_length in rings.values():
        corners = np.round(np.array(same_length), DECIMALS)
        polygons += ring_polygons(corners[..., 1], corners[..., 0]).tolist()
    return polygons


def cell_at(points: Any, resolution: int) -> list[str]:
    """Give the cell that each point in CRS84 lies in."""
    positions = zip(shapely.get_y(points), shapely.get_x(points), strict=True)
    return [_h3().latlng_to_cell(lat, lon, resolution) for lat, lon in positions]


def cover(polygon: shapely.Geometry, resolution: int | None, boundary_cells: int) -> list[str]:
    """Give the cells whose centre lies in a polygon, compacted.

    Parameters
    ----------
    polygon
        Polygon or multipolygon in CRS84.
    resolution
        Of the cells before compaction. None: that at which every vertex is a corner
        of a cell, if there is one, else the finest at which a round area of the size of
        this one has at most `boundary_cells` along its boundary.
    boundary_cells
        Looked at where no resolution is given.

    Raises
    ------
    LiteralError
        The cover has more than half a million cells.
    """
    if resolution is None:
        resolution = _own_resolution(polygon)
        if resolution is not None:
            names = _inside(polygon, resolution)
            area = shapely.area(_outlines(names)).sum()
            if abs(area - polygon.area) <= _AREA_TOLERANCE * polygon.area:
                return compacted(names)
        most_inside = boundary_cells**2 / (4 * np.pi)
        fitting = [r for r in range(MAX_RESOLUTION + 1) if _count(polygon, r) <= most_inside]
        resolution = max(fitting, default=0)
    names = _inside(polygon, resolution)
    return compacted(names or cell_at([shapely.point_on_surface(polygon)], resolution))


def _inside(polygon: shapely.Geometry, resolution: int) -> list[str]:
    """Give the cells of a resolution whose centre lies in a polygon.

    H3's older `polygon_to_cells` fails on a polygon with an edge along a pole.
    """
    if _count(polygon, resolution) > _MOST_CELLS:
        raise LiteralError("The cover has too many cells", hint="Choose a coarser resolution")
    h3 = _h3()
    names: set[str] = set()
    for west, east in _SLABS:
        part = shapely.intersection(polygon, shapely.box(west, -90, east, 90))
        for piece in shapely.get_parts(part):
            if piece.geom_type == "Polygon" and not piece.is_empty:
                shape = h3.geo_to_h3shape(piece)
                try:
                    names.update(h3.h3shape_to_cells_experimental(shape, resolution, "center"))
                except MemoryError:  # around a pole H3 makes room for a belt around the globe
                    names.update(_flooded(piece, resolution))
    return list(names)


def _flooded(piece: shapely.Geometry, resolution: int) -> set[str]:
    """Give the cells whose centre lies in a polygon, from those at its vertices inwards."""
    h3 = _h3()
    shapely.prepare(piece)
    corners = shapely.points(shapely.get_coordinates(piece))
    waiting = {*cell_at(corners, resolution), *cell_at([piece.point_on_surface()], resolution)}
    seen, inside = set(waiting), set()
    while waiting:
        lat_lon = {name: h3.cell_to_latlng(name) for name in waiting}
        found = {n for n, (lat, lon) in lat_lon.items() if shapely.intersects_xy(piece, lon, lat)}
        inside |= found
        waiting = {near for name in found for near in h3.grid_disk(name, 1)} - seen
        seen |= waiting
    return inside


def _count(polygon: shapely.Geometry, resolution: int) -> float:
    """Estimate the cells of a resolution in a polygon, by areas on the sphere."""
    lonlat = np.radians(shapely.get_coordinates(polygon))
    flat = np.column_stack([lonlat[:, 0], np.sin(lonlat[:, 1])])
    share = shapely.area(shapely.set_coordinates(shapely.force_2d(polygon), flat)) / (4 * np.pi)
    return float(share * _h3().get_num_cells(resolution))


def _own_resolution(polygon: shapely.Geometry) -> int | None:
    """Find the coarsest resolution at which every vertex is a corner of a cell, if there is one.

    A corner of a cell can be one of a child too, so all are looked at.
    """
    lonlat = shapely.get_coordinates(polygon)
    found = 0
    for lon, lat in lonlat[(np.abs(lonlat) < [180, 90]).all(axis=1)]:  # cuts are no corners
        own = next((r for r in range(MAX_RESOLUTION + 1) if _is_corner(lon, lat, r)), None)
        if own is None:
            return None
        found = max(found, own)
    return found


def _is_corner(lon: float, lat: float, resolution: int) -> bool:
    (name,) = cell_at([shapely.Point(lon, lat)], resolution)
    corners = np.array(_h3().cell_to_boundary(name))
    return bool(np.abs(corners - [lat, lon]).max(axis=1).min() < _CORNER_TOLERANCE_DEG)
