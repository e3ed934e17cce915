"""Fixtures and settings of all tests."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from hypothesis import settings

from engine import open_engine
from engine.protocol import Engine

# A slow machine is no wrong answer.
settings.register_profile("earthgraph", deadline=None)
settings.load_profile("earthgraph")


@pytest.fixture(scope="session")
def duckdb_engine() -> Iterator[Engine]:
    """One DuckDB engine for the whole run."""
    engine = open_engine("duckdb")
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def spark_engine() -> Iterator[Engine]:
    """One Spark session for the whole run: starting it is slow."""
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java 17 or later, which is not installed")
    engine = open_engine("spark", master="local[2]")
    yield engine
    engine.close()


@pytest.fixture(params=["duckdb", pytest.param("spark", marks=pytest.mark.spark)])
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each engine in turn: what runs on one must run on the other, with equal answers."""
    chosen: Engine = request.getfixturevalue(f"{request.param}_engine")
    return chosen
