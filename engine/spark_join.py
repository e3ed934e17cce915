"""The spatial join over Spark's data frames: which worker does what of `engine.tile_join`.

A frame is a `pyspark.sql.DataFrame`, classic or of Spark Connect.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import pyarrow as pa
from sqlglot import exp

from engine import tile_join
from engine.failures import carried, carried_batches
from engine.protocol import JoinCondition, Nearest
from engine.tile_join import (
    SAMPLE_SCHEMA,
    TILE_SCHEMA,
    Sample,
    TilePlan,
    broadcast_joiner,
    found_schema,
    sample_of,
    tile_assigner,
    tile_joiner,
    tile_plans,
)

Frame = Any


class Cluster(NamedTuple):
    """What a join must know of the engine: its schemas, and how many tiles keep it busy."""

    schema: Callable[[pa.Schema], Any]
    least_tiles: int


def found_pairs(
    left: Frame, right: Frame, condition: JoinCondition, cluster: Cluster
) -> tuple[Frame, int]:
    """Join two frames of ``id`` and ``geometry``.

    Returns
    -------
    Frame, int
        Rows of `found_schema(condition)`, not computed yet, and how many geometries
        could not be read.

    Raises
    ------
    FunctionError, CRSError
        The condition asks what is not known.
    """
    samples = [_sampled(side, cluster) for side in (left, right)]
    of_left, of_right = samples
    if of_right.complete or not of_left.rows:
        found = _broadcast(left, of_right, condition, cluster, tree_is_left=False)
    elif of_left.complete and not isinstance(condition, Nearest):
        found = _broadcast(right, of_left, condition, cluster, tree_is_left=True)
    else:
        plans = tile_plans(of_left, of_right, condition, cluster.least_tiles)
        parts = [_tiled(left, right, plan, cluster) for plan in plans]
        found = functools.reduce(lambda a, b: a.unionAll(b), parts)
        if isinstance(condition, Nearest):
            found = _first_places(found, condition.k)
    return found, sum(sample.unusable for sample in samples)


def _sampled(side: Frame, cluster: Cluster) -> Sample:
    sampler = tile_join.sampler(tile_join.SAMPLE_ROWS, tile_join.SAMPLE_BYTES)
    sampled = side.mapInArrow(carried_batches(sampler), cluster.schema(SAMPLE_SCHEMA))
    return sample_of(sampled.toArrow())


def _broadcast(
    probing: Frame,
    sample: Sample,
    condition: JoinCondition,
    cluster: Cluster,
    *,
    tree_is_left: bool,
) -> Frame:
    """Send a side that is small to all workers, and let the other one probe it."""
    join = broadcast_joiner(sample.geometries, condition, tree_is_left=tree_is_left)
    return probing.mapInArrow(carried_batches(join), cluster.schema(found_schema(condition)))


def _tiled(left: Frame, right: Frame, plan: TilePlan, cluster: Cluster) -> Frame:
    """Send both sides to tiles, and join each tile."""
    assign_left = carried_batches(tile_assigner(plan, "left"))
    assign_right = carried_batches(tile_assigner(plan, "right"))
    tiles = cluster.schema(TILE_SCHEMA)
    left_tiles = left.mapInArrow(assign_left, tiles).groupBy("tile")
    right_tiles = right.mapInArrow(assign_right, tiles).groupBy("tile")
    join = carried(tile_joiner(plan))

    def join_tile(key: tuple[Any, ...], left: pa.Table, right: pa.Table) -> pa.Table:
        return join(key, left, right)  # Spark counts the arguments

    schema = cluster.schema(found_schema(plan.condition))
    return left_tiles.cogroup(right_tiles).applyInArrow(join_tile, schema)


def _first_places(found: Frame, k: int) -> Frame:
    """Keep the k nearest of those that all tiles found; rows that count what is left out stay."""
    distance, right_id = exp.column("distance"), exp.column("right_id")
    place = exp.Window(
        this=exp.RowNumber(),
        partition_by=[exp.column("left_id")],
        order=exp.Order(expressions=[exp.Ordered(this=distance), exp.Ordered(this=right_id)]),
    )
    first = exp.LTE(this=exp.column("place"), expression=exp.Literal.number(k))
    wanted = exp.or_(exp.column("left_id").is_(exp.null()), first)
    ranked = found.selectExpr("*", exp.alias_(place, "place").sql("spark"))
    return ranked.where(wanted.sql("spark")).drop("place")
