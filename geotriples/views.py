"""Logical views to relations (RML-LV): fields unnested one after the other, then joins.

Only what is referred to is compiled: a field that nobody reads could only repeat rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa
from sqlglot import exp

from geosparql.errors import MappingError
from geosparql.terms import XSD
from geotriples.mapping.contents import references
from geotriples.mapping.logical_source import LogicalSource
from geotriples.mapping.logical_view import LogicalView, ViewField, ViewJoin
from geotriples.mapping.model import TermMap
from geotriples.mapping.vocabulary import INDEX, JSON_PATH, RECORD
from geotriples.sources.source import ROW, Column, Source, geometry_column
from geotriples.values import Rows, Typed, not_null, text, text_of, typed_value
from geotriples.view_fields import Failure, Unnesting, add_field

Open = Callable[[LogicalSource, Iterable[str]], tuple[Source, exp.Query]]
"""Opens a logical source for references; the rows have its columns and the row's number."""


@dataclass(frozen=True, slots=True)
class ViewRows:
    """The rows of a view: columns by key, and the columns that tell and order iterations."""

    source: Source
    query: exp.Query
    order: tuple[str, ...]
    failures: tuple[Failure, ...] = ()


def compile_view(view: LogicalView, keys: Iterable[str], open_source: Open) -> ViewRows:
    """Compile a logical view.

    Parameters
    ----------
    view
        The view.
    keys
        What is referred to: names of fields and, with ``.#``, their positions.
    open_source
        Opens the logical sources at its root and at those of its joins.

    Returns
    -------
    ViewRows
        One row an iteration; a field without a value is null. `row` is the number
        of the row at the root.

    Raises
    ------
    MappingError
        Where records are asked for in a format that cannot be taken apart.
    """
    wanted = dict.fromkeys(keys)
    joins = [join for join in view.joins if join.kind != "LEFT" or _of_join(join, wanted)]
    for join in joins:
        wanted |= dict.fromkeys(_all_references(one.child for one in join.joins))
    rows = _own_rows(view, wanted, open_source)
    for number, join in enumerate(joins):
        rows = _joined(rows, join, f"j{number}", wanted, open_source)
    return rows


def _of_join(join: ViewJoin, wanted: Iterable[str]) -> list[ViewField]:
    """Give the fields of a join that are wanted."""
    names = {key.removesuffix("." + INDEX) for key in wanted}
    return [one for one in join.fields if one.name in names]


def _all_references(term_maps: Iterable[TermMap]) -> list[str]:
    return [name for term_map in term_maps for name in references(term_map)]


def _own_rows(view: LogicalView, wanted: dict[str, None], open_source: Open) -> ViewRows:
    """Compile the fields of a view without those of its joins."""
    names = {key.removesuffix("." + INDEX) for key in wanted}
    names |= {name[:end] for name in names for end, letter in enumerate(name) if letter == "."}
    fields = [one for one in view.fields if one.name in names]
    needed = _all_references(one.expression for one in fields if one.expression is not None)
    if any(one.expression is None for one in fields):
        needed.append(RECORD)
    if isinstance(view.on, LogicalView):
        below = compile_view(view.on, needed, open_source)
    else:
        if RECORD in needed and view.on.formulation != JSON_PATH:
            raise MappingError("The rows of this source have no records in them", where=view.where,
                               value=view.on.formulation, hint="Records are in JSON")  # fmt: skip
        below = ViewRows(*open_source(view.on, needed), (ROW,))
    files = below.source.files or (view.source.name,)
    work = Unnesting(frozenset(names), below.source, below.query, list(below.order), files)
    work.failures += below.failures
    for one in fields:
        add_field(work, one)
    if INDEX in wanted:
        work.values[INDEX] = _row_index(below.order)
    return _by_key(work, [key for key in wanted if key in work.values])


def _row_index(order: Sequence[str]) -> Typed:
    """Give the position of a row below a view: its number, or the place among a view's rows."""
    position: exp.Expr = exp.column(ROW, quoted=True)
    if len(order) > 1:
        position = _place((), order)
    return Typed(exp.cast(position, "TEXT"), pa.string(), text(XSD + "integer"))


