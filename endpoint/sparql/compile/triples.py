"""Basic graph patterns to joins of the quad tables."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from endpoint.sparql.algebra import BGP, Constant, Slot, TriplePattern, Variable
from endpoint.sparql.compile import sql
from endpoint.sparql.compile.context import Context, GraphScope
from endpoint.sparql.compile.entailed import Known, entailed_quads
from endpoint.sparql.compile.solutions import Column, Solutions, unit
from endpoint.sparql.compile.sql import Expr
from endpoint.sparql.compile.values import ALL_FAMILIES, Families
from endpoint.store.ids import DEFAULT_GRAPH

PLACES = ("subject", "predicate", "object")
PLACE_FAMILIES: dict[str, Families] = {
    "graph": frozenset({"iri", "blank"}),
    "subject": frozenset({"iri", "blank", "triple"}),
    "predicate": frozenset({"iri"}),
    "object": ALL_FAMILIES,
}


def bgp(pattern: BGP, context: Context, graphs: GraphScope) -> Solutions:
    """Compile a basic graph pattern; its triples are joined in the order they stand in."""
    if not pattern.triples:
        return graph_names(context, graphs) if isinstance(graphs.active, Variable) else unit()
    builder = _Builder(context, graphs)
    for triple in pattern.triples:
        builder.add(triple)
    return builder.solutions()


class _Builder:
    """Collects quad tables, the columns that variables were met in, and conditions."""

    def __init__(self, context: Context, graphs: GraphScope) -> None:
        self.context, self.graphs = context, graphs
        self.tables: list[tuple[Expr, list[Expr]]] = []
        self.found: dict[Variable, Expr] = {}
        self.families: dict[Variable, Families] = {}

    def add(self, triple: TriplePattern) -> None:
        """Join one triple pattern."""
        alias = self.context.fresh("q")
        slots = dict(zip(PLACES, (triple.subject, triple.predicate, triple.object), strict=True))
        if isinstance(self.graphs.active, Variable):
            slots["graph"] = self.graphs.active
        conditions: list[Expr] = []
        known: tuple[int | None, int | None] = None, None
        if self.context.schema is not None:
            known = self._known(triple.predicate), self._known(triple.object)
        by_subject = self._by_subject(triple)
        table = quads(self.context, self.graphs, alias, by_subject, conditions, known)
        for place, slot in slots.items():
            column = sql.column(place, alias)
            if isinstance(slot, Constant):
                conditions.append(sql.equal(column, self.context.matched(slot)))
            elif slot in self.found:
                conditions.append(sql.equal(column, self.found[slot].copy()))
                self.families[slot] &= PLACE_FAMILIES[place]
            else:
                self.found[slot] = column
                self.families[slot] = PLACE_FAMILIES[place]
        self.tables.append((table, conditions))

    def _known(self, slot: Slot) -> int | None:
        return self.context.match(slot.term) if isinstance(slot, Constant) else None

    def _by_subject(self, triple: TriplePattern) -> bool:
        """Choose the copy of the quads that lies clustered by what is known."""
        if isinstance(triple.subject, Constant):
            return True
        return isinstance(triple.predicate, Variable) and isinstance(triple.object, Variable)

    def solutions(self) -> Solutions:
        """Give the join."""
        columns = [
            sql.named(column.copy(), self.context.name(variable))
            for variable, column in self.found.items()
        ] or [sql.named(sql.integer(1), "unit")]
        (first, conditions), *rest = self.tables
        query = exp.select(*columns, copy=False).from_(first, copy=False)
        for table, on in rest:
            local = [condition for condition in on if _is_join(condition)]
            conditions += [condition for condition in on if not _is_join(condition)]
            sql.join(query, table, sql.both(*local) if local else None)
        sql.where(query, *conditions)
        known = {v: Column(families=families) for v, families in self.families.items()}
        return Solutions(query, known)


def _is_join(condition: Expr) -> bool:
    return isinstance(condition.expression, exp.Column)


def quads(
    context: Context,
    graphs: GraphScope,
    alias: str,
    by_subject: bool,
    conditions: list[Expr],
    known: Known = (None, None),
) -> Expr:
    """Give the quads of a scope to stand in FROM; what restricts their graph joins `conditions`.

    Under entailment they are those that match the predicate and the object that are `known`.
    """
    relation = context.dataset.quads_spo if by_subject else context.dataset.quads_pos
    entailed = entailed_quads(context, graphs, relation, known)

    def table(name: str) -> Expr:
        return relation.table(name) if entailed is None else sql.subquery(entailed, name)

    graph = sql.column("graph", alias)
    if isinstance(graphs.active, int):
        allowed = graphs.named is None or graphs.active in graphs.named
        conditions.append(
            sql.equal(graph, sql.integer(graphs.active)) if allowed else sql.boolean(False)
        )
    elif isinstance(graphs.active, Variable):
        conditions.append(_named(graph, graphs.named))
    elif graphs.default is not None and len(graphs.default) == 1:
        conditions.append(sql.equal(graph, sql.integer(graphs.default[0])))
    else:
        return _merged(table("m"), graphs.default, alias)
    return table(alias)


def _named(graph: Expr, named: Sequence[int] | None) -> Expr:
    if named is None:
        return sql.compare("!=", graph, sql.integer(DEFAULT_GRAPH))
    return sql.one_of(graph, named) if named else sql.boolean(False)


def _merged(table: Expr, graphs: Sequence[int] | None, alias: str) -> Expr:
    """Give the triples of several graphs, each once (section 13.2: the merge of graphs)."""
    query = exp.select(*(sql.column(place) for place in PLACES)).from_(table).distinct()
    if graphs is not None:
        query = query.where(_named(sql.column("graph"), graphs))
    return sql.subquery(query, alias)


def graph_names(context: Context, graphs: GraphScope) -> Solutions:
    """Give the named graphs as the values of the active graph variable."""
    assert isinstance(graphs.active, Variable)
    name = sql.named(sql.column("graph"), context.name(graphs.active))
    query = exp.select(name).from_(context.dataset.quads_spo.table()).distinct()
    query = query.where(_named(sql.column("graph"), graphs.named))
    return Solutions(query, {graphs.active: Column(families=PLACE_FAMILIES["graph"])})


def graph_there(context: Context, graphs: GraphScope) -> Solutions:
    """Give one solution that binds nothing where the active graph exists (section 18.6)."""
    conditions: list[Expr] = []
    table = quads(context, graphs, context.fresh("q"), True, conditions)
    found = exp.select(sql.named(sql.integer(1), "unit")).from_(table).where(*conditions).limit(1)
    return Solutions(found, {})
