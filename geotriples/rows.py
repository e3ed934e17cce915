"""Rows of a source widened by what its term maps need: values of lists, joins, collections.

A collection is made in the engine: its members are rows, put in order and counted
by window functions, which go to disk where memory does not hold them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce

from sqlglot import exp

from geosparql.errors import MappingError
from geosparql.terms import RDF
from geotriples.compilation import Site
from geotriples.expand import TermRows
from geotriples.expansions import (
    GRAPH,
    Expansion,
    Role,
    attached,
    expansions,
    exploded,
    exploded_in_order,
)
from geotriples.joins import JoinSide, kept, ties_of
from geotriples.mapping.model import Collection, Joined, TermMap, TermType, references
from geotriples.sources.source import ROW, Source
from geotriples.terms import TERM_PARTS, TermColumns, compile_term
from geotriples.values import (
    Rows,
    concat,
    is_null,
    not_null,
    null,
    text,
)

HEAD = "head"
"""Column with the node of a collection."""
CELL = "cell"
"""Column with what the names of a list's other nodes begin with."""
ELEMENT = "element"
COUNT = "n"
TOTAL = "total"
"""The number of a member, and of all members of its collection."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The graph in which a statement stands, and the rows for which it does."""

    roles: tuple[Role, ...] = ()
    graph: exp.Expr | None = None
    only_where: exp.Expr | None = None


NOWHERE = Scope()
"""The default graph."""


def widened(
    site: Site, found: Iterable[Expansion], scope: Scope = NOWHERE, *, places: bool = False
) -> exp.Query:
    """Give the rows of a source, one for every combination of the values of expansions."""
    query = site.rows.copy()
    for expansion in found:
        made = expansion.made
        if not isinstance(made, TermMap):
            query = (
                exploded_in_order(query, expansion, made)
                if places
                else exploded(query, expansion.name, made)
            )
            continue
        if site.is_view:
            raise MappingError(
                "Over a logical view nothing can be gathered, nor quoted through a join",
                where=made.where, hint="Gather or quote over a logical source",
            )  # fmt: skip
        if isinstance(joined := made.expression, Joined):
            query = attached(query, joined_rows(site, joined), expansion)
        else:
            heads = collection_heads(site, expansion.name, _collection(made), scope)
            query = attached(query, heads, expansion, scope.graph)
    return query


def _collection(term_map: TermMap) -> Collection:
    assert isinstance(term_map.expression, Collection)
    return term_map.expression


def joined_rows(site: Site, joined: Joined) -> exp.Query:
    """Give the terms of the parent's rows that belong to each row: row, term, place."""
    joins = joined.joins
    names = [name for value in (joined.value, *(j.parent for j in joins))
             for name in references(value)]  # fmt: skip
    child = JoinSide("child", joined.parent, kept(site, joins), TermRows("c"))
    parent = JoinSide(
        "parent", joined.parent, kept(site.work.open(joined.parent.source, names), joins),
        TermRows("p"),
    )  # fmt: skip
    ties = ties_of(joins, child, parent)
    source = parent.site.source
    term = parent.terms.term(compile_term(joined.value, Rows(source, "object", joined.parent)))
    place = parent.terms.column(exp.column(ROW, quoted=True))
    child_rows = widened(
        child.site, expansions(child.roles(joins), child.site.source, joined.parent)
    )
    parent_roles = [*parent.roles(joins), ("object", joined.value)]
    parent_rows = widened(parent.site, expansions(parent_roles, source, joined.parent))
    columns = [exp.alias_(value, name) for name, value in zip(TERM_PARTS, term.parts, strict=True)]
    return ties.joined(
        child.terms.select(child_rows, keep_row=True),
        parent.terms.select(parent_rows, keep_row=False),
        exp.column(ROW, quoted=True), *columns, exp.alias_(place, "place"),
    ).where(not_null(term.value))  # fmt: skip


