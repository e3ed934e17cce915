"""VoID (W3C Interest Group Note of 3 March 2011): what is in the store, at its well-known place."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import APIRouter, Request, Response

from endpoint.http.auth import require
from endpoint.http.description import Described, Triple, count, format_iri, write_graph
from endpoint.http.jobs import Jobs
from endpoint.http.settings import HTTPSettings
from endpoint.http.sparql import result_format
from endpoint.http.streaming import BodyStream, WrittenResponse
from endpoint.store.info import StoreInfo
from geosparql.rdf import RDF_FORMATS
from geosparql.terms import IRI, BlankNode, Literal, Term
from geosparql.vocabulary import DCAT, DCTERMS, GEO_WKT_LITERAL, RDF_TYPE, VOID

PATH = "/.well-known/void"


def void_router(about: Described, settings: HTTPSettings, jobs: Jobs) -> APIRouter:
    """Make the route of the VoID description."""
    router = APIRouter()

    async def answer(request: Request) -> Response:
        role = require(request, settings, "read")
        chosen = result_format(
            "construct", request.query_params.get("format"), request.headers.get("accept")
        )
        job = jobs.open(role, "description", "")
        root = str(request.base_url).rstrip("/")

        def write(stream: BodyStream) -> None:
            assert about.info is not None
            info = about.info()
            tag = f'W/"{info.data_version}-{chosen.name}"'
            stream.headers["ETag"] = tag
            if request.headers.get("if-none-match") == tag:
                stream.status = 304
                return
            write_graph(stream, void_triples(info, root, settings.title), chosen)

        return WrittenResponse(
            write, job=job, jobs=jobs, accept_encoding=request.headers.get("accept-encoding")
        )

    router.add_api_route(PATH, answer, methods=["GET", "HEAD"], include_in_schema=False)
    return router


def void_triples(info: StoreInfo, root: str, title: str) -> Iterator[Triple]:
    """Give the description of what is served at the address `root`."""
    dataset = IRI(f"{root}{PATH}#dataset")
    yield IRI(root + PATH), RDF_TYPE, IRI(VOID + "DatasetDescription")
    yield dataset, RDF_TYPE, IRI(VOID + "Dataset")
    yield dataset, DCTERMS + "title", Literal(title)
    yield dataset, VOID + "sparqlEndpoint", IRI(root + "/sparql")
    yield dataset, VOID + "triples", count(info.triples)
    yield dataset, VOID + "classes", count(len(info.classes))
    yield dataset, VOID + "properties", count(len(info.predicates))
    for row in RDF_FORMATS:
        yield dataset, VOID + "feature", IRI(format_iri(row.name, row.media_type))
    yield from _partitions(dataset, "class", "entities", info.classes)
    yield from _partitions(dataset, "property", "triples", info.predicates)
    for crs, _ in info.crs:
        yield dataset, DCTERMS + "conformsTo", IRI(crs)
    if info.extent is not None:
        place = BlankNode("extent")
        yield dataset, DCTERMS + "spatial", place
        yield place, RDF_TYPE, IRI(DCTERMS + "Location")
        yield place, DCAT + "bbox", Literal(_box(*info.extent), GEO_WKT_LITERAL)


def _partitions(
    dataset: Term, kind: str, counted: str, counts: tuple[tuple[Term | None, int], ...]
) -> Iterator[Triple]:
    for number, (name, amount) in enumerate(counts):
        if isinstance(name, IRI):
            part = BlankNode(f"{kind}{number}")
            yield dataset, f"{VOID}{kind}Partition", part
            yield part, VOID + kind, name
            yield part, VOID + counted, count(amount)


def _box(min_x: float, min_y: float, max_x: float, max_y: float) -> str:
    corners = ((min_x, min_y), (max_x, min_y), (max_x, max_y), (min_x, max_y), (min_x, min_y))
    return f"POLYGON (({', '.join(f'{x!r} {y!r}' for x, y in corners)}))"
