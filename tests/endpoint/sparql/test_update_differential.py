"""Random update requests: the quads after each are those of pyoxigraph, or nothing changed."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from random import Random

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from endpoint.sparql.update import update
from endpoint.store.statistics import read_statistics
from endpoint.store.store import Store, open_store
from geosparql.errors import InputError
from geosparql.rdf import read_triples
from tests.endpoint.sparql.generated import graph_text
from tests.endpoint.sparql.generated_updates import Updates
from tests.endpoint.sparql.solutions import canonical_quads, our_quads
from tests.endpoint.store.triples import counted_statistics

FIRST_SEED = int(os.environ.get("EARTHGRAPH_SEED", "0"))
SEEDS = 24
REQUESTS = 4
FAILING = (
    "INSERT DATA { GRAPH :g0 { :n0 :p0 1 } } ; CREATE GRAPH :g0",
    "LOAD :nowhere",
    "MOVE :nowhere TO DEFAULT",
    "INSERT { ?s :p0 ?o } WHERE { SERVICE :nowhere { ?s ?p ?o } }",
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(tmp_path_factory.mktemp("random") / "store", create=True) as opened:
        yield opened


def check(seed: int, store: Store) -> None:
    random = Random(seed)
    theirs = ox.Store()
    theirs.load(graph_text(random).encode(), format=ox.RdfFormat.TRIG)
    update(store, "DROP ALL")
    dump = theirs.dump(format=ox.RdfFormat.N_QUADS)
    store.load_batches(read_triples(io.BytesIO(dump), format="nq"))
    for number in range(REQUESTS):
        text = Updates(random).request()
        where = f"seed {seed}, request {number}:\n{text}"
        before = len(theirs)
        theirs.update(text)
        report = update(store, text)
        assert before + report.inserted - report.deleted == len(theirs), where
        assert canonical_quads(our_quads(store)) == canonical_quads(theirs), where
    check_counts(store)


def check_counts(store: Store) -> None:
    """What was carried along is what counting gives."""
    kept = store.dataset().statistics
    assert kept == read_statistics(store.engine)
    exact = counted_statistics(store)
    assert (kept.quads, kept.classes) == (exact.quads, exact.classes)
    assert kept.predicates.keys() == exact.predicates.keys()
    for predicate, counts in exact.predicates.items():
        assert kept.predicates[predicate].quads == counts.quads
        assert kept.predicates[predicate].subjects >= counts.subjects
        assert kept.predicates[predicate].objects >= counts.objects


@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + SEEDS))
def test_same_quads(seed: int, store: Store) -> None:
    check(seed, store)


@pytest.mark.full
@pytest.mark.parametrize("block", range(1, 21))
def test_same_quads_of_hundreds(block: int, store: Store) -> None:
    for seed in range(FIRST_SEED + block * 1000, FIRST_SEED + block * 1000 + 25):
        check(seed, store)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.randoms(use_true_random=False), st.sampled_from(FAILING))
def test_a_request_that_fails_leaves_the_store_as_it_was(
    store: Store, random: Random, failing: str
) -> None:
    update(store, f"{Updates(random).request()} ; INSERT DATA {{ GRAPH :g0 {{ :n0 :p0 1 }} }}")
    before, version = canonical_quads(our_quads(store)), store.data_version
    with pytest.raises(InputError):
        update(store, f"{Updates(random).request()} ; {failing}")
    assert canonical_quads(our_quads(store)) == before
    assert store.data_version == version
    check_counts(store)
