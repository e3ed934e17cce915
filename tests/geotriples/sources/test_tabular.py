"""CSV files: cells letter for letter, dialects, encodings, compression, and broken files."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geosparql.errors import MappingError, SourceError
from geotriples.mapping.logical_source import PACKED, FileSource, LogicalSource
from geotriples.mapping.vocabulary import CSV, CSVW
from geotriples.sources.tabular import BLOCK_BYTES, HEADER_BYTES, LONG_BLOCK_BYTES, open_csv


def rows(source: FileSource, *references: str, **dialect: str) -> list[tuple[str | None, ...]]:
    options = tuple(sorted((CSVW + name, value) for name, value in dialect.items()))
    opened = open_csv(LogicalSource(source, CSV, "test", None, options), references)
    found = []
    for part in opened.parts.parts:
        for batch in opened.parts.read(part):
            columns = [batch.column(name).to_pylist() for name in batch.schema.names]
            found += list(zip(*columns, strict=True))
    assert [row[-1] for row in found] == list(range(len(found)))
    return [row[:-1] for row in found]


def written(folder: Path, text: str, encoding: str = "utf-8") -> FileSource:
    path = folder / "a.csv"
    path.write_bytes(text.encode(encoding))
    return FileSource(path, encoding)


# Surrogates cannot be written, and a lone carriage return ends a line for most readers
CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), max_size=8)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cells=st.lists(st.tuples(CELLS, CELLS), max_size=8))
def test_cells_come_back(cells: list[tuple[str, str]], tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, quoting=csv.QUOTE_ALL)
        writer.writerows([("a", "b"), *cells])
    assert rows(FileSource(path), "b", "a") == [(b, a) for a, b in cells]


def test_nothing_is_null_unless_told(tmp_path: Path) -> None:
    source = written(tmp_path, "a,b\n,NULL\nNA,x\n")
    assert rows(source, "a", "b") == [("", "NULL"), ("NA", "x")]
    told = FileSource(source.path, nulls=("", "NULL"))
    assert rows(told, "a", "b") == [(None, None), ("NA", "x")]


def test_numbers_stay_as_they_are_written(tmp_path: Path) -> None:
    assert rows(written(tmp_path, "a\n007\n1.50\n"), "a") == [("007",), ("1.50",)]


def test_dialect(tmp_path: Path) -> None:
    source = written(tmp_path, "a;b\n'x;1';2\n")
    assert rows(source, "a", "b", delimiter=";", quoteChar="'") == [("x;1", "2")]
    bare = written(tmp_path, "1,2\n3,4\n")
    assert rows(bare, "_col.2", header="false") == [("2",), ("4",)]
    with pytest.raises(MappingError, match="one character"):
        rows(source, "a", delimiter="::")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_encoding(encoding: str, tmp_path: Path) -> None:
    source = written(tmp_path, "ä\nZoë\n", encoding)
    assert rows(source, "ä") == [("Zoë",)]


def test_tabs(tmp_path: Path) -> None:
    path = tmp_path / "a.TSV"
    path.write_bytes(b"a\tb\n1,5\t2\n")
    assert rows(FileSource(path), "a", "b") == [("1,5", "2")]
    path.write_bytes(b"a,b\n1,2\n")
    assert rows(FileSource(path), "b", delimiter=",") == [("2",)]


def test_quotes(tmp_path: Path) -> None:
    assert rows(written(tmp_path, 'a\n"x\n'), "a", quoteChar="") == [('"x',)]
    escaped = written(tmp_path, 'a,b\n"x\\"y",1\n')
    assert rows(escaped, "a", "b", doubleQuote="false") == [('x"y', "1")]


def _zipped(data: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("a.csv", data)
    return made.getvalue()


PACK: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": lambda data: pa.compress(data, "zstd", asbytes=True),
    "zip": _zipped,
}


@pytest.mark.parametrize("packed", PACK)
def test_compression(packed: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.csv.{packed}"
    path.write_bytes(PACK[packed](b"a\n1\n" * 3))
    source = FileSource(path, compression=PACKED["." + packed])
    assert rows(source, "a") == [("1",), ("a",), ("1",), ("a",), ("1",)]
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(SourceError, match=rf"a\.csv\.{packed}"):
        rows(source, "a")


def test_no_references(tmp_path: Path) -> None:
    assert rows(written(tmp_path, "a,b\n1,2\n3,4\n")) == [(), ()]


@pytest.mark.parametrize("length", [HEADER_BYTES, BLOCK_BYTES], ids=["header", "rows"])
@pytest.mark.parametrize("place", [0, 1, 400_000])
def test_rows_longer_than_a_block(length: int, place: int, tmp_path: Path) -> None:
    cells = [str(number) for number in range(400_001)]
    cells[place] = "x" * 2 * length
    assert rows(written(tmp_path, "a\n" + "\n".join(cells) + "\n"), "a") == [(c,) for c in cells]


def test_quote_that_makes_a_row_of_all_the_rest(tmp_path: Path) -> None:
    text = 'a,b\n1,"2\n' + "3,4\n" * (LONG_BLOCK_BYTES // 2)
    with pytest.raises(SourceError, match=r"a\.csv: A row is too long.*perhaps never closed"):
        rows(written(tmp_path, text), "a")


BROKEN = {
    "missing cell": ("a,b\n1,2\n3\n", "CSV parse error"),
    "unclosed quote": ('a,b\n1,2\n3,"4\n5,6\n', "A quote is never closed"),
    "missing column": ("a\n1\n", "no such column: 'b'"),
    "column twice": ("a,b,b\n1,2,3\n", "'b'"),
    "empty file": ("", "cannot be read"),
}


@pytest.mark.parametrize(("text", "message"), BROKEN.values(), ids=BROKEN)
def test_broken(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=rf"a\.csv.*{message}"):
        rows(written(tmp_path, text), "a", "b")


def test_wrong_encoding(tmp_path: Path) -> None:
    source = FileSource(written(tmp_path, "a\nZoë\n", "latin-1").path)
    with pytest.raises(SourceError, match=r"a\.csv.*read as utf-8.*rml:encoding"):
        rows(source, "a")


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"none\.csv: The file does not exist"):
        rows(FileSource(tmp_path / "none.csv"), "a")
