"""SPARQL 1.1 Protocol requests (W3C Recommendation of 21 March 2013, section 2), read."""

from __future__ import annotations

import io
from dataclasses import dataclass

from fastapi import Request
from starlette.exceptions import HTTPException

from endpoint.http.encoding import decompressed
from endpoint.http.requests import content_type, parameters_of, read_body, utf8
from endpoint.http.settings import HTTPSettings
from endpoint.sparql.engine import Entailment, QueryOptions
from endpoint.sparql.update import UpdateOptions

FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"
UPDATE = "application/sparql-update"
ACCEPT_POST = f"{FORM}, {QUERY}, {UPDATE}"
Parameters = dict[str, list[str]]
_ON, _OFF = ("true", "1", "yes", "on"), ("false", "0", "no", "off")


@dataclass(frozen=True, slots=True)
class ProtocolRequest:
    """One query or update operation, whichever of the ways it came in.

    `text` is None where the request asks for neither: it asks about the service.
    """

    text: str | None
    is_update: bool
    base: str
    parameters: Parameters
    accept: str | None = None

    def first(self, name: str) -> str | None:
        """Give the first value of a parameter."""
        return next(iter(self.parameters.get(name, ())), None)

    def graphs(self, name: str) -> tuple[str, ...]:
        """Give the graph IRIs that a parameter names."""
        return tuple(self.parameters.get(name, ()))

    @property
    def timeout_s(self) -> float | None:
        """Seconds that ``timeout`` asks for.

        Raises
        ------
        HTTPException
            400 where it is no number above 0.
        """
        given = self.first("timeout")
        if given is None:
            return None
        try:
            seconds = float(given)
        except ValueError:
            seconds = -1.0
        if not 0 < seconds < float("inf"):
            raise HTTPException(
                400, f"timeout must be a number of seconds above 0, not {given[:80]!r}"
            )
        return seconds

    def switch(self, name: str, default: bool) -> bool:
        """Read a parameter that switches something on or off.

        Raises
        ------
        HTTPException
            400 where it says neither.
        """
        given = (self.first(name) or "").lower()
        if given and given not in _ON + _OFF:
            raise HTTPException(400, f"{name} must be true or false, not {given[:80]!r}")
        return given in _ON if given else default

    def entailment(self, default: Entailment) -> Entailment:
        """Read which entailment a query asks for: ``none`` or ``rdfs``.

        Raises
        ------
        HTTPException
            400 where it is neither.
        """
        match (self.first("entailment") or default).lower():
            case "none":
                return "none"
            case "rdfs":
                return "rdfs"
            case other:
                raise HTTPException(400, f"entailment must be none or rdfs, not {other[:80]!r}")


def query_options(asked: ProtocolRequest, settings: HTTPSettings) -> QueryOptions:
    """Put what the protocol says into the options of a query."""
    return QueryOptions(
        default_graphs=asked.graphs("default-graph-uri"),
        named_graphs=asked.graphs("named-graph-uri"),
        base=asked.base,
        compute=asked.switch("rewrite", settings.rewrite),
        entailment=asked.entailment(settings.entailment),
    )


def update_options(asked: ProtocolRequest, settings: HTTPSettings) -> UpdateOptions:
    """Put what the protocol says into the options of an update."""
    return UpdateOptions(
        using_graphs=asked.graphs("using-graph-uri"),
        using_named_graphs=asked.graphs("using-named-graph-uri"),
        base=asked.base,
        entailment=asked.entailment(settings.entailment),
    )


async def read_request(request: Request, settings: HTTPSettings) -> ProtocolRequest:
    """Read an operation: GET, POST of a form, or POST of the text itself.

    Raises
    ------
    HTTPException
        400 for repeated or unreadable parameters, 405 for an update by GET, 413 for
        a text over the limit, 415 for another content type, charset or coding.
    """
    pairs = parameters_of(request.scope["query_string"])
    if request.method == "POST":
        pairs += await _posted(request, settings)
    given: Parameters = {}
    for name, value in pairs:
        given.setdefault(name, []).append(value)
    texts = [(name, text) for name in ("query", "update") for text in given.pop(name, ())]
    if len(texts) > 1 or (not texts and request.method == "POST"):
        raise HTTPException(400, f"One query or update is needed, {len(texts)} were given")
    name, text = texts[0] if texts else ("query", None)
    if name == "query" and len((text or "").encode()) > settings.max_query_bytes:
        raise HTTPException(413, f"The query is longer than {settings.max_query_bytes} bytes")
    accept = ", ".join(request.headers.getlist("accept")) or None
    base = str(request.url.replace(query=""))
    return ProtocolRequest(text, name == "update", base, given, accept)


async def _posted(request: Request, settings: HTTPSettings) -> list[tuple[str, str]]:
    media, charset = content_type(request.headers.get("content-type", ""))
    if media not in (FORM, QUERY, UPDATE) or charset not in ("", "utf-8", "utf8"):
        raise HTTPException(
            415, f"POST takes {ACCEPT_POST}, in UTF-8", {"Accept-Post": ACCEPT_POST}
        )
    sent = io.BytesIO(await read_body(request, settings.max_body_bytes))
    coding = request.headers.get("content-encoding", "")
    body = decompressed(sent, coding, settings.max_body_bytes).read()
    if media == FORM:
        return parameters_of(body)
    return [("query" if media == QUERY else "update", utf8(body))]
