"""Small graphs for the tests, as rows and as batches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

import pyarrow as pa

from endpoint.store.decode import decode_terms
from endpoint.store.schema import QUADS_SPO
from endpoint.store.statistics import Statistics, read_statistics, rebuild_statistics
from endpoint.store.store import Store
from engine.protocol import Control, Relation
from geosparql.term_columns import term_columns, term_of
from geosparql.terms import IRI, Term
from geosparql.triples import TRIPLES_SCHEMA

EX = "http://example.org/"
Quad = tuple[Term, Term, Term, Term | None]


def ex(name: str) -> IRI:
    """Give an IRI of the example namespace."""
    return IRI(EX + name)


def batch(quads: Iterable[Quad], geometry: Sequence[bytes | None] | None = None) -> pa.RecordBatch:
    """Give quads as a triple batch."""
    rows = [
        (
            term_columns(subject)[0],
            term_columns(predicate)[0],
            *term_columns(item),
            None if graph is None else term_columns(graph)[0],
        )
        for subject, predicate, item, graph in quads
    ]
    arrays = [pa.array([row[i] for row in rows], pa.string()) for i in range(6)]
    known = pa.array([None] * len(rows) if geometry is None else geometry, pa.binary())
    return pa.record_batch([*arrays, known], schema=TRIPLES_SCHEMA)


def stored_quads(store: Store, relation: str = "quads_spo") -> list[Quad]:
    """Give every quad of a store, decoded, in the order of one of its copies."""
    dataset = store.dataset()
    chosen: Relation = getattr(dataset, relation)
    quads = dataset.engine.run(chosen.select(*QUADS_SPO.columns)).read_all()
    columns = []
    for name in ("subject", "predicate", "object", "graph"):
        terms = decode_terms(dataset, quads[name]).rows()
        columns.append([None if text is None else term_of(text, *rest) for text, *rest in terms])
    return list(zip(*columns, strict=True))


def write_text(path: Path, text: str) -> Path:
    """Write a file and give its path."""
    path.write_text(text, encoding="utf-8")
    return path


class _UndoneError(Exception):
    """Ends a transaction that is to leave nothing."""


def counted_statistics(store: Store) -> Statistics:
    """Count the statistics of a store exactly, without changing them there."""
    with suppress(_UndoneError), store.engine.transaction():
        rebuild_statistics(store.engine, Control())
        exact = read_statistics(store.engine)
        raise _UndoneError
    return exact
