"""Triples of a relation to a file and back: RDF by its extension, or a triple Parquet folder.

What is being written stands under a temporary name beside the final one and is
renamed when it is whole, so that a run that dies leaves no half file.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
from sqlglot import exp

from engine.protocol import Control, Engine, Parts, Relation
from geosparql.errors import SourceError
from geosparql.rdf import format_of, open_rdf, read_triples, write_triples
from geosparql.triples import TRIPLES_SCHEMA


def triples_relation(engine: Engine, paths: Sequence[Path]) -> Relation:
    """Give the triples of RDF files and triple Parquet folders as one relation.

    Parameters
    ----------
    engine
        Where the relation is to stand.
    paths
        Files with the extension of an RDF syntax, or folders of Parquet files.
        Blank nodes of different files stay apart.

    Raises
    ------
    SourceError
        A path is missing, or is neither.
    RDFSyntaxError
        When the relation is read: file and line of what does not parse.
    """
    folders = [path for path in paths if path.is_dir()]
    files = [path for path in paths if not path.is_dir()]
    for path in files:
        if not path.exists():
            raise SourceError("There is no such file", where=str(path))
        format_of(path)
    parquet = [part for folder in folders for part in sorted(folder.glob("*.parquet"))]
    if len(parquet) < len(folders):
        raise SourceError("A folder holds no Parquet files", value=folders[0])
    relations = []
    if files:
        parts = [(number, str(path)) for number, path in enumerate(files)]
        relations.append(engine.relation(Parts(TRIPLES_SCHEMA, parts, _read_file)))
    if parquet:
        relations.append(engine.relation(parquet))
    if len(relations) == 1:
        return relations[0]
    names = TRIPLES_SCHEMA.names
    both = exp.union(*(relation.select(*names) for relation in relations), distinct=False)
    return engine.materialize(both)


def _read_file(part: tuple[int, str]) -> Iterator[pa.RecordBatch]:
    number, name = part
    path = Path(name)
    with open_rdf(path) as stream:
        yield from read_triples(
            stream, format=format_of(path)[0], where=name, blank_prefix=f"f{number}."
        )


def write_triple_file(
    engine: Engine, query: exp.Query, path: Path, *, control: Control | None = None
) -> int:
    """Write an expression with the columns of a triple batch; return the number of triples.

    Parameters
    ----------
    engine, query
        What to write: columns of `geosparql.triples.TRIPLES_SCHEMA`.
    path
        ``.nt .nq .ttl .trig .rdf .jsonld``, with ``.gz .bz2 .xz .zst`` compressed; a
        path without an extension is a triple Parquet folder.
    control
        Cancellation, deadline and progress.

    Raises
    ------
    SourceError
        The extension is not known or the file cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.suffix:
        return engine.write(query, path, control=control)
    name, _ = format_of(path)
    # The extensions stay last: they decide about the compression.
    partial = path.with_name(f".{uuid.uuid4().hex}.{path.name}")
    try:
        with engine.run(query, control=control) as rows, open_rdf(partial, "wb") as stream:
            written = write_triples(_reported(rows, control), stream, format=name)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return written


def _reported(rows: pa.RecordBatchReader, control: Control | None) -> Iterator[pa.RecordBatch]:
    done = 0
    for batch in rows:
        yield batch
        done += batch.num_rows
        if control is not None:
            control.report("write", done, unit="triples")
