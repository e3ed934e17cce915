"""Triples maps to relations: one pass over the source for all plain triples, one query a join."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from engine.protocol import Engine, Parts, Relation
from geotriples.calls import Unnested, lists_of
from geotriples.expand import Statement, TermRows, check_entry, entry_of, expand
from geotriples.functions.binding import called_functions
from geotriples.functions.conversions import CONVERSIONS, TEXTS_OF
from geotriples.mapping.model import (
    LogicalSource,
    LogicalTarget,
    LogicalView,
    Mapping,
    TermMap,
    TriplesMap,
    references,
    targets_of,
)
from geotriples.patterns import Pattern, is_default_graph, patterns_of
from geotriples.records import RECORD_FUNCTIONS
from geotriples.sources.source import Source
from geotriples.sources.table import open_source
from geotriples.terms import compile_term
from geotriples.values import Check, Problem, Rows, is_null, not_null, text_of, typed_value
from geotriples.views import compile_view

Watch = Callable[[LogicalSource, Parts], Parts]
"""Stands between a source's parts and the engine, to count rows as they pass."""


@dataclass(frozen=True, slots=True)
class Outlet:
    """Which triples map makes a triple, and where it goes: the output where no target is named."""

    name: str
    targets: frozenset[LogicalTarget] = frozenset()


@dataclass(frozen=True, slots=True)
class CompiledSource:
    """The triples maps of one logical source as queries, which read it once where they can.

    Queries have the columns of `geotriples.expand.MADE_SCHEMA`, without the last
    three where nothing can go wrong; `map` numbers `outlets` and `problem` `problems`.
    """

    outlets: tuple[Outlet, ...]
    queries: tuple[exp.Query, ...]
    problems: tuple[Problem, ...]
    relations: tuple[Relation, ...]

    @property
    def names(self) -> list[str]:
        """Names of the triples maps."""
        return list(dict.fromkeys(outlet.name for outlet in self.outlets))


@dataclass(slots=True)
class Compilation:
    """What is gathered while the triples maps of one logical source are compiled."""

    engine: Engine
    watch: Watch | None
    outlets: list[Outlet]
    problems: list[Problem] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)

    def open(
        self, source: LogicalSource | LogicalView, names: Iterable[str]
    ) -> tuple[Source, exp.Query]:
        """Open a source for references, bring it into the engine and give its rows."""
        if isinstance(source, LogicalView):
            self.engine.register(RECORD_FUNCTIONS)
            rows = compile_view(source, names, self.open)
            return rows.source, rows.query
        opened = open_source(source, tuple(dict.fromkeys(names)))
        parts = opened.parts if self.watch is None else self.watch(source, opened.parts)
        self.relations.append(self.engine.relation(parts))
        return opened, self.relations[-1].select()

    def outlet(self, pattern: Pattern, statement: Statement) -> int:
        """Give the number of the outlet of a pattern's statement."""
        outlet = Outlet(pattern.triples_map.name, pattern.targets | statement.targets)
        if outlet not in self.outlets:
            self.outlets.append(outlet)
        return self.outlets.index(outlet)

    def new_checks(self, checks: Iterable[Check]) -> list[tuple[Check, int]]:
        """Give numbers to the checks of problems that no earlier query looks for."""
        numbered = []
        for check in checks:
            if check.problem not in self.problems:
                numbered.append((check, len(self.problems)))
                self.problems.append(check.problem)
        return numbered


