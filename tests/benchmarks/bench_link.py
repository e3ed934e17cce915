"""A large run of ``earthgraph link`` end to end: two sets read, links written as RDF.

Run by ``python -m tests.benchmarks.bench_link [share] [folder]``: a share of two
million areas and five million lines (`tests.benchmarks.water`), by default a
twentieth. Files in the folder are made where they are missing, and stay. The floor
reads the geometries of the same files, and relates every pair of boxes that meet.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import shapely

from earthgraph.link_sources import LinkReaders
from engine import open_engine
from engine.protocol import Control, Limits, Progress
from interlink.discover import discover
from interlink.sides import Reading
from tests.benchmarks.processes import Usage, watched
from tests.benchmarks.water import LAYERS, write_geoparquet, write_triples

SHARE = 0.05
MEMORY_BYTES = 512 << 20
PAIRS_AT_ONCE = 65_536
ROOT = Path(__file__).parents[2]
RULES = {
    "triple Parquet": '[left]\nfiles = ["area"]\n[right]\nfiles = ["line"]\n',
    "GeoParquet": "".join(
        f'[{side}]\nvector = "{layer.name}.parquet"\niri = "https://example.org/water/{{id}}"\n'
        for side, layer in zip(("left", "right"), LAYERS, strict=True)
    ),
}
_STAGES = {"link tiles": "link", "write": "write"}
LINK = '\n[[link]]\nrelations = "sf"\n'


def prepare(folder: Path, share: float) -> None:
    """Make the files of a share where they are missing."""
    for layer in LAYERS:
        if not (folder / f"{layer.name}.parquet").exists():
            write_geoparquet(layer, share, folder / f"{layer.name}.parquet")
        if not (folder / layer.name).exists():
            write_triples(layer, share, folder / layer.name)


def link(folder: Path, kind: str) -> dict[str, float]:
    """Link the sets; give seconds of each stage and the number of links."""
    shutil.rmtree(folder / "links.nt.work", ignore_errors=True)  # a failed run would go on
    rules = folder / "rules.toml"
    rules.write_text(RULES[kind] + LINK)
    begun: dict[str, float] = {"read": time.monotonic()}

    def progress(now: Progress) -> None:
        if now.stage in _STAGES:
            begun.setdefault(_STAGES[now.stage], time.monotonic())

    engine = open_engine("duckdb", limits=Limits(memory_bytes=MEMORY_BYTES))
    report = discover(
        rules, engine=engine, output=folder / "links.nt", reading=Reading(LinkReaders()),
        control=Control(progress=progress),
    )  # fmt: skip
    ends = [*list(begun.values())[1:], time.monotonic()]
    seconds = {name: end - begun[name] for name, end in zip(begun, ends, strict=True)}
    return {**seconds, "links": report.links}


def floor(folder: Path, _kind: str) -> dict[str, float]:
    """Read the geometries, and relate every pair of boxes that meet."""
    started = time.monotonic()
    sides = [
        shapely.from_wkb(
            pq.read_table(folder / f"{layer.name}.parquet", columns=["geometry"])["geometry"]
            .to_numpy()
        )
        for layer in LAYERS
    ]  # fmt: skip
    read = time.monotonic()
    left, right = shapely.STRtree(sides[1]).query(sides[0])
    found = 0
    for start in range(0, len(left), PAIRS_AT_ONCE):
        rows = slice(start, start + PAIRS_AT_ONCE)
        matrices = shapely.relate(sides[0][left[rows]], sides[1][right[rows]])
        letters = matrices.astype("S9").view("S1").reshape(-1, 9)
        found += int((letters[:, [0, 1, 3, 4]] != b"F").any(axis=1).sum())
    return {"read": read - started, "link": time.monotonic() - read, "links": found,
            "candidates": len(left)}  # fmt: skip


CONTENDERS: dict[str, tuple[Callable[[Path, str], dict[str, float]], str]] = {
    "earthgraph link, triple Parquet": (link, "triple Parquet"),
    "earthgraph link, GeoParquet": (link, "GeoParquet"),
    "STRtree and relate": (floor, ""),
}


def run_alone(contender: str, folder: Path) -> tuple[dict[str, float], Usage]:
    """Run a contender in a process of its own."""
    module = [sys.executable, "-m", "tests.benchmarks.bench_link"]
    usage = watched([*module, "--run", contender, str(folder)], ROOT)
    return json.loads(usage.output), usage


def main(share: float, folder: Path) -> None:
    """Print the table."""
    prepare(folder, share)
    rows = (f"{round(layer.rows * share):,} {layer.name}s" for layer in LAYERS)
    print(f"{' x '.join(rows):34}{'read':>7}{'link':>7}{'write':>7}{'s':>7}{'CPU s':>7}"
          f"{'peak MB':>9}{'links':>11}")  # fmt: skip
    for contender in CONTENDERS:
        found, usage = run_alone(contender, folder)
        seconds = [found.get(stage, 0.0) for stage in ("read", "link", "write")]
        print(f"{contender:34}", *(f"{s:6.1f}" for s in (*seconds, sum(seconds), usage.cpu_s)),
              f"{usage.peak_mb:8.0f} {found['links']:10,.0f}")  # fmt: skip
        if "candidates" in found:
            print(f"{found['candidates']:,.0f} pairs of boxes meet")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--run"]:
        work, kind = CONTENDERS[sys.argv[2]]
        sys.stdout.write(json.dumps(work(Path(sys.argv[3]), kind)))
    else:
        with tempfile.TemporaryDirectory() as name:
            share, folder = (*sys.argv[1:], *(str(SHARE), name)[len(sys.argv) - 1 :])
            main(float(share), Path(folder))
