"""What makes several rows of one: lists, and what is joined or gathered for a row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlglot import exp

from geotriples.calls import lists_of
from geotriples.mapping.model import Collection, Joined, QuotedTriple, TermMap, TriplesMap
from geotriples.sources.source import ROW, Source
from geotriples.term_columns import TERM_PARTS
from geotriples.values import Rows

Role = tuple[str, TermMap]
"""A term map and the name under which its lists are unnested."""

GRAPH = "graph"


@dataclass(frozen=True, slots=True)
class Expansion:
    """What makes several rows of one: a list, or what is joined or gathered for the row.

    A list is an expression, and `name` the column of its elements one by one; else
    columns of the parts of a term begin with `name`.
    """

    name: str
    made: exp.Expr | TermMap

    @property
    def place(self) -> str:
        """Column with the position among the rows that it makes of one."""
        return f"{self.name}_place"


def leaves(roles: Iterable[Role]) -> Iterator[Role]:
    """Give the term maps that read rows, those inside of quoted triples each by itself."""
    for role, term_map in roles:
        if isinstance(triple := term_map.expression, QuotedTriple):
            parts = (("s", triple.subject), ("p", triple.predicate), ("o", triple.object))
            yield from leaves((f"{role}_{name}", part) for name, part in parts)
        else:
            yield role, term_map


def expansions(
    roles: Iterable[Role], source: Source, triples_map: TriplesMap | None
) -> list[Expansion]:
    """Give what term maps need besides the columns of a row, each once, lists first."""
    lists: dict[str, exp.Expr] = {}
    others = []
    for role, term_map in leaves(roles):
        if isinstance(term_map.expression, Joined | Collection):
            others.append(Expansion(role, term_map))
        else:
            lists |= dict(lists_of(term_map, Rows(source, role, triples_map)))
    return [*(Expansion(*item) for item in lists.items()), *dict.fromkeys(others)]


def exploded(query: exp.Query, name: str, listed: exp.Expr) -> exp.Query:
    """Give a row for each value of a list."""
    one = exp.alias_(exp.Explode(this=listed.copy()), name, quoted=True)
    return exp.select("*", one).from_(query.subquery("rows"))


def exploded_in_order(query: exp.Query, expansion: Expansion, listed: exp.Expr) -> exp.Query:
    """Explode a list and keep the position of each value."""
    size, one = exp.ArraySize(this=listed.copy()), exp.Literal.number(1)
    series = exp.GenerateSeries(start=one.copy(), end=size.copy())
    is_filled = exp.GTE(this=size, expression=one)
    places = exp.Case(ifs=[exp.If(this=is_filled, true=series)])
    placed = exploded(query, expansion.place, places)
    at = exp.column(expansion.place, quoted=True)
    value = exp.Anonymous(this="LIST_EXTRACT", expressions=[listed.copy(), at])
    name = exp.alias_(value, expansion.name, quoted=True)
    return exp.select("*", name).from_(placed.subquery("placed"))


def attached(
    query: exp.Query, made: exp.Query, expansion: Expansion, graph: exp.Expr | None = None
) -> exp.Query:
    """Join what was made for rows to them, in the same graph."""
    columns = [
        exp.alias_(_of("made", name), f"{expansion.name}_{name}", quoted=True)
        for name in (*TERM_PARTS, "place")
    ]
    on: exp.Expr = exp.EQ(this=_of("rows", ROW), expression=_of("made", ROW))
    if graph is not None and graph.find(exp.Column):
        same = exp.NullSafeEQ(this=graph.copy(), expression=_of("made", GRAPH))
        on = exp.and_(on, same)
    every = exp.Column(this=exp.Star(), table=exp.to_identifier("rows"))
    return (
        exp.select(every, *columns)
        .from_(query.subquery("rows"))
        .join(made.subquery("made"), on=on, join_type="inner")
    )


def _of(table: str, name: str) -> exp.Column:
    return exp.column(name, table=table, quoted=True)
