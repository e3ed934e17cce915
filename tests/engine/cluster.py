"""A real Spark cluster on loopback, from the pip-installed pyspark."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PATIENCE_S = 120
HOST = "127.0.0.1"


@contextmanager
def standalone_cluster(folder: Path, *, workers: int = 2) -> Iterator[str]:
    """Start a master and its workers, each in a process of its own; give the master's URL."""
    with socket.socket() as free:
        free.bind((HOST, 0))
        port = free.getsockname()[1]
    url = f"spark://{HOST}:{port}"
    log = folder / "master.log"
    place = ["--host", HOST, "--webui-port", "0"]
    started = [_start("master.Master", [*place, "--port", str(port)], log)]
    try:
        _await(log, r"New state: ALIVE", 1)
        for number in range(workers):
            share = ["--cores", "1", "--memory", "2g", "--work-dir", str(folder / "work")]
            arguments = [*place, *share, url]
            started.append(_start("worker.Worker", arguments, folder / f"worker-{number}.log"))
        _await(log, r"Registering worker", workers)
        yield url
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait()


def _start(name: str, arguments: list[str], log: Path) -> subprocess.Popen[bytes]:
    import pyspark

    home = Path(pyspark.__file__).parent
    command = [str(home / "bin" / "spark-class"), f"org.apache.spark.deploy.{name}", *arguments]
    environment = os.environ | {"SPARK_HOME": str(home), "SPARK_LOCAL_IP": HOST}
    with log.open("wb") as output:
        return subprocess.Popen(command, stdout=output, stderr=output, env=environment)


def _await(log: Path, pattern: str, times: int) -> None:
    until = time.monotonic() + PATIENCE_S
    while len(re.findall(pattern, log.read_text())) < times:
        if time.monotonic() > until:
            raise TimeoutError(f"the cluster did not start: {log.read_text()[-2_000:]}")
        time.sleep(0.2)
