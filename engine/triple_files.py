"""Triples in files and back to relations: RDF by its extension, or triple Parquet folders.

What is written stands under its final name only when it is whole, so that a run
that dies leaves no half file.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pyarrow as pa
import pyarrow.parquet as pq
from sqlglot import exp

from engine.folders import replaced_folder
from engine.protocol import Control, Engine, Parts, Relation
from geosparql.errors import SourceError
from geosparql.rdf import RDF_FORMAT_BY_NAME, format_of, open_rdf, read_triples, write_triples
from geosparql.triples import TRIPLES_SCHEMA
from geosparql.vocabulary import NAMESPACES

ROW_GROUP_ROWS = 1 << 17


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


def is_parquet(output: Path) -> bool:
    """Tell whether an output is a triple Parquet folder: no extension, or ``.parquet``."""
    return output.suffix in ("", ".parquet") or output.is_dir()


def is_lines(output: Path) -> bool:
    """Tell whether an output is N-Triples or N-Quads, compressed or not."""
    return not is_parquet(output) and format_of(output)[0] in ("nt", "nq")


def holds_graphs(output: Path) -> bool:
    """Tell whether an output can hold named graphs.

    Raises
    ------
    SourceError
        Where its extension is not known.
    """
    return is_parquet(output) or RDF_FORMAT_BY_NAME[format_of(output)[0]].has_graphs


def write_output(batches: Iterable[pa.RecordBatch], output: Path) -> int:
    """Write triple batches.

    Parameters
    ----------
    batches
        Of `TRIPLES_SCHEMA`.
    output
        RDF file (``.nt .nq .ttl .trig .rdf .jsonld``, with or without ``.gz``), or a
        Parquet folder.

    Returns
    -------
    int
        How many triples were written.

    Raises
    ------
    SourceError
        Where the output cannot be written.
    """
    if is_parquet(output):
        return _write_parquet(batches, output)
    name, _ = format_of(output)
    with replaced_file(output) as stream:
        return write_triples(batches, stream, format=name, prefixes=NAMESPACES)


def write_relation(
    engine: Engine, query: exp.Query, output: Path, *, control: Control | None = None
) -> int:
    """Write an expression with the columns of a triple batch; see `write_output`."""
    if is_parquet(output):
        return engine.write(query, output, control=control)
    with engine.run(query, control=control) as rows:
        return write_output(_reported(rows, control), output)


def _reported(rows: pa.RecordBatchReader, control: Control | None) -> Iterator[pa.RecordBatch]:
    done = 0
    for batch in rows:
        yield batch
        done += batch.num_rows
        if control is not None:
            control.report("write", done, unit="triples")


@contextmanager
def replaced_file(output: Path) -> Iterator[IO[bytes]]:
    """Give a stream to write to; its file takes the final name when the block ends well."""
    with replaced_path(output) as partial, open_rdf(partial, "wb") as stream:
        yield stream


@contextmanager
def replaced_path(output: Path) -> Iterator[Path]:
    """Give a path to write at; its file takes the final name when the block ends well."""
    # The suffixes stay at the end: they say how the stream is compressed
    partial = output.with_name(f".partial-{os.getpid()}-{output.name}")
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        yield partial
        partial.replace(output)
    except OSError as error:
        raise SourceError("The output cannot be written", where=str(output), value=error) from error
    finally:
        partial.unlink(missing_ok=True)


def _write_parquet(batches: Iterable[pa.RecordBatch], output: Path) -> int:
    """Write a Parquet folder of one part."""
    with replaced_folder(output) as folder:
        return write_parquet_file(batches, folder / "part-0.parquet")


def write_parquet_file(batches: Iterable[pa.RecordBatch], file: Path) -> int:
    """Write a file of triple Parquet, whose row groups can be read apart; give its rows."""
    rows = 0
    with pq.ParquetWriter(file, TRIPLES_SCHEMA, compression="zstd") as writer:
        for table in _gathered(batches):
            writer.write_table(table, row_group_size=ROW_GROUP_ROWS)
            rows += table.num_rows
    return rows


def _gathered(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Gather batches to the size of a row group."""
    held: list[pa.RecordBatch] = []
    count = 0
    for batch in batches:
        held.append(batch)
        count += batch.num_rows
        if count >= ROW_GROUP_ROWS:
            yield pa.Table.from_batches(held, TRIPLES_SCHEMA)
            held, count = [], 0
    if held:
        yield pa.Table.from_batches(held, TRIPLES_SCHEMA)
