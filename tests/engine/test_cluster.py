"""All that runs on Spark also runs on a real cluster of two workers, and through Spark Connect."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.engine.cluster import connect_server, standalone_cluster

ROOT = Path(__file__).parents[2]


@pytest.mark.spark
@pytest.mark.full
@pytest.mark.usefixtures("java")
@pytest.mark.parametrize("started", [standalone_cluster, connect_server])
def test_the_suite_passes_on(
    started: Callable[[Path], AbstractContextManager[str]], tmp_path: Path
) -> None:
    # In a process of its own: there is one Spark session in a process.
    command = [sys.executable, "-m", "pytest", "tests/engine", "-m", "spark and not full"]
    with started(tmp_path) as url:
        ended = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            cwd=ROOT,
            env=os.environ | {"EARTHGRAPH_TEST_MASTER": url},
        )
    assert ended.returncode == 0, ended.stdout[-10_000:]
    assert "[100%]" in ended.stdout
    assert "s" not in ended.stdout.split("[")[0], "nothing may be skipped"
