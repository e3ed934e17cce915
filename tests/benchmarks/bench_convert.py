"""How fast sources become RDF: ``python -m tests.benchmarks.bench_convert [rows]``.

Every contender writes N-Triples of the same source, in a process of its own. The peers'
environment is that of `tests.benchmarks.peers_environment`. Imports of the peers are
timed with them and ours are not: a second, which 1,000,000 rows make small.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyogrio
import shapely

from engine.duckdb import DuckDBEngine
from engine.functions import engine_functions
from geotriples.convert import convert
from tests.benchmarks import conversion_sources as sources
from tests.benchmarks.peers_environment import peers_python

ROWS = 1_000_000
ROOT = Path(__file__).parents[2]
PEER_SCRIPT = Path(__file__).with_name("conversion_peers.py")

Result = dict[str, float]


def ours(mapping: Path, output: Path) -> None:
    """Convert on DuckDB."""
    engine = DuckDBEngine()
    engine.register(engine_functions())
    report = convert(mapping, engine=engine, output=output)
    assert report.triples
    engine.close()


def geometry_floor(source: Path, output: Path) -> None:
    """Read with pyogrio, write the same bytes with shapely's WKT: lines and no mapping."""
    geo = "http://www.opengis.net/ont/geosparql#"
    crs = "<http://www.opengis.net/def/crs/EPSG/0/4326> "
    skip, size = 0, 65_536
    with output.open("w") as stream:
        while True:
            _, _, wkb, fields = pyogrio.raw.read(
                source, skip_features=skip, max_features=size, datetime_as_string=True
            )
            if not len(wkb):
                return
            lines = shapely.transform(shapely.from_wkb(wkb), lambda xy: xy[:, ::-1])
            texts = shapely.to_wkt(lines, rounding_precision=-1)
            for number, name, kind, wkt in zip(*fields, texts, strict=True):
                road = f"<http://example.com/road/{number}>"
                stream.write(
                    f"{road} <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> "
                    f"<http://example.com/Road> .\n"
                    f'{road} <http://example.com/name> "{name}" .\n'
                    f'{road} <http://example.com/kind> "{kind}" .\n'
                    f'{road} <{geo}asWKT> "{crs}{wkt}"^^<{geo}wktLiteral> .\n'
                )
            skip += size


HERE = {"ours": ours, "floor": geometry_floor}


def _run_here(name: str, source: Path, output: Path) -> None:
    started, cpu = time.perf_counter(), time.process_time()
    HERE[name](source, output)
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    result = {
        "seconds": time.perf_counter() - started,
        "cpu_s": time.process_time() - cpu,
        "peak_mb": int(peak[1]) / 1024 if peak else float("nan"),
    }
    sys.stderr.write("\nRESULT " + json.dumps(result))


def run_alone(command: list[str], source: Path, output: Path) -> Result:
    """Run a contender in a process of its own; its output goes afterwards."""
    ended = subprocess.run(
        [*command, str(source), str(output)], capture_output=True, text=True, cwd=ROOT, check=False
    )
    if ended.returncode or "RESULT " not in ended.stderr:
        raise RuntimeError(ended.stderr[-2000:])
    result: Result = json.loads(ended.stderr.rpartition("RESULT ")[2])
    with output.open("rb") as stream:
        blocks = iter(lambda: stream.read(1 << 24), b"")
        result["triples"] = sum(block.count(b"\n") for block in blocks)
    result["mb"] = output.stat().st_size / 1e6
    output.unlink()
    return result


def here(name: str) -> list[str]:
    """Give the command of a contender of this environment."""
    return [sys.executable, "-m", "tests.benchmarks.bench_convert", "--run", name]


def bench_csv(folder: Path, rows: int, python: str) -> None:
    """A CSV of points: six triples a row."""
    sources.points(folder / "points.csv", rows)
    mapping = folder / "points.ttl"
    mapping.write_text(sources.points_mapping(sources.csv_words))
    absolute = folder / "points-absolute.ttl"
    absolute.write_text(_absolute(mapping.read_text(), folder))
    output = folder / "out.nt"
    mine = run_alone(here("ours"), mapping, output)
    _print("CSV, earthgraph", mine, mine)
    for name, source in (("floor", folder / "points.csv"), ("maplib", folder / "points.csv"),
                         ("morph_kgc", absolute)):  # fmt: skip
        _print(f"CSV, {name}", run_alone([python, str(PEER_SCRIPT), name], source, output), mine)
    sources.points(folder / "points.csv", 10 * rows)
    _print("CSV of ten times the rows", run_alone(here("ours"), mapping, output), mine)


def bench_join(folder: Path, rows: int, python: str) -> None:
    """Two CSVs joined by equality."""
    sources.visits(folder, rows)
    mapping = folder / "join.ttl"
    mapping.write_text(sources.join_mapping(sources.csv_words))
    absolute = folder / "join-absolute.ttl"
    absolute.write_text(_absolute(mapping.read_text(), folder))
    output = folder / "out.nt"
    mine = run_alone(here("ours"), mapping, output)
    _print("join, earthgraph", mine, mine)
    peer = [python, str(PEER_SCRIPT), "morph_kgc"]
    _print("join, morph_kgc", run_alone(peer, absolute, output), mine)


def bench_vector(folder: Path, rows: int) -> None:
    """Road-like lines from two formats."""
    for file in ("roads.gpkg", "roads.shp"):
        sources.roads(folder / file, rows)
        mapping = folder / f"{file}.ttl"
        mapping.write_text(sources.roads_mapping(file))
        mine = run_alone(here("ours"), mapping, folder / "out.nt")
        _print(f"{file}, earthgraph", mine, mine)
        floor = run_alone(here("floor"), folder / file, folder / "out.nt")
        _print(f"{file}, pyogrio and to_wkt", floor, mine)


def _absolute(mapping: str, folder: Path) -> str:
    """Name the files as Morph-KGC finds them."""
    return re.sub(r'(rl:source ")', rf"\g<1>{folder}/", mapping)


def _print(what: str, result: Result, mine: Result) -> None:
    print(
        f"{what:28}{result['triples']:12,.0f}{result['mb']:9,.0f}{result['seconds']:9.2f}"
        f"{result['seconds'] / mine['seconds']:9.2f}{result['cpu_s']:9.2f}"
        f"{result['triples'] / result['cpu_s']:14,.0f}{result['peak_mb']:10,.0f}",
        flush=True,
    )


def main(rows: int, chosen: list[str]) -> None:
    """Print seconds of all, and how many times ours they are."""
    peers = peers_python() if {"csv", "join"} & set(chosen) else ""
    head = (f"{'':28}{'triples':>12}{'MB':>9}{'seconds':>9}{'x ours':>9}{'CPU s':>9}"
            f"{'triples/CPU s':>14}{'peak MB':>10}")  # fmt: skip
    print(f"{rows:,} rows\n{head}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if "csv" in chosen:
            bench_csv(folder, rows, peers)
        if "join" in chosen:
            bench_join(folder, rows, peers)
        if "vector" in chosen:
            bench_vector(folder, rows)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--run"]:
        _run_here(sys.argv[2], *map(Path, sys.argv[3:]))
    else:
        numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
        words = [word for word in sys.argv[1:] if not word.isdigit()]
        main(numbers[0] if numbers else ROWS, words or ["csv", "join", "vector"])
