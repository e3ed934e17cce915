"""What Spark workers do in a spatial join: sample the sides, send them to tiles, join a tile.

The functions made here take and give Arrow data and may be pickled;
`engine.spark` runs them by `mapInArrow` and `applyInArrow`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from engine.box_tree import Boxes
from engine.join_geometries import Floats, Geometries, Pairs, concatenated, decoded
from engine.join_kernel import Prober, chunk_rows, pair_batch, pair_schema, prober
from engine.join_related import sieve_of
from engine.join_space import space_of
from engine.protocol import JoinCondition, Nearest, Related, WithinDistance
from engine.tiles import BlockTiles, Side, Tiling, space_tiles, tile_boxes
from geosparql.crs import transform

Batches = Iterator[pa.RecordBatch]

SAMPLE_ROWS = 2_000
SAMPLE_BYTES = 8 << 20
ROWS_A_TILE = 20_000
MOST_TILES = 2_048
LEFT_OUT = -1
_GEOMETRY_VERTICES = 8  # what a geometry costs, in vertices, before its first

SAMPLE_SCHEMA = pa.schema(
    [
        ("id", pa.int64()),
        ("geometry", pa.binary()),
        ("srid", pa.int32()),
        ("weight", pa.float64()),
    ]
)
TILE_SCHEMA = pa.schema(
    [("tile", pa.int32()), ("id", pa.int64()), ("geometry", pa.binary()), ("reach", pa.float64())]
)


def found_schema(condition: JoinCondition) -> pa.Schema:
    """Give the columns of what is found: pairs, and in rows without ids what was left out."""
    counts = [pa.field("undecided", pa.int64()), pa.field("unusable", pa.int64())]
    return pa.schema([*pair_schema(condition), *counts])


# Sampling


@dataclass(frozen=True, slots=True)
class Sample:
    """A random sample of one side, and how many geometries the side has in each CRS."""

    geometries: Geometries
    weights: Floats
    rows_by_srid: dict[int, int]
    unusable: int

    @property
    def rows(self) -> int:
        """How many geometries the side has."""
        return sum(self.rows_by_srid.values())

    @property
    def complete(self) -> bool:
        """Whether the sample is the whole side."""
        return len(self.geometries) == self.rows


def sampler(rows: int, size_bytes: int) -> Callable[[Batches], Batches]:
    """Give a function that samples a partition: geometries, then counts in rows without one."""

    def sample(batches: Batches) -> Batches:
        random = np.random.default_rng(0)
        kept, keys = SAMPLE_SCHEMA.empty_table(), np.empty(0)
        counts: dict[int, int] = {}
        unusable = 0
        for batch in batches:
            geometries = decoded(batch)
            unusable += geometries.unusable
            for srid, group in geometries.by_srid():
                counts[srid] = counts.get(srid, 0) + len(group)
            kept = pa.concat_tables([kept, _sample_rows(geometries)])
            keys = np.append(keys, random.random(len(geometries)))
            order = np.argsort(keys)[:rows]
            sizes = pc.binary_length(kept.column("geometry")).to_numpy()[order]
            order = order[np.cumsum(sizes) <= size_bytes]
            kept, keys = kept.take(order), keys[order]
        weight = np.full(len(kept), sum(counts.values()) / max(1, len(kept)))
        yield from kept.set_column(3, "weight", pa.array(weight)).combine_chunks().to_batches()
        summary = [{"srid": srid, "weight": count} for srid, count in counts.items()]
        yield pa.RecordBatch.from_pylist([*summary, {"weight": unusable}], SAMPLE_SCHEMA)

    return sample


def _sample_rows(geometries: Geometries) -> pa.Table:
    columns = {
        "id": geometries.ids,
        "geometry": shapely.to_wkb(geometries.values, include_srid=True),
        "srid": shapely.get_srid(geometries.values),
        "weight": np.zeros(len(geometries)),
    }
    return pa.table(columns, SAMPLE_SCHEMA)


def sample_of(rows: pa.Table) -> Sample:
    """Put the samples of all partitions together."""
    given = rows.filter(pc.is_valid(rows.column("geometry")))
    summary = rows.filter(pc.is_null(rows.column("geometry"))).to_pylist()
    counts: dict[int, int] = {}
    unusable = 0
    for row in summary:
        if row["srid"] is None:
            unusable += int(row["weight"])
        else:
            counts[row["srid"]] = counts.get(row["srid"], 0) + int(row["weight"])
    return Sample(decoded(given), given.column("weight").to_numpy(), counts, unusable)


# A small side goes to every worker


def broadcast_joiner(
    side: Geometries, condition: JoinCondition, *, tree_is_left: bool
) -> Callable[[Batches], Batches]:
    """Give a function that joins the batches of one side with all of the other."""

    def join(batches: Batches) -> Batches:
        probe = prober(side, condition, tree_is_left=tree_is_left)
        for batch in batches:
            chunk = decoded(batch)
            found = _probed(probe, chunk, chunk_rows(condition, len(side)))
            yield from _found_batches(found, condition)

    return join


def _probed(probe: Prober, chunk: Geometries, rows_at_once: int) -> Pairs:
    parts = [
        probe(chunk.take(slice(start, start + rows_at_once)))
        for start in range(0, len(chunk), rows_at_once)
    ]
    return concatenated(parts)


def _found_batches(found: Pairs, condition: JoinCondition) -> Batches:
    """Give pairs, and a row of what was left out if anything was."""
    schema = found_schema(condition)
    pairs = pair_batch(found, pair_schema(condition))
    columns = [*pairs.columns, *(pa.nulls(len(found), pa.int64()) for _ in range(2))]
    yield pa.record_batch(columns, schema)
    if found.undecided or found.unusable:
        row = {"undecided": found.undecided, "unusable": found.unusable}
        yield pa.RecordBatch.from_pylist([row], schema)


# Tiles


@dataclass(frozen=True, slots=True)
class TilePlan:
    """A join of the left geometries of one CRS by tiles.

    `near` is a sample of the right side that bounds how far the k nearest can be.
    """

    srid: int
    condition: JoinCondition
    tiling: Tiling
    near: Geometries | None = None


def tile_plans(
    left: Sample, right: Sample, condition: JoinCondition, least_tiles: int
) -> list[TilePlan]:
    """Plan the tiles for each CRS of the left side.

    Raises
    ------
    FunctionError
        There is no such relation.
    CRSError
        Metres are asked of a CRS that is unknown.
    """
    return [_tile_plan(srid, left, right, condition, least_tiles) for srid in left.rows_by_srid]


def _tile_plan(
    srid: int, left: Sample, right: Sample, condition: JoinCondition, least_tiles: int
) -> TilePlan:
    rows = left.rows_by_srid[srid] + right.rows
    if isinstance(condition, Related) and sieve_of(condition, tree_is_left=False).apart:
        blocks = (max(1, -(-side.rows // ROWS_A_TILE)) for side in (left, right))
        return TilePlan(srid, condition, BlockTiles(*blocks))
    boxes, weights = _sample_boxes(srid, left, right, condition)
    count = min(MOST_TILES, max(least_tiles, rows // ROWS_A_TILE))
    near = right.geometries if isinstance(condition, Nearest) else None
    return TilePlan(srid, condition, space_tiles(boxes, weights, count), near)


def _sample_boxes(
    srid: int, left: Sample, right: Sample, condition: JoinCondition
) -> tuple[Boxes, Floats]:
    """Box the samples of both sides; a geometry weighs as it has vertices."""
    lows, highs, weights = [], [], []
    for side in (left, right):
        moved = transform(side.geometries.values, srid).values
        known = ~(shapely.is_missing(moved) | shapely.is_empty(moved))
        boxes = tile_boxes(moved[known], srid, condition, np.zeros(known.sum()))
        lows.append(boxes.low)
        highs.append(boxes.high)
        vertices = shapely.get_num_coordinates(moved[known])
        weights.append(side.weights[known] * (vertices + _GEOMETRY_VERTICES))
    return Boxes(np.concatenate(lows), np.concatenate(highs)), np.concatenate(weights)


def tile_assigner(plan: TilePlan, side: Side) -> Callable[[Batches], Batches]:
    """Give a function that sends the geometries of one side to their tiles."""

    def assign(batches: Batches) -> Batches:
        reach_of = _reaches(plan, side)
        for batch in batches:
            geometries = decoded(batch)
            if side == "left":
                ours = shapely.get_srid(geometries.values) == plan.srid
                geometries = geometries.take(ours)
            else:
                geometries = geometries.in_crs(plan.srid)
            geometries = _measurable(geometries, plan)
            yield from _tile_batches(geometries, reach_of(geometries), plan, side)

    return assign


def _measurable(geometries: Geometries, plan: TilePlan) -> Geometries:
    """Leave out here, once, what every tile would leave out."""
    if isinstance(plan.condition, Related):
        return geometries
    usable = space_of(plan.srid, plan.condition.unit).usable(geometries.values)
    left_out = geometries.unusable + int((~usable).sum())
    return replace(geometries.take(usable), unusable=left_out)


def _tile_batches(geometries: Geometries, reach: Floats, plan: TilePlan, side: Side) -> Batches:
    boxes = tile_boxes(geometries.values, plan.srid, plan.condition, reach)
    rows, tiles = plan.tiling.assign(boxes, side)
    wkb = shapely.to_wkb(geometries.values, include_srid=True)
    columns = {
        "tile": tiles,
        "id": geometries.ids[rows],
        "geometry": wkb[rows],
        "reach": reach[rows],
    }
    yield pa.RecordBatch.from_pydict(columns, TILE_SCHEMA)
    if geometries.unusable:
        row = {"tile": LEFT_OUT, "id": geometries.unusable}
        yield pa.RecordBatch.from_pylist([row], TILE_SCHEMA)


def _reaches(plan: TilePlan, side: Side) -> Callable[[Geometries], Floats]:
    """Give a function that tells how far each geometry can have partners."""
    condition = plan.condition
    if side == "right" or isinstance(condition, Related):
        return lambda geometries: np.zeros(len(geometries))
    scale = space_of(plan.srid, condition.unit).scale
    if isinstance(condition, WithinDistance):
        return lambda geometries: np.full(len(geometries), condition.distance / scale)
    assert plan.near is not None
    probe = prober(plan.near, condition, tree_is_left=False)
    farthest = np.inf if condition.max_distance is None else condition.max_distance

    def kth_of_sample(geometries: Geometries) -> Floats:
        rows = Geometries(np.arange(len(geometries)), geometries.values)
        found = _probed(probe, rows, chunk_rows(condition, 0))
        distances = np.zeros(len(rows))
        assert found.value is not None
        np.maximum.at(distances, found.left, found.value)
        known = np.bincount(found.left, minlength=len(rows)) == condition.k
        return np.where(known, distances, farthest) / scale

    return kth_of_sample


def tile_joiner(plan: TilePlan) -> Callable[[tuple[Any, ...], pa.Table, pa.Table], pa.Table]:
    """Give a function that joins the two sides of one tile: the pairs that belong to it."""

    def join(key: tuple[Any, ...], left: pa.Table, right: pa.Table) -> pa.Table:
        tile = key[0].as_py()
        if tile == LEFT_OUT:
            counts = (pc.sum(side.column("id")).as_py() or 0 for side in (left, right))
            found = replace(concatenated([]), unusable=sum(counts))
        else:
            found = _tile_pairs(tile, left, right, plan)
        return pa.Table.from_batches(_found_batches(found, plan.condition))

    return join


def _tile_pairs(tile: int, left: pa.Table, right: pa.Table, plan: TilePlan) -> Pairs:
    # Row numbers stand for ids, which may repeat: equal distances are settled by them too.
    right = right.sort_by("id")
    sides = [decoded(table) for table in (left, right)]
    rows = [Geometries(np.arange(len(side)), side.values) for side in sides]
    sizes = [table.nbytes / max(1, len(table)) for table in (left, right)]
    tree_is_left = not isinstance(plan.condition, Nearest) and sizes[0] < sizes[1]
    indexed, probing = rows if tree_is_left else rows[::-1]
    probe = prober(indexed, plan.condition, tree_is_left=tree_is_left)
    found = _probed(probe, probing, chunk_rows(plan.condition, len(indexed)))
    reach = left.column("reach").to_numpy(), np.zeros(len(right))
    boxes = [
        tile_boxes(side.values, plan.srid, plan.condition, r)
        for side, r in zip(sides, reach, strict=True)
    ]
    owned = plan.tiling.owns(tile, boxes[0].take(found.left), boxes[1].take(found.right))
    found = found.take(owned)
    return replace(found, left=sides[0].ids[found.left], right=sides[1].ids[found.right])
