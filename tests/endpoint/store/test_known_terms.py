"""Terms read by row and from memory are those that a join by id gives."""

from __future__ import annotations

import random

import numpy as np
import pyarrow as pa
import pytest

from endpoint.store.dataset import Dataset
from endpoint.store.dictionary import NOT_FOUND, fetch_terms, hashes_of
from endpoint.store.encode import terms_of_values
from endpoint.store.store import Store
from geosparql.terms import XSD, Literal, Term
from tests.endpoint.store.triples import Quad, batch, ex

NUMBERS = [1, 3, 40, 300]


def quads(first: int, last: int) -> list[Quad]:
    def name(number: int) -> Term:
        return Literal(f"name {number}" + "long" * (number % 200))

    return [(ex(f"thing/{i}"), ex("name"), name(i), None) for i in range(first, last)]


@pytest.fixture(params=["loaded", "appended", "optimized"])
def dataset(request: pytest.FixtureRequest, store: Store) -> Dataset:
    store.load_batches([batch(quads(0, 500))])
    if request.param != "loaded":
        store.load_batches([batch(quads(500, 600)), batch(quads(700, 900))])
        store.load_batches([batch(quads(600, 700))])
    if request.param == "optimized":
        store.optimize()
    return store.dataset()


def all_ids(dataset: Dataset) -> list[int]:
    found: list[int] = dataset.engine.run(dataset.terms.select("id")).read_all()["id"].to_pylist()
    return found


def by_join(dataset: Dataset, ids: list[int]) -> pa.Table:
    return fetch_terms(dataset.engine, np.array(ids), dataset.terms.name).sort_by("id")


def test_terms_are_those_of_the_table(dataset: Dataset) -> None:
    random.seed(1)
    ids = all_ids(dataset)
    for _ in range(3):  # the first times by a join, then by row, then from memory
        for number in NUMBERS:
            chosen = random.sample(ids, number)
            found = dataset.fetch_terms(np.array(chosen)).sort_by("id")
            assert found.equals(by_join(dataset, chosen))


def test_an_id_that_is_none_gives_no_row(dataset: Dataset) -> None:
    last = max(all_ids(dataset))
    for _ in range(4):
        found = dataset.fetch_terms(np.array([last + 7, last]))
        assert found["id"].to_pylist() == [last]


def test_terms_are_found(dataset: Dataset) -> None:
    wanted = [ex("thing/1"), ex("no such thing"), Literal("name 1long"), ex("thing/499")]
    columns = terms_of_values(wanted)
    for _ in range(4):
        ids = dataset.find_columns(columns)
        assert (ids == NOT_FOUND).tolist() == [False, True, False, False]
        rows = dataset.fetch_terms(np.unique(ids[ids != NOT_FOUND]))
        assert set(rows["lexical"].to_pylist()) == {
            "http://example.org/thing/1",
            "name 1long",
            "http://example.org/thing/499",
        }


def test_terms_with_one_hash_are_told_apart(
    dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = dataset.known_terms
    assert known is not None
    two = dataset.find([ex("thing/1"), ex("thing/2")])
    read_all = known.fetch
    monkeypatch.setattr(known, "fetch", lambda _ids: read_all(np.array(two)))
    wanted = terms_of_values([ex("thing/2"), Literal("2", XSD + "byte")])
    found = known.find(wanted, hashes_of(dataset.engine, wanted))
    assert found.tolist() == [two[1], NOT_FOUND]
