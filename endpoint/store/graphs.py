"""Whole graphs of a store read, replaced, merged and deleted: the Graph Store operations.

(SPARQL 1.1 Graph Store HTTP Protocol, section 5.) Each is one transaction. A
graph is named by its IRI, the default graph by None. Empty graphs are not
recorded: a graph is there as long as it has a triple; the default graph always is.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from endpoint.store.change import Change
from endpoint.store.chunks import Document, chunked
from endpoint.store.dictionary import NOT_FOUND
from endpoint.store.encode import distinct_triples, quad_rows, resources
from endpoint.store.export import export_graph
from endpoint.store.ids import DEFAULT_GRAPH
from endpoint.store.store import Store
from engine.protocol import Control
from geosparql.errors import InputError
from geosparql.terms import IRI


@dataclass(frozen=True, slots=True)
class GraphReport:
    """What was done to a graph: whether it was there before, quads put in and taken out."""

    existed: bool
    inserted: int = 0
    deleted: int = 0


def graph_exists(store: Store, graph: str | None) -> bool:
    """Tell whether a graph is there."""
    return graph is None or next(read_graph(store, graph), None) is not None


def read_graph(
    store: Store, graph: str | None, *, control: Control | None = None
) -> Iterator[pa.RecordBatch]:
    """Give the triples of a graph as triple batches without a graph; none where it is not there."""
    named = None if graph is None else IRI(graph)
    return export_graph(store.dataset(), named, control=control)


def replace_graph(
    store: Store,
    graph: str | None,
    batches: Iterable[pa.RecordBatch],
    *,
    control: Control | None = None,
) -> GraphReport:
    """Put triples in the place of a graph (PUT); their blank nodes are new ones.

    Raises
    ------
    InputError
        A triple names a graph of its own; or what reading `batches` raises. The store
        is as it was.
    """
    return _write_graph(store, graph, batches, control, clear=True)


def merge_graph(
    store: Store,
    graph: str | None,
    batches: Iterable[pa.RecordBatch],
    *,
    control: Control | None = None,
) -> GraphReport:
    """Add triples to a graph (POST); else as `replace_graph`."""
    return _write_graph(store, graph, batches, control, clear=False)


def delete_graph(store: Store, graph: str | None, *, control: Control | None = None) -> GraphReport:
    """Delete a graph (DELETE); the default graph is emptied."""
    with store.change(control=control) as change:
        target = change.graph_id(graph)
        deleted = 0 if target is None else change.clear(target)
    return GraphReport(graph is None or deleted > 0, 0, deleted)


def insert_documents(
    change: Change, name: str, batches: Iterable[pa.RecordBatch], graph: str | None = None
) -> int:
    """Add the triples of a document called `name` inside a change; return how many were new.

    Triples that name no graph go to `graph`; blank nodes are new ones.
    """
    added = 0
    document = Document(name, batches, change.new_scope(), graph)
    for chunk in chunked([document]):
        change.control.check()
        terms, codes = distinct_triples(chunk.triples)
        added += change.insert(quad_rows(change.ids(terms), codes))
        change.control.report("load", change.inserted, unit="triples")
    return added


def delete_documents(change: Change, name: str, batches: Iterable[pa.RecordBatch]) -> int:
    """Take the triples of a document away inside a change; return how many were there."""
    removed = 0
    for chunk in chunked([Document(name, batches)]):
        change.control.check()
        terms, codes = distinct_triples(chunk.triples)
        ids = change.find(terms)
        quads = quad_rows(ids, codes)
        absent = (pc.equal(quads[column], NOT_FOUND) for column in quads.column_names)
        removed += change.delete(quads.filter(pc.invert(functools.reduce(pc.or_, absent))))
    return removed


def _write_graph(
    store: Store,
    graph: str | None,
    batches: Iterable[pa.RecordBatch],
    control: Control | None,
    *,
    clear: bool,
) -> GraphReport:
    with store.change(control=control) as change:
        target = int(change.ids(resources(pa.array([graph])))[0]) if graph else DEFAULT_GRAPH
        existed = graph is None or change.holds(target)
        deleted = change.clear(target) if clear else 0
        inserted = insert_documents(change, "graph", _without_graphs(batches), graph)
    return GraphReport(existed, inserted, deleted)


def _without_graphs(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        named = batch.column("graph").drop_null()
        if len(named):
            raise InputError("The triples of one graph cannot name another", value=named[0])
        yield batch
