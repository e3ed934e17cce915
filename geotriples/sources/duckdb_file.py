"""DuckDB files as databases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
from sqlglot import exp

from engine.duckdb_file import read_file
from geosparql.errors import EngineError, SourceError
from geosparql.terms import XSD_STRING
from geosparql.vocabulary import GEO_WKT_LITERAL
from geotriples.sources.databases import Described, Driver, answering, path_of
from geotriples.sources.lexical import natural_datatype, natural_text
from geotriples.sources.source import Column

GEOMETRY = b"geoarrow.wkb"


def describe(url: str, query: str) -> list[Described]:
    """Give the columns of a query."""
    path = Path(path_of(url))
    if not path.is_file():
        raise SourceError("The database file does not exist", where=str(path),
                          hint="Paths in a mapping start at its folder")  # fmt: skip
    with answering(url, EngineError), read_file(path, query) as reader:
        return [_described(field) for field in reader.schema]


def _described(field: pa.Field) -> Described:
    if (field.metadata or {}).get(b"ARROW:extension:name") == GEOMETRY:
        return Described(field.name, GEO_WKT_LITERAL, geometry=True)
    repeated = pa.types.is_list(field.type)
    value = field.type.value_type if repeated else field.type
    try:
        return Described(field.name, natural_datatype(value, field.name), repeated)
    except SourceError:
        return Described(field.name, XSD_STRING, as_text=True)


def split(_url: str, _table: exp.Table) -> list[tuple[exp.Expr | None, int]]:
    """Keep a table whole: DuckDB itself reads it with all cores."""
    return [(None, 0)]


def read(url: str, sql: str, columns: Sequence[Column]) -> Iterator[list[pa.Array]]:
    """Stream the rows of a query."""
    with answering(url, EngineError), read_file(Path(path_of(url)), sql) as reader:
        for batch in reader:
            yield [
                array if columns and columns[number].geometry else natural_text(array)
                for number, array in enumerate(batch.columns)
            ]


DRIVER = Driver("duckdb", describe, split, read)
