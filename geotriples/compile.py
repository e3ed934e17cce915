"""Triples maps to relations: one pass over the source for all plain triples, one query a join."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from sqlglot import exp

from engine.protocol import Control, Engine
from geosparql.terms import IRI, RDF
from geotriples.collections import collection_triples
from geotriples.compilation import Compilation, CompiledSource, Outlet, Site, Watch
from geotriples.expand import Expansion, Statement, TermRows, check_entry, entry_of, expand
from geotriples.expansions import Role, expansions, leaves
from geotriples.functions.binding import called_functions, has_calls
from geotriples.functions.conversions import CONVERSIONS, TEXTS_OF
from geotriples.joins import JoinSide, kept, ties_of
from geotriples.mapping.contents import quoted_triple, references, targets_of
from geotriples.mapping.model import (
    Collection,
    Constant,
    Join,
    Joined,
    LogicalTarget,
    Mapping,
    TermMap,
    TermType,
    TriplesMap,
)
from geotriples.members import NOWHERE, Scope
from geotriples.patterns import Pattern, is_default_graph, patterns_of
from geotriples.rows import widened
from geotriples.sources.source import Source
from geotriples.term_columns import TermColumns
from geotriples.terms import compile_term, subject_term
from geotriples.values import Check, Rows, is_null, not_null

REIFIES = TermMap(Constant(IRI(RDF + "reifies")), TermType.IRI, "")
Compiled = Callable[[Pattern, Site, Sequence[Statement], Scope], exp.Query]


def compile_mapping(
    mapping: Mapping,
    engine: Engine,
    watch: Watch | None = None,
    *,
    control: Control | None = None,
    star: bool = False,
) -> Iterator[CompiledSource]:
    """Compile the triples maps of a mapping, one logical source after the other.

    Parameters
    ----------
    mapping
        From `geotriples.mapping.rml.read_mapping`.
    engine
        Where sources become relations. `geotriples.iris.ENGINE_FUNCTIONS` must be
        registered with it.
    watch
        Wraps the parts of each source that is opened.
    control
        Cancellation and warnings of joins by geometry, which run while the mapping is
        compiled.
    star
        Whether quoted triples are written as RDF-star has them, not as RDF 1.2.

    Returns
    -------
    iterator of CompiledSource
        Queries of one logical source after the other; the caller drops its relations
        when they have run.

    Raises
    ------
    MappingError
        Where a term map does not fit its source.
    SourceError
        Where a source is missing, broken or lacks a reference.
    """
    engine.register((*CONVERSIONS.values(), TEXTS_OF, *called_functions(mapping)))
    return _compiled(mapping, star, lambda outlets: Compilation(engine, watch, outlets, control))


def _compiled(
    mapping: Mapping, star: bool, begin: Callable[[list[Outlet]], Compilation]
) -> Iterator[CompiledSource]:
    groups: dict[tuple[object, ...], list[TriplesMap]] = {}
    for triples_map in mapping.triples_maps:
        groups.setdefault(triples_map.source.key, []).append(triples_map)
    for group in groups.values():
        work = begin([Outlet(one.name) for one in group])
        patterns = [
            pattern
            for triples_map in group
            for pattern in patterns_of(triples_map, mapping, star=star)
            if pattern.stated or pattern.needed
        ]
        queries = _queries(patterns, work) if patterns else []
        yield CompiledSource(
            tuple(work.outlets), tuple(queries), tuple(work.problems), tuple(work.relations),
            work.expansions, work.parts,
        )  # fmt: skip


def _queries(patterns: Sequence[Pattern], work: Compilation) -> list[exp.Query]:
    """Compile the triples of one source: those of plain rows together, each other by itself."""
    here = [pattern for pattern in patterns if pattern.joined is None]
    queries = []
    if here:
        names = [name for p in here for _, term_map in p.roles() for name in references(term_map)]
        site = work.open(here[0].triples_map.source, names)
        plain = [one for one in here if not expansions(one.roles(), site.source, one.triples_map)]
        queries += [_plain_query(plain, site)] if plain else []
        others = [one for one in here if one not in plain]
        for one in others:
            queries += _alone(one, _numbered(site, one.roles()), _plain_of_one)
    for pattern in patterns:
        if pattern.joined is not None:
            names = [name for _, term_map in pattern.roles() for name in references(term_map)]
            site = _numbered(work.open(pattern.triples_map.source, names), pattern.roles())
            site = kept(site, pattern.joined.joins)
            queries += _alone(pattern, site, _join_query)
            queries += _not_joined(pattern, pattern.joined.joins, site)
    return list(dict.fromkeys([*queries, *work.failed()]))


def _numbered(site: Site, roles: Iterable[Role]) -> Site:
    """Give rows with numbers of their own where what is made for them is found by those."""
    made = any(isinstance(one.expression, Collection | Joined) for _, one in leaves(roles))
    return site.numbered() if made else site


def _alone(pattern: Pattern, site: Site, compiled: Compiled) -> list[exp.Query]:
    """Compile a pattern that shares its rows with no other, and the collections in it.

    A collection is one of its graph, so that each graph has its own rows then.
    """
    gathers = any(isinstance(one.expression, Collection) for _, one in leaves(pattern.roles()))
    statements, _ = _statements(pattern, site.source)
    if not gathers:
        return [compiled(pattern, site, statements, Scope())]
    queries = []
    graph_roles = tuple((f"graph{n}", graph) for n, graph in enumerate(pattern.graphs))
    terms = [("subject", pattern.subject, pattern.triples_map)]
    if pattern.joined is None and pattern.stated:
        terms.append(("object", pattern.object, pattern.object_of))
    for made in statements:
        scope = Scope(graph_roles, made.graph, made.only_where)
        queries += [compiled(pattern, site, [made], scope)] if pattern.stated else []
        for role, term_map, triples_map in terms:
            if isinstance(collection := term_map.expression, Collection):
                targets = targets_of(term_map) | made.targets
                outlet = site.work.outlet(triples_map.name, targets)
                queries += collection_triples(site, role, collection, scope, outlet)
    return queries


def _plain_of_one(
    pattern: Pattern, site: Site, statements: Sequence[Statement], scope: Scope
) -> exp.Query:
    return _plain_query([pattern], site, statements, scope)


def _plain_query(
    patterns: Sequence[Pattern],
    site: Site,
    only: Sequence[Statement] | None = None,
    scope: Scope = NOWHERE,
) -> exp.Query:
    """Compile triples of one row; `only` these statements of the one pattern, where it is given."""
    terms = TermRows("t")
    entries, checks = [], []
    for pattern in patterns:
        statements, found = _statements(pattern, site.source)
        value = compile_term(pattern.object, Rows(site.source, "object", pattern.object_of))
        entries += _entries(pattern, site, only or statements, value, (terms, terms))
        checks += [*found, *value.checks]
    new = site.work.new_checks(checks)
    entries += [check_entry(check, code, terms) for check, code in new]
    rows = widened(
        site, expansions(patterns[0].roles(), site.source, patterns[0].triples_map), scope
    )
    wide = terms.select(rows, keep_row=bool(new))
    return site.work.expanded(Expansion(tuple(entries), wide, terms.made))


def _join_query(
    pattern: Pattern, site: Site, statements: Sequence[Statement], scope: Scope
) -> exp.Query:
    """Compile a triple whose object is the subject of another source's row."""
    assert pattern.joined is not None
    joins = pattern.joined.joins
    parent_names = [name for _, term_map in pattern.parent_roles() for name in references(term_map)]
    parent = site.work.open(pattern.object_of.source, parent_names)
    parent = kept(_numbered(parent, pattern.parent_roles()), joins)
    terms, objects = TermRows("t"), TermRows("p")
    _, checks = _statements(pattern, site.source)
    value = compile_term(pattern.object, Rows(parent.source, "object", pattern.object_of))
    entries = _entries(pattern, site, statements, value, (terms, objects))
    new = site.work.new_checks(checks)
    entries += [check_entry(check, code, terms) for check, code in new]
    ties = ties_of(
        joins,
        JoinSide("child", pattern.triples_map, site, terms),
        JoinSide("parent", pattern.object_of, parent, objects),
    )
    child_rows = widened(site, expansions(pattern.roles(), site.source, pattern.triples_map), scope)
    parent_rows = widened(
        parent, expansions(pattern.parent_roles(), parent.source, pattern.object_of)
    )
    children = terms.select(child_rows, keep_row=bool(new))
    wide = ties.joined(children, objects.select(parent_rows, keep_row=False))
    return site.work.expanded(Expansion(tuple(entries), wide, {**terms.made, **objects.made}))


