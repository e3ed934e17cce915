"""``/queries``: what runs now, and how an administrator stops it."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from endpoint.http.auth import require
from endpoint.http.jobs import SHOWN_TEXT, Job, Jobs
from endpoint.http.settings import HTTPSettings
from geosparql.errors import shorten


def queries_router(settings: HTTPSettings, jobs: Jobs) -> APIRouter:
    """Make the routes of ``/queries``; they need the scope admin."""
    router = APIRouter(prefix="/queries")

    @router.get("", include_in_schema=False)
    async def running(request: Request) -> JSONResponse:
        require(request, settings, "admin")
        return JSONResponse([_shown(job) for job in jobs.list()])

    @router.delete("/{job_id}", include_in_schema=False)
    async def cancel(request: Request, job_id: str) -> Response:
        require(request, settings, "admin")
        if not jobs.cancel(job_id):
            raise HTTPException(404, f"No query {job_id[:80]!r} is running")
        return Response(status_code=204)

    return router


def _shown(job: Job) -> dict[str, object]:
    return {
        "id": job.id,
        "kind": job.kind,
        "state": job.state(),
        "role": job.role.name,
        "seconds": round(job.seconds(), 3),
        "text": shorten(job.text, SHOWN_TEXT),
    }
