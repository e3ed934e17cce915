"""Outputs that workers write in parts: put together, or put in place, when all are there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from engine.folders import replaced_folder
from engine.triple_files import replaced_path, write_parquet_file
from geosparql.rdf import open_rdf

BLOCK_BYTES = 16 << 20


@contextmanager
def joined_parts(output: Path) -> Iterator[tuple[Path, list[Path]]]:
    """Give a folder to write parts in, and a list for those that count.

    When the block ends well they are put together as `output`, in the order of the
    list: lines may stand one after the other, and so may members of gzip, bzip2, xz
    and zstd. Whatever happens, the folder goes.
    """
    folder = output.resolve().with_name(f".partial-{os.getpid()}-{output.name}.parts")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    parts: list[Path] = []
    try:
        yield folder, parts
        with replaced_path(output) as partial:
            _join(parts, partial)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _join(parts: Sequence[Path], whole: Path) -> None:
    """Append each part to the first, which is moved; a part goes when it has been read."""
    if not parts:
        open_rdf(whole, "wb").close()
        return
    parts[0].replace(whole)
    with whole.open("ab") as stream:
        for part in parts[1:]:
            with part.open("rb") as held:
                shutil.copyfileobj(held, stream, BLOCK_BYTES)
            part.unlink()


@contextmanager
def replaced_parts(output: Path) -> Iterator[tuple[Path, list[Path]]]:
    """Do as `joined_parts` does for a folder of triple Parquet, which keeps its parts."""
    with replaced_folder(output.resolve()) as folder:
        parts: list[Path] = []
        yield folder, parts
        for stray in set(folder.iterdir()) - set(parts):
            stray.unlink()  # of a task that died, or ran twice
        for number, part in enumerate(parts):
            part.rename(folder / f"part-{number:05}.parquet")
        if not parts:
            write_parquet_file((), folder / "part-00000.parquet")
