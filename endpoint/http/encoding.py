"""Compressed bodies: gzip and zstd, for answers while they are written and for what is sent in."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Callable
from typing import IO, TYPE_CHECKING, Protocol, cast

import zstandard
from starlette.exceptions import HTTPException

from endpoint.http.negotiation import choose_coding

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

CODINGS = "zstd, gzip"
_GZIP = 16 + zlib.MAX_WBITS
_GZIP_LEVEL, _ZSTD_LEVEL = 4, 3
SMALL_BYTES = 1_000
"""A shorter body is not worth it."""


class Compressor(Protocol):
    """Takes bytes and gives compressed ones."""

    def compress(self, data: bytes, /) -> bytes:
        """Take bytes; give what is ready."""
        ...

    def flush(self) -> bytes:
        """Give what is left."""
        ...


COMPRESSORS: dict[str, Callable[[], Compressor]] = {
    "zstd": lambda: zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compressobj(),
    "gzip": lambda: cast(Compressor, zlib.compressobj(_GZIP_LEVEL, wbits=_GZIP)),
}
"""Content coding to what does it, the preferred one first."""


def compressor_for(accept_encoding: str | None) -> tuple[str, Compressor] | None:
    """Choose how to compress an answer by the Accept-Encoding header; None: not at all."""
    coding = choose_coding(accept_encoding, tuple(COMPRESSORS))
    return None if coding is None else (coding, COMPRESSORS[coding]())


def decompressed(body: IO[bytes], content_encoding: str, max_bytes: int) -> IO[bytes]:
    """Give a request's body as the stream of what was compressed.

    Raises
    ------
    HTTPException
        415 where the coding is another; while reading, 413 where more than `max_bytes`
        come out and 400 where they cannot be read.
    """
    coding = content_encoding.strip().lower()
    if coding in ("", "identity"):
        return body
    opener = _OPENERS.get(coding)
    if opener is None:
        raise HTTPException(
            415, "Content-Encoding may be gzip or zstd", {"Accept-Encoding": CODINGS}
        )
    return io.BufferedReader(_Bounded(opener(body), body, max_bytes), 1 << 16)


def _open_zstd(body: IO[bytes]) -> IO[bytes]:
    reader = zstandard.ZstdDecompressor().stream_reader(body, read_across_frames=True)
    return cast(IO[bytes], reader)


def _open_gzip(body: IO[bytes]) -> IO[bytes]:
    return cast(IO[bytes], gzip.GzipFile(fileobj=body, mode="rb"))


_OPENERS = {"gzip": _open_gzip, "x-gzip": _open_gzip, "zstd": _open_zstd}


class _Bounded(io.RawIOBase):
    """Reads what is decompressed, and no more than it may."""

    def __init__(self, stream: IO[bytes], body: IO[bytes], max_bytes: int) -> None:
        self._stream = stream
        self._body = body
        self._left = self._most = max_bytes

    def readable(self) -> bool:
        """Say that the stream gives bytes."""
        return True

    def close(self) -> None:
        """Close the body too."""
        self._body.close()
        super().close()

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Fill a buffer."""
        target = memoryview(buffer).cast("B")
        try:
            block = self._stream.read(len(target))
        except (zlib.error, EOFError, OSError, zstandard.ZstdError) as error:
            raise HTTPException(400, f"The body cannot be decompressed: {error}") from error
        self._left -= len(block)
        if self._left < 0:
            raise HTTPException(413, f"The body is longer than {self._most} bytes")
        target[: len(block)] = block
        return len(block)
