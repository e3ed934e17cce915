"""Lines and triple Parquet written by the workers of an engine, not by this process.

The rows of a source that need no others are converted where they are read, part by
part; a query that joins, gathers or groups rows runs in the engine, and its
partitions are written. This process puts the parts in place when all are there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlglot import exp

from engine.part_files import joined_parts, replaced_parts
from engine.protocol import Control, Engine, Parts, Relation
from engine.triple_files import is_parquet
from geosparql.errors import SourceError
from geosparql.rdf import format_of
from geotriples.compilation import CompiledSource
from geotriples.expand import PROBLEM, PROBLEM_ROW, PROBLEM_VALUE
from geotriples.lines import LINE_FUNCTIONS, lines_query
from geotriples.part_files import (
    BYTES,
    FILE,
    PARQUET,
    PROBLEM_ROWS,
    SHARED,
    TOLD_SCHEMA,
    TRIPLES,
    PartConverter,
    PartWriter,
)
from geotriples.report import Tally

_SEVERAL_ROWS = (
    exp.AggFunc, exp.Distinct, exp.Group, exp.Join, exp.Limit, exp.Order, exp.SetOperation,
    exp.Window,
)  # fmt: skip
"""What looks at more than one row of a table."""


@dataclass(frozen=True, slots=True)
class _Run:
    """Where workers write, and what becomes of problems."""

    engine: Engine
    folder: Path
    suffix: str
    tally: Tally
    control: Control | None


def write_parts(
    sources: Iterable[CompiledSource],
    engine: Engine,
    output: Path,
    tally: Tally,
    control: Control | None,
) -> dict[str, int]:
    """Let workers write an output of lines, or a Parquet folder.

    Parameters
    ----------
    sources
        Compiled sources.
    engine
        Its workers write; they and this process must share the folder of the output.
    output
        File of N-Triples or N-Quads, which is put together of the parts, or a folder of
        triple Parquet, which keeps them. It takes its name when it is whole.
    tally
        What is told of problems.
    control
        Cancellation and deadline.

    Returns
    -------
    dict
        Triples of each triples map.

    Raises
    ------
    SourceError
        Where a row has an error and the conversion stops at it, or a part is not found.
    """
    engine.register(LINE_FUNCTIONS)
    counts: dict[str, int] = {}
    placed = replaced_parts if is_parquet(output) else joined_parts
    with placed(output) as (folder, parts):
        run = _Run(engine, folder, _suffix(output), tally, control)
        for compiled in sources:
            counts.update(dict.fromkeys(compiled.names, 0))
            for query in compiled.queries:
                parts.extend(_write(query, compiled, run, counts))
            for relation in compiled.relations:
                engine.drop(relation)
    return counts


def _suffix(output: Path) -> str:
    """Give the suffix of the parts of an output."""
    if is_parquet(output):
        return PARQUET
    return ".".join(("", *filter(None, format_of(output))))


def _write(
    query: exp.Query, compiled: CompiledSource, run: _Run, counts: dict[str, int]
) -> Iterator[Path]:
    """Let workers write what a query gives; give the files that count."""
    expansion = None if run.suffix == PARQUET else compiled.expansions.get(query)
    rows = query if expansion is None else lines_query(expansion, len(compiled.outlets))
    slim = CompiledSource(compiled.outlets, (), compiled.problems, ())
    tally = run.tally
    writer = PartWriter(
        run.folder, run.suffix, slim,
        are_lines=expansion is not None, stop=tally.stop, collect=tally.reject is not None,
    )  # fmt: skip
    told = _told(rows, compiled, writer, run)
    with run.engine.run(told.select(), control=run.control) as reader:
        for row in (row for batch in reader for row in batch.to_pylist()):
            if row[FILE] is None:
                found = compiled.problems[row[PROBLEM]], row[PROBLEM_ROW], row[PROBLEM_VALUE]
                tally.add(found[0], row[PROBLEM_ROWS], *found[1:])
                if tally.reject is not None:
                    tally.reject(*found)
                continue
            file = run.folder / row[FILE]
            _check_there(file, row[BYTES])
            for name, triples in zip(compiled.names, row[TRIPLES], strict=True):
                counts[name] += triples
            yield file
    run.engine.drop(told)


def _told(rows: exp.Query, compiled: CompiledSource, writer: PartWriter, run: _Run) -> Relation:
    """Give what workers tell of the files that they write."""
    name = _taken_one_by_one(rows, compiled)
    if name is None:
        return run.engine.map_batches(rows, writer, TOLD_SCHEMA, control=run.control)
    source = compiled.parts[name]
    called = {call.name for call in rows.find_all(exp.Anonymous)}
    functions = tuple(run.engine.functions[one] for one in called & run.engine.functions.keys())
    convert = PartConverter(rows, name, source.schema, source.read, functions, writer)
    return run.engine.relation(Parts(TOLD_SCHEMA, source.parts, convert))


def _taken_one_by_one(query: exp.Query, compiled: CompiledSource) -> str | None:
    """Name the source whose rows a query takes one by one; None where it needs several at once."""
    tables = [table.name for table in query.find_all(exp.Table)]
    if len(tables) > 1 or query.find(*_SEVERAL_ROWS) or tables[0] not in compiled.parts:
        return None
    return tables[0]


def _check_there(file: Path, size: int) -> None:
    if not file.exists() or file.stat().st_size != size:
        raise SourceError("A part that a worker wrote does not stand here", where=str(file),
                          hint=SHARED)  # fmt: skip
