"""How fast a store changes, beside pyoxigraph: ``python -m tests.benchmarks.bench_updates``.

Both hold the same mixed features, geometries included, and carry out the same
requests in this process. Small requests are repeated; the median counts.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import pyoxigraph as ox

from endpoint.sparql.update import update
from endpoint.store.store import open_store
from tests.benchmarks.feature_files import EX, cached, mixed_features

FEATURES = 1_000_000 // 7
REPEATS = 50
PREFIXES = f"PREFIX : <{EX}> PREFIX geo: <http://www.opengis.net/ont/geosparql#>\n"
Request = Callable[[int], str]


def _new(number: int) -> str:
    return f'<{EX}feature/new{number}> a <{EX}class/1> ; :label "New {number}" ; :value {number}'


def _many(number: int) -> str:
    return " . ".join(_new(number * 10_000 + item) for item in range(10_000))


REQUESTS: tuple[tuple[str, int, Request], ...] = (
    ("INSERT DATA, 3 triples", REPEATS, lambda n: f"INSERT DATA {{ {_new(n)} }}"),
    (
        "INSERT DATA, a geometry", REPEATS,
        lambda n: f'INSERT DATA {{ :g{n} geo:asWKT "POINT ({n} 1)"^^geo:wktLiteral }}',
    ),
    (
        "DELETE, INSERT of a value", REPEATS,
        lambda n: f"DELETE {{ ?f :value ?v }} INSERT {{ ?f :value {n} }} "
        f"WHERE {{ BIND(<{EX}feature/{n}> AS ?f) ?f :value ?v }}",
    ),
    ("DELETE DATA, 3 triples", REPEATS, lambda n: f"DELETE DATA {{ {_new(n)} }}"),
    ("INSERT DATA, 30 k triples", 1, lambda n: f"INSERT DATA {{ {_many(n + 1)} }}"),
    (
        "INSERT WHERE, one for each feature", 1,
        lambda _: "INSERT { ?f :checked true } WHERE { ?f :near ?other }",
    ),
    ("DELETE WHERE of these", 1, lambda _: "DELETE WHERE { ?f :checked true }"),
    ("CLEAR DEFAULT", 1, lambda _: "CLEAR DEFAULT"),
)  # fmt: skip


def timed(carry_out: Callable[[str], object], texts: Iterable[str]) -> tuple[float, float]:
    """Give the median of the wall times and of the processor times, in milliseconds."""
    walls, processor = [], []
    for text in texts:
        start, cpu = time.perf_counter(), time.process_time()
        carry_out(text)
        walls.append((time.perf_counter() - start) * 1e3)
        processor.append((time.process_time() - cpu) * 1e3)
    return statistics.median(walls), statistics.median(processor)


def main(features: int) -> None:
    """Print what each request takes with both, and how many times the peer's that is."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file, count = cached(folder, "features", lambda: mixed_features(features))
        peer = ox.Store(str(folder / "peer"))
        peer.bulk_load(path=str(file), format=ox.RdfFormat.N_TRIPLES)
        print(f"{count:,} triples; milliseconds, median of {REPEATS} for small requests")
        print(f"{'':36}{'ours':>10}{'CPU':>10}{'peer':>10}{'ours/peer':>12}")
        with open_store(folder / "ours", create=True) as store:
            store.load(file)
            update(store, "INSERT DATA {} ; DELETE WHERE { <x:y> <x:y> ?z }")
            for what, repeats, request in REQUESTS:
                texts = [PREFIXES + request(number) for number in range(repeats)]
                ours, cpu = timed(lambda text: update(store, text), texts)
                theirs, _ = timed(peer.update, texts)
                ratio = ours / theirs
                print(f"{what:36}{ours:10.2f}{cpu:10.2f}{theirs:10.2f}{ratio:12.2f}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else FEATURES)
