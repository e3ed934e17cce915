"""Seeded input for the benchmark of the spatial join: clustered polygons and clustered lines."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

SEED = 20261121
EXTENT = 1_000.0
CLUSTERS = 2_000

FloatArray = NDArray[np.float64]


def _vertex_counts(rng: np.random.Generator, count: int, mean: float) -> NDArray[np.int64]:
    """Draw skewed vertex counts: most geometries are small, some have hundreds of vertices."""
    sigma = 0.8
    drawn = rng.lognormal(np.log(mean - 4) - sigma**2 / 2, sigma, count)
    return np.clip(drawn.astype(np.int64) + 4, 4, 800)


def _centers(rng: np.random.Generator, count: int) -> FloatArray:
    clusters = np.random.default_rng(SEED).uniform(0, EXTENT, (CLUSTERS, 2))
    chosen = clusters[rng.integers(0, CLUSTERS, count)]
    return chosen + rng.normal(0, 3.2, (count, 2))


def polygons(
    count: int, mean_vertices: float = 38.0, seed: int = SEED, *, at_origin: bool = False
) -> NDArray[np.object_]:
    """Make star-shaped polygons with ragged edges."""
    rng = np.random.default_rng(seed)
    counts = _vertex_counts(rng, count, mean_vertices)
    owner = np.repeat(np.arange(count), counts)
    first = np.concatenate([[0], np.cumsum(counts)[:-1]])
    position = np.arange(len(owner)) - first[owner]
    angle = 2 * np.pi * position / counts[owner]
    size = rng.lognormal(np.log(0.55), 0.5, count)
    radius = size[owner] * rng.uniform(0.7, 1.0, len(owner))
    center = 0.0 if at_origin else _centers(rng, count)[owner]
    points = center + radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    return shapely.polygons(shapely.linearrings(points, indices=owner))


def lines(
    count: int, mean_vertices: float = 18.0, seed: int = SEED + 1, *, at_origin: bool = False
) -> NDArray[np.object_]:
    """Make lines that walk on in a slowly turning direction."""
    rng = np.random.default_rng(seed)
    counts = _vertex_counts(rng, count, mean_vertices)
    owner = np.repeat(np.arange(count), counts)
    first = np.concatenate([[0], np.cumsum(counts)[:-1]])
    turns = np.cumsum(rng.normal(0, 0.3, len(owner)))
    heading = turns - turns[first][owner] + rng.uniform(0, 2 * np.pi, count)[owner]
    length = rng.lognormal(np.log(1.0), 0.5, count) / counts
    steps = length[owner][:, None] * np.column_stack([np.cos(heading), np.sin(heading)])
    walked = np.cumsum(steps, axis=0)
    center = 0.0 if at_origin else _centers(rng, count)[owner]
    points = walked - walked[first][owner] + center
    return shapely.linestrings(points, indices=owner)


def as_table(geometries: NDArray[np.object_]) -> pa.Table:
    """Give geometries as the columns that a spatial join takes."""
    wkb = pa.array(shapely.to_wkb(geometries, include_srid=True), pa.binary())
    return pa.table({"id": pa.array(np.arange(len(geometries))), "geometry": wkb})


def coverage(count: int, points_a_side: int = 6, seed: int = SEED) -> NDArray[np.object_]:
    """Make cells that fill a square without gaps: neighbors share every vertex of their border."""
    rng = np.random.default_rng(seed)
    side = int(np.ceil(np.sqrt(count)))
    corners = np.stack(np.meshgrid(np.arange(side + 1.0), np.arange(side + 1.0)), axis=-1)
    corners += rng.uniform(-0.2, 0.2, corners.shape)
    along = np.arange(points_a_side) / points_a_side

    def bent(ends: FloatArray) -> FloatArray:
        """Give the points of each side but its last, with the ones in between moved."""
        first, last = ends[..., 0, None, :], ends[..., 1, None, :]
        points = first + along[:, None] * (last - first)
        points[..., 1:, :] += rng.uniform(-0.04, 0.04, points[..., 1:, :].shape)
        return points

    across = bent(np.stack([corners[:, :-1], corners[:, 1:]], axis=-2))
    upward = bent(np.stack([corners[:-1], corners[1:]], axis=-2))

    def back(points: FloatArray, ends: FloatArray) -> FloatArray:
        return np.concatenate([ends[..., None, :], points[..., :0:-1, :]], axis=-2)

    rings = np.concatenate(
        [
            across[:-1],
            upward[:, 1:],
            back(across[1:], corners[1:, 1:]),
            back(upward[:, :-1], corners[1:, :-1]),
        ],
        axis=-2,
    ).reshape(side * side, 4 * points_a_side, 2)[:count]
    return shapely.polygons(rings)


def altered(cells: NDArray[np.object_]) -> NDArray[np.object_]:
    """Leave half of the cells of a coverage as they are, move a quarter, halve a quarter."""
    result = cells.copy()
    moved, halved = slice(2, None, 4), slice(3, None, 4)
    result[moved] = shapely.transform(cells[moved], lambda places: np.add(places, (0.3, 0.2)))
    rings = shapely.get_coordinates(cells[halved]).reshape(len(cells[halved]), -1, 2)
    result[halved] = shapely.polygons(rings[:, : rings.shape[1] // 2 + 1])
    return result


def heavy_polygons(count: int = 300, vertices: int = 20_000, seed: int = SEED) -> Any:
    """Make polygons of many vertices with ragged edges."""
    rng = np.random.default_rng(seed)
    angle = 2 * np.pi * np.arange(vertices) / vertices
    radius = rng.uniform(10, 30, (count, 1)) * rng.uniform(0.95, 1.0, (count, vertices))
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    center = rng.uniform(0, EXTENT, (count, 1, 2))
    return shapely.polygons(center + radius[..., None] * circle)


def short_lines(count: int, seed: int = SEED + 1) -> NDArray[np.object_]:
    """Make lines of eight vertices all over the extent."""
    rng = np.random.default_rng(seed)
    steps = np.cumsum(rng.normal(0, 0.3, (count, 8, 2)), axis=1)
    return shapely.linestrings(rng.uniform(0, EXTENT, (count, 1, 2)) + steps)
