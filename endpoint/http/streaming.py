"""Bodies written by library code in a thread and sent as they grow.

The library is synchronous and writes to a binary stream. Here that stream is
the response: what is written goes to the client block by block, a slow client
holds the writer back, and a client that goes away cancels the work.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import anyio
import anyio.from_thread
import anyio.to_thread
from fastapi.responses import Response

from endpoint.http.status import problem
from geosparql.errors import CancelledError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer
    from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
    from starlette.types import Receive, Scope, Send

    from engine.protocol import Control

BLOCK_BYTES = 1 << 16


class BodyStream(io.RawIOBase):
    """The write end of a response body; used in the worker thread only.

    `media_type` and `headers` may be set until the first byte is written.
    """

    def __init__(self, blocks: MemoryObjectSendStream[bytes], control: Control) -> None:
        self._blocks = blocks
        self._control = control
        self._held = bytearray()
        self.media_type = "application/octet-stream"
        self.headers: dict[str, str] = {}

    def writable(self) -> bool:
        """Say that the stream takes bytes."""
        return True

    def write(self, data: ReadableBuffer, /) -> int:
        """Take bytes; hand a full block over and wait while the client is behind.

        Raises
        ------
        CancelledError
            Where the client has gone.
        """
        before = len(self._held)
        self._held += data
        taken = len(self._held) - before
        if len(self._held) >= BLOCK_BYTES:
            self.finish()
        return taken

    def finish(self) -> None:
        """Hand over what is held back: `flush` and `close` do not, for they also follow errors."""
        self._control.check()
        block, self._held = bytes(self._held), bytearray()
        if block:
            try:
                anyio.from_thread.run(self._blocks.send, block)
            except (anyio.BrokenResourceError, anyio.ClosedResourceError) as error:
                raise CancelledError("The client has gone") from error


class WrittenResponse(Response):
    """A response whose body a function writes while it is sent.

    Status and headers wait for the first block, so an error raised before it
    becomes an error answer; one raised later breaks the connection off, which
    a client of chunked transfer notices.

    Parameters
    ----------
    write
        Called in a thread with the body's stream: says the media type, writes, returns
        when the body is whole.
    control
        Its `cancelled` is set when the client goes away.
    limiter
        How many such threads may run at once.
    """

    def __init__(
        self,
        write: Callable[[BodyStream], None],
        *,
        control: Control,
        limiter: anyio.CapacityLimiter | None = None,
    ) -> None:
        super().__init__(None)
        self._write = write
        self._control = control
        self._limiter = limiter
        self._started = False
        self._gone = False
        self._failure: Exception | None = None
        self._stream: BodyStream | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the writer and send what it writes (ASGI)."""
        sender, blocks = anyio.create_memory_object_stream[bytes](2)
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._watch, receive)
                tasks.start_soon(self._run, sender)
                async with blocks:
                    await self._send_blocks(blocks, scope, send)
                tasks.cancel_scope.cancel()
        except BaseException:
            self._control.cancelled.set()
            raise
        await self._end(scope, receive, send)

    async def _send_blocks(
        self, blocks: MemoryObjectReceiveStream[bytes], scope: Scope, send: Send
    ) -> None:
        async for block in blocks:
            await self._start(send)
            if scope["method"] == "HEAD":
                return
            await send(_body(block, more=True))

    async def _end(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._gone:
            return
        if self._failure is None or (self._started and scope["method"] == "HEAD"):
            await self._start(send)
            await send(_body(b"", more=False))
        elif self._started:
            raise self._failure
        else:
            deadline = self._control.deadline
            late = deadline is not None and time.monotonic() >= deadline
            await problem(self._failure, late=late)(scope, receive, send)

    async def _start(self, send: Send) -> None:
        if self._started or self._stream is None:
            return
        self._started = True
        headers = Response(None, 200, self._stream.headers, self._stream.media_type).headers
        del headers["content-length"]
        await send({"type": "http.response.start", "status": 200, "headers": headers.raw})

    async def _watch(self, receive: Receive) -> None:
        """Cancel the work when the client disconnects."""
        while (await receive())["type"] != "http.disconnect":
            pass
        self._gone = True
        self._control.cancelled.set()

    async def _run(self, sender: MemoryObjectSendStream[bytes]) -> None:
        """Run the writer in a thread; keep what it raised."""
        async with sender:
            with anyio.CancelScope(shield=True):
                try:
                    await anyio.to_thread.run_sync(self._fill, sender, limiter=self._limiter)
                except Exception as error:
                    self._failure = error

    def _fill(self, sender: MemoryObjectSendStream[bytes]) -> None:
        self._control.check()
        self._stream = stream = BodyStream(sender, self._control)
        self._write(stream)
        stream.finish()


def _body(block: bytes, *, more: bool) -> dict[str, object]:
    return {"type": "http.response.body", "body": block, "more_body": more}
