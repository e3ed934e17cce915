"""Spreadsheets (Excel, OpenDocument) through calamine: a sheet's first row names its columns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice
from typing import Any

import pyarrow as pa

from engine.protocol import Parts
from geosparql.errors import SourceError
from geosparql.extras import module_of_extra
from geosparql.terms import XSD, XSD_STRING
from geotriples.mapping.logical_source import FileSource, LogicalSource
from geotriples.sources.files import check_exists, check_zip
from geotriples.sources.lexical import double_lexical
from geotriples.sources.source import (
    Column,
    Source,
    column_names,
    missing_reference,
    row_numbers,
    schema_of,
)

BATCH_ROWS = 16_384


def open_excel(source: LogicalSource, references: Sequence[str]) -> Source:
    """Open a sheet.

    Parameters
    ----------
    source
        The logical source; its iterator names the sheet, by default the first.
    references
        Column names.

    Returns
    -------
    Source
        One part. A cell brings its datatype along; whole numbers are integers, for a
        sheet knows no others. An empty cell is null.

    Raises
    ------
    SourceError
        Where the file, the sheet or a column is missing or broken.
    """
    check_exists(source.file)
    check_zip(source.file.path, source.file.access)
    rows = partial(_rows, sheet=source.iterator)
    known = [str(name) for name in next(rows(source.file), [])]
    doubled = {name for name in known if known.count(name) > 1} & set(references)
    if doubled:
        raise SourceError("A column name stands twice in the header", where=source.file.name,
                          value=min(doubled))  # fmt: skip
    for reference in references:
        if reference not in known:
            raise missing_reference(reference, known, source.file.name)
    columns = tuple(
        Column(reference, name, None) for reference, name in column_names(references).items()
    )
    places = [known.index(reference) for reference in references]
    read = partial(_read, rows=rows, columns=columns, places=places)
    return Source(Parts(schema_of(columns), [source.file], read), columns)


def describe_sheets(source: FileSource) -> list[tuple[str, list[str]]]:
    """Give the sheets of a spreadsheet and the columns of each."""
    check_exists(source)
    check_zip(source.path, source.access)
    with _book(source) as book:
        names = list(book.sheet_names)
    return [(name, [str(cell) for cell in next(_rows(source, sheet=name), [])]) for name in names]


@contextmanager
def _book(source: FileSource) -> Iterator[Any]:
    calamine = module_of_extra("python_calamine", "documents", "Spreadsheets")
    try:
        with calamine.load_workbook(str(source.path)) as book:
            yield book
    except (calamine.CalamineError, OSError) as error:
        raise SourceError("The spreadsheet cannot be read", where=source.name, value=error,
                          hint="Check that it is whole and has no password") from error  # fmt: skip


def _rows(source: FileSource, *, sheet: str | None) -> Iterator[list[Any]]:
    """Give the rows of a sheet, the header first."""
    with _book(source) as book:
        name = sheet or book.sheet_names[0]
        if name not in book.sheet_names:
            raise SourceError("The file has no such sheet", where=source.name, value=name,
                              hint=f"It has: {', '.join(book.sheet_names)}")  # fmt: skip
        yield from book.get_sheet_by_name(name).iter_rows()


def _read(
    source: FileSource, *, rows: Any, columns: tuple[Column, ...], places: list[int]
) -> Iterator[pa.RecordBatch]:
    found, first = rows(source), 0
    schema = schema_of(columns)
    next(found, None)
    while batch := list(islice(found, BATCH_ROWS)):
        arrays = [
            pa.array([_cell(row[place]) for row in batch], columns[0].field.type)
            for place in places
        ]
        yield pa.record_batch([*arrays, row_numbers(first, len(batch))], schema=schema)
        first += len(batch)


def _cell(value: Any) -> dict[str, str] | None:
    """Give a cell in its natural lexical form and datatype."""
    if value == "":
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    datatype, write = NATURAL[type(value)]
    return {"lexical": write(value), "datatype": datatype}


def _duration(value: dt.timedelta) -> str:
    return f"P{value.days}DT{value.seconds + value.microseconds / 1e6:g}S"


NATURAL: dict[type, tuple[str, Callable[[Any], str]]] = {
    str: (XSD_STRING, str),
    bool: (XSD + "boolean", lambda value: str(value).lower()),
    int: (XSD + "integer", str),
    float: (XSD + "double", double_lexical),
    dt.date: (XSD + "date", dt.date.isoformat),
    dt.datetime: (XSD + "dateTime", dt.datetime.isoformat),
    dt.time: (XSD + "time", dt.time.isoformat),
    dt.timedelta: (XSD + "dayTimeDuration", _duration),
}
"""Type of a cell to its datatype and how it is written."""
