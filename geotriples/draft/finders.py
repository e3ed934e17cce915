"""The formats that can be drafted: each has a function that finds the layers of a source."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from geosparql.errors import SourceError
from geotriples.draft.document_finders import of_features, of_xml
from geotriples.draft.json_rows import arrays_of, paths_of
from geotriples.draft.layer import Layer
from geotriples.mapping.logical_source import DatabaseSource, FileSource, LogicalSource
from geotriples.mapping.vocabulary import (
    CLASS_RASTER,
    CSV,
    CSVW,
    EXCEL,
    JSON_PATH,
    SQL_TABLE,
    VECTOR,
)
from geotriples.sources.databases import column_names_of, table_names_of
from geotriples.sources.excel import describe_sheets
from geotriples.sources.files import opened
from geotriples.sources.raster import MEASURES, class_columns
from geotriples.sources.table import PARQUET_SUFFIXES, open_source
from geotriples.sources.tabular import header_of
from geotriples.sources.vector import FID, GEOMETRY, describe_layers

DELIMITERS = ",;\t|"
SNIFFED_BYTES = 1 << 16
SNIFFED_LINES = 20
SEEN_LINES = 1000

Finder = Callable[[Any], Iterator[Layer]]


def _of_table(file: FileSource) -> Iterator[Layer]:
    """Read the header, the delimiter and the encoding of a CSV file."""
    with opened(file) as stream:
        start = stream.read(SNIFFED_BYTES)
    encoding = _encoding(start)
    delimiter = _delimiter(start.decode(encoding, "replace").splitlines()[:SNIFFED_LINES])
    dialect = ((CSVW + "delimiter", delimiter),) if delimiter != "," else ()
    read = replace(file, encoding=encoding, nulls=("",))
    logical = LogicalSource(read, CSV, str(file.path), options=dialect)
    yield Layer(_stem(file.path), logical, tuple(header_of(logical)))


def _delimiter(lines: list[str]) -> str:
    """Give the delimiter that cuts all lines into most, and equally many, cells."""

    def score(delimiter: str) -> tuple[bool, int]:
        widths = [len(cells) for cells in csv.reader(lines[:-1] or lines, delimiter=delimiter)]
        return min(widths, default=1) == max(widths, default=1) > 1, max(widths[:1], default=1)

    return max(DELIMITERS, key=score)


def _encoding(start: bytes) -> str:
    """Guess the encoding of a text: what it is by its marks, else what it may be."""
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        start[: start.rfind(b"\n") + 1].decode("utf-8")
    except UnicodeDecodeError:
        return "windows-1252"
    return "utf-8"


def _of_sheets(file: FileSource) -> Iterator[Layer]:
    sheets = [(name, head) for name, head in describe_sheets(file) if any(head)]
    for name, head in sheets:
        several = len(sheets) > 1
        logical = LogicalSource(file, EXCEL, file.name, name if several else None)
        columns = tuple(dict.fromkeys(column for column in head if column))
        yield Layer(name if several else _stem(file.path), logical, columns)


def _of_parquet(file: FileSource) -> Iterator[Layer]:
    logical = LogicalSource(file, VECTOR, str(file.path))
    open_source(logical, ())  # says what is wrong with a broken file
    schema = pq.read_schema(file.path)
    geo = json.loads((schema.metadata or {}).get(b"geo", b"{}"))
    primary = geo.get("primary_column")
    others = tuple(name for name in schema.names if name not in geo.get("columns", {}))
    yield Layer(_stem(file.path), logical, others, geometry=primary and GEOMETRY)


def of_vector(file: FileSource) -> Iterator[Layer]:
    """Give the layers of a file that GDAL reads."""
    described = describe_layers(file.path)
    for name, fields, has_geometry in described:
        iterator = name if len(described) > 1 else None
        logical = LogicalSource(file, VECTOR, str(file.path), iterator)
        title = _stem(file.path) if len(described) == 1 else name
        yield Layer(title, logical, tuple(fields), GEOMETRY if has_geometry else None, FID)


def _of_raster(file: FileSource) -> Iterator[Layer]:
    logical = LogicalSource(file, CLASS_RASTER, str(file.path))
    table = class_columns(logical)
    yield Layer(_stem(file.path), logical, (*MEASURES, *table), GEOMETRY, "region", of_class=table)


def of_database(database: FileSource | DatabaseSource) -> Iterator[Layer]:
    """Give the tables and views of a database."""
    for table in table_names_of(LogicalSource(database, SQL_TABLE, database.name)):
        logical = LogicalSource(database, SQL_TABLE, database.name, table)
        columns = column_names_of(logical)
        plain = tuple(name for name, is_geometry in columns if not is_geometry)
        geometry = next((name for name, is_geometry in columns if is_geometry), None)
        yield Layer(table, logical, plain, geometry)


def _of_json_lines(file: FileSource) -> Iterator[Layer]:
    with opened(file) as stream:
        rows = [json.loads(line) for line in islice(stream, SEEN_LINES) if line.strip()]
    references = dict.fromkeys(path for row in rows for path in paths_of(row, "$"))
    yield Layer(_stem(file.path), LogicalSource(file, JSON_PATH, file.name), tuple(references))


def _of_json(file: FileSource) -> Iterator[Layer]:
    """Take a collection of features as such; else the longest array of objects has the rows."""
    with opened(file) as stream:
        try:
            document = json.loads(stream.read())
        except ValueError as error:
            raise SourceError("The JSON file cannot be read", where=file.name, value=error,
                              hint="Check that it is whole, and UTF-8") from error  # fmt: skip
    if isinstance(document, dict) and document.get("type") in ("FeatureCollection", "Feature"):
        is_stac = "stac_version" in (document.get("features") or [document])[0]
        yield from of_features(file, document) if is_stac else of_vector(file)
        return
    arrays = list(arrays_of(document, "$"))
    iterator, rows = max(arrays, key=lambda found: len(found[1]), default=("$", [document]))
    references = dict.fromkeys(path for row in rows for path in paths_of(row, "$"))
    logical = LogicalSource(file, JSON_PATH, str(file.path), iterator)
    yield Layer(_stem(file.path), logical, tuple(references))


def _stem(path: Path) -> str:
    return path.name.split(".")[0]


FINDERS: Sequence[tuple[tuple[str, ...], Finder]] = (
    ((".csv", ".tsv", ".tab", ".txt"), _of_table),
    ((".xlsx", ".xls", ".xlsm", ".ods"), _of_sheets),
    (PARQUET_SUFFIXES, _of_parquet),
    ((".jsonl", ".ndjson"), _of_json_lines),
    ((".json",), _of_json),
    ((".xml",), of_xml),
    ((".tif", ".tiff", ".nc", ".vrt", ".img", ".asc"), _of_raster),
    ((".sqlite", ".sqlite3", ".db", ".duckdb"), of_database),
)
"""Endings and the function that finds layers; all else is asked of GDAL."""
