"""How bodies flow: early errors are answers, and a client that goes away ends the work."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import httpx
import pyarrow as pa
import pytest

from endpoint.http.app import create_app
from endpoint.http.settings import HTTPSettings, Role
from endpoint.sparql.answer import CELL, Answer
from engine.protocol import Control
from geosparql.errors import LimitError, MemberError, QueryError
from tests.federation.servers import serving

ROWS = 5_000


class Scripted:
    """An answerer whose rows come from a function; it keeps what became of each query."""

    def __init__(self, batches: Callable[[Control], Iterator[pa.RecordBatch]]) -> None:
        self._batches = batches
        self.controls: list[Control] = []
        self.closed = threading.Event()

    def query(self, text: str, *, control: Control, options: object) -> Answer:
        self.controls.append(control)
        return Answer(
            "select",
            ("x",),
            _batches=lambda: self._batches(control),
            _close=self.closed.set,
        )


def batch(rows: int = ROWS) -> pa.RecordBatch:
    cell = {"value": "x" * 100, "datatype": None, "language": None}
    return pa.RecordBatch.from_arrays([pa.array([cell] * rows, CELL)], ["x"])


def ask(address: str, **more: object) -> httpx.Response:
    parameters = {"query": "SELECT * {}", **more}
    return httpx.get(f"{address}/sparql", params=parameters, timeout=30)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (QueryError("no"), 400),
        (LimitError("too much"), 503),
        (MemberError("Member x is gone"), 502),
        (RuntimeError("secret path /etc"), 500),
    ],
)
def test_an_error_before_the_first_block_is_a_status(error, status) -> None:
    def batches(_control: Control) -> Iterator[pa.RecordBatch]:
        yield batch(1)
        raise error

    answerer = Scripted(batches)
    with serving(create_app(answerer)) as address:
        response = ask(address)
    assert response.status_code == status
    assert response.json()["status"] == status
    assert "secret" not in response.text
    assert answerer.closed.is_set()


def test_an_error_after_the_first_block_breaks_the_connection_off() -> None:
    def batches(_control: Control) -> Iterator[pa.RecordBatch]:
        yield batch()
        raise LimitError("too much")

    with (
        serving(create_app(Scripted(batches))) as address,
        pytest.raises(httpx.RemoteProtocolError),
    ):
        ask(address)


def test_time_over_is_504() -> None:
    def batches(control: Control) -> Iterator[pa.RecordBatch]:
        while True:
            control.check()
            time.sleep(0.01)
            yield batch(0)

    settings = HTTPSettings(roles=(Role(max_timeout_s=0.3),))
    with serving(create_app(Scripted(batches), settings=settings)) as address:
        start = time.monotonic()
        response = ask(address, timeout=100)
    assert response.status_code == 504
    assert time.monotonic() - start < 10


def test_rows_are_on_their_way_before_the_last_one_is_made() -> None:
    go_on = threading.Event()

    def batches(_control: Control) -> Iterator[pa.RecordBatch]:
        yield batch()
        go_on.wait(20)
        yield batch()

    with (
        serving(create_app(Scripted(batches))) as address,
        httpx.stream("GET", f"{address}/sparql", params={"query": "q"}, timeout=30) as response,
    ):
        blocks = response.iter_bytes()
        first = next(blocks)
        assert first.startswith(b"{")
        assert not go_on.is_set()
        go_on.set()
        rest = b"".join(blocks)
    assert (first + rest).count(b'"value"') == 2 * ROWS


def test_a_client_that_leaves_cancels_its_query() -> None:
    ended = threading.Event()

    def batches(control: Control) -> Iterator[pa.RecordBatch]:
        try:
            while True:
                control.check()
                yield batch()
        finally:
            ended.set()

    answerer = Scripted(batches)
    with serving(create_app(answerer)) as address:
        with httpx.stream("GET", f"{address}/sparql", params={"query": "q"}) as response:
            next(response.iter_bytes())
        assert ended.wait(20)
    assert answerer.controls[0].cancelled.is_set()
    assert answerer.closed.wait(5)


def test_a_slow_reader_holds_the_writer_back() -> None:
    made: list[int] = []

    def batches(_control: Control) -> Iterator[pa.RecordBatch]:
        for number in range(200):
            made.append(number)
            yield batch()

    with (
        serving(create_app(Scripted(batches))) as address,
        httpx.stream(
            "GET",
            f"{address}/sparql",
            params={"query": "q"},
            headers={"Accept-Encoding": "identity"},
            timeout=60,
        ) as response,
    ):
        blocks = response.iter_bytes()
        next(blocks)
        time.sleep(1.0)
        assert len(made) < 100
        for _ in blocks:
            pass
    assert len(made) == 200


def test_queries_wait_their_turn() -> None:
    running, most = [0], [0]
    lock = threading.Lock()

    def batches(_control: Control) -> Iterator[pa.RecordBatch]:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.1)
        with lock:
            running[0] -= 1
        yield batch(1)

    settings = HTTPSettings(roles=(Role(concurrent_queries=2),))
    with serving(create_app(Scripted(batches), settings=settings)) as address:
        threads = [threading.Thread(target=ask, args=(address,)) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert most[0] == 2
