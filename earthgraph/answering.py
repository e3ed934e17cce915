"""What answers queries for the HTTP endpoint and the command line: a store, on either engine."""

from __future__ import annotations

from collections.abc import Iterator

from endpoint.sparql.answer import Answer
from endpoint.sparql.engine import QueryOptions
from endpoint.sparql.engine import query as run_query
from endpoint.store.store import Store
from engine.protocol import Control, Engine
from geosparql.rdf import term_of
from geosparql.terms import Term


class StoreAnswerer:
    """Answers queries from one open store.

    Parameters
    ----------
    store
        An open store; it stays open as long as answers are read.
    engine
        Another engine than the store's own DuckDB (Spark reads a Parquet snapshot of the store).
    """

    def __init__(self, store: Store, engine: Engine | None = None) -> None:
        self._dataset = store.dataset(engine)

    def query(
        self, text: str, *, control: Control | None = None, options: QueryOptions | None = None
    ) -> Answer:
        """Answer a SPARQL query; errors as `endpoint.sparql.engine.query`."""
        return run_query(self._dataset, text, control=control, options=options)


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
