"""The tables of a store, as one table of columns and the order that each is clustered in.

The first five are the data; Spark reads the same five as Parquet. The rest is
what the store knows about itself. Every id is that of `endpoint.store.ids`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
from sqlglot import exp

FORMAT_VERSION = 1
"""Raised when an older earthgraph could no longer read the tables."""

_SQL_TYPES: dict[pa.DataType, str] = {
    pa.int8(): "TINYINT",
    pa.int32(): "INT",
    pa.int64(): "BIGINT",
    pa.float64(): "DOUBLE",
    pa.string(): "TEXT",
    pa.binary(): "VARBINARY",
}


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its Arrow schema and the columns its rows are clustered by."""

    name: str
    schema: pa.Schema
    order: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Column names, in order."""
        return tuple(self.schema.names)

    def select(self, source: str | None = None) -> exp.Select:
        """Give ``SELECT columns FROM source``; from the table itself where no source is named."""
        return exp.select(*map(column, self.columns)).from_(exp.to_table(source or self.name))

    def create(self, name: str | None = None) -> exp.Create:
        """Give the CREATE TABLE statement; `name` stands in for the table's own."""
        definitions = [
            exp.ColumnDef(
                this=exp.to_identifier(field.name, quoted=True),
                kind=exp.DataType.build(_SQL_TYPES[field.type]),
                constraints=[]
                if field.nullable
                else [exp.ColumnConstraint(kind=exp.NotNullColumnConstraint())],
            )
            for field in self.schema
        ]
        table = exp.Schema(this=exp.to_table(name or self.name), expressions=definitions)
        return exp.Create(kind="TABLE", this=table)

    def drop(self) -> exp.Drop:
        """Give the DROP TABLE statement."""
        return exp.Drop(kind="TABLE", tables=[exp.to_table(self.name)])


def column(name: str, table: str | None = None) -> exp.Column:
    """Give a column of a table (or its alias), quoted."""
    return exp.column(name, table=table, quoted=True)


def ordered(query: exp.Select, names: Sequence[str]) -> exp.Select:
    """Sort a query by columns, ascending."""
    return query.order_by(*map(column, names), copy=False)


def _schema(*fields: tuple[str, pa.DataType], nullable: Sequence[str] = ()) -> pa.Schema:
    return pa.schema([pa.field(name, kind, name in nullable) for name, kind in fields])


_ID = pa.int64()
_QUAD = _schema(("graph", _ID), ("subject", _ID), ("predicate", _ID), ("object", _ID))

QUADS_SPO = Table("quads_spo", _QUAD, ("subject", "predicate", "object", "graph"))
QUADS_POS = Table("quads_pos", _QUAD, ("predicate", "object", "subject", "graph"))
TERMS = Table(
    "terms",
    _schema(
        ("id", _ID),
        ("lexical", pa.string()),
        ("datatype", pa.string()),
        ("language", pa.string()),
        ("number", pa.float64()),
        ("instant", pa.int64()),
        nullable=("datatype", "language", "number", "instant"),
    ),
    ("id",),
)
"""Dictionary terms in the form of a triple batch's object: a blank node as ``_:label``, `datatype`
null for IRI and blank node. `number` is the value of ``*_text`` numerics and booleans, `instant` of
``date_text`` and ``dateTime_text`` in microseconds since 1970 in UTC (read as UTC where there is no
time zone; null further than 290,000 years away)."""

TERM_HASHES = Table("term_hashes", _schema(("hash", pa.int64()), ("id", _ID)), ("hash",))
GEOMETRIES = Table(
    "geometries",
    _schema(
        ("id", _ID),
        ("geometry", pa.binary()),
        ("srid", pa.int32()),
        ("min_x", pa.float64()),
        ("min_y", pa.float64()),
        ("max_x", pa.float64()),
        ("max_y", pa.float64()),
        ("dimension", pa.int8()),
        nullable=("min_x", "min_y", "max_x", "max_y"),
    ),
)
"""Each readable geometry literal: EWKB, its SRID, its CRS84 box (null: empty), its topological
dimension (0 to 2; -1 for an empty collection). Clustered along a Hilbert curve over box centers."""

PREDICATE_STATISTICS = Table(
    "predicate_statistics",
    _schema(("predicate", _ID), ("quads", _ID), ("subjects", _ID), ("objects", _ID)),
)
CLASS_STATISTICS = Table("class_statistics", _schema(("class", _ID), ("members", _ID)))
STORE_INFO = Table(
    "store_info",
    _schema(
        ("format_version", pa.int32()),
        ("data_version", pa.int64()),
        ("documents", pa.int64()),
        ("clustered_quads", pa.int64()),
    ),
)
"""One row: format, number of commits, blank node scopes handed out, quads in one sorted run."""

DATA_TABLES = (QUADS_SPO, QUADS_POS, TERMS, TERM_HASHES, GEOMETRIES)
STORE_TABLES = (*DATA_TABLES, PREDICATE_STATISTICS, CLASS_STATISTICS, STORE_INFO)
