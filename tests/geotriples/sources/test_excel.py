"""Spreadsheets: cells by their own type, sheets, broken files."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from geosparql.errors import SourceError
from geosparql.terms import XSD
from geotriples.mapping.vocabulary import EXCEL
from tests.geotriples.mappings import read_source

openpyxl = pytest.importorskip("openpyxl")
pytest.importorskip("python_calamine")

CELLS = {
    "whole": (7, ("7", "integer")),
    "broken": (2.5, ("2.5E0", "double")),
    "text": ("Zoë", ("Zoë", "string")),
    "number as text": ("007", ("007", "string")),
    "truth": (True, ("true", "boolean")),
    "date": (dt.date(2020, 1, 2), ("2020-01-02", "date")),
    "time stamp": (dt.datetime(2020, 1, 2, 3, 4, 5), ("2020-01-02T03:04:05", "dateTime")),
    "none": (None, None),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    book = openpyxl.Workbook()
    book.active.append(list(CELLS))
    book.active.append([value for value, _ in CELLS.values()])
    book.create_sheet("second").append(["a", "a"])
    book.save(tmp_path / "a.xlsx")
    return tmp_path / "a.xlsx"


def test_cells(path: Path) -> None:
    row = read_source(path, EXCEL, list(CELLS)).to_pylist()[0]
    assert {name: row[name] and tuple(row[name].values()) for name in CELLS} == {
        name: told and (told[0], XSD + told[1]) for name, (_, told) in CELLS.items()
    }


def test_wrong(path: Path, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no such column: 'x'.*It has: whole, broken"):
        read_source(path, EXCEL, ["x"])
    with pytest.raises(SourceError, match=r"no such sheet: 'third'.*It has: Sheet, second"):
        read_source(path, EXCEL, ["x"], "third")
    with pytest.raises(SourceError, match="twice in the header: 'a'"):
        read_source(path, EXCEL, ["a"], "second")
    assert read_source(path, EXCEL, [], "second").num_rows == 0
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(SourceError, match=r"a\.xlsx: The spreadsheet cannot be read"):
        read_source(path, EXCEL, [])
