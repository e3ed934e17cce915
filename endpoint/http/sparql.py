"""SPARQL 1.1 Protocol, the query operation (W3C Recommendation of 21 March 2013, section 2.1)."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, cast

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from endpoint.http.negotiation import choose
from endpoint.http.requests import parameters_of, read_body, utf8
from endpoint.http.settings import Answerer, HTTPSettings
from endpoint.http.streaming import BodyStream, WrittenResponse
from endpoint.sparql.engine import QueryOptions
from endpoint.sparql.results import ResultFormat, formats_for
from engine.protocol import Control

if TYPE_CHECKING:
    from endpoint.sparql.answer import Answer, AnswerForm

FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"
OTHER_NAMES = (
    ("application/json", "application/sparql-results+json"),
    ("application/xml", "application/sparql-results+xml"),
    ("text/xml", "application/sparql-results+xml"),
    ("application/json", "application/ld+json"),
    ("application/xml", "application/rdf+xml"),
    ("text/xml", "application/rdf+xml"),
    ("application/x-turtle", "text/turtle"),
    ("text/n3", "text/turtle"),
)
"""Media types that clients ask with, and the registered one that they mean."""

ALLOWED = "GET, HEAD, POST, OPTIONS"


@dataclass(frozen=True, slots=True)
class ProtocolRequest:
    """One query operation, whichever of the three ways it came in."""

    query: str
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    timeout_s: float | None = None
    format: str | None = None
    accept: str | None = None


def sparql_router(answerer: Answerer, settings: HTTPSettings) -> APIRouter:
    """Make the routes of ``/sparql`` over an answerer."""
    router = APIRouter()

    async def answer(request: Request) -> Response:
        limiter = request.app.state.query_limiter
        asked = await read_request(request, settings.max_body_bytes)
        seconds = min(asked.timeout_s or settings.timeout_s, settings.max_timeout_s)
        control = Control(deadline=time.monotonic() + seconds)

        def write(stream: BodyStream) -> None:
            options = query_options(asked)
            write_answer(
                answerer.query(asked.query, control=control, options=options), asked, stream
            )

        return WrittenResponse(write, control=control, limiter=limiter)

    async def options(_request: Request) -> Response:
        headers = {"Allow": ALLOWED, "Accept-Post": f"{FORM}, {QUERY}"}
        return Response(status_code=204, headers=headers)

    router.add_api_route(
        "/sparql", answer, methods=["GET", "HEAD", "POST"], include_in_schema=False
    )
    router.add_api_route("/sparql", options, methods=["OPTIONS"], include_in_schema=False)
    return router


def write_answer(answer: Answer, asked: ProtocolRequest, stream: BodyStream) -> None:
    """Write an answer in the format that was asked for, and close it.

    Raises
    ------
    HTTPException
        406 where no format that can hold the answer is acceptable.
    """
    with answer:
        chosen = result_format(answer.form, asked.format, asked.accept)
        text = chosen.media_type.startswith("text/")
        stream.media_type = chosen.media_type + ("; charset=utf-8" if text else "")
        stream.headers["Vary"] = "Accept"
        chosen.write(answer, cast(IO[bytes], stream))


def result_format(form: AnswerForm, name: str | None, accept: str | None) -> ResultFormat:
    """Choose the format of an answer: the ``format`` parameter if it fits, else Accept.

    ``format`` is the name or media type of a row of `RESULT_FORMATS`. One that
    cannot hold the answer is passed over, for clients send it before they know
    what they get.

    Raises
    ------
    HTTPException
        406 where nothing acceptable can hold the answer.
    """
    formats = formats_for(form)
    media_types = {each.media_type: each for each in formats}
    for each in formats:
        if name in (each.name, each.media_type):
            return each
    other_names = {a: media_types[m] for a, m in OTHER_NAMES if m in media_types}
    offered = media_types | {a: f for a, f in other_names.items() if a not in media_types}
    media_type = choose(accept, list(offered))
    if media_type is None:
        raise HTTPException(406, f"This answer is offered as {', '.join(media_types)}")
    return offered[media_type]


def query_options(asked: ProtocolRequest) -> QueryOptions:
    """Put the protocol's data set into the options of a query."""
    return QueryOptions(default_graphs=asked.default_graphs, named_graphs=asked.named_graphs)


async def read_request(request: Request, max_body_bytes: int) -> ProtocolRequest:
    """Read a query operation: GET, POST of a form, or POST of the query itself.

    Raises
    ------
    HTTPException
        400 for missing, repeated or unreadable parameters, 413 for a body over
        the limit, 415 for another content type or charset.
    """
    parameters = parameters_of(request.scope["query_string"])
    accept = ", ".join(request.headers.getlist("accept")) or None
    if request.method != "POST":
        return _from_parameters(parameters, accept)
    media, charset = _content_type(request.headers.get("content-type", ""))
    if media not in (FORM, QUERY) or charset not in ("", "utf-8", "utf8"):
        raise HTTPException(
            415, f"POST takes {FORM} or {QUERY}, in UTF-8", {"Accept-Post": f"{FORM}, {QUERY}"}
        )
    body = await read_body(request, max_body_bytes)
    if media == QUERY:
        parameters.append(("query", utf8(body)))
    else:
        parameters += parameters_of(body)
    return _from_parameters(parameters, accept)


def _content_type(header: str) -> tuple[str, str]:
    media, *parameters = (part.strip() for part in header.split(";"))
    pairs = (parameter.partition("=")[::2] for parameter in parameters)
    charset = next((value for name, value in pairs if name.strip().lower() == "charset"), "")
    return media.lower(), charset.strip().strip('"').lower()


def _from_parameters(pairs: list[tuple[str, str]], accept: str | None) -> ProtocolRequest:
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        given.setdefault(name, []).append(value)
    if "update" in given:
        raise HTTPException(403, "This endpoint is read-only: updates are not taken")
    queries = given.get("query", [])
    if len(queries) != 1:
        raise HTTPException(400, f"One query parameter is needed, {len(queries)} were given")
    formats = given.get("format", [])
    return ProtocolRequest(
        query=queries[0],
        default_graphs=tuple(given.get("default-graph-uri", ())),
        named_graphs=tuple(given.get("named-graph-uri", ())),
        timeout_s=_seconds(given.get("timeout", [])),
        format=formats[0] if formats else None,
        accept=accept,
    )


def _seconds(values: list[str]) -> float | None:
    if not values:
        return None
    try:
        seconds = float(values[0])
    except ValueError:
        seconds = -1.0
    if not 0 < seconds < float("inf"):
        raise HTTPException(
            400, f"timeout must be a number of seconds above 0, not {values[0][:80]!r}"
        )
    return seconds
