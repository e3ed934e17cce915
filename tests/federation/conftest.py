from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.federation.servers import oxigraph_server


@pytest.fixture(scope="session")
def oxigraph() -> Iterator[str]:
    """Address of a running Oxigraph server; each test puts in what it needs."""
    with oxigraph_server() as address:
        yield address
