"""Tables and queries of SQL databases: the columns asked for, with R2RML's natural datatypes.

What differs between databases is a `Driver`: one file each, imported at first
use. Sessions are read-only, a query must be one SELECT, and no message shows a
password.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pyarrow as pa
import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from engine.protocol import Parts
from geosparql.errors import MappingError, SourceError, shorten
from geotriples.access import shown_url
from geotriples.mapping.logical_source import FileSource, LogicalSource
from geotriples.mapping.vocabulary import EGR, SQL_QUERY, SQL_TABLE
from geotriples.sources.ewkb import checked_srids
from geotriples.sources.source import (
    Column,
    Source,
    column_names,
    missing_reference,
    row_numbers,
    schema_of,
)

ROWS = "source_rows"
"""Alias of the table or query; conditions of parts name it."""

DATABASES = {
    "postgresql": "postgresql",
    "postgres": "postgresql",
    "sqlite": "sqlite",
    "duckdb": "duckdb_file",
    "mysql": "mysql",
    "mariadb": "mysql",
}
"""Scheme of the URL to the module with the driver."""

FILE_SCHEMES = {".sqlite": "sqlite", ".sqlite3": "sqlite", ".db": "sqlite", ".gpkg": "sqlite",
                ".duckdb": "duckdb"}  # fmt: skip


OWN_TABLES = frozenset({"spatial_ref_sys", "geometry_columns", "geography_columns"})
"""Tables and views of PostGIS."""


@dataclass(frozen=True, slots=True)
class Described:
    """A column that a table or query has."""

    name: str
    datatype: str | None
    """Natural datatype; None where values bring their own."""
    repeated: bool = False
    geometry: bool = False
    as_text: bool = False
    """Whether the database must write the values, for Arrow has no type for them."""


@dataclass(frozen=True, slots=True)
class Driver:
    """How one kind of database is read.

    Parameters
    ----------
    dialect
        Name of its SQL for sqlglot.
    describe
        Columns of a query, given the URL and the query.
    split
        Conditions on rows of a table and the number of the first row under each,
        given the URL and the table; None is every row.
    read
        Arrays of a query's columns, batch by batch, given the URL, the SQL text and
        the columns.
    """

    dialect: str
    describe: Callable[[str, str], list[Described]]
    split: Callable[[str, exp.Table], list[tuple[exp.Expr | None, int]]]
    read: Callable[[str, str, Sequence[Column]], Iterator[list[pa.Array]]]


def open_sql(source: LogicalSource, references: Sequence[str]) -> Source:
    """Open a table (`rml:SQL2008Table`) or a query (`rml:SQL2008Query`) of a database.

    Parameters
    ----------
    source
        The logical source; its iterator is the name of the table or the text of the
        query, `egr:crs` the CRS of geometries that state none.
    references
        Column names; letters' case matters only where two names differ in it alone.

    Returns
    -------
    Source
        Parts of a large table, one part of a query.

    Raises
    ------
    MappingError
        Where the query is not one SELECT, or the kind of database is not known.
    SourceError
        Where the database does not answer, or a table or column is missing.
    """
    url = _url(source)
    driver = _driver(url, source.where)
    relation, described = _described(driver, url, source)
    held = {reference: _held(reference, described, source) for reference in references}
    columns = tuple(
        Column(reference, name, held[reference].datatype, held[reference].repeated,
               held[reference].geometry)
        for reference, name in column_names(references).items()
    )  # fmt: skip
    selected = [
        exp.alias_(_value(held[column.reference]), column.name, quoted=True) for column in columns
    ]
    query = exp.select(*(selected or [exp.alias_(exp.Literal.number(1), "nothing", quoted=True)]))
    query = query.from_(relation)
    split = driver.split(url, relation) if isinstance(relation, exp.Table) else [(None, 0)]
    parts = [
        ((query if where is None else query.where(where)).sql(driver.dialect), first)
        for where, first in split
    ]
    read = partial(_read, url=url, columns=columns, crs=source.option(EGR + "crs"))
    return Source(Parts(schema_of(columns), parts, read), columns)


def column_names_of(source: LogicalSource) -> list[tuple[str, bool]]:
    """Give the columns of a table or query, and whether each is a geometry."""
    url = _url(source)
    _, described = _described(_driver(url, source.where), url, source)
    return [(column.name, column.geometry) for column in described]


def table_names_of(source: LogicalSource) -> list[str]:
    """Give the tables and views of a database's own schema, but for those that it brings itself."""
    dialect = _driver(_url(source), source.where).dialect
    if dialect == "sqlite":
        query = exp.select("name").from_("sqlite_master")
        query = query.where(exp.column("type").isin("table", "view"))
    else:
        schema = exp.Anonymous(this="SCHEMA" if dialect == "mysql" else "CURRENT_SCHEMA")
        query = exp.select(exp.column("table_name").as_("name")).from_(
            exp.table_("tables", db="information_schema")
        )
        query = query.where(exp.column("table_schema").eq(schema))
    asked = replace(source, formulation=SQL_QUERY, iterator=query.sql(dialect))
    parts = open_sql(asked, ("name",)).parts
    names = [
        str(name)
        for part in parts.parts
        for batch in parts.read(part)
        for name in batch.column(0).to_pylist()
    ]
    return sorted(name for name in names if name not in OWN_TABLES and name[:7] != "sqlite_")


