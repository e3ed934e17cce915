"""A writer killed at any moment leaves a committed state."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from endpoint.store.schema import QUADS_POS, QUADS_SPO
from endpoint.store.store import Store, open_store
from tests.endpoint.store.triples import batch, ex

LOADS = 6
SIZE = 3_000
WRITER = """
import sys
from pathlib import Path
from endpoint.store.store import open_store
from tests.endpoint.store.test_kill import LOADS, numbered_batch
with open_store(Path(sys.argv[1])) as store:
    for number in range(1, LOADS + 1):
        print(number, flush=True)
        store.load_batches([numbered_batch(number)])
print("closed", flush=True)
"""


def numbered_batch(number: int):  # type: ignore[no-untyped-def]
    """Triples whose object tells which load they belong to."""
    return batch((ex(f"s{i}"), ex(f"p{number}"), ex(f"load{number}"), None) for i in range(SIZE))


def loads_in(store: Store) -> list[int]:
    """Give the number of triples of each load that a store holds; both copies are equal."""
    dataset = store.dataset()
    ids = [found for found in dataset.find([ex(f"p{n}") for n in range(LOADS + 1)]) if found]
    spo, pos = (
        sorted(map(str, store.engine.run(table.select()).read_all().to_pylist()))
        for table in (QUADS_SPO, QUADS_POS)
    )
    assert spo == pos
    assert dataset.quad_count() == len(spo)
    return [dataset.predicate_count(predicate) for predicate in ids]


@pytest.mark.parametrize("seed", range(4))
def test_kill(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "s"
    with open_store(path, create=True) as store:
        store.load_batches([numbered_batch(0)])
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    assert writer.stdout is not None
    chosen = random.Random(seed)
    begun = 0
    for _ in range(chosen.randint(1, LOADS)):  # so many loads have begun, all but the last ended
        begun = int(writer.stdout.readline())
    time.sleep(chosen.uniform(0, 0.3))
    writer.kill()
    writer.wait()
    writer.stdout.close()
    with open_store(path, read_only=seed % 2 == 0) as store:
        counts = loads_in(store)
    assert counts == [SIZE] * len(counts)
    # What had been committed is there; the load under way may be, and one that followed it.
    assert len(counts) >= begun
    with open_store(path) as store:
        report = store.load_batches([numbered_batch(n) for n in range(LOADS + 1)])
        assert report.added == (LOADS + 1 - len(counts)) * SIZE
        assert loads_in(store) == [SIZE] * (LOADS + 1)


def test_a_writer_killed_while_it_makes_the_store(tmp_path: Path) -> None:
    """An empty working copy is no committed state: the next writer begins anew."""
    path = tmp_path / "s"
    code = (
        "import os, sys; from pathlib import Path; from endpoint.store.store import open_store;"
        "open_store(Path(sys.argv[1]), create=True); os._exit(9)"
    )
    subprocess.run(
        [sys.executable, "-c", code, str(path)], check=False, cwd=Path(__file__).parents[3]
    )
    with open_store(path, read_only=True) as store:
        assert store.info().triples == 0
    with open_store(path) as store:
        assert store.load_batches([numbered_batch(0)]).added == SIZE
