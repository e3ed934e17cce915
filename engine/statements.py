"""The few statements engines run besides queries, as expression trees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from sqlglot import exp

READ_ONLY = "READ_ONLY"
ROW_GROUP_ROWS = 30_720
"""A quarter of DuckDB's own: a look-up reads one block of each column that it needs."""
AnyQuery = TypeVar("AnyQuery", bound=exp.Query)


def set_option(name: str, value: exp.Expression) -> exp.Set:
    """Build ``SET name = value``."""
    assignment = exp.EQ(this=exp.column(name), expression=value)
    return exp.Set(expressions=[exp.SetItem(this=assignment)])


def reset_option(name: str) -> exp.Command:
    """Build ``RESET name``."""
    return exp.Command(this="RESET", expression=name)


def attach(database: Path, name: str, *, read_only: bool) -> exp.Attach:
    """Build ``ATTACH 'database' AS name``."""
    file = exp.alias_(exp.Literal.string(str(database)), name)
    small = exp.AttachOption(
        this=exp.var("ROW_GROUP_SIZE"), expression=exp.Literal.number(ROW_GROUP_ROWS)
    )
    options = [exp.AttachOption(this=exp.var(READ_ONLY)) if read_only else small]
    return exp.Attach(this=file, expressions=options)


def create(kind: str, table: exp.Table, query: exp.Query) -> exp.Create:
    """Build ``CREATE OR REPLACE kind table AS query``, TEMPORARY in the catalog ``temp``."""
    temporary = exp.Properties(expressions=[exp.TemporaryProperty()])
    return exp.Create(
        this=table,
        kind=kind,
        replace=True,
        expression=query,
        properties=temporary if table.catalog == "temp" else None,
    )


def drop(kind: str, table: exp.Table) -> exp.Drop:
    """Build ``DROP kind IF EXISTS table``."""
    return exp.Drop(tables=[table], kind=kind, exists=True)


def explain(query: str, options: str) -> exp.Command:
    """Build ``EXPLAIN options query``, which sqlglot has no node for."""
    return exp.Command(this="EXPLAIN", expression=f"{options} {query}")


def read_parquet(paths: Sequence[Path]) -> exp.Select:
    """Build ``SELECT * FROM READ_PARQUET([paths])``."""
    files = exp.array(*(exp.Literal.string(str(path)) for path in paths))
    return exp.select("*").from_(exp.Table(this=exp.ReadParquet(expressions=[files])))


def copy_to_parquet(query: exp.Query, file: Path) -> exp.Copy:
    """Build ``COPY (query) TO 'file' (FORMAT parquet, COMPRESSION zstd)``."""
    options = {"FORMAT": "parquet", "COMPRESSION": "zstd"}
    return exp.Copy(
        this=query.subquery(),
        kind=False,
        files=[exp.Literal.string(str(file))],
        params=[
            exp.CopyParameter(this=exp.var(name), expression=exp.var(value))
            for name, value in options.items()
        ],
    )


def filled(query: AnyQuery, values: Mapping[str, object]) -> AnyQuery:
    """Put values in the place of a query's placeholders, for an engine that binds none."""
    query = query.copy() if values else query
    for place in list(query.find_all(exp.Placeholder)) if values else ():
        place.replace(_literal(values[place.name]))
    return query


def _literal(value: object) -> exp.Expr:
    match value:
        case int():
            return exp.Literal.number(value)
        case float():
            return exp.cast(exp.Literal.string(repr(value)), "DOUBLE")
        case bytes():
            return exp.HexString(this=value.hex())
        case list():
            return exp.array(*map(_literal, value))
        case _:
            return exp.Literal.string(str(value))
