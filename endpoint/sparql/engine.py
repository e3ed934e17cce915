"""SPARQL text to an answer: parse, rewrite, compile, run."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import Literal as OneOf

import pyarrow as pa

from endpoint.sparql import algebra as al
from endpoint.sparql.answer import Answer, AnswerForm, Portion, decoded_columns
from endpoint.sparql.compile.context import END, START, Context, GraphScope, ServiceHook
from endpoint.sparql.compile.query import compile_plan, exists_plan, output_of
from endpoint.sparql.construct import described_triples, made_triples, template_variables
from endpoint.sparql.explain import Explanation, explained
from endpoint.sparql.functions.encoding import decode
from endpoint.sparql.functions.table import sparql_functions
from endpoint.sparql.parse import parse_query
from endpoint.sparql.plan import BoundPlan, Plan
from endpoint.sparql.plan_cache import CachedPlan, PlanCache, shape_of
from endpoint.sparql.rewrite.computed import computed_link
from endpoint.sparql.rewrite.counts import Counts
from endpoint.sparql.rewrite.rules import rewrite
from endpoint.sparql.run import running
from endpoint.sparql.schema import read_schema
from endpoint.sparql.scope import constants
from endpoint.store.dataset import Dataset, EphemeralTerms
from endpoint.store.ids import DEFAULT_GRAPH
from engine.protocol import Control
from engine.sources import rebatched
from geosparql.literals.table import GEOMETRY_DATATYPES
from geosparql.term_columns import term_of
from geosparql.terms import IRI, Literal, Term

__all__ = ["Answer", "Explanation", "QueryOptions", "answer_query", "explain", "query"]


Entailment = OneOf["none", "rdfs"]


@dataclass(frozen=True, slots=True)
class QueryOptions:
    """How a query is to be answered.

    Parameters
    ----------
    default_graphs, named_graphs
        The data set by graph IRIs; where one is given it stands in place of the
        query's FROM and FROM NAMED (SPARQL 1.1 Protocol, section 2.1.4).
    union_default_graph
        Whether the default graph holds the triples of all graphs, where neither the
        query nor these options say which.
    base
        Base IRI of relative IRIs in the text.
    compute
        Whether a pattern also matches the triples that GeoSPARQL computes: topological
        relations (its class Query Rewrite), sizes, centroids … See docs/geosparql.md.
    entailment
        ``rdfs``: patterns match under RDFS entailment, with the classes of GeoSPARQL,
        Simple Features and GML known.
    """

    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    union_default_graph: bool = False
    base: str | None = None
    compute: bool = True
    entailment: Entailment = "none"


def query(
    dataset: Dataset,
    text: str,
    *,
    control: Control | None = None,
    options: QueryOptions | None = None,
    service: ServiceHook | None = None,
    plans: PlanCache | None = None,
) -> Answer:
    """Answer a SPARQL query.

    Parameters
    ----------
    dataset
        What is asked.
    text
        A SPARQL 1.1 query with GeoSPARQL functions.
    control
        Cancels the work or bounds its time.
    options
        Graphs and base IRI.
    service
        Answers SERVICE; None: such a query is refused.
    plans
        Plans of earlier queries, to be used again and added to.

    Returns
    -------
    Answer
        To be read once; its rows are worked out while they are read.

    Raises
    ------
    QueryError, FunctionError
        The text is not a valid query, or asks for what is not offered.
    """
    options = options or QueryOptions()
    parsed = parse_query(text, base=options.base)
    return answer_query(
        dataset, parsed, control=control, options=options, service=service, plans=plans
    )


def answer_query(
    dataset: Dataset,
    parsed: al.ParsedQuery,
    *,
    control: Control | None = None,
    options: QueryOptions | None = None,
    service: ServiceHook | None = None,
    ephemeral: EphemeralTerms | None = None,
    plans: PlanCache | None = None,
) -> Answer:
    """Answer a parsed query; `ephemeral` where the caller already put terms or relations in."""
    options = options or QueryOptions()
    run = _prepared(dataset, parsed, control, options, service, ephemeral)
    if ephemeral is None and options.entailment == "none":
        run.plans = plans
    try:
        return run.answer(parsed.query)
    except BaseException:
        run.ephemeral.close()
        raise


def solve(
    dataset: Dataset,
    parsed: al.ParsedQuery,
    ephemeral: EphemeralTerms,
    *,
    graph: str | None = None,
    control: Control | None = None,
    options: QueryOptions | None = None,
    service: ServiceHook | None = None,
) -> tuple[pa.Table, Plan]:
    """Give all solutions of a query's pattern, not decoded, and the plan that says what they hold.

    Where neither the query nor `options` give a data set, `graph` is the default graph
    (WITH of an update). The rest is as in `query`; terms that the data set lacks are
    those of `ephemeral`.
    """
    options = options or QueryOptions()
    run = _prepared(dataset, parsed, control, options, service, ephemeral)
    given = parsed.query.dataset or options.default_graphs or options.named_graphs
    if graph is not None and not given:
        run.graphs = GraphScope((run.context.match(IRI(graph)),))
    plan = compile_plan(run.rewritten(parsed.query.pattern), run.context, run.graphs)
    with running(BoundPlan(plan), dataset.engine, control) as rows:
        return rows.reader.read_all(), plan


def explain(
    dataset: Dataset,
    text: str,
    *,
    run: bool = False,
    control: Control | None = None,
    options: QueryOptions | None = None,
    service: ServiceHook | None = None,
) -> Explanation:
    """Tell how a query is answered; `run`: answer it, and tell what came of every step.

    The rest is as in `query`. No earlier plan is used.
    """
    options = options or QueryOptions()
    marks = [time.perf_counter()]
    parsed = parse_query(text, base=options.base)
    marks.append(time.perf_counter())
    asked = _prepared(dataset, parsed, control, options, service, None)
    with closing(asked.ephemeral):
        pattern = asked.rewritten(parsed.query.pattern)
        marks.append(time.perf_counter())
        plan = compile_plan(pattern, asked.context, asked.graphs)
        marks.append(time.perf_counter())
        took = (after - before for before, after in pairwise(marks))
        seconds = dict(zip(("parse", "rewrite", "compile"), took, strict=True))
        patterns = parsed.query.pattern, pattern
        return explained(patterns, plan, dataset.engine, seconds, run=run, control=control)


def _prepared(
    dataset: Dataset,
    parsed: al.ParsedQuery,
    control: Control | None,
    options: QueryOptions,
    service: ServiceHook | None,
    ephemeral: EphemeralTerms | None,
) -> _Run:
    dataset.engine.register(sparql_functions())
    ephemeral = ephemeral or EphemeralTerms(dataset)
    context = Context(dataset, ephemeral, parsed.base, service)
    if options.entailment == "rdfs":
        context.under(read_schema(dataset, ephemeral.ids))
    graphs = _graph_scope(parsed.query.dataset, options, context)
    return _Run(dataset, ephemeral, context, graphs, control, options)


def _graph_scope(
    clause: al.DatasetClause | None, options: QueryOptions, context: Context
) -> GraphScope:
    if options.default_graphs or options.named_graphs:
        clause = al.DatasetClause(options.default_graphs, options.named_graphs)
    if clause is None:
        return GraphScope(default=None if options.union_default_graph else (DEFAULT_GRAPH,))

    def ids(iris: tuple[str, ...]) -> tuple[int, ...]:
        context.know(IRI(iri) for iri in iris)
        return tuple(context.match(IRI(iri)) for iri in iris)

    return GraphScope(ids(clause.default), ids(clause.named))


def _link(iri: str, *, counts: Counts) -> al.Pattern | None:
    pattern = computed_link(iri, START, END)
    return None if pattern is None else rewrite(pattern, counts)


@dataclass(slots=True)
class _Run:
    """One query being answered."""

    dataset: Dataset
    ephemeral: EphemeralTerms
    context: Context
    graphs: GraphScope
    control: Control | None
    options: QueryOptions
    plans: PlanCache | None = None
    warnings: list[str] = field(default_factory=list)

    def rewritten(self, pattern: al.Pattern) -> al.Pattern:
        """Apply the rewrite rules."""
        # A geometry is asked about by what it is, hardly ever by its id.
        terms = (term for term in constants(pattern) if not _is_geometry(term))
        self.context.know(terms)
        counts = Counts(self.dataset, self.context.match, self.options.entailment != "none")
        self.context.counts = counts
        if self.options.compute:
            self.context.computed_link = partial(_link, counts=counts)
        return rewrite(pattern, counts, compute=self.options.compute)

    def answer(self, asked: al.Query) -> Answer:
        """Answer a query form."""
        plan = self._plan(asked)
        match asked:
            case al.Ask():
                return self._ask(plan)
            case al.Select(_, variables):
                names = tuple(variable.name for variable in variables)
                return self._streamed(
                    "select", names, lambda: self._solutions(plan, variables), plan
                )
            case al.Construct(_, template):
                return self._streamed(
                    "construct", (), lambda: self._constructed(plan, template), plan
                )
            case al.Describe(_, subjects):
                return self._streamed("describe", (), lambda: self._described(plan, subjects), plan)

    def _plan(self, asked: al.Query) -> BoundPlan:
        """Give an earlier plan with the constants of this query, or make one."""
        if self.plans is None:
            return BoundPlan(self._compiled(asked, asked.pattern))
        others = type(asked) is al.Ask, asked.dataset, self.options, self.context.base
        shape = shape_of(asked.pattern, *others)
        cached = self.plans.get(shape, self.dataset)
        if cached is None:
            plan = self._compiled(asked, shape.pattern)
            lasting = plan.is_lasting
            cached = self.plans.put(shape, plan, self.dataset) if lasting else CachedPlan(plan)
        return cached.bound(shape, self.ephemeral.find)

    def _compiled(self, asked: al.Query, pattern: al.Pattern) -> Plan:
        compiled = exists_plan if isinstance(asked, al.Ask) else compile_plan
        return compiled(self.rewritten(pattern), self.context, self.graphs)

    def _streamed(
        self,
        form: AnswerForm,
        names: tuple[str, ...],
        batches: Callable[[], Iterator[pa.RecordBatch]],
        plan: BoundPlan,
    ) -> Answer:
        def closing_after() -> Iterator[pa.RecordBatch]:
            with closing(self.ephemeral):
                yield from batches()

        self.warnings.extend(plan.plan.warnings)
        return Answer(
            form, names, self.warnings, _batches=closing_after, _close=self.ephemeral.close
        )

    def _ask(self, plan: BoundPlan) -> Answer:
        with closing(self.ephemeral), running(plan, self.dataset.engine, self.control) as run:
            found = any(batch.num_rows for batch in run.reader)
        return Answer("ask", warnings=list(plan.plan.warnings), _boolean=found)

    def _solutions(
        self, plan: BoundPlan, variables: tuple[al.Variable, ...]
    ) -> Iterator[pa.RecordBatch]:
        outputs = [output_of(plan.plan, variable) for variable in variables]
        names = [variable.name for variable in variables]
        unbound: set[al.Variable] = set()
        with running(plan, self.dataset.engine, self.control) as run:
            portion = Portion()
            for batch in _gathered(run.reader, portion):
                columns = decoded_columns(batch, outputs, self.dataset, self.ephemeral)
                portion.took(columns)
                unbound |= {v for v, c in zip(variables, columns, strict=True) if c.null_count}
                yield pa.RecordBatch.from_arrays(columns, names) if names else batch.select([])
            for diagnosis in plan.plan.diagnoses:
                if diagnosis.variable in unbound and (why := run.reason(diagnosis)):
                    self.warnings.append(why)

    def _constructed(
        self, plan: BoundPlan, template: tuple[al.TriplePattern, ...]
    ) -> Iterator[pa.RecordBatch]:
        variables = template_variables(template)
        outputs = [output_of(plan.plan, variable) for variable in variables]
        done = 0
        with running(plan, self.dataset.engine, self.control) as run:
            portion = Portion()
            for batch in _gathered(run.reader, portion):
                columns = decoded_columns(batch, outputs, self.dataset, self.ephemeral)
                portion.took(columns)
                cells = dict(zip(variables, columns, strict=True))
                yield made_triples(template, cells, batch.num_rows, done)
                done += batch.num_rows

    def _described(
        self, plan: BoundPlan, subjects: tuple[al.Slot, ...]
    ) -> Iterator[pa.RecordBatch]:
        found = {self.context.match(s.term) for s in subjects if isinstance(s, al.Constant)}
        computed: set[str] = set()
        outputs = [output_of(plan.plan, s) for s in subjects if isinstance(s, al.Variable)]
        if any(outputs):
            with running(plan, self.dataset.engine, self.control) as run:
                for batch in run.reader:
                    for output in filter(None, outputs):
                        values = batch.column(output.column).drop_null().unique().to_pylist()
                        (found if output.form == "id" else computed).update(values)
        terms = (term_of(*decode(text)) for text in sorted(computed))
        found |= {self.context.match(term) for term in terms}
        yield from described_triples(found, self.dataset, self.graphs, self.control)


def _is_geometry(term: Term) -> bool:
    return isinstance(term, Literal) and term.datatype in GEOMETRY_DATATYPES


def _gathered(reader: pa.RecordBatchReader, portion: Portion) -> Iterator[pa.RecordBatch]:
    for table in rebatched(reader, reader.schema, lambda: portion.rows):
        yield from table.combine_chunks().to_batches()
