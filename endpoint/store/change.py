"""A change of a store under way: quads go in and out, terms get their ids, counts stay right.

Everything here stands inside one transaction of the store's engine, sees what the
change did before, and is set-oriented: one statement for all quads of a step. A
small change reads and writes what it touches alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pyarrow as pa
from sqlglot import exp

from endpoint.store.change_statements import CHANGED_ROWS, ChangeStatements
from endpoint.store.classify import classify
from endpoint.store.dataset import Dataset
from endpoint.store.dictionary import NOT_FOUND, hashes_of
from endpoint.store.encode import (
    TermColumns,
    distinct_terms,
    joined_terms,
    resources,
    terms_of_values,
)
from endpoint.store.ids import DEFAULT_GRAPH
from endpoint.store.lexical_columns import Integers
from endpoint.store.load_report import Findings
from endpoint.store.merge import keep_clustered
from endpoint.store.new_terms import examine
from endpoint.store.schema import (
    GEOMETRIES,
    QUADS_POS,
    QUADS_SPO,
    STORE_INFO,
    TERM_HASHES,
    TERMS,
    Table,
    column,
)
from endpoint.store.statistics import (
    ChangedStatistics,
    Statistics,
    count_statistics,
    stored_statistics,
)
from engine.protocol import Control, DatabaseEngine, Prepared
from geosparql.terms import IRI, Term
from geosparql.vocabulary import RDF_TYPE

_QUADS = (QUADS_SPO, QUADS_POS)


class Change:
    """What `Store.change` gives: the one transaction in which a store is changed.

    Parameters
    ----------
    engine
        The store's, in a transaction.
    dataset
        The store as it was before.
    statements
        What is run at each step, written once.
    about
        The row of the store's info table.
    next_payloads
        The first free payload of each kind of term; moves on.
    control
        Cancellation, deadline and progress.
    """

    def __init__(
        self,
        engine: DatabaseEngine,
        dataset: Dataset,
        statements: ChangeStatements,
        about: Mapping[str, int],
        next_payloads: dict[int, int],
        control: Control,
    ) -> None:
        self.engine = engine
        self.control = control
        self.inserted = 0
        self.deleted = 0
        self.findings = Findings()
        self.about = dict(about)
        self._statements = statements
        self._next_payloads = next_payloads
        self._statistics = ChangedStatistics(dataset.statistics)
        self._before = self._dataset = dataset
        self._type = dataset.find([IRI(RDF_TYPE)])[0]

    @property
    def dataset(self) -> Dataset:
        """The store as this change has made it so far."""
        return replace(self._dataset, statistics=self._statistics.now())

    def new_scope(self) -> str:
        """Give a prefix for labels of new blank nodes that no other scope ever had."""
        self.about["documents"] += 1
        return f"d{self.about['documents']}_"

    # Terms

    def find(self, terms: TermColumns) -> Integers:
        """Give the ids of n terms, none null; `NOT_FOUND` for those that the store lacks."""
        return self._dataset.find_columns(terms)

    def find_terms(self, terms: Sequence[Term]) -> Integers:
        """Do as `find` for a few terms, which are remembered."""
        found = self._dataset.find(terms)
        return np.array([NOT_FOUND if i is None else i for i in found], dtype=np.int64)

    def ids(self, terms: TermColumns) -> Integers:
        """Give the ids of n terms, none null; those that the dictionary lacks are added to it."""
        different, (codes,) = distinct_terms([terms])
        ids = self.find(different)
        rows = np.flatnonzero(ids == NOT_FOUND)
        ids[rows] = self._add(different.take(rows))
        found: Integers = ids[codes]
        return found

    def term_ids(self, terms: Sequence[Term], new_blanks: pa.StringArray) -> Integers:
        """Give the ids of a few different terms, then those of blank nodes that are new for sure.

        All that the dictionary lacks is added to it in one step.
        """
        ids = np.append(self.find_terms(terms), np.full(len(new_blanks), NOT_FOUND))
        rows = np.flatnonzero(ids == NOT_FOUND)
        columns = joined_terms([terms_of_values(terms), resources(new_blanks)])
        ids[rows] = self._add(columns.take(rows))
        return ids

    def graph_id(self, graph: str | None) -> int | None:
        """Give the id of a graph, None where the store never heard of it."""
        return DEFAULT_GRAPH if graph is None else self._dataset.find([IRI(graph)])[0]

    def _add(self, terms: TermColumns) -> Integers:
        """Add n different terms that the dictionary lacks."""
        if not len(terms):
            return np.empty(0, dtype=np.int64)
        if self._dataset is self._before:
            # What is found from here on may not be there when the change is undone.
            self._dataset = replace(self._before, known_terms=None, _found={})
        new = examine(terms, classify(terms.lexical, terms.datatype, terms.language))
        ids = new.ids(self._next_payloads)
        hashes = hashes_of(self.engine, terms)
        rows = new.term_rows(ids).append_column("hash", pa.array(hashes))
        self._append(rows, TERMS, TERM_HASHES)
        self._append(new.geometry_rows(ids), GEOMETRIES)
        for place, reason in sorted(new.read.reasons.items()):
            row = int(new.located[place])
            lexical, datatype = (c[row].as_py() for c in (terms.lexical, terms.datatype))
            self.findings.unreadable(lexical, datatype, reason, None)
        return ids

    # Quads

    def insert(self, quads: pa.Table) -> int:
        """Add quads (n rows of ids, repeated or not); return how many the store lacked."""
        with self._brought(quads):
            fresh = self._rows(self._statements.lacking)
        if len(fresh):
            self._append(fresh, *_QUADS)
            self._statistics.add(count_statistics(fresh, self._type_id()))
            self.inserted += len(fresh)
        return len(fresh)

    def delete(self, quads: pa.Table) -> int:
        """Take quads away (n rows of ids, repeated or not); return how many the store had."""
        with self._brought(quads):
            doomed = self._rows(self._statements.held)
        if len(doomed):
            with self._brought(doomed):
                for table in _QUADS:
                    self._execute(self._statements.delete[table.name])
            self._forget(count_statistics(doomed, self._type_id()))
        return len(doomed)

    def clear(self, graph: int | None = None, *, named: bool = False) -> int:
        """Take away all quads of one graph, of all named graphs, or of all; return how many."""
        condition = None if graph is None else _graph_is(graph)
        if named:
            condition = exp.not_(_graph_is(DEFAULT_GRAPH))
        doomed = stored_statistics(self.engine, condition, self._type_id())
        if doomed.quads:
            for table in _QUADS:
                self._execute(exp.delete(table.name, where=condition))
            self._forget(doomed)
        return doomed.quads

    def copy(self, source: int, target: int) -> int:
        """Add the triples of one graph to another; return how many it lacked."""
        columns = (
            exp.alias_(exp.Literal.number(target), name) if name == "graph" else column(name)
            for name in QUADS_SPO.columns
        )
        query = exp.select(*columns).from_(QUADS_SPO.name).where(_graph_is(source))
        return self.insert(self._rows(query))

    def holds(self, graph: int) -> bool:
        """Tell whether a graph has a triple."""
        return bool(len(self._rows(QUADS_SPO.select().where(_graph_is(graph)).limit(1))))

    # The end

    def finish(self) -> Dataset:
        """Write down what was counted; give the store as it is when the transaction ends."""
        if self.inserted or self.deleted:
            self._statistics.write(self.engine)
            self.about["data_version"] += 1
            self.about["clustered_quads"] = max(0, self.about["clustered_quads"] - self.deleted)
            self._execute(exp.update(STORE_INFO.name, dict(self.about)))
        if self.inserted:
            clustered = self.about["clustered_quads"]
            keep_clustered(self.engine, self._statistics.quads, clustered, self.control)
        return replace(self._before, statistics=self._statistics.now())

    def _type_id(self) -> int | None:
        return self._type or self._dataset.find([IRI(RDF_TYPE)])[0]

    def _forget(self, doomed: Statistics) -> None:
        self._statistics.subtract(doomed)
        self.deleted += doomed.quads

    def _append(self, rows: pa.Table, *tables: Table) -> None:
        if len(rows):
            with self._brought(rows):
                for table in tables:
                    self._execute(self._statements.insert[table.name])

    def _rows(self, query: exp.Query | Prepared) -> pa.Table:
        return self.engine.run(query, control=self.control).read_all()

    def _execute(self, statement: exp.Expr | Prepared) -> None:
        self.engine.execute(statement, control=self.control)

    @contextmanager
    def _brought(self, rows: pa.Table) -> Iterator[None]:
        """Have rows stand where the statements look for them."""
        relation = self.engine.relation(rows, name=CHANGED_ROWS)
        try:
            yield
        finally:
            self.engine.drop(relation)


def _graph_is(graph: int) -> exp.Expression:
    return exp.EQ(this=column("graph"), expression=exp.Literal.number(graph))
