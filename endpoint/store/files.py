"""The files of a store, and the arrangement that lets readers read while one process writes.

::

    store.duckdb      the published state: readers open it, nobody ever changes it
    writing.duckdb    the writer's working copy, from opening to closing
    writer.lock       locked by the writer as long as it lives
    parquet/          the published state as Parquet, by data version

DuckDB lets either one process write to a file or many read it, not both. So the
writer works on a copy and puts it in the place of the published file when it is
done: readers that have the old one open keep it. A writer that dies leaves its
working copy, whose last commit is kept by whoever opens the store next.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO

from geosparql.errors import StoreError, StoreLockedError

PUBLISHED = "store.duckdb"
WORKING = "writing.duckdb"
PARQUET = "parquet"
_LOCK = "writer.lock"
_WRITE_AHEAD = ".wal"
_PARTIAL = ".partial"
_LOGGED = ".logged"
_PARTS = (WORKING + _PARTIAL, PUBLISHED + _PARTIAL, PUBLISHED + _LOGGED)


def is_store(path: Path) -> bool:
    """Tell whether a directory holds a store with a committed state."""
    return (path / PUBLISHED).exists() or (path / WORKING).exists()


def make_directory(path: Path, *, create: bool) -> None:
    """Make a directory for a new store.

    Raises
    ------
    StoreError
        It is not to be made, holds other files or cannot be made.
    """
    if not create:
        raise StoreError("There is no store", where=str(path), hint="Load something into it first")
    strangers = [name for name in _entries(path) if name not in (_LOCK, *_PARTS)]
    if strangers:
        raise StoreError(
            "The directory holds other files, so no store is made in it", where=str(path),
            value=strangers[0], hint="Name a new or an empty directory",
        )  # fmt: skip
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"The store cannot be made: {error.strerror}", where=str(path)) from error


def _entries(path: Path) -> list[str]:
    try:
        return sorted(entry.name for entry in path.iterdir())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise StoreError(f"The store cannot be made: {error.strerror}", where=str(path)) from error


def lock_writer(path: Path) -> IO[bytes]:
    """Become the writer of a store until the given file is closed, at the latest when we die.

    Raises
    ------
    StoreLockedError
        Another process, or another `Store` of this one, is the writer.
    StoreError
        The directory cannot be written to.
    """
    import fcntl  # POSIX only: imported where a store is written

    try:
        file = (path / _LOCK).open("ab")
    except OSError as error:
        raise StoreError(
            f"The store cannot be written: {error.strerror}", where=str(path)
        ) from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        raise StoreLockedError(
            "Another process is writing to the store", where=str(path),
            hint="Wait for it to end, or open the store for reading",
        ) from error  # fmt: skip
    return file


def begin_working(path: Path) -> Path:
    """Give the working copy: that of a writer that died, else one of the published state."""
    published, working = path / PUBLISHED, path / WORKING
    if not working.exists():
        (path / (WORKING + _WRITE_AHEAD)).unlink(missing_ok=True)
        if published.exists():
            _copy(published, working)
    return working


def publish_working(path: Path) -> None:
    """Put the closed working copy in the place of the published state, at once."""
    working = path / WORKING
    if working.with_name(WORKING + _WRITE_AHEAD).exists():
        raise StoreError(
            "The store was closed while an answer was being read, so nothing was published",
            where=str(working), hint="Whoever opens the store next publishes its last commit",
        )  # fmt: skip
    os.replace(working, path / PUBLISHED)
    _to_disk(path)


def publish_copy(path: Path, recover: Callable[[Path], object]) -> None:
    """Publish a copy of the working copy, which must not change meanwhile; see `copy_store`."""
    copy_store(path / WORKING, path, recover)


def copy_store(source: Path, path: Path, recover: Callable[[Path], object]) -> None:
    """Make a state of a store, which does not change meanwhile, the published one of another.

    Where part of it stands in a write-ahead log yet, because queries being read keep
    the database from taking it in, `recover` opens the copy and closes it again.
    """
    log = source.with_name(source.name + _WRITE_AHEAD)
    target = path / PUBLISHED
    if not log.exists():
        _copy(source, target)
        return
    whole = path / (PUBLISHED + _LOGGED)
    whole_log = whole.with_name(whole.name + _WRITE_AHEAD)
    try:
        _copy(source, whole)
        _copy(log, whole_log)
        recover(whole)
        _to_disk(whole)
        os.replace(whole, target)
        _to_disk(path)
    finally:
        whole.unlink(missing_ok=True)
        whole_log.unlink(missing_ok=True)


def discard_working(path: Path) -> None:
    """Drop the closed working copy: nothing was changed."""
    for name in (WORKING, WORKING + _WRITE_AHEAD):
        (path / name).unlink(missing_ok=True)


def keep_orphan(path: Path, recover: Callable[[Path], bool]) -> None:
    """Publish what a writer that died has committed; nothing where one is alive or we may not.

    `recover` opens the working copy and closes it again, which brings it to its last
    commit, and tells whether there ever was one.
    """
    if not (path / WORKING).exists():
        return
    with suppress(StoreError), lock_writer(path):
        if not (path / WORKING).exists():
            return
        if recover(path / WORKING):
            publish_working(path)
        else:
            discard_working(path)


def _copy(source: Path, target: Path) -> None:
    """Copy a file so that the target is there as a whole or not at all."""
    partial = target.with_name(target.name + _PARTIAL)
    try:
        shutil.copyfile(source, partial)
        _to_disk(partial)
        os.replace(partial, target)
        _to_disk(target.parent)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise StoreError(
            f"The store cannot be copied: {error.strerror}", where=str(source),
            hint="Writing needs as much free space as the store takes",
        ) from error  # fmt: skip


def _to_disk(path: Path) -> None:
    """Have the system write a file or a directory's entries to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
