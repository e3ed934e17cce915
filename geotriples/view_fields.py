"""Fields of logical views: lists and records unnested one after the other (RML-LV)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pyarrow as pa
from sqlglot import exp

from geosparql.errors import MappingError
from geosparql.terms import XSD
from geotriples.calls import lists_of
from geotriples.mapping.contents import references
from geotriples.mapping.logical_view import ViewField
from geotriples.mapping.vocabulary import INDEX, RECORD
from geotriples.records import RECORD_FORMATS, RecordFormat
from geotriples.sources.source import Column, Source
from geotriples.values import (
    Check,
    Problem,
    Rows,
    Typed,
    call,
    is_null,
    not_null,
    text,
    text_of,
    typed_value,
)

Failure = tuple[Check, exp.Query]
"""What can be wrong with a value, and the rows that it is looked for in."""


@dataclass(slots=True)
class Unnesting:
    """The rows of a view while its fields are put on them."""

    names: frozenset[str]
    """Absolute names of the fields that are wanted, and of what they are in."""
    below: Source
    query: exp.Query
    order: list[str]
    """Columns that tell iterations apart, and order them."""
    files: tuple[str, ...]
    """What messages call the source."""
    values: dict[str, Typed] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    counter: int = 0

    def new(self) -> str:
        """Give a name that no column begins with."""
        self.counter += 1
        return f"x{self.counter}"

    def add(self, expression: exp.Expr, name: str) -> exp.Expr:
        """Add a column; give it."""
        alias = exp.alias_(expression, name, quoted=True)
        self.query = exp.select("*", alias).from_(self.query.subquery("rows"))
        return exp.column(name, quoted=True)

    def unnest(self, values: exp.Expr, name: str) -> exp.Expr:
        """Give a row to each member of a list, one of null to an empty one; give its position."""
        position = f"{name}_position"
        held = self.add(values, f"{name}_list")
        is_empty = exp.EQ(
            this=exp.func("COALESCE", exp.ArraySize(this=held), exp.Literal.number(0)),
            expression=exp.Literal.number(0),
        )
        nothing = exp.Array(expressions=[exp.null()])
        whole = exp.Case(ifs=[exp.If(this=is_empty, true=nothing)], default=held.copy())
        held = self.add(whole, f"{name}_whole")
        both = exp.Aliases(
            this=exp.Posexplode(this=held),
            expressions=[exp.to_identifier(one, quoted=True) for one in (position, name)],
        )
        self.query = exp.select("*", both).from_(self.query.subquery("rows"))
        self.order.append(position)
        return exp.column(position, quoted=True)

    def keep(self, name: str, value: Typed | None, present: exp.Expr, position: exp.Expr) -> None:
        """Keep a field's value, and its position where that is referred to."""
        if value is not None:
            self.values[name] = value
        where_present = exp.Case(ifs=[exp.If(this=not_null(present), true=position)])
        self.values[f"{name}.{INDEX}"] = Typed(
            exp.cast(where_present, "TEXT"), pa.string(), text(XSD + "integer")
        )


def add_field(work: Unnesting, one: ViewField) -> None:
    """Put a field of a view, and what is wanted of the fields in it, on the rows.

    Raises
    ------
    MappingError
        Where records are in a format that cannot be taken apart.
    """
    name, source = one.name, work.below
    if one.expression is None:
        _add_records(work, one, exp.column(source.column(RECORD).name, quoted=True), "")
        return
    _add_value(work, one, name, Rows(source, work.new(), None), {})


def _add_value(
    work: Unnesting, one: ViewField, name: str, rows: Rows, positions: dict[str, exp.Expr]
) -> None:
    """Put an expression's value on the rows; `positions` are of lists unnested already."""
    assert one.expression is not None
    for column, values in dict(lists_of(one.expression, rows)).items():
        if column not in positions:
            positions[column] = work.unnest(values.copy(), column)
    value = typed_value(one.expression, rows)
    only = next(iter(positions.values())) if len(positions) == 1 else exp.Literal.number(0)
    work.keep(name, value, value.value, only)
    for inner in one.fields:
        if f"{name}.{inner.name}" in work.names:
            _add_records(work, inner, text_of(value), name + ".", is_value=True)


def _add_records(
    work: Unnesting, one: ViewField, whole: exp.Expr, prefix: str, *, is_value: bool = False
) -> None:
    """Put the records of an iterable field on the rows, and the fields in them.

    A value may be anything; what came out of a document is what it should be.
    """
    name, kind = prefix + one.name, RECORD_FORMATS.get(one.formulation)
    if kind is None:
        raise MappingError(
            "Texts of this format cannot be taken apart", where=one.where, value=one.formulation,
            hint=f"Known: {', '.join(RECORD_FORMATS)}",
        )  # fmt: skip
    iterator = one.iterator or kind.iterator
    records = call(kind.records, whole, *([] if iterator is None else [text(iterator)]))
    if is_value:
        problem = Problem(
            work.files, one.where, kind.wrong, "Mend it, or state its rml:referenceFormulation"
        )
        is_wrong = exp.and_(not_null(whole), is_null(records))
        work.failures.append((Check(problem, is_wrong, whole.copy()), work.query))
    record = work.new()
    position = work.unnest(records, record)
    held = exp.column(record, quoted=True)
    work.keep(name, None, held, position)
    for inner in one.fields:
        inner_name = f"{name}.{inner.name}"
        if inner_name in work.names and inner.expression is None:
            _add_records(work, inner, held.copy(), name + ".")
        elif inner_name in work.names:
            _add_record_value(work, inner, held, kind, inner_name)


def _add_record_value(
    work: Unnesting, one: ViewField, record: exp.Expr, kind: RecordFormat, name: str
) -> None:
    """Put an expression over a record on the rows."""
    assert one.expression is not None
    role, columns = work.new(), []
    positions: dict[str, exp.Expr] = {}
    for number, reference in enumerate(dict.fromkeys(references(one.expression))):
        node = f"{role}_n{number}"
        nodes = call(kind.values, record, text(kind.path(reference)))
        positions[f"{role}_v{number}"] = work.unnest(nodes, node)
        parts = (("lexical", "rml_json_lexical"), ("datatype", "rml_json_datatype"))
        work.add(
            exp.Struct(expressions=[
                exp.PropertyEQ(this=exp.to_identifier(part),
                               expression=call(function, exp.column(node, quoted=True)))
                for part, function in parts
            ]),
            f"{role}_v{number}",
        )  # fmt: skip
        columns.append(Column(reference, f"v{number}", None, repeated=True))
    rows = Rows(replace(work.below, columns=tuple(columns)), role, None)
    _add_value(work, one, name, rows, positions)
