"""Our spatial join beside the tools one would reach for otherwise.

Run by ``python -m tests.benchmarks.bench_spatial_join [rows] [lines|coverage|heavy]``.
Every contender runs in a process of its own, from the same two Parquet files of EWKB
to the ids of the pairs. CPU seconds and ratios mean more than wall seconds on a busy machine.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pyarrow.parquet as pq
import shapely

from engine.duckdb import DuckDBEngine
from engine.protocol import Limits, Related
from geosparql.relations import RELATIONS, matches
from tests.benchmarks import generate

ROWS = 200_000
CHUNKS = 64
THREADS = 2
PREDICATES = (
    "intersects", "within", "contains", "overlaps", "crosses", "touches", "covers",
    "covered_by", "contains_properly",
)  # fmt: skip
ROOT = Path(__file__).parents[2]

Result = dict[str, float]


def _loaded(folder: Path) -> tuple[Any, Any]:
    return tuple(
        shapely.from_wkb(pq.read_table(folder / name)["geometry"].to_numpy(zero_copy_only=False))
        for name in ("left.parquet", "right.parquet")
    )  # type: ignore[return-value]


def _timed_tree(folder: Path, predicates: tuple[str, ...], threads: int) -> Result:
    started = time.perf_counter()
    left, right = _loaded(folder)
    loaded = time.perf_counter()
    tree = shapely.STRtree(right)
    count = 0
    for predicate in predicates:
        if threads == 1:
            count += tree.query(left, predicate=predicate).shape[1]
            continue
        with ThreadPoolExecutor(threads) as pool:
            chunks = np.array_split(left, CHUNKS)
            found = pool.map(lambda chunk: tree.query(chunk, predicate=predicate), chunks)  # noqa: B023
            count += np.concatenate(list(found), axis=1).shape[1]
    ended = time.perf_counter()
    return {"load_s": loaded - started, "join_s": ended - loaded, "pairs": count}


def _timed_relate(folder: Path) -> Result:
    """Relate all candidates, as one would without a kernel; the pairs that meet."""
    started = time.perf_counter()
    left, right = _loaded(folder)
    loaded = time.perf_counter()
    rows, columns = shapely.STRtree(right).query(left)
    matrices = shapely.relate(left[rows], right[columns]).astype("S9")
    ended = time.perf_counter()
    pairs = int((~matches(matrices, "FF*FF****")).sum())
    return {"load_s": loaded - started, "join_s": ended - loaded, "pairs": pairs}


def _timed_geopandas(folder: Path) -> Result:
    started = time.perf_counter()
    left, right = (geopandas.GeoDataFrame(geometry=side) for side in _loaded(folder))
    loaded = time.perf_counter()
    pairs = len(geopandas.sjoin(left, right, predicate="intersects"))
    return {"load_s": loaded - started, "join_s": time.perf_counter() - loaded, "pairs": pairs}


def _timed_ours(folder: Path, *, every_relation: bool) -> Result:
    names = tuple(r.name for r in RELATIONS if r.candidate is not None)
    every = Related(names, with_relations=True)
    condition = every if every_relation else Related(("sf_intersects",))
    started = time.perf_counter()
    engine = DuckDBEngine(limits=Limits(threads=THREADS))
    left, right = (engine.relation([folder / f"{side}.parquet"]) for side in ("left", "right"))
    joined = engine.spatial_join(left.select(), right.select(), condition)
    ended = time.perf_counter()
    pairs = engine.run(joined.select()).read_all().num_rows
    engine.close()
    return {"load_s": 0.0, "join_s": ended - started, "pairs": pairs}


CONTENDERS: dict[str, Callable[[Path], Result]] = {
    "STRtree, 2 threads: intersects": lambda f: _timed_tree(f, ("intersects",), THREADS),
    "STRtree, 1 thread: intersects": lambda f: _timed_tree(f, ("intersects",), 1),
    "geopandas.sjoin: intersects": _timed_geopandas,
    "earthgraph: intersects": lambda f: _timed_ours(f, every_relation=False),
    "STRtree, 1 thread: nine predicates": lambda f: _timed_tree(f, PREDICATES, 1),
    "STRtree, 2 threads: nine predicates": lambda f: _timed_tree(f, PREDICATES, THREADS),
    "STRtree, 1 thread: relate": _timed_relate,
    "earthgraph: all relations": lambda f: _timed_ours(f, every_relation=True),
}
REFERENCES = {
    "intersects": "STRtree, 2 threads: intersects",
    "nine predicates": "STRtree, 1 thread: nine predicates",
    "relate": "STRtree, 1 thread: relate",
    "all relations": "STRtree, 1 thread: relate",
}


def run_alone(name: str, folder: Path) -> Result:
    """Run a contender in a process of its own."""
    command = [
        sys.executable,
        "-m",
        "tests.benchmarks.bench_spatial_join",
        "--run",
        name,
        str(folder),
    ]
    ended = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    result: Result = json.loads(ended.stdout)
    return result


def _run_here(name: str, folder: Path) -> None:
    cpu = time.process_time()
    result = CONTENDERS[name](folder)
    result["cpu_s"] = time.process_time() - cpu
    result["peak_mb"] = _peak_mb()
    sys.stdout.write(json.dumps(result))


def _peak_mb() -> float:
    """Give the peak memory of this process; `getrusage` counts the parent's in."""
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(peak[1]) / 1024 if peak else float("nan")


def _write(folder: Path, data: str, rows: int) -> str:
    """Write both sides of a set of data; say what they are."""
    match data:
        case "coverage":
            left = generate.coverage(rows)
            right, text = generate.altered(left), f"{rows:,} cells x the same, half altered"
        case "heavy":
            left, right = generate.heavy_polygons(), generate.short_lines(rows // 2)
            text = f"300 heavy polygons x {rows // 2:,} lines"
        case _:
            left, right = generate.polygons(rows), generate.lines(rows)
            text = f"{rows:,} polygons x {rows:,} lines"
    pq.write_table(generate.as_table(left), folder / "left.parquet")
    pq.write_table(generate.as_table(right), folder / "right.parquet")
    return text


def main(rows: int, data: str) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        head = _write(folder, data, rows)
        results = {contender: run_alone(contender, folder) for contender in CONTENDERS}
    print(
        f"{head:38} {'load s':>7} {'join s':>7} {'CPU s':>7}"
        f" {'peak MB':>8} {'pairs':>9} {'ratio':>6}"
    )
    for contender, result in results.items():
        reference = results[REFERENCES[contender.split(": ")[1].split(", ")[-1]]]
        total = (result["load_s"] + result["join_s"]) / (reference["load_s"] + reference["join_s"])
        print(
            f"{contender:38} {result['load_s']:7.2f} {result['join_s']:7.2f} {result['cpu_s']:7.2f}"
            f" {result['peak_mb']:8.0f} {result['pairs']:9,.0f} {total:6.2f}"
        )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--run"]:
        _run_here(sys.argv[2], Path(sys.argv[3]))
    else:
        numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
        words = [word for word in sys.argv[1:] if not word.isdigit()]
        main(numbers[0] if numbers else ROWS, words[0] if words else "lines")
