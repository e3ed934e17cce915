"""PostgreSQL and PostGIS through ADBC: rows come as Arrow by binary COPY, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, urlsplit

import pyarrow as pa
from sqlglot import exp

from geosparql.errors import SourceError
from geosparql.extras import module_of_extra
from geosparql.terms import XSD
from geosparql.vocabulary import GEO_WKT_LITERAL
from geotriples.sources.databases import ROWS, Described, Driver, answering
from geotriples.sources.lexical import natural_datatype, natural_text
from geotriples.sources.source import Column

GEOMETRIES = ("geometry", "geography")
NUMERIC = "numeric"
WRITTEN = frozenset({"money", "json", "jsonb"})
"""Types whose Arrow values are not what the database would write."""
PART_PAGES = 8192
SMALLEST_ROW_BYTES = 28
"""Row header and line pointer: a page holds fewer rows than would fit of these."""


@contextmanager
def _cursor(url: str) -> Iterator[Any]:
    """Open a read-only session."""
    dbapi = module_of_extra("adbc_driver_postgresql.dbapi", "databases", "Tables of PostgreSQL")
    with (
        answering(url, dbapi.Error, pa.ArrowException, OSError),
        dbapi.connect(_read_only(url)) as connection,
        connection.cursor() as cursor,
    ):
        yield cursor


def _read_only(url: str) -> str:
    parts = urlsplit(url)
    option = "options=" + quote("-c default_transaction_read_only=on", safe="")
    query = "&".join(part for part in (parts.query, option) if part)
    return f"postgresql://{parts.netloc}{parts.path}?{query}"


def describe(url: str, query: str) -> list[Described]:
    """Give the columns of a query."""
    with _cursor(url) as cursor:
        return [_described(field) for field in cursor.adbc_execute_schema(query)]


def _described(field: pa.Field) -> Described:
    kind = (field.metadata or {}).get(b"POSTGRESQL:type", b"").decode()
    if kind in GEOMETRIES:
        return Described(field.name, GEO_WKT_LITERAL, geometry=True)
    if kind == NUMERIC:
        return Described(field.name, XSD + "decimal")
    repeated = pa.types.is_list(field.type)
    value = field.type.value_type if repeated else field.type
    try:
        datatype = natural_datatype(value, field.name)
    except SourceError:
        return Described(field.name, XSD + "string", as_text=True)
    if kind in WRITTEN or isinstance(value, pa.BaseExtensionType):
        return Described(field.name, XSD + "string", as_text=True)
    return Described(field.name, datatype, repeated)


def split(url: str, table: exp.Table) -> list[tuple[exp.Expr | None, int]]:
    """Split a table by its pages; a view, and a table that is small, stay whole.

    Row numbers count from the page, as if each row before it were of the smallest size.
    """
    bare = table.copy()
    bare.set("alias", None)
    name = exp.cast(
        exp.Literal.string(bare.sql("postgres")), exp.DataType.build("regclass", udt=True)
    )
    bytes_held = exp.func("pg_relation_size", name)
    page = exp.cast(exp.func("current_setting", exp.Literal.string("block_size")), "BIGINT")
    with _cursor(url) as cursor:
        cursor.execute(exp.select(bytes_held, page).sql("postgres"))
        size, page_bytes = cursor.fetchone()
    pages = (size or 0) // page_bytes
    if pages <= PART_PAGES:
        return [(None, 0)]
    rows_of_page = page_bytes // SMALLEST_ROW_BYTES
    column = exp.column("ctid", table=ROWS)
    parts: list[tuple[exp.Expr | None, int]] = []
    for first in range(0, pages, PART_PAGES):
        last = first + PART_PAGES
        condition: exp.Expr = exp.GTE(this=column.copy(), expression=_place(first))
        if last < pages:
            condition = exp.and_(condition, exp.LT(this=column.copy(), expression=_place(last)))
        parts.append((condition, first * rows_of_page))
    return parts


def _place(page: int) -> exp.Expr:
    """Give the place before the first row of a page."""
    return exp.cast(exp.Literal.string(f"({page},0)"), exp.DataType.build("tid", udt=True))


def read(url: str, sql: str, columns: Sequence[Column]) -> Iterator[list[pa.Array]]:
    """Stream the rows of a query."""
    with _cursor(url) as cursor:
        cursor.execute(sql)
        for batch in cursor.fetch_record_batch():
            arrays = [
                array.storage if isinstance(array, pa.ExtensionArray) else array
                for array in batch.columns
            ]
            yield [
                array if columns and columns[number].geometry else natural_text(array)
                for number, array in enumerate(arrays)
            ]


DRIVER = Driver("postgres", describe, split, read)
