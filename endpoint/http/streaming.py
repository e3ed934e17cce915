"""Bodies written by library code in a thread and sent as they grow.

The library is synchronous and writes to a binary stream. Here that stream is
the response: what is written goes to the client block by block, a slow client
holds the writer back, and a client that goes away cancels the work.
"""

from __future__ import annotations

import concurrent.futures
import io
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import anyio
import anyio.from_thread
import anyio.to_thread
from fastapi.responses import Response

from endpoint.http.encoding import SMALL_BYTES, Compressor, compressor_for
from endpoint.http.jobs import Ended, Job, Jobs
from endpoint.http.status import problem, status_of
from geosparql.errors import CancelledError, LimitError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer
    from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
    from starlette.types import Receive, Scope, Send

BLOCK_BYTES = 1 << 16
GRACE_S = 1.0
"""How long after its deadline a job may still end by itself."""


class BodyStream(io.RawIOBase):
    """The write end of a response body; used in the worker thread only.

    `status`, `media_type` and `headers` may be set until the first byte is written.
    """

    def __init__(
        self, blocks: MemoryObjectSendStream[bytes], job: Job, accept_encoding: str | None
    ) -> None:
        self._blocks = blocks
        self._job = job
        self._accept_encoding = accept_encoding
        self._compressor: Compressor | None = None
        self._held = bytearray()
        self._begun = False
        self.status = 200
        self.media_type: str | None = None
        self.headers: dict[str, str] = {}
        self.written_bytes = 0

    def writable(self) -> bool:
        """Say that the stream takes bytes."""
        return True

    def write(self, data: ReadableBuffer, /) -> int:
        """Take bytes; hand a full block over and wait while the client is behind.

        Raises
        ------
        CancelledError
            Where the client has gone.
        LimitError
            Where the answer is longer than the role may ask for.
        """
        before = len(self._held)
        self._held += data
        taken = len(self._held) - before
        self.written_bytes += taken
        most = self._job.role.max_bytes
        if most is not None and self.written_bytes > most:
            raise LimitError(f"The answer is longer than {most} bytes", hint="Narrow the query")
        if len(self._held) >= BLOCK_BYTES:
            self._hand_over(last=False)
        return taken

    def finish(self) -> None:
        """Hand over what is held back: `flush` and `close` do not, for they also follow errors."""
        self._hand_over(last=True)

    def _hand_over(self, *, last: bool) -> None:
        self._job.control.check()
        block, self._held = bytes(self._held), bytearray()
        if not self._begun:
            self._begun = True
            self._choose_coding(small=last and len(block) < SMALL_BYTES)
        if self._compressor is not None:
            block = self._compressor.compress(block) + (self._compressor.flush() if last else b"")
        if not block:
            return
        try:
            anyio.from_thread.run(self._blocks.send, block)
        except (
            anyio.BrokenResourceError,
            anyio.ClosedResourceError,
            concurrent.futures.CancelledError,
        ) as error:
            raise CancelledError("The client has gone") from error

    def _choose_coding(self, *, small: bool) -> None:
        chosen = None if small else compressor_for(self._accept_encoding)
        self.headers["Vary"] = ", ".join(
            filter(None, [self.headers.get("Vary"), "Accept-Encoding"])
        )
        if chosen is not None:
            self.headers["Content-Encoding"], self._compressor = chosen


class WrittenResponse(Response):
    """A response whose body a function writes while it is sent.

    Status and headers wait for the first block, so an error raised before it
    becomes an error answer; one raised later breaks the connection off, which
    a client of chunked transfer notices. At the deadline of its job the response
    ends, whether the function can be stopped or not.

    Parameters
    ----------
    write
        Called in a thread with the body's stream: says the media type, writes, returns
        when the body is whole.
    job, jobs
        The work it is, and who admits it.
    accept_encoding
        The header of the request.
    """

    def __init__(
        self,
        write: Callable[[BodyStream], None],
        *,
        job: Job,
        jobs: Jobs,
        accept_encoding: str | None = None,
    ) -> None:
        super().__init__(None)
        self._write = write
        self._job = job
        self._jobs = jobs
        self._accept_encoding = accept_encoding
        self._started = False
        self._gone = False
        self._in_thread = False
        self._failure: Exception | None = None
        self._stream: BodyStream | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the writer and send what it writes (ASGI)."""
        sender, blocks = anyio.create_memory_object_stream[bytes](2)
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._watch, receive, tasks.cancel_scope)
                tasks.start_soon(self._expire, tasks.cancel_scope)
                tasks.start_soon(self._run, sender)
                async with blocks:
                    await self._send_blocks(blocks, scope, send)
                tasks.cancel_scope.cancel()
        except BaseException:
            self._job.control.cancelled.set()
            raise
        finally:
            if not self._in_thread:
                self._jobs.end(self._job, self._ended(self._failure or CancelledError("gone")))
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
            self._job.control.cancelled.set()  # after a HEAD there may be more to come
            await self._start(send)
            await send(_body(b"", more=False))
        elif self._started:
            raise self._failure
        else:
            await problem(self._failure, late=self._late())(scope, receive, send)

    async def _start(self, send: Send) -> None:
        if self._started or self._stream is None:
            return
        self._started = True
        stream = self._stream
        headers = Response(None, stream.status, stream.headers, stream.media_type).headers
        if stream.status not in (204, 304):
            del headers["content-length"]
        await send({"type": "http.response.start", "status": stream.status, "headers": headers.raw})

    async def _watch(self, receive: Receive, all_tasks: anyio.CancelScope) -> None:
        """Cancel the work when the client disconnects."""
        while (await receive())["type"] != "http.disconnect":
            pass
        self._gone = True
        self._job.control.cancelled.set()
        all_tasks.cancel()

    async def _expire(self, all_tasks: anyio.CancelScope) -> None:
        """End the response when the time is over and the work does not end by itself."""
        deadline = self._job.control.deadline
        if deadline is None:
            return
        await anyio.sleep(deadline + GRACE_S - time.monotonic())
        self._failure = LimitError(
            "The time limit has passed", hint="Narrow the query, or ask for more time"
        )
        self._job.control.cancelled.set()
        all_tasks.cancel()

    async def _run(self, sender: MemoryObjectSendStream[bytes]) -> None:
        """Run the writer in a thread when its turn comes; keep what it raised."""
        async with sender:
            try:
                free = await self._jobs.admit(self._job)
            except LimitError as error:
                self._failure = error
                return
            try:
                await anyio.to_thread.run_sync(
                    self._fill, sender, free, abandon_on_cancel=True, limiter=self._jobs.threads
                )
            finally:
                if not self._in_thread:
                    free()

    def _fill(self, sender: MemoryObjectSendStream[bytes], free: Callable[[], None]) -> None:
        self._in_thread = True
        failure: Exception | None = None
        try:
            self._job.control.check()
            self._stream = stream = BodyStream(sender, self._job, self._accept_encoding)
            self._write(stream)
            stream.finish()
        except Exception as error:
            failure = error
            self._failure = self._failure or error
        finally:
            free()
            self._jobs.end(self._job, self._ended(failure))

    def _ended(self, failure: Exception | None) -> Ended:
        stream = self._stream
        status = stream.status if failure is None and stream else 0
        if failure is not None:
            status = status_of(failure, late=self._late())
        return Ended(status, stream.written_bytes if stream else 0, failure)

    def _late(self) -> bool:
        deadline = self._job.control.deadline
        return deadline is not None and time.monotonic() >= deadline


def _body(block: bytes, *, more: bool) -> dict[str, object]:
    return {"type": "http.response.body", "body": block, "more_body": more}
