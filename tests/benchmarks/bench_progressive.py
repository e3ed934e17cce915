"""How many links each order finds in a tenth of the time that verifying everything takes.

Run by ``python -m tests.benchmarks.bench_progressive [rows]``. Two sets: polygons and
lines of ordinary size, and the same with a twentieth of the polygons drawn with 5,000
vertices. Every order runs to its end once; what it had found after a tenth of the
seconds that the unordered run spent on verification is read off its curve.
"""

from __future__ import annotations

import sys

import numpy as np
import shapely

from engine.join_geometries import Geometries, Objects
from engine.protocol import Related
from interlink.progressive.order import Order
from interlink.progressive.run import Budget, Progressed, link_progressively
from interlink.progressive.weights import WEIGHTS
from tests.benchmarks import generate

ROWS = 60_000
SHARE = 0.1
CONDITION = Related(("sf_intersects",), with_matrix=True)
ORDERS = {
    "unordered": Order("given"),
    **{name: Order(name) for name in WEIGHTS},
    **{f"{name} + mbro": Order(name, "mbro", "composite") for name in ("cf", "js", "x2", "isp")},
    **{f"{name} x isp": Order(name, "isp", "hybrid") for name in ("js", "x2", "mbro")},
    "mbro, dynamic": Order("mbro", dynamic=True),
    "js, dynamic": Order("js", dynamic=True),
    "ours: likely": Order("likely"),
    "ours: cost": Order("cost"),
    "ours: cost, dynamic": Order("cost", dynamic=True),
}


def with_heavy_ones(polygons: Objects, share: float = 0.1) -> Objects:
    """Draw some of the polygons again in the same place, with 500 to 20,000 vertices."""
    rng = np.random.default_rng(generate.SEED)
    rows = rng.choice(len(polygons), int(share * len(polygons)), replace=False)
    vertices = np.exp(rng.uniform(np.log(500), np.log(20_000), len(rows)))
    result = polygons.copy()
    result[rows] = shapely.segmentize(polygons[rows], shapely.length(polygons[rows]) / vertices)
    return result


def _side(values: Objects) -> Geometries:
    return Geometries(np.arange(len(values)), values)


def _run(left: Objects, right: Objects, order: Order, budget: Budget) -> Progressed:
    return link_progressively((_side(left), _side(right)), CONDITION, order, budget)


def compare(title: str, left: Objects, right: Objects) -> None:
    """Print the table of one pair of sets."""
    results = {name: _run(left, right, order, Budget()) for name, order in ORDERS.items()}
    links = {len(found.pairs) for found in results.values()}
    assert len(links) == 1, "every order finds the same links in the end"
    total = links.pop()
    whole = float(np.median([found.curve.cpu_s[-1] for found in results.values()]))
    candidates = results["cf"].candidates
    print(
        f"\n{title}: {candidates:,} candidates, {total:,} links, {whole:.2f} CPU seconds to"
        f" verify all; recall after {SHARE:.0%} of them (also: with ordering paid), and PGR"
    )
    print(f"{'order':22} {'recall':>7} {'paid':>7} {'PGR':>6} {'order s':>8} {'all s':>7}")
    for name, found in results.items():
        curve = found.curve
        recall = curve.found_after(SHARE * whole) / total
        paid = curve.found_after(max(0.0, SHARE * whole - found.ordering_cpu_s)) / total
        print(
            f"{name:22} {recall:7.3f} {paid:7.3f} {curve.progressive_recall(total):6.3f}"
            f" {found.ordering_cpu_s:8.2f} {curve.cpu_s[-1]:7.2f}"
        )


def main(rows: int) -> None:
    """Compare on both kinds of data."""
    polygons, lines = generate.polygons(rows), generate.lines(rows)
    compare("ordinary", polygons, lines)
    compare("mixed vertex counts", with_heavy_ones(polygons), lines)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS)
