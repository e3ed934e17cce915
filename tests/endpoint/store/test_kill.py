"""A writer killed at any moment, in a load, an update or an optimize, leaves a committed state."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from endpoint.sparql.update import update
from endpoint.store.export import export_batches
from endpoint.store.schema import QUADS_POS, QUADS_SPO, TERMS
from endpoint.store.statistics import read_statistics
from endpoint.store.store import Store, open_store
from tests.endpoint.store.triples import EX, batch, ex

ROOT = Path(__file__).parents[3]
FIRST_SEED = int(os.environ.get("EARTHGRAPH_SEED", "0"))
STEPS = 6
SIZE = 3_000
WRITER = """
import sys
from pathlib import Path
from endpoint.store.store import open_store
from tests.endpoint.store.test_kill import STEPS, steps_of, take_step
kinds = steps_of(int(sys.argv[2]))
with open_store(Path(sys.argv[1])) as store:
    for number in range(1, STEPS + 1):
        print(number, flush=True)
        take_step(store, kinds[number - 1], number)
print("closed", flush=True)
"""


def numbered_batch(number: int) -> pa.RecordBatch:
    """Give triples whose predicate tells which step they belong to."""
    return batch((ex(f"s{i}"), ex(f"p{number}"), ex(f"step{number}"), None) for i in range(SIZE))


def steps_of(seed: int) -> list[str]:
    """Give what the writer of a seed does, step by step."""
    return random.Random(seed).choices(["load", "update", "update", "optimize"], k=STEPS)


def take_step(store: Store, kind: str, number: int) -> None:
    """Change the store: a load adds triples, an update moves those of the step before."""
    match kind:
        case "load":
            store.load_batches([numbered_batch(number)])
        case "update":
            update(
                store,
                f"""PREFIX : <{EX}> DELETE WHERE {{ ?s :p{number - 1} ?o }} ;
                INSERT {{ ?s :p{number} :step{number} }} WHERE {{ ?s :base ?o }}""",
            )
        case _:
            store.optimize()


def states_of(seed: int) -> Iterator[frozenset[int]]:
    """Give which steps have triples at the beginning and after each step."""
    state = frozenset[int]()
    yield state
    for number, kind in enumerate(steps_of(seed), 1):
        if kind == "update":
            state = state - {number - 1}
        if kind != "optimize":
            state |= {number}
        yield state


def state_in(store: Store) -> frozenset[int]:
    """Give which steps have triples, all or none of them, in a store that is sound."""
    spo, pos = (
        sorted(map(str, store.engine.run(table.select()).read_all().to_pylist()))
        for table in (QUADS_SPO, QUADS_POS)
    )
    assert spo == pos
    counts = Counter(
        text for rows in export_batches(store.dataset()) for text in rows["predicate"].to_pylist()
    )
    assert set(counts.values()) == {SIZE}
    kept = read_statistics(store.engine)
    assert kept.quads == len(spo)
    assert sorted(each.quads for each in kept.predicates.values()) == sorted(counts.values())
    ids = store.engine.run(TERMS.select()).read_all()["id"].to_pylist()
    assert len(set(ids)) == len(ids)
    return frozenset(int(name.removeprefix(f"{EX}p")) for name in counts if name != f"{EX}base")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("kill") / "base"
    with open_store(path, create=True) as store:
        rows = ((ex(f"s{i}"), ex("base"), ex("o"), None) for i in range(SIZE))
        store.load_batches([batch(rows)])
    return path


def check(seed: int, base: Path, path: Path) -> None:
    """Kill the writer of a seed in one of its steps, and look at what it left."""
    shutil.copytree(base, path)
    chosen = random.Random(f"kill {seed}")
    command = [sys.executable, "-c", WRITER, str(path), str(seed)]
    writer = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert writer.stdout is not None
    begun = 0
    for _ in range(chosen.randint(1, STEPS)):  # so many steps have begun, all but the last ended
        begun = int(writer.stdout.readline())
    time.sleep(chosen.uniform(0, 0.3))
    writer.kill()
    writer.wait()
    writer.stdout.close()
    # What had been committed is there; the step under way may be, and some that followed.
    possible = list(states_of(seed))[begun - 1 :]
    where = f"seed {seed}: {steps_of(seed)}, killed in step {begun} or later"
    with open_store(path, read_only=seed % 2 == 0) as store:
        found = state_in(store)
        assert found in possible, where
    with open_store(path) as store:
        assert state_in(store) == found, where
        take_step(store, "update", STEPS + 1)
        assert state_in(store) == found - {STEPS} | {STEPS + 1}, where
    shutil.rmtree(path)


@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + 4))
def test_kill(tmp_path: Path, base: Path, seed: int) -> None:
    check(seed, base, tmp_path / "s")


@pytest.mark.full
@pytest.mark.parametrize("block", range(1, 21))
def test_kill_hundreds_of_times(tmp_path: Path, base: Path, block: int) -> None:
    for seed in range(FIRST_SEED + block * 1000, FIRST_SEED + block * 1000 + 15):
        check(seed, base, tmp_path / "s")


def test_a_writer_killed_while_it_makes_the_store(tmp_path: Path) -> None:
    """An empty working copy is no committed state: the next writer begins anew."""
    path = tmp_path / "s"
    code = (
        "import os, sys; from pathlib import Path; from endpoint.store.store import open_store;"
        "open_store(Path(sys.argv[1]), create=True); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], check=False, cwd=ROOT)
    with open_store(path, read_only=True) as store:
        assert store.info().triples == 0
    with open_store(path) as store:
        assert store.load_batches([numbered_batch(0)]).added == SIZE
