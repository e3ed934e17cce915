"""The closure is what walking the hierarchy step by step finds."""

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from geosparql.triples import TRIPLES_SCHEMA
from geosparql.vocabulary import OWL, RDFS_SUB_CLASS_OF, SKOS
from ontologies.closure import SKOS_BROADER, closure, narrower_of

NODES = st.sampled_from([f"http://example.org/{letter}" for letter in "abcdef"])


def batch(triples: list[tuple[str, str, str]]) -> pa.RecordBatch:
    rows = [{"subject": s, "predicate": p, "object": o} for s, p, o in triples]
    return pa.RecordBatch.from_pylist(rows, schema=TRIPLES_SCHEMA)


def walk(edges: set[tuple[str, str]]) -> set[tuple[str, str]]:
    pairs = {(node, node) for edge in edges for node in edge} | edges
    while True:
        more = {(a, d) for a, b in pairs for c, d in pairs if b == c} - pairs
        if not more:
            return pairs
        pairs |= more


@given(st.lists(st.tuples(NODES, NODES), max_size=12))
def test_equals_walking(edges: list[tuple[str, str]]) -> None:
    table = closure([batch([(a, RDFS_SUB_CLASS_OF, b) for a, b in edges])])
    found = set(zip(table["narrower"].to_pylist(), table["broader"].to_pylist(), strict=True))
    assert found == walk(set(edges))
    assert set(table["property"].to_pylist()) <= {RDFS_SUB_CLASS_OF}


def test_narrower_is_broader_the_other_way() -> None:
    table = closure([batch([("x:a", SKOS + "narrower", "x:b"), ("x:c", SKOS_BROADER, "x:b")])])
    assert narrower_of(table, "x:a") == {"x:a", "x:b", "x:c"}


def test_equivalent_classes_lie_under_each_other() -> None:
    table = closure([batch([("x:a", OWL + "equivalentClass", "x:b")])])
    assert narrower_of(table, "x:a") == narrower_of(table, "x:b") == {"x:a", "x:b"}


def test_nothing_gives_nothing() -> None:
    assert closure([]).num_rows == 0
