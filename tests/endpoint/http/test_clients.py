"""Clients that people use, unmodified, against a running server."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import httpx
import pytest
import rdflib
from rdflib.namespace import RDFS
from rdflib.plugins.stores.sparqlstore import SPARQLStore, SPARQLUpdateStore
from SPARQLWrapper import CSV, JSON, POST, POSTDIRECTLY, TURTLE, URLENCODED, XML, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import Unauthorized

from endpoint.http.settings import HTTPSettings, Role, token_hash
from endpoint.store.store import open_store
from tests.endpoint.http.conftest import serving_store

EX = "http://example.org/"
NAMES = f"SELECT ?s ?name {{ ?s <{EX}name> ?name }} ORDER BY ?s"


@pytest.fixture(scope="module")
def editable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a server that takes updates with the token `secret`."""
    editor = Role("editor", frozenset({"read", "update"}), (token_hash("secret"),))
    settings = HTTPSettings(roles=(Role(), editor))
    folder = tmp_path_factory.mktemp("clients")
    with (
        open_store(folder / "store", create=True) as store,
        serving_store(store, settings) as address,
    ):
        yield address


def test_sparqlwrapper_asks_in_each_format(server) -> None:
    wrapper = SPARQLWrapper(f"{server}/sparql")
    wrapper.setQuery(NAMES)
    wrapper.setReturnFormat(JSON)
    bindings = wrapper.queryAndConvert()["results"]["bindings"]
    assert [row["s"]["value"] for row in bindings] == [EX + "a", EX + "b", EX + "c"]
    wrapper.setReturnFormat(XML)
    assert len(wrapper.queryAndConvert().getElementsByTagName("result")) == 3
    wrapper.setReturnFormat(CSV)
    assert wrapper.queryAndConvert().splitlines()[0] == b"s,name"


def test_sparqlwrapper_posts(server) -> None:
    wrapper = SPARQLWrapper(f"{server}/sparql", returnFormat=JSON)
    wrapper.setMethod(POST)
    wrapper.setQuery("ASK { ?s ?p ?o }")
    assert wrapper.queryAndConvert()["boolean"] is True
    wrapper.setRequestMethod(POSTDIRECTLY)
    assert wrapper.queryAndConvert()["boolean"] is True


def test_sparqlwrapper_constructs(server) -> None:
    wrapper = SPARQLWrapper(f"{server}/sparql", returnFormat=TURTLE)
    wrapper.setQuery(f"CONSTRUCT WHERE {{ ?s <{EX}p> ?o }}")
    graph = rdflib.Graph().parse(data=wrapper.queryAndConvert(), format="turtle")
    assert len(graph) == 3


def test_rdflib_sparqlstore_reads(server) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        store = SPARQLStore(f"{server}/sparql", returnFormat="json")
        graph = rdflib.Graph(store)
        subjects = {str(row.s) for row in graph.query(NAMES)}
        assert subjects == {EX + "a", EX + "b", EX + "c"}
        assert set(graph.objects(rdflib.URIRef(EX + "c"), rdflib.URIRef(EX + "p"))) == {
            rdflib.URIRef(EX + "a")
        }


def test_curl_shaped_requests(server) -> None:
    headers = {"Accept": "text/csv", "User-Agent": "curl/8.5.0"}
    response = httpx.post(f"{server}/sparql", data={"query": NAMES}, headers=headers)
    assert response.text.splitlines()[0] == "s,name"


def test_a_layer_for_qgis(server) -> None:
    """SPARQLing Unicorn asks for ?item and ?geo by GET, and reads JSON."""
    query = """SELECT ?item ?geo WHERE {
      ?item <http://www.opengis.net/ont/geosparql#hasGeometry> ?g .
      ?g <http://www.opengis.net/ont/geosparql#asWKT> ?geo }"""
    response = httpx.get(
        f"{server}/sparql", params={"query": query}, headers={"Accept": "application/json"}
    )
    (row,) = response.json()["results"]["bindings"]
    assert row["geo"]["value"] == "POINT(1 2)"


def test_sparqlwrapper_updates(editable) -> None:
    wrapper = SPARQLWrapper(f"{editable}/sparql", f"{editable}/sparql")
    wrapper.setCredentials("anyone", "secret")
    wrapper.setMethod(POST)
    for post in (URLENCODED, POSTDIRECTLY):
        wrapper.setRequestMethod(post)
        wrapper.setQuery(f'INSERT DATA {{ <{EX}w> <{EX}{post}> "new" }}')
        wrapper.query()
        assert httpx.get(
            f"{editable}/sparql", params={"query": f"ASK {{ <{EX}w> <{EX}{post}> ?o }}"}
        ).json()["boolean"]
    wrapper.setCredentials("anyone", "wrong")
    wrapper.setQuery("CLEAR ALL")
    with pytest.raises(Unauthorized):
        wrapper.query()


def test_rdflib_sparqlupdatestore_writes(editable) -> None:
    store = SPARQLUpdateStore(
        f"{editable}/sparql",
        f"{editable}/sparql",
        headers={"Authorization": "Bearer secret"},
        returnFormat="json",
    )
    graph = rdflib.Graph(store, identifier=rdflib.URIRef(EX + "graph"))
    triple = (rdflib.URIRef(EX + "u"), RDFS.label, rdflib.Literal("Grüße", lang="de"))
    graph.add(triple)
    assert set(graph) == {triple}
    graph.remove(triple)
    assert set(graph) == set()