def _not_joined(pattern: Pattern, joins: Sequence[Join], site: Site) -> list[exp.Query]:
    """Look for rows of both sides that a wrong value keeps from being joined."""
    if all(join.condition is None and not has_calls(join) for join in joins):
        return []
    names = [name for join in joins for name in references(join.parent)]
    parent = site.work.open(pattern.object_of.source, names)
    queries: list[exp.Query] = []
    for side in (
        JoinSide("child", pattern.triples_map, site, TermRows("k")),
        JoinSide("parent", pattern.object_of, parent, TermRows("k")),
    ):
        if new := site.work.new_checks(side.checks(joins)):
            entries = [check_entry(check, code, side.terms) for check, code in new]
            found = expansions(side.roles(joins), side.site.source, side.triples_map)
            rows = side.terms.select(widened(side.site, found), keep_row=True)
            queries.append(expand(entries, rows))
    return queries


def _entries(
    pattern: Pattern,
    site: Site,
    statements: Sequence[Statement],
    value: TermColumns,
    rows: tuple[TermRows, TermRows],
) -> list[dict[str, exp.Expr]]:
    """Give the entries of statements, and of what the reifiers that are their subjects reify."""
    entries = []
    triple = quoted_triple(pattern.subject)
    for made in statements:
        outlet = site.work.outlet(pattern.triples_map.name, pattern.targets | made.targets)
        if pattern.stated:
            entries.append(entry_of(outlet, made, value, *rows))
        if triple is not None and not triple.star:
            reifies = compile_term(REIFIES, Rows(site.source, "reifies", pattern.triples_map))
            term = _subject(pattern, site.source)
            entries.append(
                entry_of(outlet, replace(made, predicate=reifies), term, rows[0], rows[0])
            )
    return entries


