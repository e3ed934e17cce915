"""Property paths (SPARQL 1.1, sections 9 and 18.4).

A path becomes a relation (graph, source, target). Where a path is repeated
without bound it is walked from its starts by a `Closure` step: from the ends
that are known, constants or the values that the solutions before it bind, else
from all nodes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from sqlglot import exp

from endpoint.sparql import algebra as al
from endpoint.sparql.algebra import Constant, PathPattern, Slot, Variable
from endpoint.sparql.compile import sql
from endpoint.sparql.compile.context import END, START, Context, GraphScope
from endpoint.sparql.compile.joins import joined
from endpoint.sparql.compile.solutions import Column, Solutions
from endpoint.sparql.compile.sql import Expr
from endpoint.sparql.compile.triples import graph_names, quads
from endpoint.sparql.plan import Closure
from endpoint.store.ids import DEFAULT_GRAPH
from geosparql.terms import IRI

_COLUMNS = ("graph", "source", "target")


def path_solutions(
    pattern: PathPattern, context: Context, graphs: GraphScope, left: Solutions | None = None
) -> Solutions:
    """Compile a path between two slots, joined to the solutions before it."""
    walker = _Walker(context, graphs)
    start = _Seeds(walker, pattern.subject, left)
    end = _Seeds(walker, pattern.object, start.left)
    left = end.left
    if start.nodes is None and end.nodes is not None:
        query = walker.relation(al.Inverse(pattern.path), end.nodes)
        query = _columns(query, graph="graph", source="target", target="source")
    else:
        query = walker.relation(pattern.path, start.nodes)
    solutions = _bound(pattern, query, context, graphs)
    return solutions if left is None else joined(context, left, solutions)


class _Seeds:
    """The nodes that one end of a path may be, where they are known: (graph, node)."""

    def __init__(self, walker: _Walker, slot: Slot, left: Solutions | None) -> None:
        self.nodes: exp.Select | None = None
        self.left = left
        context = walker.context
        if isinstance(slot, Constant):
            self.nodes = walker.in_graphs(sql.integer(context.constant(slot.term)))
        elif left is not None and slot in left.columns and walker.graph is not None:
            column = left.columns[slot]
            if column.certain and column.form == "id":
                name = context.materialized(left.query)
                kept = [sql.column(context.name(variable)) for variable in left.columns]
                table = exp.to_table(name)
                self.left = Solutions(exp.select(*kept).from_(table), left.columns)
                node = sql.named(sql.column(context.name(slot)), "node")
                graph = sql.named(walker.graph.copy(), "graph")
                nodes = exp.select(graph, node).from_(table.copy()).distinct()
                self.nodes = walker.within_graph(nodes)


def _bound(
    pattern: PathPattern, query: exp.Select, context: Context, graphs: GraphScope
) -> Solutions:
    """Give the ends of a path as the variables that stand there."""
    alias = context.fresh("p")
    columns: dict[Variable, Expr] = {}
    conditions: list[Expr] = []
    ends = {"source": pattern.subject, "target": pattern.object}
    if isinstance(graphs.active, Variable):
        ends["graph"] = graphs.active
    for place, slot in ends.items():
        column = sql.column(place, alias)
        if isinstance(slot, Constant):
            conditions.append(sql.equal(column, sql.integer(context.constant(slot.term))))
        elif slot in columns:
            conditions.append(sql.equal(column, columns[slot].copy()))
        else:
            columns[slot] = column
    selected = [
        sql.named(column, context.name(variable)) for variable, column in columns.items()
    ] or [sql.named(sql.integer(1), "unit")]
    made = exp.select(*selected).from_(sql.subquery(query, alias))
    for condition in conditions:
        made = made.where(condition, copy=False)
    return Solutions(made, {variable: Column() for variable in columns})


@dataclass(slots=True)
class _Walker:
    """Builds the relations of paths in one graph scope."""

    context: Context
    graphs: GraphScope

    @property
    def graph(self) -> Expr | None:
        """The one graph that is matched in, as it stands in a relation; None: a variable."""
        if isinstance(self.graphs.active, Variable):
            return None
        active = self.graphs.active
        return sql.cast(sql.integer(DEFAULT_GRAPH if active is None else active), "BIGINT")

    def in_graphs(self, node: Expr) -> exp.Select:
        """Give a node in each graph that is matched in."""
        node = sql.named(sql.cast(node, "BIGINT"), "node")
        if self.graph is not None:
            return exp.select(sql.named(self.graph, "graph"), node)
        assert isinstance(self.graphs.active, Variable)
        names = graph_names(self.context, self.graphs)
        alias = self.context.fresh("g")
        graph = sql.column(self.context.name(self.graphs.active), alias)
        return exp.select(sql.named(graph, "graph"), node).from_(names.source(alias))

    def within_graph(self, nodes: exp.Select) -> exp.Select:
        """Keep the nodes that are subject or object of a triple."""
        alias = self.context.fresh("n")
        node = sql.column("node", alias)
        found = [
            exp.In(this=node.copy(), query=self._nodes_at(place).subquery(copy=False))
            for place in ("subject", "object")
        ]
        query = exp.select(sql.column("graph", alias), node).from_(sql.subquery(nodes, alias))
        return query.where(sql.either(*found), copy=False)

    def _nodes_at(self, place: str) -> exp.Select:
        table, conditions = self._quads(by_subject=place == "subject")
        return exp.select(sql.column(place, "t")).from_(table).where(*conditions)

    def _quads(self, *, by_subject: bool, predicate: int | None = None) -> tuple[Expr, list[Expr]]:
        conditions: list[Expr] = []
        known = (predicate, None)
        table = quads(self.context, self.graphs, "t", by_subject, conditions, known)
        return table, conditions

    def relation(self, path: al.Path, starts: exp.Select | None) -> exp.Select:
        """Give the pairs of a path; `starts` (graph, node) limits the sources it must have."""
        match path:
            case al.Link(iri):
                return self._link(iri, starts)
            case al.NegatedSet(iris, inverse_iris):
                return self._negated(iris, inverse_iris)
            case al.Inverse(inner):
                return self._inverse(inner, starts)
            case al.Sequence(first, second):
                return self._sequence(first, second, starts)
            case al.Alternative(first, second):
                sides = self.relation(first, starts), self.relation(second, starts)
                return sql.union_all(list(sides))
            case al.Repeat(inner, least, unbounded):
                return self._repeat(inner, least, unbounded, starts)
        assert_never(path)

    def _triples(
        self, source: str, target: str, condition: Expr | None, predicate: int | None = None
    ) -> exp.Select:
        table, conditions = self._quads(by_subject=False, predicate=predicate)
        if condition is not None:
            conditions.append(condition)
        graph = self.graph or sql.column("graph", "t")
        columns = (graph, sql.column(source, "t"), sql.column(target, "t"))
        named = [sql.named(c, name) for c, name in zip(columns, _COLUMNS, strict=True)]
        query = exp.select(*named).from_(table)
        return query.where(*conditions) if conditions else query

    def _computed(self, iri: str) -> exp.Select | None:
        """Give the pairs of a predicate whose triples are computed; None for another one."""
        from endpoint.sparql.compile.patterns import compile_pattern

        hook = self.context.computed_link
        pattern = None if hook is None else hook(iri)
        if pattern is None:
            return None
        solutions = compile_pattern(pattern, self.context, self.graphs)
        names = {"source": self.context.name(START), "target": self.context.name(END)}
        columns = [sql.named(sql.column(old), new) for new, old in names.items()]
        active = self.graphs.active
        graph = (
            sql.column(self.context.name(active)) if isinstance(active, Variable) else self.graph
        )
        assert graph is not None
        columns = [sql.named(graph, "graph"), *columns]
        query = exp.select(*columns).from_(solutions.source(self.context.fresh("l")))
        name = self.context.materialized(query)
        return exp.select(*map(sql.column, _COLUMNS)).from_(exp.to_table(name))

    def _link(self, iri: str, starts: exp.Select | None) -> exp.Select:
        computed = self._computed(iri)
        if computed is not None:
            return computed if starts is None else self._from(computed, starts)
        predicate = self.context.match(IRI(iri))
        same = sql.equal(sql.column("predicate", "t"), sql.integer(predicate))
        made = self._triples("subject", "object", same, predicate)
        return made if starts is None else self._from(made, starts)

    def _from(self, pairs: exp.Select, starts: exp.Select) -> exp.Select:
        """Keep the pairs whose source is a start."""
        alias, other = self.context.fresh("e"), self.context.fresh("s")
        on = sql.both(
            sql.equal(sql.column("source", alias), sql.column("node", other)),
            sql.equal(sql.column("graph", alias), sql.column("graph", other)),
        )
        query = exp.select(*(sql.column(name, alias) for name in _COLUMNS))
        query = query.from_(sql.subquery(pairs, alias), copy=False)
        return query.join(sql.subquery(starts.copy(), other), on=on, copy=False)

    def _inverse(self, inner: al.Path, starts: exp.Select | None) -> exp.Select:
        match inner:
            case al.Inverse(path):
                return self.relation(path, starts)
            case al.Sequence(first, second):
                return self._sequence(al.Inverse(second), al.Inverse(first), starts)
            case al.Alternative(first, second):
                both = al.Alternative(al.Inverse(first), al.Inverse(second))
                return self.relation(both, starts)
            case al.Repeat(path, least, unbounded):
                return self._repeat(al.Inverse(path), least, unbounded, starts)
            case al.Link() | al.NegatedSet():
                made = self.relation(inner, None)
                made = _columns(made, graph="graph", source="target", target="source")
                return made if starts is None else self._from(made, starts)
        assert_never(inner)

    def _negated(
        self, iris: tuple[str, ...] | None, inverse_iris: tuple[str, ...] | None
    ) -> exp.Select:
        parts = []
        for excluded, ends in (
            (iris, ("subject", "object")),
            (inverse_iris, ("object", "subject")),
        ):
            if excluded is None:
                continue
            ids = [self.context.match(IRI(iri)) for iri in excluded]
            column = sql.column("predicate", "t")
            parts.append(
                self._triples(*ends, sql.negated(sql.one_of(column, ids)) if ids else None)
            )
        return sql.union_all(parts)

    def _sequence(self, first: al.Path, second: al.Path, starts: exp.Select | None) -> exp.Select:
        left = self.relation(first, starts)
        middles: exp.Select | None = None
        if _has_closure(second):
            name = self.context.materialized(left)
            left = exp.select(*map(sql.column, _COLUMNS)).from_(exp.to_table(name))
            node = sql.named(sql.column("target"), "node")
            middles = exp.select(sql.column("graph"), node).from_(exp.to_table(name)).distinct()
        right = self.relation(second, middles)
        a, b = self.context.fresh("a"), self.context.fresh("b")
        on = sql.both(
            sql.equal(sql.column("target", a), sql.column("source", b)),
            sql.equal(sql.column("graph", a), sql.column("graph", b)),
        )
        columns = (sql.column("graph", a), sql.column("source", a), sql.column("target", b))
        query = exp.select(*columns).from_(sql.subquery(left, a))
        return query.join(sql.subquery(right, b), on=on, copy=False)

    def _repeat(
        self, path: al.Path, least: int, unbounded: bool, starts: exp.Select | None
    ) -> exp.Select:
        if not unbounded:
            once = self.relation(path, starts)
            stay = _columns(starts or self._nodes(), graph="graph", source="node", target="node")
            return sql.union_all([once, stay]).distinct(copy=False)
        if least == 0:
            return self._closure(starts or self._nodes(), path)
        name = self.context.materialized(self.relation(path, starts).distinct())
        once = exp.select(*map(sql.column, _COLUMNS)).from_(exp.to_table(name))
        node = sql.named(sql.column("target"), "node")
        middles = exp.select(sql.column("graph"), node).from_(exp.to_table(name)).distinct()
        more = self._closure(middles, path)
        a, b = self.context.fresh("a"), self.context.fresh("b")
        on = sql.both(
            sql.equal(sql.column("target", a), sql.column("source", b)),
            sql.equal(sql.column("graph", a), sql.column("graph", b)),
        )
        columns = (sql.column("graph", a), sql.column("source", a), sql.column("target", b))
        query = exp.select(*columns).from_(sql.subquery(once, a))
        return query.join(sql.subquery(more, b), on=on, copy=False).distinct(copy=False)

    def _nodes(self) -> exp.Select:
        """Give every subject and object: the nodes that a path of no length can stay at."""
        parts = []
        for place in ("subject", "object"):
            table, conditions = self._quads(by_subject=place == "subject")
            graph = self.graph or sql.column("graph", "t")
            columns = sql.named(graph, "graph"), sql.named(sql.column(place, "t"), "node")
            query = exp.select(*columns).from_(table)
            parts.append(query.where(*conditions) if conditions else query)
        return sql.union_all(parts).distinct(copy=False)

    def _closure(self, starts: exp.Select, path: al.Path) -> exp.Select:
        """Give (graph, source, target) for everything reached from the starts, these too."""
        edges = self.relation(path, None)
        if not isinstance(path, al.Link):
            name = self.context.materialized(edges)
            edges = exp.select(*map(sql.column, _COLUMNS)).from_(exp.to_table(name))
        seeds = _columns(starts, graph="graph", first="node", node="node")
        name = self.context.step_name()
        self.context.steps.append(Closure(name, seeds, edges))
        made = exp.select("graph", "first", "node").from_(exp.to_table(name))
        return _columns(made, graph="graph", source="first", target="node")


def _columns(query: exp.Select, **names: str) -> exp.Select:
    """Give columns of a query under other names (new name = old name)."""
    columns = [sql.named(sql.column(old, "c"), new) for new, old in names.items()]
    return exp.select(*columns).from_(sql.subquery(query.copy(), "c"))


def _has_closure(path: al.Path) -> bool:
    match path:
        case al.Repeat():
            return True
        case al.Inverse(inner):
            return _has_closure(inner)
        case al.Sequence(first, second) | al.Alternative(first, second):
            return _has_closure(first) or _has_closure(second)
        case _:
            return False
