"""A backup is a store of its own, made while others read and write."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from endpoint.store import files
from endpoint.store.graphs import merge_graph
from endpoint.store.schema import QUADS_SPO
from endpoint.store.store import Store, open_store
from geosparql.errors import StoreError
from geosparql.terms import Literal
from tests.endpoint.store.triples import batch, ex, stored_quads, write_text


def grow(store: Store, number: int) -> None:
    merge_graph(store, None, [batch([(ex("a"), ex("p"), Literal(f"{number}"), None)])])


def test_a_backup_holds_the_last_commit(store: Store, tmp_path: Path) -> None:
    grow(store, 1)
    store.backup(tmp_path / "copy")
    grow(store, 2)
    assert len(stored_quads(store)) == 2
    with open_store(tmp_path / "copy") as copy:
        assert [quad[2] for quad in stored_quads(copy)] == [Literal("1")]
        grow(copy, 3)


def test_a_reader_backs_up_what_is_published(store: Store, tmp_path: Path) -> None:
    grow(store, 1)
    store.publish()
    grow(store, 2)
    with open_store(store.path, read_only=True) as reader:
        reader.backup(tmp_path / "copy")
    with open_store(tmp_path / "copy", read_only=True) as copy:
        assert len(stored_quads(copy)) == 1


def test_nothing_is_overwritten(store: Store, tmp_path: Path) -> None:
    grow(store, 1)
    write_text(tmp_path / "letter.txt", "Dear all")
    with pytest.raises(StoreError, match="other files"):
        store.backup(tmp_path)
    store.backup(tmp_path / "copy")
    with pytest.raises(StoreError, match="other files"):
        store.backup(tmp_path / "copy")


def test_backups_while_a_thread_writes(store: Store, tmp_path: Path) -> None:
    """Each holds the state after some change: all triples up to some number."""
    writer = threading.Thread(target=lambda: [grow(store, number) for number in range(12)])
    writer.start()
    for number in range(3):
        store.backup(tmp_path / f"{number}")
    writer.join()
    for number in range(3):
        with open_store(tmp_path / f"{number}", read_only=True) as copy:
            found = {str(quad[2].lexical) for quad in stored_quads(copy)}  # type: ignore[union-attr]
        assert found == {str(number) for number in range(len(found))}


def test_publishing_and_backups_while_an_answer_is_read(store: Store, tmp_path: Path) -> None:
    """An answer that is being read keeps the database from taking in its log."""
    for number in range(3):
        grow(store, number)
    with store.engine.run(QUADS_SPO.select()) as reading:
        grow(store, 3)
        store.publish()
        store.backup(tmp_path / "copy")
        assert reading.read_all().num_rows == 3
    for path in (store.path, tmp_path / "copy"):
        with open_store(path, read_only=True) as copy:
            assert len(stored_quads(copy)) == 4
    assert [entry.name for entry in (tmp_path / "copy").iterdir()] == [files.PUBLISHED]
