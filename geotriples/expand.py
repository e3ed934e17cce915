"""Wide rows to triples: one row of terms becomes one row a triple, in one pass over the source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
from sqlglot import exp

from geosparql.triples import TRIPLES_SCHEMA
from geotriples.mapping.model import LogicalTarget
from geotriples.sources.source import ROW
from geotriples.term_columns import TermColumns
from geotriples.values import PLAIN, Check, not_null, null

MAP = "map"
PROBLEM = "problem"
PROBLEM_VALUE = "problem_value"
PROBLEM_ROW = "problem_row"
ENTRY = "entry"

MADE_SCHEMA = pa.schema(
    [
        *(field.with_nullable(True) for field in TRIPLES_SCHEMA),
        pa.field(MAP, pa.int32()),
        pa.field(PROBLEM, pa.int32()),
        pa.field(PROBLEM_VALUE, pa.string()),
        pa.field(PROBLEM_ROW, pa.int64()),
    ]
)
"""Triples with the number of their outlet, and in rows of their own the problems of
source rows: the number of the problem, the value to show and the row's number."""

_SQL_TYPES = {pa.string(): "TEXT", pa.binary(): "BINARY", pa.int32(): "INT", pa.int64(): "BIGINT"}
NULLS = {field.name: _SQL_TYPES[field.type] for field in MADE_SCHEMA}
"""SQL type of each column."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What one triple a row has besides its object."""

    subject: TermColumns
    predicate: TermColumns
    graph: exp.Expr | None = None
    """None: the default graph."""
    only_where: exp.Expr | None = None
    targets: frozenset[LogicalTarget] = frozenset()
    """Those of its graph."""


@dataclass(frozen=True, slots=True)
class Expansion:
    """The statements and checks of a wide row: what `expand` and `lines_query` write out."""

    entries: tuple[dict[str, exp.Expr], ...]
    wide: exp.Query
    made: Mapping[str, exp.Expr]
    """What each column of the wide row was made with."""

    def kind_of(self, value: exp.Expr) -> str | None:
        """Tell what is known of the texts that an expression gives (`geotriples.values.plain`)."""
        if isinstance(value, exp.Column):
            value = self.made.get(value.name, value)
        return value.meta.get(PLAIN)


class TermRows:
    """Collects the expressions of terms as columns of one wide row, each computed once."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._columns: dict[str, exp.Expr] = {}

    def column(self, expression: exp.Expr) -> exp.Expr:
        """Give the column that holds an expression; a constant stands for itself."""
        if not expression.find(exp.Column):
            return expression
        key = expression.sql()
        self._columns.setdefault(key, expression)
        return exp.column(f"{self._prefix}{list(self._columns).index(key)}", quoted=True)

    @property
    def made(self) -> dict[str, exp.Expr]:
        """What each column is made with, by its name."""
        values = self._columns.values()
        return {f"{self._prefix}{number}": value for number, value in enumerate(values)}

    def term(self, term: TermColumns) -> TermColumns:
        """Give a term over the columns of the wide row; its checks are left out."""
        return TermColumns(
            self.column(term.value), self.column(term.datatype), self.column(term.language),
            self.column(term.geometry),
        )  # fmt: skip

    def select(self, rows: exp.Query, keep_row: bool) -> exp.Select:
        """Give the wide rows; `keep_row` keeps the row number."""
        columns: list[exp.Expr] = [
            exp.alias_(expression.copy(), name, quoted=True)
            for name, expression in self.made.items()
        ]
        if keep_row:
            columns.append(exp.column(ROW, quoted=True))
        return exp.select(
            *(columns or [exp.alias_(exp.Literal.number(1), f"{self._prefix}one")])
        ).from_(rows.subquery("source_rows"))


def entry_of(
    number: int, statement: Statement, made: TermColumns, rows: TermRows, objects: TermRows
) -> dict[str, exp.Expr]:
    """Give the columns of a statement and its object `made`, which stands in `objects`.

    `number` is that of the outlet; the other terms stand in `rows`.
    """
    subject, predicate = rows.term(statement.subject), rows.term(statement.predicate)
    value = objects.term(made)
    text = value.value
    if statement.only_where is not None:
        condition = rows.column(statement.only_where)
        text = exp.Case(ifs=[exp.If(this=condition, true=text)])
    return {
        "subject": subject.value,
        "predicate": predicate.value,
        "object": text,
        "datatype": value.datatype,
        "language": value.language,
        "graph": null() if statement.graph is None else rows.column(statement.graph),
        "geometry": value.geometry,
        MAP: exp.cast(exp.Literal.number(number), NULLS[MAP]),
    }


def check_entry(check: Check, number: int, rows: TermRows) -> dict[str, exp.Expr]:
    """Give the problem columns of a check over the wide row."""
    condition = rows.column(check.condition)
    code = exp.cast(exp.Literal.number(number), NULLS[PROBLEM])
    return {
        PROBLEM: exp.Case(ifs=[exp.If(this=condition, true=code)]),
        PROBLEM_VALUE: rows.column(check.value),
        PROBLEM_ROW: exp.column(ROW, quoted=True),
    }


def expand(entries: Sequence[dict[str, exp.Expr]], wide: exp.Query) -> exp.Select:
    """Give one row an entry for each wide row.

    Parameters
    ----------
    entries
        What each of `MADE_SCHEMA`'s columns holds; a missing one is null.
    wide
        The wide rows.

    Returns
    -------
    exp.Select
        Columns of `MADE_SCHEMA`, without the last three where nothing is
        checked; rows that are neither a whole triple nor a problem are gone.
    """
    checked = any(PROBLEM in entry for entry in entries)
    names = [name for name in MADE_SCHEMA.names if checked or not name.startswith(PROBLEM)]
    numbers = exp.Array(expressions=[exp.Literal.number(n) for n in range(len(entries))])
    numbered = exp.select("*", exp.alias_(exp.Explode(this=numbers), ENTRY)).from_(
        wide.subquery("terms")
    )
    long = exp.select(
        *(exp.alias_(_pick(name, entries), name, quoted=True) for name in names)
    ).from_((wide if len(entries) == 1 else numbered).subquery("numbered"))
    columns = {name: exp.column(name, quoted=True) for name in names}
    whole: exp.Expr = exp.and_(
        *(not_null(columns[name]) for name in ("subject", "predicate", "object"))
    )
    if checked:
        whole = exp.or_(whole, not_null(columns[PROBLEM]))
    return exp.select(*columns.values()).from_(long.subquery("triples")).where(whole)


def _pick(name: str, entries: Sequence[dict[str, exp.Expr]]) -> exp.Expr:
    """Choose a column's expression by the number of the entry."""
    values = [entry.get(name) for entry in entries]
    kinds = {None if value is None else value.sql() for value in values}
    if len(kinds) == 1:
        return null(NULLS[name]) if values[0] is None else values[0].copy()
    nothing = null(NULLS[name]).sql()
    ifs = [
        exp.If(this=exp.Literal.number(number), true=value.copy())
        for number, value in enumerate(values)
        if value is not None and value.sql() != nothing
    ]
    return exp.Case(this=exp.column(ENTRY), ifs=ifs) if ifs else null(NULLS[name])
