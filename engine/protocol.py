"""What an engine is: the few methods behind which relations run on DuckDB or on Spark.

A relation is a named table, view or data frame inside one engine. Work is
described by `sqlglot` expression trees over relation names and runs to Arrow
record batches. Geometry columns are EWKB (`pyarrow.binary`), whose SRID is the
number that `geosparql.crs` gives the CRS; x/y order is always easting/longitude
first. Functions are called by name (``geof_sf_intersects(a, b)``).
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

import pyarrow as pa
from sqlglot import exp

from engine.operators import Operator
from geosparql.errors import CancelledError, LimitError


@dataclass(frozen=True, slots=True)
class Relation:
    """A named relation inside an engine, and its Arrow schema."""

    name: str
    schema: pa.Schema

    @property
    def columns(self) -> tuple[str, ...]:
        """Column names, in order."""
        return tuple(self.schema.names)

    def table(self, alias: str | None = None) -> exp.Table:
        """Give the relation as an expression to stand in a FROM clause."""
        return exp.table_(self.name, alias=alias)

    def select(self, *columns: str) -> exp.Select:
        """Give ``SELECT columns FROM relation``; every column where none is named."""
        names = columns or self.columns
        return exp.select(*(exp.column(name, quoted=True) for name in names)).from_(self.table())


@dataclass(frozen=True, slots=True)
class Prepared:
    """What an engine wrote as `text` once; its `exp.Placeholder` nodes await values."""

    query: exp.Expr
    text: str
    tables: frozenset[str]
    places: frozenset[str]


def place_names(tree: exp.Expr) -> frozenset[str]:
    """Give the names of a tree's placeholders."""
    return frozenset(place.name for place in tree.find_all(exp.Placeholder))


def table_names(tree: exp.Expr) -> frozenset[str]:
    """Give the names of the tables and relations that a tree mentions."""
    return frozenset(table.name for table in tree.find_all(exp.Table))


@dataclass(frozen=True, slots=True)
class Parts:
    """A source read in parts: locally one after the other, on Spark one task a part.

    `read` turns one part into record batches of `schema`. It and the parts are
    pickled to Spark workers, so it must be importable there and must open what
    it reads itself.
    """

    schema: pa.Schema
    parts: Sequence[Any]
    read: Callable[[Any], Iterator[pa.RecordBatch]]


@dataclass(frozen=True, slots=True)
class EngineFunction:
    """A function of Arrow arrays that expressions may call by `name`.

    Arguments and result have equal length; a null argument reaches `call` as a
    null, and `call` returns null where it has no answer. It never raises for a
    bad value in a row.
    """

    name: str
    call: Callable[..., pa.Array]
    arguments: tuple[pa.DataType, ...]
    returns: pa.DataType


SHORTCUTS = ("extents", "locations", "patterns", "prepared")
"""What spares a join of related geometries work; without them the pairs are the same.

``extents``: pairs whose octagons are apart do not meet. ``locations``: where the ends of a
line or a point lie decides its matrix with an area. ``patterns``: frequent matrices are
asked for as patterns, which threads do at once. ``prepared``: geometries with many pairs
and vertices are prepared.
"""


@dataclass(frozen=True, slots=True)
class Related:
    """Join where any of these relations holds, by name (``sf_intersects``, ``eh_meet`` …).

    Pairs come with the DE-9IM `matrix` of (left, right) when `with_matrix`. They come with
    `relations` when `with_relations`: a number whose bit i says that the i-th of `relations`
    holds, which is found faster than matrices. `shortcuts` are some of `SHORTCUTS`.
    """

    relations: tuple[str, ...]
    with_matrix: bool = False
    with_relations: bool = False
    shortcuts: tuple[str, ...] = SHORTCUTS


@dataclass(frozen=True, slots=True)
class WithinDistance:
    """Join where the distance is at most `distance`, in metres or in CRS units.

    Metres are geodesic on a geographic CRS. Pairs come with their `distance` in
    the same unit.
    """

    distance: float
    unit: Literal["metre", "crs"] = "metre"


@dataclass(frozen=True, slots=True)
class Nearest:
    """Join each left geometry with its `k` nearest right ones; equal distances by right id.

    Pairs come with their `distance`; farther than `max_distance` nothing is near.
    """

    k: int
    unit: Literal["metre", "crs"] = "metre"
    max_distance: float | None = None


JoinCondition = Related | WithinDistance | Nearest


