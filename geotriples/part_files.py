"""Files that workers write, each a part of the output, and what they tell of them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa
from sqlglot import exp

from engine.duckdb import DuckDBEngine
from engine.protocol import EngineFunction, Limits, Parts
from engine.triple_files import write_parquet_file
from geosparql.errors import SourceError
from geosparql.rdf import open_rdf
from geotriples.compilation import CompiledSource
from geotriples.expand import PROBLEM, PROBLEM_ROW, PROBLEM_VALUE
from geotriples.made import count_triples, triples_of, without_problems
from geotriples.report import Tally
from geotriples.write_lines import texts

PARQUET = ".parquet"
FILE, BYTES, TRIPLES, PROBLEM_ROWS = "file", "bytes", "triples", "problem_rows"
TOLD_SCHEMA = pa.schema(
    [
        pa.field(FILE, pa.string()),
        pa.field(BYTES, pa.int64()),
        pa.field(TRIPLES, pa.list_(pa.int64())),
        pa.field(PROBLEM, pa.int32()),
        pa.field(PROBLEM_ROWS, pa.int64()),
        pa.field(PROBLEM_ROW, pa.int64()),
        pa.field(PROBLEM_VALUE, pa.string()),
    ]
)
"""What a worker tells: a row of its file, its size and the triples of each triples map;
then a row for each problem, or for each row with one where they are collected."""
SHARED = "Let the output lie on a file system that this machine and all workers share"


@dataclass(frozen=True, slots=True)
class PartWriter:
    """Writes made triples, or rows of `geotriples.lines.lines_query`; travels to workers.

    A task that runs twice writes two files; the one that is told of counts.

    Parameters
    ----------
    folder
        Where the files are written, under names of their own.
    suffix
        `PARQUET`, or that of N-Triples or N-Quads and of a compression.
    compiled
        The outlets and problems of the rows.
    are_lines
        Whether the rows are lines.
    stop, collect
        Whether to raise an error at a row with one, or to tell of each such row.
    """

    folder: Path
    suffix: str
    compiled: CompiledSource
    are_lines: bool
    stop: bool
    collect: bool

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Write a file of the batches, none where there are none, and tell of it."""
        rows = iter(batches)
        first = next(rows, None)
        if first is None:
            return
        if not self.folder.is_dir():
            raise SourceError("A worker does not see the folder of the output",
                              where=str(self.folder), hint=SHARED)  # fmt: skip
        each: list[tuple[Any, ...]] = []
        tally = Tally(self.stop, (lambda *row: each.append(row)) if self.collect else None)
        counts = dict.fromkeys(self.compiled.names, 0)
        file = self.folder / f"{uuid.uuid4().hex}{self.suffix}"
        self._write(chain((first,), rows), file, tally, counts)
        found = [(one, 1, row, value) for one, row, value in each] or [
            (one, sums.rows, sums.first_row, sums.first_value) for one, sums in tally.found.items()
        ]
        told: list[dict[str, Any]] = [
            {FILE: file.name, BYTES: file.stat().st_size, TRIPLES: list(counts.values())}
        ]
        names = (PROBLEM, PROBLEM_ROWS, PROBLEM_ROW, PROBLEM_VALUE)
        for one, *rest in found:
            values = (self.compiled.problems.index(one), *rest)
            told.append(dict(zip(names, values, strict=True)))
        yield pa.RecordBatch.from_pylist(told, TOLD_SCHEMA)

    def _write(
        self, batches: Iterable[pa.RecordBatch], file: Path, tally: Tally, counts: dict[str, int]
    ) -> None:
        if self.suffix == PARQUET:
            write_parquet_file(self._triples(batches, tally, counts), file)
            return
        with open_rdf(file, "wb") as stream:
            for text in texts(batches, self.compiled, tally, counts, are_lines=self.are_lines):
                stream.write(text)

    def _triples(
        self, batches: Iterable[pa.RecordBatch], tally: Tally, counts: dict[str, int]
    ) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            made = without_problems(batch, self.compiled, tally)
            count_triples(made, self.compiled, counts)
            yield triples_of(made)


@dataclass(frozen=True, slots=True)
class PartConverter:
    """Converts a part of a source where it is read, in a DuckDB of its own; travels to workers.

    Parameters
    ----------
    query
        Takes the rows of one relation one by one.
    name
        Of the relation.
    schema, read
        Of the source that the relation stands for.
    functions
        Those that the query calls.
    writer
        Writes what the query gives.
    """

    query: exp.Query
    name: str
    schema: pa.Schema
    read: Callable[[Any], Iterator[pa.RecordBatch]]
    functions: tuple[EngineFunction, ...]
    writer: PartWriter

    def __call__(self, part: Any) -> Iterator[pa.RecordBatch]:
        """Convert a part and tell of its file."""
        engine = DuckDBEngine(limits=Limits(threads=1))
        try:
            engine.register(self.functions)
            engine.relation(Parts(self.schema, [part], self.read), name=self.name)
            with engine.run(self.query) as rows:
                yield from self.writer(rows)
        finally:
            engine.close()
