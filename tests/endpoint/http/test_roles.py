"""Tokens, scopes and the limits of roles; running queries, metrics and the query log."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from endpoint.http.settings import HTTPSettings, Role, token_hash
from endpoint.store.store import Store, open_store
from tests.endpoint.http.conftest import serving_store

INSERT = "INSERT DATA { <http://e/new> <http://e/p> 1 }"
ALL = "SELECT * { ?s ?p ?o }"
FOREVER = "SELECT (COUNT(*) AS ?n) { " + " ".join(f"?a{i} ?b{i} ?c{i} ." for i in range(9)) + " }"
SETTINGS = HTTPSettings(
    roles=(
        Role(max_rows=5, concurrent_queries=2, timeout_s=30, max_timeout_s=30),
        Role("reader", tokens=(token_hash("r"),)),
        Role("small", tokens=(token_hash("s"),), max_bytes=100, memory_bytes=50_000_000),
        Role("editor", frozenset({"read", "update"}), (token_hash("e"), token_hash("e2"))),
        Role("keeper", frozenset({"graph-store"}), (token_hash("k"),)),
        Role("boss", frozenset({"admin"}), (token_hash("b"),)),
    ),
)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, str]]:
    folder: Path = tmp_path_factory.mktemp("roles")
    lines = (f'<http://e/{i}> <http://e/p> "{i}" .\n' for i in range(200))
    (folder / "data.nt").write_text("".join(lines))
    with open_store(folder / "store", create=True) as store:
        store.load([folder / "data.nt"])
        with serving_store(store, SETTINGS) as address:
            yield store, address


@pytest.fixture
def at(own: tuple[Store, str]) -> str:
    return own[1]


def bearer(token: str | None) -> dict[str, str]:
    return {} if token is None else {"Authorization": f"Bearer {token}"}


def ask(at: str, query: str, token: str | None = None, **more: str) -> httpx.Response:
    parameters = {"query": query, **more}
    return httpx.get(f"{at}/sparql", params=parameters, headers=bearer(token), timeout=60)


@pytest.mark.parametrize(
    ("token", "status"),
    [(None, 401), ("r", 403), ("wrong", 401), ("e", 204), ("e2", 204), ("k", 403)],
)
def test_an_update_needs_its_scope(at: str, token: str | None, status: int) -> None:
    response = httpx.post(f"{at}/sparql", data={"update": INSERT}, headers=bearer(token))
    assert response.status_code == status
    assert ("www-authenticate" in response.headers) is (status == 401)


@pytest.mark.parametrize(("token", "status"), [(None, 401), ("e", 403), ("k", 201)])
def test_the_graph_store_needs_its_scope(at: str, token: str | None, status: int) -> None:
    headers = bearer(token) | {"Content-Type": "text/turtle"}
    url = f"{at}/store?graph=http://e/of-{token}"
    assert httpx.put(url, content=b"<s:s> <s:p> 1 .", headers=headers).status_code == status
    assert httpx.delete(url, headers=bearer("k")).status_code == (204 if status == 201 else 404)
    assert httpx.get(f"{at}/store?default", headers=bearer("k")).status_code == 403


def test_an_unknown_token_may_not_even_read(at: str) -> None:
    assert ask(at, "ASK {}", "wrong").status_code == 401
    assert ask(at, "ASK {}", "r").status_code == 200
    assert ask(at, "ASK {}").status_code == 200
    odd = {"Authorization": "Digest x"}
    assert httpx.get(f"{at}/sparql", params={"query": "ASK {}"}, headers=odd).status_code == 401


def test_basic_authentication_gives_the_token_too(at: str) -> None:
    response = httpx.post(f"{at}/sparql", data={"update": INSERT}, auth=("anyone", "e"))
    assert response.status_code == 204
    broken = {"Authorization": "Basic !!!"}
    assert httpx.get(f"{at}/sparql", params={"query": "ASK {}"}, headers=broken).status_code == 401


def test_too_many_rows_end_with_an_error(at: str) -> None:
    response = ask(at, ALL)
    assert response.status_code == 400
    assert "more than 5 rows" in response.json()["detail"]
    assert len(ask(at, ALL + " LIMIT 5").json()["results"]["bindings"]) == 5
    assert len(ask(at, ALL, "r").json()["results"]["bindings"]) >= 200


def test_too_many_bytes_end_with_an_error(at: str) -> None:
    response = ask(at, ALL, "s")
    assert response.status_code == 503
    assert "longer than 100 bytes" in response.json()["detail"]
    assert ask(at, "ASK {}", "s").status_code == 200


def test_the_timeout_parameter_is_capped(own: tuple[Store, str]) -> None:
    settings = HTTPSettings(roles=(Role(timeout_s=0.2, max_timeout_s=0.5),))
    with serving_store(own[0], settings) as address:
        for given in ({}, {"timeout": "100"}, {"timeout": "0.1"}):
            start = time.monotonic()
            response = ask(address, FOREVER, **given)
            assert response.status_code == 504
            assert time.monotonic() - start < 20
            assert "time limit" in response.json()["detail"]


def test_running_queries_are_listed_and_stopped(at: str) -> None:
    assert httpx.get(f"{at}/queries").status_code == 401
    assert httpx.get(f"{at}/queries", headers=bearer("e")).status_code == 403
    answers: list[httpx.Response] = []
    asking = threading.Thread(target=lambda: answers.append(ask(at, FOREVER)))
    asking.start()
    running = wait_for(at, 1)
    assert running[0]["text"] == FOREVER
    assert running[0]["role"] == "anonymous"
    url = f"{at}/queries/{running[0]['id']}"
    assert httpx.delete(url, headers=bearer("b")).status_code == 204
    asking.join(30)
    assert answers[0].status_code == 503
    assert "cancelled" in answers[0].json()["detail"]
    assert wait_for(at, 0) == []
    assert httpx.delete(url, headers=bearer("b")).status_code == 404


def wait_for(at: str, number: int) -> list[dict[str, object]]:
    """Wait until so many queries run."""
    end = time.monotonic() + 30
    while True:
        found = httpx.get(f"{at}/queries", headers=bearer("b")).json()
        found = [each for each in found if each["state"] == "running"]
        if len(found) == number or time.monotonic() > end:
            return found
        time.sleep(0.02)


def test_one_role_does_not_wait_for_another(at: str) -> None:
    asking = [threading.Thread(target=ask, args=(at, FOREVER)) for _ in range(3)]
    for thread in asking:
        thread.start()
    running = wait_for(at, 2)
    assert len(running) == 2
    assert ask(at, "ASK {}", "r").status_code == 200
    everything = httpx.get(f"{at}/queries", headers=bearer("b")).json()
    for each in everything:
        httpx.delete(f"{at}/queries/{each['id']}", headers=bearer("b"))
    for thread in asking:
        thread.join(30)


def test_a_long_queue_is_refused(own: tuple[Store, str]) -> None:
    settings = HTTPSettings(roles=(Role(concurrent_queries=1, timeout_s=3),), waiting_queries=1)
    statuses: list[int] = []
    with serving_store(own[0], settings) as address:
        asking = [
            threading.Thread(target=lambda: statuses.append(ask(address, FOREVER).status_code))
            for _ in range(4)
        ]
        for thread in asking:
            thread.start()
        for thread in asking:
            thread.join(60)
    assert sorted(statuses) == [503, 503, 504, 504]


def test_metrics_count(at: str) -> None:
    def counted() -> float:
        text = httpx.get(f"{at}/metrics").text
        samples = [s for f in text_string_to_metric_families(text) for s in f.samples]
        assert any(s.name == "process_resident_memory_bytes" for s in samples)
        wanted = {"kind": "query", "role": "reader", "status": "200"}
        return sum(
            s.value for s in samples if s.name == "earthgraph_requests_total" and s.labels == wanted
        )

    before = counted()
    ask(at, "ASK {}", "r")
    assert counted() == before + 1


def test_the_query_log_is_json(at: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="earthgraph.queries"):
        ask(at, "ASK { <http://e/logged> ?p ?o }", "r")
        ask(at, "SELECT nonsense", "r")
    good, bad = (json.loads(record.message) for record in caplog.records)
    assert (good["status"], good["role"], good["kind"]) == (200, "reader", "query")
    assert good["text"] == "ASK { <http://e/logged> ?p ?o }"
    assert (bad["status"], bad["error"]) == (400, "QueryError")
    assert "Bearer" not in caplog.text
