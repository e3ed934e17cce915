"""The k nearest features, where the join knows geometries: features may share and repeat them.

A feature is no neighbour of its own, and one with several geometries is one
neighbour, as near as the nearest of them.
"""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from engine.protocol import Control, Engine, Nearest, Relation
from interlink.features import Features


def wide_enough(engine: Engine, condition: Nearest, sides: tuple[Features, Features]) -> Nearest:
    """Give the condition whose pairs hold the nearest features of each."""
    right = sides[1]
    counts = exp.select(exp.func("count", exp.Star()).as_("n"))
    counts = counts.from_(right.relation.table()).group_by("feature")
    most = exp.select(exp.Max(this=exp.column("n")).as_("n")).from_(counts.subquery("counts"))
    with engine.run(most) as reader:
        geometries = reader.read_all().column("n")[0].as_py() or 1
    features = condition.k + int(_share_features(engine, sides))
    return replace(condition, k=features * geometries)


def nearest_features(
    engine: Engine,
    pairs: Relation,
    k: int,
    sides: tuple[Features, Features],
    *,
    control: Control | None = None,
) -> Relation:
    """Give the pairs of the k nearest other features of each; equal distances by IRI.

    Parameters
    ----------
    engine
        Where everything stands.
    pairs
        ``left_id``, ``right_id`` and ``distance`` of a join as `wide_enough` has it.
    k
        How many.
    sides
        Left and right features.
    """
    left, right = (side.relation for side in sides)
    named = (
        exp.select("left_id", "right_id", "distance")
        .select(exp.column("feature", "l").as_("l"), exp.column("feature", "r").as_("r"))
        .from_(pairs.table("p"))
        .join(left.table("l"), on=exp.column("left_id", "p").eq(exp.column("id", "l")))
        .join(right.table("r"), on=exp.column("right_id", "p").eq(exp.column("id", "r")))
        .where(exp.column("feature", "l").neq(exp.column("feature", "r")))
    )
    columns = ("left_id", "right_id", "distance", "l", "r")
    best = _first(named, 1, ("l", "r"), ("distance", "left_id", "right_id"), columns)
    chosen = _first(best, k, ("l",), ("distance", "r"), columns[:3])
    return engine.materialize(chosen, control=control)


def _first(
    query: exp.Select, k: int, by: tuple[str, ...], order: tuple[str, ...], columns: tuple[str, ...]
) -> exp.Select:
    """Give the first k rows of each group."""
    ordered = exp.Order(expressions=[exp.Ordered(this=exp.column(name)) for name in order])
    rank = exp.Window(
        this=exp.RowNumber(), partition_by=[exp.column(name) for name in by], order=ordered
    )
    ranked = exp.select(*columns, rank.as_("place")).from_(query.subquery("given"))
    place = exp.column("place") <= exp.Literal.number(k)
    return exp.select(*columns).from_(ranked.subquery("ranked")).where(place)


def _share_features(engine: Engine, sides: tuple[Features, Features]) -> bool:
    """Tell whether a feature stands on both sides."""
    if sides[0] is sides[1]:
        return True
    left, right = (side.relation for side in sides)
    same = exp.column("feature", "l").eq(exp.column("feature", "r"))
    shared = exp.select(exp.column("id", "l")).from_(left.table("l"))
    with engine.run(shared.join(right.table("r"), on=same).limit(1)) as reader:
        return bool(reader.read_all().num_rows)