def collection_heads(site: Site, role: str, collection: Collection, scope: Scope) -> exp.Query:
    """Give the nodes of the collections that belong to each row: row, graph, term, place."""
    count, total, value, head = (
        exp.column(name, quoted=True) for name in (COUNT, TOTAL, "term", HEAD)
    )
    zero = exp.Literal.number(0)
    is_empty = exp.EQ(this=total, expression=zero)
    term: exp.Expr = head.copy()
    if collection.gather.kind == RDF + "List":
        term = exp.Case(ifs=[exp.If(this=is_empty, true=text(RDF + "nil"))], default=term)
    kept = [exp.alias_(term, "term"), *(
        exp.alias_(null(kind), name) for name, kind in (
            ("datatype", "TEXT"), ("language", "TEXT"), ("geometry", "BINARY")
        )
    )]  # fmt: skip
    rows = collection_members(site, role, collection, scope).subquery("collected")
    columns = [exp.column(name, quoted=True) for name in (ROW, GRAPH)]
    if collection.identity is not None:
        place = exp.alias_(exp.cast(zero, "BIGINT"), "place")
        return exp.select(*columns, *kept, place).distinct().from_(rows)
    order = [exp.column(name, quoted=True) for name in place_names(collection, role, site.source)]
    number = exp.Window(
        this=exp.RowNumber(), partition_by=columns[:1], order=_order(order or columns[:1])
    )
    first = exp.and_(not_null(value), exp.EQ(this=count, expression=exp.Literal.number(1)))
    place = exp.alias_(exp.cast(number, "BIGINT"), "place")
    return exp.select(*columns, *kept, place).from_(rows).where(exp.or_(first, is_empty.copy()))


def collection_members(site: Site, role: str, collection: Collection, scope: Scope) -> exp.Query:
    """Give the members of collections, numbered.

    Returns
    -------
    exp.Query
        The parts of each term, the row that it comes from, its graph, `HEAD`, `CELL`,
        `COUNT` and `TOTAL`. Where empty collections are allowed a row without a term
        stands for each row of the source; the count begins with 1 at the first term.
    """
    gather = collection.gather
    parts = _Parts(site, role, collection, scope)
    made = [parts.tuples()] if gather.cartesian else parts.appended()
    if gather.allow_empty:
        made.append(parts.anchors())
    rows = reduce(lambda left, right: exp.union(left, right, distinct=False), made)
    column = {
        name: exp.column(name, quoted=True)
        for name in (ROW, GRAPH, HEAD, CELL, ELEMENT, *TERM_PARTS, *parts.places)
    }
    members = exp.Count(this=column["term"])
    if gather.cartesian and gather.allow_empty:
        # A row that has tuples is not empty, whatever collection each of them is
        held = exp.Window(this=members.copy(), partition_by=[column[ROW]])
        inner = exp.select(*column.values(), exp.alias_(held, "held")).from_(rows.subquery("m"))
        is_empty = exp.EQ(this=exp.column("held", quoted=True), expression=exp.Literal.number(0))
        rows = exp.select(*column.values()).from_(inner.subquery("h")).where(
            exp.or_(not_null(column["term"]), is_empty)
        )  # fmt: skip
    by_row = collection.identity is None and not gather.cartesian
    key = [column[ROW]] if by_row else [column[HEAD], column[GRAPH]]
    order = _order([column[name] for name in (ROW, ELEMENT, *parts.places)])
    so_far = exp.WindowSpec(
        kind="ROWS", start="UNBOUNDED", start_side="PRECEDING", end="CURRENT ROW"
    )
    counted = (
        exp.alias_(
            exp.Window(this=members.copy(), partition_by=key, order=order, spec=so_far), COUNT
        ),
        exp.alias_(exp.Window(this=members.copy(), partition_by=key), TOTAL),
    )
    return exp.select(*column.values(), *counted).from_(rows.subquery("members"))


def _order(columns: Sequence[exp.Expr]) -> exp.Order:
    return exp.Order(expressions=[exp.Ordered(this=column.copy()) for column in columns])


def element_roles(role: str, collection: Collection) -> list[Role]:
    """Give the elements of a collection with the names under which their lists are unnested."""
    return [(f"{role}_{n}", element) for n, (element, _) in enumerate(collection.elements)]


def place_names(collection: Collection, role: str, source: Source) -> list[str]:
    """Give the columns of the positions of a collection's members."""
    roles = element_roles(role, collection)
    if collection.gather.cartesian:
        count = len(expansions(roles, source, None))
    else:
        count = max(len(expansions([one], source, None)) for one in roles)
    return [f"place{number}" for number in range(count)]


