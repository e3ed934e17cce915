"""Generated queries over generated graphs: our solutions are those of pyoxigraph, as multisets.

Where the two are meant to differ, the generator does not go: pyoxigraph rewrites
numbers and dates to their canonical form when it stores them, calls COUNT of an
error an error, and drops duplicates of alternatives inside a path.
"""

from __future__ import annotations

import os
from random import Random

import pyoxigraph as ox
import pytest

from endpoint.sparql.engine import query
from endpoint.store.memory import drop_dataset
from engine.protocol import Engine
from tests.endpoint.sparql.generated import Queries, graph_text
from tests.endpoint.sparql.solutions import canonical, dataset_of, our_solutions

FIRST_SEED = int(os.environ.get("EARTHGRAPH_SEED", "0"))
GRAPHS = 40
QUERIES_PER_GRAPH = 5


def check(seed: int, engine: Engine) -> None:
    random = Random(seed)
    store = ox.Store()
    store.load(graph_text(random).encode(), format=ox.RdfFormat.TRIG)
    quads = store.dump(format=ox.RdfFormat.N_QUADS)
    dataset = dataset_of(engine, quads.decode(), "nq")
    try:
        for number in range(QUERIES_PER_GRAPH):
            text = Queries(random).query()
            wanted = store.query(text)
            answer = query(dataset, text)
            where = f"seed {seed}, query {number}:\n{text}"
            if isinstance(wanted, ox.QueryBoolean):
                assert answer.boolean == bool(wanted), where
                continue
            names = [variable.value for variable in wanted.variables]
            theirs = [{n: s[n] for n in names if s[n] is not None} for s in wanted]
            ours = our_solutions(answer)
            assert len(ours) == len(theirs), where
            assert canonical(ours) == canonical(theirs), where
    finally:
        drop_dataset(dataset)


@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + GRAPHS))
def test_same_solutions(seed: int, duckdb_engine: Engine) -> None:
    check(seed, duckdb_engine)


@pytest.mark.full
@pytest.mark.parametrize("block", range(1, 21))
def test_same_solutions_of_thousands(block: int, duckdb_engine: Engine) -> None:
    for seed in range(FIRST_SEED + block * 1000, FIRST_SEED + block * 1000 + 50):
        check(seed, duckdb_engine)
