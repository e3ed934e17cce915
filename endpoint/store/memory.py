"""Data sets that live in memory alone: triples from elsewhere, asked as a store would be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pyarrow as pa

from endpoint.store.chunks import CHUNK_SCHEMA, Document, chunked
from endpoint.store.classify import classify
from endpoint.store.dataset import Dataset
from endpoint.store.dictionary import NOT_FOUND, hashes_of
from endpoint.store.encode import distinct_triples, quad_rows
from endpoint.store.new_terms import examine
from endpoint.store.schema import (
    DATA_TABLES,
    GEOMETRIES,
    QUADS_POS,
    QUADS_SPO,
    TERM_HASHES,
    TERMS,
    Table,
)
from endpoint.store.statistics import count_statistics
from engine.protocol import Engine
from geosparql.terms import IRI
from geosparql.vocabulary import RDF_TYPE


def memory_dataset(engine: Engine, batches: Iterable[pa.RecordBatch] = ()) -> Dataset:
    """Make a data set of triple batches that fit in memory; an empty one of none.

    Parameters
    ----------
    engine
        Where its relations are to stand.
    batches
        Of `geosparql.triples.TRIPLES_SCHEMA`; a blank node label means one node in all.

    Returns
    -------
    Dataset
        To be freed with `drop_dataset`.
    """
    tables = [chunk.triples for chunk in chunked([Document("memory", batches)])]
    triples = pa.concat_tables([CHUNK_SCHEMA.empty_table(), *tables])
    terms, codes = distinct_triples(triples)
    classified = classify(terms.lexical, terms.datatype, terms.language)
    ids = classified.ids.filled(NOT_FOUND)
    rows = np.flatnonzero(ids == NOT_FOUND)
    new = examine(terms.take(rows), classified.take(rows))
    ids[rows] = new.ids({})
    hashes = hashes_of(engine, new.terms)
    quads = quad_rows(ids, codes).group_by(QUADS_SPO.columns).aggregate([])
    content = {
        QUADS_SPO: quads,
        QUADS_POS: quads,
        TERMS: new.term_rows(ids[rows]),
        TERM_HASHES: pa.table([hashes, ids[rows]], schema=TERM_HASHES.schema),
        GEOMETRIES: new.geometry_rows(ids[rows]),
    }
    spo, pos, dictionary, by_hash, geometries = (
        engine.relation(_clustered(table, rows)) for table, rows in content.items()
    )
    dataset = Dataset(engine, spo, pos, dictionary, by_hash, geometries)
    (type_id,) = dataset.find([IRI(RDF_TYPE)])
    return replace(dataset, statistics=count_statistics(quads, type_id))


def drop_dataset(dataset: Dataset) -> None:
    """Free the relations of a data set."""
    for table in DATA_TABLES:
        dataset.engine.drop(getattr(dataset, table.name))


def _clustered(table: Table, rows: pa.Table) -> pa.Table:
    order = table.order or ("hilbert",)
    return rows.sort_by([(name, "ascending") for name in order]).select(table.columns)
