"""Servers on loopback for the federation's tests: Oxigraph, and a proxy that counts and fails."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs

import httpx
import uvicorn


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def oxigraph_server() -> Iterator[str]:
    """Run an in-memory Oxigraph server; give its address."""
    program = Path(sys.executable).with_name("oxigraph")
    command = str(program) if program.exists() else shutil.which("oxigraph")
    assert command, "the wheel `oxigraph` brings its server along"
    port = free_port()
    process = subprocess.Popen(
        [command, "serve", "--bind", f"127.0.0.1:{port}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def wait_for(address: str) -> None:
    end = time.monotonic() + 20
    while True:
        try:
            httpx.get(address, timeout=2)
            return
        except httpx.HTTPError:
            if time.monotonic() > end:
                raise
            time.sleep(0.02)


def put_turtle(address: str, turtle: str) -> None:
    response = httpx.put(
        f"{address}/store?default", content=turtle.encode(), headers={"Content-Type": "text/turtle"}
    )
    response.raise_for_status()


@contextlib.contextmanager
def serving(app: object) -> Iterator[str]:
    """Run an ASGI application on loopback in a thread; give its address."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        config = uvicorn.Config(app, log_level="critical", lifespan="off")  # type: ignore[arg-type]
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.005)
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            thread.join(10)


@dataclass
class Proxy:
    """An ASGI application that passes queries on, keeps them, and misbehaves when told to."""

    target: str
    queries: list[str] = field(default_factory=list)
    delay_s: float = 0.0
    status: int | None = None
    retry_after: str | None = None
    failures: int = 0
    longest: int | None = None
    cut: bool = False

    def forget(self) -> None:
        self.queries.clear()

    async def __call__(self, scope, receive, send) -> None:
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        query = parse_qs(body.decode()).get("query", [""])[0]
        self.queries.append(query)
        await asyncio.sleep(self.delay_s)
        if self.longest is not None and len(body) > self.longest:
            await self._reply(send, 413, b"too long", {})
        elif self.failures:
            self.failures -= 1
            headers = {"retry-after": self.retry_after} if self.retry_after else {}
            await self._reply(send, self.status or 503, b"come back later", headers)
        else:
            await self._forward(scope, body, send)

    async def _forward(self, scope, body: bytes, send) -> None:
        wanted = {b"accept", b"content-type"}
        headers = {k.decode(): v.decode() for k, v in scope["headers"] if k in wanted}
        async with httpx.AsyncClient(timeout=60) as client:
            response = await client.post(self.target, content=body, headers=headers)
        content = response.content[: len(response.content) // 2] if self.cut else response.content
        kept = {"content-type": response.headers.get("content-type", "text/plain")}
        await self._reply(send, response.status_code, content, kept)

    async def _reply(self, send, status: int, content: bytes, headers: dict[str, str]) -> None:
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": content})
