"""What the service tells about itself: description, VoID, per-request switches."""

from __future__ import annotations

import httpx
import pytest
import rdflib
from rdflib.namespace import DCTERMS, RDF, VOID

from endpoint.http.description import SD
from endpoint.sparql.results import RESULT_FORMATS
from geosparql.functions.table import FUNCTIONS

EX = "http://example.org/"
DCAT_BBOX = rdflib.URIRef("http://www.w3.org/ns/dcat#bbox")


def described(server: str, path: str, accept: str = "text/turtle") -> rdflib.Graph:
    response = httpx.get(server + path, headers={"Accept": accept})
    assert response.status_code == 200
    return rdflib.Graph().parse(data=response.text, format=accept)


@pytest.mark.parametrize("accept", ["text/turtle", "application/n-triples", "application/rdf+xml"])
def test_the_description_is_made_from_the_tables(server: str, accept: str) -> None:
    graph = described(server, "/sparql", accept)
    service = graph.value(predicate=RDF.type, object=rdflib.URIRef(SD + "Service"))
    functions = {str(f) for f in graph.objects(service, rdflib.URIRef(SD + "extensionFunction"))}
    aggregates = {str(f) for f in graph.objects(service, rdflib.URIRef(SD + "extensionAggregate"))}
    assert functions == {iri for f in FUNCTIONS if not f.aggregate for iri in f.iris}
    assert aggregates == {iri for f in FUNCTIONS if f.aggregate for iri in f.iris}
    formats = set(graph.objects(service, rdflib.URIRef(SD + "resultFormat")))
    assert len(formats) == len(RESULT_FORMATS)
    classes = set(graph.objects(service, DCTERMS.conformsTo))
    assert len(classes) == 7
    assert all("/geosparql/1.1/conf/" in str(each) for each in classes)
    languages = set(graph.objects(service, rdflib.URIRef(SD + "supportedLanguage")))
    assert languages == {rdflib.URIRef(SD + "SPARQL11Query")}


def test_the_description_counts_graphs(server: str) -> None:
    graph = described(server, "/sparql")
    named = graph.value(predicate=rdflib.URIRef(SD + "name"), object=rdflib.URIRef(EX + "g"))
    inside = graph.value(named, rdflib.URIRef(SD + "graph"))
    assert graph.value(inside, VOID.triples) == rdflib.Literal(1)


def test_browsers_get_the_page_instead(server: str) -> None:
    accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    response = httpx.get(f"{server}/sparql", headers={"Accept": accept})
    assert response.status_code == 303
    assert httpx.get(response.headers["location"]).headers["content-type"].startswith("text/html")


def test_void_counts_and_bounds(server: str) -> None:
    graph = described(server, "/.well-known/void")
    dataset = rdflib.URIRef(f"{server}/.well-known/void#dataset")
    assert (dataset, VOID.sparqlEndpoint, rdflib.URIRef(f"{server}/sparql")) in graph
    part = graph.value(predicate=VOID.property, object=rdflib.URIRef(EX + "name"))
    assert graph.value(part, VOID.triples) == rdflib.Literal(4)
    place = graph.value(dataset, DCTERMS.spatial)
    box = str(graph.value(place, DCAT_BBOX))
    assert box.startswith("POLYGON ((1.0 2.0")


def test_void_is_not_sent_twice(server: str) -> None:
    first = httpx.get(f"{server}/.well-known/void")
    again = {"If-None-Match": first.headers["etag"]}
    second = httpx.get(f"{server}/.well-known/void", headers=again)
    assert (second.status_code, second.content) == (304, b"")
    assert httpx.get(f"{server}/store?default", headers=again).status_code in (200, 304)


def test_switches_of_one_request(server: str) -> None:
    def ask(query: str, **more: str) -> httpx.Response:
        return httpx.get(f"{server}/sparql", params={"query": query, **more})

    geo = "PREFIX geo: <http://www.opengis.net/ont/geosparql#> "
    within = geo + "ASK { ?a geo:sfEquals ?b }"
    assert ask(within).json()["boolean"] is True
    assert ask(within, rewrite="false").json()["boolean"] is False
    entailed = geo + "ASK { ?a a geo:SpatialObject }"
    assert ask(entailed).json()["boolean"] is False
    assert ask(entailed, entailment="rdfs").json()["boolean"] is True
    assert ask(entailed, entailment="owl").status_code == 400
    assert ask(entailed, rewrite="perhaps").status_code == 400
    explained = ask("SELECT * { ?s ?p ?o }", explain="true")
    assert explained.headers["content-type"].startswith("text/plain")
    assert "?s ?p ?o" in explained.text
