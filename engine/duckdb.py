"""DuckDB in this process: the default engine, and the one that keeps tables.

Everything temporary lives in an in-memory catalog (which spills to the
temporary directory); a database file is attached beside it as ``store``. No
extension is installed or loaded for what a query says, so no query reaches the
network, and Python variables cannot be read by name.
"""

from __future__ import annotations

import inspect
import itertools
import shutil
import tempfile
import threading
import uuid
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from duckdb.func import FunctionNullHandling, PythonUDFType
from sqlglot import exp

from engine import statements
from engine.dialect import duckdb_sql
from engine.duckdb_session import SCRATCH, Session, translated
from engine.failures import carried
from engine.folders import replaced_folder
from engine.join_kernel import pair_schema
from engine.operators import Operator, duckdb_operators
from engine.own_threads import OwnThreads
from engine.protocol import (
    Control,
    EngineFunction,
    JoinCondition,
    Limits,
    Parts,
    Prepared,
    Relation,
    place_names,
    table_names,
)
from engine.sources import PartsStream, rebatched
from engine.spatial_join import join_batches
from engine.watch import Watcher
from geosparql.errors import EngineError

STORE = "store"
BATCH_ROWS = 16_384
KEPT_ROWS = 65_536
_NO_CHECKPOINT = "1024TB"

_CONFIG = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "allow_extension_repositories": "forbidden",
    "allow_persistent_secrets": False,
}
_SQL_TYPES = {
    pa.bool_(): "BOOLEAN",
    pa.int32(): "INTEGER",
    pa.int64(): "BIGINT",
    pa.float64(): "DOUBLE",
    pa.string(): "VARCHAR",
    pa.binary(): "BLOB",
    pa.date32(): "DATE",
    pa.timestamp("us", "UTC"): "TIMESTAMPTZ",
}


