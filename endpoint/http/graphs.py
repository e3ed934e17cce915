"""SPARQL 1.1 Graph Store HTTP Protocol (W3C Recommendation of 21 March 2013) at ``/store``.

A graph is named in the query (``?graph=IRI``, ``?default``) or is the address itself
(``/store/person/1``). Bodies are in any RDF syntax; a POST may bring several documents
as multipart/form-data.
"""

from __future__ import annotations

import uuid
from typing import IO, cast

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from endpoint.http.auth import require
from endpoint.http.graph_bodies import sent_documents
from endpoint.http.jobs import Jobs
from endpoint.http.requests import parameters_of
from endpoint.http.settings import HTTPSettings
from endpoint.http.sparql import begin, result_format
from endpoint.http.streaming import BodyStream, WrittenResponse
from endpoint.sparql.results import ResultFormat
from endpoint.store.graphs import (
    delete_graph,
    graph_exists,
    merge_graph,
    read_graph,
    replace_graph,
)
from endpoint.store.store import Store
from engine.protocol import Control
from geosparql.rdf import write_triples
from geosparql.vocabulary import NAMESPACES

ROOTS = ("/store", "/rdf-graph-store")
METHODS = ("GET", "HEAD", "PUT", "POST", "DELETE")


def graphs_router(store: Store, settings: HTTPSettings, jobs: Jobs) -> APIRouter:
    """Make the routes of the graph store over a store."""
    router = APIRouter()

    async def answer(request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers={"Allow": ", ".join((*METHODS, "OPTIONS"))})
        if request.method in ("GET", "HEAD"):
            return read(request, _graph_of(request))
        return await change(request)

    def read(request: Request, graph: str | None) -> Response:
        role = require(request, settings, "read")
        accept = request.headers.get("accept")
        chosen = result_format("construct", request.query_params.get("format"), accept)
        job = jobs.open(role, "graph", f"GET {graph or 'default'}")

        def write(stream: BodyStream) -> None:
            _write_graph(stream, store, graph, chosen, request, job.control)

        coding = request.headers.get("accept-encoding")
        return WrittenResponse(write, job=job, jobs=jobs, accept_encoding=coding)

    async def change(request: Request) -> Response:
        role = require(request, settings, "graph-store")
        if store.read_only:
            raise HTTPException(403, "The store was opened for reading")
        method = request.method
        new = method == "POST" and _names_none(request)
        graph = f"{_address(request)}/{uuid.uuid4()}" if new else _graph_of(request)
        documents = await sent_documents(request, settings, graph) if method != "DELETE" else None
        job = jobs.open(role, "graph", f"{method} {graph or 'default'}", role.max_timeout_s)

        def write(stream: BodyStream) -> None:
            if documents is None:
                if not delete_graph(store, graph, control=job.control).existed:
                    raise HTTPException(404, "There is no such graph")
                stream.status = 204
                return
            with documents.triples() as batches:
                put = replace_graph if method == "PUT" else merge_graph
                report = put(store, graph, batches, control=job.control)
            stream.status = 204 if report.existed else 201
            if new and graph is not None:
                stream.headers["Location"] = graph

        return WrittenResponse(write, job=job, jobs=jobs)

    for root in ROOTS:
        for path in (root, root + "/{path:path}"):
            methods = [*METHODS, "OPTIONS"]
            router.add_api_route(path, answer, methods=methods, include_in_schema=False)
    return router


def _write_graph(
    stream: BodyStream,
    store: Store,
    graph: str | None,
    chosen: ResultFormat,
    request: Request,
    control: Control,
) -> None:
    tag = f'W/"{store.data_version}-{chosen.name}"'
    stream.headers["ETag"] = tag
    if not graph_exists(store, graph):
        raise HTTPException(404, "There is no such graph")
    if request.headers.get("if-none-match") == tag:
        stream.status = 304
        return
    begin(stream, chosen)
    write_triples(
        read_graph(store, graph, control=control),
        cast(IO[bytes], stream),
        format=chosen.name,
        prefixes=NAMESPACES if chosen.name in ("ttl", "trig") else None,
    )


def _graph_of(request: Request) -> str | None:
    """Give the IRI of the graph that a request is about; None is the default graph.

    Raises
    ------
    HTTPException
        400 where it names none, or two, or one by a relative IRI.
    """
    pairs = parameters_of(request.scope["query_string"])
    named = [value for name, value in pairs if name == "graph"]
    default = any(name == "default" for name, _ in pairs)
    if request.path_params.get("path"):
        if named or default:
            raise HTTPException(400, "The address is a graph already: leave out graph and default")
        return _address(request)
    if len(named) + default != 1:
        raise HTTPException(400, "One graph is needed: ?graph=IRI or ?default")
    if named and ":" not in named[0].split("/")[0]:
        raise HTTPException(400, f"The IRI of the graph is not absolute: {named[0][:80]!r}")
    return named[0] if named else None


def _names_none(request: Request) -> bool:
    given = {name for name, _ in parameters_of(request.scope["query_string"])}
    return not request.path_params.get("path") and not given & {"graph", "default"}


def _address(request: Request) -> str:
    return str(request.url.replace(query="")).rstrip("/")