def _subject(pattern: Pattern, source: Source) -> TermColumns:
    return compile_term(pattern.subject, Rows(source, "subject", pattern.triples_map))


def _statements(pattern: Pattern, source: Source) -> tuple[list[Statement], list[Check]]:
    """Compile subject, predicate and graphs: a statement for each graph."""
    subject = _subject(pattern, source)
    predicate = compile_term(pattern.predicate, Rows(source, "predicate", pattern.triples_map))
    subject = subject_term(pattern.subject, subject)
    checks = [*subject.checks, *predicate.checks]
    graphs: list[tuple[exp.Expr | None, frozenset[LogicalTarget]]] = []
    for number, graph_map in enumerate(pattern.graphs):
        graph = compile_term(graph_map, Rows(source, f"graph{number}", pattern.triples_map))
        checks += graph.checks
        value = None if is_default_graph(graph_map) else graph.value
        graphs.append((value, targets_of(graph_map)))
    made = [
        Statement(subject, predicate, graph, _depends(graph), targets)
        for graph, targets in dict.fromkeys(graphs)
    ]
    if all(graph is not None and _depends(graph) is not None for graph, _ in graphs):
        # A row without any graph name puts its triple into the default graph (RML-Core, graph maps)
        nowhere = [is_null(graph) for graph, _ in graphs if graph is not None]
        made.append(Statement(subject, predicate, None, exp.and_(*nowhere) if nowhere else None))
    return made, checks


def _depends(graph: exp.Expr | None) -> exp.Expr | None:
    """Give the condition under which a row has a graph name; None where it always has."""
    return None if graph is None or not graph.find(exp.Column) else not_null(graph)
