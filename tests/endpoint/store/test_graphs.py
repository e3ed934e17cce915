"""Whole graphs read, replaced, merged and deleted."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pytest

from endpoint.store.graphs import (
    GraphReport,
    delete_graph,
    graph_exists,
    merge_graph,
    read_graph,
    replace_graph,
)
from endpoint.store.store import Store
from geosparql.errors import InputError, SourceError
from geosparql.terms import BlankNode, Literal
from tests.endpoint.store.triples import batch, ex, stored_quads

G = ex("g").value


def triple(value: str) -> pa.RecordBatch:
    return batch([(ex("a"), ex("p"), Literal(value), None)])


def objects(store: Store, graph: str | None) -> list[str]:
    return [text for part in read_graph(store, graph) for text in part["object"].to_pylist()]


@pytest.mark.parametrize("graph", [G, None])
def test_put_post_and_delete(store: Store, graph: str | None) -> None:
    store.load_batches([batch([(ex("x"), ex("p"), Literal("other"), ex("other"))])])
    default = graph is None
    assert graph_exists(store, graph) == default
    assert replace_graph(store, graph, [triple("1")]) == GraphReport(default, 1, 0)
    assert graph_exists(store, graph)
    assert merge_graph(store, graph, [triple("1"), triple("2")]) == GraphReport(True, 1, 0)
    assert sorted(objects(store, graph)) == ["1", "2"]
    assert replace_graph(store, graph, [triple("3")]) == GraphReport(True, 1, 2)
    assert objects(store, graph) == ["3"]
    assert delete_graph(store, graph) == GraphReport(True, 0, 1)
    assert delete_graph(store, graph) == GraphReport(default, 0, 0)
    assert objects(store, graph) == []
    assert objects(store, ex("other").value) == ["other"]


def test_an_empty_graph_is_none(store: Store) -> None:
    replace_graph(store, G, [triple("1")])
    assert replace_graph(store, G, []) == GraphReport(True, 0, 1)
    assert not graph_exists(store, G)


def test_blank_nodes_of_two_documents_stay_apart(store: Store) -> None:
    for _ in range(2):
        merge_graph(store, G, [batch([(BlankNode("x"), ex("p"), Literal("1"), None)])])
    assert len(set(stored_quads(store))) == 2


def test_a_document_that_cannot_be_read_leaves_the_graph_as_it_was(store: Store) -> None:
    replace_graph(store, G, [triple("1")])

    def broken() -> Iterator[pa.RecordBatch]:
        yield triple("2")
        raise SourceError("The line went dead")

    with pytest.raises(SourceError, match="dead"):
        replace_graph(store, G, broken())
    with pytest.raises(InputError, match="cannot name another"):
        merge_graph(store, G, [batch([(ex("a"), ex("p"), Literal("2"), ex("h"))])])
    assert objects(store, G) == ["1"]
