"""CSV files cut into parts: the same rows with the same numbers as when read in one go."""

from __future__ import annotations

from pathlib import Path
from unittest import mock

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from geosparql.errors import SourceError
from geotriples.mapping.logical_source import FileSource, LogicalSource
from geotriples.mapping.vocabulary import CSV, CSVW
from geotriples.sources import csv_parts
from geotriples.sources.tabular import open_csv

Rows = list[tuple[str | int, ...]]


def read(path: Path, part_bytes: int, *references: str, **dialect: str) -> tuple[Rows, int]:
    """Give the rows of a file, and in how many parts they were read."""
    options = tuple(sorted((CSVW + name, value) for name, value in dialect.items()))
    encoding = "latin-1" if "latin" in path.name else "utf-8"
    source = LogicalSource(FileSource(path, encoding), CSV, "test", None, options)
    with mock.patch.object(csv_parts, "PART_BYTES", part_bytes):
        parts = open_csv(source, references).parts
    batches = [batch for part in parts.parts for batch in parts.read(part)]
    return [tuple(row.values()) for one in batches for row in one.to_pylist()], len(parts.parts)


def outcome(path: Path, part_bytes: int, **dialect: str) -> Rows | str:
    try:
        return read(path, part_bytes, "a", **dialect)[0]
    except SourceError as error:
        return error.what


CELL = st.sampled_from(
    ["", "x", "5 in", '"y"', '"a\nb"', '""', '"1""2"', '"c,d\r\n"', "é", '7"', "'"]
)
LINE_END = st.sampled_from(["\n", "\n\n", "\r\n", "\r\n\r\n", "\n"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(CELL, CELL, LINE_END), max_size=30), size=st.integers(1, 40))
@example(rows=[('7"', "x", "\n"), ('"a\nb"', "y", "\n")] * 4, size=12)
@example(rows=[("x", "y", "\r")] * 8, size=5)
def test_parts_are_as_the_whole(
    rows: list[tuple[str, str, str]], size: int, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    text = "a,b\n" + "".join(f"{a},{b}{end}" for a, b, end in rows)
    path.write_bytes(text.encode())
    assert outcome(path, size) == outcome(path, 1 << 20)


@pytest.mark.parametrize(
    ("name", "text", "dialect"),
    [
        ("a.csv", 'a,b\n"1\n",2\n' * 20, {}),
        ("a.csv", "1,2\n3,4\n" * 20, {"header": "false"}),
        ("a.tsv", "a\tb\n1\t'\n'\n" * 20, {"quoteChar": "'"}),
        ("a.csv", 'a,b\n5",2\n' * 20, {"quoteChar": ""}),
        ("latin.csv", "a,b\né,2\n" * 20, {}),
    ],
)
def test_what_is_cut(name: str, text: str, dialect: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(text.encode("latin-1"))
    column = "_col.2" if "header" in dialect else "b"
    whole, parts = read(path, 1 << 20, column, **dialect)
    assert parts == 1
    cut, parts = read(path, 32, column, **dialect)
    assert parts > 3
    assert cut == whole


@pytest.mark.parametrize(
    ("text", "dialect"),
    [
        ('a,b\n5",2\n' * 20, {}),
        ("a,b\r1,2\r" * 20, {}),
        ('a,b\n"x\\"y",2\n' * 20, {"doubleQuote": "false"}),
        ("# it's\n" + "a,b\n1,2\n" * 20, {"skipRows": "1"}),
    ],
)
def test_what_is_not_cut(text: str, dialect: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text, newline="")
    assert read(path, 32, "a", **dialect) == (read(path, 1 << 20, "a", **dialect)[0], 1)


def test_a_quote_that_is_never_closed_is_an_error_in_parts_too(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" + "1,2\n" * 40 + '3,"4\n')
    with pytest.raises(SourceError, match="never closed"):
        read(path, 32, "a")
