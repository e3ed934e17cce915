"""Documents into a store, as one transaction: all of them or nothing."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from sqlglot import exp

from endpoint.store.chunks import CHUNK_SCHEMA, Chunk, Document, chunked
from endpoint.store.load_report import Findings, LoadReport
from endpoint.store.merge import merge
from endpoint.store.schema import STORE_INFO
from endpoint.store.staging import Staging
from engine.protocol import Control, DatabaseEngine
from geosparql.errors import SourceError
from geosparql.rdf import format_of, open_rdf, read_triples
from geosparql.salvage import LeftOut, Note, read_salvaged

_ENCODED = [field.name for field in CHUNK_SCHEMA if pa.types.is_dictionary(field.type)]


def documents_of(
    paths: Sequence[Path], graph: str | None = None, note: Note | None = None
) -> list[Document]:
    """Give the documents that paths name.

    Parameters
    ----------
    paths
        RDF files (``.nt .nq .ttl .trig .rdf .jsonld``, compressed or not), triple
        Parquet files, and folders of these, which are one document each.
    graph
        IRI of the graph for triples that name none.
    note
        Is told of lines, documents and Parquet files that cannot be read, which are left
        out; None: they are errors.

    Raises
    ------
    SourceError
        A path is missing, or its name does not say what it is.
    """
    return [_document(Path(path), graph, note) for path in paths]


def load_documents(
    engine: DatabaseEngine,
    documents: Sequence[Document],
    control: Control,
    findings: Findings | None = None,
) -> LoadReport:
    """Load documents, all or nothing; blank nodes of different documents stay apart.

    Parameters
    ----------
    engine
        The store's; nobody else may change it meanwhile.
    documents
        Read one after the other, each once.
    control
        Cancellation, deadline, and progress in triples.
    findings
        What reading the documents writes into, if anything does.

    Raises
    ------
    RDFSyntaxError, SourceError
        A document cannot be read: nothing of any document is kept.
    CancelledError, LimitError
        As `control` says; nothing is kept.
    """
    start = time.monotonic()
    info = engine.run(STORE_INFO.select()).read_all().to_pylist()[0]
    with (
        engine.without_checkpoints(),
        closing(Staging(engine, control, findings or Findings())) as staging,
    ):
        for chunk in _ahead(chunked(_scoped(documents, info["documents"]))):
            control.check()
            staging.add(chunk)
            control.report("load", staging.findings.counts["triples"], unit="triples")
        with engine.transaction():
            added = merge(engine, staging, control)
            changes = {
                "documents": info["documents"] + len(documents),
                "data_version": info["data_version"] + (added > 0),
            }
            engine.execute(exp.update(STORE_INFO.name, changes))
            control.check()
    staging.findings.counts["added"] = added
    return staging.findings.report(time.monotonic() - start)


def _ahead(chunks: Iterator[Chunk]) -> Iterator[Chunk]:
    """Read the next chunk in a thread of its own while the last one is worked on."""
    with ThreadPoolExecutor(1, "read") as reader:
        coming = reader.submit(next, chunks, None)
        while (chunk := coming.result()) is not None:
            coming = reader.submit(next, chunks, None)
            yield chunk


def _scoped(documents: Sequence[Document], first: int) -> Iterator[Document]:
    """Give each document a prefix for its blank nodes that no other document ever had."""
    for number, document in enumerate(documents, first + 1):
        yield replace(document, blank_prefix=f"d{number}_")


def _document(path: Path, graph: str | None, note: Note | None) -> Document:
    if not path.exists():
        raise SourceError("There is no such file", where=str(path))
    if path.is_dir():
        files = sorted(path.glob("**/*.parquet"))
        if not files:
            raise SourceError("The folder holds no Parquet files", where=str(path))
        return Document(str(path), _parquet_batches(files, note), graph=graph)
    if path.suffix.lower() == ".parquet":
        return Document(str(path), _parquet_batches([path], note), graph=graph)
    format_name, _ = format_of(path)
    batches = read_salvaged(path, note) if note else _rdf_batches(path, format_name)
    return Document(str(path), batches, graph=graph)


def _rdf_batches(path: Path, format_name: str) -> Iterator[pa.RecordBatch]:
    with open_rdf(path) as stream:
        base = path.absolute().as_uri()
        yield from read_triples(
            stream, format=format_name, base_iri=base, where=str(path), encoded=True
        )


def _parquet_batches(files: Iterable[Path], note: Note | None) -> Iterator[pa.RecordBatch]:
    for file in files:
        if note is not None:
            try:
                deque(_parquet_file(file), maxlen=0)  # once to see whether it can be read
            except SourceError as error:
                note(LeftOut(str(file), None, "", error.what))
                continue
        yield from _parquet_file(file)


def _parquet_file(file: Path) -> Iterator[pa.RecordBatch]:
    try:
        encoded = [name for name in _ENCODED if name in pq.read_schema(file).names]
        with pq.ParquetFile(file, read_dictionary=encoded) as parquet:
            yield from parquet.iter_batches()
    except (pa.ArrowInvalid, OSError) as error:
        raise SourceError(f"Parquet cannot be read: {error}", where=str(file)) from error
