"""What a conversion did: triples by triples map, rows read, and what was wrong with rows."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from engine.protocol import Control, Parts
from geosparql.errors import SourceError
from geotriples.mapping.logical_source import LogicalSource
from geotriples.rejects import Reject
from geotriples.values import Problem


@dataclass(frozen=True, slots=True)
class MapReport:
    """Triples that one triples map made."""

    triples_map: str
    triples: int

    def __str__(self) -> str:
        return f"{self.triples_map}: {self.triples:,}"


@dataclass(frozen=True, slots=True)
class TargetReport:
    """Triples that were written to one logical target."""

    path: Path
    triples: int


@dataclass(frozen=True, slots=True)
class ProblemReport:
    """A problem of rows: where, what, how often, and the first one."""

    where: str
    what: str
    rows: int
    first_row: int | None
    first_value: str | None
    is_error: bool = True
    """Whether something was wrong; otherwise it is only counted (a missing geometry)."""

    def __str__(self) -> str:
        value = "" if self.first_value is None else f", first {self.first_value!r}"
        return f"{self.rows:,} rows: {self.what} ({self.where}{value})"


@dataclass(frozen=True, slots=True)
class ConversionReport:
    """What a conversion did.

    Parameters
    ----------
    output
        File or folder that was written.
    triples
        All triples written to the output.
    maps
        Triples of each triples map; duplicates included unless they were removed.
    rows
        Rows read of all sources, each source once; None where the engine reads
        them elsewhere (Spark) and counting would read the sources twice.
    problems
        What was wrong with rows.
    seconds
        Wall time.
    targets
        Logical targets of the mapping.
    rejects
        The reject file, where rows were collected.
    provenance
        The description of the run, where one was asked for.
    """

    output: Path
    triples: int
    maps: tuple[MapReport, ...]
    rows: int | None
    problems: tuple[ProblemReport, ...]
    seconds: float
    targets: tuple[TargetReport, ...] = ()
    rejects: Path | None = None
    provenance: Path | None = None

    @property
    def errors(self) -> int:
        """How many rows had something wrong that was left out."""
        return sum(problem.rows for problem in self.problems if problem.is_error)


@dataclass(slots=True)
class Tally:
    """Counts problems as they stream by; an error stops the conversion where that is asked."""

    stop: bool
    reject: Reject | None = None
    """Told of each row with a problem."""
    found: dict[Problem, ProblemReport] = field(default_factory=dict)

    def add(self, problem: Problem, rows: int, row: int | None, value: str | None) -> None:
        """Count rows with a problem.

        Raises
        ------
        SourceError
            Where the problem is an error and the conversion stops at the first.
        """
        if problem.is_error and self.stop:
            raise SourceError(
                problem.what, where=problem.place(row), value=value, hint=problem.hint or None
            )
        before = self.found.get(problem)
        if before is None:
            report = ProblemReport(problem.where, problem.what, rows, row, value, problem.is_error)
        else:
            report = ProblemReport(
                problem.where,
                problem.what,
                before.rows + rows,
                before.first_row,
                before.first_value,
                problem.is_error,
            )
        self.found[problem] = report

    def add_batch(self, problems: Sequence[Problem], batch: pa.RecordBatch) -> None:
        """Count the problem rows of a batch of `CHECKED_SCHEMA`."""
        columns = (
            batch.column(name).to_pylist() for name in ("problem", "problem_row", "problem_value")
        )
        for number, row, value in zip(*columns, strict=True):
            self.add(problems[number], 1, row, value)
            if self.reject is not None:
                self.reject(problems[number], row, value)


@dataclass(slots=True)
class RowCounter:
    """Counts the rows of sources while an engine of this process reads them."""

    control: Control | None = None
    counts: dict[tuple[object, int], int] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def rows(self) -> int:
        """Rows of all sources; a source that is read again is not counted again."""
        with self.lock:
            return sum(self.counts.values())

    def watch(self, source: LogicalSource, parts: Parts) -> Parts:
        """Give parts that are counted when they are read."""

        def read(numbered: tuple[int, object]) -> Iterator[pa.RecordBatch]:
            number, part = numbered
            rows = 0
            for batch in parts.read(part):
                rows += batch.num_rows
                self._count((source.key, number), rows)
                yield batch

        return Parts(parts.schema, list(enumerate(parts.parts)), read)

    def _count(self, key: tuple[object, int], rows: int) -> None:
        with self.lock:
            self.counts[key] = max(rows, self.counts.get(key, 0))
        if self.control is not None:
            self.control.check()
            self.control.report("convert", self.rows, unit="rows")
