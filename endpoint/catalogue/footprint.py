"""Footprints on the globe: cut at the antimeridian, and their boxes (RFC 7946, 3.1.9 and 5.2).

Coordinates are CRS84 degrees, longitude first. A ring that jumps by more than
180 degrees of longitude between two corners is taken to go the short way, over
the antimeridian.
"""

from __future__ import annotations

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geosparql.errors import InputError

Box = tuple[float, float, float, float]
WORLD: Box = (-180.0, -90.0, 180.0, 90.0)


def parse_box(values: list[float]) -> Box:
    """Read a box of 4 or 6 numbers: west, south, (lowest,) east, north (, highest).

    West may be greater than east: the box then crosses the antimeridian. Heights
    are read and left aside, for footprints have none.

    Raises
    ------
    InputError
        For another count of numbers, latitudes out of order or out of the world.
    """
    if len(values) not in (4, 6):
        raise InputError("A bbox has 4 or 6 numbers", value=values)
    half = len(values) // 2
    (west, south), (east, north) = values[:2], values[half : half + 2]
    if not (-90 <= south <= north <= 90 and -180 <= west <= 180 and -180 <= east <= 180):
        raise InputError(
            "A bbox is west, south, east, north in degrees, south at most north", value=values
        )
    return west, south, east, north


def box_geometry(box: Box) -> BaseGeometry:
    """Give a box as a polygon, or as two where it crosses the antimeridian."""
    west, south, east, north = box
    if west <= east:
        return shapely.box(west, south, east, north)
    return shapely.multipolygons(
        [shapely.box(west, south, 180, north), shapely.box(-180, south, east, north)]
    )


def cut_at_antimeridian(geometry: BaseGeometry) -> BaseGeometry:
    """Cut a polygon or multipolygon that crosses the antimeridian into parts that do not.

    A ring around a pole has no such parts; it is closed over the pole it is nearer to.
    """
    parts = shapely.get_parts(geometry)
    cut = [_cut_polygon(part) for part in parts]
    if all(new is old for new, old in zip(cut, parts, strict=True)):
        return geometry
    return shapely.union_all(cut)


def _cut_polygon(polygon: BaseGeometry) -> BaseGeometry:
    if polygon.geom_type != "Polygon":
        return polygon
    corners = shapely.get_coordinates(polygon.exterior)
    steps = np.diff(corners[:, 0])
    if not (np.abs(steps) > 180).any():
        return polygon
    rings = [_unrolled(ring) for ring in (polygon.exterior, *polygon.interiors)]
    turned = rings[0][-1, 0] - rings[0][0, 0]
    if abs(turned) > 180:
        return _over_the_pole(rings[0])
    shell = shapely.Polygon(rings[0], [_beside(ring, rings[0]) for ring in rings[1:]])
    return _folded(shell)


def _unrolled(ring: BaseGeometry) -> np.ndarray:
    """Let longitudes run on over 180 instead of jumping."""
    corners = shapely.get_coordinates(ring)
    corners[:, 0] = np.unwrap(corners[:, 0], period=360.0)
    return np.asarray(corners)


def _beside(ring: np.ndarray, shell: np.ndarray) -> np.ndarray:
    """Shift a hole by whole turns to where its shell is."""
    turns = np.round((shell[:, 0].mean() - ring[:, 0].mean()) / 360)
    return np.asarray(ring + np.array([360.0 * turns, 0.0]))


def _over_the_pole(ring: np.ndarray) -> BaseGeometry:
    """Close a ring around a pole along that pole."""
    pole = 90.0 if ring[:, 1].mean() > 0 else -90.0
    closed = np.vstack([ring, [ring[-1, 0], pole], [ring[0, 0], pole], ring[0]])
    return _folded(shapely.Polygon(closed))


def _folded(polygon: BaseGeometry) -> BaseGeometry:
    """Cut at every odd multiple of 180 degrees and shift each part back into the world."""
    west, _, east, _ = shapely.bounds(polygon)
    parts = []
    for turn in range(int(np.floor((west + 180) / 360)), int(np.floor((east + 180) / 360)) + 1):
        world = shapely.box(360 * turn - 180, -90, 360 * turn + 180, 90)
        part = shapely.intersection(polygon, world)
        if shapely.area(part) > 0:
            parts.append(shapely.transform(part, lambda xy, turn=turn: xy - [360 * turn, 0]))
    return parts[0] if len(parts) == 1 else shapely.union_all(parts)


def box_of(geometry: BaseGeometry) -> Box:
    """Give the box of a footprint; west is greater than east where it crosses the antimeridian.

    It crosses where parts touch both 180 and -180 and the widest gap between
    parts lies elsewhere.
    """
    bounds = shapely.bounds(shapely.get_parts(geometry))
    south, north = float(bounds[:, 1].min()), float(bounds[:, 3].max())
    west, east = float(bounds[:, 0].min()), float(bounds[:, 2].max())
    if west > -180 or east < 180 or len(bounds) == 1:
        return west, south, east, north
    order = bounds[np.argsort(bounds[:, 0])]
    reach = np.maximum.accumulate(order[:-1, 2])
    gaps = order[1:, 0] - reach
    widest = int(np.argmax(gaps))
    if gaps[widest] <= 0:
        return west, south, east, north
    return float(order[widest + 1, 0]), south, float(reach[widest]), north
