"""What every test of the store shares."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from endpoint.store.store import Store, open_store
from engine.duckdb import DuckDBEngine
from engine.protocol import Engine


@pytest.fixture(scope="session")
def duckdb_engine() -> Iterator[Engine]:
    """An engine without the geometry functions: nothing here calls one."""
    engine = DuckDBEngine()
    yield engine
    engine.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store, open for writing."""
    with open_store(tmp_path / "store", create=True) as opened:
        yield opened
