"""SPARQL 1.1 Protocol, query operation, in-process against a real store."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ET

import anyio
import httpx
import pytest

NAMES = "PREFIX : <http://example.org/> SELECT ?s ?name { ?s :name ?name } ORDER BY ?s"
GRAPH = "PREFIX : <http://example.org/> CONSTRUCT WHERE { ?s :p ?o }"
JSON = "application/sparql-results+json"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def send(app):
    """Send one request to the application."""

    def send(method: str, url: str, **more) -> httpx.Response:
        async def run() -> httpx.Response:
            transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                return await client.request(method, url, **more)

        return anyio.run(run)

    return send


def get(send, query: str, accept: str | None = None, **parameters) -> httpx.Response:
    headers = {} if accept is None else {"Accept": accept}
    return send("GET", "/sparql", params={"query": query, **parameters}, headers=headers)


def test_three_ways_to_ask_are_one(send) -> None:
    ways = [
        get(send, NAMES),
        send("POST", "/sparql", data={"query": NAMES}),
        send(
            "POST",
            "/sparql",
            content=NAMES.encode(),
            headers={"Content-Type": "application/sparql-query; charset=UTF-8"},
        ),
    ]
    for response in ways:
        assert response.status_code == 200
        assert response.headers["content-type"] == JSON
        bindings = response.json()["results"]["bindings"]
        assert [row["name"]["value"] for row in bindings] == ["Ä", 'b, "quoted"', "c"]
        assert bindings[0]["name"]["xml:lang"] == "de"


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, JSON),
        ("*/*", JSON),
        (JSON, JSON),
        ("application/json", JSON),
        ("application/sparql-results+xml", "application/sparql-results+xml"),
        ("text/xml", "application/sparql-results+xml"),
        ("text/csv", "text/csv; charset=utf-8"),
        ("text/tab-separated-values", "text/tab-separated-values; charset=utf-8"),
        ("text/csv;q=0.1, application/sparql-results+xml;q=0.2", "application/sparql-results+xml"),
    ],
)
def test_solutions_come_as_accepted(send, accept, media_type) -> None:
    response = get(send, NAMES, accept)
    assert response.status_code == 200
    assert response.headers["content-type"] == media_type
    assert "Accept" in response.headers["vary"]


def test_solutions_are_well_formed_in_every_format(send) -> None:
    rows = list(csv.reader(io.StringIO(get(send, NAMES, "text/csv").text)))
    assert rows[0] == ["s", "name"]
    assert rows[2] == ["http://example.org/b", 'b, "quoted"']
    root = ET.fromstring(get(send, NAMES, "text/xml").text)
    assert len(root.findall(".//{*}result")) == 3
    lines = get(send, NAMES, "text/tab-separated-values").text.splitlines()
    assert lines[1] == '<http://example.org/a>\t"Ä"@de'


def test_solutions_with_a_geometry_come_as_geojson(send) -> None:
    query = """PREFIX geo: <http://www.opengis.net/ont/geosparql#>
    SELECT ?s ?wkt { ?s geo:hasGeometry/geo:asWKT ?wkt }"""
    response = get(send, query, "application/geo+json")
    assert response.headers["content-type"] == "application/geo+json"
    (feature,) = response.json()["features"]
    assert feature["geometry"] == {"type": "Point", "coordinates": [1.0, 2.0]}


def test_a_truth_value_is_answered(send) -> None:
    assert get(send, "ASK { ?s ?p ?o }").json()["boolean"] is True
    assert get(send, "ASK { ?s ?p 'none' }").json()["boolean"] is False


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, "text/turtle; charset=utf-8"),
        ("application/n-triples", "application/n-triples"),
        ("application/rdf+xml", "application/rdf+xml"),
        ("application/ld+json", "application/ld+json"),
    ],
)
def test_graphs_come_as_accepted(send, accept, media_type) -> None:
    response = get(send, GRAPH, accept)
    assert response.status_code == 200
    assert response.headers["content-type"] == media_type
    assert b"http://example.org/" in response.content


def test_the_format_parameter_wins_where_it_fits(send) -> None:
    assert get(send, NAMES, JSON, format="csv").headers["content-type"].startswith("text/csv")
    assert get(send, NAMES, "text/csv", format="ttl").headers["content-type"].startswith("text/csv")


def test_what_is_not_acceptable_is_406(send) -> None:
    response = get(send, NAMES, "image/png")
    assert response.status_code == 406
    assert "text/csv" in response.json()["detail"]


def test_the_data_set_of_the_protocol_is_used(send) -> None:
    graph = {"default-graph-uri": "http://example.org/g"}
    bindings = get(send, NAMES, **graph).json()["results"]["bindings"]
    assert [row["name"]["value"] for row in bindings] == ["in g"]


@pytest.mark.parametrize(
    ("method", "more", "status"),
    [
        ("POST", {"data": {"format": "json"}}, 400),
        ("GET", {"params": {"query": "SELECT"}}, 400),
        ("GET", {"params": [("query", NAMES), ("query", NAMES)]}, 400),
        ("GET", {"params": {"query": NAMES, "timeout": "soon"}}, 400),
        ("GET", {"params": {"query": NAMES, "timeout": "-1"}}, 400),
        ("GET", {"params": {"update": "CLEAR ALL"}}, 403),
        ("POST", {"data": {"update": "CLEAR ALL"}}, 403),
        ("POST", {"content": b"x", "headers": {"Content-Type": "text/plain"}}, 415),
        (
            "POST",
            {
                "content": NAMES.encode("utf-16"),
                "headers": {"Content-Type": "application/sparql-query; charset=UTF-16"},
            },
            415,
        ),
        (
            "POST",
            {"content": b"\xff", "headers": {"Content-Type": "application/sparql-query"}},
            400,
        ),
        ("POST", {"content": b"query=%FF", "headers": {"Content-Type": FORM}}, 400),
        ("PUT", {"content": b""}, 405),
        (
            "GET",
            {"params": {"query": "SELECT * { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }"}},
            400,
        ),
    ],
)
def test_a_bad_request_is_a_problem_that_says_so(send, method, more, status) -> None:
    response = send(method, "/sparql", **more)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["status"] == status
    assert response.json()["detail"]


def test_a_syntax_error_says_where(send) -> None:
    problem = get(send, "SELECT *\n{ ?s ?p }").json()
    assert problem["title"] == "QueryError"
    assert problem["where"].startswith("line 2")


def test_a_body_over_the_limit_is_413(store) -> None:
    from earthgraph.answering import StoreAnswerer
    from endpoint.http.app import create_app
    from endpoint.http.settings import HTTPSettings

    app = create_app(StoreAnswerer(store), settings=HTTPSettings(max_body_bytes=100))

    async def run() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.post("/sparql", data={"query": NAMES + " " * 200})

    assert anyio.run(run).status_code == 413


def test_head_gives_the_headers_of_get(send) -> None:
    response = send("HEAD", "/sparql", params={"query": NAMES})
    assert response.status_code == 200
    assert response.headers["content-type"] == JSON
    assert response.content == b""


def test_options_and_cors(send) -> None:
    response = send("OPTIONS", "/sparql")
    assert response.status_code == 204
    assert "POST" in response.headers["allow"]
    preflight = send(
        "OPTIONS",
        "/sparql",
        headers={"Origin": "http://a.example", "Access-Control-Request-Method": "POST"},
    )
    assert preflight.headers["access-control-allow-origin"] == "*"
    answer = send("GET", "/sparql", params={"query": NAMES}, headers={"Origin": "http://a.example"})
    assert answer.headers["access-control-allow-origin"] == "*"


def test_the_front_door(send) -> None:
    page = send("GET", "/")
    assert page.headers["content-type"].startswith("text/html")
    assert 'href="/sparql"' in page.text
    assert "/stac" not in page.text
    assert send("GET", "/health").json() == {"status": "ok"}
    missing = send("GET", "/nowhere")
    assert missing.status_code == 404
    assert json.loads(missing.text)["status"] == 404
