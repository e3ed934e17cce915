"""W3C SPARQL 1.1 Protocol, Graph Store Protocol and Service Description, against a server."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pyoxigraph as ox
import pytest
import rdflib
from rdflib.compare import isomorphic
from rdflib.namespace import RDF

from endpoint.http.description import SD
from endpoint.store.store import Store, open_store
from tests.endpoint.http.conftest import EVERYTHING, serving_store
from tests.endpoint.http.w3c_http import HTTPCase, Sent, deprecated_cases, http_cases
from tests.endpoint.sparql.w3c import SUITE

pytestmark = pytest.mark.skipif(
    not SUITE.is_dir(), reason="the W3C suite is not beside the repository"
)
KNOWN = tomllib.loads(Path(__file__).with_name("w3c_known_failures.toml").read_text())
PREFIXES = {"/sparql/": "/sparql", "/gsp": "/store"}
# What rdflib and pyoxigraph say of result documents
RESULTS = {
    "application/sparql-results+json": ox.QueryResultsFormat.JSON,
    "application/sparql-results+xml": ox.QueryResultsFormat.XML,
}
SD_TERMS = set(
    re.findall(
        r"\w+",
        """Service Language Function Aggregate EntailmentRegime EntailmentProfile GraphCollection
        Dataset Graph NamedGraph Feature SPARQL10Query SPARQL11Query SPARQL11Update
        DereferencesURIs UnionDefaultGraph RequiresDataset EmptyGraphs BasicFederatedQuery endpoint
        feature defaultEntailmentRegime entailmentRegime defaultSupportedEntailmentProfile
        supportedEntailmentProfile extensionFunction extensionAggregate languageExtension
        supportedLanguage propertyFeature defaultDataset availableGraphs resultFormat inputFormat
        defaultGraph namedGraph name graph""",
    )
)
"""The vocabulary of the Recommendation, section 3."""


@pytest.fixture(scope="module")
def editable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, str]]:
    folder = tmp_path_factory.mktemp("w3c")
    with open_store(folder / "store", create=True) as store, serving_store(store, EVERYTHING) as at:
        yield store, at


def clear(address: str) -> None:
    httpx.post(f"{address}/sparql", data={"update": "CLEAR ALL"}).raise_for_status()


def parameters(folder: str, kind: str) -> list[object]:
    if not SUITE.is_dir():
        return []
    return [pytest.param(case, id=case.name) for case in http_cases(folder, kind)]


@pytest.mark.parametrize("case", parameters("protocol", "ProtocolTest"))
def test_protocol(case: HTTPCase, editable: tuple[Store, str]) -> None:
    run(case, editable)


@pytest.mark.parametrize("case", parameters("graph-store-protocol", "GraphStoreProtocolTest"))
def test_graph_store(case: HTTPCase, editable: tuple[Store, str]) -> None:
    run(case, editable)


def test_all_cases_are_found() -> None:
    assert len(parameters("protocol", "ProtocolTest")) == 34
    assert len(parameters("graph-store-protocol", "GraphStoreProtocolTest")) == 14
    assert len(list(deprecated_cases())) == 18


def run(case: HTTPCase, editable: tuple[Store, str]) -> None:
    store, address = editable
    clear(address)
    for name, path in case.graphs:
        store.load([path], graph=name)
    known: dict[str, str] = {}
    for sent in case.requests:
        check(send(address, sent, known), sent, known)


def send(address: str, sent: Sent, known: dict[str, str]) -> httpx.Response:
    path = sent.path
    for old, new in PREFIXES.items():
        path = path.replace(old, new, 1) if path.startswith(old) else path
    for name, value in known.items():
        path = path.replace(name, value)
    return httpx.request(sent.method, address + path, headers=sent.headers, content=sent.body)


def check(response: httpx.Response, sent: Sent, known: dict[str, str]) -> None:
    expected = sent.expected
    assert expected.allows(response.status_code), (response.status_code, response.text)
    media_type = response.headers.get("content-type", "").partition(";")[0]
    if expected.location is not None:
        known[expected.location] = response.headers["location"]
    if expected.format in ("boolean", "tabular"):
        found = ox.parse_query_results(response.content, RESULTS[media_type])
        is_boolean = isinstance(found, ox.QueryBoolean)
        assert is_boolean is (expected.format == "boolean")
        if expected.boolean is not None:
            assert bool(found) is expected.boolean
    if expected.format == "RDF":
        rdflib.Graph().parse(data=response.text, format=media_type)
    if expected.media_type is not None:
        assert response.headers["content-type"] == expected.media_type
    if expected.body is not None:
        base = str(response.url)
        ours = rdflib.Graph().parse(data=response.text, format=media_type, publicID=base)
        theirs = rdflib.Graph().parse(data=expected.body, format="turtle", publicID=base)
        assert isomorphic(ours, theirs)


@pytest.fixture(scope="module")
def run_of_deprecated(editable: tuple[Store, str]) -> dict[str, str | None]:
    """Run the older graph store set, whose cases build on each other; what went wrong by name."""
    _, address = editable
    clear(address)
    there = {
        "update": f"INSERT DATA {{ GRAPH <{address}/store/person/2.ttl> {{ <s:s> <s:p> 1 }} }}"
    }
    httpx.post(f"{address}/sparql", data=there).raise_for_status()  # "existing graph" to one case
    host, known, outcome = address.removeprefix("http://"), {"$NEWPATH$": ""}, {}
    for name, request, response in deprecated_cases():
        try:
            check_deprecated(address, host, request, response, known)
        except AssertionError as error:
            outcome[name] = str(error)
        else:
            outcome[name] = None
    return outcome


def check_deprecated(
    address: str, host: str, request: str, response: str, known: dict[str, str]
) -> None:
    for name, value in {"$HOST$": host, "$GRAPHSTORE$": "/store", **known}.items():
        request, response = request.replace(name, value), response.replace(name, value)
    head, _, body = request.partition("\n\n")
    first, *lines = head.strip().splitlines()
    method, path, _ = first.split()
    url = path if path.startswith("http") else address + path
    headers = dict(line.split(": ", 1) for line in lines if not line.startswith("Host"))
    if "multipart" in headers.get("Content-Type", ""):
        body = body.replace("\n", "\r\n")
    # The answer's place stands in a query as it is, in these tests
    url = url.replace("//store", "/store")
    found = httpx.request(method, url, headers=headers, content=body.encode())
    head, _, graph = response.partition("\n\n")
    status, *lines = head.strip().splitlines()
    wanted = int(status.split()[0])
    # A success without a body may say 200 or 204 (section 5 of the Recommendation)
    same = found.status_code == wanted or {found.status_code, wanted} <= {200, 201, 204}
    assert same, f"{found.status_code} {found.text}"
    if found.status_code == 201 and "Location" in found.headers:
        known["$NEWPATH$"] = found.headers["location"]
    if graph.strip():
        assert found.headers["content-type"] == "text/turtle; charset=utf-8"
        ours = rdflib.Graph().parse(data=found.text, format="turtle")
        assert isomorphic(ours, rdflib.Graph().parse(data=graph, format="turtle")), found.text


@pytest.mark.parametrize(
    "name", [name for name, _, _ in deprecated_cases()] if SUITE.is_dir() else []
)
def test_deprecated_graph_store(name: str, run_of_deprecated: dict[str, str | None]) -> None:
    failure = run_of_deprecated[name]
    if name in KNOWN:
        assert failure is not None, f"{name} passes now: take it out of the known failures"
        pytest.xfail(KNOWN[name])
    assert failure is None, failure


@pytest.fixture(scope="module")
def description(editable: tuple[Store, str]) -> tuple[str, rdflib.Graph]:
    endpoint = f"{editable[1]}/sparql"
    response = httpx.get(endpoint, headers={"Accept": "application/rdf+xml"})
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/rdf+xml"
    return endpoint, rdflib.Graph().parse(data=response.content, format="xml")


def test_service_description_returns_rdf(description) -> None:
    assert len(description[1]) > 100


def test_service_description_has_endpoint_triple(description) -> None:
    endpoint, graph = description
    services = set(graph.subjects(rdflib.URIRef(SD + "endpoint"), rdflib.URIRef(endpoint)))
    assert services == set(graph.subjects(RDF.type, rdflib.URIRef(SD + "Service")))
    assert len(services) == 1


def test_service_description_conforms_to_schema(description) -> None:
    _, graph = description
    used = {str(term) for triple in graph for term in triple if isinstance(term, rdflib.URIRef)}
    assert {t.removeprefix(SD) for t in used if t.startswith(SD)} <= SD_TERMS
    for dataset in graph.objects(None, rdflib.URIRef(SD + "defaultDataset")):
        assert (dataset, RDF.type, rdflib.URIRef(SD + "Dataset")) in graph
        assert len(list(graph.objects(dataset, rdflib.URIRef(SD + "defaultGraph")))) == 1
    for named in graph.objects(None, rdflib.URIRef(SD + "namedGraph")):
        assert len(list(graph.objects(named, rdflib.URIRef(SD + "name")))) == 1


def test_a_graph_name_is_decoded_once(editable: tuple[Store, str]) -> None:
    _, address = editable
    name = "http://e/%31?a=b&c"
    put = httpx.put(
        f"{address}/store?graph={quote(name, safe='')}",
        content=b"<s:s> <s:p> 1 .",
        headers={"Content-Type": "text/turtle"},
    )
    assert put.status_code == 201
    ask = f"ASK {{ GRAPH <{name}> {{ ?s ?p 1 }} }}"
    assert httpx.get(f"{address}/sparql", params={"query": ask}).json()["boolean"] is True
