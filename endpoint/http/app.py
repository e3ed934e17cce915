"""The HTTP application: routes, error handlers, CORS; what answers is handed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware

from endpoint.catalogue.stac import OPENAPI
from endpoint.http.landing import landing_page
from endpoint.http.settings import Answerer, HTTPSettings
from endpoint.http.sparql import sparql_router
from endpoint.http.stac import stac_router
from endpoint.http.status import answer_error
from geosparql.errors import EarthgraphError

if TYPE_CHECKING:
    from endpoint.catalogue.search import Catalogue


def create_app(
    answerer: Answerer,
    catalogue: Catalogue | None = None,
    *,
    settings: HTTPSettings | None = None,
) -> FastAPI:
    """Make the application that serves an answerer.

    Parameters
    ----------
    answerer
        Object with ``query(text, *, control, options) -> Answer``: a store's engine or
        a federation. It is called from several threads.
    catalogue
        What ``/stac`` searches; None: no ``/stac``.
    settings
        Limits and manners; the defaults where None.

    Returns
    -------
    FastAPI
        ``/`` a page, ``/sparql`` the SPARQL protocol, ``/stac`` the STAC API,
        ``/health``, ``/api`` its OpenAPI description.
    """
    settings = settings or HTTPSettings()
    app = FastAPI(title=settings.title, openapi_url=None, docs_url=None, redoc_url=None)
    app.state.query_limiter = anyio.CapacityLimiter(settings.concurrent_queries)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=list(settings.cors_origins),
        allow_methods=["GET", "HEAD", "POST", "OPTIONS"],
        allow_headers=["*"],
    )
    for error in (EarthgraphError, HTTPException, Exception):
        app.add_exception_handler(error, answer_error)
    app.include_router(sparql_router(answerer, settings))
    if catalogue is not None:
        app.include_router(stac_router(catalogue, settings))

    @app.api_route("/", methods=["GET", "HEAD"], include_in_schema=False)
    async def landing(request: Request) -> HTMLResponse:
        root = request.scope.get("root_path", "")
        return HTMLResponse(landing_page(settings.title, root=root, stac=catalogue is not None))

    @app.api_route("/api", methods=["GET", "HEAD"], include_in_schema=False)
    async def description() -> JSONResponse:
        return JSONResponse(app.openapi(), media_type=OPENAPI)

    @app.api_route("/health", methods=["GET", "HEAD"], include_in_schema=False)
    async def health() -> JSONResponse:
        return JSONResponse({"status": "ok"})

    return app