@contextmanager
def answering(url: str, *failures: type[Exception]) -> Iterator[None]:
    """Turn what a database says is wrong into a SourceError that shows no password."""
    try:
        yield
    except failures as error:
        said = " ".join(str(error).split())
        for secret in {url, urlsplit(url).password or "", unquote(urlsplit(url).password or "")}:
            said = said.replace(secret, "…") if secret else said
        raise SourceError(
            "The database does not answer", where=shown_url(url),
            hint=f"Check its URL, that it runs, what is asked for. It says: {shorten(said, 300)}",
        ) from None  # fmt: skip


def path_of(url: str) -> str:
    """Give the path of a database file: ``sqlite:///relative`` or ``sqlite:////absolute``."""
    return unquote(urlsplit(url).path).removeprefix("/")


def _url(source: LogicalSource) -> str:
    if not isinstance(source.source, FileSource):
        url, access = source.source.url, source.source.access
        if urlsplit(url).scheme in FILE_SCHEMES.values():
            access.check_path(Path(path_of(url)))
        elif access.hosts is not None and urlsplit(url).query:
            raise SourceError("Parameters in the URL of a database are not allowed here",
                              where=source.source.name)  # fmt: skip
        else:
            access.check_url(url)
        return url
    scheme = FILE_SCHEMES.get(source.source.path.suffix.lower(), "")
    return f"{scheme}:///{source.source.path}"


def _driver(url: str, where: str) -> Driver:
    scheme = urlsplit(url).scheme.partition("+")[0]
    if scheme not in DATABASES:
        raise MappingError(
            "The kind of database is not known", where=where, value=scheme,
            hint=f"URLs begin with {', '.join(DATABASES)}",
        )  # fmt: skip
    driver: Driver = import_module(f"geotriples.sources.{DATABASES[scheme]}").DRIVER
    return driver


def _described(
    driver: Driver, url: str, source: LogicalSource
) -> tuple[exp.Table | exp.Subquery, list[Described]]:
    """Give what is read, with its alias, and its columns."""
    relations = _relations(driver, source)
    for relation in relations[:-1]:
        try:
            return relation, driver.describe(url, _all_of(relation, driver))
        except SourceError:
            pass  # the next way to read the name may be the right one
    return relations[-1], driver.describe(url, _all_of(relations[-1], driver))


def _all_of(relation: exp.Table | exp.Subquery, driver: Driver) -> str:
    return exp.select("*").from_(relation).sql(driver.dialect)


def _relations(driver: Driver, source: LogicalSource) -> Sequence[exp.Table | exp.Subquery]:
    """Give what an iterator may mean: a query, or a table's name as it is or in the usual case."""
    text = source.iterator or ""
    try:
        if source.formulation == SQL_TABLE:
            table = exp.to_table(text, dialect=driver.dialect, alias=ROWS)
            exact = table.copy()
            for name in exact.find_all(exp.Identifier):
                name.set("quoted", True)
            return [exact, table]
        queries = sqlglot.parse(text.strip().rstrip(";"), dialect=driver.dialect)
    except SqlglotError as error:
        raise MappingError(
            "The SQL is not understood", where=source.where, value=text,
            hint=str(error).split("\n")[0],
        ) from error  # fmt: skip
    changing = (exp.DML, exp.DDL, exp.Into, exp.Command)
    query = queries[0] if len(queries) == 1 else None
    if not isinstance(query, exp.Query) or query.find(*changing):
        raise MappingError("A query of a source must be one SELECT", where=source.where, value=text)
    return [query.subquery(ROWS)]


def _held(reference: str, described: Sequence[Described], source: LogicalSource) -> Described:
    """Give the column that a reference means."""
    exact = [column for column in described if column.name == reference]
    folded = [column for column in described if column.name.lower() == reference.lower()]
    if len(exact) != 1 and len(folded) != 1:
        names = [column.name for column in described]
        raise missing_reference(reference, names, source.source.name)
    return (exact or folded)[0]


def _value(column: Described) -> exp.Expr:
    value: exp.Expr = exp.column(column.name, table=ROWS, quoted=True)
    return exp.cast(value, "TEXT") if column.as_text else value


def _read(
    part: tuple[str, int], *, url: str, columns: tuple[Column, ...], crs: str | None
) -> Iterator[pa.RecordBatch]:
    """Read one part."""
    sql, row = part
    schema, name = schema_of(columns), shown_url(url)
    for arrays in _driver(url, name).read(url, sql, columns):
        count = len(arrays[0])
        held = [
            checked_srids(array, crs, f"{name}, {column.reference}") if column.geometry else array
            for column, array in zip(columns, arrays, strict=False)
        ]
        yield pa.record_batch([*held, row_numbers(row, count)], schema=schema)
        row += count
