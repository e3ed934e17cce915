"""A server that speaks S3 on loopback: moto's, with real requests and real signatures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.request import Request, urlopen

import pytest

KEYS = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}


@dataclass(frozen=True)
class ObjectStore:
    """A running server."""

    url: str

    def put(self, bucket: str, key: str, body: bytes, acl: str = "private") -> str:
        """Store an object, its bucket too; give its address."""
        files = pytest.importorskip("s3fs").S3FileSystem(
            key="key", secret="secret", endpoint_url=self.url, skip_instance_cache=True
        )
        files.makedirs(bucket, exist_ok=True)
        files.pipe_file(f"{bucket}/{key}", body, ACL=acl)
        return f"s3://{bucket}/{key}"

    def deny_all(self, patch: pytest.MonkeyPatch) -> None:
        """Ask for valid signatures from now on, which nobody has."""
        patch.setattr("moto.settings.INITIAL_NO_AUTH_ACTION_COUNT", 0)


@contextmanager
def object_store(patch: pytest.MonkeyPatch) -> Iterator[ObjectStore]:
    """Serve S3 until the block ends; the usual environment names it and gives credentials."""
    server = pytest.importorskip("moto.server").ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    patch.setenv("AWS_ENDPOINT_URL", url)
    patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    patch.setenv("AWS_MAX_ATTEMPTS", "1")
    patch.setenv("AWS_CONFIG_FILE", "/dev/null")
    patch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    for name, value in KEYS.items():
        patch.setenv(name, value)
    try:
        yield ObjectStore(url)
    finally:
        with urlopen(Request(f"{url}/moto-api/reset", b"")):
            pass
        server.stop()
