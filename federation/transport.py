"""Queries to members over HTTP: bounded in time and size, and every failure names the member."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyoxigraph

from engine.protocol import Control
from federation.members import Member
from geosparql.errors import EngineUnavailableError, LimitError, MemberError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from httpx import Client, Response, Timeout

ACCEPT = "application/sparql-results+json, application/sparql-results+xml;q=0.5"
CONNECT_TIMEOUT_S = 5.0
CONNECTIONS = 16
BUSY = frozenset({429, 502, 503, 504})
_RESULT_FORMATS = {
    "application/sparql-results+json": pyoxigraph.QueryResultsFormat.JSON,
    "application/json": pyoxigraph.QueryResultsFormat.JSON,
    "application/sparql-results+xml": pyoxigraph.QueryResultsFormat.XML,
    "application/xml": pyoxigraph.QueryResultsFormat.XML,
}
ATTEMPTS = 4
FIRST_WAIT_S = 0.5
EXCERPT_BYTES = 500
BUFFER_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Reply:
    """A member's answer while it arrives: its media type and its bytes."""

    media_type: str
    stream: io.BufferedReader


def open_client() -> Client:
    """Make the HTTP client of a federation; the caller closes it.

    Redirects are not followed: only addresses in the members file are asked.

    Raises
    ------
    EngineUnavailableError
        Where httpx is not installed.
    """
    try:
        import httpx
    except ImportError as error:
        raise EngineUnavailableError(
            "A federation needs httpx", hint="pip install 'earthgraph[federation]'"
        ) from error
    limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
    return httpx.Client(limits=limits, follow_redirects=False)


def read_solutions(reply: Reply, member: Member) -> pyoxigraph.QuerySolutions:
    """Read a member's answer to a SELECT query while it arrives.

    Raises
    ------
    MemberError
        Where the answer is not SPARQL results in JSON or XML.
    """
    form = _RESULT_FORMATS.get(reply.media_type)
    if form is None:
        raise _failure(
            member,
            "answered with something else than SPARQL results",
            value=reply.media_type or None,
            hint="Is the endpoint's address right?",
        )
    try:
        found = pyoxigraph.parse_query_results(reply.stream, form)
    except (SyntaxError, ValueError) as error:
        raise broken(member, error) from error
    if isinstance(found, pyoxigraph.QueryBoolean):
        raise _failure(member, "answered a SELECT query with a boolean")
    return found


def broken(member: Member, error: Exception) -> MemberError:
    """Give the error for an answer that stops being SPARQL results in the middle."""
    return _failure(member, f"sent results that cannot be read: {error}")


@contextmanager
def ask_member(client: Client, member: Member, text: str, *, control: Control) -> Iterator[Reply]:
    """Send one query to a member's endpoint and give the answer as it arrives.

    A member that is busy (429, 502, 503, 504) is asked again after the time it
    names in Retry-After, or after growing waits, while its time lasts.

    Raises
    ------
    MemberError
        Where the member cannot be reached, is too slow, or answers with an error.
    LimitError, CancelledError
        Where `control` says stop, or the answer is over `max_bytes`.
    """
    import httpx

    end = time.monotonic() + member.timeout_s
    if control.deadline is not None:
        end = min(end, control.deadline)
    try:
        with _answered(client, member, text, end, control) as response:
            media = response.headers.get("content-type", "").partition(";")[0].strip().lower()
            body = _ReplyStream(response, member, end, control)
            yield Reply(media, io.BufferedReader(body, BUFFER_BYTES))
    except httpx.TimeoutException as error:
        control.check()
        raise _failure(member, f"did not answer within {member.timeout_s:g} s") from error
    except httpx.HTTPError as error:
        raise _failure(member, f"cannot be reached: {error}") from error


@contextmanager
def _answered(
    client: Client, member: Member, text: str, end: float, control: Control
) -> Iterator[Response]:
    """Send until an answer that is not "busy" comes, and check its status."""
    for attempt in range(ATTEMPTS):
        control.check()
        with client.stream(
            "POST",
            member.endpoint or "",
            data={"query": text, **({"default-graph-uri": member.graph} if member.graph else {})},
            headers={"Accept": ACCEPT, **member.headers},
            timeout=_timeout(end),
        ) as response:
            wait = _wait(response, attempt)
            left = end - time.monotonic()
            if response.status_code not in BUSY or attempt + 1 == ATTEMPTS or wait >= left:
                _check_status(response, member)
                yield response
                return
        _sleep(wait, control)


def _timeout(end: float) -> Timeout:
    import httpx

    left = max(end - time.monotonic(), 0.001)
    return httpx.Timeout(left, connect=min(CONNECT_TIMEOUT_S, left))


def _wait(response: Response, attempt: int) -> float:
    """Give the seconds to wait before asking again."""
    given = response.headers.get("retry-after", "")
    return float(given) if given.isdigit() else FIRST_WAIT_S * 2**attempt


def _sleep(seconds: float, control: Control) -> None:
    """Wait, but wake up where the caller cancels."""
    control.cancelled.wait(seconds)
    control.check()


def _check_status(response: Response, member: Member) -> None:
    status = response.status_code
    if status == 200:
        return
    if 300 <= status < 400:
        raise _failure(
            member,
            f"redirects (HTTP {status})",
            value=response.headers.get("location"),
            hint="Redirects are not followed: put the new address into the members file",
        )
    excerpt = next(response.iter_bytes(EXCERPT_BYTES), b"").decode(errors="replace")
    raise _failure(
        member,
        f"answered with HTTP {status}",
        value=" ".join(excerpt.split()) or None,
    )


def may_take_shorter(error: MemberError) -> bool:
    """Say whether a member that failed may answer a shorter query: it answered, or too late."""
    import httpx

    return error.__cause__ is None or isinstance(error.__cause__, httpx.ReadTimeout)


def _failure(
    member: Member, what: str, *, value: object = None, hint: str | None = None
) -> MemberError:
    return MemberError(
        f"Member {member.name} {what}", where=member.endpoint, value=value, hint=hint
    )


class _ReplyStream(io.RawIOBase):
    """The body of an answer as a binary stream that keeps to the limits."""

    def __init__(self, response: Response, member: Member, end: float, control: Control) -> None:
        self._blocks = response.iter_bytes()
        self._member = member
        self._end = end
        self._control = control
        self._held = memoryview(b"")
        self._left = member.max_bytes

    def readable(self) -> bool:
        """Say that the stream gives bytes."""
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Fill a buffer from the body."""
        if not self._held:
            self._held = memoryview(next(self._blocks, b""))
            self._check()
        target = memoryview(buffer).cast("B")
        count = min(len(target), len(self._held))
        target[:count] = self._held[:count]
        self._held = self._held[count:]
        return count

    def _check(self) -> None:
        self._control.check()
        self._left -= len(self._held)
        member = self._member
        if self._left < 0:
            raise LimitError(
                f"The answer of member {member.name} is longer than {member.max_bytes} bytes",
                where=member.endpoint,
                hint="Narrow the query or raise max_bytes in the members file",
            )
        if time.monotonic() > self._end:
            raise _failure(member, f"did not answer in full within {member.timeout_s:g} s")