def compile_mapping(
    mapping: Mapping, engine: Engine, watch: Watch | None = None
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
    return _compiled(mapping, engine, watch)


def _compiled(mapping: Mapping, engine: Engine, watch: Watch | None) -> Iterator[CompiledSource]:
    groups: dict[tuple[object, ...], list[TriplesMap]] = {}
    for triples_map in mapping.triples_maps:
        groups.setdefault(triples_map.source.key, []).append(triples_map)
    for group in groups.values():
        work = Compilation(engine, watch, [Outlet(one.name) for one in group])
        patterns = [
            pattern for triples_map in group for pattern in patterns_of(triples_map, mapping)
        ]
        queries = [
            *_plain_queries([pattern for pattern in patterns if pattern.joined is None], work),
            *(_join_query(pattern, work) for pattern in patterns if pattern.joined is not None),
        ]
        yield CompiledSource(
            tuple(work.outlets), tuple(queries), tuple(work.problems), tuple(work.relations)
        )


def _plain_queries(patterns: Sequence[Pattern], work: Compilation) -> list[exp.Query]:
    """Compile triples of one row: together, but for those that read lists."""
    if not patterns:
        return []
    names = [name for p in patterns for _, term_map in p.roles() for name in references(term_map)]
    source, rows = work.open(patterns[0].triples_map.source, names)
    single = [pattern for pattern in patterns if not _lists_of(pattern, source)]
    groups = [[pattern] for pattern in patterns if pattern not in single]
    return [
        _plain_query(group, source, rows, work) for group in ([single] if single else []) + groups
    ]


def _plain_query(
    patterns: Sequence[Pattern], source: Source, rows: exp.Query, work: Compilation
) -> exp.Query:
    terms = TermRows("t")
    entries, checks = [], []
    for pattern in patterns:
        statements, found = _statements(pattern, source)
        value = compile_term(pattern.object, Rows(source, "object", pattern.object_of))
        entries += [
            entry_of(work.outlet(pattern, made), made, value, terms, terms) for made in statements
        ]
        checks += [*found, *value.checks]
    new = work.new_checks(checks)
    entries += [check_entry(check, code, terms) for check, code in new]
    rows_query = _unnested(rows, _lists_of(patterns[0], source))
    return expand(entries, terms.select(rows_query, keep_row=bool(new)))


def _join_query(pattern: Pattern, work: Compilation) -> exp.Query:
    """Compile a triple whose object is the subject of another source's row."""
    assert pattern.joined is not None
    child_names = [name for _, term_map in pattern.roles() for name in references(term_map)]
    parent_names = [name for _, term_map in pattern.parent_roles() for name in references(term_map)]
    child, child_rows = work.open(pattern.triples_map.source, child_names)
    parent, parent_rows = work.open(pattern.object_of.source, parent_names)
    terms, objects = TermRows("t"), TermRows("p")
    statements, checks = _statements(pattern, child)
    value = compile_term(pattern.object, Rows(parent, "object", pattern.object_of))
    entries = [
        entry_of(work.outlet(pattern, made), made, value, terms, objects) for made in statements
    ]
    new = work.new_checks(checks)
    entries += [check_entry(check, code, terms) for check, code in new]
    keys = [
        exp.EQ(
            this=terms.column(_key(join.child, child, f"child{n}", pattern.triples_map)),
            expression=objects.column(_key(join.parent, parent, f"parent{n}", pattern.object_of)),
        )
        for n, join in enumerate(pattern.joined.joins)
    ]
    child_query = terms.select(_unnested(child_rows, _lists_of(pattern, child)), keep_row=bool(new))
    parent_query = objects.select(
        _unnested(parent_rows, _lists(pattern.parent_roles(), parent, pattern.object_of)),
        keep_row=False,
    )
    on = exp.and_(*keys) if keys else exp.true()
    joined = exp.select("*").from_(child_query.subquery("child"))
    return expand(entries, joined.join(parent_query.subquery("parent"), on=on, join_type="inner"))


def _key(term_map: TermMap, source: Source, role: str, triples_map: TriplesMap) -> exp.Expr:
    """Give one side of a join condition as text."""
    return text_of(typed_value(term_map, Rows(source, role, triples_map)))


def _statements(pattern: Pattern, source: Source) -> tuple[list[Statement], list[Check]]:
    """Compile subject, predicate and graphs: a statement for each graph."""
    subject = compile_term(pattern.subject, Rows(source, "subject", pattern.triples_map))
    predicate = compile_term(pattern.predicate, Rows(source, "predicate", pattern.triples_map))
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


def _lists_of(pattern: Pattern, source: Source) -> list[Unnested]:
    return _lists(pattern.roles(), source, pattern.triples_map)


def _lists(
    roles: Iterable[tuple[str, TermMap]], source: Source, triples_map: TriplesMap
) -> list[Unnested]:
    """Give the lists that term maps read, each once a role."""
    found = (
        unnested
        for role, term_map in roles
        for unnested in lists_of(term_map, Rows(source, role, triples_map))
    )
    return list(dict(found).items())


def _unnested(rows: exp.Query, lists: Sequence[Unnested]) -> exp.Query:
    """Give the rows of a source, one for every combination of the values of lists."""
    query = rows.copy()
    for name, values in lists:
        one = exp.alias_(exp.Explode(this=values.copy()), name, quoted=True)
        query = exp.select("*", one).from_(query.subquery("rows"))
    return query
