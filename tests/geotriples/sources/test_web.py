"""Files that stand elsewhere, and what sources may touch."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.protocol import Engine
from geosparql.errors import LimitError, SourceError
from geotriples.access import SourceAccess, restricted
from geotriples.mapping.logical_source import DatabaseSource, FileSource, LogicalSource
from geotriples.mapping.rml import read_mapping
from geotriples.mapping.vocabulary import CSV, SQL_TABLE
from geotriples.sources import files
from geotriples.sources.files import check_zip, opened
from geotriples.sources.table import open_source
from tests.geotriples.mappings import objects_of, pom, rows_of, source, write_mapping
from tests.geotriples.web_server import Site, site

ROWS = b"id,v\n1,a\n2,b\n"


@pytest.fixture
def web() -> Iterator[Site]:
    with site() as made:
        yield made


def mapping(folder: Path, path: str) -> Path:
    subject = 'rml:subjectMap [ rml:template "http://example.com/{id}" ]'
    value = pom("ex:v", 'rml:reference "v"')
    return write_mapping(folder, f"<#M> {source(path, 'rml:CSV')}; {subject}; {value} .")


def test_file_over_http(web: Site, tmp_path: Path, duckdb_engine: Engine) -> None:
    path = mapping(tmp_path, web.put("/files/a.csv.gz", gzip.compress(ROWS)) + "?token=secret")
    assert objects_of(path, duckdb_engine, "v") == ["a", "b"]
    web.put("/files/a.csv.gz", gzip.compress(ROWS.replace(b"a", b"c")))
    assert objects_of(path, duckdb_engine, "v") == ["b", "c"]
    web.answers.clear()
    with pytest.raises(
        SourceError, match=r"/files/a\.csv\.gz: The address does not.*404"
    ) as caught:
        rows_of(path, duckdb_engine)
    assert "secret" not in str(caught.value)


def test_file_of_an_object_store(tmp_path: Path, duckdb_engine: Engine) -> None:
    fsspec = pytest.importorskip("fsspec")
    with fsspec.open("memory://bucket/a.csv", "wb") as stream:
        stream.write(ROWS)
    assert objects_of(mapping(tmp_path, "memory://bucket/a.csv"), duckdb_engine, "v") == ["a", "b"]
    with pytest.raises(SourceError, match=r"memory://bucket/b\.csv: There is no such object"):
        rows_of(mapping(tmp_path, "memory://bucket/b.csv"), duckdb_engine)


def opened_with(access: SourceAccess, given: FileSource | DatabaseSource, kind: str = CSV) -> None:
    open_source(LogicalSource(replace(given, access=access), kind, "test", "t"), [])


def test_hosts(web: Site) -> None:
    url = web.put("/a.csv", ROWS)
    file = FileSource(Path("a.csv"), url=url)
    opened_with(SourceAccess(hosts=frozenset({"127.0.0.1"})), file)
    opened_with(SourceAccess(hosts=frozenset({url.split("/")[2]})), file)
    elsewhere = {"Location": url.replace("127.0.0.1", "localhost")}
    web.answers["/b.csv"] = lambda _: (302, elsewhere, b"")
    redirected = FileSource(Path("b.csv"), url=web.url + "/b.csv")
    opened_with(SourceAccess(), redirected)
    for hosts, given in (
        (frozenset({"example.com"}), file),
        (frozenset({"127.0.0.1"}), redirected),
    ):
        with pytest.raises(SourceError, match="host is not among those"):
            opened_with(SourceAccess(hosts=hosts), given)


def test_a_redirect_stays_on_the_web(web: Site) -> None:
    web.answers["/a.csv"] = lambda _: (302, {"Location": "file:///a.csv"}, b"")
    with pytest.raises(SourceError, match=r"redirect|address"):
        opened_with(SourceAccess(), FileSource(Path("a.csv"), url=web.url + "/a.csv"))


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://other/db",
        "postgresql://inside:1,other/db",
        "postgresql://inside/db?host=other",
        "postgresql:///db",
        "sqlite:////elsewhere.db",
        "mysql://inside@other/db",
    ],
)
def test_databases_that_may_not_be_asked(url: str, tmp_path: Path) -> None:
    access = SourceAccess((tmp_path,), frozenset({"inside"}))
    with pytest.raises(SourceError, match=r"not allowed|not among|outside"):
        opened_with(access, DatabaseSource(url), SQL_TABLE)


def test_roots(tmp_path: Path, duckdb_engine: Engine) -> None:
    (tmp_path / "in").mkdir()
    for name in ("in/a.csv", "out.csv"):
        (tmp_path / name).write_bytes(ROWS)
    (tmp_path / "in" / "link.csv").symlink_to(tmp_path / "out.csv")
    access = SourceAccess((tmp_path / "in",), frozenset())

    def rows(path: str) -> list[dict[str, str | None]]:
        read = read_mapping(mapping(tmp_path / "in", path))
        return rows_of(restricted(read, access), duckdb_engine)

    assert len(rows("a.csv")) == 2
    for path in ("../out.csv", "link.csv", str(tmp_path / "out.csv"), "../*.csv"):
        with pytest.raises(SourceError, match="outside of the folders"):
            rows(path)
    with pytest.raises(SourceError, match="host is not among"):
        rows("http://127.0.0.1:9/a.csv")


def test_roots_of_views(tmp_path: Path, duckdb_engine: Engine) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "out.csv").write_bytes(ROWS)
    inner = source("../out.csv", "rml:CSV").removeprefix("rml:logicalSource ")
    view = f"""<#V> a rml:LogicalView; rml:viewOn {inner};
        rml:field [ a rml:ExpressionField; rml:fieldName "v"; rml:reference "v" ] .
      <#M> rml:logicalSource <#V>; rml:subjectMap [ rml:template "http://example.com/{{v}}" ];
        {pom("ex:v", 'rml:reference "v"')} ."""
    read = read_mapping(write_mapping(tmp_path / "in", view))
    assert len(rows_of(read, duckdb_engine)) == 2
    with pytest.raises(SourceError, match="outside of the folders"):
        rows_of(restricted(read, SourceAccess((tmp_path / "in",))), duckdb_engine)


@pytest.mark.parametrize("word", ["SERVICE", "service", "\\u0053ERVICE"])
def test_a_query_of_a_file_asks_no_one_else(
    word: str, web: Site, tmp_path: Path, duckdb_engine: Engine
) -> None:
    (tmp_path / "a.ttl").write_text("<http://e/s> <http://e/p> <http://e/service> .")
    kind = "<http://www.w3.org/ns/formats/SPARQL_Results_CSV>"

    def rows(query: str) -> list[dict[str, str | None]]:
        subject = 'rml:subjectMap [ rml:template "http://e/{o}" ]'
        logical = source("a.ttl", kind, f'rml:iterator """{query}"""')
        text = f"<#M> {logical}; {subject}; {pom('ex:v', 'rml:constant 1')} ."
        given = read_mapping(write_mapping(tmp_path, text))
        return rows_of(restricted(given, SourceAccess((tmp_path,), frozenset())), duckdb_engine)

    assert len(rows("SELECT ?o WHERE { ?service ?p ?o }")) == 1
    escaped = word.replace("\\", "\\\\")
    with pytest.raises(SourceError, match="SERVICE is not allowed"):
        rows(f"SELECT ?o WHERE {{ {escaped} <{web.url}/sparql> {{ ?s ?p ?o }} }}")
    assert web.asked == []


def test_bombs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "FREE_BYTES", 1000)
    zeros = b"0" * 1_000_000
    (tmp_path / "a.gz").write_bytes(gzip.compress(zeros))
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", zeros)
    for name, compression in (("a.gz", "gzip"), ("a.zip", "zip")):
        file = FileSource(tmp_path / name, compression=compression)
        with (
            pytest.raises(LimitError, match="holds more than a source may"),
            opened(file) as stream,
        ):
            stream.read()
        roomy = replace(file, access=SourceAccess(most_ratio=10_000))
        with opened(roomy) as stream:
            assert stream.read() == zeros
    with pytest.raises(LimitError, match=r"a\.zip: The file holds more"):
        check_zip(tmp_path / "a.zip", SourceAccess())
