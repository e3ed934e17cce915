"""How fast a store loads, beside pyoxigraph: ``python -m tests.benchmarks.bench_load [triples]``.

Seeded features with a class, a label, a number, a date, a link and a WKT geometry
(7 triples each), as N-Triples. Both read the same file into an empty directory.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyoxigraph as ox

from endpoint.store.store import open_store

TRIPLES_PER_FEATURE = 7
EX = "http://example.org/"
GEO = "http://www.opengis.net/ont/geosparql#"
XSD = "http://www.w3.org/2001/XMLSchema#"
TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"


def write_features(file: Path, features: int, seed: int = 1) -> int:
    """Write features as N-Triples; return the number of triples."""
    random = np.random.default_rng(seed)
    lon, lat = random.uniform(-170, 170, features), random.uniform(-80, 80, features)
    side = random.uniform(0.001, 0.1, features)
    kind, value = random.integers(0, 20, features), random.integers(0, 10**6, features)
    link, day = random.integers(0, features, features), random.integers(1, 28, features)
    with file.open("w", encoding="utf-8") as out:
        for i in range(features):
            s, g = f"<{EX}feature/{i}>", f"<{EX}geometry/{i}>"
            x, y, d = lon[i], lat[i], side[i]
            ring = ((x, y), (x + d, y), (x + d, y + d), (x, y + d), (x, y))
            wkt = ", ".join(f"{a:.6f} {b:.6f}" for a, b in ring)
            out.write(
                f"{s} <{TYPE}> <{EX}class/{kind[i]}> .\n"
                f'{s} <{EX}label> "Feature number {i}"@en .\n'
                f'{s} <{EX}value> "{value[i]}"^^<{XSD}integer> .\n'
                f'{s} <{EX}date> "2024-05-{day[i]:02d}"^^<{XSD}date> .\n'
                f"{s} <{EX}near> <{EX}feature/{link[i]}> .\n"
                f"{s} <{GEO}hasGeometry> {g} .\n"
                f'{g} <{GEO}asWKT> "POLYGON (({wkt}))"^^<{GEO}wktLiteral> .\n'
            )
    return features * TRIPLES_PER_FEATURE


def load_store(file: Path, folder: Path) -> None:
    """Load into a store of ours."""
    with open_store(folder / "ours", create=True) as store:
        report = store.load([file])
        assert report.added == report.triples == store.info().triples


def load_pyoxigraph(file: Path, folder: Path) -> None:
    """Load into a store of the peer."""
    store = ox.Store(str(folder / "pyoxigraph"))
    store.bulk_load(path=str(file), format=ox.RdfFormat.N_TRIPLES)
    store.flush()


def _size_mb(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6


def _timed(load: Callable[[Path, Path], None], file: Path, folder: Path) -> float:
    start = time.perf_counter()
    load(file, folder)
    return time.perf_counter() - start


def main() -> None:
    """Print triples per second of both and their ratio."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "features.nt"
        triples = write_features(file, wanted // TRIPLES_PER_FEATURE)
        print(f"{triples:,} triples, {file.stat().st_size / 1e6:.0f} MB of N-Triples")
        rates = {}
        for label, load in (("ours", load_store), ("pyoxigraph", load_pyoxigraph)):
            rates[label] = triples / _timed(load, file, folder)
            size = _size_mb(folder / label)
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(f"{label:11} {rates[label]:10,.0f} triples/s {size:8.1f} MB, peak {peak:,.0f} MB")
        print(f"ratio       {rates['ours'] / rates['pyoxigraph']:10.2f}")


if __name__ == "__main__":
    main()
