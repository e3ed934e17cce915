"""What an update does to a store, to its geometries and counts, and to those who read."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from endpoint.sparql.engine import query
from endpoint.sparql.update import UpdateOptions, UpdateReport, update
from endpoint.store.statistics import read_statistics
from endpoint.store.store import Store, open_store
from engine.protocol import Control
from geosparql.errors import CancelledError, InputError, LimitError, QueryError, StoreError
from geosparql.terms import Literal
from tests.endpoint.sparql.solutions import our_quads, our_solutions
from tests.endpoint.store.triples import batch, counted_statistics, ex

PREFIXES = """PREFIX : <http://example.org/>
PREFIX geo: <http://www.opengis.net/ont/geosparql#>
PREFIX geof: <http://www.opengis.net/def/function/geosparql/>
"""


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(tmp_path_factory.mktemp("updates") / "store", create=True) as opened:
        yield opened


@pytest.fixture
def store(shared: Store) -> Store:
    update(shared, "DROP ALL")
    return shared


def updated(store: Store, text: str, **options: object) -> UpdateReport:
    return update(store, PREFIXES + text, **options)  # type: ignore[arg-type]


def asked(store: Store, where: str) -> bool:
    return query(store.dataset(), f"{PREFIXES}ASK {{ {where} }}").boolean


def quad_texts(store: Store) -> list[str]:
    return sorted(str(quad).replace("<http://example.org/", "<") for quad in our_quads(store))


def test_counts_are_of_what_changed(store: Store) -> None:
    report = updated(store, "INSERT DATA { :a :p 1 , 2 . :a :p 1 }")
    assert (report.operations, report.inserted, report.deleted) == (1, 2, 0)
    report = updated(store, "DELETE DATA { :a :p 1 , 3 . :x :y :z } ; INSERT DATA { :a :p 2 , 4 }")
    assert (report.operations, report.inserted, report.deleted) == (2, 1, 1)


def test_deletions_come_before_insertions_and_both_from_one_solution(store: Store) -> None:
    updated(store, "INSERT DATA { :a :p 1 . :b :p 2 }")
    updated(store, "DELETE { ?s :p ?o } INSERT { ?s :p ?n } WHERE { ?s :p ?o BIND(?o + 1 AS ?n) }")
    assert quad_texts(store) == [
        '<a> <p> "2"^^<http://www.w3.org/2001/XMLSchema#integer>',
        '<b> <p> "3"^^<http://www.w3.org/2001/XMLSchema#integer>',
    ]


def test_what_would_be_no_quad_is_left_out(store: Store) -> None:
    updated(store, "INSERT DATA { :a :p 'text' . :a :q :b }")
    updated(
        store,
        "INSERT { ?o :r ?s . ?s ?o :x . ?s :r ?nothing . GRAPH ?o { ?s :r 1 } } WHERE { ?s ?p ?o }",
    )
    assert quad_texts(store) == [
        "<a> <b> <x>",
        '<a> <p> "text"',
        "<a> <q> <b>",
        '<a> <r> "1"^^<http://www.w3.org/2001/XMLSchema#integer> <b>',
        "<b> <r> <a>",
    ]


def test_terms_that_a_query_computes_become_terms_of_the_store(store: Store) -> None:
    updated(
        store,
        """INSERT { ?new :text ?text ; :number ?number ; :word ?word ; :where ?where } WHERE {
            VALUES (?word ?where) { ("new"@en "POINT (1 2)"^^geo:wktLiteral) }
            BIND(IRI("http://example.org/made") AS ?new) BIND(CONCAT("a", "b") AS ?text)
            BIND(1 / 4 AS ?number) }""",
    )
    inside = '"POLYGON ((0 0, 3 0, 3 3, 0 3, 0 0))"^^geo:wktLiteral'
    assert asked(store, f':made :text "ab" ; :where ?w FILTER(geof:sfWithin(?w, {inside}))')
    assert asked(store, ':made :number 0.25 ; :word "new"@en')


def test_blank_nodes_are_new_for_each_solution_and_each_request(store: Store) -> None:
    updated(store, "INSERT DATA { :a :p 1 . :b :p 2 }")
    insert = "INSERT { ?s :has _:x . _:x :of ?s . _:y :beside _:x } WHERE { ?s :p ?n }"
    updated(store, f"{insert} ; {insert}")
    updated(store, insert)
    (count,) = our_solutions(
        query(store.dataset(), f"{PREFIXES}SELECT (COUNT(DISTINCT ?x) AS ?n) {{ ?s :has ?x }}")
    )
    assert count["n"].value == "6"  # type: ignore[attr-defined]
    assert not asked(store, "?x :of ?a , ?b FILTER(?a != ?b)")


def test_blank_nodes_that_a_query_computes_are_new(store: Store) -> None:
    updated(store, "INSERT DATA { :a :p 1 }")
    for _ in range(2):
        updated(store, "INSERT { ?s :q ?b } WHERE { ?s :p ?o BIND(BNODE('x') AS ?b) }")
    assert len([text for text in quad_texts(store) if "<q>" in text]) == 2


def test_a_stored_blank_node_keeps_its_identity(store: Store) -> None:
    updated(store, "INSERT DATA { _:x :p 1 }")
    updated(store, "INSERT { ?x :q 2 } WHERE { ?x :p 1 }")
    assert asked(store, "?x :p 1 ; :q 2")
    updated(store, "DELETE { ?x :p 1 } WHERE { ?x :p 1 BIND(STR(?x) AS ?text) }")
    assert not asked(store, "?x :p 1")


def test_geometries_are_found_at_once(store: Store) -> None:
    box = '"POLYGON ((9 49, 11 49, 11 51, 9 51, 9 49))"^^geo:wktLiteral'
    inside = f":a geo:asWKT ?w FILTER(geof:sfIntersects(?w, {box}))"
    assert not asked(store, inside)
    updated(store, 'INSERT DATA { :a geo:asWKT "POINT (10 50)"^^geo:wktLiteral }')
    assert asked(store, inside)
    updated(store, "DELETE WHERE { :a geo:asWKT ?w }")
    assert not asked(store, inside)


def test_an_unreadable_geometry_is_kept_and_reported(store: Store) -> None:
    report = updated(store, 'INSERT DATA { :a geo:asWKT "POINT (1"^^geo:wktLiteral }')
    assert (report.inserted, report.unreadable, sum(report.reasons.values())) == (1, 1, 1)


def test_counts_for_the_join_order_stay_right(store: Store) -> None:
    updated(store, "INSERT DATA { :a a :C ; :p 1 , 2 . :b a :C , :D . GRAPH :g { :a :p 1 } }")
    updated(store, "DELETE DATA { :b a :D } ; DELETE WHERE { :a :p 1 } ; COPY :g TO :h")
    kept = store.dataset().statistics
    assert read_statistics(store.engine) == kept
    exact = counted_statistics(store)
    assert (kept.quads, kept.classes) == (exact.quads, exact.classes)
    assert {k: v.quads for k, v in kept.predicates.items()} == {
        k: v.quads for k, v in exact.predicates.items()
    }


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("CLEAR DEFAULT", ["<a> <p> <g> <g>", "<a> <p> <h> <h>"]),
        ("DROP NAMED", ["<a> <p> <b>"]),
        ("CLEAR GRAPH :g", ["<a> <p> <b>", "<a> <p> <h> <h>"]),
        ("DROP GRAPH :unknown", ["<a> <p> <b>", "<a> <p> <g> <g>", "<a> <p> <h> <h>"]),
        ("COPY :g TO :g", ["<a> <p> <b>", "<a> <p> <g> <g>", "<a> <p> <h> <h>"]),
        ("MOVE :g TO DEFAULT", ["<a> <p> <g>", "<a> <p> <h> <h>"]),
        (
            "ADD DEFAULT TO :h ; DROP DEFAULT ; DROP GRAPH :g",
            ["<a> <p> <b> <h>", "<a> <p> <h> <h>"],
        ),
        ("COPY DEFAULT TO :h", ["<a> <p> <b>", "<a> <p> <b> <h>", "<a> <p> <g> <g>"]),
        ("MOVE SILENT :unknown TO DEFAULT", ["<a> <p> <b>", "<a> <p> <g> <g>", "<a> <p> <h> <h>"]),
    ],
)
def test_graph_management(store: Store, text: str, left: list[str]) -> None:
    updated(store, "INSERT DATA { :a :p :b . GRAPH :g { :a :p :g } GRAPH :h { :a :p :h } }")
    updated(store, text)
    assert quad_texts(store) == left


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("CREATE GRAPH :g", "there already"),
        ("MOVE :unknown TO :g", "no graph to move"),
        ("LOAD :a", "LOAD is not offered"),
        ("INSERT { ?s :p 1 } WHERE { SERVICE :x { ?s ?p ?o } }", "SERVICE"),
    ],
)
def test_a_request_that_fails_leaves_the_store_as_it_was(
    store: Store, text: str, said: str
) -> None:
    updated(store, "INSERT DATA { :a :p :b . GRAPH :g { :a :p :g } }")
    before, version = quad_texts(store), store.data_version
    with pytest.raises(InputError, match=said):
        updated(store, f"INSERT DATA {{ :new :p :newer }} ; CLEAR DEFAULT ; {text}")
    assert (quad_texts(store), store.data_version) == (before, version)
    assert store.dataset().statistics == read_statistics(store.engine)
    assert updated(store, "INSERT DATA { :new :p :newer }").inserted == 1
    assert asked(store, ":new :p :newer")


def test_create_succeeds_where_there_is_nothing(store: Store) -> None:
    assert updated(store, "CREATE GRAPH :g ; CREATE SILENT GRAPH :g").inserted == 0


def test_a_request_that_changes_nothing_makes_no_version(store: Store) -> None:
    updated(store, "INSERT DATA { :a :p :b }")
    version = store.data_version
    updated(store, "INSERT DATA { :a :p :b } ; DELETE DATA { :x :y :z }")
    assert store.data_version == version


def test_load_reads_through_the_hook(store: Store) -> None:
    def load(iri: str) -> Iterator[pa.RecordBatch]:
        if not iri.endswith("good"):
            raise InputError("There is nothing", value=iri)
        yield batch([(ex("a"), ex("p"), Literal("loaded"), None)])

    updated(store, "LOAD <good> INTO GRAPH :g", load=load, options=UpdateOptions(base="http://e/"))
    assert quad_texts(store) == ['<a> <p> "loaded" <g>']
    with pytest.raises(InputError, match="There is nothing"):
        updated(store, "LOAD :bad", load=load)
    assert updated(store, "LOAD SILENT :bad ; LOAD :good", load=load).inserted == 1


def test_the_data_set_of_the_protocol(store: Store) -> None:
    updated(store, "INSERT DATA { :a :p 0 . GRAPH :g { :a :p 1 } GRAPH :h { :a :p 2 } }")
    insert = "INSERT { :found :it ?o } WHERE { :a :p ?o }"
    updated(store, insert, options=UpdateOptions(using_graphs=(ex("g").value,)))
    assert asked(store, ":found :it 1 FILTER NOT EXISTS { :found :it 0 }")
    updated(store, insert, options=UpdateOptions(union_default_graph=True))
    assert asked(store, ":found :it 0 , 2")
    for text in ("WITH :g " + insert, insert.replace("WHERE", "USING :g WHERE")):
        with pytest.raises(QueryError, match="USING or WITH"):
            updated(store, text, options=UpdateOptions(using_named_graphs=(ex("h").value,)))


def test_a_request_can_be_cancelled_and_bounded(store: Store) -> None:
    updated(store, "INSERT DATA { :a :p 1 }")
    cancelled, late = Control(), Control(deadline=0.0)
    cancelled.cancelled.set()
    for control, error in ((cancelled, CancelledError), (late, LimitError)):
        with pytest.raises(error):
            updated(store, "DELETE WHERE { ?s ?p ?o }", control=control)
    assert asked(store, ":a :p 1")


def test_a_reader_is_refused(tmp_path: Path) -> None:
    open_store(tmp_path / "s", create=True).close()
    with (
        open_store(tmp_path / "s", read_only=True) as reader,
        pytest.raises(StoreError, match="opened for reading"),
    ):
        updated(reader, "CLEAR ALL")


def test_readers_see_the_last_commit_and_do_not_wait(store: Store) -> None:
    updated(store, "INSERT DATA { :a :p 1 }")
    seen: list[list[str]] = []
    with store.change() as change:
        change.clear()
        reader = threading.Thread(target=lambda: seen.append(quad_texts(store)))
        reader.start()
        reader.join()
    assert [len(quads) for quads in seen] == [1]
    assert quad_texts(store) == []


def test_other_processes_see_what_was_published(tmp_path: Path) -> None:
    with open_store(tmp_path / "s", create=True) as store:
        updated(store, "INSERT DATA { :a :p 1 }")
        store.publish()
        updated(store, "INSERT DATA { :a :p 2 }")
        with open_store(tmp_path / "s", read_only=True) as other:
            assert len(quad_texts(other)) == 1
    with open_store(tmp_path / "s", read_only=True) as other:
        assert len(quad_texts(other)) == 2
