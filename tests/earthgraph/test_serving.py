"""A server as a process of its own: how it ends."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from endpoint.http.settings import token_hash
from endpoint.sparql.engine import query
from endpoint.store.store import open_store

SETTINGS = f"""
[roles.editor]
scopes = ["read", "update"]
tokens = ["sha256:{token_hash("secret")}"]
"""
EDITOR = {"Authorization": "Bearer secret", "Content-Type": "application/sparql-update"}


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], str, Path]]:
    store, settings = tmp_path / "store", tmp_path / "server.toml"
    settings.write_text(SETTINGS)
    open_store(store, create=True).close()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = ["serve", store, "--port", port, "--config", settings]
    process = subprocess.Popen([sys.executable, "-m", "earthgraph", *map(str, words)])
    address = f"http://127.0.0.1:{port}"
    while not _answers(address):
        assert process.poll() is None
        time.sleep(0.05)
    yield process, address, store
    process.kill()
    process.wait()


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/health").status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_closes_and_publishes_the_store(
    served: tuple[subprocess.Popen[bytes], str, Path], end: signal.Signals
) -> None:
    process, address, store = served
    insert = "INSERT DATA { <http://e/s> <http://e/p> 1 }"
    assert httpx.post(f"{address}/sparql", content=insert, headers=EDITOR).is_success
    assert (store / "writing.duckdb").exists()
    process.send_signal(end)
    assert process.wait() == 0
    assert not (store / "writing.duckdb").exists()
    with open_store(store, read_only=True) as opened:
        assert query(opened.dataset(), "ASK { <http://e/s> <http://e/p> 1 }").boolean
