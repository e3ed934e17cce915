"""The suite asked of engines in this process: ours, and pyoxigraph."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyoxigraph as ox

from endpoint.sparql.engine import QueryOptions, query
from endpoint.store.dataset import Dataset
from endpoint.store.memory import drop_dataset
from engine.protocol import Engine
from suite.evaluate import Answer, Answerer, answer_of, data_of
from suite.manifest import Entry
from tests.endpoint.sparql.solutions import dataset_of, our_solutions


@contextmanager
def ours(engine: Engine) -> Iterator[Answerer]:
    """Give an answerer on one of our engines; the data of the last entry stay until other come."""
    held: dict[Path | None, Dataset] = {}

    def answer(entry: Entry) -> Answer:
        if entry.data not in held:
            _drop(held)
            held[entry.data] = dataset_of(engine, data_of(entry.data).decode(), "ttl")
        answered = query(held[entry.data], entry.query.read_text(), options=_options(entry))
        return answered.boolean if answered.form == "ask" else our_solutions(answered)

    try:
        yield answer
    finally:
        _drop(held)


def _options(entry: Entry) -> QueryOptions:
    """Give the regime of an entry; what GeoSPARQL computes (RIF) is there by default."""
    return QueryOptions(entailment="rdfs" if entry.regime == "RDFS" else "none")


def _drop(held: dict[Path | None, Dataset]) -> None:
    for dataset in held.values():
        drop_dataset(dataset)
    held.clear()


def pyoxigraph() -> Callable[[Entry], Answer]:
    """Give an answerer that is pyoxigraph."""

    def answer(entry: Entry) -> Answer:
        store = ox.Store()
        store.load(io.BytesIO(data_of(entry.data)), format=ox.RdfFormat.TURTLE)
        return answer_of(store.query(entry.query.read_text()))

    return answer
