"""Terms that nothing uses stay until the store is optimized."""

from __future__ import annotations

from endpoint.store.graphs import delete_graph, merge_graph
from endpoint.store.schema import GEOMETRIES, TERM_HASHES, TERMS
from endpoint.store.store import Store
from geosparql.terms import Literal, Term
from geosparql.vocabulary import GEO_WKT_LITERAL
from tests.endpoint.store.triples import batch, ex, stored_quads

G = ex("g").value
POINT = Literal("POINT (1 2)", GEO_WKT_LITERAL)


def rows(store: Store) -> tuple[int, ...]:
    tables = (TERMS, TERM_HASHES, GEOMETRIES)
    return tuple(len(store.engine.run(table.select()).read_all()) for table in tables)


def test_optimize_drops_them(store: Store) -> None:
    kept: list[Term] = [Literal("kept"), Literal("POINT (3 4)", GEO_WKT_LITERAL)]
    merge_graph(store, G, [batch([(ex("gone"), ex("gone_too"), POINT, None)])])
    store.load_batches([batch([(ex("a"), ex("p"), item, None) for item in kept])])
    before = rows(store)
    delete_graph(store, G)
    assert rows(store) == before
    assert store.optimize() == 4  # with the graph's own name
    assert rows(store) == tuple(a - b for a, b in zip(before, (4, 4, 1), strict=True))
    assert {quad[2] for quad in stored_quads(store)} == set(kept)
    assert store.dataset().find([ex("gone"), POINT]) == [None, None]
    assert store.optimize() == 0


def test_an_id_is_not_given_twice(store: Store) -> None:
    """A query of the same process may still hold the id of a term that was dropped."""
    merge_graph(store, None, [batch([(ex("a"), ex("p"), Literal("last"), None)])])
    (before,) = store.dataset().find([Literal("last")])
    delete_graph(store, None)
    store.optimize()
    merge_graph(store, None, [batch([(ex("a"), ex("p"), Literal("next"), None)])])
    (after,) = store.dataset().find([Literal("next")])
    assert before is not None
    assert after is not None
    assert after > before
