"""The spaces in which distances are measured and bounded: a plane, or around the globe.

Geometries are cut into points and short chains, each with a box. In the plane
boxes have two dimensions; on a geographic CRS with metres asked they stand in
the three dimensions around the ellipsoid, where neither the antimeridian nor a
pole is a special place and the straight way is never longer than the geodesic.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np
import shapely

from engine.box_tree import Boxes
from engine.join_geometries import Floats, Geometries, Integers, Objects
from geosparql.crs import geod_of, is_geographic, metres_per_unit
from geosparql.functions.edges import simple_parts
from geosparql.functions.geodesic_distance import distance_m

EDGES = 16  # of a chain: more make its box loose, fewer make many boxes
_LONGEST_EDGE_DEG = 1.0
_ROUNDING_M = 1e-6


class Pieces(NamedTuple):
    """(m,) points and chains, their boxes, and the row of the geometry each is cut from."""

    values: Objects
    boxes: Boxes
    owner: Integers


class Space(NamedTuple):
    """Where distances are measured.

    `scale` times a length between boxes is never more than the distance, in the
    unit asked for; `farthest` of it never less.
    """

    scale: float
    boxes: Callable[[Objects], Boxes]
    distances: Callable[[Objects, Objects], Floats]
    farthest: Callable[[Floats], Floats]
    usable: Callable[[Objects], np.ndarray]


def space_of(srid: int, unit: Literal["metre", "crs"]) -> Space:
    """Give the space of a CRS and a unit.

    Raises
    ------
    CRSError
        The CRS is unknown, so it has no metres.
    """
    if unit == "metre" and is_geographic(srid):
        return _globe(srid)
    return _plane(metres_per_unit(srid) if unit == "metre" else 1.0)


def _plane(scale: float) -> Space:
    def boxes(values: Objects) -> Boxes:
        bounds = shapely.bounds(values)
        return Boxes(bounds[:, :2], bounds[:, 2:])

    return Space(
        scale,
        boxes,
        lambda a, b: shapely.distance(a, b) * scale,
        lambda length: length,
        lambda values: np.ones(len(values), dtype=bool),
    )


def _globe(srid: int) -> Space:
    geod = geod_of(srid)
    least_radius_m = geod.a * (1.0 - geod.es)

    def farthest(chord_m: Floats) -> Floats:
        # A geodesic is nowhere more curved than a circle of the least radius.
        share = chord_m / (2.0 * least_radius_m)
        arc_m = 2.0 * least_radius_m * np.arcsin(np.minimum(share, 1.0))
        return np.where(share < 1.0, arc_m, np.pi * geod.a)

    def boxes(values: Objects) -> Boxes:
        return _boxes_in_space(values, geod.a, geod.es)

    def usable(values: Objects) -> np.ndarray:
        bounds = shapely.bounds(values)
        inside: np.ndarray = (bounds[:, 1] >= -90.0) & (bounds[:, 3] <= 90.0)
        return inside

    return Space(1.0, boxes, lambda a, b: distance_m(a, b, geod), farthest, usable)


def _boxes_in_space(values: Objects, radius_m: float, es: float) -> Boxes:
    """Box points and chains around the ellipsoid, their curved edges included."""
    lonlat, piece = shapely.get_coordinates(
        shapely.segmentize(values, _LONGEST_EDGE_DEG), return_index=True
    )
    lon, lat = np.radians(lonlat).T
    across_m = radius_m / np.sqrt(1.0 - es * np.sin(lat) ** 2)
    out_m = across_m * np.cos(lat)
    places = np.column_stack(
        [out_m * np.cos(lon), out_m * np.sin(lon), across_m * (1.0 - es) * np.sin(lat)]
    )
    starts = np.searchsorted(piece, np.arange(len(values)))
    # Between its ends an edge bulges by at most an eighth of the square of its turn.
    turn = np.append(np.abs(np.diff(lon)) + np.abs(np.diff(lat)), 0.0)
    turn[starts[1:] - 1] = 0.0
    bulge_m = np.maximum.reduceat(turn, starts) ** 2 / 8.0 * radius_m * 1.02 + _ROUNDING_M
    return Boxes(
        np.minimum.reduceat(places, starts) - bulge_m[:, None],
        np.maximum.reduceat(places, starts) + bulge_m[:, None],
    )


def pieces_of(geometries: Geometries, space: Space) -> Pieces:
    """Cut geometries into points and chains of a few edges; of polygons, the rings."""
    parts, owner = simple_parts(geometries.values)
    dimension = shapely.get_dimensions(parts)
    rings, polygon = shapely.get_rings(parts[dimension == 2], return_index=True)
    lines = np.concatenate([parts[dimension == 1], rings])
    of_line = np.concatenate([owner[dimension == 1], owner[dimension == 2][polygon]])
    chains, line = _chains(lines)
    values = np.concatenate([parts[dimension == 0], chains])
    row = np.concatenate([owner[dimension == 0], of_line[line]])
    order = np.argsort(row, kind="stable")
    values, row = values[order], row[order]
    return Pieces(values, space.boxes(values), row)


def _chains(lines: Objects) -> tuple[Objects, Integers]:
    """Cut lines into chains of at most `EDGES` edges, each sharing its ends with the next."""
    places, line = shapely.get_coordinates(lines, return_index=True)
    vertices = np.bincount(line, minlength=len(lines))
    counts = np.maximum(1, -(-(vertices - 1) // EDGES))
    of_line = np.repeat(np.arange(len(lines)), counts)
    number = np.arange(len(of_line)) - np.repeat(np.cumsum(counts) - counts, counts)
    first = (np.cumsum(vertices) - vertices)[of_line] + number * EDGES
    sizes = np.minimum(EDGES + 1, vertices[of_line] - number * EDGES)
    chain = np.repeat(np.arange(len(of_line)), sizes)
    place = np.arange(len(chain)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return shapely.linestrings(places[first[chain] + place], indices=chain), of_line
