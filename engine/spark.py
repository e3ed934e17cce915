"""Spark: local, on a cluster, or through Spark Connect.

Functions and sources run in Python workers beside the executors, so earthgraph
must be installed there too. For ``local[…]``, and for workers on this machine
that run in this environment, it is.
"""

from __future__ import annotations

import itertools
import os
import shutil
import sys
import tempfile
import time
import uuid
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from sqlglot import exp

from engine import statements
from engine.dialect import spark_sql
from engine.failures import SPARK_FAILURES, carried, carried_batches, failure
from engine.folders import replaced_folder
from engine.java import require_java
from engine.operators import Operator
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
from engine.spark_join import Cluster, found_pairs
from engine.spatial_join import tell_left_out
from engine.watch import Watcher
from geosparql.errors import EngineUnavailableError

try:
    from py4j.protocol import Py4JError  # type: ignore[import-untyped]
    from pyspark.errors import PySparkException
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.functions import arrow_udf  # type: ignore[attr-defined]
    from pyspark.sql.pandas.types import from_arrow_schema, from_arrow_type, to_arrow_schema
except ImportError as error:
    raise EngineUnavailableError(
        "Spark needs the package pyspark", hint="pip install 'earthgraph[spark]'"
    ) from error

LOCAL = "local[*]"
BATCH_ROWS = 65_536
BATCH_BYTES = 64 << 20
DEFAULT_MEMORY_BYTES = 2 << 30

# What fails in a task comes back as an error: its stack trace on the screen helps nobody.
# The gateway's level, where none is set, is put to WARN, with two lines that say so.
_LOGGING = """
rootLogger.level = error
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = %d{HH:mm:ss} %p %c{1}: %m%n
logger.executor.name = org.apache.spark.executor.Executor
logger.executor.level = off
logger.tasks.name = org.apache.spark.scheduler.TaskSetManager
logger.tasks.level = off
logger.gateway.name = org.apache.spark.api.python.PythonGatewayServer
logger.gateway.level = error
"""
_SETTINGS = {
    "spark.app.name": "earthgraph",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.catalogImplementation": "in-memory",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    # A kept frame holds on to constraints on columns that it no longer has; a union then fails.
    "spark.sql.constraintPropagation.enabled": "false",
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.execution.arrow.maxBytesPerBatch": str(BATCH_BYTES),
    "spark.sql.execution.pythonUDF.arrow.enabled": "true",
    "spark.sql.parquet.compression.codec": "zstd",
    "spark.connect.progress.reportInterval": "200ms",
}


