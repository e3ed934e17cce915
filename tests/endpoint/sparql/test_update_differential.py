"""Random update requests over random graphs: the quads after each are those of pyoxigraph."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from random import Random

import pyoxigraph as ox
import pytest

from endpoint.sparql.update import update
from endpoint.store.statistics import read_statistics, rebuild_statistics
from endpoint.store.store import Store, open_store
from engine.protocol import Control
from geosparql.rdf import read_triples
from tests.endpoint.sparql.generated import graph_text
from tests.endpoint.sparql.generated_updates import Updates
from tests.endpoint.sparql.solutions import canonical_quads, our_quads

FIRST_SEED = int(os.environ.get("EARTHGRAPH_SEED", "0"))
SEEDS = 24
REQUESTS = 4


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
    with store.engine.transaction():
        rebuild_statistics(store.engine, Control())
    exact = read_statistics(store.engine)
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
