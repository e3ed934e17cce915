"""Rows of a source widened by what its term maps need: values of lists, joins, collections.

A collection is made in the engine: its members are rows, put in order and counted
by window functions, which go to disk where memory does not hold them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce

from sqlglot import exp

from geosparql.terms import RDF
from geotriples.compilation import Site
from geotriples.expand import TermRows
from geotriples.expansions import (
    GRAPH,
    Expansion,
    attached,
    expansions,
    exploded,
    exploded_in_order,
)
from geotriples.joins import JoinSide, kept, ties_of
from geotriples.mapping.contents import references
from geotriples.mapping.model import Collection, Joined, TermMap
from geotriples.members import (
    CELL,
    COUNT,
    ELEMENT,
    HEAD,
    NOWHERE,
    TOTAL,
    MemberRows,
    Scope,
    place_names,
)
from geotriples.sources.source import ROW
from geotriples.term_columns import TERM_PARTS
from geotriples.terms import compile_term
from geotriples.values import (
    Rows,
    not_null,
    null,
    text,
)


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
    parent_site = site.work.open(joined.parent.source, names).numbered()
    parent = JoinSide("parent", joined.parent, kept(parent_site, joins), TermRows("p"))
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
    parts = [exp.alias_(term, "term"), *(
        exp.alias_(null(kind), name) for name, kind in (
            ("datatype", "TEXT"), ("language", "TEXT"), ("geometry", "BINARY")
        )
    )]  # fmt: skip
    rows = collection_members(site, role, collection, scope).subquery("collected")
    columns = [exp.column(name, quoted=True) for name in (ROW, GRAPH)]
    if collection.identity is not None:
        place = exp.alias_(exp.cast(zero, "BIGINT"), "place")
        return exp.select(*columns, *parts, place).distinct().from_(rows)
    order = [exp.column(name, quoted=True) for name in place_names(collection, role, site.source)]
    number = exp.Window(
        this=exp.RowNumber(), partition_by=columns[:1], order=_order(order or columns[:1])
    )
    first = exp.and_(not_null(value), exp.EQ(this=count, expression=exp.Literal.number(1)))
    place = exp.alias_(exp.cast(number, "BIGINT"), "place")
    return exp.select(*columns, *parts, place).from_(rows).where(exp.or_(first, is_empty.copy()))


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
    parts = MemberRows(
        site.source, role, collection, scope,
        lambda found: widened(site, found, scope, places=True),
    )  # fmt: skip
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
