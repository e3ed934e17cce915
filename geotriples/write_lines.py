"""N-Triples and N-Quads written as the engine puts their lines together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import IO

import pyarrow as pa
import pyarrow.compute as pc

from engine.protocol import Control, Engine
from geosparql.ntriples_writing import ntriples_text
from geosparql.text_columns import end_to_end
from geotriples.compilation import CompiledSource
from geotriples.expand import PROBLEM, PROBLEM_ROW, PROBLEM_VALUE
from geotriples.lines import LINE_FUNCTIONS, LINES, lines_query, triples_name
from geotriples.made import count_triples, triples_of, without_problems
from geotriples.report import Tally


def write_lines(
    sources: Iterator[CompiledSource],
    engine: Engine,
    stream: IO[bytes],
    tally: Tally,
    control: Control | None,
) -> dict[str, int]:
    """Write the lines of compiled sources one after the other.

    Parameters
    ----------
    sources
        Compiled sources, with their expansions.
    engine
        Puts the lines together.
    stream
        Open for writing bytes.
    tally
        What is told of problems.
    control
        Cancellation and deadline.

    Returns
    -------
    dict
        Triples of each triples map.
    """
    engine.register(LINE_FUNCTIONS)
    counts: dict[str, int] = {}
    for compiled in sources:
        counts.update(dict.fromkeys(compiled.names, 0))
        for query in compiled.queries:
            expansion = compiled.expansions.get(query)
            lines = query if expansion is None else lines_query(expansion, len(compiled.outlets))
            with engine.run(lines, control=control) as rows:
                for text in texts(rows, compiled, tally, counts, are_lines=expansion is not None):
                    stream.write(text)
        for relation in compiled.relations:
            engine.drop(relation)
    return counts


def texts(
    batches: Iterable[pa.RecordBatch],
    compiled: CompiledSource,
    tally: Tally,
    counts: dict[str, int],
    *,
    are_lines: bool,
) -> Iterator[pa.Buffer]:
    """Give the text of batches, of `lines_query` or of made triples; tell and count."""
    for batch in batches:
        if not are_lines:
            made = without_problems(batch, compiled, tally)
            count_triples(made, compiled, counts)
            yield ntriples_text(triples_of(made))
            continue
        tell_problems(batch, compiled, tally)
        for number, outlet in enumerate(compiled.outlets):
            counts[outlet.name] += pc.sum(batch.column(triples_name(number))).as_py() or 0
        yield end_to_end(batch.column(LINES).cast(pa.large_string()))


def tell_problems(batch: pa.RecordBatch, compiled: CompiledSource, tally: Tally) -> None:
    """Tell the tally of the problems beside a batch of lines."""
    for number in range(sum(name.startswith(PROBLEM) for name in batch.schema.names) // 2):
        codes = batch.column(f"{PROBLEM}{number}")
        if codes.null_count < len(codes):
            values = batch.column(f"{PROBLEM_VALUE}{number}")
            rows = batch.column(PROBLEM_ROW)
            found = pa.record_batch([codes, rows, values], [PROBLEM, PROBLEM_ROW, PROBLEM_VALUE])
            tally.add_batch(compiled.problems, found.filter(codes.is_valid()))
