"""The W3C SPARQL 1.1 suite, read from its manifests."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

SUITE = (
    Path(__file__).parents[3].parent / "shared" / "suites" / "w3c-sparql11" / "sparql" / "sparql11"
)
MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
QT = "http://www.w3.org/2001/sw/DataAccess/tests/test-query#"
RS = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
SD = "http://www.w3.org/ns/sparql-service-description#"
ENTAILMENT = "http://www.w3.org/ns/entailment/"
_RESULTS = {
    ".srx": ox.QueryResultsFormat.XML,
    ".srj": ox.QueryResultsFormat.JSON,
    ".tsv": ox.QueryResultsFormat.TSV,
}


@dataclass(frozen=True)
class Case:
    """One case of a manifest."""

    name: str
    kind: str
    query: Path
    data: tuple[Path, ...] = ()
    named: tuple[Path, ...] = ()
    result: Path | None = None
    has_service: bool = False
    entailment: frozenset[str] = frozenset()
    """Entailment regimes under which the answer is the expected one; none: as the triples stand."""


def cases(*folders: str) -> Iterator[Case]:
    """Give the query cases of folders, of all where none is named."""
    for manifest in sorted(SUITE.glob("*/manifest.ttl")):
        if not folders or manifest.parent.name in folders:
            yield from _cases(manifest)


def _cases(manifest: Path) -> Iterator[Case]:
    graph = ManifestGraph(manifest)
    for quad in graph.store.quads_for_pattern(None, ox.NamedNode(MF + "action"), None):
        entry, action = quad.subject, quad.object
        kind = graph.one(entry, RDF + "type").value.removeprefix(MF)
        name = f"{manifest.parent.name}/{entry.value.split('#')[-1].split('/')[-1]}"
        if "SyntaxTest" in kind:
            yield Case(name, kind, path_of(action))
        if kind in ("QueryEvaluationTest", "CSVResultFormatTest"):
            yield Case(
                name,
                kind,
                path_of(graph.one(action, QT + "query")),
                tuple(map(path_of, graph.all(action, QT + "data"))),
                tuple(map(path_of, graph.all(action, QT + "graphData"))),
                path_of(graph.one(entry, MF + "result")),
                bool(list(graph.all(action, QT + "serviceData"))),
                frozenset(graph.members(action, SD + "entailmentRegime", ENTAILMENT)),
            )


class ManifestGraph:
    """The triples of a manifest or of a result, by their nodes."""

    def __init__(self, path: Path) -> None:
        self.store = ox.Store()
        self.store.load(path=str(path), format=ox.RdfFormat.TURTLE, base_iri=path.as_uri())

    def all(self, subject: object, predicate: str) -> Iterator[object]:
        for quad in self.store.quads_for_pattern(subject, ox.NamedNode(predicate), None):
            yield quad.object

    def members(self, subject: object, predicate: str, namespace: str) -> Iterator[str]:
        """Give the local names of a value, or of the members of a list."""
        waiting = list(self.all(subject, predicate))
        while waiting:
            node = waiting.pop()
            if isinstance(node, ox.BlankNode):
                waiting += self.all(node, RDF + "first")
                waiting += self.all(node, RDF + "rest")
            elif node.value.startswith(namespace):
                yield node.value.removeprefix(namespace)

    def one(self, subject: object, predicate: str) -> object:
        return next(self.all(subject, predicate))


def path_of(node: object) -> Path:
    return Path(node.value.removeprefix("file://"))


def expected(path: Path) -> bool | list[dict[str, object]] | list[ox.Triple]:
    """Read an expected result: a truth value, solutions, or a graph."""
    if path.suffix in _RESULTS:
        return results_read(path.read_bytes(), path.suffix)
    graph = _graph_of(path)
    sets = list(
        graph.store.quads_for_pattern(
            None, ox.NamedNode(RDF + "type"), ox.NamedNode(RS + "ResultSet")
        )
    )
    if not sets:
        return [quad.triple for quad in graph.store]
    return [
        {
            graph.one(b, RS + "variable").value: graph.one(b, RS + "value")
            for b in graph.all(solution, RS + "binding")
        }
        for solution in graph.all(sets[0].subject, RS + "solution")
    ]


def results_read(data: bytes, suffix: str) -> bool | list[dict[str, object]]:
    """Read a result document, by the file suffix of its format."""
    found = ox.parse_query_results(io.BytesIO(data), format=_RESULTS[suffix])
    if isinstance(found, ox.QueryBoolean):
        return bool(found)
    names = [v.value for v in found.variables]
    return [{n: s[n] for n in names if s[n] is not None} for s in found]


def _graph_of(path: Path) -> ManifestGraph:
    graph = ManifestGraph.__new__(ManifestGraph)
    graph.store = ox.Store()
    format = ox.RdfFormat.from_extension(path.suffix.removeprefix("."))
    graph.store.load(path=str(path), format=format, base_iri=path.as_uri())
    return graph
