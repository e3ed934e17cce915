"""Counts by which joins are ordered: quads, subjects and objects of each predicate, class members.

Exact after a first load and after `optimize`; an append adds its own counts, so
that different subjects and objects may then be counted twice, never missed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from endpoint.store.dictionary import dictionary_ids, hashes_of
from endpoint.store.encode import resources
from endpoint.store.schema import (
    CLASS_STATISTICS,
    PREDICATE_STATISTICS,
    QUADS_POS,
    Table,
    column,
)
from engine.protocol import Control, DatabaseEngine, Engine, Relation
from geosparql.vocabulary import RDF_TYPE


@dataclass(frozen=True, slots=True)
class PredicateCounts:
    """How often a predicate stands in a quad, and with how many different subjects and objects."""

    quads: int
    subjects: int
    objects: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """Counts by term id."""

    quads: int = 0
    predicates: Mapping[int, PredicateCounts] = field(default_factory=dict)
    classes: Mapping[int, int] = field(default_factory=dict)


def read_statistics(engine: Engine) -> Statistics:
    """Read the counts that a store keeps."""
    predicates = {
        row["predicate"]: PredicateCounts(row["quads"], row["subjects"], row["objects"])
        for row in engine.run(PREDICATE_STATISTICS.select()).read_all().to_pylist()
    }
    classes = engine.run(CLASS_STATISTICS.select()).read_all()
    return Statistics(
        sum(counts.quads for counts in predicates.values()),
        predicates,
        dict(zip(*(classes[name].to_pylist() for name in CLASS_STATISTICS.columns), strict=True)),
    )


def count_statistics(quads: pa.Table, type_id: int | None) -> Statistics:
    """Count quads in memory; `type_id` is the id of rdf:type."""
    counted = quads.group_by("predicate").aggregate(
        [("graph", "count"), ("subject", "count_distinct"), ("object", "count_distinct")]
    )
    columns = ("graph_count", "subject_count_distinct", "object_count_distinct")
    predicates = zip(*(counted[name].to_pylist() for name in columns), strict=True)
    typed = quads.filter(pc.equal(quads["predicate"], type_id)) if type_id else quads.slice(0, 0)
    members = typed["object"].value_counts().to_pylist()
    return Statistics(
        len(quads),
        {
            predicate: PredicateCounts(*counts)
            for predicate, counts in zip(counted["predicate"].to_pylist(), predicates, strict=True)
        },
        {row["values"]: row["counts"] for row in members},
    )


def rebuild_statistics(engine: DatabaseEngine, control: Control) -> None:
    """Count the whole store."""
    _replace(engine, PREDICATE_STATISTICS, _by_predicate(QUADS_POS.name), control)
    _replace(engine, CLASS_STATISTICS, _by_class(engine, QUADS_POS.name), control)


def add_statistics(engine: DatabaseEngine, fresh: Relation, control: Control) -> None:
    """Add the counts of quads that were appended."""
    for table, counts in (
        (PREDICATE_STATISTICS, _by_predicate(fresh.name)),
        (CLASS_STATISTICS, _by_class(engine, fresh.name)),
    ):
        key, *sums = table.columns
        both = exp.union(table.select(), counts, distinct=False).subquery("counts")
        added = (
            exp.select(column(key), *(_alias(exp.Sum(this=column(name)), name) for name in sums))
            .from_(both)
            .group_by(column(key))
        )
        _replace(engine, table, added, control)


def _by_predicate(quads: str) -> exp.Select:
    return (
        exp.select(
            column("predicate"),
            _alias(exp.Count(this=exp.Star()), "quads"),
            _alias(_count_distinct("subject"), "subjects"),
            _alias(_count_distinct("object"), "objects"),
        )
        .from_(exp.to_table(quads))
        .group_by(column("predicate"))
    )


def _by_class(engine: Engine, quads: str) -> exp.Select:
    type_iri = resources(pa.array([RDF_TYPE]))
    (type_id,) = dictionary_ids(engine, type_iri, hashes_of(engine, type_iri)).tolist()
    return (
        exp.select(_alias(column("object"), "class"), _alias(exp.Count(this=exp.Star()), "members"))
        .from_(exp.to_table(quads))
        .where(exp.EQ(this=column("predicate"), expression=exp.Literal.number(type_id)))
        .group_by(column("object"))
    )


def _count_distinct(name: str) -> exp.Count:
    return exp.Count(this=exp.Distinct(expressions=[column(name)]))


def _alias(value: exp.Expr, name: str) -> exp.Expr:
    return exp.alias_(value, name, quoted=True)


def _replace(engine: DatabaseEngine, table: Table, rows: exp.Select, control: Control) -> None:
    counted = engine.run(rows, control=control).read_all()
    source = engine.relation(counted)
    try:
        engine.execute(exp.delete(table.name))
        engine.execute(exp.insert(source.select(*table.columns), exp.to_table(table.name)))
    finally:
        engine.drop(source)
