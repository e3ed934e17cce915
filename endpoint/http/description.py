"""SPARQL 1.1 Service Description (W3C Recommendation of 21 March 2013), made from our tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, cast

import pyarrow as pa

from endpoint.http.settings import HTTPSettings
from endpoint.sparql.results import RESULT_FORMATS, ResultFormat
from geosparql.conformance import CONFORMANCE_CLASSES
from geosparql.functions.table import FUNCTIONS
from geosparql.rdf import RDF_FORMATS, write_triples
from geosparql.term_columns import term_columns
from geosparql.terms import IRI, XSD, BlankNode, Literal, Term
from geosparql.triples import TRIPLES_SCHEMA
from geosparql.vocabulary import DCTERMS, NAMESPACES, RDF_TYPE, VOID

if TYPE_CHECKING:
    from endpoint.http.streaming import BodyStream
    from endpoint.store.info import StoreInfo

SD = "http://www.w3.org/ns/sparql-service-description#"
_FORMATS = "http://www.w3.org/ns/formats/"
_MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"
_ENTAILMENT = "http://www.w3.org/ns/entailment/"
_PREFIXES = NAMESPACES | {"sd": SD, "void": VOID, "formats": _FORMATS, "ent": _ENTAILMENT}

_REGIMES = {"none": "Simple", "rdfs": "RDFS"}
FORMAT_IRIS = {
    "json": "SPARQL_Results_JSON",
    "xml": "SPARQL_Results_XML",
    "csv": "SPARQL_Results_CSV",
    "tsv": "SPARQL_Results_TSV",
    "nt": "N-Triples",
    "nq": "N-Quads",
    "ttl": "Turtle",
    "trig": "TriG",
    "rdf": "RDF_XML",
    "jsonld": "JSON-LD",
}
"""Name of a format to its name among the W3C's IRIs of formats; others go by their media type."""

Triple = tuple[Term, str, Term]


@dataclass(frozen=True, slots=True)
class Described:
    """What is told about a service.

    Parameters
    ----------
    settings
        Its title and what it offers.
    info
        Counts the store; None where none is served.
    editable
        Whether updates are taken at all.
    federated
        Whether SERVICE is answered.
    """

    settings: HTTPSettings
    info: Callable[[], StoreInfo] | None = None
    editable: bool = False
    federated: bool = False


def write_description(
    stream: BodyStream, about: Described, endpoint: str, chosen: ResultFormat
) -> None:
    """Write the description of the service at the address `endpoint`."""
    info = about.info() if about.info else None
    write_graph(stream, service_triples(about, endpoint, info), chosen)


def write_graph(stream: BodyStream, triples: Iterable[Triple], chosen: ResultFormat) -> None:
    """Write triples that were made here in an RDF syntax."""
    text = chosen.media_type.startswith("text/")
    stream.media_type = chosen.media_type + ("; charset=utf-8" if text else "")
    stream.headers["Vary"] = "Accept"
    prefixes = {name: iri for name, iri in _PREFIXES.items() if chosen.name in ("ttl", "trig")}
    write_triples(
        [triple_batch(triples)], cast(IO[bytes], stream), format=chosen.name, prefixes=prefixes
    )


def triple_batch(triples: Iterable[Triple]) -> pa.RecordBatch:
    """Give triples as a batch of `geosparql.triples`."""
    rows = [
        (term_columns(subject)[0], predicate, *term_columns(item), None, None)
        for subject, predicate, item in triples
    ]
    columns = zip(*rows, strict=True) if rows else [()] * len(TRIPLES_SCHEMA)
    arrays = [pa.array(c, f.type) for c, f in zip(columns, TRIPLES_SCHEMA, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=TRIPLES_SCHEMA)


def service_triples(about: Described, endpoint: str, info: StoreInfo | None) -> Iterator[Triple]:
    """Give the description of a service."""
    service = BlankNode("service")
    yield service, RDF_TYPE, IRI(SD + "Service")
    yield service, SD + "endpoint", IRI(endpoint)
    yield service, DCTERMS + "title", Literal(about.settings.title)
    languages = ["SPARQL11Query", *(["SPARQL11Update"] if about.editable else [])]
    for language in languages:
        yield service, SD + "supportedLanguage", IRI(SD + language)
    if about.federated:
        yield service, SD + "feature", IRI(SD + "BasicFederatedQuery")
    for each in RESULT_FORMATS:
        yield service, SD + "resultFormat", IRI(format_iri(each.name, each.media_type))
    for row in RDF_FORMATS if about.editable else ():
        yield service, SD + "inputFormat", IRI(format_iri(row.name, row.media_type))
    yield (
        service,
        SD + "defaultEntailmentRegime",
        IRI(_ENTAILMENT + _REGIMES[about.settings.entailment]),
    )
    for conformance in CONFORMANCE_CLASSES:
        yield service, DCTERMS + "conformsTo", IRI(conformance.iri)
    yield from _function_triples(service)
    if info is not None:
        yield from _dataset_triples(service, info)


def format_iri(name: str, media_type: str) -> str:
    """Give the IRI of a format."""
    return _FORMATS + FORMAT_IRIS[name] if name in FORMAT_IRIS else _MEDIA_TYPES + media_type


def _function_triples(service: Term) -> Iterator[Triple]:
    for function in FUNCTIONS:
        kind = "Aggregate" if function.aggregate else "Function"
        for iri in function.iris:
            yield service, f"{SD}extension{kind}", IRI(iri)
            yield IRI(iri), RDF_TYPE, IRI(SD + kind)


def _dataset_triples(service: Term, info: StoreInfo) -> Iterator[Triple]:
    dataset = BlankNode("dataset")
    yield service, SD + "defaultDataset", dataset
    yield dataset, RDF_TYPE, IRI(SD + "Dataset")
    counts = dict(info.graphs)
    yield dataset, SD + "defaultGraph", BlankNode("default")
    yield from _graph_triples(BlankNode("default"), counts.pop(None, 0))
    for number, (name, triples) in enumerate(counts.items()):
        if not isinstance(name, IRI):
            continue  # a blank node names nothing outside of its document
        named, graph = BlankNode(f"named{number}"), BlankNode(f"graph{number}")
        yield dataset, SD + "namedGraph", named
        yield named, RDF_TYPE, IRI(SD + "NamedGraph")
        yield named, SD + "name", name
        yield named, SD + "graph", graph
        yield from _graph_triples(graph, triples)


def _graph_triples(graph: Term, triples: int) -> Iterator[Triple]:
    yield graph, RDF_TYPE, IRI(SD + "Graph")
    yield graph, VOID + "triples", count(triples)


def count(number: int) -> Literal:
    """Give a number as xsd:integer."""
    return Literal(str(number), XSD + "integer")
