"""The filters beside each other: candidates, what they spare, and CPU seconds.

Run by ``python -m tests.benchmarks.bench_filters [rows]``. The grown target begins empty
and takes every box one by one, as when features arrive while links are sought.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy as np
import shapely

from engine.join_geometries import Integers, Objects
from interlink.filters.growing import GrowingTarget
from interlink.filters.table import FILTERS
from tests.benchmarks import generate

ROWS = 200_000


def grown(left: Objects, right: Objects) -> Integers:
    """Find the candidates in a target whose boxes came one after the other."""
    none = np.empty(0, dtype=np.int64)
    with GrowingTarget(none, np.empty((0, 4))) as target:
        target.add(np.arange(len(right)), shapely.bounds(right))
        return target.meeting(shapely.bounds(left))


CONTENDERS: dict[str, Callable[[Objects, Objects], Integers]] = {**FILTERS, "rtree, grown": grown}


def main(rows: int) -> None:
    """Print the table."""
    left, right = generate.polygons(rows), generate.lines(rows)
    print(f"{rows:,} polygons x {rows:,} lines: {rows * rows:,} pairs")
    print(f"{'filter':14} {'candidates':>11} {'of all pairs':>13} {'CPU s':>7}")
    found = set()
    for name, chosen in CONTENDERS.items():
        began = time.process_time()
        candidates = chosen(left, right).shape[1]
        found.add(candidates)
        share = candidates / rows**2
        print(f"{name:14} {candidates:11,} {share:13.6%} {time.process_time() - began:7.2f}")
    assert len(found) == 1, "every filter finds the same candidates"


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS)