@dataclass(frozen=True, slots=True)
class Limits:
    """What an engine may use. None leaves the engine's own default."""

    memory_bytes: int | None = None
    threads: int | None = None
    temporary_directory: Path | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a piece of work is: `done` of `total` in `unit` (total None: not known)."""

    stage: str
    done: int
    total: int | None = None
    unit: str = "rows"


@dataclass(slots=True)
class Control:
    """How a caller steers a running piece of work: cancel it, bound it, watch it.

    `memory_bytes` is what its sorts, joins and groups may hold before they go to disk
    (Spark has its own way). `progress` and `warning` may be called from another thread
    than the caller's. `counts` gathers what steps did, by name: a spatial join's
    candidates and what each of its `SHORTCUTS` spared.
    """

    cancelled: threading.Event = field(default_factory=threading.Event)
    deadline: float | None = None  # of time.monotonic()
    progress: Callable[[Progress], None] | None = None
    warning: Callable[[str], None] | None = None
    memory_bytes: int | None = None
    counts: Counter[str] = field(default_factory=Counter)

    def check(self) -> None:
        """Raise CancelledError or LimitError where the work must stop."""
        if self.cancelled.is_set():
            raise CancelledError("The work was cancelled")
        if self.deadline is not None and time.monotonic() > self.deadline:
            raise LimitError("The time limit has passed", hint="Narrow the work or raise the limit")

    def report(self, stage: str, done: int, total: int | None = None, unit: str = "rows") -> None:
        """Tell the watcher, if there is one."""
        if self.progress is not None:
            self.progress(Progress(stage, done, total, unit))

    def warn(self, text: str) -> None:
        """Tell what was left out; where nobody listens it goes to the log."""
        if self.warning is not None:
            self.warning(text)
        else:
            logging.getLogger("earthgraph").warning(text)


class Engine(Protocol):
    """Runs relations. Implementations: `engine.duckdb.DuckDBEngine`, `engine.spark.SparkEngine`."""

    name: str

    @property
    def functions(self) -> Mapping[str, EngineFunction]:
        """What is registered, by name."""
        ...

    def relation(
        self, source: pa.Table | Parts | Sequence[Path], *, name: str | None = None
    ) -> Relation:
        """Bring an Arrow table, a source in parts, or Parquet files in as a relation."""
        ...

    def register(self, functions: Iterable[EngineFunction]) -> None:
        """Make functions callable by name in expressions; registering a name again is no error."""
        ...

    def prepare(self, query: exp.Expr) -> Prepared:
        """Write an expression once, to be run many times with other values."""
        ...

    def run(
        self,
        query: exp.Query | Prepared,
        *,
        control: Control | None = None,
        values: Mapping[str, object] | None = None,
    ) -> pa.RecordBatchReader:
        """Run an expression and stream its rows as Arrow record batches.

        `values` are those of the expression's `exp.Placeholder` nodes, by name: integers,
        doubles, strings, bytes, and lists of integers.
        """
        ...

    def materialize(
        self, query: exp.Query, *, name: str | None = None, control: Control | None = None
    ) -> Relation:
        """Run an expression once and keep its rows as a temporary relation."""
        ...

    def map_batches(
        self,
        query: exp.Query,
        function: Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]],
        schema: pa.Schema,
        *,
        name: str | None = None,
        control: Control | None = None,
    ) -> Relation:
        """Send the rows of an expression through a function of batches (Spark: `mapInArrow`)."""
        ...

    def spatial_join(
        self,
        left: exp.Query,
        right: exp.Query,
        condition: JoinCondition,
        *,
        control: Control | None = None,
    ) -> Relation:
        """Join two expressions with columns ``id`` (int64) and ``geometry`` (EWKB).

        Returns a relation ``left_id``, ``right_id`` and ``matrix`` or ``distance``
        as the condition says: exactly the pairs brute force would find, each once.
        Null, unreadable and empty geometries join with nothing (an empty geometry
        relates to nothing but by disjointness). Mixed CRS: the right side is
        transformed to the left one's.
        """
        ...

    def operators(
        self, query: exp.Query, *, run: bool = False, control: Control | None = None
    ) -> Operator:
        """Tell how an expression would be run; `run`: run it, and tell what came of it."""
        ...

    def write(self, query: exp.Query, path: Path, *, control: Control | None = None) -> int:
        """Write an expression's rows as a Parquet folder; return the row count."""
        ...

    def drop(self, relation: Relation) -> None:
        """Forget a relation and free what it holds."""
        ...

    def close(self) -> None:
        """Free everything."""
        ...


class DatabaseEngine(Engine, Protocol):
    """An engine that also keeps tables on disk and changes them (DuckDB)."""

    def execute(self, statement: exp.Expr | Prepared, *, control: Control | None = None) -> int:
        """Run a statement that changes tables (CREATE, INSERT, DELETE, DROP …); rows changed."""
        ...

    def rows(self, query: Prepared, values: Mapping[str, object]) -> list[tuple[Any, ...]]:
        """Run an expression that has few rows: half the time of `run` for a single one."""
        ...

    def transaction(self) -> AbstractContextManager[None]:
        """Make the statements of a ``with`` block one transaction, rolled back on an error."""
        ...

    def without_checkpoints(self) -> AbstractContextManager[None]:
        """Let no commit of a ``with`` block rewrite tables: for a few big ones."""
        ...
