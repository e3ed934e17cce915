"""A store's tables as Parquet folders, for Spark; kept as long as the data do not change."""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path

from endpoint.store.schema import DATA_TABLES
from engine.protocol import Control, Engine, Relation
from geosparql.errors import StoreError

_KEPT = 2


def write_snapshot(
    engine: Engine, folder: Path, data_version: int, control: Control | None = None
) -> Path:
    """Write the five data tables as Parquet folders, unless this version is there already.

    Parameters
    ----------
    engine
        The store's.
    folder
        Holds one folder for each data version; the newest `_KEPT` stay.
    data_version
        Which state of the store this is.

    Returns
    -------
    Path
        A folder with one folder of Parquet files for each table.

    Raises
    ------
    StoreError
        The folder cannot be written.
    """
    target = folder / str(data_version)
    if target.exists():
        return target
    partial = folder / f".{data_version}-{uuid.uuid4().hex}"
    try:
        partial.mkdir(parents=True)
        for table in DATA_TABLES:
            engine.write(table.select(), partial / table.name, control=control)
        if not target.exists():
            partial.rename(target)
    except OSError as error:
        raise StoreError(
            f"The Parquet snapshot cannot be written: {error.strerror}", where=str(folder)
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    versions = sorted(int(entry.name) for entry in folder.iterdir() if entry.name.isdigit())
    for old in versions[:-_KEPT]:
        shutil.rmtree(folder / str(old), ignore_errors=True)
    return target


def snapshot_relations(engine: Engine, snapshot: Path) -> list[Relation]:
    """Bring the tables of a snapshot into another engine, in the order of `DATA_TABLES`."""
    return [
        engine.relation(sorted((snapshot / table.name).glob("*.parquet"))) for table in DATA_TABLES
    ]
