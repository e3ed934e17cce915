"""SPARQL 1.1 Protocol: query and update operations, and the service's description."""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO, TYPE_CHECKING, cast

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException

from endpoint.http.auth import require
from endpoint.http.description import Described, write_description
from endpoint.http.jobs import Job, Jobs
from endpoint.http.negotiation import choose
from endpoint.http.protocol import (
    ACCEPT_POST,
    ProtocolRequest,
    query_options,
    read_request,
    update_options,
)
from endpoint.http.settings import Answerer, Editor, Explainer, HTTPSettings
from endpoint.http.streaming import BodyStream, WrittenResponse
from endpoint.sparql.answer import bounded
from endpoint.sparql.results import ResultFormat, formats_for

if TYPE_CHECKING:
    from endpoint.sparql.answer import Answer, AnswerForm
    from endpoint.sparql.engine import QueryOptions

OTHER_NAMES = (
    ("application/json", "application/sparql-results+json"),
    ("application/xml", "application/sparql-results+xml"),
    ("text/xml", "application/sparql-results+xml"),
    ("application/parquet", "application/vnd.apache.parquet"),
    ("application/xhtml+xml", "text/html"),
    ("application/json", "application/ld+json"),
    ("application/xml", "application/rdf+xml"),
    ("text/xml", "application/rdf+xml"),
    ("application/x-turtle", "text/turtle"),
    ("text/n3", "text/turtle"),
)
"""Media types that clients ask with, and the registered one that they mean."""

METHODS = "GET, HEAD, POST, OPTIONS"


def sparql_router(
    answerer: Answerer, editor: Editor | None, about: Described, settings: HTTPSettings, jobs: Jobs
) -> APIRouter:
    """Make the routes of ``/sparql`` over an answerer."""
    router = APIRouter()

    async def answer(request: Request) -> Response:
        asked = await read_request(request, settings)
        if asked.is_update:
            return update(request, asked)
        role = require(request, settings, "read")
        if asked.text is None:
            return describe(request, asked)
        options, text = query_options(asked, settings), asked.text
        job = jobs.open(role, "query", text, asked.timeout_s)

        def write(stream: BodyStream) -> None:
            if asked.switch("explain", False):
                stream.media_type = "text/plain; charset=utf-8"
                stream.write(explained(answerer, text, job, options).encode())
                return
            found = answerer.query(text, control=job.control, options=options)
            write_answer(found, asked, stream, job)

        return written(request, job, write)

    def update(request: Request, asked: ProtocolRequest) -> Response:
        role = require(request, settings, "update")
        if request.method != "POST":
            raise HTTPException(405, "An update must be sent by POST", {"Allow": "POST"})
        if editor is None:
            raise HTTPException(403, "What is served here cannot be changed")
        options, text = update_options(asked, settings), asked.text or ""
        job = jobs.open(role, "update", text, asked.timeout_s)

        def write(stream: BodyStream) -> None:
            editor.update(text, control=job.control, options=options)
            stream.status = 204

        return written(request, job, write)

    def describe(request: Request, asked: ProtocolRequest) -> Response:
        formats = formats_for("construct")
        wanted = choose(asked.accept, ["text/turtle", "text/html", *_media_types(formats)])
        if wanted == "text/html":
            return RedirectResponse(str(request.base_url), 303)
        chosen = result_format("construct", asked.first("format"), asked.accept)
        job = jobs.open(require(request, settings, "read"), "description", "")
        return written(
            request, job, lambda stream: write_description(stream, about, asked.base, chosen)
        )

    def written(request: Request, job: Job, write: object) -> WrittenResponse:
        coding = request.headers.get("accept-encoding")
        return WrittenResponse(write, job=job, jobs=jobs, accept_encoding=coding)  # type: ignore[arg-type]

    async def options(_request: Request) -> Response:
        return Response(status_code=204, headers={"Allow": METHODS, "Accept-Post": ACCEPT_POST})

    router.add_api_route(
        "/sparql", answer, methods=["GET", "HEAD", "POST"], include_in_schema=False
    )
    router.add_api_route("/sparql", options, methods=["OPTIONS"], include_in_schema=False)
    return router


def explained(answerer: Answerer, text: str, job: Job, options: QueryOptions) -> str:
    """Tell how a query would be answered.

    Raises
    ------
    HTTPException
        400 where what answers cannot tell.
    """
    if not isinstance(answerer, Explainer):
        raise HTTPException(400, "What answers here does not explain")
    return answerer.explain(text, control=job.control, options=options).text()


def write_answer(answer: Answer, asked: ProtocolRequest, stream: BodyStream, job: Job) -> None:
    """Write an answer in the format that was asked for, and close it.

    Raises
    ------
    HTTPException
        406 where no format that can hold the answer is acceptable.
    QueryError
        The answer has more rows than the role may ask for.
    """
    with answer:
        chosen = result_format(answer.form, asked.first("format"), asked.accept)
        begin(stream, chosen)
        most = job.role.max_rows
        chosen.write(answer if most is None else bounded(answer, most), cast(IO[bytes], stream))


def begin(stream: BodyStream, chosen: ResultFormat) -> None:
    """Say in the headers in which format the body is."""
    text = chosen.media_type.startswith("text/")
    stream.media_type = chosen.media_type + ("; charset=utf-8" if text else "")
    stream.headers["Vary"] = "Accept"


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
    for each in formats:
        if name in (each.name, each.media_type):
            return each
    return acceptable(formats, accept)


def acceptable(formats: Sequence[ResultFormat], accept: str | None) -> ResultFormat:
    """Choose among formats by an Accept header, under other names too.

    Raises
    ------
    HTTPException
        406 where none is acceptable.
    """
    media_types = _media_types(formats)
    other_names = {a: media_types[m] for a, m in OTHER_NAMES if m in media_types}
    offered = media_types | {a: f for a, f in other_names.items() if a not in media_types}
    media_type = choose(accept, list(offered))
    if media_type is None:
        raise HTTPException(406, f"This answer is offered as {', '.join(media_types)}")
    return offered[media_type]


def _media_types(formats: Sequence[ResultFormat]) -> dict[str, ResultFormat]:
    return {each.media_type: each for each in formats}
