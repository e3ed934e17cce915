"""A store's quads back to triple batches, letter for letter."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from sqlglot import exp

from endpoint.store.dataset import Dataset
from endpoint.store.decode import decode_terms
from endpoint.store.ids import DEFAULT_GRAPH, of_kinds
from endpoint.store.schema import QUADS_SPO, column
from engine.folders import replaced_folder
from engine.protocol import Control
from geosparql.rdf import format_of, open_rdf, write_triples
from geosparql.terms import Term
from geosparql.triples import TRIPLES_SCHEMA
from geosparql.vocabulary import NAMESPACES

_BATCH_ROWS = 1 << 17


def export_batches(
    dataset: Dataset, *, graph: Term | None = None, control: Control | None = None
) -> Iterator[pa.RecordBatch]:
    """Give the triples of a data set as triple batches, in the order of their subjects.

    Parameters
    ----------
    dataset
        What to give.
    graph
        Give this named graph alone, as triples of the default graph; None: everything,
        with its graphs.
    control
        Cancellation, deadline and progress.

    Yields
    ------
    pyarrow.RecordBatch
        Of `TRIPLES_SCHEMA`; `geometry` is null.
    """
    if graph is not None:
        yield from export_graph(dataset, graph, control=control)
        return
    query = dataset.quads_spo.select(*QUADS_SPO.columns)
    yield from _exported(dataset, query, dataset.quad_count(), control, with_graph=True)


def export_graph(
    dataset: Dataset, graph: Term | None, *, control: Control | None = None
) -> Iterator[pa.RecordBatch]:
    """Give the triples of one graph, None the default one, as triples of the default graph."""
    graph_id = DEFAULT_GRAPH if graph is None else dataset.find([graph])[0]
    if graph_id is None:
        return
    wanted = exp.EQ(this=column("graph"), expression=exp.Literal.number(graph_id))
    query = dataset.quads_spo.select(*QUADS_SPO.columns).where(wanted)
    yield from _exported(dataset, query, None, control, with_graph=False)


def export_selected(
    dataset: Dataset, predicates: Sequence[Term], *, graph: Term | None = None
) -> Iterator[pa.RecordBatch]:
    """Give the triples with one of some predicates, or a geometry literal as object.

    Parameters
    ----------
    dataset
        What to give.
    predicates
        Those that are wanted.
    graph
        The only named graph that counts; None: all graphs.

    Yields
    ------
    pyarrow.RecordBatch
        Of `TRIPLES_SCHEMA`; `geometry` is filled where the object is a readable one.
    """
    found = [number for number in dataset.find(list(predicates)) if number is not None]
    wanted = [of_kinds(column("object", "q"), "geometry", "unreadable_geometry")]
    if found:
        wanted.append(column("predicate", "q").isin(*map(exp.Literal.number, found)))
    query = (
        exp.select(*(column(name, "q") for name in QUADS_SPO.columns), column("geometry", "g"))
        .from_(dataset.quads_spo.table("q"))
        .join(
            dataset.geometries.table("g"),
            on=column("object", "q").eq(column("id", "g")),
            join_type="left",
        )
        .where(exp.or_(*wanted))
    )
    if graph is not None:
        number = dataset.find([graph])[0]
        if number is None:
            return
        query = query.where(column("graph", "q").eq(exp.Literal.number(number)))
    yield from _exported(dataset, query, None, None, with_graph=True)


def _exported(
    dataset: Dataset,
    query: exp.Query,
    total: int | None,
    control: Control | None,
    *,
    with_graph: bool,
) -> Iterator[pa.RecordBatch]:
    done = 0
    with dataset.engine.run(query, control=control) as quads:
        for rows in _joined(quads):
            yield _triples(dataset, rows, with_graph=with_graph)
            done += len(rows)
            if control is not None:
                control.check()
                control.report("export", done, total, "triples")


def _joined(batches: pa.RecordBatchReader) -> Iterator[pa.Table]:
    """Join small batches: terms are fetched once per batch."""
    parts: list[pa.RecordBatch] = []
    for batch in batches:
        parts.append(batch)
        if sum(part.num_rows for part in parts) >= _BATCH_ROWS:
            yield pa.Table.from_batches(parts)
            parts = []
    if parts:
        yield pa.Table.from_batches(parts)


def _triples(dataset: Dataset, quads: pa.Table, *, with_graph: bool) -> pa.RecordBatch:
    ids = pa.concat_arrays([quads[name].combine_chunks() for name in QUADS_SPO.columns])
    terms = decode_terms(dataset, ids)
    rows = len(quads)
    graph, subject, predicate, item = (
        terms.slice(part * rows, rows) for part in range(len(QUADS_SPO.columns))
    )
    columns = [subject.lexical, predicate.lexical, item.lexical, item.datatype, item.language]
    graphs = graph.lexical if with_graph else pa.nulls(rows, pa.string())
    shapes = pa.nulls(rows, pa.binary())
    if "geometry" in quads.column_names:
        shapes = quads["geometry"].combine_chunks()
    return pa.record_batch([*columns, graphs, shapes], schema=TRIPLES_SCHEMA)


def write_export(batches: Iterator[pa.RecordBatch], path: Path, *, parquet: bool = False) -> int:
    """Write triple batches to an RDF file, or to a Parquet folder: `parquet`, or no extension.

    What is being written stands beside until it is whole. Returns the number of triples.

    Raises
    ------
    SourceError, InputError
        The extension is not known, the file cannot be made, or the format has no form
        for what is stored.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if parquet or not path.suffix:
        with replaced_folder(path) as folder:
            return _write_parquet(batches, folder / "part-0.parquet")
    name, _ = format_of(path)
    partial = path.with_name(f".{uuid.uuid4().hex}.{path.name}")  # extensions decide: keep them
    try:
        with open_rdf(partial, "wb") as stream:
            written = write_triples(batches, stream, format=name, prefixes=NAMESPACES)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return written


def _write_parquet(batches: Iterator[pa.RecordBatch], file: Path) -> int:
    written = 0
    with pq.ParquetWriter(file, TRIPLES_SCHEMA, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch)
            written += batch.num_rows
    return written
