from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from endpoint.sparql import algebra as al
from engine.protocol import Control
from federation.fetch import Fetcher, Question, Rows
from federation.members import Member
from geosparql.errors import CancelledError, LimitError, MemberError
from geosparql.terms import IRI
from tests.federation.servers import Proxy, free_port, put_turtle, serving

EX = "http://example.org/"
S, V = al.Variable("s"), al.Variable("v")
PATTERN = al.BGP((al.TriplePattern(S, al.Constant(IRI(EX + "p")), V),))
DATA = f"@prefix : <{EX}> ." + "".join(f":s{n} :p {n} ." for n in range(2_500))


@pytest.fixture(scope="module")
def proxied(oxigraph: str) -> Iterator[tuple[Proxy, str]]:
    put_turtle(oxigraph, DATA)
    proxy = Proxy(f"{oxigraph}/query")
    with serving(proxy) as address:
        yield proxy, f"{address}/sparql"


@pytest.fixture
def proxy(proxied) -> Iterator[Proxy]:
    proxy = proxied[0]
    proxy.forget()
    yield proxy
    proxy.delay_s, proxy.failures, proxy.status, proxy.longest, proxy.cut = 0, 0, None, None, False
    proxy.retry_after = None


@pytest.fixture
def member(proxied) -> Member:
    return Member("things", proxied[1], timeout_s=10)


@pytest.fixture
def fetcher() -> Iterator[Fetcher]:
    fetcher = Fetcher()
    yield fetcher
    fetcher.close()


def ask(fetcher: Fetcher, question: Question, control: Control | None = None) -> list[Rows]:
    return [rows for _, rows in fetcher.all([question], control=control or Control())]


def bound(count: int) -> al.Values:
    return al.Values((S,), tuple((IRI(f"{EX}s{n}"),) for n in range(count)))


def test_an_answer_is_codes_of_terms(fetcher, member, proxy) -> None:
    (rows,) = ask(fetcher, Question(member, PATTERN, (V, S, al.Variable("none"))))
    assert rows.count == 2_500
    assert set(rows.codes[2]) == {-1}
    terms = rows.terms.lexical.to_pylist()
    lexical = {terms[v]: terms[s] for v, s, _ in zip(*rows.codes, strict=True)}
    assert lexical == {str(n): f"{EX}s{n}" for n in range(2_500)}
    assert len(proxy.queries) == 1


def test_bindings_go_in_blocks(fetcher, member, proxy) -> None:
    answers = ask(fetcher, Question(member, PATTERN, (S, V), bound(2_300)))
    assert sum(rows.count for rows in answers) == 2_300
    assert len(proxy.queries) == 3


def test_a_refused_block_is_halved(fetcher, member, proxy) -> None:
    proxy.longest = 20_000
    answers = ask(fetcher, Question(member, PATTERN, (S, V), bound(900)))
    assert sum(rows.count for rows in answers) == 900


def test_a_busy_member_is_asked_again_when_it_says(fetcher, member, proxy) -> None:
    proxy.failures, proxy.status, proxy.retry_after = 2, 429, "0"
    (rows,) = ask(fetcher, Question(member, PATTERN, (S, V)))
    assert rows.count == 2_500
    assert len(proxy.queries) == 3


def test_a_member_that_stays_busy_is_an_error(fetcher, member, proxy) -> None:
    proxy.failures, proxy.retry_after = 99, "0"
    with pytest.raises(MemberError, match=r"Member things answered with HTTP 503.*come back later"):
        ask(fetcher, Question(member, PATTERN, (S, V)))


def test_a_slow_member_is_an_error_in_its_time(fetcher, member, proxy) -> None:
    proxy.delay_s = 5
    start = time.monotonic()
    with pytest.raises(MemberError, match=r"things did not answer within 0.3 s"):
        ask(fetcher, Question(replace(member, timeout_s=0.3), PATTERN, (S, V)))
    assert time.monotonic() - start < 3


def test_a_dead_member_is_named(fetcher) -> None:
    endpoint = f"http://127.0.0.1:{free_port()}/sparql"
    with pytest.raises(MemberError, match=f"{endpoint}: Member gone cannot be reached"):
        ask(fetcher, Question(Member("gone", endpoint), PATTERN, (S, V)))


def test_half_an_answer_is_an_error(fetcher, member, proxy) -> None:
    proxy.cut = True
    with pytest.raises(MemberError, match="things sent results that cannot be read"):
        ask(fetcher, Question(member, PATTERN, (S, V)))


def test_a_page_that_is_no_endpoint_is_an_error(fetcher, oxigraph) -> None:
    with pytest.raises(MemberError, match="Member page answered with HTTP 4"):
        ask(fetcher, Question(Member("page", f"{oxigraph}/"), PATTERN, (S, V)))


def test_redirects_are_not_followed(fetcher) -> None:
    async def elsewhere(scope, receive, send) -> None:
        location = (b"location", b"http://169.254.169.254/latest")
        await send({"type": "http.response.start", "status": 307, "headers": [location]})
        await send({"type": "http.response.body", "body": b""})

    with (
        serving(elsewhere) as address,
        pytest.raises(MemberError, match=r"Member moved redirects.*169.254"),
    ):
        ask(fetcher, Question(Member("moved", address), PATTERN, (S, V)))


def test_limits_of_a_member_are_kept(fetcher, member) -> None:
    with pytest.raises(LimitError, match="more than 100 rows"):
        ask(fetcher, Question(replace(member, max_rows=100), PATTERN, (S, V)))
    with pytest.raises(LimitError, match="longer than 1000 bytes"):
        ask(fetcher, Question(replace(member, max_bytes=1_000), PATTERN, (S, V)))


def test_a_cancelled_query_does_not_wait_for_a_member(fetcher, member, proxy) -> None:
    proxy.delay_s = 3
    control = Control()
    threading.Timer(0.2, control.cancelled.set).start()
    start = time.monotonic()
    with pytest.raises(CancelledError):
        ask(fetcher, Question(member, PATTERN, (S, V)), control)
    assert time.monotonic() - start < 2


def test_the_graph_and_headers_of_a_member_are_sent(fetcher) -> None:
    seen: list[tuple[bytes, dict[bytes, bytes]]] = []

    async def app(scope, receive, send) -> None:
        body = (await receive())["body"]
        seen.append((body, dict(scope["headers"])))
        head = [(b"content-type", b"application/sparql-results+json")]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        content = b'{"head":{"vars":["s"]},"results":{"bindings":[]}}'
        await send({"type": "http.response.body", "body": content})

    with serving(app) as address:
        member = Member("m", address, graph=EX + "g", headers={"Authorization": "Bearer x"})
        assert ask(fetcher, Question(member, PATTERN, (S, V)))[0].count == 0
    body, headers = seen[0]
    assert httpx.QueryParams(body.decode())["default-graph-uri"] == EX + "g"
    assert headers[b"authorization"] == b"Bearer x"
