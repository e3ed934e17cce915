"""Batches of `geotriples.expand.MADE_SCHEMA` on their way out: problems, counts, targets."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from geosparql.triples import TRIPLES_SCHEMA
from geotriples.compilation import CompiledSource, Outlet
from geotriples.expand import MAP, PROBLEM
from geotriples.report import Tally
from geotriples.target_files import TargetFiles


def without_problems(
    batch: pa.RecordBatch, compiled: CompiledSource, tally: Tally
) -> pa.RecordBatch:
    """Take the rows that are problems out of a batch."""
    if PROBLEM not in batch.schema.names:
        return batch
    problems = pc.is_valid(batch.column(PROBLEM))
    if not pc.any(problems).as_py():
        return batch
    tally.add_batch(compiled.problems, batch.filter(problems))
    return batch.filter(pc.invert(problems))


def count_triples(made: pa.RecordBatch, compiled: CompiledSource, counts: dict[str, int]) -> None:
    """Add the triples of a batch to those of their triples maps."""
    for found in pc.value_counts(made.column(MAP)).to_pylist():
        counts[compiled.outlets[found["values"]].name] += found["counts"]


def triples_of(made: pa.RecordBatch) -> pa.RecordBatch:
    """Leave out which map made them."""
    return made.select(TRIPLES_SCHEMA.names).cast(TRIPLES_SCHEMA)


def without_targets(
    made: pa.RecordBatch, outlets: Sequence[Outlet], files: TargetFiles
) -> pa.RecordBatch:
    """Take the triples that have targets out of a batch and keep them for these."""
    numbers = made.column(MAP)
    for number in pc.unique(numbers).to_pylist():
        triples = triples_of(made.filter(pc.equal(numbers, number)))
        for target in outlets[number].targets:
            files.keep(target, triples)
    plain = [number for number, outlet in enumerate(outlets) if not outlet.targets]
    return made.filter(pc.is_in(numbers, pa.array(plain, numbers.type)))
