"""Database servers, started once a run where they are installed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.geotriples import servers


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """URL of a PostgreSQL; tests skip without."""
    pytest.importorskip("adbc_driver_postgresql")
    with servers.postgresql() as url:
        yield url


@pytest.fixture(scope="session")
def postgis(postgresql: str) -> str:
    """URL of a PostgreSQL with PostGIS; tests skip without."""
    from adbc_driver_postgresql import dbapi

    with dbapi.connect(postgresql, autocommit=True) as connection, connection.cursor() as cursor:
        try:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS postgis")
        except dbapi.Error:
            pytest.skip(f"PostGIS is not installed; {servers.HINT}")
    return postgresql


@pytest.fixture(scope="session")
def mariadb() -> Iterator[str]:
    """URL of a MariaDB; tests skip without."""
    pymysql = pytest.importorskip("pymysql")
    with servers.mariadb() as url:
        connection = pymysql.connect(user="root", unix_socket=servers_socket(url))
        with connection, connection.cursor() as cursor:
            cursor.execute("CREATE DATABASE test CHARACTER SET utf8mb4")
        yield url


def servers_socket(url: str) -> str:
    """Give the path of the socket in a URL."""
    from urllib.parse import parse_qs, urlsplit

    return parse_qs(urlsplit(url).query)["unix_socket"][0]
