"""The update evaluation cases of the W3C SPARQL 1.1 suite, read from its manifests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from tests.endpoint.sparql.solutions import canonical_quads
from tests.endpoint.sparql.w3c import MF, RDF, SUITE, ManifestGraph, path_of

UT = "http://www.w3.org/2009/sparql/tests/test-update#"
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"


@dataclass(frozen=True)
class GraphStore:
    """Documents, each with the IRI of its graph; None is the default graph."""

    documents: tuple[tuple[Path, str | None], ...]

    def quads(self) -> list[ox.Quad]:
        """Read them, with blank nodes apart."""
        store = ox.Store()
        for path, graph in self.documents:
            where = None if graph is None else ox.NamedNode(graph)
            format = ox.RdfFormat.from_extension(path.suffix.removeprefix("."))
            store.load(path=str(path), format=format, base_iri=path.as_uri(), to_graph=where)
        return list(store)

    def canonical(self) -> set[str]:
        """Give the quads in canonical form."""
        return canonical_quads(self.quads())


@dataclass(frozen=True)
class UpdateCase:
    """One update evaluation case."""

    name: str
    request: Path
    before: GraphStore
    after: GraphStore


def update_cases() -> Iterator[UpdateCase]:
    """Give the update evaluation cases."""
    for manifest in sorted(SUITE.glob("*/manifest.ttl")):
        graph = ManifestGraph(manifest)
        kind = ox.NamedNode(MF + "UpdateEvaluationTest")
        for quad in graph.store.quads_for_pattern(None, ox.NamedNode(RDF + "type"), kind):
            action = graph.one(quad.subject, MF + "action")
            yield UpdateCase(
                f"{manifest.parent.name}/{quad.subject.value.split('#')[-1]}",
                path_of(graph.one(action, UT + "request")),
                _graph_store(graph, action),
                _graph_store(graph, graph.one(quad.subject, MF + "result")),
            )


def _graph_store(graph: ManifestGraph, node: object) -> GraphStore:
    documents = [(path_of(data), None) for data in graph.all(node, UT + "data")]
    for data in graph.all(node, UT + "graphData"):
        named = graph.one(data, LABEL).value
        documents.append((path_of(graph.one(data, UT + "graph")), named))
    return GraphStore(tuple(documents))
