"""All that runs on Spark also runs on a real cluster of two workers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.engine.cluster import standalone_cluster

ROOT = Path(__file__).parents[2]


@pytest.mark.spark
@pytest.mark.full
@pytest.mark.usefixtures("java")
def test_the_suite_passes_on_a_cluster(tmp_path: Path):
    # In a process of its own: there is one Spark session in a process.
    command = [sys.executable, "-m", "pytest", "tests/engine", "-m", "spark and not full", "-q"]
    with standalone_cluster(tmp_path) as url:
        ended = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            cwd=ROOT,
            env=os.environ | {"EARTHGRAPH_TEST_MASTER": url},
        )
    assert ended.returncode == 0, ended.stdout[-10_000:]
    assert "passed" in ended.stdout
    assert "skipped" not in ended.stdout
