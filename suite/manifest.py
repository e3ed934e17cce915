"""The suite as read from its manifests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlparse

import pyoxigraph as ox

SUITE = Path(__file__).with_name("geosparql11") / "manifest.ttl"
_MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
_QT = "http://www.w3.org/2001/sw/DataAccess/tests/test-query#"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_RDFS = "http://www.w3.org/2000/01/rdf-schema#"
_SUITE = "https://w3id.org/earthgraph/geosparql-suite#"
_REGIME = "http://www.w3.org/ns/sparql-service-description#entailmentRegime"


@dataclass(frozen=True, slots=True)
class Entry:
    """One test of the suite.

    Parameters
    ----------
    iri
        Its identity in reports: the manifest and the name.
    conformance_class
        Label of the conformance class.
    name, comment
        What it is called and why it is there.
    requirement
        IRI of the requirement of the standard.
    tests
        IRIs of the functions, properties and classes it is about.
    query, result
        Files: the SPARQL query, and its answer as SPARQL JSON results.
    data
        Turtle file of the default graph, where it needs one.
    regime
        ``RDFS``, ``RIF``, or None for simple entailment.
    question, answer
        A question that the standard leaves open, and the answer that this entry
        expects. Of the entries with one question, one at least should pass.
    """

    iri: str
    conformance_class: str
    name: str
    comment: str
    requirement: str
    tests: tuple[str, ...]
    query: Path
    result: Path
    data: Path | None
    regime: str | None
    question: str | None
    answer: str | None


def read_entries(manifest: Path = SUITE) -> Iterator[Entry]:
    """Read the entries of a manifest and of those it includes, in their order."""
    graph = _Graph(manifest)
    label = graph.text(graph.base, _RDFS + "label") or manifest.parent.name
    for included in graph.items(graph.base, _MF + "include"):
        yield from read_entries(_path(included))
    for node in graph.items(graph.base, _MF + "entries"):
        yield _entry(graph, node, label)


def _entry(graph: _Graph, node: ox.NamedNode, label: str) -> Entry:
    action = graph.one(node, _MF + "action")
    data = next(graph.all(action, _QT + "data"), None)
    regime = graph.text(action, _REGIME)
    return Entry(
        iri=node.value,
        conformance_class=label,
        name=graph.text(node, _MF + "name") or "",
        comment=graph.text(node, _RDFS + "comment") or "",
        requirement=graph.text(node, _MF + "feature") or "",
        tests=tuple(term.value for term in graph.all(node, _SUITE + "tests")),
        query=_path(graph.one(action, _QT + "query")),
        result=_path(graph.one(node, _MF + "result")),
        data=None if data is None else _path(data),
        regime=regime.rpartition("/")[2] if regime else None,
        question=graph.text(node, _SUITE + "question"),
        answer=graph.text(node, _SUITE + "answer"),
    )


class _Graph:
    """A manifest as triples."""

    def __init__(self, path: Path) -> None:
        self.base = ox.NamedNode(path.resolve().as_uri())
        self.store = ox.Store()
        self.store.load(path=str(path), format=ox.RdfFormat.TURTLE, base_iri=self.base.value)

    def all(self, subject: ox.NamedNode, predicate: str) -> Iterator[ox.NamedNode]:
        for quad in self.store.quads_for_pattern(subject, ox.NamedNode(predicate), None):
            yield quad.object  # type: ignore[misc]

    def one(self, subject: ox.NamedNode, predicate: str) -> ox.NamedNode:
        return next(self.all(subject, predicate))

    def text(self, subject: ox.NamedNode, predicate: str) -> str | None:
        return next((term.value for term in self.all(subject, predicate)), None)

    def items(self, subject: ox.NamedNode, predicate: str) -> Iterator[ox.NamedNode]:
        """Give the members of an RDF list."""
        for head in self.all(subject, predicate):
            rest = head
            while rest.value != _RDF + "nil":
                yield self.one(rest, _RDF + "first")
                rest = self.one(rest, _RDF + "rest")


def _path(node: ox.NamedNode) -> Path:
    return Path(unquote(urlparse(node.value).path))
