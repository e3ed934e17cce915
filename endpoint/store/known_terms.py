"""A few terms at a time from a big dictionary: from memory, or by the row in which they stand.

The ids of a kind rise with the rows of the terms table, by runs in which both rise
by one. So the row of an id can be guessed, and a row is found without reading the
column of ids. A wrong guess shows in the id that the row holds.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
from sqlglot import exp

from endpoint.store.dictionary import FETCHED, NOT_FOUND, dictionary_ids, fetch_terms
from endpoint.store.encode import TermColumns
from endpoint.store.lexical_columns import Integers, numpy_of
from endpoint.store.schema import column
from engine.protocol import DatabaseEngine, Prepared, Relation

_SINGLE = 4  # so many are faster one by one than through a join
_FEW = 2048  # so many at once are remembered: what a map window shows
_BY_ROW = 4096  # more are faster through a join by id
_REMEMBERED = 50_000
_LONGEST = 512  # characters of a term that is remembered
_RUNS = 1000
_PATIENCE = 3  # runs are read when terms have been asked for so often

Row = tuple[int, str, str | None, str | None]


class KnownTerms:
    """Reads terms of a store's dictionary, whose ids do not change while this is in use.

    Parameters
    ----------
    engine
        Keeps the tables; may be called by several threads.
    terms, term_hashes
        The dictionary.
    """

    def __init__(self, engine: DatabaseEngine, terms: Relation, term_hashes: Relation) -> None:
        self._engine = engine
        self._terms, self._term_hashes = terms, term_hashes
        self._memory: dict[int, Row] = {}
        self._asked = 0
        self._lock = threading.Lock()

    def find(self, terms: TermColumns, hashes: Integers) -> Integers:
        """Give the ids of n terms, none null, with these hashes; `NOT_FOUND` where there is none.

        Few are found one by one, so that zone maps leave one block of each table to read.
        """
        if len(terms) > _SINGLE:
            names = self._term_hashes.name, self._terms.name
            return dictionary_ids(self._engine, terms, hashes, relations=names)
        return np.array(
            [self._id(*row) for row in zip(terms.rows(), hashes.tolist(), strict=True)],
            dtype=np.int64,
        )

    def _id(self, term: tuple[str, str | None, str | None], number: int) -> int:
        found = self._engine.rows(self._by_hash, {"hash": number})
        return next((term_id for term_id, *row in found if tuple(row) == term), NOT_FOUND)

    def fetch(self, ids: Integers) -> pa.Table:
        """Give the rows of these (different) ids, in any order: see `dictionary.fetch_terms`."""
        if len(ids) > _FEW:
            return self._stored(ids)
        rows = {term_id: self._memory.get(term_id) for term_id in ids.tolist()}
        unknown = [term_id for term_id, row in rows.items() if row is None]
        if unknown:
            read = self._stored(np.array(unknown))
            fresh: list[Row] = list(zip(*(c.to_pylist() for c in read.columns), strict=True))
            rows |= {row[0]: row for row in fresh}
            if len(self._memory) > _REMEMBERED:
                self._memory.clear()
            self._memory |= {row[0]: row for row in fresh if len(row[1]) <= _LONGEST}
        return _table([row for row in rows.values() if row is not None])

    def _stored(self, ids: Integers) -> pa.Table:
        self._asked += 1
        if len(ids) > _BY_ROW or self._asked < _PATIENCE:
            return fetch_terms(self._engine, ids, self._terms.name)
        rows = self._rows(ids)
        guessed = self._read(rows[rows != NOT_FOUND].tolist())
        found = guessed.filter(pa.array(np.isin(numpy_of(guessed["id"]), ids)))
        others = np.setdiff1d(ids, numpy_of(found["id"]))
        if len(others):
            found = pa.concat_tables([found, fetch_terms(self._engine, others, self._terms.name)])
        return found

    def _read(self, rows: list[int]) -> pa.Table:
        """Give what stands in some rows of the table."""
        if len(rows) > _FEW:
            return self._engine.run(self._by_rows, values={"rows": rows}).read_all().cast(FETCHED)
        return _table(self._engine.rows(self._by_rows, {"rows": rows}) if rows else ())

    def _rows(self, ids: Integers) -> Integers:
        """Guess the rows of ids; `NOT_FOUND` where an id is in no run."""
        with self._lock:
            first, last, shift = self._runs
        if not len(first):
            return np.full(len(ids), NOT_FOUND, dtype=np.int64)
        run = np.maximum(np.searchsorted(first, ids, side="right") - 1, 0)
        inside = (first[run] <= ids) & (ids <= last[run])
        rows: Integers = np.where(inside, ids - shift[run], NOT_FOUND)
        return rows

    @cached_property
    def _runs(self) -> tuple[Integers, Integers, Integers]:
        """First id, last id and distance of id and row of the longest runs, by first id."""
        shift = exp.Sub(this=column("id"), expression=exp.column("rowid"))
        query = (
            exp.select(
                exp.alias_(exp.Min(this=column("id")), "first"),
                exp.alias_(exp.Max(this=column("id")), "last"),
                exp.alias_(shift, "shift"),
            )
            .from_(self._terms.table())
            .group_by("shift")
            .order_by(exp.Ordered(this=exp.Count(this=exp.Star()), desc=True))
            .limit(_RUNS)
        )
        found = self._engine.run(query).read_all().sort_by("first")
        first, last, distance = (numpy_of(found[name]) for name in ("first", "last", "shift"))
        return first, last, distance

    @cached_property
    def _by_hash(self) -> Prepared:
        hashed = exp.EQ(this=column("hash", "h"), expression=exp.Placeholder(this="hash"))
        on = exp.EQ(this=column("id", "t"), expression=column("id", "h"))
        return self._engine.prepare(
            exp.select(*(column(name, "t") for name in FETCHED.names))
            .from_(self._term_hashes.table("h"))
            .join(self._terms.table("t"), on=on)
            .where(hashed)
        )

    @cached_property
    def _by_rows(self) -> Prepared:
        wanted = exp.alias_(exp.Explode(this=exp.Placeholder(this="rows")), "wanted")
        on = exp.EQ(this=exp.column("rowid", "t"), expression=exp.column("wanted", "w"))
        return self._engine.prepare(
            exp.select(*(column(name, "t") for name in FETCHED.names))
            .from_(exp.select(wanted).subquery("w"))
            .join(self._terms.table("t"), on=on)
        )


def _table(rows: Sequence[tuple[Any, ...]]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [()] * len(FETCHED)
    return pa.table([pa.array(c, f.type) for c, f in zip(columns, FETCHED, strict=True)], FETCHED)
