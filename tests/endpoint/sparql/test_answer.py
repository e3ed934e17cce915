"""Answers in batches: how many rows are decoded together, and that none is lost on the way."""

from __future__ import annotations

import pyarrow as pa

from endpoint.sparql.answer import Portion
from endpoint.sparql.engine import query
from endpoint.store.memory import drop_dataset
from engine.protocol import Engine
from tests.endpoint.sparql.solutions import dataset_of

ROWS = 30_000


def test_portions_grow_while_terms_are_small() -> None:
    portion, sizes = Portion(), []
    for _ in range(5):
        sizes.append(portion.rows)
        portion.took([pa.array(["short"] * portion.rows)])
    assert sizes == sorted(sizes)
    assert sizes[1] > sizes[0]
    assert sizes[-1] == sizes[-2]
    portion.took([pa.array(["a" * 1000] * portion.rows)])
    assert sizes[0] < portion.rows < sizes[-1]


def test_no_row_is_lost_between_portions(duckdb_engine: Engine) -> None:
    lines = [f":s{n} :p {n % 7} , 'text {n}' ." for n in range(ROWS)]
    dataset = dataset_of(duckdb_engine, "PREFIX : <http://e/>\n" + "\n".join(lines))
    try:
        text = "SELECT ?s ?n ?t { ?s <http://e/p> ?n, ?t FILTER(ISNUMERIC(?n) && !ISNUMERIC(?t)) }"
        with query(dataset, text) as answer:
            batches = list(answer.batches())
        rows = [row for batch in batches for row in batch.to_pylist()]
        assert len(batches) > 1
        assert len(rows) == ROWS
        for row in rows:
            number = int(row["s"]["value"].removeprefix("http://e/s"))
            assert row["n"]["value"] == str(number % 7)
            assert row["t"]["value"] == f"text {number}"
    finally:
        drop_dataset(dataset)
