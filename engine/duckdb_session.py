"""One connection to DuckDB: its settings, its transaction, the Arrow sources it was shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import duckdb
import pyarrow as pa
from sqlglot import exp

from engine import statements
from engine.dialect import duckdb_sql
from engine.failures import DUCKDB_FAILURES, failure
from engine.protocol import Control, Prepared, table_names
from engine.watch import Watcher

SCRATCH = "memory"
"""The catalog of what is temporary."""

_SESSION_SETTINGS = {
    "TimeZone": exp.Literal.string("UTC"),
    "error_on_division_by_zero": exp.false(),
    "ieee_floating_point_ops": exp.false(),
    "python_enable_replacements": exp.false(),
    "enable_progress_bar": exp.true(),
    "enable_progress_bar_print": exp.false(),
    "progress_bar_time": exp.Literal.number(0),
}


class Session:
    """One connection to the database, used by one piece of work at a time."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, search_path: str, watcher: Watcher
    ) -> None:
        self.connection = connection
        self._watcher = watcher
        self.scratch = SCRATCH
        self._memory_bytes: int | None = None
        self.temporary: dict[str, str] = {}  # of the open transaction: relation name -> kind
        self._sources: dict[str, object] = {}
        settings = {**_SESSION_SETTINGS, "search_path": exp.Literal.string(search_path)}
        for name, value in settings.items():
            connection.execute(duckdb_sql(statements.set_option(name, value)))

    def begin(self) -> None:
        """Begin a transaction; it may change one catalog, so scratch is the connection's own."""
        with translated():
            self.connection.begin()
        self.scratch = "temp"

    def commit(self) -> None:
        """Commit the transaction; when that fails it is rolled back."""
        with translated():
            self.connection.commit()

    def rollback(self) -> None:
        """Undo the transaction."""
        with translated():
            self.connection.rollback()

    def drop_temporary(self) -> None:
        """Drop what the transaction, committed or not, made for itself."""
        for name, kind in self.temporary.items():
            statement = statements.drop(kind, self.scratch_table(name))
            self.connection.execute(duckdb_sql(statement))
        self.temporary = {}
        self.scratch = SCRATCH

    def scratch_table(self, name: str) -> exp.Table:
        """Give the full name of a temporary relation."""
        return exp.table_(name, db="main", catalog=self.scratch)

    def execute(
        self,
        statement: exp.Expr | Prepared,
        sources: dict[str, object],
        control: Control | None,
    ) -> list[tuple[Any, ...]]:
        """Run a statement to its end."""
        if isinstance(statement, Prepared):
            text, tables = statement.text, statement.tables
        else:
            text, tables = duckdb_sql(statement), table_names(statement)
        self.bring(tables, sources)
        self.bound(control)
        connection = self.connection
        with self._watcher.watching(control, connection.interrupt, connection.query_progress):
            return self.connection.execute(text).fetchall()

    def schema_of(self, table: exp.Table) -> pa.Schema:
        """Give the Arrow schema of a table or view."""
        query = exp.select("*").from_(table).limit(0)
        return self.connection.sql(duckdb_sql(query)).to_arrow_table().schema

    def bring(self, names: Iterable[str], sources: dict[str, object]) -> None:
        """Register the Arrow sources among these: only the registering connection sees them."""
        for name in names:
            source = sources.get(name)
            if source is not None and self._sources.get(name) is not source:
                self.connection.register(name, source)
                self._sources[name] = source

    def bound(self, control: Control | None) -> None:
        """Let what runs next hold as much memory as `control` says."""
        wanted = None if control is None else control.memory_bytes
        if wanted == self._memory_bytes:
            return
        name = "operator_memory_limit"
        text = exp.Literal.string(f"{wanted}B")
        statement = (
            statements.reset_option(name) if wanted is None else statements.set_option(name, text)
        )
        self.connection.execute(duckdb_sql(statement))
        self._memory_bytes = wanted

    def forget_dropped(self, sources: dict[str, object]) -> None:
        """Let go of the Arrow sources that are no longer known under their name."""
        for name in [
            name for name in self._sources if self._sources[name] is not sources.get(name)
        ]:
            del self._sources[name]
            self.connection.unregister(name)


@contextmanager
def translated(control: Control | None = None) -> Iterator[None]:
    """Turn errors of DuckDB into ours; an interruption into what `control` says."""
    try:
        yield
    except (duckdb.Error, OSError) as error:  # OSError: what Arrow makes of an error in a stream
        text = str(error)
        if control is not None and "INTERRUPT" in text:
            control.check()
        raise failure(text, DUCKDB_FAILURES, "DuckDB") from error
