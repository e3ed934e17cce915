"""Compiled patterns: relations of solutions, and rows of them that expressions read.

A solution relation has one column per variable. Most hold term ids (BIGINT, null:
unbound); a computed value that has no id stands as a term text (VARCHAR, see
`endpoint.sparql.functions.encoding`). Where the two meet, in a join, union or
comparison, the ids are written out as texts; nowhere else are terms decoded
before the end. An id answers most questions by itself, so that a filter on
numbers is arithmetic on one BIGINT column; and a term text needs no dictionary
that both engines would have to grow in the middle of a query.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from sqlglot import exp

from endpoint.sparql.algebra import Variable
from endpoint.sparql.compile import sql
from endpoint.sparql.compile.context import Context
from endpoint.sparql.compile.id_values import IdValue, Part
from endpoint.sparql.compile.made_values import error_value
from endpoint.sparql.compile.sql import Expr
from endpoint.sparql.compile.text_values import TextValue
from endpoint.sparql.compile.values import ALL_FAMILIES, Families, Value
from endpoint.sparql.plan import Form

SQL_TYPES: dict[Form, str] = {"id": "BIGINT", "text": "VARCHAR"}


IDENTITY = Variable("_:identity")
"""Tells solutions apart, where an expression asks for it."""


@dataclass(frozen=True, slots=True)
class Column:
    """What is known of a variable's column; `certain`: it is bound in every solution."""

    form: Form = "id"
    certain: bool = True
    families: Families = ALL_FAMILIES

    def uncertain(self) -> Column:
        """Give the column where it may be unbound."""
        return replace(self, certain=False)


Columns = Mapping[Variable, Column]


@dataclass(frozen=True, slots=True)
class Solutions:
    """A query whose columns are variables, by `Context.name`."""

    query: exp.Select
    columns: Columns

    def source(self, alias: str) -> exp.Subquery:
        """Give the solutions to stand in FROM."""
        return sql.subquery(self.query, alias)


_PART_TYPES = {"number": "DOUBLE", "instant": "BIGINT", "lexical": "VARCHAR"}
"""Columns of the parts that `Context.lacks` may say nothing stands in."""


@dataclass(slots=True)
class Row:
    """One solution, as expressions see it: the variables, and dictionary parts joined to them."""

    context: Context
    solutions: Solutions
    alias: str = ""
    extra: list[exp.Alias] = field(default_factory=list)
    """Further columns of `select`."""
    _joins: dict[tuple[Part, Variable], str] = field(default_factory=dict)
    _required: set[tuple[Part, Variable]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.alias = self.alias or self.context.fresh("r")

    def column(self, variable: Variable) -> Expr:
        """Give the column of a variable that the solutions have."""
        return sql.column(self.context.name(variable), self.alias)

    def value(self, variable: Variable) -> Value:
        """Give a variable as a value; one that no solution binds is an error."""
        known = self.solutions.columns.get(variable)
        if known is None:
            return error_value()
        if known.form == "text":
            return TextValue(lambda: self.column(variable), known.families)

        def part(name: Part, column: str) -> Expr:
            if self.context.lacks(name):
                return sql.null(_PART_TYPES[column])
            alias = self._joins.setdefault((name, variable), f"{self.alias}_{len(self._joins)}")
            return sql.column(column, alias)

        return IdValue(lambda: self.column(variable), part, known.certain, known.families)

    def require(self, part: Part, variable: Variable) -> None:
        """Leave out solutions whose variable has no such part: an inner join is planned faster."""
        self._required.add((part, variable))

    def identity(self) -> Expr:
        """Give a VARCHAR that is different for each solution, and stays with it."""
        if IDENTITY not in self.solutions.columns:
            row = Row(self.context, self.solutions)
            identity = row.named(sql.call("sparql_uuid", exp.Rand()), IDENTITY)
            query = row.select([*row.kept(), identity])
            name = self.context.materialized(query)  # a random number is to be drawn once
            columns = {**self.solutions.columns, IDENTITY: Column("text", families=frozenset())}
            kept = [sql.column(self.context.name(variable)) for variable in columns]
            self.solutions = Solutions(exp.select(*kept).from_(exp.to_table(name)), columns)
        return self.column(IDENTITY)

    def kept(self, variables: Iterable[Variable] | None = None) -> list[Expr]:
        """Give the columns of variables (all) under their own names."""
        names = self.solutions.columns if variables is None else variables
        return [self.column(variable) for variable in names]

    def named(self, value: Expr, variable: Variable) -> Expr:
        """Give an expression as the column of a variable."""
        return sql.named(value, self.context.name(variable))

    def select(self, columns: Iterable[Expr], *conditions: Expr) -> exp.Select:
        """Give a query of these columns over the solutions and all parts asked for so far."""
        chosen = list(columns) or [sql.named(sql.integer(1), "unit")]
        query = exp.select(*chosen, copy=False).from_(self.solutions.source(self.alias), copy=False)
        for (part, variable), alias in self._joins.items():
            table, condition = self.context.part(part, self.column(variable), alias)
            sql.join(query, table, condition, optional=(part, variable) not in self._required)
        sql.where(query, *conditions)
        return query


def unit() -> Solutions:
    """Give one solution that binds nothing."""
    return Solutions(exp.select(sql.named(sql.integer(1), "unit")), {})


def none(context: Context, columns: Columns) -> Solutions:
    """Give no solution."""
    names = [(context.name(v), SQL_TYPES[column.form]) for v, column in columns.items()]
    return Solutions(sql.rows(names or [("unit", "INT")], []), dict(columns))


def stored(context: Context, value: Value) -> tuple[Expr, Form]:
    """Give a value as it stands in a column: as an id where it always has one."""
    term_id = value.id()
    return (value.term(), "text") if term_id is None else (term_id, "id")


def as_texts(context: Context, solutions: Solutions, variables: Iterable[Variable]) -> Solutions:
    """Write the ids of some variables out as term texts."""
    wanted = {v for v in variables if solutions.columns[v].form == "id"}
    if not wanted:
        return solutions
    row = Row(context, solutions)
    columns = [
        row.named(row.value(variable).term(), variable)
        if variable in wanted
        else row.column(variable)
        for variable in solutions.columns
    ]
    known = {
        variable: replace(column, form="text") if variable in wanted else column
        for variable, column in solutions.columns.items()
    }
    return Solutions(row.select(columns), known)


def aligned(context: Context, left: Solutions, right: Solutions) -> tuple[Solutions, Solutions]:
    """Give both sides the same form of column for the variables they share."""
    mixed = [
        v
        for v in left.columns
        if v in right.columns and left.columns[v].form != right.columns[v].form
    ]
    return as_texts(context, left, mixed), as_texts(context, right, mixed)


def projected(context: Context, solutions: Solutions, variables: Iterable[Variable]) -> Solutions:
    """Cut solutions to some variables; those they lack are dropped too."""
    kept = [variable for variable in variables if variable in solutions.columns]
    row = Row(context, solutions)
    return Solutions(row.select(row.kept(kept)), {v: solutions.columns[v] for v in kept})
