"""Terms to ids and back, of a store, of a query alone and of data in memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from endpoint.store.dataset import Dataset, EphemeralTerms
from endpoint.store.decode import decode_terms
from endpoint.store.encode import terms_of_values
from endpoint.store.ids import EPHEMERAL_BIT, inline_id, kind_of
from endpoint.store.memory import drop_dataset, memory_dataset
from endpoint.store.schema import QUADS_SPO, column
from endpoint.store.store import Store, open_store
from engine.protocol import Engine
from geosparql.term_columns import term_of
from geosparql.terms import IRI, RDF_LANG_STRING, XSD, BlankNode, Literal, Term
from geosparql.vocabulary import GEO_WKT_LITERAL, RDF_TYPE
from tests.endpoint.store.literals import literals
from tests.endpoint.store.triples import Quad, batch, ex

POINT = Literal("POINT (1 2)", GEO_WKT_LITERAL)
QUADS: list[Quad] = [
    (ex("a"), IRI(RDF_TYPE), ex("C"), None),
    (ex("a"), ex("p"), Literal("5", XSD + "integer"), ex("g")),
    (ex("a"), ex("p"), Literal("5e0", XSD + "double"), ex("g")),
    (ex("b"), ex("p"), POINT, None),
    (BlankNode("x"), ex("p"), Literal("chat", RDF_LANG_STRING, "fr"), None),
]
NEW: list[Term] = [
    ex("unknown"), Literal("new"), Literal("7e0", XSD + "double"), BlankNode("new"),
    Literal("POINT (3 4)", GEO_WKT_LITERAL), Literal("POINT (3", GEO_WKT_LITERAL),
]  # fmt: skip


@pytest.fixture
def dataset(engine: Engine) -> Iterator[Dataset]:
    made = memory_dataset(engine, [batch(QUADS[:2]), batch(QUADS[2:])])
    yield made
    drop_dataset(made)


@pytest.fixture
def ephemeral(dataset: Dataset) -> Iterator[EphemeralTerms]:
    terms = EphemeralTerms(dataset)
    yield terms
    terms.close()


def decoded(
    dataset: Dataset, ids: list[int | None], ephemeral: EphemeralTerms | None = None
) -> list[Term | None]:
    terms = decode_terms(dataset, pa.array(ids, pa.int64()), ephemeral=ephemeral)
    return [None if row[0] is None else term_of(*row) for row in terms.rows()]


def test_terms_are_found_and_decoded(dataset: Dataset) -> None:
    terms = [term for quad in QUADS for term in quad if term is not None]
    ids = dataset.find(terms)
    assert None not in ids
    assert decoded(dataset, [*ids, None, 0]) == [*terms, None, None]


def test_what_is_not_there_is_not_found(dataset: Dataset) -> None:
    inline = Literal("6", XSD + "integer")
    assert dataset.find([*NEW, inline]) == [None] * len(NEW) + [inline_id("6", XSD + "integer")]
    assert dataset.find([]) == []


def test_data_in_memory_are_counted(dataset: Dataset) -> None:
    p, c = dataset.find([ex("p"), ex("C")])
    assert p is not None
    assert c is not None
    assert dataset.quad_count() == 5
    counts = dataset.predicate_count(p), dataset.subject_count(p), dataset.object_count(p)
    assert counts == (4, 3, 4)
    assert dataset.class_count(c) == 1


def test_data_in_memory_hold_each_quad_once_in_both_copies(engine: Engine) -> None:
    dataset = memory_dataset(engine, [batch(QUADS), batch(QUADS)])
    names = QUADS_SPO.columns
    rows = [
        sorted(map(str, engine.run(relation.select(*names)).read_all().to_pylist()))
        for relation in (dataset.quads_spo, dataset.quads_pos)
    ]
    drop_dataset(dataset)
    assert rows[0] == rows[1]
    assert len(rows[0]) == len(QUADS)


def test_data_in_memory_have_their_geometries(dataset: Dataset) -> None:
    (row,) = dataset.engine.run(dataset.geometries.select()).read_all().to_pylist()
    assert row["id"] == dataset.find([POINT])[0]
    assert shapely.from_wkb(row["geometry"]) == shapely.Point(1, 2)


def test_no_data_at_all(engine: Engine) -> None:
    dataset = memory_dataset(engine)
    assert dataset.find([ex("a")]) == [None]
    assert dataset.quad_count() == 0
    assert decoded(dataset, []) == []
    drop_dataset(dataset)


def test_terms_of_a_query_alone(dataset: Dataset, ephemeral: EphemeralTerms) -> None:
    ids = ephemeral.ids([*NEW, ex("a"), *NEW, Literal("5", XSD + "integer")])
    assert ids[: len(NEW)] == ids[len(NEW) + 1 : -1]
    assert len(set(ids)) == len(NEW) + 2
    assert all(term_id & EPHEMERAL_BIT for term_id in ids[: len(NEW)])
    assert ids[len(NEW)] == dataset.find([ex("a")])[0]
    assert ephemeral.id(NEW[0]) == ids[0]
    assert [kind_of(term_id).name for term_id in ids[: len(NEW)]] == [
        "iri", "string", "double_text", "blank", "geometry", "unreadable_geometry",
    ]  # fmt: skip
    back = decoded(dataset, [ids[0], ids[-1], None, *ids[:6], ids[6]], ephemeral)
    assert back == [NEW[0], Literal("5", XSD + "integer"), None, *NEW, ex("a")]


def test_terms_of_a_query_are_fetched_by_id_in_order(ephemeral: EphemeralTerms) -> None:
    ids = np.array(ephemeral.ids(NEW))
    assert (np.diff(ids) < 0).any()
    found = ephemeral.fetch(ids)
    own = ids[ids & EPHEMERAL_BIT != 0]
    assert found["id"].to_pylist() == sorted(own.tolist())


def test_terms_of_a_query_stand_beside_the_stored_ones(
    dataset: Dataset, ephemeral: EphemeralTerms
) -> None:
    before = rows(dataset, ephemeral.source("terms", "t"), "t", "lexical")
    known = ephemeral.ids(NEW)
    after = rows(dataset, ephemeral.source("terms", "t"), "t", "lexical")
    assert {lexical for _, lexical in set(after) - set(before)} == {
        "http://example.org/unknown", "new", "7e0", "_:new", "POINT (3 4)", "POINT (3",
    }  # fmt: skip
    assert {term_id for term_id, _ in set(after) - set(before)} == set(known)
    geometries = rows(dataset, ephemeral.source("geometries", "g"), "g", "min_x")
    assert sorted(min_x for _, min_x in geometries) == [1.0, 3.0]
    numbers = dict(rows(dataset, ephemeral.source("terms", "t"), "t", "number"))
    assert numbers[known[2]] == 7.0


def rows(
    dataset: Dataset, source: exp.Table | exp.Subquery, alias: str, name: str
) -> list[tuple[int, object]]:
    query = exp.select(column("id", alias), column(name, alias)).from_(source)
    found = dataset.engine.run(query).read_all()
    return list(zip(found["id"].to_pylist(), found[name].to_pylist(), strict=True))


@settings(max_examples=10)
@given(terms=st.lists(literals, max_size=30))
def test_any_terms_come_back_letter_for_letter(duckdb_engine: Engine, terms: list[Term]) -> None:
    dataset = memory_dataset(duckdb_engine)
    ephemeral = EphemeralTerms(dataset)
    ids = ephemeral.encode(terms_of_values(terms)).to_pylist()
    assert decoded(dataset, ids, ephemeral) == terms
    assert len(set(ids)) == len(set(terms))
    ephemeral.close()
    drop_dataset(dataset)


def test_absent_terms_have_no_id(ephemeral: EphemeralTerms) -> None:
    absent = pa.array([None, None], pa.string())
    terms = terms_of_values([ex("a")])
    assert ephemeral.encode(type(terms)(absent, absent, absent)).to_pylist() == [None, None]


@pytest.mark.spark
def test_spark_asks_the_parquet_of_a_store(store: Store, spark_engine: Engine) -> None:
    store.load_batches([batch(QUADS)])
    own, dataset = store.dataset(), store.dataset(spark_engine)
    assert dataset.engine is spark_engine
    terms = [ex("a"), POINT, ex("nothing")]
    assert dataset.find(terms) == own.find(terms)
    assert dataset.statistics == own.statistics
    for name in ("quads_spo", "quads_pos", "terms", "term_hashes", "geometries"):
        found = [
            sorted(map(str, d.engine.run(getattr(d, name).select()).read_all().to_pylist()))
            for d in (own, dataset)
        ]
        assert found[0] == found[1]
    drop_dataset(dataset)


def test_crs_of_the_stored_geometries_are_those_of_now(tmp_path: Path) -> None:
    geometry = '<http://e/{0}> <http://e/at> "{1}POINT (1 2)"^^<{2}> .\n'
    mercator = "<http://www.opengis.net/def/crs/EPSG/0/3857> "
    with open_store(tmp_path / "store", create=True) as store:
        for name, crs, srids in (("a", "", (0,)), ("b", mercator, (0, 3857))):
            file = tmp_path / f"{name}.nt"
            file.write_text(geometry.format(name, crs, GEO_WKT_LITERAL))
            store.load([file])
            assert [store.dataset().srids() for _ in range(2)] == [srids, srids]
