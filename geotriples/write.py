"""Triples to a file or a Parquet folder, which stand under their final name only when whole."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pyarrow as pa
import pyarrow.parquet as pq

from engine.folders import replaced_folder
from geosparql.errors import SourceError
from geosparql.rdf import RDF_FORMAT_BY_NAME, format_of, open_rdf, write_triples
from geosparql.triples import TRIPLES_SCHEMA
from geosparql.vocabulary import NAMESPACES

ROW_GROUP_ROWS = 1 << 17


def is_parquet(output: Path) -> bool:
    """Tell whether an output is a triple Parquet folder: no extension, or ``.parquet``."""
    return output.suffix in ("", ".parquet") or output.is_dir()


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


@contextmanager
def replaced_file(output: Path) -> Iterator[IO[bytes]]:
    """Give a stream to write to; its file takes the final name when the block ends well."""
    # The suffixes stay at the end: they say how the stream is compressed
    partial = output.with_name(f".partial-{os.getpid()}-{output.name}")
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        with open_rdf(partial, "wb") as stream:
            yield stream
        partial.replace(output)
    except OSError as error:
        raise SourceError("The output cannot be written", where=str(output), value=error) from error
    finally:
        partial.unlink(missing_ok=True)


def _write_parquet(batches: Iterable[pa.RecordBatch], output: Path) -> int:
    """Write a Parquet folder of one part; its row groups can be read apart."""
    rows = 0
    with (
        replaced_folder(output) as folder,
        pq.ParquetWriter(folder / "part-0.parquet", TRIPLES_SCHEMA, compression="zstd") as writer,
    ):
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
