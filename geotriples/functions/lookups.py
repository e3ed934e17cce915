"""Looking a text up in a CSV file that the mapping names."""

from __future__ import annotations

import csv
from functools import lru_cache
from pathlib import Path

import pyarrow as pa

from geosparql.errors import SourceError
from geotriples.functions.function import Function, Parameter
from geotriples.functions.names import STRING_OUT, idlab, of_idlab

_PARAMETERS: tuple[Parameter, ...] = (
    of_idlab("str"),
    of_idlab("inputFile", "path"),
    of_idlab("fromColumn", "integer"),
    of_idlab("toColumn", "integer"),
)


def _look_up(texts: pa.Array, *rest: pa.Array) -> pa.Array:
    tables: dict[tuple[str | int, ...], dict[str, str]] = {}
    found: list[str | None] = []
    for text, *where in zip(texts.to_pylist(), *(array.to_pylist() for array in rest), strict=True):
        key = tuple(where)
        if text is None or None in key:
            found.append(None)
            continue
        if key not in tables:
            tables[key] = _columns(_changed(where[0]), *key)
        found.append(tables[key].get(text))
    return pa.array(found, pa.string())


def _changed(path: str) -> int:
    """Say when a file was last changed; 0 where it is missing."""
    file = Path(path)
    return file.stat().st_mtime_ns if file.exists() else 0


@lru_cache(maxsize=8)
def _columns(
    changed: int, path: str, source: int, target: int, delimiter: str = ","
) -> dict[str, str]:
    """Read two columns, by number from 0; the first row of a text counts."""
    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file, delimiter=delimiter))
    except (OSError, UnicodeError, csv.Error) as error:
        raise SourceError(
            "The file to look values up in cannot be read", where=path, value=error
        ) from error
    last = max(source, target)
    return {row[source]: row[target] for row in reversed(rows) if len(row) > last}


_WHAT = "Gives what stands in another column of a CSV file in the first row with a text"

LOOKUP_FUNCTIONS: tuple[Function, ...] = (
    Function(idlab("lookup"), _look_up, _PARAMETERS, (STRING_OUT,),
             f"{_WHAT}; columns are counted from 0.", gives_null="on failure"),
    Function(idlab("lookupWithDelimiter"), _look_up, (*_PARAMETERS, of_idlab("delimiter")),
             (STRING_OUT,), f"{_WHAT}; with the delimiter of the file.", gives_null="on failure"),
)  # fmt: skip
