"""A set of quads to be asked: relations in one engine, and what is known about them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
from sqlglot import exp

from endpoint.store.classify import classify
from endpoint.store.dictionary import NOT_FOUND, dictionary_ids, fetch_terms, hashes_of
from endpoint.store.encode import ABSENT, TermColumns, distinct_terms, terms_of_values
from endpoint.store.ids import EPHEMERAL_BIT, KIND_BY_CODE, of_kinds
from endpoint.store.known_terms import KnownTerms
from endpoint.store.lexical_columns import Integers, numpy_of
from endpoint.store.new_terms import examine
from endpoint.store.schema import GEOMETRIES, TERMS, column
from endpoint.store.statistics import Statistics
from engine.protocol import Engine, Relation
from geosparql.terms import Term

_REMEMBERED = 100_000
_Fact = TypeVar("_Fact")


@dataclass(frozen=True, slots=True)
class Dataset:
    """Quads, dictionary and geometries as relations of one engine.

    Parameters
    ----------
    engine
        Where the relations stand: the store's own DuckDB, or Spark over its Parquet.
    quads_spo, quads_pos
        All quads, clustered by subject and by predicate; ids as in `endpoint.store.ids`.
    terms, term_hashes, geometries
        The dictionary; columns as in `endpoint.store.schema`.
    statistics
        Counts for the join order.
    lookup
        The same data where single terms are found faster than in `engine`: a Spark
        data set asks the DuckDB store that it was written from. None: `engine` itself.
    known_terms
        Reads single terms where they stand in a store's tables.
    """

    engine: Engine
    quads_spo: Relation
    quads_pos: Relation
    terms: Relation
    term_hashes: Relation
    geometries: Relation
    statistics: Statistics = field(default_factory=Statistics)
    lookup: Dataset | None = None
    known_terms: KnownTerms | None = None
    _found: dict[Term, int] = field(default_factory=dict, repr=False, compare=False)
    """Terms found before: an id never changes."""
    _absent: dict[Term, Statistics] = field(default_factory=dict, repr=False, compare=False)
    """Terms not found before, and the state of the data that lacked them."""
    _facts: dict[object, tuple[Statistics, Any]] = field(
        default_factory=dict, repr=False, compare=False
    )
    """What was read of the whole data, and the state of the data that it holds for."""

    def find(self, terms: Sequence[Term]) -> list[int | None]:
        """Give the ids of terms: computed from an inline literal, else looked up.

        Returns
        -------
        list
            As long as `terms`; None where the dictionary does not hold the term, so that
            no quad can have it.
        """
        state = self.statistics
        # What is being changed may lack a term now and have it at the next call.
        absent = {} if self.known_terms is None else self._absent
        asked = [t for t in terms if t not in self._found and absent.get(t) is not state]
        if not asked:
            return [self._found.get(term) for term in terms]
        ids = self.find_columns(terms_of_values(asked)).tolist()
        new = {t: i for t, i in zip(asked, ids, strict=True) if i != NOT_FOUND}
        result = [new.get(term, self._found.get(term)) for term in terms]
        if len(self._found) + len(new) > _REMEMBERED:
            self._found.clear()
        self._found.update(new)
        if len(absent) + len(asked) > _REMEMBERED:
            absent.clear()
        absent.update({t: state for t in asked if t not in new})
        return result

    def find_columns(self, terms: TermColumns) -> Integers:
        """Do as `find` for n terms in columns, none null; `NOT_FOUND` where None."""
        classified = classify(terms.lexical, terms.datatype, terms.language)
        ids: Integers = classified.ids.filled(NOT_FOUND)
        rows = np.flatnonzero(ids == NOT_FOUND)
        wanted = terms.take(rows)
        place = self.lookup or self
        hashes = hashes_of(place.engine, wanted)
        if place.known_terms is not None:
            ids[rows] = place.known_terms.find(wanted, hashes)
            return ids
        names = place.term_hashes.name, place.terms.name
        ids[rows] = dictionary_ids(place.engine, wanted, hashes, relations=names)
        return ids

    def fetch_terms(self, ids: Integers) -> pa.Table:
        """Give the dictionary rows of (different) ids, in any order: see `fetch_terms`."""
        place = self.lookup or self
        if place.known_terms is not None:
            return place.known_terms.fetch(ids)
        return fetch_terms(place.engine, ids, place.terms.name)

    def srids(self) -> tuple[int, ...]:
        """Give the CRS of the stored geometries, by SRID, ascending."""
        place = self.lookup or self
        if place.known_terms is None:  # what is being changed has no state to remember
            return place._read_srids()
        return place._remembered("srids", place._read_srids)

    def may_have(self, *kinds: str) -> bool:
        """Tell whether the dictionary may have terms of these kinds, for the sake of a join."""
        place = self.lookup or self
        if place.known_terms is None:  # to read it each time costs more than the join
            return True
        return place._remembered(kinds, lambda: place._has(kinds))

    def _remembered(self, key: object, read: Callable[[], _Fact]) -> _Fact:
        kept = self._facts.get(key)
        if kept is None or kept[0] is not self.statistics:
            kept = self._facts[key] = self.statistics, read()
        fact: _Fact = kept[1]
        return fact

    def _read_srids(self) -> tuple[int, ...]:
        query = exp.select(column("srid")).distinct().from_(self.geometries.table())
        return tuple(sorted(self.engine.run(query).read_all()["srid"].to_pylist()))

    def _has(self, kinds: tuple[str, ...]) -> bool:
        query = exp.select(column("id")).from_(self.terms.table()).limit(1)
        found = query.where(of_kinds(column("id"), *kinds))
        return bool(self.engine.run(found).read_all().num_rows)

    def quad_count(self) -> int:
        """Give the number of quads."""
        return self.statistics.quads

    def predicate_count(self, predicate_id: int) -> int:
        """Give the number of quads with this predicate."""
        counts = self.statistics.predicates.get(predicate_id)
        return counts.quads if counts else 0

    def subject_count(self, predicate_id: int) -> int:
        """Give about how many different subjects have this predicate."""
        counts = self.statistics.predicates.get(predicate_id)
        return counts.subjects if counts else 0

    def object_count(self, predicate_id: int) -> int:
        """Give about how many different objects this predicate has."""
        counts = self.statistics.predicates.get(predicate_id)
        return counts.objects if counts else 0

    def class_count(self, class_id: int) -> int:
        """Give the number of quads that say rdf:type of this class."""
        return self.statistics.classes.get(class_id, 0)


class EphemeralTerms:
    """Ids of terms that a data set does not hold: constants of a query, rows from elsewhere.

    A term that the data set holds keeps its id, so that ids of both sorts join. The
    others get dictionary ids with `EPHEMERAL_BIT`, good until `close`. Used by one
    query, in one thread.

    Parameters
    ----------
    dataset
        What the query asks; `memory_dataset` gives one where there is no store.
    """

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self._known: dict[tuple[str, str | None, str | None], int] = {}
        self._next_payloads = dict.fromkeys(KIND_BY_CODE, EPHEMERAL_BIT)
        self._rows = {
            TERMS.name: TERMS.schema.empty_table(),
            GEOMETRIES.name: GEOMETRIES.schema.empty_table(),
        }
        self._relations: dict[tuple[str, int], Relation] = {}

    def find(self, terms: Sequence[Term]) -> list[int | None]:
        """Give the ids of terms that the data set holds, or that were given ids here; else None."""
        found = self._dataset.find(terms)
        if self._known:
            rows = terms_of_values(terms).rows()
            found = [self._known.get(row, i) for row, i in zip(rows, found, strict=True)]
        return found

    def id(self, term: Term) -> int:
        """Give the id of one term."""
        return self.ids([term])[0]

    def ids(self, terms: Sequence[Term]) -> list[int]:
        """Give the ids of terms."""
        ids: list[int] = self.encode(terms_of_values(terms)).to_pylist()
        return ids

    def encode(self, terms: TermColumns) -> pa.Int64Array:
        """Give the ids of n terms in columns; null where `lexical` is null."""
        different, (codes,) = distinct_terms([terms])
        keys = list(different.rows())
        ids = np.array([self._known.get(key, NOT_FOUND) for key in keys], dtype=np.int64)
        rows = np.flatnonzero(ids == NOT_FOUND)
        ids[rows] = self._dataset.find_columns(different.take(rows))
        rows = np.flatnonzero(ids == NOT_FOUND)
        ids[rows] = self._add(different.take(rows))
        self._known |= {keys[row]: int(ids[row]) for row in rows}
        present = pa.array(codes, mask=codes == ABSENT)
        return pa.array(ids).take(present)

    def source(self, table: str, alias: str) -> exp.Table | exp.Subquery:
        """Give ``terms`` or ``geometries`` to stand in FROM: the data set's rows and these."""
        relation: Relation = getattr(self._dataset, table)
        rows = self._rows[table]
        if not len(rows):
            return relation.table(alias)
        state = (table, len(rows))
        if state not in self._relations:
            self._relations[state] = self._dataset.engine.relation(rows)
        extra = self._relations[state]
        columns = extra.columns
        both = exp.union(relation.select(*columns), extra.select(*columns), distinct=False)
        return both.subquery(alias)

    @property
    def is_used(self) -> bool:
        """Whether it gave a term an id of its own."""
        return any(len(rows) for rows in self._rows.values())

    def fetch(self, ids: Integers) -> pa.Table:
        """Give id, lexical, datatype and language of ids that were given here, sorted by id."""
        rows = self._rows[TERMS.name].select(["id", "lexical", "datatype", "language"])
        return rows.filter(pa.array(np.isin(numpy_of(rows["id"]), ids))).sort_by("id")

    def close(self) -> None:
        """Forget the relations that `source` made."""
        for relation in self._relations.values():
            self._dataset.engine.drop(relation)
        self._relations.clear()

    def _add(self, terms: TermColumns) -> Integers:
        classified = classify(terms.lexical, terms.datatype, terms.language)
        new = examine(terms, classified)
        ids = new.ids(self._next_payloads)
        geometries = new.geometry_rows(ids).select(GEOMETRIES.columns)
        for name, rows in ((TERMS.name, new.term_rows(ids)), (GEOMETRIES.name, geometries)):
            self._rows[name] = pa.concat_tables([self._rows[name], rows])
        return ids