class SparkEngine:
    """Runs relations on Spark.

    A session that is already there (a notebook's, another engine's) is shared:
    this engine then has its own names in it and leaves it running.

    Parameters
    ----------
    master
        ``local[*]`` (the default), ``local[2]`` …, ``spark://host:port``, another
        master that Spark knows, or a Spark Connect URL ``sc://host:port``.
    limits
        `memory_bytes` bounds the driver, which in local mode does all the work,
        and each executor of a cluster.

    Raises
    ------
    EngineUnavailableError
        Java, pyspark or the cluster is missing.
    """

    name = "spark"

    def __init__(self, master: str | None = None, *, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        master = master or LOCAL
        folder = self.limits.temporary_directory or Path(tempfile.gettempdir())
        scratch = folder / f"earthgraph-{uuid.uuid4().hex}"
        self._names = itertools.count(1)
        self._relations: set[str] = set()
        self._kept: set[str] = set()  # of these, what is stored somewhere: cheap to read again
        self.functions: dict[str, EngineFunction] = {}
        self._watcher = Watcher()
        self._session, owned = _open_session(master, self.limits, scratch)
        self._connected = _is_connected(self._session)
        self._connect_percent = -1.0
        if self._connected:
            self._session.registerProgressHandler(self._note_stages)  # type: ignore[arg-type]
        self._close = weakref.finalize(self, _shut, self._session, owned, scratch)

    # Relations

    def relation(
        self, source: pa.Table | Parts | Sequence[Path], *, name: str | None = None
    ) -> Relation:
        """Bring an Arrow table, a source in parts, or Parquet files in as a relation.

        Files, and what parts name, must be readable by all workers under the same path.

        Raises
        ------
        SourceError
            A Parquet file is missing or broken.
        """
        with _translated():
            if isinstance(source, pa.Table):
                # Spark Connect infers no schema where there are no rows.
                schema = None if len(source) else from_arrow_schema(source.schema)
                frame = self._session.createDataFrame(source, schema)
            elif isinstance(source, Parts):
                frame = self._of_parts(source)
            else:
                paths = [str(path.resolve()) for path in source]
                frame = self._session.read.parquet(*paths)
            return self._named(frame, name, kept=not isinstance(source, Parts))

    def _of_parts(self, source: Parts) -> DataFrame:
        parts, read, here = list(source.parts), source.read, Path.cwd()

        @carried_batches
        def read_parts(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            if here.is_dir():
                os.chdir(here)  # so that relative paths mean to a worker what they mean here
            for batch in batches:
                for number in batch.column(0).to_pylist():
                    yield from read(parts[number])

        numbers = self._session.range(0, len(parts), 1, max(1, len(parts)))
        return numbers.mapInArrow(read_parts, from_arrow_schema(source.schema))

    def materialize(
        self, query: exp.Query, *, name: str | None = None, control: Control | None = None
    ) -> Relation:
        """Run an expression once and keep its rows as a temporary relation, on the executors."""
        with self._controlled(control):
            return self._named(self._frame(query).localCheckpoint(eager=True), name, kept=True)

    def map_batches(
        self,
        query: exp.Query,
        function: Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]],
        schema: pa.Schema,
        *,
        name: str | None = None,
        control: Control | None = None,
    ) -> Relation:
        """Send the rows of an expression through a function of batches, and keep the result.

        The function runs once for each partition of the rows.
        """
        with self._controlled(control):
            mapped = self._frame(query).mapInArrow(
                carried_batches(function), from_arrow_schema(schema)
            )
            return self._named(mapped.localCheckpoint(eager=True), name, kept=True)

    def spatial_join(
        self,
        left: exp.Query,
        right: exp.Query,
        condition: JoinCondition,
        *,
        control: Control | None = None,
    ) -> Relation:
        """Join two expressions with columns ``id``, ``geometry``; see `engine.protocol.Engine`."""
        with self._controlled(control):
            least_tiles = int(self._session.conf.get("spark.sql.shuffle.partitions") or 1)
            cluster = Cluster(from_arrow_schema, least_tiles)
            found, unusable = found_pairs(self._side(left), self._side(right), condition, cluster)
            found = found.localCheckpoint(eager=True)
            left_out = found.agg({"undecided": "sum", "unusable": "sum"}).toArrow().to_pylist()[0]
            unusable += left_out["sum(unusable)"] or 0
            tell_left_out(control or Control(), left_out["sum(undecided)"] or 0, unusable)
            pairs = found.where("left_id IS NOT NULL").drop("undecided", "unusable")
            return self._named(pairs, None, kept=True)

    def _side(self, query: exp.Query) -> DataFrame:
        """Give one side of a join, kept on the executors where it would be costly to run again."""
        frame = self._frame(query).selectExpr(
            "CAST(id AS BIGINT) AS id", "CAST(geometry AS BINARY) AS geometry"
        )
        tables = {table.name for table in query.find_all(exp.Table)}
        costly = query.find(exp.Func, exp.Join, exp.Where, exp.SetOperation) is not None
        return frame.localCheckpoint(eager=True) if costly or tables - self._kept else frame

    def drop(self, relation: Relation) -> None:
        """Forget a relation and free what it holds; one that this engine did not make is kept."""
        if relation.name in self._relations:
            self._relations.remove(relation.name)
            self._kept.discard(relation.name)
            with _translated():
                self._session.catalog.dropTempView(relation.name)

    # Running

    def register(self, functions: Iterable[EngineFunction]) -> None:
        """Make functions callable by name in expressions; a name given again is replaced."""
        for function in functions:
            if self.functions.get(function.name) == function:
                continue
            self.functions[function.name] = function
            with _translated():
                udf = arrow_udf(_arrow_call(function), from_arrow_type(function.returns))
                self._session.udf.register(function.name, udf)

    def prepare(self, query: exp.Expr) -> Prepared:
        """Give an expression to be run many times with other values."""
        return Prepared(query, spark_sql(query), table_names(query), place_names(query))

    def run(
        self,
        query: exp.Query | Prepared,
        *,
        control: Control | None = None,
        values: Mapping[str, object] | None = None,
    ) -> pa.RecordBatchReader:
        """Run an expression; its rows are gathered in this process before the first is given.

        Raises
        ------
        EngineError
            The expression cannot be run.
        CancelledError, LimitError
            `control` stopped it; memory or disk space ran out.
        """
        tree = query.query if isinstance(query, Prepared) else query
        assert isinstance(tree, exp.Query)  # what changes tables is for engines that keep them
        with self._controlled(control):
            table = self._frame(statements.filled(tree, values or {})).toArrow()
        return table.to_reader(BATCH_ROWS)

    def operators(
        self, query: exp.Query, *, run: bool = False, control: Control | None = None
    ) -> Operator:
        """Tell how an expression would be run, in Spark's words; `run`: and how long that took."""
        with self._controlled(control):
            statement = statements.explain(spark_sql(query), "FORMATTED")
            frame = self._session.sql(statement.sql(dialect="spark"))
            words = {"plan": str(frame.collect()[0][0])}
            started = time.perf_counter()
            rows = self._frame(query).toArrow().num_rows if run else None
        return Operator("Spark", words, None, rows, time.perf_counter() - started if run else None)

    def write(self, query: exp.Query, path: Path, *, control: Control | None = None) -> int:
        """Write an expression's rows as a Parquet folder; return the row count.

        `path` must be one that this process and all workers share.
        """
        with replaced_folder(path.resolve()) as folder:
            with self._controlled(control):
                self._frame(query).write.mode("overwrite").parquet(str(folder))
            return sum(pq.read_metadata(part).num_rows for part in folder.glob("*.parquet"))

    def close(self) -> None:
        """Free everything."""
        self._close()

    def _frame(self, query: exp.Query) -> DataFrame:
        return self._session.sql(spark_sql(query))

    def _named(self, frame: DataFrame, name: str | None, *, kept: bool) -> Relation:
        name = name or f"relation_{next(self._names)}"
        frame.createOrReplaceTempView(name)
        self._relations.add(name)
        (self._kept.add if kept else self._kept.discard)(name)
        return Relation(name, to_arrow_schema(frame.schema, timezone="UTC"))

    @contextmanager
    def _controlled(self, control: Control | None) -> Iterator[None]:
        """Let `control` stop the jobs of a block, and translate errors."""
        with _translated(control):
            if control is None:
                yield
                return
            control.check()
            with (
                self._grouped() as interrupt,
                self._watcher.watching(control, interrupt, self._percent),
            ):
                yield

    @contextmanager
    def _grouped(self) -> Iterator[Callable[[], object]]:
        """Mark the jobs that a block starts; give what stops them."""
        mark = uuid.uuid4().hex
        if self._connected:
            self._session.addTag(mark)
            try:
                yield lambda: self._session.interruptTag(mark)
            finally:
                self._session.removeTag(mark)
            return
        context = self._session.sparkContext
        # Tags of a session do not reach the jobs of toArrow; those of a group do.
        context.setJobGroup(mark, "earthgraph", interruptOnCancel=True)
        try:
            yield lambda: context.cancelJobGroup(mark)
        finally:
            context.setLocalProperty("spark.jobGroup.id", None)  # type: ignore[arg-type]

    def _percent(self) -> float:
        """Give the share of the tasks that are done in the stages that run."""
        if self._connected:
            return self._connect_percent
        tracker = self._session.sparkContext.statusTracker()
        stages = [tracker.getStageInfo(stage) for stage in tracker.getActiveStageIds()]
        total = sum(stage.numTasks for stage in stages if stage)
        done = sum(stage.numCompletedTasks for stage in stages if stage)
        return 100.0 * done / total if total else -1.0

    def _note_stages(self, stages: Iterable[Any] | None, **_rest: object) -> None:
        """Take what Spark Connect tells of the stages that run (a `ProgressHandler`)."""
        known = list(stages or ())
        total = sum(stage.num_tasks for stage in known)
        done = sum(stage.num_completed_tasks for stage in known)
        self._connect_percent = 100.0 * done / total if total else -1.0


