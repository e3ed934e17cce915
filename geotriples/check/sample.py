"""A mapping run on the first rows of its sources: what it makes, and what goes wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from engine.protocol import Engine, Parts
from geotriples.check.literals import ill_formed
from geotriples.compile import compile_mapping
from geotriples.expand import MAP
from geotriples.iris import ENGINE_FUNCTIONS
from geotriples.made import without_problems
from geotriples.mapping.logical_source import LogicalSource
from geotriples.mapping.model import Mapping
from geotriples.report import Tally

SAMPLE_ROWS = 10_000


@dataclass(slots=True)
class Made:
    """What a run on a sample made, by triples map and predicate.

    Attributes
    ----------
    triples
        How many.
    ill_formed
        Literals whose text their datatype does not allow: how many and the first,
        by triples map, predicate and datatype.
    rows
        Rows read, by source and its references.
    """

    tally: Tally = field(default_factory=lambda: Tally(stop=False))
    triples: dict[tuple[str, str], int] = field(default_factory=dict)
    ill_formed: dict[tuple[str, str, str], tuple[int, str]] = field(default_factory=dict)
    rows: dict[tuple[object, ...], int] = field(default_factory=dict)

    def watch(self, source: LogicalSource, parts: Parts) -> Parts:
        """Give the first rows of a source."""
        batches = first_batches(parts)
        self.rows[source.key] = sum(batch.num_rows for batch in batches)
        return Parts(parts.schema, [0], lambda _: iter(batches))

    def take(self, batch: pa.RecordBatch, names: Sequence[str]) -> None:
        """Count the triples of a batch and look at their literals."""
        table = pa.table(
            {
                "map": pc.cast(batch.column(MAP), pa.int64()),
                "predicate": pc.cast(batch.column("predicate"), pa.string()),
                "datatype": pc.cast(batch.column("datatype"), pa.string()),
                "text": pc.cast(batch.column("object"), pa.string()),
                "parsed": pc.is_valid(batch.column("geometry")),
            }
        )
        keys = ["map", "predicate", "datatype"]
        for row in table.group_by(keys).aggregate([("text", "count")]).to_pylist():
            name = names[row["map"]]
            pair = (name, row["predicate"])
            self.triples[pair] = self.triples.get(pair, 0) + row["text_count"]
            if row["datatype"] is None:
                continue
            same = pc.and_(*(pc.equal(table[key], row[key]) for key in keys[:2]))
            same = pc.and_(same, pc.fill_null(pc.equal(table["datatype"], row["datatype"]), False))
            texts = table.filter(pc.and_(same, pc.invert(table["parsed"])))["text"].drop_null()
            wrong = ill_formed(texts, row["datatype"])
            if wrong:
                before = self.ill_formed.get((*pair, row["datatype"]), (0, wrong[0]))
                self.ill_formed[(*pair, row["datatype"])] = (before[0] + len(wrong), before[1])


def first_batches(parts: Parts) -> list[pa.RecordBatch]:
    """Read the first rows of a source; all of a small one, so that its end is seen too."""
    batches: list[pa.RecordBatch] = []
    rows = 0
    for part in parts.parts:
        for batch in parts.read(part):
            batches.append(batch.slice(0, SAMPLE_ROWS - rows))
            rows += batches[-1].num_rows
            if rows >= SAMPLE_ROWS:
                return batches
    return batches


def run_sample(mapping: Mapping, engine: Engine) -> Made:
    """Convert the first rows of the sources of a mapping, and keep nothing but what was wrong.

    Raises
    ------
    EarthgraphError
        Where the mapping does not fit its sources, or one of them cannot be read.
    """
    made = Made()
    engine.register(ENGINE_FUNCTIONS)
    for compiled in compile_mapping(mapping, engine, made.watch):
        try:
            for query in compiled.queries:
                with engine.run(query) as reader:
                    for batch in reader:
                        triples = without_problems(batch, compiled, made.tally)
                        made.take(triples, [outlet.name for outlet in compiled.outlets])
        finally:
            for relation in compiled.relations:
                engine.drop(relation)
    return made
