"""The layers of a source: each a logical source, and the references that it has."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pyarrow.parquet as pq

from geosparql.errors import EarthgraphError, SourceError
from geotriples.draft.json_rows import arrays_of, paths_of
from geotriples.mapping.model import DatabaseSource, FileSource, LogicalSource
from geotriples.mapping.vocabulary import (
    CLASS_RASTER,
    CSV,
    CSVW,
    EGR,
    JSON_PATH,
    SQL_TABLE,
    VECTOR,
)
from geotriples.sources.databases import column_names_of, table_names_of
from geotriples.sources.files import opened
from geotriples.sources.raster import MEASURES
from geotriples.sources.table import PARQUET_SUFFIXES, open_source
from geotriples.sources.tabular import header_of
from geotriples.sources.vector import FID, GEOMETRY, describe_layers

DELIMITERS = ",;\t|"
SNIFFED_BYTES = 1 << 16
COMPRESSIONS = {".gz": "gzip", ".zip": "zip"}
TABLE_SUFFIXES = (".csv", ".tsv", ".tab", ".txt")
RASTER_SUFFIXES = (".tif", ".tiff", ".nc", ".vrt", ".img", ".asc")
DATABASE_SUFFIXES = (".sqlite", ".sqlite3", ".db", ".duckdb")
JSON_SUFFIXES = (".json",)


@dataclass(frozen=True, slots=True)
class Layer:
    """One table of a source.

    Parameters
    ----------
    name
        What its features are called after.
    source
        How a mapping reads it.
    references
        What a mapping may refer to, but for geometry.
    geometry
        The reference of its geometry.
    key
        The reference that tells its rows apart where no column does.
    left_out
        Columns that have no form in RDF.
    """

    name: str
    source: LogicalSource
    references: tuple[str, ...]
    geometry: str | None = None
    key: str | None = None
    left_out: tuple[str, ...] = ()


def layers_of(source: str, *, layer: str | None = None, crs: str | None = None) -> list[Layer]:
    """Find the layers of a file or database.

    Parameters
    ----------
    source
        Path of a file, or URL of a database.
    layer
        The only layer or table that is wanted.
    crs
        CRS IRI for what states none.

    Returns
    -------
    list of Layer
        In the order of the source.

    Raises
    ------
    SourceError
        Where it is missing, broken, of no kind that can be drafted, or has no such
        layer.
    """
    find, place = _kind(source)
    options = () if crs is None else ((EGR + "crs", crs),)
    found = [
        _readable(replace(one, source=replace(one.source, options=_with(one.source, options))))
        for one in find(place)
        if layer in (None, one.source.iterator, one.name)
    ]
    if not found:
        names = ", ".join(one.name for one in find(place))
        raise SourceError("The source has no such layer", where=source, value=layer,
                          hint=f"It has: {names or 'none'}")  # fmt: skip
    return found


def _with(source: LogicalSource, options: tuple[tuple[str, str], ...]) -> tuple[Any, ...]:
    takes_crs = source.formulation in (VECTOR, CLASS_RASTER, SQL_TABLE)
    return tuple(sorted((*source.options, *(options if takes_crs else ()))))


def _kind(source: str) -> tuple[Callable[[Any], Iterator[Layer]], Any]:
    """Give the function that finds the layers of such a source, and what it takes."""
    if urlsplit(source).scheme and "://" in source:
        return _of_database, DatabaseSource(source)
    path = Path(source)
    if not path.exists():
        raise SourceError("The file does not exist", where=source, hint="Check the path")
    suffixes = [suffix.lower() for suffix in path.suffixes]
    packed = COMPRESSIONS.get(suffixes[-1]) if suffixes else None
    inner = suffixes[-2] if packed and len(suffixes) > 1 else suffixes[-1] if suffixes else ""
    file = FileSource(path, compression=packed)
    for endings, find in _FINDERS:
        if inner in endings:
            return find, file
    return _of_vector, FileSource(path)


def _of_table(file: FileSource) -> Iterator[Layer]:
    """Read the header, the delimiter and the encoding of a CSV file."""
    with opened(file) as stream:
        start = stream.read(SNIFFED_BYTES)
    encoding = _encoding(start)
    lines = start.decode(encoding, "replace")
    try:
        delimiter = csv.Sniffer().sniff(lines, DELIMITERS).delimiter
    except csv.Error:  # a table of one column has none
        delimiter = "\t" if file.path.suffix.lower() in (".tsv", ".tab") else ","
    dialect = ((CSVW + "delimiter", delimiter),) if delimiter != "," else ()
    read = replace(file, encoding=encoding, nulls=("",))
    logical = LogicalSource(read, CSV, str(file.path), options=dialect)
    yield Layer(_stem(file.path), logical, tuple(header_of(logical)))


def _encoding(start: bytes) -> str:
    """Guess the encoding of a text: what it is by its marks, else what it may be."""
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        start[: start.rfind(b"\n") + 1].decode("utf-8")
    except UnicodeDecodeError:
        return "windows-1252"
    return "utf-8"


def _of_parquet(file: FileSource) -> Iterator[Layer]:
    logical = LogicalSource(file, VECTOR, str(file.path))
    open_source(logical, ())  # says what is wrong with a broken file
    schema = pq.read_schema(file.path)
    geo = json.loads((schema.metadata or {}).get(b"geo", b"{}"))
    primary = geo.get("primary_column")
    others = tuple(name for name in schema.names if name not in geo.get("columns", {}))
    yield Layer(_stem(file.path), logical, others, geometry=primary and GEOMETRY)


def _of_vector(file: FileSource) -> Iterator[Layer]:
    described = describe_layers(file.path)
    for name, fields, has_geometry in described:
        iterator = name if len(described) > 1 else None
        logical = LogicalSource(file, VECTOR, str(file.path), iterator)
        title = _stem(file.path) if len(described) == 1 else name
        yield Layer(title, logical, tuple(fields), GEOMETRY if has_geometry else None, FID)


def _of_raster(file: FileSource) -> Iterator[Layer]:
    logical = LogicalSource(file, CLASS_RASTER, str(file.path))
    yield Layer(_stem(file.path), logical, tuple(MEASURES), GEOMETRY, "region")


def _of_database(database: FileSource | DatabaseSource) -> Iterator[Layer]:
    for table in table_names_of(LogicalSource(database, SQL_TABLE, database.name)):
        logical = LogicalSource(database, SQL_TABLE, database.name, table)
        columns = column_names_of(logical)
        plain = tuple(name for name, is_geometry in columns if not is_geometry)
        geometry = next((name for name, is_geometry in columns if is_geometry), None)
        yield Layer(table, logical, plain, geometry)


def _of_json(file: FileSource) -> Iterator[Layer]:
    """Take a collection of features as such; else the longest array of objects has the rows."""
    with opened(file) as stream:
        try:
            document = json.loads(stream.read())
        except ValueError as error:
            raise SourceError("The JSON file cannot be read", where=file.name, value=error,
                              hint="Check that it is whole, and UTF-8") from error  # fmt: skip
    if isinstance(document, dict) and document.get("type") == "FeatureCollection":
        yield from _of_vector(file)
        return
    arrays = list(arrays_of(document, "$"))
    iterator, rows = max(arrays, key=lambda found: len(found[1]), default=("$", [document]))
    references = dict.fromkeys(path for row in rows for path in paths_of(row, "$"))
    logical = LogicalSource(file, JSON_PATH, str(file.path), iterator)
    yield Layer(_stem(file.path), logical, tuple(references))


def _readable(layer: Layer) -> Layer:
    """Leave out columns whose values have no form in RDF."""
    try:
        open_source(layer.source, layer.references)
    except SourceError:
        kept = tuple(name for name in layer.references if _opens(layer.source, name))
        out = tuple(name for name in layer.references if name not in kept)
        return replace(layer, references=kept, left_out=out)
    return layer


def _opens(source: LogicalSource, reference: str) -> bool:
    try:
        open_source(source, (reference,))
    except EarthgraphError:
        return False
    return True


def _stem(path: Path) -> str:
    return path.name.split(".")[0]


_FINDERS: Sequence[tuple[tuple[str, ...], Callable[[Any], Iterator[Layer]]]] = (
    (TABLE_SUFFIXES, _of_table),
    (PARQUET_SUFFIXES, _of_parquet),
    (RASTER_SUFFIXES, _of_raster),
    (DATABASE_SUFFIXES, _of_database),
    (JSON_SUFFIXES, _of_json),
)
"""Endings and the function that finds layers; all else is asked of GDAL."""
