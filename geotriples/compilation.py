"""What triples maps are compiled into, and what is gathered on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from sqlglot import exp

from engine.protocol import Control, Engine, Parts, Relation
from geotriples.expand import Expansion, TermRows, check_entry, expand
from geotriples.mapping.logical_source import LogicalSource
from geotriples.mapping.logical_view import LogicalView
from geotriples.mapping.model import LogicalTarget
from geotriples.records import RECORD_FUNCTIONS
from geotriples.sources.source import ROW, Source
from geotriples.sources.table import open_source
from geotriples.values import Check, Problem
from geotriples.view_fields import Failure
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
    expansions: Mapping[exp.Query, Expansion] = field(default_factory=dict)
    """What queries were made of, where they can be lines too (`geotriples.lines`)."""
    parts: Mapping[str, Parts] = field(default_factory=dict)
    """What relations of sources read, by name."""

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
    control: Control | None = None
    problems: list[Problem] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    expansions: dict[exp.Query, Expansion] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    """What can be wrong with values that views take apart."""
    parts: dict[str, Parts] = field(default_factory=dict)

    def open(self, source: LogicalSource | LogicalView, names: Iterable[str]) -> Site:
        """Open a source for references and bring it into the engine."""
        if isinstance(source, LogicalView):
            self.engine.register(RECORD_FUNCTIONS)
            rows = compile_view(source, names, self._read)
            self.failures += rows.failures
            return Site(rows.source, rows.query, self, rows.order)
        return Site(*self._read(source, names), self)

    def _read(self, source: LogicalSource, names: Iterable[str]) -> tuple[Source, exp.Query]:
        opened = open_source(source, tuple(dict.fromkeys(names)))
        parts = opened.parts if self.watch is None else self.watch(source, opened.parts)
        relation = self.engine.relation(parts)
        self.relations.append(relation)
        self.parts[relation.name] = parts
        return opened, relation.select()

    def expanded(self, expansion: Expansion) -> exp.Query:
        """Give the query of an expansion, and remember what it was made of."""
        query = expand(expansion.entries, expansion.wide.copy())
        self.expansions[query] = expansion
        return query

    def outlet(self, name: str, targets: frozenset[LogicalTarget]) -> int:
        """Give the number of the outlet of a triples map to targets."""
        outlet = Outlet(name, targets)
        if outlet not in self.outlets:
            self.outlets.append(outlet)
        return self.outlets.index(outlet)

    def failed(self) -> list[exp.Query]:
        """Give the queries of values that views cannot take apart, each value of a row once."""
        queries: list[exp.Query] = []
        for check, rows in self.failures:
            for new in self.new_checks([check]):
                terms = TermRows("t")
                entry = check_entry(*new, terms)
                queries.append(expand([entry], terms.select(rows, keep_row=True)).distinct())
        return queries

    def new_checks(self, checks: Iterable[Check]) -> list[tuple[Check, int]]:
        """Give numbers to the checks of problems that no earlier query looks for."""
        numbered = []
        for check in checks:
            if check.problem not in self.problems:
                numbered.append((check, len(self.problems)))
                self.problems.append(check.problem)
        return numbered


@dataclass(frozen=True, slots=True)
class Site:
    """An opened source in the engine."""

    source: Source
    rows: exp.Query
    work: Compilation
    order: tuple[str, ...] = ()
    """Of a logical view, whose rows have no numbers of their own: what orders and tells them."""

    @property
    def is_view(self) -> bool:
        """Whether it is a logical view."""
        return bool(self.order)

    def numbered(self) -> Site:
        """Give rows with numbers of their own, which for a view are their places in its order."""
        if not self.is_view:
            return self
        ordered = [exp.Ordered(this=exp.column(name, quoted=True)) for name in self.order]
        number = exp.Window(this=exp.RowNumber(), order=exp.Order(expressions=ordered))
        columns = [exp.column(column.name, quoted=True) for column in self.source.columns]
        rows = exp.select(*columns, exp.alias_(number, ROW, quoted=True))
        return replace(self, rows=rows.from_(self.rows.copy().subquery("view")), order=())
