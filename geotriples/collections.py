"""The triples of lists and containers (RML-CC): rdf:first and rdf:rest, or rdf:_1 and so on."""

from __future__ import annotations

from sqlglot import exp

from geosparql.terms import RDF
from geotriples.compilation import Site
from geotriples.expand import MAP, NULLS, TermRows, check_entry, expand
from geotriples.expansions import GRAPH, expansions
from geotriples.mapping.model import Collection
from geotriples.members import CELL, COUNT, HEAD, TOTAL, Scope, element_roles
from geotriples.rows import collection_members, widened
from geotriples.term_columns import TERM_PARTS
from geotriples.terms import compile_term
from geotriples.values import Rows, concat, not_null, text


def collection_triples(
    site: Site, role: str, collection: Collection, scope: Scope, outlet: int
) -> list[exp.Query]:
    """Give what says which members collections have, those inside of them included.

    Parameters
    ----------
    site
        The source.
    role
        Name under which the collection's lists are unnested.
    collection
        The collection.
    scope
        Graph of the statements.
    outlet
        Number of the outlet.

    Returns
    -------
    list
        Queries of `geotriples.expand.MADE_SCHEMA`.
    """
    members = collection_members(site, role, collection, scope)
    is_list = collection.gather.kind == RDF + "List"
    entries = _list_entries() if is_list else _container_entries(collection.gather.kind)
    number = exp.cast(exp.Literal.number(outlet), NULLS[MAP])
    graph = exp.column(GRAPH, quoted=True)
    made = [entry | {GRAPH: graph, MAP: number} for entry in entries]
    queries: list[exp.Query] = [expand(made, members), *_checks(site, role, collection)]
    for inner_role, element in element_roles(role, collection):
        if isinstance(inner := element.expression, Collection):
            queries += collection_triples(site, inner_role, inner, scope, outlet)
    return queries


def _column(name: str) -> exp.Expr:
    return exp.column(name, quoted=True)


def _member() -> dict[str, exp.Expr]:
    """Give the object columns of a member."""
    return dict(zip(("object", *TERM_PARTS[1:]), map(_column, TERM_PARTS), strict=True))


def _list_entries() -> list[dict[str, exp.Expr]]:
    count = _column(COUNT)
    is_last = exp.EQ(this=count, expression=_column(TOTAL))
    is_member = not_null(_column("term"))
    next_node = _node(exp.Add(this=count.copy(), expression=exp.Literal.number(1)))
    rest = exp.Case(ifs=[exp.If(this=is_last, true=text(RDF + "nil"))], default=next_node)
    return [
        {"subject": _node(count), "predicate": text(RDF + "first"), **_member()},
        {
            "subject": _node(count),
            "predicate": text(RDF + "rest"),
            "object": exp.Case(ifs=[exp.If(this=is_member, true=rest)]),
        },
    ]


def _node(count: exp.Expr) -> exp.Expr:
    """Give a node of a list: the first one is the list's own."""
    is_first = exp.EQ(this=count.copy(), expression=exp.Literal.number(1))
    name = concat([_column(CELL), text("n"), exp.cast(count.copy(), "TEXT")])
    return exp.Case(ifs=[exp.If(this=is_first, true=_column(HEAD))], default=name)


def _container_entries(kind: str) -> list[dict[str, exp.Expr]]:
    count, zero, one = _column(COUNT), exp.Literal.number(0), exp.Literal.number(1)
    is_first = exp.and_(not_null(_column("term")), exp.EQ(this=count, expression=one))
    has_type = exp.or_(is_first, exp.EQ(this=_column(TOTAL), expression=zero))
    head = _column(HEAD)
    return [
        {
            "subject": head,
            "predicate": concat([text(RDF + "_"), exp.cast(count.copy(), "TEXT")]),
            **_member(),
        },
        {
            "subject": head,
            "predicate": text(RDF + "type"),
            "object": exp.Case(ifs=[exp.If(this=has_type, true=text(kind))]),
        },
    ]


def _checks(site: Site, role: str, collection: Collection) -> list[exp.Query]:
    """Give the problems of rows that no earlier query looks for."""
    queries: list[exp.Query] = []
    elements = [*zip(element_roles(role, collection), collection.elements, strict=True)]
    named = [(one, triples_map) for one, (_, triples_map) in elements]
    if collection.identity is not None:
        named.append(((f"{role}_id", collection.identity), collection.triples_map))
    for (name, term_map), triples_map in named:
        term = compile_term(term_map, Rows(site.source, name, triples_map))
        terms = TermRows("t")
        entries = [check_entry(*new, terms) for new in site.work.new_checks(term.checks)]
        if entries:
            rows = widened(site, expansions([(name, term_map)], site.source, triples_map))
            queries.append(expand(entries, terms.select(rows, keep_row=True)))
    return queries
