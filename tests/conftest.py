"""Fixtures and settings of all tests."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from engine import open_engine
from engine.java import require_java
from engine.protocol import Engine
from geosparql.errors import EngineUnavailableError

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
def java() -> None:
    """Skip where Spark cannot run."""
    try:
        require_java()
    except EngineUnavailableError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def spark_engine(java: None) -> Iterator[Engine]:
    """One Spark session for the whole run: starting it is slow.

    EARTHGRAPH_TEST_MASTER names another master than this process.
    """
    engine = open_engine("spark", master=os.environ.get("EARTHGRAPH_TEST_MASTER", "local[2]"))
    yield engine
    engine.close()


@pytest.fixture(params=["duckdb", pytest.param("spark", marks=pytest.mark.spark)])
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each engine in turn: what runs on one must run on the other, with equal answers."""
    chosen: Engine = request.getfixturevalue(f"{request.param}_engine")
    return chosen
