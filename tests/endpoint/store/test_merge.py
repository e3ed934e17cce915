"""Both copies stay equal and in order, and the counts right, however the triples came."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
import shapely

from endpoint.store import merge
from endpoint.store.decode import decode_terms
from endpoint.store.schema import QUADS_POS, QUADS_SPO, TERM_HASHES, TERMS, Table
from endpoint.store.statistics import read_statistics
from endpoint.store.store import Store
from geosparql.terms import IRI, Literal
from geosparql.vocabulary import GEO_WKT_LITERAL, RDF_TYPE
from tests.endpoint.store.triples import EX, Quad, batch, ex

TYPE = IRI(RDF_TYPE)


def rows_of(store: Store, table: Table) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = store.engine.run(table.select()).read_all().to_pylist()
    return rows


def is_in_order(store: Store, table: Table) -> bool:
    keys = store.engine.run(table.select()).read_all().select(table.order)
    ordered = keys.sort_by([(name, "ascending") for name in table.order])
    return bool(ordered.combine_chunks().equals(keys.combine_chunks()))


def some_quads(first: int, count: int) -> list[Quad]:
    return [
        quad
        for number in range(first, first + count)
        for quad in (
            (ex(f"s{number}"), TYPE, ex(f"class{number % 3}"), None),
            (ex(f"s{number}"), ex("p"), ex(f"s{number // 2}"), None),
            (ex(f"s{number}"), ex("name"), Literal(f"name {number}"), ex("g")),
        )
    ]


def test_a_first_load_is_in_order(store: Store) -> None:
    store.load_batches([batch(reversed(some_quads(0, 50)))])
    assert all(is_in_order(store, table) for table in (QUADS_SPO, QUADS_POS, TERMS, TERM_HASHES))


def test_a_large_second_load_puts_all_in_order(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merge, "APPENDED_ROWS", 0)
    store.load_batches([batch(some_quads(50, 50))])
    store.load_batches([batch(some_quads(0, 75))])
    assert all(is_in_order(store, table) for table in (QUADS_SPO, QUADS_POS, TERMS, TERM_HASHES))


def test_small_loads_are_appended_and_optimize_puts_them_in_order(store: Store) -> None:
    store.load_batches([batch(some_quads(10, 50))])
    store.load_batches([batch([(ex("s10"), ex("p"), ex("late"), None)])])
    assert not is_in_order(store, QUADS_SPO)
    before = sorted(map(str, rows_of(store, QUADS_SPO)))
    store.optimize()
    assert is_in_order(store, QUADS_SPO)
    assert is_in_order(store, QUADS_POS)
    assert sorted(map(str, rows_of(store, QUADS_SPO))) == before
    assert sorted(map(str, rows_of(store, QUADS_POS))) == before


def test_geometries_follow_the_curve_also_when_written_anew(store: Store) -> None:
    # Along the curve: west before east, and what is near stands together.
    places = {"nw": (-90, 45), "ne": (90, 45), "sw": (-90, -45), "se": (90, -45)}
    for name, (x, y) in places.items():
        for near in (0, 0.01):
            literal = Literal(f"POINT ({x + near} {y})", GEO_WKT_LITERAL)
            store.load_batches([batch([(ex(name), ex("at"), literal, None)])])
    store.optimize()
    dataset = store.dataset()
    found = shapely.from_wkb(
        dataset.engine.run(dataset.geometries.select()).read_all()["geometry"].to_pylist()
    )
    quadrants = [(point.x > 0, point.y > 0) for point in found]
    assert len(found) == 8
    assert quadrants[::2] == quadrants[1::2]
    assert quadrants[::2] == [(False, False), (False, True), (True, True), (True, False)]


def test_counts_are_exact_after_one_load(store: Store) -> None:
    store.load_batches([batch(some_quads(0, 30))])
    dataset = store.dataset()
    p, name, class0, nothing = dataset.find([ex("p"), ex("name"), ex("class0"), ex("nothing")])
    assert p is not None
    assert name is not None
    assert class0 is not None
    assert nothing is None
    assert dataset.quad_count() == 90
    counts = dataset.predicate_count(p), dataset.subject_count(p), dataset.object_count(p)
    assert counts == (30, 30, 15)
    assert (dataset.predicate_count(name), dataset.class_count(class0)) == (30, 10)
    assert (dataset.predicate_count(class0), dataset.class_count(p)) == (0, 0)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_counts_after_two_loads(
    store: Store, monkeypatch: pytest.MonkeyPatch, share: float
) -> None:
    """Quads and members are exact also when appended; distinct counts are never too small."""
    monkeypatch.setattr(merge, "APPENDED_SHARE", share)
    monkeypatch.setattr(merge, "APPENDED_ROWS", 0)
    store.load_batches([batch(some_quads(0, 30))])
    store.load_batches([batch(some_quads(20, 20))])
    found = read_statistics(store.engine)
    store.optimize()
    exact = read_statistics(store.engine)
    assert (found.quads, found.classes) == (exact.quads, exact.classes)
    for predicate, counts in exact.predicates.items():
        assert found.predicates[predicate].quads == counts.quads
        assert found.predicates[predicate].subjects >= counts.subjects
        assert found.predicates[predicate].objects >= counts.objects
    if share == 0.0:
        assert found == exact


def test_more_rows_than_a_row_group_holds(store: Store) -> None:
    """DuckDB takes other ways for large inserts; what they make is checked row by row."""
    numbers = np.arange(150_000)

    def large(first: int) -> pa.RecordBatch:
        subjects = pc.binary_join_element_wise(
            "http://example.org/s", pa.array(numbers + first).cast(pa.string()), ""
        )
        predicates = pa.repeat(EX + "p", len(numbers))
        return pa.record_batch({"subject": subjects, "predicate": predicates, "object": subjects})

    store.load_batches([large(0)])
    report = store.load_batches([large(100_000)])
    assert report.added == report.terms == 100_000
    expected = {f"http://example.org/s{number}" for number in range(250_000)}
    for table in (QUADS_SPO, QUADS_POS):
        quads = store.engine.run(table.select()).read_all()
        assert is_in_order(store, table)
        assert quads["subject"].equals(quads["object"])
        assert len(quads) == len(expected)
    subjects = decode_terms(store.dataset(), quads["subject"]).lexical
    assert set(subjects.to_pylist()) == expected
