"""What is loaded stands in the store, once, letter for letter, or nothing of it does."""

from __future__ import annotations

import gzip
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from endpoint.store.encode import TermColumns
from endpoint.store.ids import kind_of
from endpoint.store.lexical_columns import Integers
from endpoint.store.merge import merge
from endpoint.store.store import Store, open_store
from engine.protocol import Control, Engine, Progress
from geosparql.errors import CancelledError, InputError, LimitError, RDFSyntaxError, SourceError
from geosparql.literals.table import GEOMETRY_DATATYPES, write_literal
from geosparql.terms import IRI, RDF_LANG_STRING, BlankNode, Literal, Term, TripleTerm
from geosparql.triples import TRIPLE_TERM
from geosparql.vocabulary import GEO_WKT_LITERAL, RDF_TYPE
from tests.endpoint.store.literals import literals
from tests.endpoint.store.triples import EX, Quad, batch, ex, stored_quads, write_text

iris = st.integers(0, 5).map(lambda number: ex(f"r{number}"))
graphs = st.sampled_from([None, None, ex("g1"), ex("g2")])
quads = st.tuples(iris, iris, st.one_of(iris, literals), graphs)

SAME_GRAPH = {
    "nt": f"<{EX}a> <{EX}p> <{EX}b> .\n<{EX}a> <{EX}q> \"x\\ny\"@en .\n",
    "nq": f"<{EX}a> <{EX}p> <{EX}b> .\n<{EX}a> <{EX}q> \"x\\ny\"@en .\n",
    "ttl": f"@prefix : <{EX}> . :a :p :b ; :q \"x\\ny\"@en .",
    "trig": f"@prefix : <{EX}> . {{ :a :p :b ; :q \"x\\ny\"@en }}",
    "rdf": f"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="{EX}">
        <rdf:Description rdf:about="{EX}a"><p rdf:resource="{EX}b"/><q xml:lang="en">x\ny</q>
        </rdf:Description></rdf:RDF>""",
    "jsonld": f"""{{"@id": "{EX}a", "{EX}p": {{"@id": "{EX}b"}},
        "{EX}q": {{"@value": "x\\ny", "@language": "en"}}}}""",
}  # fmt: skip


def counted(store: Store) -> tuple[int, int]:
    info = store.info()
    return info.triples, info.terms


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(quads, max_size=25), min_size=1, max_size=3))
def test_a_store_is_the_set_of_what_was_loaded_letter_for_letter(
    tmp_path_factory: pytest.TempPathFactory, loads: list[list[Quad]]
) -> None:
    with open_store(tmp_path_factory.mktemp("law") / "store", create=True) as store:
        for load in loads:
            store.load_batches([batch(load)])
        expected = set(itertools.chain(*loads))
        assert sorted(map(str, stored_quads(store))) == sorted(map(str, expected))
        assert set(stored_quads(store, "quads_pos")) == expected


@pytest.mark.parametrize("name", SAME_GRAPH)
@pytest.mark.parametrize("compressed", [False, True])
def test_every_syntax(store: Store, tmp_path: Path, name: str, compressed: bool) -> None:
    text = SAME_GRAPH[name].encode()
    path = tmp_path / (f"a.{name}.gz" if compressed else f"a.{name}")
    path.write_bytes(gzip.compress(text) if compressed else text)
    report = store.load(path)
    expected = {
        (ex("a"), ex("p"), ex("b"), None),
        (ex("a"), ex("q"), Literal("x\ny", RDF_LANG_STRING, "en"), None),
    }
    assert set(stored_quads(store)) == expected
    assert report.documents == ((str(path), 2),)


def test_triple_parquet_files_and_folders(store: Store, tmp_path: Path) -> None:
    for number in range(2):
        file = tmp_path / "folder" / f"part-{number}.parquet"
        file.parent.mkdir(exist_ok=True)
        pq.write_table(
            pa.Table.from_batches([batch([(BlankNode("x"), ex("p"), ex(f"b{number}"), None)])]),
            file,
        )
    store.load([tmp_path / "folder", tmp_path / "folder" / "part-0.parquet"])
    subjects = [subject for subject, *_ in stored_quads(store)]
    # The folder is one document, the single file another.
    assert len(subjects) == 3
    assert len(set(subjects)) == 2


def test_batches_may_lack_the_columns_that_may_be_null(store: Store) -> None:
    rows = batch([(ex("a"), ex("p"), ex("b"), None)]).select(["subject", "predicate", "object"])
    store.load_batches([rows])
    assert stored_quads(store) == [(ex("a"), ex("p"), ex("b"), None)]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
def test_parquet_may_lack_columns_and_have_long_texts(
    store: Store, tmp_path: Path, kind: pa.DataType
) -> None:
    names = pa.array([EX + "a", EX + "a"], kind)
    table = pa.table({"subject": names, "predicate": names, "object": names})
    pq.write_table(table, tmp_path / "a.parquet")
    assert store.load(tmp_path / "a.parquet").added == 1
    assert stored_quads(store) == [(ex("a"), ex("a"), ex("a"), None)]


def test_a_batch_without_objects_is_refused(store: Store) -> None:
    rows = batch([(ex("a"), ex("p"), ex("b"), None)]).select(["subject", "predicate"])
    with pytest.raises(InputError, match="object"):
        store.load_batches([rows])


def test_encoded_columns_hold_more_than_is_loaded(store: Store) -> None:
    """A slice's dictionary is that of the whole; what no row has is no term."""
    names = pa.array([EX + "a", EX + "b", EX + "c"]).dictionary_encode()
    batches = [
        pa.record_batch({"subject": names, "predicate": names, "object": names.cast("string")})
    ]
    report = store.load_batches(batch.slice(1, 1) for batch in batches)
    assert (report.added, report.terms) == (1, 1)
    assert stored_quads(store) == [(ex("b"), ex("b"), ex("b"), None)]


def test_a_language_tag_says_the_datatype(store: Store) -> None:
    resource = pa.array([EX + "a"] * 2)
    columns = {"subject": resource, "predicate": resource, "object": pa.array(["chat"] * 2)}
    columns["datatype"] = pa.array([None, RDF_LANG_STRING])
    columns["language"] = pa.array(["fr", "fr"])
    assert store.load_batches([pa.record_batch(columns)]).added == 1
    ((*_, item, _),) = stored_quads(store)
    assert item == Literal("chat", RDF_LANG_STRING, "fr")


def test_repetitions_are_one_triple(store: Store) -> None:
    quad: Quad = (ex("a"), ex("p"), Literal("x"), None)
    first = store.load_batches([batch([quad, quad]), batch([quad])])
    again = store.load_batches([batch([quad])])
    assert (first.triples, first.added, again.added, again.terms) == (3, 1, 0, 0)
    assert store.info().triples == 1


def test_the_same_triple_in_two_graphs_is_two_quads(store: Store) -> None:
    triple = (ex("a"), ex("p"), ex("b"))
    store.load_batches([batch([(*triple, None), (*triple, ex("g")), (*triple, BlankNode("g"))])])
    info = store.info()
    assert info.triples == 3
    assert dict(info.graphs)[None] == 1
    assert dict(info.graphs)[ex("g")] == 1


def test_a_graph_may_be_named_for_triples_that_name_none(store: Store) -> None:
    quads: list[Quad] = [(ex("a"), ex("p"), ex("b"), None), (ex("a"), ex("p"), ex("b"), ex("own"))]
    store.load_batches([batch(quads)], graph=EX + "given")
    assert {graph for *_, graph in stored_quads(store)} == {ex("given"), ex("own")}


def test_two_loads_share_terms(store: Store) -> None:
    store.load_batches([batch([(ex("a"), ex("p"), Literal("x"), None)])])
    report = store.load_batches([batch([(ex("a"), ex("p"), Literal("y"), None)])])
    assert report.terms == 1
    assert counted(store) == (2, 4)


def test_blank_nodes_of_different_documents_stay_apart(store: Store, tmp_path: Path) -> None:
    text = f"_:x <{EX}p> _:x ."
    files = [write_text(tmp_path / name, text) for name in ("a.nt", "b.nt")]
    store.load(files)
    store.load(files[0])
    quads = stored_quads(store)
    assert all(subject == item for subject, _, item, _ in quads)
    assert len({subject for subject, *_ in quads}) == 3


def test_triple_terms_keep_their_blank_nodes_together(store: Store) -> None:
    node = BlankNode("x")
    quoted = TripleTerm(node, ex("p"), Literal("_:x"))
    store.load_batches([batch([(node, ex("says"), quoted, None)])])
    ((subject, _, item, _),) = stored_quads(store)
    assert isinstance(item, TripleTerm)
    assert item.subject == subject != node
    assert item.object == Literal("_:x")
    assert kind_of(store.dataset().find([item])[0] or 0).name == "triple"
    assert TRIPLE_TERM not in {str(name) for name, _ in store.info().classes}


@pytest.mark.parametrize("datatype", sorted(GEOMETRY_DATATYPES))
def test_a_geometry_of_each_literal_type_has_its_row(store: Store, datatype: str) -> None:
    square = shapely.box(10, 50, 12, 51)
    literal = (
        "<https://w3id.org/dggs/auspix> CELLLIST ((R3234))"
        if datatype.endswith("dggsLiteral")
        else write_literal(square, datatype)
    )
    report = store.load_batches([batch([(ex("a"), ex("shape"), Literal(literal, datatype), None)])])
    assert (report.geometries, report.unreadable) == (1, 0)
    dataset = store.dataset()
    (row,) = dataset.engine.run(dataset.geometries.select()).read_all().to_pylist()
    assert row["id"] == dataset.find([Literal(literal, datatype)])[0]
    geometry = shapely.from_wkb(row["geometry"])
    box = tuple(row[side] for side in ("min_x", "min_y", "max_x", "max_y"))
    assert row["dimension"] == 2
    assert row["srid"] == shapely.get_srid(geometry)
    if not datatype.endswith("dggsLiteral"):
        assert shapely.equals(geometry, square)
        assert box == pytest.approx((10, 50, 12, 51), abs=1e-6)


def test_the_box_of_a_projected_geometry_is_in_degrees(store: Store) -> None:
    text = "<http://www.opengis.net/def/crs/EPSG/0/28992> POINT (155000 463000)"
    store.load_batches([batch([(ex("a"), ex("p"), Literal(text, GEO_WKT_LITERAL), None)])])
    info = store.info()
    assert info.extent == pytest.approx((5.387, 52.155, 5.387, 52.155), abs=1e-3)
    assert info.crs == (("http://www.opengis.net/def/crs/EPSG/0/28992", 1),)


def test_a_geometry_that_came_along_is_not_read_from_the_text(store: Store) -> None:
    point = shapely.to_wkb(shapely.set_srid(shapely.Point(1, 2), 3857), include_srid=True)
    literal = Literal("no text that could be read", GEO_WKT_LITERAL)
    quad: Quad = (ex("a"), ex("p"), literal, None)
    other: Quad = (ex("a"), ex("p"), Literal("POINT (3 4)", GEO_WKT_LITERAL), None)
    report = store.load_batches([batch([quad, other, quad], [None, None, point])])
    assert (report.geometries, report.unreadable) == (2, 0)
    dataset = store.dataset()
    rows = dataset.engine.run(dataset.geometries.select()).read_all().to_pylist()
    assert sorted(shapely.from_wkb(row["geometry"]).x for row in rows) == [1, 3]


def test_an_empty_geometry_has_no_box(store: Store) -> None:
    literal = Literal("POINT EMPTY", GEO_WKT_LITERAL)
    store.load_batches([batch([(ex("a"), ex("p"), literal, None)])])
    dataset = store.dataset()
    (row,) = dataset.engine.run(dataset.geometries.select()).read_all().to_pylist()
    assert row["min_x"] is None
    assert store.info().extent is None


def test_an_unreadable_geometry_is_kept_and_reported(store: Store, tmp_path: Path) -> None:
    good = write_text(tmp_path / "good.ttl", f"<{EX}a> <{EX}p> 1 .")
    bad = write_text(
        tmp_path / "bad.ttl", f"<{EX}a> <{EX}p> 'POINT (1'^^<{GEO_WKT_LITERAL}>, 'POINT (1 2)' ."
    )
    report = store.load([good, bad])
    (problem,) = report.problems
    assert (report.unreadable, problem.lexical, problem.document) == (1, "POINT (1", str(bad))
    assert "well-known text" in problem.reason
    assert sum(report.reasons.values()) == 1
    assert (report.untyped_wkt, report.untyped_wkt_example) == (1, "POINT (1 2)")
    assert store.info().unreadable_geometries == 1
    kept = Literal("POINT (1", GEO_WKT_LITERAL)
    assert kind_of(store.dataset().find([kept])[0] or 0).name == "unreadable_geometry"
    assert kept in {item for _, _, item, _ in stored_quads(store)}


@pytest.mark.parametrize(
    ("text", "looks_like_wkt"),
    [
        ("POINT (1 2)", True),
        ("  multipolygon z(((0 0, ", True),
        ("<http://www.opengis.net/def/crs/EPSG/0/4326> POINT EMPTY", True),
        ("Point of interest (big)", False),
        ("Tin (metal)", False),
        ("GEOMETRYCOLLECTION(POINT(1 2))", True),
        ("POINTLESS (1 2)", False),
        ("see POINT (1 2)", False),
    ],
)
def test_what_looks_like_wkt(store: Store, text: str, looks_like_wkt: bool) -> None:
    report = store.load_batches([batch([(ex("a"), ex("p"), Literal(text), None)])])
    assert report.untyped_wkt == looks_like_wkt


def test_a_document_with_an_error_leaves_the_store_as_it_was(store: Store, tmp_path: Path) -> None:
    store.load_batches([batch([(ex("a"), ex("p"), ex("b"), None)])])
    before, version = counted(store), store.data_version
    good = write_text(tmp_path / "good.nt", f"<{EX}new> <{EX}p> <{EX}newer> .\n")
    bad = write_text(
        tmp_path / "bad.nt", f"<{EX}a> <{EX}p> <{EX}c> .\n<{EX}a> <{EX}p> nonsense .\n"
    )
    with pytest.raises(RDFSyntaxError, match=r"bad\.nt.*line 2"):
        store.load([good, bad])
    assert (counted(store), store.data_version) == (before, version)
    store.load(good)
    assert store.info().triples == 2


def test_a_source_that_fails_in_the_middle_leaves_the_store_as_it_was(store: Store) -> None:
    def broken() -> Iterator[pa.RecordBatch]:
        yield batch([(ex("a"), ex("p"), ex("b"), None)])
        raise SourceError("The line went dead")

    with pytest.raises(SourceError, match="dead"):
        store.load_batches(broken())
    assert counted(store) == (0, 0)


def test_a_failure_after_the_tables_were_changed_leaves_the_store_as_it_was(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def merged_and_failed(*arguments: Any) -> int:
        merge(*arguments)
        raise LimitError("The disk is full")

    store.load_batches([batch([(ex("a"), ex("p"), Literal("x"), None)])])
    before = counted(store)
    with monkeypatch.context() as patch:
        patch.setattr("endpoint.store.load.merge", merged_and_failed)
        with pytest.raises(LimitError, match="full"):
            store.load_batches([batch([(ex("a"), ex("p"), Literal("y"), None)])])
    assert counted(store) == before
    assert store.load_batches([batch([(ex("a"), ex("p"), Literal("y"), None)])]).added == 1


def test_a_missing_file_is_named(store: Store, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"nowhere\.ttl"):
        store.load(tmp_path / "nowhere.ttl")


def test_a_cancelled_load_leaves_the_store_as_it_was(store: Store) -> None:
    control = Control()
    control.cancelled.set()
    with pytest.raises(CancelledError):
        store.load_batches([batch([(ex("a"), ex("p"), ex("b"), None)])], control=control)
    assert counted(store) == (0, 0)


def test_progress_is_told(store: Store) -> None:
    told: list[Progress] = []
    control = Control(progress=told.append)
    store.load_batches([batch([(ex("a"), ex("p"), ex("b"), None)])], control=control)
    assert Progress("load", 1, None, "triples") in told


def test_chunks_share_terms(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("endpoint.store.chunks.CHUNK_ROWS", 10)
    quads: list[Quad] = [
        (ex(f"s{row % 7}"), IRI(RDF_TYPE), Literal(f"{row // 3}"), None) for row in range(100)
    ]
    report = store.load_batches([batch(quads[row : row + 3]) for row in range(0, 100, 3)])
    assert set(stored_quads(store)) == set(quads)
    assert report.terms == store.info().terms == 7 + 1 + 34


def test_literals_of_the_same_text_are_different_terms(store: Store) -> None:
    same: list[Term] = [
        Literal("a"), Literal("a", EX + "d"), IRI("a:a"), Literal("a:a"),
        Literal("a", RDF_LANG_STRING, "en"), Literal("a", RDF_LANG_STRING, "EN"),
    ]  # fmt: skip
    store.load_batches([batch((ex("a"), ex("p"), item, None) for item in same)])
    assert {item for _, _, item, _ in stored_quads(store)} == set(same)
    assert len(set(store.dataset().find(same))) == len(same)


def test_terms_that_share_a_hash_are_told_apart(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def same_hash(_engine: Engine, terms: TermColumns) -> Integers:
        return np.full(len(terms), 7, dtype=np.int64)

    for module in ("staging", "dataset", "statistics"):
        monkeypatch.setattr(f"endpoint.store.{module}.hashes_of", same_hash)
    quads: list[Quad] = [(ex(f"s{i}"), ex(f"p{i % 3}"), Literal(f"{i}"), None) for i in range(20)]
    store.load_batches([batch(quads[:15])])
    report = store.load_batches([batch(quads[10:])])
    assert set(stored_quads(store)) == set(quads)
    assert (report.added, report.terms) == (5, 10)
    assert store.dataset().find([ex("s1"), ex("s99")])[1] is None
