"""DuckDB files of others, read only and shut off from all other files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from engine.duckdb_session import translated

BATCH_ROWS = 65_536
SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "TimeZone": "UTC",
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "python_enable_replacements": "false",
}


@contextmanager
def read_file(path: Path, sql: str) -> Iterator[pa.RecordBatchReader]:
    """Run a query in a DuckDB file; rows stream while the context is open.

    Parameters
    ----------
    path
        The file.
    sql
        One SELECT.

    Raises
    ------
    EngineError
        Where the file is none of DuckDB's, or the query fails.
    """
    with translated(), closing(duckdb.connect(str(path), read_only=True, config=SETTINGS)) as file:
        yield file.sql(sql).to_arrow_reader(BATCH_ROWS)
