"""Our server and Oxigraph's on loopback, and how long a request to them takes."""

from __future__ import annotations

import http.client
import json
import socket
import statistics
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ACCEPT = "application/sparql-results+json"


def our_server(store: Path, port: int) -> list[str]:
    """Give the command that serves a store of ours."""
    return [sys.executable, "-m", "earthgraph", "serve", str(store), "--port", str(port)]


def oxigraph_server(folder: Path, port: int) -> list[str]:
    """Give the command that serves a store of the peer."""
    program = str(Path(sys.executable).with_name("oxigraph"))
    return [program, "serve-read-only", "-l", str(folder), "-b", f"127.0.0.1:{port}"]


def free_port() -> int:
    """Give a port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def serving(command: Sequence[str], port: int, path: str) -> Iterator[Asker]:
    """Run a server during a ``with`` block."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        asker = Asker(port, path, process.pid)
        asker.wait_until_ready(process)
        yield asker
    finally:
        process.terminate()
        process.wait()


class Asker:
    """One client with a connection that stays open."""

    def __init__(self, port: int, path: str, process_id: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
        self._path = path
        self.process_id = process_id

    def wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        """Ask until there is an answer; raise where the server has ended."""
        while True:
            try:
                self.ask("ASK {}")
                return
            except OSError:
                self._connection.close()
                if process.poll() is not None:
                    raise
                time.sleep(0.1)

    def ask(self, text: str, accept: str = ACCEPT) -> bytes:
        """Give the body of the answer to a query."""
        query = urllib.parse.urlencode({"query": text})
        if accept != ACCEPT:
            self._connection.close()  # a server closes one that was idle meanwhile
        self._connection.request("GET", f"{self._path}?{query}", headers={"Accept": accept})
        response = self._connection.getresponse()
        body = response.read()
        if response.status != http.client.OK:
            raise RuntimeError(f"{response.status}: {body[:200]!r}")
        return body

    def update(self, text: str, token: str) -> None:
        """Send an update."""
        headers = {"Content-Type": "application/sparql-update", "Authorization": f"Bearer {token}"}
        self._connection.request("POST", self._path, text.encode(), headers)
        response = self._connection.getresponse()
        body = response.read()
        if response.status != http.client.NO_CONTENT:
            raise RuntimeError(f"{response.status}: {body[:200]!r}")

    def number(self, text: str) -> int:
        """Give the one number that a query answers."""
        (row,) = json.loads(self.ask(text))["results"]["bindings"]
        (cell,) = row.values()
        return int(cell["value"])

    def another(self) -> Asker:
        """Give another client of the same server."""
        return Asker(self._connection.port, self._path, self.process_id)

    def memory_mb(self) -> float:
        """Give the resident memory of the server."""
        status = Path(f"/proc/{self.process_id}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024

    def median(self, texts: Sequence[str]) -> tuple[float, int]:
        """Give the median seconds of a request, and the rows of all answers."""
        times, rows = [], 0
        for text in texts:
            started = time.perf_counter()
            body = self.ask(text)
            times.append(time.perf_counter() - started)
            rows += len(json.loads(body)["results"]["bindings"])
        return statistics.median(times), rows
