"""SERVICE and LOAD of a store's own queries: addresses on a list are asked, no others.

Redirects are not followed, so that no address on the list leads to another one.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from urllib.parse import unquote, urlsplit

import pyarrow as pa

from endpoint.sparql import algebra as al
from endpoint.sparql.compile.context import ServiceHook
from endpoint.sparql.scope import in_scope
from engine.protocol import Control
from federation.fetch import Fetcher, Question, Rows
from federation.members import Member
from federation.transport import open_client
from geosparql.errors import EarthgraphError, EngineError, MemberError, QueryError
from geosparql.rdf import RDF_FORMATS, read_triples
from geosparql.term_columns import term_of
from geosparql.terms import IRI, Term

MAX_ROWS = 100_000
MAX_DOCUMENT_BYTES = 500_000_000
TIMEOUT_S = 60.0
_ACCEPT = ", ".join(row.media_type for row in RDF_FORMATS)
_NOTHING_JOINED = al.Values((), ((),))


class Services:
    """Asks the endpoints of a list. It must be closed.

    Parameters
    ----------
    endpoints
        Addresses that SERVICE may name.
    """

    def __init__(self, endpoints: Iterable[str]) -> None:
        self._members = {
            endpoint: Member("service", endpoint, service_only=True, max_rows=MAX_ROWS)
            for endpoint in endpoints
        }
        self._fetcher = Fetcher()

    def close(self) -> None:
        """Close the connections."""
        self._fetcher.close()

    def hook(self, control: Control) -> ServiceHook:
        """Give what answers the SERVICE of one query."""

        def ask(service: al.Service) -> al.Pattern:
            try:
                return self._values(service, control)
            except EngineError:
                raise
            except EarthgraphError:
                if service.silent:
                    return _NOTHING_JOINED
                raise

        return ask

    def _values(self, service: al.Service, control: Control) -> al.Values:
        name = service.name.term if isinstance(service.name, al.Constant) else None
        member = self._members.get(name.value) if isinstance(name, IRI) else None
        if member is None:
            raise QueryError(
                "SERVICE may not ask this endpoint", value=name or service.name,
                hint="The operator of this server lists those that it may",
            )  # fmt: skip
        variables = tuple(v for v in in_scope(service.pattern) if not v.is_hidden)
        question = Question(member, service.pattern, variables)
        rows: list[tuple[Term | None, ...]] = []
        for _, answered in self._fetcher.all([question], control=control):
            rows += _terms(answered)
        return al.Values(variables, tuple(rows))


def _terms(rows: Rows) -> Iterator[tuple[Term | None, ...]]:
    terms: list[Term | None] = [term_of(*cell) for cell in rows.terms.rows()]
    terms.append(None)  # the code -1
    if not rows.codes:
        yield from [()] * rows.count
        return
    for codes in zip(*(column.tolist() for column in rows.codes), strict=True):
        yield tuple(terms[code] for code in codes)


def document_triples(address: str, prefixes: Iterable[str]) -> Iterator[pa.RecordBatch]:
    """Fetch an RDF document for LOAD.

    Parameters
    ----------
    address
        Of the document.
    prefixes
        Beginnings of the addresses that may be fetched, each with a path.

    Raises
    ------
    QueryError
        The address is not on the list.
    MemberError
        It cannot be fetched, or is in no RDF syntax.
    """
    steps = unquote(urlsplit(address).path).split("/")
    if not address.startswith(tuple(prefixes)) or not {".", ".."}.isdisjoint(steps):
        raise QueryError(
            "LOAD may not fetch this address", value=address,
            hint="The operator of this server lists those that it may",
        )  # fmt: skip
    media_type, body = _fetched(address)
    format = next((row.name for row in RDF_FORMATS if row.media_type == media_type), None)
    if format is None:
        raise MemberError("is sent in no RDF syntax", where=address, value=media_type)
    yield from read_triples(io.BytesIO(body), format=format, base_iri=address, where=address)


def _fetched(address: str) -> tuple[str, bytes]:
    import httpx

    body = bytearray()
    try:
        with (
            open_client() as client,
            client.stream("GET", address, headers={"Accept": _ACCEPT}, timeout=TIMEOUT_S) as found,
        ):
            if found.status_code != 200:
                raise MemberError(f"answered with HTTP {found.status_code}", where=address)
            for block in found.iter_bytes():
                body += block
                if len(body) > MAX_DOCUMENT_BYTES:
                    raise MemberError("is too long to be loaded", where=address)
            media_type = found.headers.get("content-type", "").partition(";")[0]
            return media_type.strip().lower(), bytes(body)
    except httpx.HTTPError as error:
        raise MemberError(f"cannot be fetched: {error}", where=address) from error
