"""Documents cut and joined into chunks of triples that fit in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from endpoint.store.encode import ENCODED, TermColumns, distinct_triples
from endpoint.store.lexical_columns import Integers
from geosparql.errors import InputError
from geosparql.term_columns import term_of
from geosparql.terms import BlankNode, Term, TripleTerm
from geosparql.triples import TRIPLE_TERM, TRIPLES_SCHEMA

FIRST_ROWS = 1 << 16
CHUNK_ROWS = 1 << 18
CHUNK_BYTES = 1 << 27
CHUNK_SCHEMA = pa.schema(
    [
        field if field.name in ("object", "geometry") else field.with_type(ENCODED)
        for field in TRIPLES_SCHEMA
    ]
)
"""A triple batch whose columns of few different values hold each of them once."""


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
    """Triples of one or more documents: document `names[i]` begins at row `starts[i]`.

    `terms` are its different terms, `codes` the columns of the triples as places in
    them (`distinct_triples`).
    """

    triples: pa.Table
    names: tuple[str, ...]
    starts: tuple[int, ...]
    terms: TermColumns
    codes: list[Integers]

    @classmethod
    def of(cls, parts: list[pa.Table], names: list[str], starts: list[int]) -> Chunk:
        """Put the parts of documents together."""
        triples = pa.concat_tables(parts)
        return cls(triples, tuple(names), tuple(starts), *distinct_triples(triples))

    def document_of(self, row: int) -> str:
        """Give the name of the document that a row came from."""
        return self.names[int(np.searchsorted(self.starts, row, side="right")) - 1]

    def rows_by_document(self) -> dict[str, int]:
        """Give how many rows each document has in this chunk."""
        ends = (*self.starts[1:], len(self.triples))
        rows = (end - start for start, end in zip(self.starts, ends, strict=True))
        return dict(zip(self.names, rows, strict=True))


def chunked(documents: Iterable[Document]) -> Iterator[Chunk]:
    """Give the triples of documents in chunks of about `CHUNK_ROWS` rows or `CHUNK_BYTES`.

    The first one is of `FIRST_ROWS`, each next one twice as big: whoever works on chunks while
    the next is read can so begin early.
    """
    wanted = min(FIRST_ROWS, CHUNK_ROWS)
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
            if rows >= wanted or size >= CHUNK_BYTES:
                yield Chunk.of(parts, names, starts)
                parts, names, starts, rows, size = [], [], [], 0, 0
                wanted = min(2 * wanted, CHUNK_ROWS)
    if rows:
        yield Chunk.of(parts, names, starts)


def _prepared(batch: pa.RecordBatch, document: Document) -> pa.Table:
    """Check a batch, give blank nodes their document's prefix and triples their graph."""
    columns = {}
    for field in CHUNK_SCHEMA:
        if field.name in batch.schema.names:
            columns[field.name] = _as(field.type, batch.column(field.name))
        elif field.nullable:
            columns[field.name] = _as(field.type, pa.nulls(batch.num_rows, pa.string()))
        else:
            raise InputError(
                "A triple batch has no such column", where=document.name, value=field.name
            )
        if not field.nullable and columns[field.name].null_count:
            raise InputError("A triple has a null", where=document.name, value=field.name)
    if document.blank_prefix:
        _put_prefix(columns, document.blank_prefix)
    if document.graph is not None and columns["graph"].null_count:
        graph = columns["graph"].dictionary_decode()
        columns["graph"] = pc.fill_null(graph, document.graph).dictionary_encode()
    return pa.table(columns, schema=CHUNK_SCHEMA)


def _as(kind: pa.DataType, values: pa.Array) -> pa.Array:
    if not pa.types.is_dictionary(kind):
        return values.cast(kind)
    if not pa.types.is_dictionary(values.type):
        values = values.cast(pa.string()).dictionary_encode()
    codes, different = values.indices.cast(kind.index_type), values.dictionary.cast(kind.value_type)
    return pa.DictionaryArray.from_arrays(codes, different)


def _put_prefix(columns: dict[str, pa.Array], prefix: str) -> None:
    for name in ("subject", "graph"):
        column = columns[name]
        dictionary = _prefixed(column.dictionary, None, prefix)
        columns[name] = pa.DictionaryArray.from_arrays(column.indices, dictionary)
    columns["object"] = _prefixed(columns["object"], columns["datatype"].is_valid(), prefix)
    columns["object"] = _prefixed_triple_terms(columns, prefix)


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
    if TRIPLE_TERM not in columns["datatype"].dictionary.to_pylist():
        return columns["object"]
    nested = pc.fill_null(pc.equal(columns["datatype"].dictionary_decode(), TRIPLE_TERM), False)
    texts = columns["object"].filter(nested).to_pylist()
    prefixed = [str(renamed(term_of(text, TRIPLE_TERM), prefix)) for text in texts]
    return pc.replace_with_mask(columns["object"], nested, pa.array(prefixed, pa.string()))


def renamed(term: Term, prefix: str, start: str = "") -> Term:
    """Put a prefix before the labels of a term that begin with `start`."""
    match term:
        case BlankNode(label) if label.startswith(start):
            return BlankNode(prefix + label)
        case TripleTerm(subject, predicate, item):
            subject, item = (renamed(part, prefix, start) for part in (subject, item))
            return TripleTerm(subject, predicate, item)
        case _:
            return term