@contextmanager
def _translated(control: Control | None = None) -> Iterator[None]:
    """Turn errors of Spark into ours; one that `control` caused into what it says."""
    try:
        yield
    except (PySparkException, Py4JError) as error:
        if control is not None:
            control.check()
        raise failure(str(error), SPARK_FAILURES, "Spark") from error


def _arrow_call(function: EngineFunction) -> Callable[..., pa.Array]:
    """Give a function with its arguments cast to its types, as Spark wants it."""
    call = carried(function.call)
    arguments, returns = function.arguments, function.returns

    def arrow_call(*given: pa.Array) -> pa.Array:
        cast = (array.cast(kind) for array, kind in zip(given, arguments, strict=True))
        result = call(*cast)
        if isinstance(result, pa.ChunkedArray):
            result = result.combine_chunks()
        return result.cast(returns)

    return arrow_call


def _open_session(master: str, limits: Limits, scratch: Path) -> tuple[SparkSession, bool]:
    """Start a session, or share the one there is; tell whether it was started."""
    if master.startswith("sc://"):
        return _configured(_connect(master)), True
    running = SparkSession.getActiveSession()
    if running is None:
        require_java()
        return _start_session(master, limits, scratch), True
    connected = _is_connected(running)
    there = "Spark Connect" if connected else running.sparkContext.master
    if there != master != LOCAL:
        raise EngineUnavailableError(
            "Another Spark session runs in this process",
            value=there,
            hint="Stop it first, or leave out the master to share it",
        )
    shared = running.newSession()
    return (_configured(shared), True) if connected else (shared, False)


