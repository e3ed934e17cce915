"""The HTTP application: routes, error handlers, CORS; what answers is handed in."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware

from endpoint.catalogue.stac import OPENAPI
from endpoint.http.description import Described
from endpoint.http.graphs import graphs_router
from endpoint.http.jobs import Jobs
from endpoint.http.landing import landing_page
from endpoint.http.metrics import Metrics, metrics_router
from endpoint.http.queries import queries_router
from endpoint.http.query_log import log_ended
from endpoint.http.settings import Answerer, Editor, HTTPSettings
from endpoint.http.sparql import sparql_router
from endpoint.http.stac import stac_router
from endpoint.http.status import answer_error
from endpoint.http.void import void_router
from geosparql.errors import EarthgraphError

if TYPE_CHECKING:
    from endpoint.catalogue.search import Catalogue
    from endpoint.store.store import Store

METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"]
STOP_S = 10.0
"""How long an application that ends waits for the threads of its cancelled jobs."""
_LOG = logging.getLogger(__name__)
EXPOSED = ["Location", "ETag", "Retry-After"]


def create_app(
    answerer: Answerer,
    catalogue: Catalogue | None = None,
    *,
    store: Store | None = None,
    editor: Editor | None = None,
    federated: bool = False,
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
    store
        What the graph store and the descriptions are about; None: neither.
    editor
        Takes updates where a role may send them; None: nobody may.
    federated
        Whether `answerer` answers SERVICE.
    settings
        Roles, limits and manners; the defaults where None.

    Returns
    -------
    FastAPI
        ``/`` a page, ``/sparql`` the SPARQL protocol, ``/store`` the graph store,
        ``/.well-known/void``, ``/stac`` the STAC API, ``/queries``, ``/metrics``,
        ``/health``, ``/api`` its OpenAPI description.
    """
    settings = settings or HTTPSettings()
    metrics = Metrics()
    jobs = Jobs(settings, (metrics.count, log_ended))

    @asynccontextmanager
    async def stopping(_: FastAPI) -> AsyncIterator[None]:
        yield
        if left := await anyio.to_thread.run_sync(jobs.stop, STOP_S):
            _LOG.warning("%d jobs have not stopped within %g s", left, STOP_S)

    app = FastAPI(
        title=settings.title,
        lifespan=stopping,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
    app.add_middleware(
        CORSMiddleware,
        allow_origins=list(settings.cors_origins),
        allow_methods=METHODS,
        allow_headers=["*"],
        expose_headers=EXPOSED,
    )
    for error in (EarthgraphError, HTTPException, Exception):
        app.add_exception_handler(error, answer_error)
    editable = editor is not None and settings.offers("update")
    info = store.info if store is not None else None
    about = Described(settings, info, editable, federated)
    app.include_router(sparql_router(answerer, editor, about, settings, jobs))
    if store is not None:
        app.include_router(graphs_router(store, settings, jobs))
        app.include_router(void_router(about, settings, jobs))
    if catalogue is not None:
        app.include_router(stac_router(catalogue, settings, jobs))
    app.include_router(queries_router(settings, jobs))
    app.include_router(metrics_router(metrics, jobs))
    _add_pages(app, settings, stac=catalogue is not None, store=store is not None)
    return app


def _add_pages(app: FastAPI, settings: HTTPSettings, *, stac: bool, store: bool) -> None:
    @app.api_route("/", methods=["GET", "HEAD"], include_in_schema=False)
    async def landing(request: Request) -> HTMLResponse:
        root = request.scope.get("root_path", "")
        return HTMLResponse(landing_page(settings.title, root=root, stac=stac, store=store))

    @app.api_route("/api", methods=["GET", "HEAD"], include_in_schema=False)
    async def description() -> JSONResponse:
        return JSONResponse(app.openapi(), media_type=OPENAPI)

    @app.api_route("/health", methods=["GET", "HEAD"], include_in_schema=False)
    async def health() -> JSONResponse:
        return JSONResponse({"status": "ok"})
