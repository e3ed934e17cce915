"""Seeded input for the benchmark of the spatial join: clustered polygons and clustered lines."""

from __future__ import annotations

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
