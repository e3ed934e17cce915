"""Pairs of features as rows: what a join found, and what a rule needs to know of both sides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from sqlglot import exp

from engine.protocol import Control, Engine, Nearest, Relation
from interlink.features import Features
from interlink.measures.shapes import Shapes
from interlink.measures.table import MEASURE_BY_NAME, VALUE_BY_NAME
from interlink.nearest import nearest_features, wide_enough
from interlink.rules.model import LinkRule
from interlink.time_join import time_join
from interlink.times import Times, times_from_columns

Side = Literal["left", "right"]
SIDES: tuple[Side, Side] = ("left", "right")
_TABLES = {"left": "l", "right": "r"}  # to Spark, left and right are words of its own


def candidate_pairs(
    engine: Engine,
    rule: LinkRule,
    sides: tuple[Features, Features],
    *,
    control: Control | None = None,
) -> Relation:
    """Join two feature sets as a rule says: in space, or where it has no such condition in time.

    Returns
    -------
    Relation
        ``left_id``, ``right_id`` and ``relations``, ``matrix``, ``distance`` or ``allen``.
    """
    columns = ("id", "geometry") if rule.condition is not None else ("id", "start", "end")
    left, right = (side.relation.select(*columns) for side in sides)
    if rule.condition is None:
        return time_join(engine, left, right, rule.time or (), control=control)
    if not isinstance(rule.condition, Nearest):
        return engine.spatial_join(left, right, rule.condition, control=control)
    wide = wide_enough(engine, rule.condition, sides)
    pairs = engine.spatial_join(left, right, wide, control=control)
    nearest = nearest_features(engine, pairs, rule.condition.k, sides, control=control)
    engine.drop(pairs)
    return nearest


def pair_rows(rule: LinkRule, pairs: Relation, sides: tuple[Features, Features]) -> exp.Select:
    """Give pairs of two different features with the columns that `PairBatch` reads.

    Parameters
    ----------
    rule
        What is needed: geometries, times, attributes.
    pairs
        From `candidate_pairs`.
    sides
        Left and right features.
    """
    found = [exp.column(name, "pairs").as_(name) for name in pairs.columns if "_id" not in name]
    for side, features in zip(SIDES, sides, strict=True):
        for column, alias in _needed(rule, side, features):
            found.append(exp.column(column, _TABLES[side], quoted=True).as_(alias))
    query = exp.select(*found).from_(pairs.table("pairs"))
    for side, features in zip(SIDES, sides, strict=True):
        same = exp.column(f"{side}_id", "pairs").eq(exp.column("id", _TABLES[side]))
        query = query.join(features.relation.table(_TABLES[side]), on=same)
    left, right = (exp.column("feature", _TABLES[side]) for side in SIDES)
    return query.where(left.neq(right))


def _needed(rule: LinkRule, side: Side, features: Features) -> Iterator[tuple[str, str]]:
    """Yield the columns of a side that a rule needs, and what they are called in pairs."""
    comparisons = rule.score.comparisons if rule.score is not None else ()
    kinds = {MEASURE_BY_NAME[one.measure].of for one in comparisons}
    yield "feature", f"{side}_feature"
    if "geometries" in kinds or any(VALUE_BY_NAME[name].of for name in rule.values):
        yield "geometry", f"{side}_geometry"
    if "times" in kinds or (rule.time is not None and rule.condition is not None):
        yield "start", f"{side}_start"
        yield "end", f"{side}_end"
    for number, name in enumerate(_attributes(rule, side)):
        yield features.attribute_column(name), f"{side}_attribute{number}"


def _attributes(rule: LinkRule, side: Side) -> tuple[str, ...]:
    comparisons = rule.score.comparisons if rule.score is not None else ()
    names = [one.left if side == "left" else one.right for one in comparisons]
    return tuple(dict.fromkeys(name for name in names if name is not None))


@dataclass
class PairBatch:
    """A batch of `pair_rows`, as `interlink.scores` and `interlink.links` see it."""

    rule: LinkRule
    rows: pa.RecordBatch

    def filtered(self, kept: Any) -> PairBatch:
        """Give some of the pairs, by mask."""
        return self if kept.all() else PairBatch(self.rule, self.rows.filter(pa.array(kept)))

    @cached_property
    def shapes(self) -> Shapes:
        """Geometries, and the distances that the join found, if it did."""
        left, right = (
            shapely.from_wkb(np.asarray(self.rows[f"{side}_geometry"]), on_invalid="ignore")
            for side in SIDES
        )
        known = np.asarray(self.rows["distance"]) if "distance" in self.rows.schema.names else None
        return Shapes(left, right, known)

    @cached_property
    def times(self) -> tuple[Times, Times]:
        """Times of both sides."""
        left, right = (
            times_from_columns(
                *(self.rows[f"{side}_{end}"].cast(pa.float64()) for end in ("start", "end"))
            )
            for side in SIDES
        )
        return left, right

    @property
    def relations(self) -> Any:
        """Numbers whose bits say which relations of the rule hold; None: matrices do."""
        named = "relations" in self.rows.schema.names
        return np.asarray(self.rows["relations"]) if named else None

    @cached_property
    def matrices(self) -> Any:
        """DE-9IM matrices as (n,) objects."""
        return np.asarray(self.rows["matrix"].to_numpy(zero_copy_only=False), dtype=object)

    def attribute(self, side: str, name: str) -> pa.ListArray:
        """Values of an attribute of one side."""
        number = _attributes(self.rule, "left" if side == "left" else "right").index(name)
        return self.rows[f"{side}_attribute{number}"]

    @property
    def first_in_order(self) -> Any:
        """Tell where the left feature comes before the right one."""
        return np.asarray(pc.less(self.rows["left_feature"], self.rows["right_feature"]))