class DuckDBEngine:
    """Runs relations in this process; with a `database` file it keeps tables too.

    Every `run` has its own connection, so that threads read at the same time;
    changes are made one after the other. Inside `transaction`, all methods
    called from that thread see the transaction's own changes, results are
    gathered before they are given, and what `materialize` and its like make
    lasts as long as the transaction.

    Parameters
    ----------
    database
        File of the database; made where it is missing. None: nothing is kept.
    read_only
        Open the file for reading only.
    limits
        Memory, threads and temporary directory.

    Raises
    ------
    StoreLockedError
        Another process has the file open for writing.
    StoreError, StoreVersionError
        The file cannot be opened.
    """

    name = "duckdb"

    def __init__(
        self,
        database: Path | None = None,
        *,
        read_only: bool = False,
        limits: Limits | None = None,
    ) -> None:
        self.limits = limits or Limits()
        folder = self.limits.temporary_directory or Path(tempfile.gettempdir())
        spill = folder / f"earthgraph-{uuid.uuid4().hex}"
        self._search_path = SCRATCH if database is None else f"{STORE},{SCRATCH}"
        self._names = itertools.count(1)
        self._sources: dict[str, object] = {}
        self._kinds: dict[str, str] = {}
        self.functions: dict[str, EngineFunction] = {}
        self._idle: list[Session] = []
        self._lock = threading.Lock()
        self._writing = threading.RLock()
        self._threads = OwnThreads()
        self._watcher = Watcher()
        self._own = threading.local()
        with translated():
            self._root = duckdb.connect(":memory:", config=_configuration(self.limits, spill))
            # At the latest when the interpreter ends: an open connection with Python
            # functions would outlive its module and be reported as a leak.
            self._close = weakref.finalize(
                self, _shut, self._root, self._idle, self._threads, spill
            )
            if database is not None:
                statement = statements.attach(database, STORE, read_only=read_only)
                self._root.execute(duckdb_sql(statement))

    # Relations

    def relation(
        self, source: pa.Table | Parts | Sequence[Path], *, name: str | None = None
    ) -> Relation:
        """Bring an Arrow table, a source in parts, or Parquet files in as a relation.

        Nothing is copied: they are read where they are each time an expression
        mentions the relation.

        Raises
        ------
        SourceError
            A Parquet file is missing or broken.
        """
        name = name or self._new_name()
        if isinstance(source, pa.Table | Parts):
            self._sources[name] = (
                source if isinstance(source, pa.Table) else PartsStream(source, self._threads)
            )
            self._kinds[name] = "SOURCE"
            return Relation(name, source.schema)
        return self._create("VIEW", name, statements.read_parquet(source), None)

    def materialize(
        self, query: exp.Query, *, name: str | None = None, control: Control | None = None
    ) -> Relation:
        """Run an expression once and keep its rows as a temporary relation."""
        return self._create("TABLE", name or self._new_name(), query, control)

    def map_batches(
        self,
        query: exp.Query,
        function: Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]],
        schema: pa.Schema,
        *,
        name: str | None = None,
        control: Control | None = None,
    ) -> Relation:
        """Send the rows of an expression through a function of batches, and keep the result."""
        with self.run(query, control=control) as rows:
            return self._keep(function(iter(rows)), schema, name or self._new_name())

    def spatial_join(
        self,
        left: exp.Query,
        right: exp.Query,
        condition: JoinCondition,
        *,
        control: Control | None = None,
    ) -> Relation:
        """Join two expressions with columns ``id``, ``geometry``; see `engine.protocol.Engine`."""

        def rows(query: exp.Query) -> Callable[[], pa.RecordBatchReader]:
            return lambda: self.run(query, control=control)

        pairs = join_batches(
            rows(left), rows(right), condition, limits=self.limits, control=control or Control()
        )
        return self._keep(pairs, pair_schema(condition), self._new_name())

    def drop(self, relation: Relation) -> None:
        """Forget a relation and free what it holds; one that this engine did not make is kept."""
        kind = self._kinds.pop(relation.name, None)
        if kind == "SOURCE":
            self._sources.pop(relation.name, None)
            with self._lock:
                for session in self._idle:
                    session.forget_dropped(self._sources)
        elif kind is not None:
            with self._session() as session, translated():
                table = session.scratch_table(relation.name)
                session.connection.execute(duckdb_sql(statements.drop(kind, table)))

    # Running

    def register(self, functions: Iterable[EngineFunction]) -> None:
        """Make functions callable by name in expressions; a name given again is replaced."""
        with self._lock, translated():
            for function in functions:
                if self.functions.get(function.name) == function:
                    continue
                if function.name in self.functions:
                    self._root.remove_function(function.name)
                self.functions[function.name] = function
                self._root.create_function(
                    function.name,
                    _arrow_call(function, self._threads),
                    [_sql_type(kind) for kind in function.arguments],
                    _sql_type(function.returns),
                    type=PythonUDFType.ARROW,
                    null_handling=FunctionNullHandling.SPECIAL,
                )

    def prepare(self, query: exp.Expr) -> Prepared:
        """Write an expression once, to be run many times with other values."""
        return Prepared(query, duckdb_sql(query), table_names(query), place_names(query))

    def run(
        self,
        query: exp.Query | Prepared,
        *,
        control: Control | None = None,
        values: Mapping[str, object] | None = None,
    ) -> pa.RecordBatchReader:
        """Run an expression and stream its rows as Arrow record batches.

        Raises
        ------
        EngineError
            The expression cannot be run.
        CancelledError, LimitError
            `control` stopped it; memory or disk space ran out.
        """
        batches = self._stream(query, control, values)
        schema = next(batches)
        if self._transaction is not None:
            return pa.Table.from_batches(batches, schema).to_reader()
        return pa.RecordBatchReader.from_batches(schema, batches)

    def operators(
        self, query: exp.Query, *, run: bool = False, control: Control | None = None
    ) -> Operator:
        """Tell how an expression would be run; `run`: run it, and tell what came of it."""
        options = "(ANALYZE, FORMAT json)" if run else "(FORMAT json)"
        statement = statements.explain(duckdb_sql(query), options)
        with self._session() as session, translated(control):
            session.bring(table_names(query), self._sources)
            told = session.execute(statement, self._sources, control)
        return duckdb_operators(told[0][1])

    def write(self, query: exp.Query, path: Path, *, control: Control | None = None) -> int:
        """Write an expression's rows in order as a Parquet folder; return the row count."""
        with replaced_folder(path) as folder:
            statement = statements.copy_to_parquet(query, folder / "part-0.parquet")
            return self.execute(statement, control=control)

    def execute(self, statement: exp.Expr | Prepared, *, control: Control | None = None) -> int:
        """Run a statement that changes tables; return how many rows it changed."""
        with self._writing, self._session() as session, translated(control):
            rows = session.execute(statement, self._sources, control)
        return int(rows[0][0]) if rows and isinstance(rows[0][0], int) else 0

    def rows(self, query: Prepared, values: Mapping[str, object]) -> list[tuple[Any, ...]]:
        """Run an expression that has few rows, without Arrow and without being watched."""
        with self._session() as session, translated():
            session.bring(query.tables, self._sources)
            return session.connection.execute(query.text, values).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make the statements of a ``with`` block one transaction, rolled back on an error.

        Raises
        ------
        EngineError
            The block stands inside another one.
        """
        if self._transaction is not None:
            raise EngineError("A transaction cannot stand inside another one")
        with self._writing, self._session() as session:
            session.begin()
            self._own.session = session
            try:
                yield
            except BaseException:
                session.rollback()
                raise
            else:
                session.commit()
            finally:
                self._own.session = None
                for name in session.temporary:
                    self._kinds.pop(name, None)
                session.drop_temporary()

    @contextmanager
    def without_checkpoints(self) -> Iterator[None]:
        """Let no commit of a ``with`` block rewrite tables, temporary ones included.

        For a few big commits: what they wrote is taken in by the next commit after the
        block, or when the engine is closed.
        """
        name = "checkpoint_threshold"
        self.execute(statements.set_option(name, exp.Literal.string(_NO_CHECKPOINT)))
        try:
            yield
        finally:
            self.execute(statements.reset_option(name))

    def close(self) -> None:
        """Free everything."""
        self._watcher.end()
        self._close()

    # Sessions

    @property
    def _transaction(self) -> Session | None:
        return getattr(self._own, "session", None)

    @contextmanager
    def _session(self) -> Iterator[Session]:
        """Give this thread's transaction, or a connection of its own."""
        if self._transaction is not None:
            yield self._transaction
            return
        with self._lock:
            session = self._idle.pop() if self._idle else None
        if session is None:
            with translated():
                session = Session(self._root.cursor(), self._search_path, self._watcher)
        try:
            yield session
        finally:
            session.forget_dropped(self._sources)
            with self._lock:
                self._idle.append(session)

    def _new_name(self) -> str:
        return f"relation_{next(self._names)}"

    def _stream(
        self,
        query: exp.Query | Prepared,
        control: Control | None,
        values: Mapping[str, object] | None = None,
    ) -> Iterator[Any]:
        """Yield the schema of the result, then its batches."""
        prepared = query if isinstance(query, Prepared) else self.prepare(query)
        with self._session() as session, translated(control):
            session.bring(prepared.tables, self._sources)
            session.bound(control)
            connection = session.connection
            with self._watcher.watching(control, connection.interrupt, connection.query_progress):
                reader = connection.sql(prepared.text, params=values).to_arrow_reader(BATCH_ROWS)
                try:
                    yield reader.schema
                    for batch in reader:
                        if control is not None:
                            control.check()
                        yield batch
                finally:
                    reader.close()

    def _create(self, kind: str, name: str, query: exp.Query, control: Control | None) -> Relation:
        with self._session() as session, translated(control):
            table = session.scratch_table(name)
            session.execute(statements.create(kind, table, query), self._sources, control)
            self._kinds[name] = kind
            if session is self._transaction:
                session.temporary[name] = kind
            return Relation(name, session.schema_of(table))

    def _keep(self, batches: Iterable[pa.RecordBatch], schema: pa.Schema, name: str) -> Relation:
        """Store batches in a temporary table as they come."""
        source = self.relation(schema.empty_table())
        relation = self.materialize(source.select(), name=name)
        try:
            for table in rebatched(batches, schema, lambda: KEPT_ROWS):
                self._sources[source.name] = table
                with self._session() as session, translated():
                    insert = exp.insert(source.select(), session.scratch_table(name))
                    session.execute(insert, self._sources, None)
        except BaseException:
            self.drop(relation)
            raise
        finally:
            self.drop(source)
        return relation


