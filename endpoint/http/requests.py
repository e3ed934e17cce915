"""What is read of a request by every route: parameters and bodies, within their limits."""

from __future__ import annotations

from urllib.parse import parse_qsl

from fastapi import Request
from starlette.exceptions import HTTPException


async def read_body(request: Request, max_bytes: int) -> bytes:
    """Read a request's body.

    Raises
    ------
    HTTPException
        413 where it is longer than `max_bytes`.
    """
    body = bytearray()
    async for block in request.stream():
        body += block
        if len(body) > max_bytes:
            raise HTTPException(413, f"The request body is longer than {max_bytes} bytes")
    return bytes(body)


def utf8(data: bytes) -> str:
    """Decode UTF-8.

    Raises
    ------
    HTTPException
        400 where it is something else.
    """
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise HTTPException(400, f"The request is not UTF-8: {error.reason}") from error


def parameters_of(data: bytes) -> list[tuple[str, str]]:
    """Read the parameters of a query string or a form.

    Raises
    ------
    HTTPException
        400 where they are not UTF-8.
    """
    try:
        return parse_qsl(utf8(data), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError as error:
        raise HTTPException(400, "A parameter is not UTF-8") from error


def content_type(header: str) -> tuple[str, str]:
    """Read a Content-Type header: the media type and the charset, in lower case."""
    media, *parameters = (part.strip() for part in header.split(";"))
    pairs = (parameter.partition("=")[::2] for parameter in parameters)
    charset = next((value for name, value in pairs if name.strip().lower() == "charset"), "")
    return media.lower(), charset.strip().strip('"').lower()
