"""MySQL and MariaDB through PyMySQL: rows are fetched as they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import timedelta
from itertools import islice
from typing import Any
from urllib.parse import unquote, urlsplit

import pyarrow as pa
from sqlglot import exp

from geosparql.extras import module_of_extra
from geosparql.terms import XSD, XSD_STRING
from geotriples.sources.databases import Described, Driver, answering
from geotriples.sources.lexical import double_lexical
from geotriples.sources.source import Column

BATCH_ROWS = 16_384
BINARY_CHARACTERS = 63
"""Number of the character set that marks bytes."""

SETTINGS = ("SET SESSION TRANSACTION READ ONLY", "SET SESSION time_zone = '+00:00'")

INTEGERS = frozenset({"TINY", "SHORT", "INT24", "LONG", "LONGLONG", "YEAR"})
NATURAL = {
    "DECIMAL": "decimal",
    "NEWDECIMAL": "decimal",
    "FLOAT": "double",
    "DOUBLE": "double",
    "DATE": "date",
    "DATETIME": "dateTime",
    "TIMESTAMP": "dateTime",
    "TIME": "time",
    **dict.fromkeys(INTEGERS, "integer"),
}
"""Type of the protocol to the natural datatype; the others are text or bytes."""


@contextmanager
def _rows(url: str, sql: str) -> Iterator[Any]:
    """Run a query in a read-only transaction and give its cursor."""
    pymysql = module_of_extra("pymysql", "databases", "Tables of MySQL")
    parts = urlsplit(url)
    name = unquote(parts.path.removeprefix("/"))
    with answering(url, pymysql.MySQLError, OSError):
        connection = pymysql.connect(
            host=parts.hostname or "localhost", port=parts.port or 3306, database=name,
            user=unquote(parts.username or ""), password=unquote(parts.password or ""),
            charset="utf8mb4", cursorclass=pymysql.cursors.SSCursor, **_parameters(parts.query),
        )  # fmt: skip
        with closing(connection), connection.cursor() as cursor:
            for setting in SETTINGS:
                cursor.execute(setting)
            cursor.execute(sql)
            yield cursor


def _parameters(query: str) -> dict[str, str]:
    """Give ``unix_socket`` of the URL's parameters; the others are not ours."""
    given = dict(part.partition("=")[::2] for part in query.split("&") if part)
    return {name: unquote(given[name]) for name in ("unix_socket",) if name in given}


def describe(url: str, query: str) -> list[Described]:
    """Give the columns of a query."""
    with _rows(url, f"{query} LIMIT 0") as cursor:
        return [
            Described(column[0], _datatype(field.type_code, field.charsetnr, field.length))
            for column, field in zip(cursor.description, cursor._result.fields, strict=True)
        ]


def _datatype(code: int, characters: int, length: int) -> str:
    from pymysql.constants import FIELD_TYPE

    names = {number: name for name, number in vars(FIELD_TYPE).items() if name.isupper()}
    name = "TINY" if code == FIELD_TYPE.TINY else names[code]
    if code == FIELD_TYPE.TINY and length == 1:
        return XSD + "boolean"
    is_bytes = (
        "BLOB" in name or "STRING" in name or "VARCHAR" in name or name in ("BIT", "GEOMETRY")
    )
    if is_bytes and characters == BINARY_CHARACTERS:
        return XSD + "hexBinary"
    return XSD + NATURAL[name] if name in NATURAL else XSD_STRING


def split(_url: str, _table: exp.Table) -> list[tuple[exp.Expr | None, int]]:
    """Keep a table whole."""
    return [(None, 0)]


def read(url: str, sql: str, columns: Sequence[Column]) -> Iterator[list[pa.Array]]:
    """Stream the rows of a query."""
    with _rows(url, sql) as cursor:
        rows = iter(cursor.fetchone, None)
        while batch := list(islice(rows, BATCH_ROWS)):
            values = list(zip(*batch, strict=True))
            yield [
                pa.array([None if v is None else _text(v, column) for v in given], pa.string())
                for given, column in zip(values, columns, strict=False)
            ] or [pa.nulls(len(batch))]


def _text(value: Any, column: Column) -> str:
    write = WRITERS.get((column.datatype or "").removeprefix(XSD), str)
    return write(value)


def _date_time(value: Any) -> str:
    text = str(value.isoformat())
    return text.rstrip("0") if "." in text else text


def _time(value: Any) -> str:
    seconds = int(value.total_seconds()) if isinstance(value, timedelta) else 0
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


WRITERS: dict[str, Callable[[Any], str]] = {
    "boolean": lambda value: "true" if value else "false",
    "double": lambda value: double_lexical(float(value)),
    "decimal": lambda value: format(value, "f"),
    "dateTime": _date_time,
    "time": _time,
    "hexBinary": lambda value: value.hex().upper(),
}

DRIVER = Driver("mysql", describe, split, read)
