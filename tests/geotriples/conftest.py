"""Databases: servers, started once a run where they are installed, and the file of a case."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

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


@pytest.fixture
def database_of_case(
    case: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Load the tables of a case into the database that ``$CONNECTIONDSN`` names in its mapping."""
    folder, path = Path(str(case.get("folder", tmp_path))), tmp_path / "case.sqlite"
    monkeypatch.setenv("CONNECTIONDSN", f"sqlite:///{path}")
    monkeypatch.setenv("USERNAME", "")
    monkeypatch.setenv("PASSWORD", "")
    mapping = folder / "mapping.ttl"
    if not mapping.exists() or "$CONNECTIONDSN" not in mapping.read_text():
        return
    with closing(sqlite3.connect(path)) as connection:
        for table in folder.glob("*.csv"):
            names, *rows = csv.reader(table.read_text().splitlines())
            kinds = ["INTEGER" if value.isdigit() else "TEXT" for value in rows[0]]
            columns = ", ".join(map(" ".join, zip(names, kinds, strict=True)))
            connection.execute(f"CREATE TABLE {table.stem} ({columns})")
            places = ", ".join("?" * len(names))
            connection.executemany(f"INSERT INTO {table.stem} VALUES ({places})", rows)
        connection.commit()
