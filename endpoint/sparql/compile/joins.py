"""Joins of compiled patterns: compatible solutions (SPARQL 1.1, sections 18.3 and 18.5).

Two solutions are compatible where every variable that both bind has one value.
A variable that is bound on both sides for certain is an equality that engines
can hash; else an unbound side agrees with anything.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlglot import exp

from endpoint.sparql.algebra import Expression, Variable
from endpoint.sparql.compile import sql
from endpoint.sparql.compile.context import Context, GraphScope, is_graph
from endpoint.sparql.compile.id_values import IdValue, Part
from endpoint.sparql.compile.made_values import error_value
from endpoint.sparql.compile.solutions import (
    IDENTITY,
    SQL_TYPES,
    Column,
    Row,
    Solutions,
    aligned,
)
from endpoint.sparql.compile.sql import Expr
from endpoint.sparql.compile.text_values import TextValue
from endpoint.sparql.compile.values import Value
from endpoint.sparql.scope import has_exists
from geosparql.errors import QueryError


def agreement(left: Row, right: Row, variable: Variable) -> Expr:
    """Give the condition that two solutions agree on a variable."""
    columns = left.column(variable), right.column(variable)
    unbound = [
        sql.is_null(column.copy())
        for row, column in zip((left, right), columns, strict=True)
        if not row.solutions.columns[variable].certain
    ]
    return sql.either(sql.equal(*columns), *unbound)


class Pair:
    """Two sides of a join that is being built."""

    def __init__(self, context: Context, left: Solutions, right: Solutions) -> None:
        self.context = context
        left, right = aligned(context, left, right)
        self.left, self.right = Row(context, left), Row(context, right)
        self.shared = [v for v in left.columns if v in right.columns]

    def compatible(self) -> Expr:
        """Give the condition that a pair is compatible."""
        return sql.both(*(agreement(self.left, self.right, v) for v in self.shared))

    def overlap(self, shared: Sequence[Variable]) -> Expr:
        """Give the condition that one of some variables is bound on both sides."""
        known = (self.left.solutions.columns, self.right.solutions.columns)
        if any(all(side[v].certain for side in known) for v in shared):
            return sql.boolean(True)
        return sql.either(
            *(
                sql.both(sql.is_present(self.left.column(v)), sql.is_present(self.right.column(v)))
                for v in shared
            )
        )

    def columns(self, *, optional: bool) -> dict[Variable, Column]:
        """Give what is known of the joined columns; `optional`: the right side may be missing."""
        left, right = self.left.solutions.columns, self.right.solutions.columns
        joined = dict(left)
        for variable, column in right.items():
            if variable not in left:
                joined[variable] = column.uncertain() if optional else column
            elif not left[variable].certain:
                certain = column.certain and not optional
                families = left[variable].families | column.families
                joined[variable] = Column(column.form, certain, families)
            elif not optional:
                families = left[variable].families & column.families
                joined[variable] = Column(column.form, True, families)
        return joined

    def merged(self, variable: Variable) -> Expr:
        """Give the joined column of a variable."""
        if variable not in self.right.solutions.columns:
            return self.left.column(variable)
        if variable not in self.left.solutions.columns:
            return self.right.column(variable)
        if self.left.solutions.columns[variable].certain:
            return self.left.column(variable)
        return sql.coalesce(self.left.column(variable), self.right.column(variable))

    def selected(self, columns: dict[Variable, Column]) -> list[Expr]:
        """Give the joined columns under their names."""
        return [self.left.named(self.merged(variable), variable) for variable in columns] or [
            sql.named(sql.integer(1), "unit")
        ]


def joined(context: Context, left: Solutions, right: Solutions) -> Solutions:
    """Give the compatible pairs."""
    pair = Pair(context, left, right)
    columns = pair.columns(optional=False)
    query = exp.select(*pair.selected(columns), copy=False).from_(
        pair.left.solutions.source(pair.left.alias), copy=False
    )
    source = pair.right.solutions.source(pair.right.alias)
    sql.join(query, source, pair.compatible() if pair.shared else None)
    return Solutions(query, columns)


def difference(
    context: Context, left: Solutions, right: Solutions, outer: Collection[Variable] = ()
) -> Solutions:
    """Give the solutions of the left side that no overlapping one of the right side agrees with.

    What overlaps is a variable that the query can name, and that is none of `outer`.
    """
    pair = Pair(context, left, right)
    shared = [v for v in pair.shared if not is_graph(v) and v not in outer]
    if not shared:
        return left
    found = exp.select(sql.integer(1)).from_(pair.right.solutions.source(pair.right.alias))
    found = found.where(pair.compatible(), pair.overlap(shared), copy=False)
    row = pair.left
    return Solutions(
        row.select(row.kept(), sql.negated(exp.Exists(this=found))), row.solutions.columns
    )


def left_joined(
    context: Context,
    left: Solutions,
    right: Solutions,
    condition: Expression | None,
    graphs: GraphScope,
) -> Solutions:
    """Give the pairs that meet the condition, and the left solutions that have none."""
    from endpoint.sparql.compile.expressions import Scope, condition_of

    if condition is not None and has_exists(condition):
        return _left_joined_by_identity(context, left, right, condition, graphs)
    pair = Pair(context, left, right)
    columns = pair.columns(optional=True)
    on = pair.compatible()
    if condition is not None:
        pair_row = _PairRow(pair)
        on = sql.both(on, condition_of(condition, Scope(context, pair_row, graphs)))
        sources = [pair_row.source(pair.left), pair_row.source(pair.right)]
    else:
        sources = [row.solutions.source(row.alias) for row in (pair.left, pair.right)]
    query = exp.select(*pair.selected(columns), copy=False).from_(sources[0], copy=False)
    sql.join(query, sources[1], on, optional=True)
    return Solutions(query, columns)


def _left_joined_by_identity(
    context: Context,
    left: Solutions,
    right: Solutions,
    condition: Expression,
    graphs: GraphScope,
) -> Solutions:
    """Do as `left_joined` where the condition needs whole pairs: pairs first, then the others."""
    from endpoint.sparql.compile.expressions import Scope, condition_of

    outer = Row(context, left)
    outer.identity()
    pairs = joined(context, outer.solutions, right)
    row = Row(context, pairs)
    test = condition_of(condition, Scope(context, row, graphs))
    name = context.materialized(row.select(row.kept(), test))
    columns = Pair(context, outer.solutions, right).columns(optional=True)
    kept = [sql.column(context.name(v)) for v in columns]
    found = exp.select(*kept).from_(exp.to_table(name))
    known = sql.column(context.name(IDENTITY))
    others = outer.select(
        [
            outer.column(v)
            if v in outer.solutions.columns
            else outer.named(sql.null(SQL_TYPES[column.form]), v)
            for v, column in columns.items()
        ],
        sql.negated(
            exp.In(
                this=outer.column(IDENTITY),
                query=exp.select(known).from_(exp.to_table(name)).subquery(copy=False),
            )
        ),
    )
    made = exp.select(*([column.copy() for column in kept if column.name != known.name] or [known]))
    made = made.from_(sql.subquery(sql.union_all([found, others]), context.fresh("o")))
    return Solutions(made, {v: c for v, c in columns.items() if v != IDENTITY})


class _PairRow:
    """A pair of solutions as expressions see it, before it is known whether it is one.

    Dictionary parts are joined inside each side, which then shows their columns.
    """

    def __init__(self, pair: Pair) -> None:
        self.context, self.pair = pair.context, pair
        self._shown: dict[int, dict[tuple[Variable, Part, str], str]] = {
            id(pair.left): {},
            id(pair.right): {},
        }

    def value(self, variable: Variable) -> Value:
        """Give a variable as a value."""
        pair = self.pair
        columns = pair.columns(optional=False)
        if variable not in columns:
            return error_value()
        known = columns[variable]
        if known.form == "text":
            return TextValue(lambda: pair.merged(variable), known.families)
        rows = [r for r in (pair.left, pair.right) if variable in r.solutions.columns]
        if pair.left in rows and pair.left.solutions.columns[variable].certain:
            rows = [pair.left]

        def part(name: Part, column: str) -> Expr:
            shown = [self._show(row, variable, name, column) for row in rows]
            return sql.coalesce(*shown)

        return IdValue(lambda: pair.merged(variable), part, known.certain, known.families)

    def identity(self) -> Expr:
        """Refuse: no blank node decides about a pair."""
        raise QueryError("BNODE cannot stand in the filter of an OPTIONAL")

    def _show(self, row: Row, variable: Variable, part: Part, column: str) -> Expr:
        shown = self._shown[id(row)]
        name = shown.setdefault((variable, part, column), f"{row.alias}_{part}_{len(shown)}")
        return sql.column(name, row.alias)

    def source(self, row: Row) -> exp.Subquery:
        """Give a side to stand in FROM, with what was asked of it."""
        inner = Row(self.context, row.solutions)
        extra: list[Expr] = []
        for (variable, part, column), name in self._shown[id(row)].items():
            value = inner.value(variable)
            assert isinstance(value, IdValue)
            extra.append(sql.named(value.part(part, column), name))
        return sql.subquery(inner.select([*inner.kept(), *extra]), row.alias)
