"""Seeded files of the shape of TIGER's AREAWATER and LINEARWATER, written chunk by chunk.

The whole is two million long thin polygons and five million lines in clusters;
about 6.3 million pairs of boxes meet, and 2.4 million pairs of geometries. A share
of it has as many pairs a feature, in a smaller part of the same world.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from numpy.typing import NDArray

from geosparql.triples import TRIPLES_SCHEMA
from geosparql.vocabulary import GEO, GEO_HAS_DEFAULT_GEOMETRY
from tests.benchmarks.generate import SEED, lines, polygons

POLYGONS, LINES = 2_000_000, 5_000_000
CHUNK_ROWS = 50_000
NAMESPACE = "https://example.org/water/"
_CLUSTERS = 25_000
_SPREAD = 0.032
_WIDTH = 57.0  # degrees, of the whole

Geometries = NDArray[np.object_]


class Layer(NamedTuple):
    """One side: its name, how many features the whole has, and what makes some of them."""

    name: str
    rows: int
    make: Callable[[int, int], Geometries]


def _areas(count: int, seed: int) -> Geometries:
    return _squeezed(polygons(count, seed=seed, at_origin=True), seed)


def _courses(count: int, seed: int) -> Geometries:
    return lines(count, seed=seed, at_origin=True)


LAYERS = (Layer("area", POLYGONS, _areas), Layer("line", LINES, _courses))


def _squeezed(shapes: Geometries, seed: int) -> Geometries:
    """Make shapes around the origin long and thin, in any direction."""
    rng = np.random.default_rng(seed)
    angle, thin = rng.uniform(0, np.pi, len(shapes)), rng.uniform(0.03, 0.12, len(shapes))
    xy, owner = shapely.get_coordinates(shapes, return_index=True)
    cos, sin = np.cos(angle)[owner], np.sin(angle)[owner]
    across = (xy[:, 1] * thin[owner])[:, None] * np.column_stack([-sin, cos])
    return shapely.set_coordinates(shapes, xy[:, :1] * np.column_stack([cos, sin]) + across)


def chunks(layer: Layer, share: float) -> Iterator[Geometries]:
    """Yield the geometries of a layer, in no order of place."""
    width, count = _WIDTH * share**0.5, max(1, round(_CLUSTERS * share))
    clusters = np.random.default_rng(SEED).uniform(0, width, (count, 2)) - (100.0, -10.0)
    rows = round(layer.rows * share)
    for number, first in enumerate(range(0, rows, CHUNK_ROWS)):
        seed = SEED + 2 * number + (layer.name == "line")
        shapes = layer.make(min(CHUNK_ROWS, rows - first), seed)
        rng = np.random.default_rng([seed, 1])
        center = clusters[rng.integers(0, count, len(shapes))]
        center = center + rng.normal(0, _SPREAD, center.shape)
        xy, owner = shapely.get_coordinates(shapes, return_index=True)
        yield shapely.set_coordinates(shapes, xy / 100.0 + center[owner])


def write_geoparquet(layer: Layer, share: float, path: Path) -> None:
    """Write a layer with the columns ``id`` and ``geometry``."""
    meta = (
        b'{"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry":'
        b' {"encoding": "WKB", "geometry_types": []}}}'
    )
    schema = pa.schema([("id", pa.string()), ("geometry", pa.binary())], {b"geo": meta})
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for names, wkb, _ in _rows(layer, share):
            writer.write_table(pa.table([names, wkb], schema=schema))


def write_triples(layer: Layer, share: float, folder: Path) -> None:
    """Write a layer as triple Parquet: geo:hasDefaultGeometry and geo:asWKT of each feature."""
    folder.mkdir()
    with pq.ParquetWriter(folder / "part-0.parquet", TRIPLES_SCHEMA, compression="zstd") as writer:
        for names, wkb, shapes in _rows(layer, share):
            nodes = pa.array([f"{name}/geometry" for name in names.to_pylist()])
            nulls = pa.nulls(len(names), pa.string())
            said = {"subject": names, "predicate": GEO_HAS_DEFAULT_GEOMETRY, "object": nodes}
            shown = {
                "subject": nodes,
                "predicate": GEO + "asWKT",
                "object": pa.array(shapely.to_wkt(shapes, rounding_precision=-1)),
                "datatype": pa.repeat(GEO + "wktLiteral", len(names)),
                "geometry": wkb,
            }
            for columns in (said, shown):
                columns["predicate"] = pa.repeat(columns["predicate"], len(names))
                arrays = [
                    columns.get(field.name, nulls.cast(field.type)) for field in TRIPLES_SCHEMA
                ]
                writer.write_table(pa.table(arrays, schema=TRIPLES_SCHEMA))


def _rows(layer: Layer, share: float) -> Iterator[tuple[pa.Array, pa.Array, Geometries]]:
    """Yield IRIs, WKB and shapes."""
    first = 0
    for shapes in chunks(layer, share):
        names = [f"{NAMESPACE}{layer.name}/{first + row}" for row in range(len(shapes))]
        first += len(shapes)
        yield pa.array(names), pa.array(shapely.to_wkb(shapes), pa.binary()), shapes