def _is_connected(session: SparkSession) -> bool:
    """Tell a session of Spark Connect: its class has the other's methods, but no ancestor."""
    return type(session).__module__.startswith("pyspark.sql.connect")


def _connect(url: str) -> SparkSession:
    try:
        with _translated():
            return SparkSession.builder.remote(url).create()
    except ImportError as error:
        raise EngineUnavailableError(
            "Spark Connect needs more packages", hint="pip install 'earthgraph[spark-connect]'"
        ) from error


def _configured(session: SparkSession) -> SparkSession:
    """Give a session of a server that others started the settings that may still be changed."""
    for name, value in _SETTINGS.items():
        if session.conf.isModifiable(name):
            session.conf.set(name, value)
    return session


def _start_session(master: str, limits: Limits, scratch: Path) -> SparkSession:
    scratch.mkdir(parents=True)
    (scratch / "log4j2.properties").write_text(_LOGGING)
    builder = SparkSession.builder.master(master)
    for name, value in _settings(master, limits, scratch).items():
        builder = builder.config(name, value)
    with _translated():
        return builder.getOrCreate()


def _settings(master: str, limits: Limits, scratch: Path) -> dict[str, str]:
    memory = f"{(limits.memory_bytes or DEFAULT_MEMORY_BYTES) >> 20}m"
    settings = {
        **_SETTINGS,
        "spark.driver.extraJavaOptions": f"-Dlog4j2.configurationFile={scratch}/log4j2.properties",
        "spark.local.dir": str(scratch),
        "spark.sql.warehouse.dir": str(scratch / "warehouse"),
        "spark.pyspark.python": sys.executable,
        "spark.driver.memory": memory,
        "spark.executor.memory": memory,
    }
    if master.startswith("local") or "//127.0.0.1:" in master or "//localhost:" in master:
        settings["spark.driver.host"] = settings["spark.driver.bindAddress"] = "127.0.0.1"
        # Workers on this machine import from where this process does, a source tree included.
        settings["spark.executorEnv.PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
    if master.startswith("local"):
        cores = limits.threads or os.cpu_count() or 1
        settings["spark.sql.shuffle.partitions"] = str(2 * cores)
    return settings


def _shut(session: SparkSession, owned: bool, scratch: Path) -> None:
    if owned:
        session.stop()
    shutil.rmtree(scratch, ignore_errors=True)
