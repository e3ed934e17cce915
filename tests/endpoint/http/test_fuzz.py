"""Whatever is sent, the answer is an answer: no status 500, and every error is a problem."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote, urlencode

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from endpoint.http.settings import SCOPES, HTTPSettings, Role
from endpoint.sparql.results import RESULT_FORMATS
from endpoint.store.store import open_store
from tests.endpoint.http.conftest import TRIG, TURTLE, serving_store

SHORT, LONG = 60, 3_000
EXAMPLES = settings(
    max_examples=SHORT, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
MORE = settings(EXAMPLES, max_examples=LONG)
GOOD = [
    "ASK {}",
    "SELECT * { ?s ?p ?o } LIMIT 3",
    "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }",
    "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }",
    "DESCRIBE <http://example.org/a>",
    "PREFIX geo: <http://www.opengis.net/ont/geosparql#> SELECT ?w { ?g geo:asWKT ?w }",
    "INSERT DATA { <http://e/x> <http://e/p> 1 }",
    "DELETE WHERE { <http://e/x> ?p ?o }",
    "CLEAR SILENT GRAPH <http://e/g>",
    "SELECT",
]
WORDS = r"""SELECT ASK WHERE { } ( ) * ?s ?o a . ; , FILTER OPTIONAL UNION GRAPH SERVICE VALUES
BIND AS < > <http://e/x> "x" 'y' 1 -2.5e3 true @en ^^ ^ | / ! && || = != IN NOT EXISTS MINUS
ORDER BY LIMIT OFFSET GROUP HAVING COUNT INSERT DELETE DATA LOAD CLEAR \u0000 \ud800 # %"""
TOKENS = st.sampled_from(WORDS.split())
QUERIES = (
    st.sampled_from(GOOD)
    | st.lists(TOKENS, max_size=25).map(" ".join)
    | st.text(max_size=60)
    | st.tuples(st.sampled_from(GOOD), st.text(max_size=5)).map("".join)
)
NAMES = st.sampled_from(
    ["query", "update", "default-graph-uri", "named-graph-uri", "using-graph-uri", "timeout",
     "using-named-graph-uri", "format", "rewrite", "entailment", "explain", "graph", "default", "x"]
)  # fmt: skip
VALUES = (
    QUERIES
    | st.sampled_from(
        ["http://example.org/g", "urn:x", "0", "-1", "nan", "inf", "1e999", "true", ""]
    )
    | st.sampled_from([row.name for row in RESULT_FORMATS])
)
PARAMETERS = st.lists(st.tuples(NAMES, VALUES), max_size=5)
PATHS = st.sampled_from(
    ["/sparql", "/store", "/store/a%20b", "/rdf-graph-store/x", "/.well-known/void", "/queries",
     "/queries/1", "/metrics", "/health", "/", "/api", "/stac", "/nowhere", "/sparql/"]
)  # fmt: skip
METHODS = st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])
MEDIA_TYPES = [row.media_type for row in RESULT_FORMATS] + [
    "application/sparql-query", "application/sparql-update", "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=b", "multipart/form-data", "text/turtle; charset=utf-16", "*/*",
    "text/html", "nonsense", ";;", "application/json;q=0, */*",
]  # fmt: skip
PRINTABLE = st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=20)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "Accept": st.sampled_from(MEDIA_TYPES) | PRINTABLE,
        "Content-Type": st.sampled_from(MEDIA_TYPES) | PRINTABLE,
        "Accept-Encoding": st.sampled_from(["gzip", "zstd", "identity;q=0", "*", "br"]) | PRINTABLE,
        "Content-Encoding": st.sampled_from(["gzip", "zstd", "br", "identity"]) | PRINTABLE,
        "Authorization": st.sampled_from(["Bearer x", "Basic eDp4", "Basic !"]) | PRINTABLE,
        "If-None-Match": st.just("*") | PRINTABLE,
        "Origin": st.just("http://a.example"),
    },
)
BODIES = (
    st.binary(max_size=80)
    | QUERIES.map(lambda text: text.encode(errors="replace"))
    | PARAMETERS.map(lambda pairs: urlencode(pairs, errors="replace").encode())
    | st.sampled_from(
        [TURTLE.encode(), TRIG.encode(), b"--b\r\n\r\n--b--\r\n", b"--b\r\nx", b"{}", b"<x/>"]
    )
)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp("fuzz")
    (folder / "data.ttl").write_text(TURTLE)
    anyone = Role(scopes=frozenset(SCOPES), timeout_s=5, max_timeout_s=5)
    allowed = HTTPSettings(roles=(anyone,), max_body_bytes=10_000)
    with open_store(folder / "store", create=True) as store:
        store.load([folder / "data.ttl"])
        with serving_store(store, allowed) as address, httpx.Client(base_url=address) as client:
            client.timeout = 60
            yield client


def check(
    client: httpx.Client, method: str, url: str, headers: dict[str, str], body: bytes
) -> None:
    try:
        response = client.request(method, url, headers=headers, content=body)
    except (httpx.LocalProtocolError, httpx.InvalidURL, httpx.DecodingError):
        return  # what the client itself does not send or read
    assert response.status_code < 500 or response.status_code in (502, 503, 504), response.text
    if response.status_code >= 400 and method != "HEAD" and "access-control" not in response.text:
        assert response.json()["status"] == response.status_code


def url_of(path: str, parameters: list[tuple[str, str]]) -> str:
    pairs = (f"{quote(n)}={quote(v.encode(errors='replace'))}" for n, v in parameters)
    return f"{path}?{'&'.join(pairs)}"


@EXAMPLES
@given(METHODS, PATHS, PARAMETERS, HEADERS, BODIES)
def test_any_request(client, method, path, parameters, headers, body) -> None:
    check(client, method, url_of(path, parameters), headers, body)


@EXAMPLES
@given(QUERIES, PARAMETERS, HEADERS)
def test_any_query(client, query, parameters, headers) -> None:
    headers.pop("Authorization", None)
    check(client, "GET", url_of("/sparql", [("query", query), *parameters]), headers, b"")


@EXAMPLES
@given(st.sampled_from(["PUT", "POST"]), HEADERS, BODIES)
def test_any_graph(client, method, headers, body) -> None:
    headers.pop("Authorization", None)
    check(client, method, "/store?graph=http://e/fuzzed", headers, body)


@pytest.mark.full
@MORE
@given(METHODS, PATHS, PARAMETERS, HEADERS, BODIES)
def test_very_many_requests(client, method, path, parameters, headers, body) -> None:
    check(client, method, url_of(path, parameters), headers, body)
    check(client, "POST", "/sparql", {"Content-Type": "application/sparql-query"}, body)
