"""Errors as HTTP answers: one table from error class to status."""

from __future__ import annotations

import logging

from fastapi import Request
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from geosparql.errors import (
    CancelledError,
    EarthgraphError,
    EngineUnavailableError,
    InputError,
    LimitError,
    MemberError,
    StoreLockedError,
    TermLengthError,
)

STATUS_OF_ERROR: tuple[tuple[type[EarthgraphError], int], ...] = (
    (TermLengthError, 413),
    (InputError, 400),
    (LimitError, 503),
    (CancelledError, 503),
    (EngineUnavailableError, 503),
    (StoreLockedError, 503),
    (MemberError, 502),
    (EarthgraphError, 500),
)
"""The first row whose class the error is an instance of gives the status."""

_log = logging.getLogger("earthgraph.http")


def status_of(error: BaseException, *, late: bool = False) -> int:
    """Give the HTTP status of an error.

    Parameters
    ----------
    error
        What was raised. An error that is not of our tree is 500.
    late
        Whether the time of the request was over; a limit is then 504, not 503.
    """
    if isinstance(error, HTTPException):
        return int(error.status_code)
    if late and isinstance(error, LimitError):
        return 504
    if isinstance(error, RecursionError):
        return 400
    for cls, status in STATUS_OF_ERROR:
        if isinstance(error, cls):
            return status
    return 500


def problem(error: BaseException, *, late: bool = False) -> JSONResponse:
    """Answer with an error as a JSON problem (RFC 9457): status, title, detail, the error's parts.

    An error that is not of our tree says nothing of its inside, for its text
    could show paths or SQL; it goes to the log ``earthgraph.http``.
    """
    status = status_of(error, late=late)
    document: dict[str, object] = {"type": "about:blank", "status": status}
    headers: dict[str, str] = {"Retry-After": "1"} if status == 503 else {}
    if isinstance(error, EarthgraphError):
        document |= {"title": type(error).__name__, "detail": str(error)}
        parts = {"where": error.where, "value": error.value, "hint": error.hint}
        document |= {name: value for name, value in parts.items() if value is not None}
    elif isinstance(error, RecursionError):
        document |= {"title": "QueryError", "detail": "The request is nested too deeply"}
    elif isinstance(error, HTTPException):
        document |= {"title": "Request refused", "detail": error.detail}
        headers |= error.headers or {}
    else:
        _log.error("A request failed", exc_info=error)
        document |= {"title": "Internal error", "detail": "The server failed; its log says why"}
    return JSONResponse(document, status, headers, media_type="application/problem+json")


async def answer_error(_request: Request, error: Exception) -> JSONResponse:
    """Handle what a route raised (an exception handler of the application)."""
    return problem(error)
