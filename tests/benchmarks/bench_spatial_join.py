"""The spatial join beside what else one could pick, on 200 k polygons and 200 k lines.

Every contender gets the same WKB columns in memory, runs in its own process and
is timed from there to the pairs: decoding counts, imports and opening an engine do
not. Run with
``python -m tests.benchmarks.bench_spatial_join [COUNT] [RUNS]``.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa
import shapely
from pyarrow import feather

from tests.benchmarks.generate import as_table, lines, polygons

Join = Callable[[pa.Table, pa.Table], int]
COUNT, RUNS, THREADS, CHUNKS = 200_000, 3, 2, 64
PREDICATES = (
    "intersects", "touches", "crosses", "within", "contains",
    "overlaps", "covers", "covered_by", "contains_properly",
)  # fmt: skip
ALL_RELATIONS = (
    "sf_equals", "sf_intersects", "sf_touches", "sf_crosses",
    "sf_within", "sf_contains", "sf_overlaps",
)  # fmt: skip


def decoded(table: pa.Table) -> np.ndarray:
    return shapely.from_wkb(table["geometry"].to_numpy())


def ours(relations: tuple[str, ...]) -> Join:
    from engine import open_engine
    from engine.protocol import Related

    engine = open_engine("duckdb")

    def join(left: pa.Table, right: pa.Table) -> int:
        sides = (engine.relation(side).select("id", "geometry") for side in (left, right))
        pairs = engine.spatial_join(*sides, Related(relations, with_matrix=len(relations) > 1))
        with engine.run(pairs.select("left_id")) as rows:
            return sum(batch.num_rows for batch in rows)

    return join


def bare_strtree(left: pa.Table, right: pa.Table) -> int:
    tree, probes = shapely.STRtree(decoded(right)), decoded(left)
    chunks = np.array_split(probes, CHUNKS)
    with ThreadPoolExecutor(THREADS) as pool:
        found = pool.map(lambda chunk: tree.query(chunk, predicate="intersects"), chunks)
        return sum(pairs.shape[1] for pairs in found)


def geopandas_sjoin() -> Join:
    import geopandas as gpd

    def join(left: pa.Table, right: pa.Table) -> int:
        sides = [gpd.GeoDataFrame(geometry=decoded(side)) for side in (left, right)]
        return len(gpd.sjoin(*sides, predicate="intersects"))

    return join


def nine_predicates(left: pa.Table, right: pa.Table) -> int:
    tree, probes = shapely.STRtree(decoded(right)), decoded(left)
    count = 0
    for predicate in PREDICATES:
        found = tree.query(probes, predicate=predicate).shape[1]
        count = max(count, found)
    return count


def relate_candidates(left: pa.Table, right: pa.Table) -> int:
    others, probes = decoded(right), decoded(left)
    one, other = shapely.STRtree(others).query(probes)
    matrices = shapely.relate(probes[one], others[other]).astype("S9")
    return int((matrices.view("S1").reshape(-1, 9)[:, [0, 1, 3, 4]] != b"F").any(axis=1).sum())


# What is imported and opened is not timed, what it gives is.
CONTENDERS: dict[str, Callable[[], Join]] = {
    "ours, intersects": lambda: ours(("sf_intersects",)),
    "bare STRtree, 2 threads": lambda: bare_strtree,
    "geopandas.sjoin": geopandas_sjoin,
    "ours, all relations": lambda: ours(ALL_RELATIONS),
    "STRtree + nine predicates": lambda: nine_predicates,
    "STRtree + relate": lambda: relate_candidates,
}
BASELINES = {
    "ours, intersects": (("bare STRtree, 2 threads", 1.2), ("geopandas.sjoin", None)),
    "ours, all relations": (("STRtree + nine predicates", 0.5), ("STRtree + relate", None)),
}


def measure(name: str, folder: Path) -> dict[str, float]:
    """Run one contender in this process; the inputs are mapped files, not its own memory."""
    left, right = (feather.read_table(folder / f"{side}.arrow") for side in ("left", "right"))
    join = CONTENDERS[name]()
    before = resource.getrusage(resource.RUSAGE_SELF)
    start = time.perf_counter()
    pairs = join(left, right)
    wall_s = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "pairs": pairs,
        "wall_s": wall_s,
        "cpu_s": cpu_s + children.ru_utime + children.ru_stime,
        "peak_mb": after.ru_maxrss / 1024,
    }


def main() -> None:
    """Run every contender in turn, several times, and print medians and ratios."""
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(measure(sys.argv[2], Path(sys.argv[3]))))
        return
    count, runs = (int(word) for word in (*sys.argv[1:3], *(COUNT, RUNS)[len(sys.argv) - 1 :]))
    results: dict[str, list[dict[str, float]]] = {name: [] for name in CONTENDERS}
    with tempfile.TemporaryDirectory() as folder:
        for side, make in (("left", polygons), ("right", lines)):
            table = as_table(make(count))
            feather.write_feather(table, Path(folder) / f"{side}.arrow", "uncompressed")
        for _ in range(runs):
            for name, rows in results.items():
                command = [sys.executable, "-m", __spec__.name, "--one", name, folder]
                shown = subprocess.run(command, check=True, capture_output=True, text=True)
                rows.append(json.loads(shown.stdout))
    medians = {
        name: {key: float(np.median([row[key] for row in rows])) for key in rows[0]}
        for name, rows in results.items()
    }
    print(f"{count:,} polygons x {count:,} lines, medians of {runs} runs, {os.cpu_count()} cores")
    print(f"{'':28}{'pairs':>10}{'wall s':>9}{'CPU s':>9}{'peak MB':>9}")
    for name, row in medians.items():
        print(
            f"{name:28}{row['pairs']:>10,.0f}{row['wall_s']:>9.2f}"
            f"{row['cpu_s']:>9.2f}{row['peak_mb']:>9,.0f}"
        )
    for name, peers in BASELINES.items():
        for peer, target in peers:
            wall, cpu = (medians[name][key] / medians[peer][key] for key in ("wall_s", "cpu_s"))
            wanted = f" (to reach: {target})" if target else ""
            print(f"{name} / {peer}: wall {wall:.2f}, CPU {cpu:.2f}{wanted}")
    counts = {row["pairs"] for row in medians.values()}
    assert len(counts) == 1, f"contenders do not agree on the pairs: {counts}"


if __name__ == "__main__":
    main()
