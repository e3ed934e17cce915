"""Checksums of what a piece of work reads."""

from __future__ import annotations

import hashlib
from pathlib import Path

from geosparql.errors import SourceError

_CHUNK_BYTES = 1 << 20


def content_digest(path: Path) -> bytes:
    """Give the SHA-256 of a file's content, or of all files in a folder with their names."""
    digest = hashlib.sha256()
    try:
        if path.is_dir():
            for child in sorted(path.rglob("*")):
                if child.is_file():
                    digest.update(str(child.relative_to(path)).encode())
                    digest.update(content_digest(child))
            return digest.digest()
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                digest.update(chunk)
    except OSError as error:
        raise SourceError("A file cannot be read", where=str(path), value=error.strerror) from error
    return digest.digest()