def _place(group: Sequence[str], order: Sequence[str]) -> exp.Expr:
    """Give the place of a row, from 0, in a group of rows."""
    number = exp.Window(
        this=exp.RowNumber(),
        partition_by=[exp.column(name, quoted=True) for name in group],
        order=exp.Order(
            expressions=[exp.Ordered(this=exp.column(name, quoted=True)) for name in order]
        ),
    )
    return exp.Sub(this=number, expression=exp.Literal.number(1))


def _by_key(work: Unnesting, keys: Sequence[str]) -> ViewRows:
    """Name the columns by what refers to them, and drop the others."""
    columns, kept = [], []
    for number, key in enumerate(keys):
        column, value = _column(key, f"r{number}", work.values[key])
        columns.append(column)
        kept.append(exp.alias_(value, column.name, quoted=True))
    order = [f"o{number}" for number in range(len(work.order))]
    kept += [
        exp.alias_(exp.column(old, quoted=True), new, quoted=True)
        for old, new in zip(work.order, order, strict=True)
    ]
    query = exp.select(*kept, exp.column(ROW, quoted=True)).from_(work.query.subquery("rows"))
    source = replace(work.below, columns=tuple(columns))
    return ViewRows(source, query, tuple(order), tuple(work.failures))


def _column(key: str, name: str, value: Typed) -> tuple[Column, exp.Expr]:
    """Give the column that carries a value, and the value as the column has it."""
    if pa.types.is_binary(value.kind):
        return geometry_column(key, name), value.value.copy()
    if isinstance(value.datatype, exp.Literal):
        return Column(key, name, value.datatype.this), text_of(value).copy()
    return Column(key, name, None), value.datatype.this.copy()


def _joined(
    rows: ViewRows, join: ViewJoin, prefix: str, wanted: dict[str, None], open_source: Open
) -> ViewRows:
    """Put the fields of a join on the rows of a view."""
    fields = _of_join(join, wanted)
    terms = [one.expression for one in fields if one.expression is not None]
    keys = [*terms, *(one.parent for one in join.joins)]
    parent = compile_view(join.parent, _all_references(keys), open_source)
    parent_rows = Rows(parent.source, "object", None)
    columns, kept = [], []
    for number, (one, term_map) in enumerate(zip(fields, terms, strict=True)):
        value = typed_value(term_map, parent_rows)
        column, expression = _column(one.name, f"{prefix}_v{number}", value)
        columns.append(column)
        kept.append(exp.alias_(expression, column.name, quoted=True))
    order = [f"{prefix}_{name}" for name in parent.order]
    kept += [
        exp.alias_(exp.column(old, quoted=True), new, quoted=True)
        for old, new in zip(parent.order, order, strict=True)
    ]
    on = []
    child_rows = Rows(rows.source, "child", None)
    for number, condition in enumerate(join.joins):
        key = f"{prefix}_k{number}"
        kept.append(
            exp.alias_(text_of(typed_value(condition.parent, parent_rows)), key, quoted=True)
        )
        child = text_of(typed_value(condition.child, child_rows))
        on.append(exp.EQ(this=child, expression=exp.column(key, quoted=True)))
    parent_query = exp.select(*kept).from_(parent.query.subquery("parent_rows"))
    query: exp.Query = (
        exp.select("*")
        .from_(rows.query.subquery("child"))
        .join(parent_query.subquery("parent"), on=exp.and_(*on), join_type=join.kind)
    )
    indexed = [one for one in fields if f"{one.name}.{INDEX}" in wanted]
    if indexed:
        place = exp.cast(_place(rows.order, order), "TEXT")
        matched = not_null(exp.column(order[0], quoted=True))
        shown = exp.Case(ifs=[exp.If(this=matched, true=place)])
        position = f"{prefix}_p"
        query = exp.select("*", exp.alias_(shown, position, quoted=True)).from_(
            query.subquery("joined")
        )
        columns += [Column(f"{one.name}.{INDEX}", position, XSD + "integer") for one in indexed]
    source = replace(rows.source, columns=(*rows.source.columns, *columns))
    failures = (*rows.failures, *parent.failures)
    return ViewRows(source, query, (*rows.order, *order), failures)
