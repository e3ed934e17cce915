"""SQLite files: values by the declared type of their column, else by their own."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
from sqlglot import exp

from geosparql.errors import SourceError
from geosparql.terms import XSD, XSD_STRING
from geotriples.sources.databases import ROWS, Described, Driver, answering, path_of
from geotriples.sources.lexical import double_lexical
from geotriples.sources.source import Column

BATCH_ROWS = 16_384
PART_ROWS = 1 << 18
VIEW = "described"

DECLARED = (
    ("BOOL", "boolean"),
    ("INT", "integer"),
    ("DATETIME", "dateTime"),
    ("TIMESTAMP", "dateTime"),
    ("DATE", "date"),
    ("TIME", "time"),
    ("CHAR", "string"),
    ("CLOB", "string"),
    ("TEXT", "string"),
    ("BLOB", "hexBinary"),
    ("BINARY", "hexBinary"),
    ("REAL", "double"),
    ("FLOA", "double"),
    ("DOUB", "double"),
    ("NUM", "decimal"),
    ("DEC", "decimal"),
)
"""Part of a declared type to its natural datatype: SQLite's own rules of affinity, after the
types of SQL that they do not tell apart. First that fits."""


@contextmanager
def _connection(url: str) -> Iterator[sqlite3.Connection]:
    path = Path(path_of(url))
    if not path.is_file():
        raise SourceError(
            "The database file does not exist", where=str(path),
            hint="Paths in a mapping start at the folder of the mapping file",
        )  # fmt: skip
    with (
        answering(url, sqlite3.Error),
        closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection,
    ):
        yield connection


def describe(url: str, query: str) -> list[Described]:
    """Give the columns of a query: a view of it tells their declared types."""
    view = exp.Create(
        this=exp.to_table(VIEW), kind="VIEW", expression=exp.maybe_parse(query, dialect="sqlite"),
        properties=exp.Properties(expressions=[exp.TemporaryProperty()]),
    )  # fmt: skip
    with _connection(url) as connection:
        connection.execute(view.sql("sqlite"))
        information = exp.select("name", "type").from_(
            exp.Anonymous(this="pragma_table_info", expressions=[exp.Literal.string(VIEW)])
        )
        rows = connection.execute(information.sql("sqlite")).fetchall()
    return [Described(name, _datatype(declared)) for name, declared in rows]


def _datatype(declared: str) -> str | None:
    found = (name for part, name in DECLARED if part in declared.upper())
    name = next(found, None)
    return None if name is None else XSD + name


def split(url: str, table: exp.Table) -> list[tuple[exp.Expr | None, int]]:
    """Split a table by its row ids, which number its rows; what has none stays whole."""
    row_id = exp.column("rowid", table=ROWS)
    bounds = exp.select(exp.func("min", row_id), exp.func("max", row_id)).from_(table)
    try:
        with _connection(url) as connection:
            first, last = connection.execute(bounds.sql("sqlite")).fetchone()
    except SourceError:
        return [(None, 0)]
    if first is None or last - first < PART_ROWS:
        return [(None, 0)]
    return [
        (
            exp.Between(
                this=row_id.copy(), low=exp.convert(start), high=exp.convert(start + PART_ROWS - 1)
            ),
            start - first,
        )
        for start in range(first, last + 1, PART_ROWS)
    ]


def read(url: str, sql: str, columns: Sequence[Column]) -> Iterator[list[pa.Array]]:
    """Stream the rows of a query."""
    with _connection(url) as connection:
        cursor = connection.execute(sql)
        while rows := cursor.fetchmany(BATCH_ROWS):
            if not columns:
                yield [pa.nulls(len(rows))]
                continue
            yield [
                pa.array([_value(value, column) for value in values], column.field.type)
                for column, values in zip(columns, zip(*rows, strict=True), strict=True)
            ]


def _value(value: Any, column: Column) -> Any:
    if value is None:
        return None
    if column.datatype is None:
        kind, write = OWN[type(value)]
        return {"lexical": write(value), "datatype": kind}
    write = WRITERS.get(column.datatype, lambda given: OWN[type(given)][1](given))
    return write(value)


def _decimal(value: Any) -> str:
    return format(value, "f").rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def _double(value: Any) -> str:
    return double_lexical(float(value)) if isinstance(value, (int, float)) else str(value)


def _plain(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


OWN: dict[type, tuple[str, Callable[[Any], str]]] = {
    int: (XSD + "integer", str),
    float: (XSD + "double", double_lexical),
    str: (XSD_STRING, str),
    bytes: (XSD + "hexBinary", lambda value: value.hex().upper()),
}
"""Type of a value to its datatype and how it is written."""

WRITERS: dict[str, Callable[[Any], str]] = {
    XSD + "boolean": lambda value: {"0": "false", "1": "true"}.get(str(value), str(value).lower()),
    XSD + "dateTime": lambda value: str(value).replace(" ", "T", 1),
    XSD + "decimal": _decimal,
    XSD + "double": _double,
    XSD_STRING: _plain,
}
"""How values of a declared type are written; of the others as `OWN` says."""

DRIVER = Driver("sqlite", describe, split, read)
