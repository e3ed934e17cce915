"""Generated queries over generated graphs: our answers are those of pyoxigraph.

Solutions are compared as multisets, those of one order as sequences, graphs up to
blank nodes. Where the two are meant to differ the generator does not go, and says
so; and what pyoxigraph rewrites when it stores it (numbers and dates to their
canonical form), we load as it has it.
"""

from __future__ import annotations

import os
from random import Random

import pyoxigraph as ox
import pytest

from endpoint.sparql.answer import Answer
from endpoint.sparql.engine import query
from endpoint.store.memory import drop_dataset
from engine.protocol import Engine
from tests.endpoint.sparql.generated import JOINED, Generated, Queries, graph_text
from tests.endpoint.sparql.solutions import (
    canonical,
    canonical_graph,
    dataset_of,
    our_graph,
    our_solutions,
)

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
            generated = Queries(random).query()
            where = f"seed {seed}, query {number}:\n{generated.text}"
            _compare(query(dataset, generated.text), store.query(generated.text), generated, where)
    finally:
        drop_dataset(dataset)


def _compare(answer: Answer, wanted: object, generated: Generated, where: str) -> None:
    if isinstance(wanted, ox.QueryBoolean):
        assert answer.boolean == bool(wanted), where
        return
    if isinstance(wanted, ox.QueryTriples):
        assert canonical_graph(our_graph(answer)) == canonical_graph(wanted), where
        return
    names = [variable.value for variable in wanted.variables]
    theirs = [_shown({n: s[n] for n in names if s[n] is not None}) for s in wanted]
    ours = [_shown(solution) for solution in our_solutions(answer)]
    if generated.is_ordered:
        assert [canonical([row]) for row in ours] == [canonical([row]) for row in theirs], where
    else:
        assert canonical(ours) == canonical(theirs), where


def _shown(solution: dict[str, object]) -> dict[str, object]:
    """Put the parts of a GROUP_CONCAT in order."""
    if isinstance(joined := solution.get(JOINED), ox.Literal):
        parts = "|".join(sorted(joined.value.split("|")))
        return {**solution, JOINED: ox.Literal(parts)}
    return solution


@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + GRAPHS))
def test_same_solutions(seed: int, duckdb_engine: Engine) -> None:
    check(seed, duckdb_engine)


@pytest.mark.full
@pytest.mark.parametrize("block", range(1, 21))
def test_same_solutions_of_thousands(block: int, duckdb_engine: Engine) -> None:
    for seed in range(FIRST_SEED + block * 1000, FIRST_SEED + block * 1000 + 50):
        check(seed, duckdb_engine)
