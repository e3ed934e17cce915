"""Serve a store over HTTP, in the foreground or left running in the background."""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from geosparql.errors import EngineUnavailableError, StoreError

if TYPE_CHECKING:
    from earthgraph.answering import StoreAnswerer
    from earthgraph.server_settings import ServerSettings
    from endpoint.store.store import Store

START_TIMEOUT_S = 60.0
RESPONSES_END_S = 5
"""How long responses may go on when a server is told to end; their jobs are cancelled then."""
STOP_TIMEOUT_S = 20.0
KEEP_ALIVE_S = 75
EXAMPLE_QUERY = (
    "SELECT ?class (COUNT(*) AS ?n) WHERE { ?s a ?class } "
    "GROUP BY ?class ORDER BY DESC(?n) LIMIT 10"
)


@dataclass(frozen=True, slots=True)
class Started:
    """A server that runs in the background."""

    address: str
    process_id: int
    log: Path

    def greeting(self) -> str:
        """Say where it listens, two lines to try, and how to stop it."""
        return (
            f"\nThe endpoint runs at {self.address} (GeoSPARQL at /sparql, STAC at /stac). Try:\n\n"
            f"  curl -s {self.address}/sparql -H 'Accept: text/csv' --data-urlencode "
            f"'query={EXAMPLE_QUERY}'\n"
            f"  curl -s '{self.address}/stac/search?limit=2'\n\n"
            f"Stop it with: kill {self.process_id}    Its log: {self.log}"
        )


def serve_store(store: Path, host: str, port: int, config: Path | None = None) -> None:
    """Serve a store until interrupted: GeoSPARQL at ``/sparql``, STAC at ``/stac``.

    Parameters
    ----------
    store
        Its directory. It is opened for writing where the settings let a role change it.
    host, port
        Where to listen.
    config
        Server settings file; None: anybody may ask, nobody may change anything.

    Raises
    ------
    EngineUnavailableError
        Where the extra ``endpoint`` is not installed or the port is taken.
    StoreError
        Where the store cannot be opened.
    SettingsError
        Where the settings file is not valid.
    """
    try:
        import uvicorn

        from endpoint.http.app import create_app
    except ImportError as error:
        raise EngineUnavailableError(
            "Serving needs the extra 'endpoint'", hint="pip install 'earthgraph[endpoint]'"
        ) from error
    from earthgraph.server_settings import ServerSettings, read_server_settings
    from endpoint.catalogue.search import Catalogue
    from endpoint.store.store import open_store

    _refuse_taken(host, port)
    settings = ServerSettings() if config is None else read_server_settings(config)
    read_only = not settings.writable
    with (
        _terminated_as_interrupted(),
        open_store(store, read_only=read_only, limits=settings.limits) as opened,
        _answerer(opened, settings) as answerer,
        _query_log(settings.query_log),
    ):
        app = create_app(
            answerer,
            Catalogue(answerer),
            store=opened,
            editor=None if read_only else answerer,
            federated=bool(settings.service),
            settings=settings.http,
        )
        uvicorn.run(
            app,
            host=host,
            port=port,
            log_level="warning",
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=RESPONSES_END_S,
        )


@contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    """Let SIGTERM unwind the process as Ctrl-C does, so that a store is closed and published.

    The server handles the signal first: it ends its responses, then raises it again
    for the handler that it found, which by default ends the process on the spot.
    """
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _answerer(store: Store, settings: ServerSettings) -> Iterator[StoreAnswerer]:
    """Give what answers, with what SERVICE and LOAD may reach."""
    from earthgraph.answering import StoreAnswerer

    if not settings.service and not settings.load:
        yield StoreAnswerer(store)
        return
    from federation.services import Services, document_triples

    with closing(Services(settings.service)) as services:
        yield StoreAnswerer(
            store,
            load=partial(document_triples, prefixes=settings.load),
            service=services.hook if settings.service else None,
        )


@contextmanager
def _query_log(path: Path | None) -> Iterator[None]:
    """Add the lines of the query log to a file."""
    if path is None:
        yield
        return
    from endpoint.http.query_log import QUERY_LOG

    with closing(logging.FileHandler(path, encoding="utf-8")) as handler:
        QUERY_LOG.addHandler(handler)
        QUERY_LOG.setLevel(logging.INFO)
        QUERY_LOG.propagate = False
        try:
            yield
        finally:
            QUERY_LOG.removeHandler(handler)


def start_in_background(store: Path, host: str, port: int, config: Path | None = None) -> Started:
    """Start a server of its own process, wait until it answers, and leave it running.

    A server that an earlier call left running for this store is stopped first.
    """
    record, log = store.with_suffix(".server.json"), store.with_suffix(".server.log")
    _stop_earlier(record)
    _refuse_taken(host, port)
    command = [
        sys.executable,
        "-m",
        "earthgraph",
        "serve",
        str(store),
        "--host",
        host,
        "--port",
        str(port),
        *([] if config is None else ["--config", str(config)]),
    ]
    with log.open("wb") as stream:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream, start_new_session=True
        )
    started = Started(f"http://{host}:{port}", process.pid, log)
    record.write_text(json.dumps({"process_id": process.pid, "store": str(store.resolve())}))
    _wait_until_ready(started, process)
    return started


def _wait_until_ready(started: Started, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise StoreError(
                "The server ended at once", where=str(started.log),
                value=started.log.read_text(errors="replace").strip(),
            )  # fmt: skip
        try:
            with urllib.request.urlopen(f"{started.address}/health", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    process.terminate()
    raise StoreError("The server did not answer in time", where=str(started.log))


def _stop_earlier(record: Path) -> None:
    try:
        entry = json.loads(record.read_text())
        process_id, store = int(entry["process_id"]), str(entry["store"])
        command = Path(f"/proc/{process_id}/cmdline").read_bytes().decode(errors="replace")
    except (OSError, ValueError, KeyError):
        return
    # Process numbers are used again: stop only what is still our server.
    if "earthgraph" not in command or Path(store).name not in command:
        return
    os.kill(process_id, signal.SIGTERM)
    deadline = time.monotonic() + STOP_TIMEOUT_S
    while Path(f"/proc/{process_id}").exists() and time.monotonic() < deadline:
        time.sleep(0.05)


def _refuse_taken(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise EngineUnavailableError(
                f"Port {port} of {host} cannot be used ({error.strerror})",
                hint="Choose another with --port",
            ) from error
