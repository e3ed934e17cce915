"""The two places where relations run, DuckDB and Spark, behind one protocol."""

from __future__ import annotations

from engine.protocol import Engine, Limits
from geosparql.errors import EngineUnavailableError

ENGINE_NAMES = ("duckdb", "spark")


def open_engine(
    name: str = "duckdb", *, master: str | None = None, limits: Limits | None = None
) -> Engine:
    """Open an engine with the GeoSPARQL functions registered.

    Parameters
    ----------
    name
        ``duckdb`` (in this process) or ``spark``.
    master
        For Spark: ``local[*]`` (the default), ``spark://host:port`` or a Spark
        Connect URL ``sc://host:port``.
    limits
        Memory, threads and temporary directory.

    Returns
    -------
    Engine
        To be closed by the caller.

    Raises
    ------
    EngineUnavailableError
        The name is unknown, or Java or pyspark is missing.
    """
    from engine.functions import engine_functions

    limits = limits or Limits()
    engine: Engine
    if name == "duckdb":
        from engine.duckdb import DuckDBEngine

        engine = DuckDBEngine(limits=limits)
    elif name == "spark":
        from engine.spark import SparkEngine

        engine = SparkEngine(master, limits=limits)
    else:
        raise EngineUnavailableError(
            "There is no such engine", value=name, hint=f"Choose one of {', '.join(ENGINE_NAMES)}"
        )
    engine.register(engine_functions())
    return engine
