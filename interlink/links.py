"""Links as triples: pairs of features with a matrix or a distance to statements."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from sqlglot import exp

from engine.protocol import Control, Engine, Related, Relation
from geosparql.relations import RELATION_BY_NAME, holds, relation_of
from geosparql.triples import TRIPLES_SCHEMA
from interlink.features import Features
from interlink.rules.model import LinkRule


def link_triples(
    engine: Engine,
    rule: LinkRule,
    pairs: Relation,
    sides: tuple[Features, Features],
    *,
    itself: bool,
    control: Control | None = None,
) -> Relation:
    """Give the links of one rule as a relation of triple batches.

    Parameters
    ----------
    engine
        Where everything stands.
    rule
        Condition, predicate, inverse and graph.
    pairs
        What `engine.spatial_join` found: ``left_id``, ``right_id`` and ``matrix`` or
        ``distance``.
    sides
        Left and right features.
    itself
        Both are of one set, where a feature is not linked with itself.

    Returns
    -------
    Relation
        Columns of `TRIPLES_SCHEMA`; a link stands as often as there are pairs of
        geometries that show it.
    """
    left, right = sides
    value = "matrix" if isinstance(rule.condition, Related) else "distance"
    found = (
        exp.select(
            exp.column("feature", "l").as_("left_feature"),
            exp.column("feature", "r").as_("right_feature"),
            exp.column(value, "p").as_(value),
        )
        .from_(pairs.table("p"))
        .join(left.relation.table("l"), on=exp.column("left_id", "p").eq(exp.column("id", "l")))
        .join(right.relation.table("r"), on=exp.column("right_id", "p").eq(exp.column("id", "r")))
    )
    if itself:
        found = found.where(exp.column("feature", "l").neq(exp.column("feature", "r")))
    return engine.map_batches(found, _statements_of(rule), TRIPLES_SCHEMA, control=control)


def _statements_of(
    rule: LinkRule,
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    if isinstance(rule.condition, Related):
        return partial(_related_batches, rule, rule.condition.relations)
    return partial(_distance_batches, rule)


def _related_batches(
    rule: LinkRule, relations: tuple[str, ...], batches: Iterator[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    """Read every relation off the one matrix of a pair."""
    for batch in batches:
        matrices = np.asarray(batch["matrix"].to_numpy(zero_copy_only=False), dtype=object)
        left_dimension, right_dimension = dimensions(matrices)
        for name in relations:
            held = holds(matrices, left_dimension, right_dimension, name)
            chosen = batch.filter(pa.array(held))
            if chosen.num_rows:
                relation = relation_of(name)
                yield _statements(chosen, rule.predicate or relation.iri, rule.graph)
                if rule.inverse and relation.inverse is not None and rule.predicate is None:
                    inverse = RELATION_BY_NAME[relation.inverse].iri
                    yield _statements(chosen, inverse, rule.graph, backwards=True)


def dimensions(
    matrices: npt.NDArray[np.object_],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Read the dimensions of both sides off the matrix: the largest part of each interior."""
    letters = matrices.astype("S9").view(np.uint8).reshape(-1, 9).astype(int)
    sizes = np.where(letters == ord("F"), -1, letters - ord("0"))
    return sizes[:, [0, 1, 2]].max(axis=1), sizes[:, [0, 3, 6]].max(axis=1)


def _distance_batches(
    rule: LinkRule, batches: Iterator[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        if batch.num_rows and rule.predicate is not None:
            yield _statements(batch, rule.predicate, rule.graph)
            if rule.inverse:
                yield _statements(batch, rule.predicate, rule.graph, backwards=True)


def _statements(
    batch: pa.RecordBatch, predicate: str, graph: str | None, *, backwards: bool = False
) -> pa.RecordBatch:
    subject, obj = batch["left_feature"], batch["right_feature"]
    if backwards:
        subject, obj = obj, subject
    rows = batch.num_rows
    columns = {
        "subject": subject,
        "predicate": pa.repeat(predicate, rows),
        "object": obj,
        "graph": pa.repeat(graph, rows) if graph else pa.nulls(rows, pa.string()),
    }
    return pa.RecordBatch.from_arrays(
        [
            columns[field.name].cast(field.type)
            if field.name in columns
            else pa.nulls(rows, field.type)
            for field in TRIPLES_SCHEMA
        ],
        schema=TRIPLES_SCHEMA,
    )
