"""SQL databases: natural datatypes, parts, geometries with CRS, R2RML, and what is refused."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa
import pytest
import shapely

from engine.protocol import Engine
from geosparql.errors import CRSError, MappingError, SourceError
from geosparql.terms import XSD
from geotriples.mapping.logical_source import DatabaseSource, FileSource, LogicalSource
from geotriples.mapping.rml import read_mapping
from geotriples.mapping.vocabulary import EGR, SQL_QUERY, SQL_TABLE
from geotriples.sources.table import open_source
from tests.geotriples.conftest import servers_socket
from tests.geotriples.mappings import rows_of

KINDS = ("sqlite", "duckdb", "postgresql", "mariadb")
PEOPLE = """CREATE TABLE people (id INTEGER PRIMARY KEY, name VARCHAR(20), height {double},
  paid NUMERIC(8,2), male BOOLEAN, born DATE, seen {timestamp}, photo {bytes})"""
TYPES = {
    "sqlite": {"double": "DOUBLE", "timestamp": "TIMESTAMP", "bytes": "BLOB"},
    "duckdb": {"double": "DOUBLE", "timestamp": "TIMESTAMP", "bytes": "BLOB"},
    "postgresql": {"double": "DOUBLE PRECISION", "timestamp": "TIMESTAMP", "bytes": "BYTEA"},
    "mariadb": {"double": "DOUBLE", "timestamp": "DATETIME(6)", "bytes": "VARBINARY(9)"},
}
BYTES = {
    "sqlite": "X'CAFE'",
    "duckdb": r"'\xCA\xFE'",
    "postgresql": r"'\xCAFE'",
    "mariadb": "X'CAFE'",
}
INSERTS = (
    "INSERT INTO people VALUES (7, 'Zoë', 1.5, 10.50, {true}, '2001-02-03', "
    "'2020-01-02 03:04:05.25', {bytes})",
    "INSERT INTO people VALUES (8, 'B', 30, 2, {false}, NULL, NULL, NULL)",
)
NATURAL = {
    "id": ("integer", ["7", "8"]),
    "name": ("string", ["Zoë", "B"]),
    "height": ("double", ["1.5E0", "3.0E1"]),
    "male": ("boolean", ["true", "false"]),
    "born": ("date", ["2001-02-03", None]),
    "seen": ("dateTime", ["2020-01-02T03:04:05.25", None]),
    "photo": ("hexBinary", ["CAFE", None]),
}


def execute(kind: str, url: str, *statements: str) -> None:
    if kind == "sqlite":
        connection: Any = sqlite3.connect(urlsplit(url).path.removeprefix("/"))
    elif kind == "duckdb":
        import duckdb

        connection = duckdb.connect(urlsplit(url).path.removeprefix("/"))
    elif kind == "postgresql":
        from adbc_driver_postgresql import dbapi

        connection = dbapi.connect(url)
    else:
        import pymysql

        connection = pymysql.connect(user="root", unix_socket=servers_socket(url), database="test")
    with closing(connection), closing(connection.cursor()) as cursor:
        for statement in statements:
            cursor.execute(statement)
        connection.commit()


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, str]:
    kind = request.param
    is_server = kind in ("postgresql", "mariadb")
    url = request.getfixturevalue(kind) if is_server else f"{kind}:///{tmp_path / 'a.file'}"
    words = TYPES[kind], {"true": "TRUE", "false": "FALSE", "bytes": BYTES[kind]}
    execute(kind, url, "DROP TABLE IF EXISTS people", PEOPLE.format(**words[0]),
            *(insert.format(**words[1]) for insert in INSERTS))  # fmt: skip
    return kind, url


def logical(url: str, text: str, formulation: str = SQL_TABLE, **options: str) -> LogicalSource:
    given = tuple(sorted((EGR + name, value) for name, value in options.items()))
    return LogicalSource(DatabaseSource(url), formulation, "test", text, given)


def read(source: LogicalSource, *references: str) -> pa.Table:
    opened = open_source(source, references)
    batches = [batch for part in opened.parts.parts for batch in opened.parts.read(part)]
    return pa.Table.from_batches(batches, opened.parts.schema).rename_columns([*references, "row"])


def test_natural_datatypes(database: tuple[str, str]) -> None:
    opened = open_source(logical(database[1], "people"), list(NATURAL))
    assert [column.datatype for column in opened.columns] == [
        XSD + kind for kind, _ in NATURAL.values()
    ]
    found = read(logical(database[1], "people"), *NATURAL).sort_by("id")
    assert {name: found[name].to_pylist() for name in NATURAL} == {
        name: values for name, (_, values) in NATURAL.items()
    }
    paid = [
        float(value) for value in read(logical(database[1], "people"), "paid")["paid"].to_pylist()
    ]
    assert sorted(paid) == [2.0, 10.5]


def test_query(database: tuple[str, str]) -> None:
    query = "SELECT id AS key, COUNT(*) AS n FROM people WHERE id > 7 GROUP BY id;"
    found = read(logical(database[1], query, SQL_QUERY), "KEY", "n")
    assert [str(row) for row in found.select(["KEY"]).to_pylist()] == ["{'KEY': '8'}"]
    assert found.num_rows == 1
    assert read(logical(database[1], query, SQL_QUERY)).num_rows == 1


@pytest.mark.parametrize(
    "text", ["DELETE FROM people", "SELECT 1; SELECT 2", "DROP TABLE people", "SELEC 1 FROM", ""]
)
def test_only_one_select(text: str, tmp_path: Path) -> None:
    with pytest.raises(MappingError, match=r"one SELECT|SQL is not understood"):
        read(logical(f"sqlite:///{tmp_path}/none.db", text, SQL_QUERY), "a")


def test_sessions_are_read_only(postgresql: str) -> None:
    execute(
        "postgresql", postgresql, "CREATE TABLE IF NOT EXISTS kept (a INT)",
        "CREATE OR REPLACE FUNCTION writes() RETURNS INT LANGUAGE SQL AS "
        "'INSERT INTO kept VALUES (1) RETURNING a'",
    )  # fmt: skip
    with pytest.raises(SourceError, match="read-only transaction"):
        read(logical(postgresql, "SELECT writes() AS a", SQL_QUERY), "a")


def test_missing_table_and_column(database: tuple[str, str]) -> None:
    with pytest.raises(SourceError, match=r"does not answer.*nobody"):
        read(logical(database[1], "nobody"), "id")
    with pytest.raises(SourceError, match=r"no such column: 'nam'.*It has: id, name"):
        read(logical(database[1], "people"), "nam")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:se%40cret@127.0.0.1:1/none",
        "mysql://me:se%40cret@127.0.0.1:1/none",
        "sqlite:///none/none.db",
        "duckdb:///none/none.db",
    ],
)
def test_dead_database(url: str) -> None:
    for module in ("adbc_driver_postgresql", "pymysql"):
        pytest.importorskip(module)
    with pytest.raises(SourceError, match=r"does not (answer|exist)") as caught:
        read(logical(url, "people"), "id")
    assert "cret" not in str(caught.value)
    assert "none" in str(caught.value)


def test_unknown_kind() -> None:
    with pytest.raises(MappingError, match=r"kind of database is not known: 'oracle'.*postgresql"):
        read(logical("oracle://host/name", "people"), "id")


def test_url_with_parameters_alone(postgresql: str) -> None:
    url = postgresql.replace("tester:secret@", "") + "&user=tester&application_name=a"
    assert read(logical(url, "SELECT 1 AS a", SQL_QUERY), "a")["a"].to_pylist() == ["1"]


def test_case_of_names(postgresql: str) -> None:
    execute("postgresql", postgresql, 'DROP TABLE IF EXISTS "Mixed"',
            'CREATE TABLE "Mixed" ("Id" INT, "ID" INT, "Name" TEXT)',
            """INSERT INTO "Mixed" VALUES (1, 2, 'a')""")  # fmt: skip
    found = read(logical(postgresql, "Mixed"), "Id", "ID", "name")
    assert [found[name].to_pylist() for name in ("Id", "ID", "name")] == [["1"], ["2"], ["a"]]
    with pytest.raises(SourceError, match="no such column: 'id'"):
        read(logical(postgresql, "Mixed"), "id")


def test_other_types_of_postgresql(postgresql: str) -> None:
    query = """SELECT '{"a": 1}'::jsonb AS j, 12.5::money AS m, ARRAY[1, NULL, 2] AS l,
      '00000000-0000-0000-0000-000000000001'::uuid AS u, 'x'::char(3) AS c, 1.50::numeric AS n,
      '2020-01-01 00:00:00+02'::timestamptz AS t, '1 day'::interval AS i"""
    found = read(logical(postgresql, query, SQL_QUERY), *"jmlucnti").to_pylist()[0]
    assert found == {
        "j": '{"a": 1}', "m": "$12.50", "l": ["1", None, "2"], "c": "x  ", "n": "1.50",
        "u": "00000000-0000-0000-0000-000000000001", "t": "2019-12-31T22:00:00Z", "i": "1 day",
        "row": 0,
    }  # fmt: skip


def test_values_of_no_declared_type(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'a.db'}"
    execute(
        "sqlite",
        url,
        "CREATE TABLE t (v)",
        "INSERT INTO t VALUES (1), (2.5), ('x'), (NULL), (X'0A')",
    )
    found = [
        value and tuple(value.values()) for value in read(logical(url, "t"), "v")["v"].to_pylist()
    ]
    assert [value and (value[0], value[1].removeprefix(XSD)) for value in found] == [
        ("1", "integer"), ("2.5E0", "double"), ("x", "string"), None, ("0A", "hexBinary"),
    ]  # fmt: skip


def test_file_as_source(tmp_path: Path) -> None:
    execute(
        "sqlite",
        f"sqlite:///{tmp_path / 'a.db'}",
        "CREATE TABLE t (v INT)",
        "INSERT INTO t VALUES (1)",
    )
    source = LogicalSource(FileSource(tmp_path / "a.db"), SQL_TABLE, "test", "t")
    assert read(source, "v")["v"].to_pylist() == ["1"]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_parts_are_the_whole(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_file = kind == "sqlite"
    url = f"sqlite:///{tmp_path / 'a.db'}" if is_file else request.getfixturevalue(kind)
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)"
    execute(kind, url, "DROP TABLE IF EXISTS many", "CREATE TABLE many (i INTEGER, t VARCHAR)",
            f"INSERT INTO many {numbers} SELECT i, 'text of some length' FROM n",
            "DELETE FROM many WHERE i BETWEEN 500 AND 900")  # fmt: skip
    monkeypatch.setattr("geotriples.sources.sqlite.PART_ROWS", 700)
    monkeypatch.setattr("geotriples.sources.postgresql.PART_PAGES", 5)
    assert len(open_source(logical(url, "many"), ["i"]).parts.parts) > 3
    found = read(logical(url, "many"), "i")
    assert sorted(map(int, found["i"].to_pylist())) == [*range(1, 500), *range(901, 3001)]
    assert len(set(found["row"].to_pylist())) == found.num_rows


def test_postgis(postgis: str) -> None:
    execute(
        "postgresql", postgis, "DROP TABLE IF EXISTS places",
        "CREATE TABLE places (id INT, g GEOMETRY(GeometryZ, 28992), w GEOGRAPHY, n GEOMETRY)",
        "INSERT INTO places VALUES (1, ST_SetSRID(ST_MakePoint(1, 2, 3), 28992), "
        "ST_MakePoint(5, 52)::geography, ST_MakePoint(1, 2)), (2, NULL, NULL, NULL)",
    )  # fmt: skip
    found = read(logical(postgis, "places"), "g", "w")
    first, second = (shapely.from_wkb(found[name].to_pylist()) for name in ("g", "w"))
    assert [shapely.to_wkt(first[0]), shapely.to_wkt(second[0])] == [
        "POINT Z (1 2 3)",
        "POINT (5 52)",
    ]
    assert [shapely.get_srid(first[0]), shapely.get_srid(second[0])] == [28992, 4326]
    assert first[1] is None
    with pytest.raises(CRSError, match=r"postgresql:///postgres, n: A geometry states no CRS"):
        read(logical(postgis, "places"), "n")
    crs = "http://www.opengis.net/def/crs/EPSG/0/28992"
    stated = shapely.from_wkb(read(logical(postgis, "places", crs=crs), "n")["n"][0].as_py())
    assert shapely.get_srid(stated) == 28992


R2RML = """
@prefix rr: <http://www.w3.org/ns/r2rml#> . @prefix ex: <http://example.com/> .
<#People> rr:logicalTable [ rr:tableName "people" ];
  rr:subjectMap [ rr:template "http://example.com/{id}"; rr:class ex:Person ];
  rr:predicateObjectMap [ rr:predicate ex:born; rr:objectMap [ rr:column "born" ] ];
  rr:predicateObjectMap [ rr:predicate ex:self; rr:objectMap [ rr:parentTriplesMap <#Tall>;
    rr:joinCondition [ rr:child "id"; rr:parent "key" ] ] ] .
<#Tall> rr:logicalTable [ rr:sqlQuery "SELECT id AS key, height FROM people WHERE height > 2" ];
  rr:subjectMap [ rr:template "http://example.com/tall/{key}" ];
  rr:predicateObjectMap [ rr:predicate ex:height; rr:objectMap [ rr:column "height" ] ] .
"""


def test_r2rml(database: tuple[str, str], duckdb_engine: Engine, tmp_path: Path) -> None:
    mapping = tmp_path / "r2rml.ttl"
    mapping.write_text(R2RML)
    rows = rows_of(read_mapping(mapping, database=database[1]), duckdb_engine)
    found = {(row["subject"], row["predicate"], row["object"], row.get("datatype")) for row in rows}
    ex, rdf_type = "http://example.com/", "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
    assert found == {
        (ex + "7", rdf_type, ex + "Person", None),
        (ex + "8", rdf_type, ex + "Person", None),
        (ex + "7", ex + "born", "2001-02-03", XSD + "date"),
        (ex + "8", ex + "self", ex + "tall/8", None),
        (ex + "tall/8", ex + "height", "3.0E1", XSD + "double"),
    }
