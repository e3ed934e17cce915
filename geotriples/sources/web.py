"""What is read over HTTP(S), S3 and other file systems: streams, and copies for whole files."""

from __future__ import annotations

import hashlib
import http.client
import os
import shutil
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlencode, urlsplit

from geosparql.errors import EarthgraphError, SourceError
from geosparql.extras import module_of_extra
from geotriples.access import SourceAccess, shown_url
from geotriples.mapping.logical_source import FileSource
from geotriples.sources.files import bounded

TIMEOUT_S = 120
AGENT = "earthgraph"
HTTP = ("http", "https")


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects to hosts that may be asked."""

    def __init__(self, access: SourceAccess) -> None:
        self._access = access

    def redirect_request(
        self, req: Any, fp: Any, code: Any, msg: Any, headers: Any, newurl: Any
    ) -> Any:
        if urlsplit(newurl).scheme not in HTTP:
            raise SourceError(
                "A redirect leaves the web", where=shown_url(req.full_url), value=newurl
            )
        self._access.check_url(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


@contextmanager
def requested(
    url: str, access: SourceAccess, *, accept: str = "*/*", form: Mapping[str, str] | None = None
) -> Iterator[IO[bytes]]:
    """Ask an HTTP(S) address.

    Parameters
    ----------
    url
        The address.
    access
        Hosts that may be asked, also by redirects, and the most bytes.
    accept
        Media types wanted.
    form
        Sent by POST as a form.

    Yields
    ------
    IO[bytes]
        The body.

    Raises
    ------
    SourceError
        Where the host may not be asked or does not answer with success.
    """
    access.check_url(url)
    if urlsplit(url).scheme not in HTTP:
        raise SourceError("This is no address of the web", where=shown_url(url))
    data = None if form is None else urlencode(form).encode()
    request = urllib.request.Request(url, data, {"Accept": accept, "User-Agent": AGENT})
    opener = urllib.request.build_opener(_Redirects(access))
    try:
        with opener.open(request, timeout=TIMEOUT_S) as response:
            yield bounded(response, shown_url(url), access)
    except (OSError, http.client.HTTPException) as error:
        if isinstance(error, urllib.error.HTTPError):
            error.close()  # it is the answer too
        raise SourceError(
            "The address does not answer as it should", where=shown_url(url), value=error,
            hint="Check the address and the network",
        ) from error  # fmt: skip


def local_copy(source: FileSource, *, anew: bool) -> FileSource:
    """Give a file that stands elsewhere as one of this machine.

    Parameters
    ----------
    source
        With the `url`.
    anew
        Whether to fetch it again where a copy is here; readers on other machines
        need theirs only once.

    Returns
    -------
    FileSource
        Its copy, below the temporary folder, under a name that its address alone makes.
    """
    assert source.url is not None
    folder = Path(tempfile.gettempdir(), f"earthgraph-sources-{os.getuid()}")
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise SourceError("The folder of fetched files belongs to another user", where=str(folder))
    key = hashlib.sha256(source.url.encode()).hexdigest()[:24]
    target = folder / key / source.path.name
    if anew or not target.exists():
        target.parent.mkdir(exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as part:
            try:
                with _remote(source) as stream:
                    shutil.copyfileobj(stream, part, 1 << 20)
            except BaseException:
                Path(part.name).unlink()
                raise
        Path(part.name).replace(target)
    return FileSource(
        target, source.encoding, source.compression, source.nulls, access=source.access
    )


@contextmanager
def _remote(source: FileSource) -> Iterator[IO[bytes]]:
    """Open a file that stands elsewhere."""
    url = source.url or ""
    if urlsplit(url).scheme in HTTP:
        with requested(url, source.access) as stream:
            yield stream
        return
    source.access.check_object(url)
    fsspec = module_of_extra("fsspec", "objects", "Files of object stores")
    try:
        # A file system of its own: a kept one would know neither new objects nor new credentials
        with fsspec.open(url, "rb", skip_instance_cache=True) as stream:
            yield bounded(stream, shown_url(url), source.access)
    except EarthgraphError:
        raise
    except Exception as error:  # each kind of store raises what its own library has
        raise _object_error(error, url) from error


OBJECT_ERRORS: tuple[tuple[str, str, str], ...] = (
    ("NoSuchBucket", "There is no such bucket", "Check its name, and AWS_ENDPOINT_URL"),
    ("FileNotFoundError", "There is no such object", "Check bucket and key"),
    ("PermissionError", "The store denies reading it",
     "Check the credentials (AWS_ACCESS_KEY_ID, AWS_PROFILE) and what they may read"),
    ("NoCredentialsError", "The store wants credentials and there are none",
     "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE; "
     "FSSPEC_S3_ANON=true where anyone may read"),
    ("EndpointConnectionError", "The store does not answer", "Check AWS_ENDPOINT_URL"),
    ("ImportError", "No package for this kind of address is installed",
     'For s3: pip install "earthgraph[objects]"'),
)  # fmt: skip
"""Name of an exception, or of its cause: what is wrong, what to do."""


def _object_error(error: Exception, url: str) -> SourceError:
    """Say in our words what the library of an object store raised."""
    names = {type(one).__name__ for one in (error, error.__cause__)}
    for name, what, hint in OBJECT_ERRORS:
        if name in names:
            return SourceError(what, where=shown_url(url), value=error, hint=hint)
    return SourceError("The file cannot be fetched", where=shown_url(url), value=error)
