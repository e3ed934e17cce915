"""Parquet folders: written beside, then put in place, and never over a stranger's files."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from geosparql.errors import StoreError

_OURS = (".parquet", ".crc")


def _check_replaceable(path: Path) -> None:
    """Refuse a path that is a file, or a folder that holds anything but Parquet parts."""
    if path.is_file():
        raise StoreError("A file stands where a Parquet folder should be written", value=path)
    strangers = (
        entry.name
        for entry in (path.iterdir() if path.is_dir() else ())
        if entry.suffix not in _OURS and entry.name != "_SUCCESS"
    )
    stranger = next(strangers, None)
    if stranger is not None:
        raise StoreError(
            "The folder holds files that are not Parquet parts, so it is not replaced",
            where=str(path),
            value=stranger,
            hint="Name a new or an empty folder",
        )


@contextmanager
def replaced_folder(path: Path) -> Iterator[Path]:
    """Give a folder to write in; it takes the place of `path` when the block ends well.

    What stood there is moved aside (``.before``) until the new folder has its name,
    so that a process killed at any moment loses neither.

    Raises
    ------
    StoreError
        `path` is a file or a folder with other things in it.
    """
    _check_replaceable(path)
    written, before = (path.with_name(path.name + suffix) for suffix in (".part", ".before"))
    if before.is_dir() and not path.exists():
        before.replace(path)  # a run was killed between the two renames below
    shutil.rmtree(written, ignore_errors=True)
    written.mkdir(parents=True)
    try:
        yield written
        shutil.rmtree(before, ignore_errors=True)
        if path.is_dir():
            path.replace(before)
        written.replace(path)
        shutil.rmtree(before, ignore_errors=True)
    except BaseException:
        shutil.rmtree(written, ignore_errors=True)
        raise
