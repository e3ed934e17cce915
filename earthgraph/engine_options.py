"""The engine that a command runs on: its two options, and the engine opened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Annotated

import typer

from engine.protocol import Engine


class EngineName(StrEnum):
    """The two engines."""

    duckdb = "duckdb"
    spark = "spark"


EngineOption = Annotated[EngineName, typer.Option(help="Where the work runs.")]
MasterOption = Annotated[
    str | None,
    typer.Option(
        help="Spark master (local[4], spark://host:7077) or Spark Connect URL (sc://host)."
    ),
]


@contextmanager
def opened_engine(name: EngineName, master: str | None = None) -> Iterator[Engine]:
    """Open an engine, and close it."""
    from engine import open_engine

    opened = open_engine(name.value, master=master)
    try:
        yield opened
    finally:
        opened.close()


@contextmanager
def engine_beside_store(name: EngineName, master: str | None) -> Iterator[Engine | None]:
    """Give None for DuckDB: the store brings its own."""
    if name is EngineName.duckdb:
        yield None
    else:
        with opened_engine(name, master) as opened:
            yield opened
