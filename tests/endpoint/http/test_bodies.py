"""Bodies: compressed both ways, HEAD, OPTIONS and CORS everywhere, memory that stays bounded."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import zstandard

from endpoint.store.store import open_store
from tests.endpoint.http.conftest import EVERYTHING, serving_store

ROWS = 20_000
ALL = "SELECT * { ?s ?p ?o }"


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("bodies")
    lines = (f'<http://e/{i}> <http://e/p> "text number {i}" .\n' for i in range(ROWS))
    (folder / "data.nt").write_text("".join(lines))
    with open_store(folder / "store", create=True) as store:
        store.load([folder / "data.nt"])
        with serving_store(store, EVERYTHING) as address:
            yield address


def raw(at: str, query: str, coding: str) -> tuple[httpx.Headers, bytes]:
    headers = {"Accept-Encoding": coding}
    with httpx.stream("GET", f"{at}/sparql", params={"query": query}, headers=headers) as response:
        return response.headers, b"".join(response.iter_raw())


@pytest.mark.parametrize(
    ("asked", "coding"),
    [("gzip", "gzip"), ("zstd", "zstd"), ("gzip, zstd", "zstd"), ("gzip;q=1, zstd;q=0.1", "gzip")],
)
def test_answers_are_compressed_as_asked(at: str, asked: str, coding: str) -> None:
    headers, body = raw(at, ALL, asked)
    assert headers["content-encoding"] == coding
    assert headers["vary"].startswith("Accept, Accept-Encoding")
    plain = (
        gzip.decompress(body)
        if coding == "gzip"
        else zstandard.ZstdDecompressor().decompressobj().decompress(body)
    )
    assert len(json.loads(plain)["results"]["bindings"]) == ROWS
    assert len(body) < len(plain) / 4


@pytest.mark.parametrize("asked", ["", "identity", "br", "gzip;q=0", "identity, gzip;q=0.5"])
def test_other_answers_are_not_compressed(at: str, asked: str) -> None:
    headers, body = raw(at, ALL, asked)
    assert "content-encoding" not in headers
    assert len(json.loads(body)["results"]["bindings"]) == ROWS


def test_a_short_answer_is_not_worth_it(at: str) -> None:
    assert "content-encoding" not in raw(at, "ASK {}", "gzip, zstd")[0]


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_what_is_sent_may_be_compressed(at: str, coding: str) -> None:
    def packed(data: bytes) -> bytes:
        return gzip.compress(data) if coding == "gzip" else zstandard.compress(data)

    headers = {"Content-Encoding": coding, "Content-Type": "application/sparql-query"}
    response = httpx.post(f"{at}/sparql", content=packed(b"ASK {}"), headers=headers)
    assert response.json()["boolean"] is True
    graph = f"{at}/store/{coding}"
    headers["Content-Type"] = "text/turtle"
    assert httpx.put(graph, content=packed(b"<s:s> <s:p> 1 ."), headers=headers).status_code == 201
    assert "s:p" in httpx.get(graph).text
    assert httpx.put(graph, content=b"nonsense", headers=headers).status_code == 400
    bomb = packed(b" " * 20_000_000)
    headers["Content-Type"] = "application/sparql-query"
    assert httpx.post(f"{at}/sparql", content=bomb, headers=headers).status_code == 413
    headers["Content-Encoding"] = "br"
    assert httpx.post(f"{at}/sparql", content=b"", headers=headers).status_code == 415


@pytest.mark.parametrize(
    "path",
    ["/sparql?query=ASK{}", "/sparql", "/store?default", "/", "/health", "/.well-known/void"],
)
def test_head_is_get_without_a_body(at: str, path: str) -> None:
    get, head = httpx.get(at + path), httpx.head(at + path)
    assert (head.status_code, head.content) == (get.status_code, b"")
    assert head.headers["content-type"] == get.headers["content-type"]


@pytest.mark.parametrize(
    ("path", "method"),
    [("/sparql", "POST"), ("/store", "PUT"), ("/store/x", "DELETE"), ("/queries/1", "DELETE")],
)
def test_pages_of_other_origins_may_ask(at: str, path: str, method: str) -> None:
    headers = {
        "Origin": "http://a.example",
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization, content-type",
    }
    preflight = httpx.options(at + path, headers=headers)
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert "authorization" in preflight.headers["access-control-allow-headers"]
    refused = httpx.request("PUT", f"{at}/sparql", headers={"Origin": "http://a.example"})
    assert refused.status_code == 405
    assert refused.headers["access-control-allow-origin"] == "*"
    assert httpx.options(f"{at}/store").headers["allow"].startswith("GET")


def test_a_multipart_graph_needs_its_boundary(at: str) -> None:
    for header in ("multipart/form-data", "multipart/form-data; boundary=b"):
        sent = httpx.post(f"{at}/store/m", content=b"x", headers={"Content-Type": header})
        assert sent.status_code == 400


GROWTH = """
import sys
from pathlib import Path
import httpx
from tests.endpoint.http.conftest import serving_store
from endpoint.store.store import open_store

def memory() -> int:
    return int(Path("/proc/self/status").read_text().partition("VmRSS:")[2].split()[0])

query = {"query": "SELECT * { ?s ?p ?o . ?t ?q ?u } LIMIT %d"}
with open_store(Path(sys.argv[1]), read_only=True) as store, serving_store(store) as address:
    def drain(rows: int) -> int:
        sent = 0
        text = {"query": query["query"] % rows}
        with httpx.stream("GET", f"{address}/sparql", params=text, timeout=300) as response:
            assert response.status_code == 200
            for block in response.iter_raw():
                sent += len(block)
        return sent
    drain(50_000)
    before = memory()
    drain(400_000)
    print(memory() - before)
"""


def test_a_large_answer_does_not_fill_the_memory(at: str, tmp_path: Path) -> None:
    """400,000 rows are 130 MB of JSON; the server and its client live in one process here."""
    (tmp_path / "data.nt").write_text(
        "".join(f'<http://e/{i}> <http://e/p> "{i}" .\n' for i in range(2000))
    )
    with open_store(tmp_path / "store", create=True) as store:
        store.load([tmp_path / "data.nt"])
    root = Path(__file__).parents[3]
    command = [sys.executable, "-c", GROWTH, str(tmp_path / "store")]
    shown = subprocess.run(command, capture_output=True, text=True, check=True, cwd=root)
    assert int(shown.stdout) < 50_000
