"""The reject file: a line for each value that was left out, as JSON lines or CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from engine.triple_files import replaced_path
from geotriples.values import Problem

COLUMNS = ("source", "row", "map", "reason", "value")
Reject = Callable[[Problem, int | None, str | None], None]


def reject_file(output: Path) -> Path:
    """Name the reject file of an output: ``NAME.rejects.jsonl`` beside it."""
    return output.with_name(f"{output.name}.rejects.jsonl")


@contextmanager
def rejecting(path: Path | None) -> Iterator[Reject | None]:
    """Give what writes a reject; the file is there when the block ends well.

    Parameters
    ----------
    path
        CSV with a header where it ends in ``.csv``, else JSON lines. None: nothing
        is written.
    """
    if path is None:
        yield None
        return
    with (
        replaced_path(path) as partial,
        partial.open("w", encoding="utf-8", newline="") as stream,
    ):
        write = _csv_line if path.suffix.lower() == ".csv" else _json_line
        if write is _csv_line:
            stream.write(",".join(COLUMNS) + "\r\n")

        def reject(problem: Problem, row: int | None, value: str | None) -> None:
            file, number = problem.file_and_row(row)
            write(stream, (file, number, problem.where, problem.what, value))

        yield reject


def _json_line(stream: TextIO, values: tuple[str | int | None, ...]) -> None:
    line = json.dumps(dict(zip(COLUMNS, values, strict=True)), ensure_ascii=False)
    stream.write(line + "\n")


def _csv_line(stream: TextIO, values: tuple[str | int | None, ...]) -> None:
    line = io.StringIO()
    csv.writer(line).writerow(values)
    stream.write(line.getvalue())
