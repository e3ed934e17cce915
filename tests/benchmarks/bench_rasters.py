"""A class raster to regions with EWKB, beside `rasterio.features.shapes` alone.

Run by ``python -m tests.benchmarks.bench_rasters [side]``. The raster is smooth noise
in ten classes with a nodata corner, some 200 pixels a region. Each contender runs in
a process of its own, one after the other, three times in turn; the best of each counts.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import rasterio
from rasterio import features

from geotriples.mapping.logical_source import FileSource, LogicalSource
from geotriples.mapping.vocabulary import CLASS_RASTER
from geotriples.sources.table import open_source

SIDE, CLASSES, SMOOTH, RUNS = 10_000, 10, 21, 3
REFERENCES = ("class", "region", "pixel_count", "geometry")
ROOT = Path(__file__).parents[2]


def _smoothed(noise: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Give sums over a sliding square."""
    for axis in (0, 1):
        sums = np.cumsum(noise, axis=axis)
        after, before = (np.delete(sums, s, axis) for s in (np.s_[:SMOOTH], np.s_[-SMOOTH:]))
        noise = after - before
    return noise


def write_raster(path: Path, side: int) -> None:
    """Write the raster of the benchmark."""
    noise = np.random.default_rng(7).random((side + 2 * SMOOTH,) * 2)
    field = _smoothed(_smoothed(noise))[:side, :side]
    edges = np.quantile(field[::17, ::17], np.linspace(0, 1, CLASSES + 1)[1:-1])
    classes = (np.digitize(field, edges) + 1).astype(np.uint8)
    classes[: side // 20, : side // 10] = 0
    with rasterio.open(
        path, "w", driver="GTiff", height=side, width=side, count=1, dtype="uint8", nodata=0,
        crs="EPSG:3035", transform=rasterio.Affine(10, 0, 4e6, 0, -10, 3e6), tiled=True,
        compress="deflate",
    ) as dataset:  # fmt: skip
        dataset.write(classes, 1)


def _ours(path: Path) -> int:
    source = open_source(LogicalSource(FileSource(path), CLASS_RASTER, "bench"), REFERENCES)
    batches = (batch for part in source.parts.parts for batch in source.parts.read(part))
    return sum(batch.num_rows for batch in batches)


def _peer(path: Path) -> int:
    with rasterio.open(path) as dataset:
        classes, mask = dataset.read(1), dataset.read_masks(1) > 0
        return sum(1 for _ in features.shapes(classes, mask=mask, transform=dataset.transform))


CONTENDERS: dict[str, Callable[[Path], int]] = {"ours": _ours, "shapes": _peer}


def _timed(name: str, path: Path) -> dict[str, float]:
    started, cpu = time.perf_counter(), time.process_time()
    regions = CONTENDERS[name](path)
    return {
        "regions": regions, "wall_s": time.perf_counter() - started,
        "cpu_s": time.process_time() - cpu,
        "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
    }  # fmt: skip


def _run(*arguments: str) -> str:
    command = [sys.executable, "-m", "tests.benchmarks.bench_rasters", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def main() -> None:
    """Print both contenders and their ratio."""
    if sys.argv[1:2] == ["--write"]:
        write_raster(Path(sys.argv[2]), int(sys.argv[3]))
        return
    if sys.argv[1:2] == ["--only"]:
        print(json.dumps(_timed(sys.argv[2], Path(sys.argv[3]))))
        return
    side = int(sys.argv[1]) if len(sys.argv) > 1 else SIDE
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "classes.tif"
        # In a process of its own: its memory would count as that of those it starts
        _run("--write", str(path), str(side))
        runs = [
            {name: json.loads(_run("--only", name, str(path))) for name in CONTENDERS}
            for _ in range(RUNS)
        ]
    best = {name: min((run[name] for run in runs), key=lambda r: r["cpu_s"]) for name in CONTENDERS}
    assert best["ours"]["regions"] == best["shapes"]["regions"]
    print(f"{side} x {side} pixels, {best['ours']['regions']:,} regions")
    for name, found in best.items():
        print(f"{name:8} {found['wall_s']:6.1f} s  CPU {found['cpu_s']:6.1f} s  "
              f"peak {found['peak_gb']:.2f} GB")  # fmt: skip
    wall, cpu = (best["ours"][key] / best["shapes"][key] for key in ("wall_s", "cpu_s"))
    print(f"ratio    wall {wall:.2f}, CPU {cpu:.2f} (to reach: 1.5)")


if __name__ == "__main__":
    main()
