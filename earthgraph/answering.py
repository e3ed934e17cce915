"""What answers queries for the HTTP endpoint and the command line: a store, on either engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from endpoint.sparql.answer import Answer
from endpoint.sparql.compile.context import ServiceHook
from endpoint.sparql.engine import Explanation, QueryOptions
from endpoint.sparql.engine import explain as run_explain
from endpoint.sparql.engine import query as run_query
from endpoint.sparql.plan_cache import PlanCache
from endpoint.sparql.update import LoadHook, UpdateOptions, UpdateReport
from endpoint.sparql.update import update as run_update
from endpoint.store.store import Store
from engine.protocol import Control, Engine
from geosparql.rdf import term_of
from geosparql.terms import Term


class StoreAnswerer:
    """Answers queries from one open store, and changes it where it is open for writing.

    Parameters
    ----------
    store
        An open store; it stays open as long as answers are read.
    engine
        Another engine than the store's own DuckDB (Spark reads a Parquet snapshot of the store).
    load
        Fetches what LOAD names; None: LOAD is refused.
    service
        Gives what answers SERVICE within the bounds of one query; None: SERVICE is refused.
    """

    def __init__(
        self,
        store: Store,
        engine: Engine | None = None,
        *,
        load: LoadHook | None = None,
        service: Callable[[Control], ServiceHook] | None = None,
    ) -> None:
        self._store = store
        self._snapshot = None if engine is None else store.dataset(engine)
        self._load = load
        self._service = service
        self._plans = PlanCache()

    def query(
        self, text: str, *, control: Control | None = None, options: QueryOptions | None = None
    ) -> Answer:
        """Answer a SPARQL query; errors as `endpoint.sparql.engine.query`."""
        dataset = self._snapshot or self._store.dataset()
        control = control or Control()
        service = None if self._service is None else self._service(control)
        return run_query(
            dataset, text, control=control, options=options, service=service, plans=self._plans
        )

    def explain(
        self,
        text: str,
        *,
        run: bool = False,
        control: Control | None = None,
        options: QueryOptions | None = None,
    ) -> Explanation:
        """Tell how a query is answered; as `endpoint.sparql.engine.explain`."""
        dataset = self._snapshot or self._store.dataset()
        return run_explain(dataset, text, run=run, control=control, options=options)

    def update(
        self, text: str, *, control: Control | None = None, options: UpdateOptions | None = None
    ) -> UpdateReport:
        """Carry out a SPARQL Update request; errors as `endpoint.sparql.update.update`."""
        control = control or Control()
        service = None if self._service is None else self._service(control)
        return run_update(
            self._store, text, control=control, options=options, load=self._load, service=service
        )


def solutions(answer: Answer) -> Iterator[dict[str, Term | None]]:
    """Give the solutions of a SELECT answer one by one, for work in Python.

    Parameters
    ----------
    answer
        The answer to a SELECT query, not read yet.

    Yields
    ------
    dict
        Variable name to term; None where the variable is not bound.
    """
    for batch in answer.batches():
        for row in batch.to_pylist():
            yield {
                name: None
                if cell is None
                else term_of(cell["value"], cell["datatype"], cell["language"])
                for name, cell in row.items()
            }
