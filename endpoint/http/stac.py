"""STAC API 1.0.0 under ``/stac``: reads a request, calls the catalogue, gives its document."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from endpoint.catalogue import stac
from endpoint.catalogue.item_search import ItemSearch, from_body, from_parameters
from endpoint.http.auth import require
from endpoint.http.jobs import Jobs
from endpoint.http.requests import parameters_of, read_body
from endpoint.http.settings import HTTPSettings
from endpoint.http.streaming import BodyStream, WrittenResponse
from engine.protocol import Control

if TYPE_CHECKING:
    from endpoint.catalogue.search import Catalogue

Make = Callable[[Control], stac.Document]
Found = TypeVar("Found")


def stac_router(catalogue: Catalogue, settings: HTTPSettings, jobs: Jobs) -> APIRouter:
    """Make the routes of ``/stac`` over a catalogue."""
    router = APIRouter(prefix="/stac")

    def document(request: Request, media_type: str, make: Make) -> WrittenResponse:
        """Answer with a document that is made in a thread, within the time of a query."""
        job = jobs.open(require(request, settings, "read"), "stac", str(request.url.path))

        def write(stream: BodyStream) -> None:
            found = make(job.control)
            stream.media_type = media_type
            stream.write(json.dumps(found, ensure_ascii=False, allow_nan=False).encode())

        coding = request.headers.get("accept-encoding")
        return WrittenResponse(write, job=job, jobs=jobs, accept_encoding=coding)

    def get(path: str, media_type: str = stac.JSON) -> Callable[[Route], Route]:
        def add(route: Route) -> Route:
            async def answer(request: Request) -> Response:
                return document(request, media_type, lambda c: route(request, c))

            router.add_api_route(path, answer, methods=["GET"], name=route.__name__)
            router.add_api_route(path, answer, methods=["HEAD"], include_in_schema=False)
            return route

        return add

    @get("/")
    def landing(request: Request, control: Control) -> stac.Document:
        collections = catalogue.collections(control=control)
        return stac.landing_page(_root(request), settings.title, collections)

    @get("/conformance")
    def conformance(_request: Request, _control: Control) -> stac.Document:
        return {"conformsTo": list(stac.CONFORMANCE)}

    @get("/queryables", stac.SCHEMA_JSON)
    @get("/collections/{collection_id}/queryables", stac.SCHEMA_JSON)
    def queryables(request: Request, control: Control) -> stac.Document:
        schemes = catalogue.concept_schemes(control=control)
        return stac.queryables_document(str(request.url), schemes)

    @get("/collections")
    def collections(request: Request, control: Control) -> stac.Document:
        return stac.collections_document(_root(request), catalogue.collections(control=control))

    @get("/collections/{collection_id}")
    def collection(request: Request, control: Control) -> stac.Document:
        name = request.path_params["collection_id"]
        found = _known(catalogue.collection(name, control=control), "collection", name)
        return stac.collection_document(_root(request), found)

    @get("/collections/{collection_id}/items", stac.GEOJSON)
    def items(request: Request, control: Control) -> stac.Document:
        name = request.path_params["collection_id"]
        _known(catalogue.collection(name, control=control), "collection", name)
        return _search_get(request, control, ("collections", name))

    @get("/collections/{collection_id}/items/{item_id}", stac.GEOJSON)
    def item(request: Request, control: Control) -> stac.Document:
        name, item_id = request.path_params["collection_id"], request.path_params["item_id"]
        found = _known(catalogue.item(name, item_id, control=control), "item", item_id)
        return stac.item_document(_root(request), found)

    @get("/search", stac.GEOJSON)
    def search(request: Request, control: Control) -> stac.Document:
        return _search_get(request, control)

    def _search_get(request: Request, control: Control, *fixed: tuple[str, str]) -> stac.Document:
        given = parameters_of(request.scope["query_string"])
        for name, value in fixed:
            # Clients that came by a search name the collection again.
            given = [pair for pair in given if pair != (name, value)]
        page = catalogue.search(from_parameters([*given, *fixed]), control=control)
        links = [stac.link("self", str(request.url), stac.GEOJSON)]
        if page.next_token is not None:
            address = str(request.url.replace(query=""))
            links.append(stac.next_link_get(address, given, page.next_token))
        return stac.page_document(_root(request), page, links)

    @router.post("/search")
    async def search_post(request: Request) -> Response:
        search = _body_search(await read_body(request, settings.max_body_bytes))

        def make(control: Control) -> stac.Document:
            page = catalogue.search(search, control=control)
            address = f"{_root(request)}/search"
            links = [stac.link("self", address, stac.GEOJSON)]
            if page.next_token is not None:
                links.append(stac.next_link_post(address, page.next_token))
            return stac.page_document(_root(request), page, links)

        return document(request, stac.GEOJSON, make)

    return router


Route = Callable[[Request, Control], stac.Document]


def _root(request: Request) -> str:
    """Give the absolute address of the API as the client sees it."""
    return f"{str(request.base_url).rstrip('/')}/stac"


def _known(found: Found | None, what: str, name: str) -> Found:
    if found is None:
        raise HTTPException(404, f"There is no {what} {name[:80]!r}")
    return found


def _body_search(body: bytes) -> ItemSearch:
    try:
        document = json.loads(body or b"{}")
    except ValueError as error:
        raise HTTPException(400, "The body is not JSON") from error
    if not isinstance(document, dict):
        raise HTTPException(400, "The body is not a JSON object")
    return from_body(document)
