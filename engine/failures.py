"""Errors that cross an engine: ours come back as themselves, the engine's own become ours.

A Python function that runs inside an engine (a registered function, the reader
of a source in parts, a function of batches) may raise. Engines keep only the
text of such an error, so `carried` writes the parts of ours into the text and
`failure` reads them back.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Generator, Iterator
from typing import Any, NamedTuple, ParamSpec, TypeVar

from geosparql import errors
from geosparql.errors import (
    CancelledError,
    EarthgraphError,
    EngineError,
    LimitError,
    SourceError,
    StoreError,
    StoreLockedError,
    StoreVersionError,
)

_BEGIN, _END = "earthgraph-error<<", ">>earthgraph-error"
_CARRIED = re.compile(re.escape(_BEGIN) + r"(.*?)" + re.escape(_END), re.DOTALL)

P = ParamSpec("P")
T = TypeVar("T")


class CarriedError(RuntimeError):
    """One of our errors as text, on its way out of an engine."""


def _carried(error: EarthgraphError) -> CarriedError:
    parts = [type(error).__name__, error.what, error.where, error.value, error.hint]
    # Hexadecimal: engines escape, wrap and translate the text of an error.
    return CarriedError(_BEGIN + json.dumps(parts).encode().hex() + _END)


def carried(function: Callable[P, T]) -> Callable[P, T]:
    """Wrap a function so that errors of ours survive the engine that calls it."""

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(*args, **kwargs)
        except EarthgraphError as error:
            raise _carried(error) from error

    return call


def carried_batches(
    function: Callable[..., Iterator[T]],
) -> Callable[..., Generator[T, None, None]]:
    """Do what `carried` does for a generator function."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Generator[T, None, None]:
        try:
            yield from function(*args, **kwargs)
        except EarthgraphError as error:
            raise _carried(error) from error

    return call


def revived(text: str) -> EarthgraphError | None:
    """Give the error of ours that the text of an engine's error carries, if it does."""
    found = _CARRIED.search(text)
    if found is None:
        return None
    name, what, where, value, hint = json.loads(bytes.fromhex(found[1]))
    error: EarthgraphError = getattr(errors, name)(what, where=where, value=value, hint=hint)
    return error


class Failure(NamedTuple):
    """One row of a table of failures: a pattern of an engine's text, and our error for it."""

    text: str
    error: type[EarthgraphError]
    what: str
    hint: str | None = None


# Rows are tried in order. DuckDB's texts begin with the kind of error.
DUCKDB_FAILURES = (
    Failure("^INTERRUPT Error", CancelledError, "The work was cancelled"),
    Failure(
        "max_temp_directory_size|No space left",
        LimitError,
        "The disk space ran out",
        "Make room, or give a temporary directory with more space",
    ),
    Failure(
        "^Out of Memory Error",
        LimitError,
        "The memory limit was reached",
        "Raise the memory limit or narrow the work",
    ),
    Failure(
        "maximum total string size",
        LimitError,
        "The geometries or texts of one batch of rows are too large together",
        "Narrow the work, or simplify what is large",
    ),
    Failure(
        "^IO Error: Could not set lock",
        StoreLockedError,
        "Another process has the database open",
        "Wait for it, or stop it",
    ),
    Failure(
        "^IO Error.*(newer version|storage version)",
        StoreVersionError,
        "The database was written by a newer version",
        "Update earthgraph",
    ),
    Failure("^IO Error: No files found", SourceError, "There is no such file"),
    Failure(r"^(IO|Invalid Input) Error.*\.parquet", SourceError, "A Parquet file cannot be read"),
    Failure("^IO Error", StoreError, "A file cannot be read or written"),
    Failure(
        "^Serialization Error|[Cc]orrupt database file",
        StoreError,
        "The database file is damaged",
        "Restore it from a backup",
    ),
    Failure("^TransactionContext Error", StoreError, "The change conflicts with another one"),
)
SPARK_FAILURES = (
    Failure(
        "OutOfMemoryError|ExecutorLostFailure|exited unexpectedly",
        LimitError,
        "A Spark worker ran out of memory",
        "Raise the memory limit or narrow the work",
    ),
    Failure("No space left", LimitError, "The disk of a Spark worker is full", "Make room"),
    Failure("JOB_CANCELLED|OPERATION_CANCELED", CancelledError, "The work was cancelled"),
    Failure("PATH_NOT_FOUND", SourceError, "There is no such file"),
    Failure(
        "FAILED_READ_FILE|CANNOT_READ_FILE|is not a Parquet file",
        SourceError,
        "A Parquet file cannot be read",
    ),
)


def failure(text: str, table: tuple[Failure, ...], engine: str) -> EarthgraphError:
    """Translate the text of an engine's error; where it is not ours it becomes the value."""
    ours = revived(text)
    if ours is not None:
        return ours
    for row in table:
        if re.search(row.text, text):
            return row.error(row.what, value=text, hint=row.hint)
    first_line = text.strip().split("\n", 1)[0]
    return EngineError(f"{engine} could not run this: {first_line}")
