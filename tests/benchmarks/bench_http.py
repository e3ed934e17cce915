"""Large answers and lookups over HTTP, beside the Oxigraph server; both read-only on loopback.

Run by ``python -m tests.benchmarks.bench_http [rows] [features]``. Times are seconds, the
fastest of three; lookups in milliseconds. `memory` is by how much the server's resident
memory grew from before the first large answer to after the last.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from endpoint.store.store import open_store
from tests.benchmarks import peer
from tests.benchmarks.feature_files import EX, GEO, cached, mixed_features
from tests.benchmarks.http_peers import Asker, free_port, our_server, oxigraph_server, serving

ROWS = 200_000
FEATURES = 200_000
RUNS = 3
LOOKUPS = 500
STAR = f"""SELECT ?s ?label ?value ?date ?wkt {{{{ ?s <{EX}label> ?label ; <{EX}value> ?value ;
    <{EX}date> ?date ; <{GEO}hasGeometry> ?g . ?g <{GEO}asWKT> ?wkt }}}} LIMIT {{}}"""
FORMATS = {
    "JSON": "application/sparql-results+json",
    "XML": "application/sparql-results+xml",
    "CSV": "text/csv",
    "TSV": "text/tab-separated-values",
}
OURS_ALONE = {
    "Arrow": "application/vnd.apache.arrow.stream",
    "GeoParquet": "application/vnd.apache.parquet",
}


def fastest(asker: Asker, text: str, accept: str) -> tuple[float, int]:
    """Give the seconds of the fastest of some requests, and the bytes of the answer."""
    times, size = [], 0
    for _ in range(RUNS):
        started = time.perf_counter()
        size = len(asker.ask(text, accept))
        times.append(time.perf_counter() - started)
    return min(times), size


def lookups(asker: Asker, features: int) -> tuple[float, float]:
    """Give the median and the 99th percentile of lookups by subject, warm, in milliseconds."""
    chosen = np.random.default_rng(1).integers(0, features, LOOKUPS + 50)
    times = []
    for number in chosen:
        started = time.perf_counter()
        asker.ask(f"SELECT ?p ?o {{ <{EX}feature/{number}> ?p ?o }}")
        times.append((time.perf_counter() - started) * 1e3)
    median, late = np.percentile(times[50:], [50, 99])
    return float(median), float(late)


def main() -> None:
    """Print the table."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    features = int(sys.argv[2]) if len(sys.argv) > 2 else FEATURES
    text = STAR.format(rows)
    with tempfile.TemporaryDirectory() as kept:
        folder = Path(kept)
        file, triples = cached(folder, "features", lambda: mixed_features(features))
        with open_store(folder / "store", create=True) as store:
            store.load([file])
        peer.load(file, folder / "peer")
        ports = free_port(), free_port()
        print(f"{triples} triples; {rows} rows\n{'':12}{'ours':>9}{'peer':>9}{'ratio':>8}{'MB':>8}")
        with (
            serving(our_server(folder / "store", ports[0]), ports[0], "/sparql") as ours,
            serving(oxigraph_server(folder / "peer", ports[1]), ports[1], "/query") as theirs,
        ):
            before = ours.memory_mb()
            for name, accept in FORMATS.items():
                (mine, size), (other, _) = (fastest(a, text, accept) for a in (ours, theirs))
                print(f"{name:12}{mine:9.2f}{other:9.2f}{other / mine:8.1f}{size / 1e6:8.1f}")
            for name, accept in OURS_ALONE.items():
                mine, size = fastest(ours, text, accept)
                print(f"{name:12}{mine:9.2f}{'':17}{size / 1e6:8.1f}")
            print(f"memory grew by {ours.memory_mb() - before:.0f} MB to {ours.memory_mb():.0f} MB")
            for name, mine, other in zip(
                ("lookup p50", "lookup p99"), lookups(ours, features), lookups(theirs, features),
                strict=True,
            ):  # fmt: skip
                print(f"{name:12}{mine:9.2f}{other:9.2f}{other / mine:8.2f}      ms")


if __name__ == "__main__":
    main()
