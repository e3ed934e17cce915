"""Small adversarial sets of geometries, and brute-force truth about joins of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from engine.protocol import Engine, JoinCondition
from geosparql.crs import geod_of
from geosparql.functions.geodesic_distance import distance_m
from geosparql.relations import holds

Objects = NDArray[np.object_]
Pair = tuple[int, int]


def planar(count: int, seed: int) -> Objects:
    """Make geometries on a grid: shared borders, touching corners, slivers, empties, bow ties."""
    rng = np.random.default_rng(seed)
    result = []
    for kind in rng.integers(0, 12, count):
        x, y = rng.integers(0, 8, 2).astype(float)
        dx, dy = rng.integers(1, 4, 2)
        result.append(_PLANAR[kind](x, y, dx, dy))
    return np.array(result, dtype=object)


_PLANAR: tuple[Callable[[float, float, float, float], shapely.Geometry], ...] = (
    lambda x, y, dx, dy: shapely.Point(x, y),
    lambda x, y, dx, dy: shapely.box(x, y, x + dx, y + dy),
    lambda x, y, dx, dy: shapely.LineString([(x, y), (x + dx, y + dy)]),
    lambda x, y, dx, dy: shapely.LinearRing([(x, y), (x + dx, y), (x, y + dy)]),
    lambda x, y, dx, dy: shapely.MultiPoint([(x, y), (x + dx, y + dy)]),
    lambda x, y, dx, dy: shapely.Polygon([(x, y), (x + 2, y), (x, y + 2), (x + 2, y + 2)]),
    lambda x, y, dx, dy: shapely.Polygon([(x, y), (x + dx, y), (x + dx, y + 1e-9)]),
    lambda x, y, dx, dy: shapely.Point() if dx > dy else shapely.Polygon(),
    lambda x, y, dx, dy: shapely.GeometryCollection(
        [shapely.Point(x, y), shapely.box(x + 1, y + 1, x + 2, y + 2)]
    ),
    lambda x, y, dx, dy: shapely.Point(x, y).buffer(dx / 2 + 0.1 * dy, quad_segs=30),
    lambda x, y, dx, dy: shapely.box(x, y, x + 4, y + 4) - shapely.box(x + 1, y + 1, x + dx, y + 2),
    lambda x, y, dx, dy: shapely.union(
        shapely.box(x, y, x + 1, y + 1), shapely.box(x + 2, y + 2, x + 3, y + 3)
    ),
)


def around_the_globe(count: int, seed: int) -> Objects:
    """Make longitude/latitude geometries at and across the antimeridian and the poles."""
    rng = np.random.default_rng(seed)
    result = []
    for kind in rng.integers(0, 6, count):
        lon = rng.choice([-180, -179.5, 179.8, 180, 181, 0, 90, -170, 100.0])
        lat = rng.choice([-90, -89.9, 89.5, 90, 0, 10, 45, -60, 60.0])
        size = rng.uniform(0.1, 8)
        south, north = max(-90, lat - size), min(90, lat + size)
        result.append(
            (
                shapely.Point(lon, lat),
                shapely.Point(lon + size, south),
                shapely.LineString([(lon, lat), (lon + size, north)]),
                shapely.box(lon - size, south, lon + size, north),
                shapely.MultiPoint([(lon, lat), (-lon, lat)]),
                shapely.Polygon(),
            )[kind]
        )
    return np.array(result, dtype=object)


def as_table(geometries: Objects) -> pa.Table:
    """Give geometries as the columns that a spatial join takes; the row number is the id."""
    wkb = shapely.to_wkb(geometries, include_srid=True)
    ids = np.arange(len(geometries))
    return pa.table({"id": ids, "geometry": pa.array(wkb, pa.binary())})


def joined(
    engine: Engine, left: Objects | pa.Table, right: Objects | pa.Table, condition: JoinCondition
) -> list[tuple[int | float | str, ...]]:
    """Run a spatial join and give its rows."""
    tables = [t if isinstance(t, pa.Table) else as_table(t) for t in (left, right)]
    sides = [engine.relation(table) for table in tables]
    relation = engine.spatial_join(sides[0].select(), sides[1].select(), condition)
    columns = engine.run(relation.select()).read_all().to_pydict()
    for made in (*sides, relation):
        engine.drop(made)
    return list(zip(*columns.values(), strict=True))


def all_pairs(left: Objects, right: Objects) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the row numbers of every pair."""
    grid = np.meshgrid(np.arange(len(left)), np.arange(len(right)), indexing="ij")
    return grid[0].ravel(), grid[1].ravel()


def related_pairs(left: Objects, right: Objects, relations: tuple[str, ...]) -> dict[Pair, str]:
    """Give the pairs for which one of the relations holds, with their matrix, by brute force."""
    i, j = all_pairs(left, right)
    matrices = shapely.relate(left[i], right[j])
    dimensions = shapely.get_dimensions(left)[i], shapely.get_dimensions(right)[j]
    true = np.zeros(len(i), dtype=bool)
    for name in relations:
        true |= holds(matrices, *dimensions, name)
    pairs = zip(i[true].tolist(), j[true].tolist(), strict=True)
    return dict(zip(pairs, matrices[true].tolist(), strict=True))


def planar_distances(left: Objects, right: Objects) -> dict[Pair, float]:
    """Give the distance of every pair in CRS units; none where one is empty."""
    i, j = all_pairs(left, right)
    return _present(i, j, shapely.distance(left[i], right[j]))


def geodesic_distances(left: Objects, right: Objects, srid: int = 0) -> dict[Pair, float]:
    """Give the geodesic distance of every pair in metres; none where one is empty."""
    i, j = all_pairs(left, right)
    full = ~(shapely.is_empty(left)[i] | shapely.is_empty(right)[j])
    i, j = i[full], j[full]
    return _present(i, j, distance_m(left[i], right[j], geod_of(srid)))


def _present(i: NDArray[np.int64], j: NDArray[np.int64], distances: NDArray) -> dict[Pair, float]:
    known = ~np.isnan(distances)
    pairs = zip(i[known].tolist(), j[known].tolist(), strict=True)
    return dict(zip(pairs, distances[known].tolist(), strict=True))


def nearest_pairs(
    distances: dict[Pair, float], k: int, max_distance: float = np.inf
) -> dict[Pair, float]:
    """Give the k nearest right geometries of each left one; of equal distances the lower id."""
    ranked: dict[int, list[tuple[float, int]]] = {}
    for (i, j), distance in distances.items():
        if distance <= max_distance:
            ranked.setdefault(i, []).append((distance, j))
    return {(i, j): d for i, near in ranked.items() for d, j in sorted(near)[:k]}
