"""Documents cut and joined into chunks of triples that fit in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geosparql.errors import InputError
from geosparql.term_columns import term_of
from geosparql.terms import BlankNode, Term, TripleTerm
from geosparql.triples import TRIPLE_TERM, TRIPLES_SCHEMA

CHUNK_ROWS = 1 << 18
CHUNK_BYTES = 1 << 27


@dataclass(frozen=True, slots=True)
class Document:
    """One document to load.

    Parameters
    ----------
    name
        File name, or what the report shall call it.
    batches
        Triple batches; a blank node label means the same node in all of them.
    blank_prefix
        Put before each label: a label means nothing outside its document.
    graph
        IRI of the graph for triples that name none; None: the default graph.
    """

    name: str
    batches: Iterable[pa.RecordBatch]
    blank_prefix: str = ""
    graph: str | None = None


@dataclass(frozen=True, slots=True)
class Chunk:
    """Triples of one or more documents: document `names[i]` begins at row `starts[i]`."""

    triples: pa.Table
    names: tuple[str, ...]
    starts: tuple[int, ...]

    def document_of(self, row: int) -> str:
        """Give the name of the document that a row came from."""
        return self.names[int(np.searchsorted(self.starts, row, side="right")) - 1]

    def rows_by_document(self) -> dict[str, int]:
        """Give how many rows each document has in this chunk."""
        ends = (*self.starts[1:], len(self.triples))
        rows = (end - start for start, end in zip(self.starts, ends, strict=True))
        return dict(zip(self.names, rows, strict=True))


def chunked(documents: Iterable[Document]) -> Iterator[Chunk]:
    """Give the triples of documents in chunks of about `CHUNK_ROWS` rows or `CHUNK_BYTES`."""
    parts: list[pa.Table] = []
    names: list[str] = []
    starts: list[int] = []
    rows = size = 0
    for document in documents:
        for batch in document.batches:
            if not names or names[-1] != document.name:
                names.append(document.name)
                starts.append(rows)
            parts.append(_prepared(batch, document))
            rows += batch.num_rows
            size += batch.nbytes
            if rows >= CHUNK_ROWS or size >= CHUNK_BYTES:
                yield Chunk(pa.concat_tables(parts), tuple(names), tuple(starts))
                parts, names, starts, rows, size = [], [], [], 0, 0
    if rows:
        yield Chunk(pa.concat_tables(parts), tuple(names), tuple(starts))


def _prepared(batch: pa.RecordBatch, document: Document) -> pa.Table:
    """Check a batch, give blank nodes their document's prefix and triples their graph."""
    columns = {}
    for field in TRIPLES_SCHEMA:
        if field.name in batch.schema.names:
            columns[field.name] = batch.column(field.name).cast(field.type)
        elif field.nullable:
            columns[field.name] = pa.nulls(batch.num_rows, field.type)
        else:
            raise InputError(
                "A triple batch has no such column", where=document.name, value=field.name
            )
        if not field.nullable and columns[field.name].null_count:
            raise InputError("A triple has a null", where=document.name, value=field.name)
    if document.blank_prefix:
        for name in ("subject", "object", "graph"):
            literal = columns["datatype"].is_valid() if name == "object" else None
            columns[name] = _prefixed(columns[name], literal, document.blank_prefix)
        columns["object"] = _prefixed_triple_terms(columns, document.blank_prefix)
    if document.graph is not None:
        columns["graph"] = pc.fill_null(columns["graph"], document.graph)
    return pa.table(columns, schema=TRIPLES_SCHEMA)


def _prefixed(values: pa.Array, literal: pa.BooleanArray | None, prefix: str) -> pa.Array:
    """Put a prefix before blank node labels; `literal` rows are no resources."""
    blank = pc.fill_null(pc.starts_with(values, "_:"), False)
    if literal is not None:
        blank = pc.and_not(blank, literal)
    if not pc.any(blank).as_py():
        return values
    labels = pc.utf8_slice_codeunits(values, 2)
    return pc.if_else(blank, pc.binary_join_element_wise("_:" + prefix, labels, ""), values)


def _prefixed_triple_terms(columns: dict[str, pa.Array], prefix: str) -> pa.Array:
    """Put the prefix before the labels inside triple terms."""
    nested = pc.fill_null(pc.equal(columns["datatype"], TRIPLE_TERM), False)
    if not pc.any(nested).as_py():
        return columns["object"]
    texts = columns["object"].filter(nested).to_pylist()
    renamed = [str(_renamed(term_of(text, TRIPLE_TERM), prefix)) for text in texts]
    return pc.replace_with_mask(columns["object"], nested, pa.array(renamed, pa.string()))


def _renamed(term: Term, prefix: str) -> Term:
    match term:
        case BlankNode(label):
            return BlankNode(prefix + label)
        case TripleTerm(subject, predicate, item):
            return TripleTerm(_renamed(subject, prefix), predicate, _renamed(item, prefix))
        case _:
            return term
