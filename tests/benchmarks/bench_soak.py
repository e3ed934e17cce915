"""Many clients for a while, mixed reads and one writer: errors, wrong answers, times, memory.

Run by ``python -m tests.benchmarks.bench_soak [seconds] [clients]``. Every answer is checked:
what does not change against what it must be, what is written by the law that the writer
keeps (it moves a number of markers from one class to another in one update, so that there
are always as many).
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from endpoint.http.settings import token_hash
from endpoint.store.store import open_store
from tests.benchmarks.feature_files import EX, GEO, TYPE, cached, mixed_features
from tests.benchmarks.http_peers import Asker, free_port, our_server, serving

SECONDS = 60.0
CLIENTS = 32
FEATURES = 50_000
MARKERS = 10
TOKEN = "soak"
SETTINGS = f"""
[roles.anonymous]
concurrent_queries = 8

[roles.writer]
scopes = ["read", "update"]
tokens = ["sha256:{token_hash(TOKEN)}"]
"""
WITHIN = "http://www.opengis.net/def/function/geosparql/sfWithin"
BOX = "POLYGON ((0 40, 20 40, 20 60, 0 60, 0 40))"
FIXED = {
    "count": f"SELECT (COUNT(*) AS ?n) {{ ?s <{EX}value> ?v }}",
    "box": f"""SELECT (COUNT(*) AS ?n) {{ ?s <{GEO}asWKT> ?w
        FILTER(<{WITHIN}>(?w, "{BOX}"^^<{GEO}wktLiteral>)) }}""",
    "class": f"SELECT (COUNT(*) AS ?n) {{ ?s <{TYPE}> <{EX}class/3> ; <{EX}date> ?d }}",
}
MARKED = f"SELECT (COUNT(*) AS ?n) {{ ?s <{EX}marked> ?c }}"


@dataclass
class Tally:
    """What the clients found."""

    times: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    updates: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, seconds: float, wrong: str | None) -> None:
        """Take the time of one answer, and what was wrong with it."""
        with self.lock:
            self.times.append(seconds)
            if wrong is not None:
                self.wrong.append(wrong)


def read(asker: Asker, tally: Tally, expected: dict[str, int], seed: int, end: float) -> None:
    """Be one reading client until the end."""
    chance = random.Random(seed)
    while time.monotonic() < end:
        name = chance.choice([*FIXED, "marked", "lookup", "lookup", "lookup", "lookup"])
        number = chance.randrange(FEATURES)
        texts = FIXED | {"marked": MARKED}
        lookup = f"SELECT ?o {{ <{EX}feature/{number}> <{EX}label> ?o }}"
        started = time.perf_counter()
        try:
            body = json.loads(asker.ask(texts.get(name, lookup)))
        except Exception as error:
            with tally.lock:
                tally.errors.append(f"{name}: {error!r}")
            continue
        found = [[cell["value"] for cell in row.values()] for row in body["results"]["bindings"]]
        wanted = f"Feature number {number}" if name == "lookup" else str(expected[name])
        wrong = None if found == [[wanted]] else f"{name}: {found} is not {wanted}"
        tally.add(time.perf_counter() - started, wrong)


def write(asker: Asker, tally: Tally, end: float) -> None:
    """Be the writer until the end."""
    while time.monotonic() < end:
        old, new = tally.updates % 7, (tally.updates + 1) % 7
        try:
            asker.update(
                f"DELETE {{ ?s <{EX}marked> {old} }} INSERT {{ ?s <{EX}marked> {new} }} "
                f"WHERE {{ ?s <{EX}marked> {old} }}",
                TOKEN,
            )
        except Exception as error:
            with tally.lock:
                tally.errors.append(f"update: {error!r}")
        tally.updates += 1


def soak(first: Asker, seconds: float, clients: int) -> Tally:
    """Let the clients ask at once."""
    markers = " ".join(f"<{EX}marker/{i}> <{EX}marked> 0 ." for i in range(MARKERS))
    clear = f"DELETE WHERE {{ ?s <{EX}marked> ?c }}"
    first.update(f"{clear} ; INSERT DATA {{ {markers} }}", TOKEN)
    expected = {n: first.number(text) for n, text in (FIXED | {"marked": MARKED}).items()}
    assert expected["count"] == FEATURES
    assert expected["marked"] == MARKERS
    tally, end = Tally(), time.monotonic() + seconds
    threads = [
        threading.Thread(target=read, args=(first.another(), tally, expected, seed, end))
        for seed in range(clients - 1)
    ]
    threads.append(threading.Thread(target=write, args=(first.another(), tally, end)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return tally


def main() -> None:
    """Print what came of it."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    clients = int(sys.argv[2]) if len(sys.argv) > 2 else CLIENTS
    with tempfile.TemporaryDirectory() as kept:
        folder = Path(kept)
        file, _ = cached(folder, "features", lambda: mixed_features(FEATURES))
        with open_store(folder / "store", create=True) as store:
            store.load([file])
        (folder / "server.toml").write_text(SETTINGS)
        port = free_port()
        command = [*our_server(folder / "store", port), "--config", str(folder / "server.toml")]
        with serving(command, port, "/sparql") as first:
            soak(first, min(5.0, seconds / 4), clients)  # what is warm stays
            before = first.memory_mb()
            tally = soak(first, seconds, clients)
            after = first.memory_mb()
    p50, p95, p99 = np.percentile(np.array(tally.times) * 1e3, [50, 95, 99])
    print(
        f"{clients} clients, {seconds:.0f} s: {len(tally.times)} answers, {tally.updates} updates"
    )
    print(f"errors {len(tally.errors)}, wrong answers {len(tally.wrong)}")
    print(f"p50 {p50:.1f} ms, p95 {p95:.1f} ms, p99 {p99:.1f} ms")
    print(f"{len(tally.times) / seconds:.0f} answers/s, {tally.updates / seconds:.1f} updates/s")
    print(f"memory {before:.0f} MB at the start, {after:.0f} MB at the end")
    for line in [*tally.errors, *tally.wrong][:5]:
        print(f"  {line}")


if __name__ == "__main__":
    main()
