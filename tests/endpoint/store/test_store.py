"""Opening, sharing, describing and exporting a store."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from sqlglot import exp

from endpoint.store import files
from endpoint.store.schema import DATA_TABLES, FORMAT_VERSION, STORE_INFO
from endpoint.store.store import Store, open_store
from engine.duckdb import DuckDBEngine
from geosparql.errors import InputError, StoreError, StoreLockedError, StoreVersionError
from geosparql.rdf import RDF_FORMATS
from geosparql.terms import IRI, RDF_LANG_STRING, XSD, Literal
from geosparql.vocabulary import GEO_WKT_LITERAL, RDF_TYPE
from tests.endpoint.store.triples import Quad, batch, ex, stored_quads, write_text

QUADS: list[Quad] = [
    (ex("a"), IRI(RDF_TYPE), ex("C"), None),
    (ex("b"), IRI(RDF_TYPE), ex("C"), None),
    (ex("a"), ex("p"), Literal("0.10", XSD + "decimal"), None),
    (ex("a"), ex("p"), Literal("1e400", XSD + "double"), None),
    (ex("a"), ex("p"), Literal("a\n\t\"\\\r'ä😀"), None),
    (ex("a"), ex("p"), Literal("colour", RDF_LANG_STRING, "en-gb"), None),
    (ex("a"), ex("at"), Literal("POINT(10.0 50)", GEO_WKT_LITERAL), None),
]


def open_filled(path: Path) -> Store:
    store = open_store(path, create=True)
    store.load_batches([batch(QUADS)])
    return store


def test_what_was_loaded_is_there_when_opened_again(tmp_path: Path) -> None:
    open_filled(tmp_path / "s").close()
    with open_store(tmp_path / "s", read_only=True) as store:
        assert set(stored_quads(store)) == set(QUADS)
    with open_store(tmp_path / "s") as store:
        assert store.load_batches([batch(QUADS)]).added == 0
    assert sorted(entry.name for entry in (tmp_path / "s").iterdir()) == [
        files.PUBLISHED,
        "writer.lock",
    ]


def test_a_second_writer_is_refused(tmp_path: Path) -> None:
    with (
        open_filled(tmp_path / "s"),
        pytest.raises(StoreLockedError, match="Another process"),
    ):
        open_store(tmp_path / "s")


def test_a_second_writer_in_another_process_is_refused(tmp_path: Path) -> None:
    open_filled(tmp_path / "s").close()
    code = f"from endpoint.store.store import open_store; open_store({str(tmp_path / 's')!r})"
    with open_store(tmp_path / "s"):
        ended = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=False,
            cwd=Path(__file__).parents[3],
        )
    assert ended.returncode == 1
    assert "StoreLockedError" in ended.stderr


def test_readers_go_on_while_a_writer_works(tmp_path: Path) -> None:
    path = tmp_path / "s"
    open_filled(path).close()
    with open_store(path, read_only=True) as early:
        writer = open_store(path)
        writer.load_batches([batch([(ex("new"), ex("p"), ex("new"), None)])])
        with open_store(path, read_only=True) as late:
            assert late.info().triples == len(QUADS)
        writer.publish()
        with open_store(path, read_only=True) as later:
            assert later.info().triples == len(QUADS) + 1
        writer.load_batches([batch([(ex("newer"), ex("p"), ex("new"), None)])])
        writer.close()
        assert early.info().triples == len(QUADS)
        with open_store(path, read_only=True) as last:
            assert last.info().triples == len(QUADS) + 2


def test_a_writer_that_changes_nothing_publishes_nothing(tmp_path: Path) -> None:
    open_filled(tmp_path / "s").close()
    before = (tmp_path / "s" / files.PUBLISHED).stat().st_ino
    open_store(tmp_path / "s").close()
    assert (tmp_path / "s" / files.PUBLISHED).stat().st_ino == before


def test_a_reader_cannot_change(tmp_path: Path) -> None:
    open_filled(tmp_path / "s").close()
    with (
        open_store(tmp_path / "s", read_only=True) as store,
        pytest.raises(StoreError, match="opened for reading"),
    ):
        store.load_batches([batch(QUADS)])


@pytest.mark.parametrize("read_only", [True, False])
def test_where_no_store_is(tmp_path: Path, read_only: bool) -> None:
    with pytest.raises(StoreError, match="There is no store"):
        open_store(tmp_path / "nothing", read_only=read_only)
    assert not (tmp_path / "nothing").exists()


def test_no_store_is_made_among_other_files(tmp_path: Path) -> None:
    write_text(tmp_path / "letter.txt", "Dear all")
    with pytest.raises(StoreError, match=r"other files.*letter\.txt"):
        open_store(tmp_path, create=True)


def test_a_store_whose_first_load_has_not_ended(tmp_path: Path) -> None:
    with (
        open_store(tmp_path / "s", create=True),
        pytest.raises(StoreError, match="first load has not ended"),
    ):
        open_store(tmp_path / "s", read_only=True)


@pytest.mark.parametrize("read_only", [True, False])
def test_a_damaged_file_is_refused_and_left_alone(tmp_path: Path, read_only: bool) -> None:
    file = write_text(tmp_path / files.PUBLISHED, "no database " * 1000)
    with pytest.raises(StoreError):
        open_store(tmp_path, read_only=read_only)
    assert file.read_text().startswith("no database")
    assert not (tmp_path / files.WORKING).exists()


def test_another_database_is_no_store(tmp_path: Path) -> None:
    engine = DuckDBEngine(tmp_path / files.PUBLISHED)
    engine.execute(STORE_INFO.create("something"))
    engine.close()
    for read_only in (True, False):
        with pytest.raises(StoreError, match="not a store"):
            open_store(tmp_path, read_only=read_only)


@pytest.mark.parametrize("read_only", [True, False])
def test_a_store_from_the_future_is_refused(tmp_path: Path, read_only: bool) -> None:
    open_filled(tmp_path / "s").close()
    engine = DuckDBEngine(tmp_path / "s" / files.PUBLISHED)
    engine.execute(exp.update(STORE_INFO.name, {"format_version": FORMAT_VERSION + 1}))
    engine.close()
    with pytest.raises(StoreVersionError, match="newer earthgraph"):
        open_store(tmp_path / "s", read_only=read_only)


def test_info(tmp_path: Path) -> None:
    with open_filled(tmp_path / "s") as store:
        info = store.info()
    assert info.triples == len(QUADS)
    assert info.classes == ((ex("C"), 2),)
    assert info.predicates == ((ex("p"), 4), (IRI(RDF_TYPE), 2), (ex("at"), 1))
    assert info.graphs == ((None, len(QUADS)),)
    assert info.extent == (10, 50, 10, 50)
    assert info.crs == (("http://www.opengis.net/def/crs/OGC/1.3/CRS84", 1),)
    assert (info.geometries, info.unreadable_geometries) == (1, 0)
    assert (info.format_version, info.data_version) == (FORMAT_VERSION, 1)


@pytest.mark.parametrize("extension", [*(row.extensions[0] for row in RDF_FORMATS), ".nt.gz", ""])
def test_an_export_loads_into_an_equal_store(store: Store, tmp_path: Path, extension: str) -> None:
    # XML 1.0 has no carriage return that survives reading.
    quads = [quad for quad in QUADS if extension != ".rdf" or "\\r" not in str(quad[2])]
    store.load_batches([batch(quads)])
    target = tmp_path / f"out{extension}"
    assert store.export(target) == len(quads)
    with open_store(tmp_path / "again", create=True) as again:
        again.load(target)
        assert set(stored_quads(again)) == set(quads)


def test_named_graphs_are_exported_or_refused(store: Store, tmp_path: Path) -> None:
    quads: list[Quad] = [(ex("a"), ex("p"), ex("b"), None), (ex("a"), ex("p"), ex("c"), ex("g"))]
    store.load_batches([batch(quads)])
    with pytest.raises(InputError, match="no named graphs"):
        store.export(tmp_path / "all.nt")
    assert not (tmp_path / "all.nt").exists()
    assert store.export(tmp_path / "all.nq") == 2
    assert store.export(tmp_path / "one.nt", graph=ex("g")) == 1
    assert ex("c").value in (tmp_path / "one.nt").read_text()
    assert store.export(tmp_path / "none.nt", graph=ex("unknown")) == 0


def test_a_snapshot_is_written_once_for_each_state(store: Store) -> None:
    store.load_batches([batch(QUADS)])
    first = store.snapshot_parquet()
    assert store.snapshot_parquet() == first
    tables = {table.name: pq.read_table(first / table.name) for table in DATA_TABLES}
    for table in DATA_TABLES:
        assert (
            tables[table.name].to_pylist()
            == store.engine.run(table.select()).read_all().to_pylist()
        )
    for number in range(3):
        store.load_batches([batch([(ex("more"), ex("p"), ex(f"m{number}"), None)])])
        assert store.snapshot_parquet().name == str(number + 2)
    kept = sorted(entry.name for entry in first.parent.iterdir())
    assert kept == ["3", "4"]
