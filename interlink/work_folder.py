"""The folder in which a run keeps what it has finished, so that a later one goes on from there."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import shapely

from engine.digests import content_digest
from engine.protocol import Control
from geosparql.errors import SourceError
from interlink.rules.model import FilesSource, QuerySource, Rules, StoreSource, VectorSource

SUFFIX = ".work"
_KEY = "key"


@contextmanager
def work_folder(output: Path | None, key: str, *, control: Control) -> Iterator[Path]:
    """Give the folder of the work for an output: ``OUTPUT.work`` beside it.

    When the block ends well the folder is removed; when it fails or the process is
    killed it stays, and the next run finds it as it was, unless `key` is another.

    Parameters
    ----------
    output
        What is made in the end; None for work that no later run goes on with.
    key
        Says what the work is made of: rules, inputs, versions.
    control
        Told of a folder that is begun anew.

    Raises
    ------
    SourceError
        The folder cannot be written.
    """
    if output is None:
        with tempfile.TemporaryDirectory(prefix="earthgraph-") as name:
            yield Path(name)
        return
    folder = output.with_name(output.name + SUFFIX)
    try:
        _begin(folder, key, control)
    except OSError as error:
        raise SourceError("The work folder cannot be written", where=str(folder),
                          value=error.strerror) from error  # fmt: skip
    yield folder
    shutil.rmtree(folder)


def run_key(rules: Rules) -> str:
    """Say what a run is made of: the rules, what they read, and the versions that count."""
    versions = version("earthgraph"), shapely.geos_version_string
    digest = hashlib.sha256(repr((versions, replace(rules, path=Path()))).encode())
    for side in (rules.left, rules.right):
        source = None if side is None else side.source
        match source:
            case FilesSource(files):
                inputs = files
            case VectorSource(path):
                inputs = (path,)
            case StoreSource(store) | QuerySource(store=Path() as store):
                inputs = (store,)
            case QuerySource(endpoint=str()):
                inputs = ()
                digest.update(uuid.uuid4().bytes)  # its answer may be another one each time
            case _:
                inputs = ()
        for path in inputs:
            digest.update(content_digest(path))
    return digest.hexdigest()


def _begin(folder: Path, key: str, control: Control) -> None:
    """Leave the folder of a run with the same key as it is; else make an empty one."""
    file = folder / _KEY
    if file.exists() and file.read_text(encoding="utf-8") == key:
        return
    if file.exists():
        control.warn(
            f"{folder} was left by a run of other rules, inputs or versions; it is begun anew"
        )
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    file.write_text(key, encoding="utf-8")


def written_whole(path: Path, text: str) -> None:
    """Write a text so that it stands under its name only when it is whole."""
    partial = path.with_name(path.name + ".partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)
