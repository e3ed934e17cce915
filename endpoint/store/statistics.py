"""Counts by which joins are ordered: quads, subjects and objects of each predicate, class members.

Exact after a first load and after `optimize`; an append adds its own counts, so
that different subjects and objects may then be counted twice, never missed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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

    def changed(self, more: PredicateCounts, sign: int) -> PredicateCounts:
        """Give the counts after quads were added (1) or taken away (-1)."""
        quads = self.quads + sign * more.quads
        if sign < 0:
            return PredicateCounts(quads, min(self.subjects, quads), min(self.objects, quads))
        return PredicateCounts(quads, self.subjects + more.subjects, self.objects + more.objects)


_NO_QUADS = PredicateCounts(0, 0, 0)


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


def stored_statistics(
    engine: DatabaseEngine, condition: exp.Expr | None, type_id: int | None
) -> Statistics:
    """Count the stored quads of a condition; different subjects and objects are left out."""

    def counts(key: str, *conditions: exp.Expr | None) -> dict[int, int]:
        query = exp.select(column(key), _alias(exp.Count(this=exp.Star()), "quads"))
        query = query.from_(QUADS_POS.name).group_by(column(key))
        rows = engine.run(query.where(*(c for c in conditions if c is not None))).read_all()
        return dict(zip(rows[key].to_pylist(), rows["quads"].to_pylist(), strict=True))

    predicates = counts("predicate", condition)
    typed = exp.EQ(this=column("predicate"), expression=exp.Literal.number(type_id or 0))
    return Statistics(
        sum(predicates.values()),
        {key: PredicateCounts(quads, 0, 0) for key, quads in predicates.items()},
        counts("object", condition, typed),
    )


class ChangedStatistics:
    """Statistics while a change goes on, and which of their rows it touched.

    Different subjects and objects are counted as an append counts them: at most twice,
    never missed; what is deleted leaves at most as many as there are quads.
    """

    def __init__(self, before: Statistics) -> None:
        self.quads = before.quads
        self._before = before
        self._predicates: dict[int, PredicateCounts] | None = None
        self._classes: dict[int, int] | None = None
        self._touched: tuple[set[int], set[int]] = (set(), set())

    def now(self) -> Statistics:
        """Give the statistics as they are; they are not changed any more."""
        if self._predicates is None or self._classes is None:
            return self._before
        return Statistics(self.quads, dict(self._predicates), dict(self._classes))

    def add(self, counted: Statistics) -> None:
        """Add the counts of quads that were inserted."""
        self._change(counted, 1)

    def subtract(self, counted: Statistics) -> None:
        """Subtract the counts of quads that were deleted."""
        self._change(counted, -1)

    def _change(self, counted: Statistics, sign: int) -> None:
        if not counted.quads:
            return
        if self._predicates is None or self._classes is None:
            self._predicates = dict(self._before.predicates)
            self._classes = dict(self._before.classes)
        self.quads += sign * counted.quads
        for key, more in counted.predicates.items():
            known = self._predicates.get(key, _NO_QUADS)
            self._predicates[key] = known.changed(more, sign)
        for key, members in counted.classes.items():
            self._classes[key] = self._classes.get(key, 0) + sign * members
        self._drop_empty(counted)
        self._touched[0].update(counted.predicates)
        self._touched[1].update(counted.classes)

    def _drop_empty(self, counted: Statistics) -> None:
        assert self._predicates is not None
        assert self._classes is not None
        for key in counted.predicates:
            if not self._predicates[key].quads:
                del self._predicates[key]
        for key in counted.classes:
            if not self._classes[key]:
                del self._classes[key]

    def write(self, engine: DatabaseEngine) -> None:
        """Write the rows that were touched, inside a transaction."""
        predicates, classes = self._predicates or {}, self._classes or {}
        rows = {
            key: (key, counts.quads, counts.subjects, counts.objects)
            for key, counts in predicates.items()
            if key in self._touched[0]
        }
        members = {key: (key, classes[key]) for key in self._touched[1] & classes.keys()}
        _rewrite_rows(engine, PREDICATE_STATISTICS, self._touched[0], list(rows.values()))
        _rewrite_rows(engine, CLASS_STATISTICS, self._touched[1], list(members.values()))


def _rewrite_rows(
    engine: DatabaseEngine, table: Table, keys: set[int], rows: Sequence[tuple[int, ...]]
) -> None:
    """Put rows in the place of those with some keys (the first column)."""
    if not keys:
        return
    key = column(table.columns[0])
    engine.execute(exp.delete(table.name).where(key.isin(*sorted(keys))))
    if rows:
        engine.execute(exp.insert(exp.values(rows), exp.to_table(table.name)))


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
