"""RDF documents that a request brings: kept on disk while they come, read in the worker."""

from __future__ import annotations

import email.parser
import email.policy
import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, cast

import pyarrow as pa
from fastapi import Request
from starlette.exceptions import HTTPException

from endpoint.http.encoding import decompressed
from endpoint.http.requests import content_type, read_body
from endpoint.http.settings import HTTPSettings
from geosparql.rdf import RDF_FORMATS, read_triples

MULTIPART = "multipart/form-data"
IN_MEMORY_BYTES = 1 << 20
_FORMATS = {row.media_type: row.name for row in RDF_FORMATS} | {
    "application/x-turtle": "ttl",
    "text/n3": "ttl",
    "text/plain": "nt",
    "application/xml": "rdf",
    "text/xml": "rdf",
    "application/json": "jsonld",
}


@dataclass(frozen=True, slots=True)
class Document:
    """One RDF document that was sent."""

    content: IO[bytes]
    format: str


@dataclass(frozen=True, slots=True)
class Documents:
    """What a request brought, and the IRI that relative ones in it are resolved against."""

    parts: tuple[Document, ...]
    base: str

    @contextmanager
    def triples(self) -> Iterator[Iterator[pa.RecordBatch]]:
        """Give the triples of all documents; behind the ``with`` block they are gone."""
        try:
            yield self._read()
        finally:
            for part in self.parts:
                part.content.close()

    def _read(self) -> Iterator[pa.RecordBatch]:
        for number, part in enumerate(self.parts):
            yield from read_triples(
                part.content,
                format=part.format,
                base_iri=self.base,
                where="the request's body",
                blank_prefix=f"d{number}" if len(self.parts) > 1 else "",
            )


async def sent_documents(request: Request, settings: HTTPSettings, graph: str | None) -> Documents:
    """Receive the documents of a request.

    Raises
    ------
    HTTPException
        413 where the body is too long, 415 where it is in no RDF syntax.
    """
    base = graph or str(request.url.replace(query=""))
    header = request.headers.get("content-type", "")
    if content_type(header)[0] == MULTIPART:
        body = await read_body(request, settings.max_body_bytes)
        return Documents(tuple(_parts(header, body)), base)
    name = _format(header)
    kept = await _kept(request, settings.max_graph_bytes)
    try:
        coding = request.headers.get("content-encoding", "")
        content = decompressed(kept, coding, settings.max_graph_bytes)
    except HTTPException:
        kept.close()
        raise
    return Documents((Document(content, name),), base)


async def _kept(request: Request, max_bytes: int) -> IO[bytes]:
    """Receive a body into a temporary file, a short one into memory."""
    kept = tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES)  # noqa: SIM115 (closed by `triples`)
    size = 0
    try:
        async for block in request.stream():
            size += len(block)
            if size > max_bytes:
                raise HTTPException(413, f"The body is longer than {max_bytes} bytes")
            kept.write(block)
    except BaseException:
        kept.close()
        raise
    kept.seek(0)
    return cast(IO[bytes], kept)


def _format(header: str) -> str:
    media, charset = content_type(header)
    name = _FORMATS.get(media)
    if name is None or charset not in ("", "utf-8", "utf8", "us-ascii"):
        known = ", ".join(row.media_type for row in RDF_FORMATS)
        raise HTTPException(415, f"A graph is sent as {known}, in UTF-8", {"Accept": known})
    return name


def _parts(header: str, body: bytes) -> Iterator[Document]:
    """Take a multipart body apart."""
    parser = email.parser.BytesParser(policy=email.policy.HTTP)
    message = parser.parsebytes(b"Content-Type: " + header.encode("latin-1") + b"\r\n\r\n" + body)
    if not message.is_multipart():
        raise HTTPException(400, "The body is no multipart/form-data of that boundary")
    for part in message.iter_parts():
        content = part.get_payload(decode=True)
        name = _format(part.get("Content-Type", "text/turtle"))
        yield Document(io.BytesIO(content if isinstance(content, bytes) else b""), name)
