"""How conversion on Spark grows from one worker core to two.

``python -m tests.benchmarks.bench_spark_convert [rows]``. A standalone cluster on
loopback has one worker, then two, each held to a core of its own: otherwise Java and
Python of the one worker would take both cores of a small machine. Every conversion runs
twice and the second is timed, so that no Python worker starts and nothing is imported
while the clock runs. The driver is on the same cores.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from engine import open_engine
from geotriples.convert import convert
from tests.benchmarks import conversion_sources as sources
from tests.engine.cluster import standalone_cluster

ROWS = 2_000_000
ROOT = Path(__file__).parents[2]
OUTPUTS = ("out.nt", "out")
"""Text, and a folder of triple Parquet."""


def make(folder: Path, rows: int) -> list[Path]:
    """Write sources and mappings; give the mappings."""
    sources.points(folder / "points.csv", rows)
    (folder / "points.csv.ttl").write_text(sources.points_mapping(sources.csv_words))
    sources.roads(folder / "roads.gpkg", rows // 2)
    (folder / "roads.gpkg.ttl").write_text(sources.roads_mapping("roads.gpkg"))
    return sorted(folder.glob("*.ttl"))


def seconds_of(master: str, mappings: list[str]) -> dict[str, float]:
    """Give the seconds of each second conversion; the master ``""`` is this process."""
    engine = open_engine("spark", master=master) if master else open_engine()
    found = {}
    for mapping in map(Path, mappings):
        for output in OUTPUTS:
            for _ in range(2):
                started = time.perf_counter()
                report = convert(mapping, engine=engine, output=mapping.with_name(output))
                seconds = time.perf_counter() - started
            assert report.triples
            found[f"{mapping.stem} {output}"] = seconds
    engine.close()
    return found


def in_a_process_of_its_own(master: str, mappings: list[Path]) -> dict[str, float]:
    """Do as `seconds_of` does; there is one Spark session in a process."""
    command = [sys.executable, "-m", "tests.benchmarks.bench_spark_convert", "--run", master]
    ended = subprocess.run(
        [*command, *map(str, mappings)], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    )
    found: dict[str, float] = json.loads(ended.stdout.splitlines()[-1])
    return found


def main(rows: int) -> None:
    """Print the seconds of each conversion with one and two worker cores, and their ratio."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        mappings = make(folder, rows)
        found = [in_a_process_of_its_own("", mappings)]
        for workers in (1, 2):
            place = folder / f"cluster-{workers}"
            place.mkdir()
            with standalone_cluster(place, workers=workers, pinned=True) as master:
                found.append(in_a_process_of_its_own(master, mappings))
    print(f"{rows:,} points, {rows // 2:,} roads; seconds")
    print(f"{'':24}{'in process':>12}{'one core':>12}{'two cores':>12}{'ratio':>9}")
    for what, one in found[1].items():
        two = found[2][what]
        print(f"{what:24}{found[0][what]:12.1f}{one:12.1f}{two:12.1f}{one / two:9.2f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--run"]:
        print(json.dumps(seconds_of(sys.argv[2], sys.argv[3:])))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS)
