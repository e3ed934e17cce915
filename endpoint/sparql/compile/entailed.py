"""The triples of a graph with those that RDFS entails (SPARQL 1.1 Entailment Regimes, section 3).

Nothing is materialised: where a pattern names its predicate (and class), the
terms below them are put in its place; where a variable stands there, the stored
triples are joined to the closure of the schema. Of a literal no type is entailed,
as it is no subject. The schema counts in every graph that is matched in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow as pa
from sqlglot import exp

from endpoint.sparql.algebra import Variable
from endpoint.sparql.compile import sql
from endpoint.sparql.compile.context import Context, GraphScope
from endpoint.sparql.compile.sql import Expr
from endpoint.sparql.plan import Rows
from endpoint.sparql.schema import (
    RDF_PROPERTY,
    RDFS_RESOURCE,
    Pairs,
    Schema,
    below,
)
from endpoint.store.ids import DEFAULT_GRAPH, of_kinds
from engine.protocol import Relation
from geosparql.vocabulary import RDF_TYPE, RDFS_SUB_CLASS_OF, RDFS_SUB_PROPERTY_OF

Known = tuple[int | None, int | None]
_PLACES = ("graph", "subject", "predicate", "object")


def entailed_quads(
    context: Context, graphs: GraphScope, relation: Relation, known: Known
) -> exp.Select | None:
    """Give the quads that match what is known, entailed ones too.

    Parameters
    ----------
    context, graphs
        What is compiled, and where it matches.
    relation
        The copy of the stored quads to read.
    known
        The predicate and the object; None: any.

    Returns
    -------
    Select or None
        graph, subject, predicate, object, each once; None: the stored quads are all.
    """
    if context.schema is None:
        return None
    parts = list(_Entailed(context, context.schema, graphs, relation).parts(*known))
    return sql.union_all(parts).distinct(copy=False) if parts else None


class _Entailed:
    """Writes the parts of which the entailed quads are the union."""

    def __init__(
        self, context: Context, schema: Schema, graphs: GraphScope, relation: Relation
    ) -> None:
        self.context, self.schema, self.graphs = context, schema, graphs
        self.relation = relation
        self.type = schema.ids[RDF_TYPE]
        self.about_schema = {
            schema.ids[RDFS_SUB_CLASS_OF]: schema.classes,
            schema.ids[RDFS_SUB_PROPERTY_OF]: schema.properties,
            **schema.stated,
        }

    def parts(self, predicate: int | None, object_: int | None) -> Iterable[exp.Select]:
        """Give the parts that match a predicate and an object (None: any)."""
        if predicate is None:
            yield self._stored()
            yield self._lifted(self.schema.properties, "predicate")
            yield from self._types(object_)
            for each, pairs in self.about_schema.items():
                yield self._rows((lower, each, upper) for lower, upper in pairs)
            return
        lower = below(self.schema.properties, predicate) or (predicate,)
        if predicate == self.type:
            yield from self._types(object_)
        elif predicate in self.about_schema:
            yield self._stored(lower, predicate=predicate)
            pairs = self.about_schema[predicate]
            yield self._rows((a, predicate, b) for a, b in pairs)
        elif lower != (predicate,):
            yield self._stored(lower, predicate=predicate)

    def _types(self, of_class: int | None) -> Iterable[exp.Select]:
        schema, types = self.schema, below(self.schema.properties, self.type)
        if of_class is None:
            yield self._stored(types, predicate=self.type)
            yield self._lifted(schema.classes, "object", types)
            yield self._of_ends(schema.domains, "subject")
            yield self._of_ends(schema.ranges, "object")
            yield self._rows((node, self.type, kind) for node, kind in schema.typed)
            kinds = {upper for _, upper in schema.classes}
        else:
            classes = below(schema.classes, of_class) or (of_class,)
            yield self._stored(types, predicate=self.type, objects=classes, object_=of_class)
            for pairs, end in ((schema.domains, "subject"), (schema.ranges, "object")):
                if predicates := below(pairs, of_class):
                    yield self._node(end, of_class, predicates)
            yield self._rows((n, self.type, k) for n, k in schema.typed if k == of_class)
            kinds = {of_class}
        if (resource := schema.ids[RDFS_RESOURCE]) in kinds:
            yield from (self._node(end, resource) for end in ("subject", "object"))
        a_property = schema.ids[RDF_PROPERTY]
        for lower, upper in sorted(schema.classes):
            if lower == a_property and upper in kinds:
                yield self._node("predicate", upper)

    def _query(self, **columns: Expr) -> exp.Select:
        named = [sql.named(columns[place], place) for place in _PLACES]
        return exp.select(*named).from_(self.relation.table("q"))

    def _stored(
        self,
        predicates: Sequence[int] = (),
        *,
        predicate: int | None = None,
        objects: Sequence[int] = (),
        object_: int | None = None,
    ) -> exp.Select:
        """Give stored quads, with what they are counted as in the place of what they say."""
        query = self._query(
            graph=sql.column("graph", "q"),
            subject=sql.column("subject", "q"),
            predicate=sql.column("predicate", "q") if predicate is None else _id(predicate),
            object=sql.column("object", "q") if object_ is None else _id(object_),
        )
        for place, wanted in (("predicate", predicates), ("object", objects)):
            if wanted:
                query = query.where(sql.one_of(sql.column(place, "q"), wanted), copy=False)
        return query

    def _lifted(self, pairs: Pairs, place: str, predicates: Sequence[int] = ()) -> exp.Select:
        """Give stored quads with every term above theirs at one place."""
        columns = {each: sql.column(each, "q") for each in _PLACES}
        columns[place] = sql.column("upper", "h")
        if predicates:
            columns["predicate"] = _id(self.type)
        query = self._query(**columns)
        query = query.join(self._pairs(pairs), on=_meets(place, "lower"), copy=False)
        if predicates:
            query = query.where(sql.one_of(sql.column("predicate", "q"), predicates), copy=False)
        return query

    def _of_ends(self, pairs: Pairs, end: str) -> exp.Select:
        """Give the types that predicates entail of their subjects or objects."""
        query = self._query(
            graph=sql.column("graph", "q"),
            subject=sql.column(end, "q"),
            predicate=_id(self.type),
            object=sql.column("upper", "h"),
        )
        query = query.join(self._pairs(pairs), on=_meets("predicate", "lower"), copy=False)
        return query.where(_resources(end), copy=False) if end == "object" else query

    def _node(self, end: str, of_class: int, predicates: Sequence[int] = ()) -> exp.Select:
        """Say of what stands at one end of quads that it is of a class."""
        query = self._query(
            graph=sql.column("graph", "q"),
            subject=sql.column(end, "q"),
            predicate=_id(self.type),
            object=_id(of_class),
        )
        if predicates:
            query = query.where(sql.one_of(sql.column("predicate", "q"), predicates), copy=False)
        return query.where(_resources(end), copy=False) if end == "object" else query

    def _pairs(self, pairs: Pairs) -> exp.Expression:
        return self._table(("lower", "upper"), pairs)

    def _rows(self, triples: Iterable[tuple[int, int, int]]) -> exp.Select:
        """Give triples of the schema in the graph, or each graph, that is matched in."""
        table = self._table(_PLACES[1:], triples)
        places = [sql.column(place, "h") for place in _PLACES[1:]]
        if not isinstance(self.graphs.active, Variable):
            default = self.graphs.default or (DEFAULT_GRAPH,)
            graph = default[0] if self.graphs.active is None else self.graphs.active
            return exp.select(sql.named(_id(graph), "graph"), *places).from_(table)
        graphs = exp.select(sql.column("graph")).from_(self.context.dataset.quads_spo.table())
        query = exp.select(sql.column("graph", "n"), *places).from_(table)
        names = sql.subquery(graphs.distinct(), "n")
        return query.join(names, join_type="cross", copy=False)

    def _table(self, names: Sequence[str], rows: Iterable[tuple[int, ...]]) -> exp.Expression:
        """Bring rows of ids in."""
        columns = zip(*sorted(rows), strict=True)
        found = dict.fromkeys(names, ()) | dict(zip(names, columns, strict=False))
        name = self.context.step_name()
        table = pa.table({each: pa.array(ids, pa.int64()) for each, ids in found.items()})
        self.context.steps.append(Rows(name, table))
        return exp.to_table(name, alias="h")


def _id(term_id: int) -> Expr:
    return sql.cast(sql.integer(term_id), "BIGINT")


def _meets(place: str, column: str) -> Expr:
    return sql.equal(sql.column(place, "q"), sql.column(column, "h"))


def _resources(end: str) -> Expr:
    return of_kinds(sql.column(end, "q"), "iri", "blank")
