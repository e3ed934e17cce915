"""Expressions give equal rows on every engine."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest
from sqlglot import parse_one

from engine.protocol import Engine
from tests.engine.expressions import CASES, TABLES, Case


@pytest.fixture
def tables(engine: Engine) -> Iterator[Engine]:
    relations = [engine.relation(table, name=name) for name, table in TABLES.items()]
    yield engine
    for relation in relations:
        engine.drop(relation)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_expression(tables: Engine, case: Case):
    query = parse_one(case.query, dialect="duckdb")
    columns = tables.run(query).read_all().columns
    rows = list(zip(*(column.to_pylist() for column in columns), strict=True))
    wanted = case.rows
    if query.args.get("order") is None:
        rows, wanted = sorted(rows, key=repr), sorted(wanted, key=repr)
    assert [_comparable(row) for row in rows] == [_comparable(row) for row in wanted]


def _comparable(row: tuple[object, ...]) -> list[object]:
    """Give NaN a value that equals itself, and tell 1 from 1.0 and True."""
    return [
        "NaN" if isinstance(value, float) and math.isnan(value) else (type(value), value)
        for value in row
    ]
