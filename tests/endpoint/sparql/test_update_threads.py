"""Threads that read while one writes: no error, no wait for the writer, and whole states only."""

from __future__ import annotations

import threading
from pathlib import Path

from endpoint.sparql.engine import query
from endpoint.sparql.update import update
from endpoint.store.store import Store, open_store
from tests.endpoint.sparql.solutions import our_solutions

PREFIX = "PREFIX : <http://e/> "
ITEMS = 400
ROUNDS = 12
COUNT = f"{PREFIX}SELECT (COUNT(*) AS ?n) (COUNT(DISTINCT ?where) AS ?places) {{ ?s :in ?where }}"


def counts(store: Store) -> tuple[int, int]:
    (row,) = our_solutions(query(store.dataset(), COUNT))
    return int(row["n"].value), int(row["places"].value)  # type: ignore[attr-defined]


def test_readers_see_whole_states(tmp_path: Path) -> None:
    """Every update moves all items from one new place to the next."""
    seen: list[set[tuple[int, int]]] = [set(), set()]
    failures: list[BaseException] = []
    done = threading.Event()

    def read(place: int) -> None:
        try:
            while not done.is_set():
                seen[place].add(counts(store))
        except BaseException as error:
            failures.append(error)

    with open_store(tmp_path / "s", create=True) as store:
        items = " ".join(f":s{number} :in :p0 ." for number in range(ITEMS))
        update(store, f"{PREFIX}INSERT DATA {{ {items} }}")
        readers = [threading.Thread(target=read, args=(place,)) for place in range(2)]
        for reader in readers:
            reader.start()
        for number in range(1, ROUNDS + 1):
            move = (
                f"DELETE {{ ?s :in ?old }} INSERT {{ ?s :in :p{number} }} WHERE {{ ?s :in ?old }}"
            )
            assert update(store, PREFIX + move).inserted == ITEMS
            assert counts(store) == (ITEMS, 1)
            if number % 5 == 0:
                store.optimize()
        done.set()
        for reader in readers:
            reader.join()
    assert failures == []
    assert seen == [{(ITEMS, 1)}, {(ITEMS, 1)}]
