"""The edges of geometries as flat arrays, whatever types the geometries are of."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from geosparql.functions.rows import Column

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_FIRST_MULTI, _COLLECTION = 4, 7


class Edges(NamedTuple):
    """Edges of n geometries, in their order; a point is an edge from itself to itself."""

    start: Floats
    """(m, 2) x and y."""
    end: Floats
    owner: Integers
    """(m,) row of the geometry."""
    dimension: Integers
    """(m,) 0 point, 1 line, 2 boundary of a polygon."""


def edges_of(geometries: Column) -> Edges:
    """Give all edges of (n,) geometries, none of them null."""
    parts, owner = simple_parts(geometries)
    dimension = shapely.get_dimensions(parts).astype(np.int64)
    rings, polygon = shapely.get_rings(parts[dimension == 2], return_index=True)
    areal = np.flatnonzero(dimension == 2)[polygon]
    order = np.argsort(np.concatenate([np.flatnonzero(dimension < 2), areal]), kind="stable")
    chains = np.concatenate([parts[dimension < 2], rings])[order]
    source = np.concatenate([np.flatnonzero(dimension < 2), areal])[order]
    positions, chain = shapely.get_coordinates(chains, return_index=True)
    is_point = dimension[source[chain]] == 0
    starts = np.flatnonzero(is_point | np.append(chain[1:] == chain[:-1], False))
    ends = np.where(is_point[starts], starts, starts + 1)
    of = source[chain[starts]]
    return Edges(positions[starts], positions[ends], owner[of], dimension[of])


def split_edges(edges: Edges, longest: float) -> Edges:
    """Cut edges into equal pieces so that none is longer than `longest` on an axis.

    `shapely.segmentize` is of no use here: GEOS crashes on a collection with an empty part.
    """
    steps = edges.end - edges.start
    counts = np.maximum(np.ceil(np.abs(steps).max(axis=1, initial=0.0) / longest), 1).astype(int)
    source = np.repeat(np.arange(len(counts)), counts)
    place = np.arange(len(source)) - np.repeat(np.cumsum(counts) - counts, counts)
    step = (steps / counts[:, None])[source]
    begin = edges.start[source]
    start, end = (begin + (place + k)[:, None] * step for k in (0, 1))
    last = place == counts[source] - 1
    end[last] = edges.end[source[last]]
    return Edges(start, end, edges.owner[source], edges.dimension[source])


def without_empty_parts(geometries: Column) -> Column:
    """Give (n,) geometries, multi-geometries as collections of their parts that are not empty."""
    result = geometries.copy()
    multi = np.flatnonzero(shapely.get_type_id(geometries) >= _FIRST_MULTI)
    parts, owner = simple_parts(geometries[multi])
    result[multi] = shapely.GeometryCollection()
    filled = np.unique(owner)
    if len(filled):
        result[multi[filled]] = shapely.geometrycollections(
            parts, indices=np.searchsorted(filled, owner)
        )
    return result


def simple_parts(geometries: Column) -> tuple[Column, Integers]:
    """Give the points, lines and polygons in (n,) geometries but empty ones, and their rows."""
    parts, owner = geometries, np.arange(len(geometries))
    while (shapely.get_type_id(parts) >= _FIRST_MULTI).any():
        parts, index = shapely.get_parts(parts, return_index=True)
        owner = owner[index]
    full: Any = ~shapely.is_empty(parts)
    return parts[full], owner[full]


def full_dimensions(geometries: Column) -> Integers:
    """Give the topological dimensions of what is not empty in (n,) geometries; -1 for nothing.

    This is the dimension that relations look at: GEOS's own counts empty parts of a
    collection too.
    """
    result: Integers = shapely.get_dimensions(geometries).astype(np.int64)
    result[shapely.is_empty(geometries)] = -1
    collections = np.flatnonzero(shapely.get_type_id(geometries) == _COLLECTION)
    parts, owner = simple_parts(geometries[collections])
    result[collections] = -1
    np.maximum.at(result, collections[owner], shapely.get_dimensions(parts))
    return result
