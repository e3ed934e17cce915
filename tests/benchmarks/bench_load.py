"""How fast a store loads, beside pyoxigraph: ``python -m tests.benchmarks.bench_load [triples]``.

Every contender loads the same triples, geometry and index included, into an empty
directory, in a process of its own. pyoxigraph has no triple Parquet: that row is beside
its N-Triples. Turtle goes through its parser here too, and is fewer triples.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox

from endpoint.store.store import open_store
from engine.triple_files import write_output
from geosparql.rdf import open_rdf, read_triples
from tests.benchmarks.feature_files import cached, mixed_features

TRIPLES = 1_000_000
TRIPLES_PER_FEATURE = 7
TURTLE_SHARE = 5
ROOT = Path(__file__).parents[2]

Result = dict[str, float]


def load_ours(file: Path, folder: Path) -> None:
    """Load into a store of ours."""
    with open_store(folder, create=True) as store:
        report = store.load([file])
        assert report.added == report.triples == store.info().triples


def load_pyoxigraph(file: Path, folder: Path) -> None:
    """Load into a store of the peer."""
    store = ox.Store(str(folder))
    syntax = ox.RdfFormat.from_extension(file.suffix[1:])
    store.bulk_load(path=str(file), format=syntax)
    store.flush()


LOADERS: dict[str, Callable[[Path, Path], None]] = {
    "earthgraph": load_ours,
    "pyoxigraph": load_pyoxigraph,
}


def _run_here(loader: str, small: Path, file: Path, folder: Path) -> None:
    """Load a few triples first, so that no import is timed; tell what the load took."""
    LOADERS[loader](small, folder / "first")
    started, cpu = time.perf_counter(), time.process_time()
    LOADERS[loader](file, folder / "store")
    result = {
        "seconds": time.perf_counter() - started,
        "cpu_s": time.process_time() - cpu,
        "peak_mb": _peak_mb(),
        "size_mb": _size_mb(folder / "store"),
    }
    sys.stdout.write(json.dumps(result))


def run_alone(loader: str, small: Path, file: Path, folder: Path) -> Result:
    """Load in a process of its own."""
    folder.mkdir()
    command = [sys.executable, "-m", "tests.benchmarks.bench_load", "--run", loader]
    ended = subprocess.run(
        [*command, *map(str, (small, file, folder))],
        capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    result: Result = json.loads(ended.stdout)
    return result


def _peak_mb() -> float:
    """Give the peak memory of this process; `getrusage` counts the parent's in."""
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(peak[1]) / 1024 if peak else float("nan")


def _size_mb(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6


def _rewritten(file: Path, target: Path) -> Path:
    """Write the triples of an N-Triples file in another form."""
    with open_rdf(file) as stream:
        write_output(read_triples(stream, format="nt"), target)
    return target


def main(triples: int) -> None:
    """Print triples per second of all, and how many times pyoxigraph's that is."""
    features = triples // TRIPLES_PER_FEATURE
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        small, _ = cached(folder, "small", lambda: mixed_features(100))
        file, count = cached(folder, "features", lambda: mixed_features(features))
        fewer, some = cached(folder, "fewer", lambda: mixed_features(features // TURTLE_SHARE))
        parquet = _rewritten(file, folder / "features.parquet")
        turtle = _rewritten(fewer, folder / "fewer.ttl")
        print(f"{count:,} triples, {file.stat().st_size / 1e6:.0f} MB of N-Triples")
        head = ("triples/s", "x peer", "CPU s", "CPU x peer", "peak MB", "size MB")
        print(f"{'':28}" + "".join(f"{title:>12}" for title in head))
        theirs = run_alone("pyoxigraph", small, file, folder / "a")
        peer = _print("N-Triples", "pyoxigraph", theirs, count)
        for what, source, place in (("N-Triples", file, "b"), ("triple Parquet", parquet, "c")):
            ours = run_alone("earthgraph", small, source, folder / place)
            _print(what, "earthgraph", ours, count, peer)
        theirs = run_alone("pyoxigraph", small, turtle, folder / "d")
        peer = _print("Turtle", "pyoxigraph", theirs, some)
        ours = run_alone("earthgraph", small, turtle, folder / "e")
        _print("Turtle", "earthgraph", ours, some, peer)


def _print(what: str, loader: str, result: Result, rows: int, peer: Result | None = None) -> Result:
    peer = peer or result
    print(
        f"{what + ', ' + loader:28}{rows / result['seconds']:12,.0f}"
        f"{peer['seconds'] / result['seconds']:12.2f}{result['cpu_s']:12.2f}"
        f"{peer['cpu_s'] / result['cpu_s']:12.2f}{result['peak_mb']:12,.0f}"
        f"{result['size_mb']:12.1f}",
        flush=True,
    )
    return result


if __name__ == "__main__":
    if sys.argv[1:2] == ["--run"]:
        _run_here(sys.argv[2], *map(Path, sys.argv[3:]))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else TRIPLES)
