"""A real Spark cluster and a Spark Connect server on loopback, from the pip-installed pyspark."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PATIENCE_S = 120
HOST = "127.0.0.1"
_DEPLOY = "org.apache.spark.deploy."
_CONNECT = "org.apache.spark.sql.connect.service.SparkConnectServer"


@contextmanager
def standalone_cluster(folder: Path, *, workers: int = 2, pinned: bool = False) -> Iterator[str]:
    """Start a master and its workers, each in a process of its own; give the master's URL.

    `pinned`: each worker, and all that it starts, runs on a core of the machine of its own.
    """
    cores = sorted(os.sched_getaffinity(0))
    port = _free_port()
    url = f"spark://{HOST}:{port}"
    log = folder / "master.log"
    place = ["--host", HOST, "--webui-port", "0"]
    started = [_start(_DEPLOY + "master.Master", [*place, "--port", str(port)], log)]
    try:
        _await(log, r"New state: ALIVE", 1)
        for number in range(workers):
            share = ["--cores", "1", "--memory", "2g", "--work-dir", str(folder / "work")]
            arguments = [*place, *share, url]
            worker_log = folder / f"worker-{number}.log"
            core = cores[number % len(cores)] if pinned else None
            started.append(_start(_DEPLOY + "worker.Worker", arguments, worker_log, core))
        _await(log, r"Registering worker", workers)
        yield url
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait()


@contextmanager
def connect_server(folder: Path) -> Iterator[str]:
    """Start a Spark Connect server over two local cores; give its URL."""
    port = _free_port()
    settings = {
        "spark.connect.grpc.binding.address": HOST,
        "spark.connect.grpc.binding.port": str(port),
        "spark.driver.bindAddress": HOST,
        "spark.ui.enabled": "false",
    }
    chosen = [word for name, value in settings.items() for word in ("--conf", f"{name}={value}")]
    log = folder / "connect.log"
    submit = ["--master", "local[2]", "--driver-memory", "2g", *chosen, "--class", _CONNECT]
    server = _start(_DEPLOY + "SparkSubmit", [*submit, "spark-internal"], log)
    try:
        _await(log, r"Spark Connect server started", 1)
        yield f"sc://{HOST}:{port}"
    finally:
        server.terminate()
        server.wait()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind((HOST, 0))
        port: int = free.getsockname()[1]
    return port


def _start(
    name: str, arguments: list[str], log: Path, core: int | None = None
) -> subprocess.Popen[bytes]:
    import pyspark

    home = Path(pyspark.__file__).parent
    command = [str(home / "bin" / "spark-class"), name, *arguments]
    environment = os.environ | {
        "SPARK_HOME": str(home),
        "SPARK_LOCAL_IP": HOST,
        "PYSPARK_PYTHON": sys.executable,
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }
    with log.open("wb") as output:
        started = subprocess.Popen(command, stdout=output, stderr=output, env=environment)
    if core is not None:
        # It is a shell still, so that this holds for all threads of the program that it becomes
        os.sched_setaffinity(started.pid, {core})
    return started


def _await(log: Path, pattern: str, times: int) -> None:
    until = time.monotonic() + PATIENCE_S
    while len(re.findall(pattern, log.read_text())) < times:
        if time.monotonic() > until:
            raise TimeoutError(f"the cluster did not start: {log.read_text()[-2_000:]}")
        time.sleep(0.2)
