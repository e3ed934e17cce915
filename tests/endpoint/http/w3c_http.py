"""The W3C SPARQL 1.1 tests over HTTP, read from their manifests: requests and what to expect."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import rdflib
from rdflib.collection import Collection
from rdflib.namespace import RDF, RDFS, Namespace

from tests.endpoint.sparql.w3c import SUITE

MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
UT = Namespace("http://www.w3.org/2009/sparql/tests/test-update#")
HT = Namespace("http://www.w3.org/2011/http#")
CNT = Namespace("http://www.w3.org/2011/content#")
STATUS = {"OK": 200, "Created": 201, "NoContent": 204, "NotFound": 404}
DEPRECATED = "http-rdf-update"


@dataclass(frozen=True)
class Expected:
    """What a response must be; None: anything."""

    statuses: tuple[str, ...]
    boolean: bool | None = None
    format: str | None = None
    location: str | None = None
    media_type: str | None = None
    body: str | None = None

    def allows(self, status: int) -> bool:
        return any(
            status == STATUS.get(s) or s == f"StatusCode{status // 100}xx" for s in self.statuses
        )


@dataclass(frozen=True)
class Sent:
    """One request; `path` begins with the prefix that the manifest uses."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    expected: Expected


@dataclass(frozen=True)
class HTTPCase:
    name: str
    requests: tuple[Sent, ...]
    graphs: tuple[tuple[str, Path], ...] = ()


def http_cases(folder: str, kind: str) -> Iterator[HTTPCase]:
    """Give the cases of a folder, those that its lists of entries leave out as well."""
    for manifest in sorted((SUITE / folder).glob("manifest*.ttl")):
        graph = rdflib.Graph().parse(manifest, format="turtle")
        for entry in sorted(graph.subjects(RDF.type, MF[kind])):
            action = graph.value(entry, MF.action)
            if action is not None:
                requests = _items(graph, graph.value(action, HT.requests))
                yield HTTPCase(
                    str(entry).split("#")[-1],
                    tuple(_sent(graph, node) for node in requests),
                    tuple(_graphs(graph, entry)),
                )


def _graphs(graph: rdflib.Graph, entry: rdflib.term.Node) -> Iterator[tuple[str, Path]]:
    for data in graph.objects(entry, UT.graphData):
        path = Path(str(graph.value(data, UT.graph)).removeprefix("file://"))
        yield str(graph.value(data, RDFS.label)), path


def _items(graph: rdflib.Graph, head: rdflib.term.Node | None) -> list[rdflib.term.Node]:
    return [] if head is None else list(Collection(graph, head))


def _headers(graph: rdflib.Graph, node: rdflib.term.Node) -> dict[str, str]:
    return {
        str(graph.value(header, HT.fieldName)): str(graph.value(header, HT.fieldValue))
        for header in _items(graph, graph.value(node, HT.headers))
    }


def _body(graph: rdflib.Graph, node: rdflib.term.Node) -> tuple[str, str] | None:
    body = graph.value(node, HT.body)
    if body is None:
        return None
    return str(graph.value(body, CNT.chars)), str(graph.value(body, CNT.characterEncoding))


def _sent(graph: rdflib.Graph, node: rdflib.term.Node) -> Sent:
    response = graph.value(node, HT.resp)
    body, answered = _body(graph, node), _body(graph, response)
    truth, format_ = (graph.value(response, MF[n]) for n in ("expectedBoolean", "expectedFormat"))
    location = graph.value(response, MF.expectedLocation)
    return Sent(
        str(graph.value(node, HT.methodName)),
        str(graph.value(node, HT.absolutePath)),
        _headers(graph, node),
        b"" if body is None else body[0].encode(body[1]),
        Expected(
            tuple(str(s).split("#")[-1] for s in graph.objects(response, MF.expectedStatus)),
            None if truth is None else bool(truth.toPython()),
            None if format_ is None else str(format_),
            None if location is None else str(location),
            _headers(graph, response).get("content-type"),
            None if answered is None else answered[0],
        ),
    )


def deprecated_cases() -> Iterator[tuple[str, str, str]]:
    """Give name, request and response text of the older graph store set, in its order."""
    graph = rdflib.Graph().parse(SUITE / DEPRECATED / "manifest.ttl", format="turtle")
    (manifest,) = graph.subjects(RDF.type, MF.Manifest)
    for entry in _items(graph, graph.value(manifest, MF.entries)):
        for comment in graph.objects(entry, RDFS.comment):
            parts = re.split(r"#### (?:Request|Response)\n", str(comment))
            if len(parts) == 3:
                request, response = (
                    re.sub(r"(?m)^    ", "", part).strip("\n") for part in parts[1:]
                )
                yield str(entry).split("#")[-1], request, response
