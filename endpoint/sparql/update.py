"""SPARQL 1.1 Update on a store: a whole request is one transaction.

Solutions are found by the query compiler inside the transaction, so each
operation sees what those before it did. Empty graphs are not recorded: a graph
is there as long as it has a triple, CREATE of a new one does nothing, and CLEAR
and DROP are one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import assert_never

import pyarrow as pa

from endpoint.sparql.algebra import BGP, ParsedQuery, Select
from endpoint.sparql.compile.context import ServiceHook
from endpoint.sparql.engine import Entailment, QueryOptions, solve
from endpoint.sparql.functions.table import sparql_functions
from endpoint.sparql.operations import (
    Clear,
    Create,
    Data,
    Load,
    Modify,
    Operation,
    ParsedUpdate,
    Transfer,
    template_variables,
)
from endpoint.sparql.parse_update import parse_update
from endpoint.sparql.plan import Output
from endpoint.sparql.templates import Instances
from endpoint.store.change import Change
from endpoint.store.dataset import EphemeralTerms
from endpoint.store.dictionary import NOT_FOUND
from endpoint.store.encode import resources
from endpoint.store.graphs import delete_documents, insert_documents
from endpoint.store.ids import DEFAULT_GRAPH
from endpoint.store.store import Store
from engine.functions import engine_functions
from engine.protocol import Control
from geosparql.errors import EarthgraphError, EngineError, InputError, QueryError

LoadHook = Callable[[str], Iterable[pa.RecordBatch]]
"""Fetches what LOAD names: an IRI to triple batches."""


@dataclass(frozen=True, slots=True)
class UpdateOptions:
    """How an update request is to be understood.

    Parameters
    ----------
    using_graphs, using_named_graphs
        IRIs of the protocol's using-graph-uri and using-named-graph-uri: the data set
        of every WHERE; a request that says USING or WITH itself is then refused
        (SPARQL 1.1 Protocol, section 2.2.3).
    union_default_graph
        Whether the default graph of a WHERE holds the triples of all graphs, where
        neither the request nor these options say which.
    base
        Base IRI of relative IRIs in the text.
    compute, entailment
        Which triples that are not stored the patterns match, as of a query.
    """

    using_graphs: tuple[str, ...] = ()
    using_named_graphs: tuple[str, ...] = ()
    union_default_graph: bool = False
    base: str | None = None
    compute: bool = True
    entailment: Entailment = "none"


@dataclass(frozen=True, slots=True)
class UpdateReport:
    """What an update did.

    Parameters
    ----------
    operations
        How many the request has.
    inserted, deleted
        Quads that the store lacked and that it had, summed over the operations.
    unreadable
        New geometry literals that could not be read; they are kept.
    reasons
        How many of them for each reason.
    duration_s
        Seconds that it took.
    """

    operations: int
    inserted: int
    deleted: int
    unreadable: int
    reasons: dict[str, int]
    duration_s: float


def update(
    store: Store,
    text: str,
    *,
    control: Control | None = None,
    options: UpdateOptions | None = None,
    load: LoadHook | None = None,
    service: ServiceHook | None = None,
) -> UpdateReport:
    """Carry out a SPARQL Update request, all of it or nothing.

    Parameters
    ----------
    store
        Open for writing.
    text
        A SPARQL 1.1 Update request with GeoSPARQL functions.
    control
        Cancels the work or bounds its time.
    options
        Graphs and base IRI.
    load
        Fetches what LOAD names; None: LOAD is refused, LOAD SILENT does nothing.
    service
        Answers SERVICE; None: such a request is refused.

    Raises
    ------
    QueryError, FunctionError
        The text is not a valid request, or asks for what is not offered.
    InputError
        A graph to be created is there, one to be copied is not, or what was to be
        loaded cannot be read, and the operation does not say SILENT.
    CancelledError, LimitError
        As `control` says.
    StoreError
        The store was opened for reading.
    """
    start = time.monotonic()
    options = options or UpdateOptions()
    control = control or Control()
    request = parse_update(text, base=options.base)
    _check_using(request, options)
    for functions in (engine_functions(), sparql_functions()):
        store.engine.register(functions)
    with store.change(control=control) as change:
        work = _Work(change, request.base, options, control, load, service)
        for operation in request.operations:
            control.check()
            work.carry_out(operation)
    return UpdateReport(
        len(request.operations),
        change.inserted,
        change.deleted,
        change.findings.counts["unreadable"],
        dict(change.findings.reasons.most_common()),
        time.monotonic() - start,
    )


def _check_using(request: ParsedUpdate, options: UpdateOptions) -> None:
    if not options.using_graphs and not options.using_named_graphs:
        return
    for operation in request.operations:
        if isinstance(operation, Modify) and (operation.using or operation.graph):
            raise QueryError(
                "USING or WITH stands in a request whose data set the protocol gives",
                hint="Leave out using-graph-uri and using-named-graph-uri, or USING and WITH",
            )


@dataclass(frozen=True, slots=True)
class _Work:
    """One request being carried out."""

    change: Change
    base: str | None
    options: UpdateOptions
    control: Control
    load_hook: LoadHook | None
    service: ServiceHook | None

    def carry_out(self, operation: Operation) -> None:
        match operation:
            case Modify():
                self._modify(operation)
            case Data(batches, removes):
                change_data = delete_documents if removes else insert_documents
                change_data(self.change, "data", batches)
            case Load():
                self._load(operation)
            case Clear():
                self._clear(operation)
            case Create():
                if self._holds(operation.graph) and not operation.silent:
                    raise InputError("The graph is there already", value=operation.graph)
            case Transfer():
                self._transfer(operation)
            case _:
                assert_never(operation)

    # Graph management

    def _clear(self, operation: Clear) -> None:
        match operation.graphs:
            case "ALL":
                self.change.clear()
            case "NAMED":
                self.change.clear(named=True)
            case "DEFAULT":
                self.change.clear(DEFAULT_GRAPH)
            case None:
                graph = self.change.graph_id(operation.graph)
                if graph is not None:
                    self.change.clear(graph)

    def _transfer(self, operation: Transfer) -> None:
        if operation.source == operation.target:
            return
        source = self.change.graph_id(operation.source)
        if operation.source is not None and not self._holds(operation.source):
            if operation.silent:
                return
            raise InputError(
                f"There is no graph to {operation.kind.lower()}", value=operation.source,
                hint=f"Write {operation.kind} SILENT where it may be missing",
            )  # fmt: skip
        assert source is not None
        target = self._graph(operation.target)
        if operation.kind != "ADD":
            self.change.clear(target)
        self.change.copy(source, target)
        if operation.kind == "MOVE":
            self.change.clear(source)

    def _load(self, operation: Load) -> None:
        try:
            if self.load_hook is None:
                raise QueryError("LOAD is not offered here", value=operation.source)
            batches = list(self.load_hook(operation.source))  # read before anything is changed
        except EngineError:
            raise
        except EarthgraphError:
            if not operation.silent:
                raise
            return
        insert_documents(self.change, operation.source, batches, operation.graph)

    def _holds(self, graph: str) -> bool:
        graph_id = self.change.graph_id(graph)
        return graph_id is not None and self.change.holds(graph_id)

    def _graph(self, graph: str | None) -> int:
        """Give the id of a graph that may be new."""
        if graph is None:
            return DEFAULT_GRAPH
        return int(self.change.ids(resources(pa.array([graph])))[0])

    # DELETE and INSERT

    def _modify(self, operation: Modify) -> None:
        with closing(EphemeralTerms(self.change.dataset)) as ephemeral:
            rows, outputs = self._solutions(operation, ephemeral)
            if operation.delete:
                found = Instances(rows, outputs, ephemeral, self.change, adding=False)
                graph = self.change.graph_id(operation.graph)
                target = NOT_FOUND if graph is None else graph
                self.change.delete(found.quads(operation.delete, target))
            if operation.insert:
                scope = self.change.new_scope() if _may_make_blanks(operation, outputs) else ""
                made = Instances(rows, outputs, ephemeral, self.change, True, scope)
                self.change.insert(made.quads(operation.insert, self._graph(operation.graph)))

    def _solutions(
        self, operation: Modify, ephemeral: EphemeralTerms
    ) -> tuple[pa.Table, Sequence[Output]]:
        """Give the solutions of the pattern, and where the variables of the templates stand."""
        if operation.pattern == BGP():
            return pa.table({"unit": [1]}), ()  # the one empty solution
        rows, plan = solve(
            self.change.dataset,
            ParsedQuery(Select(operation.pattern, (), operation.using), self.base),
            ephemeral,
            graph=operation.graph,
            control=self.control,
            options=_query_options(self.options),
            service=self.service,
        )
        for warning in plan.warnings:
            self.control.warn(warning)
        # A blank node of a template is another one than that of the pattern.
        return rows, [output for output in plan.outputs if not output.variable.is_hidden]


def _query_options(options: UpdateOptions) -> QueryOptions:
    return QueryOptions(
        options.using_graphs,
        options.using_named_graphs,
        options.union_default_graph,
        compute=options.compute,
        entailment=options.entailment,
    )


def _may_make_blanks(operation: Modify, outputs: Iterable[Output]) -> bool:
    computed = any(output.form == "text" for output in outputs)
    return computed or any(v.is_hidden for v in template_variables(operation.insert))