def _configuration(limits: Limits, spill: Path) -> dict[str, Any]:
    config: dict[str, Any] = {**_CONFIG, "temp_directory": str(spill)}
    if limits.memory_bytes is not None:
        config["memory_limit"] = f"{limits.memory_bytes}B"
    if limits.threads is not None:
        config["threads"] = limits.threads
    return config


def _shut(
    root: duckdb.DuckDBPyConnection, idle: list[Session], threads: OwnThreads, spill: Path
) -> None:
    for session in idle:
        session.connection.close()
    idle.clear()
    root.close()
    threads.close()
    shutil.rmtree(spill, ignore_errors=True)


def _sql_type(kind: pa.DataType) -> str:
    if pa.types.is_list(kind):
        return f"{_sql_type(kind.value_type)}[]"
    if pa.types.is_struct(kind):
        return f"STRUCT({', '.join(f'{field.name} {_sql_type(field.type)}' for field in kind)})"
    return _SQL_TYPES[kind]


def _arrow_call(function: EngineFunction, threads: OwnThreads) -> Callable[..., pa.Array]:
    """Give a function of chunked arrays as DuckDB wants it."""
    call = threads.calling(carried(function.call))

    def arrow_call(*arguments: pa.ChunkedArray) -> pa.Array:
        result = call(*(_one_array(argument) for argument in arguments))
        return _one_array(result).cast(function.returns)

    # DuckDB counts the parameters of the signature, and *arguments is one
    arrow_call.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter(f"argument{number}", inspect.Parameter.POSITIONAL_ONLY)
            for number in range(len(function.arguments))
        ]
    )
    return arrow_call


def _one_array(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
