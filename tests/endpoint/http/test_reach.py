"""No request reads a file of the host or reaches its network, but what the settings list."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest

from earthgraph.server_settings import ServerSettings
from earthgraph.serving import _answerer
from endpoint.http.app import create_app
from endpoint.store.store import Store, open_store
from tests.endpoint.http.conftest import EVERYTHING, serving_store
from tests.federation.servers import oxigraph_server, put_turtle, serving

SECRET = "a-secret-of-the-host"


class Listener(BaseHTTPRequestHandler):
    """Answers with Turtle, redirects from /moved, and counts who asks."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if self.path == "/ok/moved":
            self.send_response(302)
            self.send_header("Location", "/secret")
            self.end_headers()
            return
        body = b"<http://e/loaded> <http://e/p> <rel> ."
        self.send_response(200)
        self.send_header("Content-Type", "text/turtle" if self.path != "/ok/odd" else "text/html")
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def listening() -> Iterator[tuple[str, list[str]]]:
    asked: list[str] = []
    handler = type("Handler", (Listener,), {"asked": asked})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder = tmp_path_factory.mktemp("reach")
    (folder / "secret.ttl").write_text(f'<s:s> <s:p> "{SECRET}" .')
    (folder / "secret.csv").write_text(SECRET)
    (folder / "data.nt").write_text("<http://e/a> <http://e/p> <http://e/b> .\n")
    with open_store(folder / "store", create=True) as store:
        store.load([folder / "data.nt"])
        yield store


def requests_for(folder: Path, target: str) -> Iterator[tuple[str, str]]:
    """Give operations that try to read a file or an address of the host."""
    file = folder / "secret.ttl"
    for address in (file.as_uri(), str(file), target, "ftp://127.0.0.1/x", "\\\\127.0.0.1\\x"):
        iri = address.replace("\\", "%5C").replace(" ", "%20")
        yield "query", f"SELECT * FROM <{iri}> {{ ?s ?p ?o }}"
        yield "query", f"SELECT * FROM NAMED <{iri}> {{ GRAPH ?g {{ ?s ?p ?o }} }}"
        yield "query", f"SELECT * {{ SERVICE <{iri}> {{ ?s ?p ?o }} }}"
        yield "query", f"SELECT * {{ SERVICE SILENT <{iri}> {{ ?s ?p ?o }} }}"
        yield "query", f"SELECT * {{ BIND(<{iri}> AS ?x) SERVICE ?x {{ ?s ?p ?o }} }}"
        yield "update", f"LOAD <{iri}>"
        yield "update", f"LOAD SILENT <{iri}>"
        yield "update", f"INSERT {{ ?s ?p ?o }} WHERE {{ SERVICE <{iri}> {{ ?s ?p ?o }} }}"
        yield "update", f"INSERT {{ ?s ?p ?o }} USING <{iri}> WHERE {{ ?s ?p ?o }}"
    for name in ("read_text", "read_csv", "read_blob", "glob", "getenv", "parquet_scan"):
        yield "query", f"SELECT (<{name}>('{file}') AS ?x) {{}}"
        yield "query", f"SELECT (<http://e/{name}>('{file}') AS ?x) {{}}"
    for text in (f"'; SELECT * FROM read_text('{file}'); --", "' || getenv('HOME') || '"):
        quoted = text.replace("'", "\\'")
        yield "query", f"SELECT ('{quoted}' AS ?x) {{ ?s ?p ?o FILTER(STR(?s) != '{quoted}') }}"
    yield "query", f'SELECT * {{ ?s ?p "{folder}/secret.csv" }}'


def test_nothing_of_the_host_is_read(own: Store) -> None:
    folder = own.path.parent
    with listening() as (target, asked), serving_store(own, EVERYTHING) as address:
        for kind, text in requests_for(folder, target):
            response = httpx.post(f"{address}/sparql", data={kind: text}, timeout=60)
            assert response.status_code in (200, 204, 400), (text, response.text)
            assert SECRET not in response.text
        everything = httpx.get(f"{address}/store?default").text
        assert SECRET not in everything
        for graph in ((folder / "secret.ttl").as_uri(), target):
            assert httpx.get(f"{address}/store", params={"graph": graph}).status_code == 404
        upload = {"Content-Type": "text/turtle"}
        context = f'{{"@context": "{target}/ctx", "@id": "http://e/x", "p": 1}}'.encode()
        include = (
            f'<!DOCTYPE x [<!ENTITY e SYSTEM "{(folder / "secret.csv").as_uri()}">]><x>&e;</x>'
        )
        for media, body in (
            ("application/ld+json", context),
            ("application/rdf+xml", include.encode()),
        ):
            url = f"{address}/store?graph=http://e/g"
            put = httpx.put(url, content=body, headers=upload | {"Content-Type": media})
            assert put.status_code == 400
        assert asked == []


def test_service_and_load_reach_what_is_listed(own: Store) -> None:
    with listening() as (target, asked), oxigraph_server() as oxigraph:
        put_turtle(oxigraph, '<http://e/b> <http://e/q> "far", "away"@en, 5 .')
        settings = ServerSettings(service=(f"{oxigraph}/query",), load=(f"{target}/ok/",))
        with _answerer(own, settings) as answerer:
            app = create_app(
                answerer, store=own, editor=answerer, federated=True, settings=EVERYTHING
            )
            with serving(app) as address:
                check_listed(address, oxigraph, target, asked)


def check_listed(address: str, oxigraph: str, target: str, asked: list[str]) -> None:
    def query(text: str) -> httpx.Response:
        return httpx.get(f"{address}/sparql", params={"query": text}, timeout=60)

    def update(text: str) -> int:
        return httpx.post(f"{address}/sparql", data={"update": text}, timeout=60).status_code

    far = f"SERVICE <{oxigraph}/query> {{ ?o <http://e/q> ?far }}"
    rows = query(f"SELECT * {{ ?s <http://e/p> ?o {far} }}").json()["results"]["bindings"]
    assert sorted(row["far"]["value"] for row in rows) == ["5", "away", "far"]
    other = f"SERVICE <{oxigraph}/store> {{ ?o ?q ?far }}"
    assert query(f"SELECT * {{ {other} }}").status_code == 400
    assert query(f"SELECT * {{ {other.replace('SERVICE', 'SERVICE SILENT')} }}").status_code == 200
    assert update(f"INSERT {{ ?o <http://e/copied> ?far }} WHERE {{ {far} }}") == 204
    assert query("ASK { <http://e/b> <http://e/copied> 5 }").json()["boolean"] is True
    assert update(f"LOAD <{target}/ok/data.ttl>") == 204
    assert query(f"ASK {{ <http://e/loaded> ?p <{target}/ok/rel> }}").json()["boolean"] is True
    assert asked == ["/ok/data.ttl"]
    for refused in ("/secret", "/ok/../secret", "/ok/%2e%2e/secret", "/okay"):
        assert update(f"LOAD <{target}{refused}>") == 400
    assert asked == ["/ok/data.ttl"]
    assert update(f"LOAD <{target}/ok/moved>") == 502
    assert update(f"LOAD <{target}/ok/odd>") == 502
    assert update(f"LOAD SILENT <{target}/ok/odd>") == 204
    assert "/secret" not in asked
    description = query_description(address)
    assert "BasicFederatedQuery" in description


def query_description(address: str) -> str:
    return httpx.get(f"{address}/sparql", headers={"Accept": "text/turtle"}).text