class _Parts:
    """Builds the rows of members, one query for each way in which they are found."""

    def __init__(self, site: Site, role: str, collection: Collection, scope: Scope) -> None:
        self.site, self.role, self.collection, self.scope = site, role, collection, scope
        self.places = place_names(collection, role, site.source)
        self._identity_role = f"{role}_id"
        identity = collection.identity
        self._fixed = [
            *scope.roles,
            *([] if identity is None else [(self._identity_role, identity)]),
        ]

    def appended(self) -> list[exp.Query]:
        """Give the members of each element."""
        return [
            self._selected([role], self._terms()[number : number + 1], number)
            for number, role in enumerate(element_roles(self.role, self.collection))
        ]

    def tuples(self) -> exp.Query:
        """Give the members of every combination of the elements' values."""
        return self._selected(element_roles(self.role, self.collection), self._terms(), 0)

    def anchors(self) -> exp.Query:
        """Give a row without a term for each row of the source."""
        return self._selected([], [], -1)

    def _terms(self) -> list[TermColumns]:
        return [
            compile_term(element, Rows(self.site.source, f"{self.role}_{n}", triples_map))
            for n, (element, triples_map) in enumerate(self.collection.elements)
        ]

    def _selected(
        self, roles: Sequence[Role], terms: Sequence[TermColumns], first: int
    ) -> exp.Query:
        """Give the members of elements, of every combination where there are several."""
        fixed = expansions(self._fixed, self.site.source, self.collection.triples_map)
        own = expansions(roles, self.site.source, self.collection.triples_map)
        rows = widened(
            self.site, [*fixed, *(one for one in own if one not in fixed)], self.scope, places=True
        )
        number: exp.Expr = exp.cast(exp.Literal.number(first), "BIGINT")
        conditions = [not_null(term.value) for term in terms]
        if len(terms) > 1:
            numbers = exp.Array(
                expressions=[exp.cast(exp.Literal.number(n), "BIGINT") for n in range(len(terms))]
            )
            exploded_rows = exp.select("*", exp.alias_(exp.Explode(this=numbers), ELEMENT))
            rows = exploded_rows.from_(rows.subquery("tuples").copy())
            number = exp.column(ELEMENT, quoted=True)
        used = [exp.column(one.place, quoted=True) for one in own]
        head, cell = self._nodes(used if self.collection.gather.cartesian else [])
        zero = exp.cast(exp.Literal.number(0), "BIGINT")
        padded = [*used, *(zero for _ in self.places[len(used) :])]
        columns = {
            ROW: exp.column(ROW, quoted=True),
            GRAPH: self.scope.graph or null(),
            HEAD: head,
            CELL: cell,
            ELEMENT: number,
            **dict(zip(TERM_PARTS, _picked(terms, number), strict=True)),
            **dict(zip(self.places, padded, strict=True)),
        }
        if self.scope.only_where is not None:
            conditions.append(self.scope.only_where)
        conditions.append(not_null(head))
        return (
            exp.select(
                *(exp.alias_(value.copy(), name, quoted=True) for name, value in columns.items())
            )
            .from_(rows.subquery("gathered"))
            .where(*(condition.copy() for condition in conditions))
        )

    def _nodes(self, places: Sequence[exp.Expr]) -> tuple[exp.Expr, exp.Expr]:
        """Give the node of a collection, and what the names of a list's other nodes begin with."""
        digest = hashlib.sha256(self.collection.name.encode()).hexdigest()[:12]
        identity, graph = self.collection.identity, self.scope.graph
        if identity is None:
            pieces = [text(f"_:c{digest}r"), exp.cast(exp.column(ROW, quoted=True), "TEXT")]
            for place in places:
                pieces += [text("t"), exp.cast(place, "TEXT")]
            return concat(pieces), concat(pieces)
        rows = Rows(self.site.source, self._identity_role, self.collection.triples_map)
        head = compile_term(identity, rows).value
        within = exp.Coalesce(this=graph or null(), expressions=[text("")])
        if identity.term_type is TermType.BLANK_NODE and graph is not None:
            # A blank node is one of its graph: what is gathered in another is another collection
            label = concat([head, text("g"), exp.MD5(this=graph.copy())])
            head = exp.Case(ifs=[exp.If(this=is_null(graph), true=head)], default=label)
        name = exp.MD5(this=concat([head, text(" "), within]))
        return head, concat([text(f"_:c{digest}"), name])


def _picked(terms: Sequence[TermColumns], number: exp.Expr) -> list[exp.Expr]:
    """Give the parts of the term with a number."""
    if not terms:
        return [null(), null(), null(), null("BINARY")]
    if len(terms) == 1:
        return list(terms[0].parts)
    return [
        exp.Case(this=number.copy(), ifs=[
            exp.If(this=exp.Literal.number(n), true=part) for n, part in enumerate(parts)
        ])
        for parts in zip(*(term.parts for term in terms), strict=True)
    ]  # fmt: skip
