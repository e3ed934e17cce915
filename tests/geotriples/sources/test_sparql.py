"""SPARQL queries as sources: of a file and of an endpoint, plain and typed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs

import pyarrow as pa
import pyoxigraph as ox
import pytest

from engine.protocol import Engine
from geosparql.errors import MappingError, SourceError
from geosparql.terms import XSD, XSD_STRING
from geotriples.mapping.logical_source import DatabaseSource, FileSource, LogicalSource
from geotriples.mapping.vocabulary import FORMATS, SPARQL_CSV
from geotriples.sources.table import open_source
from tests.geotriples.mappings import objects_of, pom, write_mapping
from tests.geotriples.web_server import Site, site

DATA = '<urn:a> <urn:n> 1, "x"@en; <urn:p> <urn:b>. <urn:b> <urn:n> "y".'
QUERY = "SELECT ?s ?n ?p { ?s <urn:n> ?n OPTIONAL { ?s <urn:p> ?p } } ORDER BY ?s ?n"
TYPED = FORMATS + "SPARQL_Results_JSON"


@pytest.fixture
def web() -> Iterator[Site]:
    with site() as made:
        yield made


def read(
    source: FileSource | DatabaseSource,
    *references: str,
    query: str | None = QUERY,
    kind: str = TYPED,
) -> pa.Table:
    opened = open_source(LogicalSource(source, kind, "test", query), references)
    batches = [batch for part in opened.parts.parts for batch in opened.parts.read(part)]
    return pa.Table.from_batches(batches, opened.parts.schema).rename_columns([*references, "row"])


def endpoint(web: Site) -> DatabaseSource:
    store = ox.Store()
    store.load(DATA.encode(), ox.RdfFormat.TURTLE)

    def answer(body: str) -> tuple[int, dict[str, str], bytes]:
        found = store.query(parse_qs(body)["query"][0])
        return 200, {}, found.serialize(format=ox.QueryResultsFormat.JSON)

    web.answers["/sparql"] = answer
    return DatabaseSource(web.url + "/sparql")


@pytest.mark.parametrize("place", ["file", "endpoint"])
def test_typed(place: str, tmp_path: Path, web: Site) -> None:
    (tmp_path / "a.ttl").write_text(DATA)
    source = FileSource(tmp_path / "a.ttl") if place == "file" else endpoint(web)
    found = read(source, "n", "?p")
    assert {tuple(value.values()) for value in found["n"].to_pylist()} == {
        ("x", XSD_STRING), ("1", XSD + "integer"), ("y", XSD_STRING),
    }  # fmt: skip
    assert [value and value["lexical"] for value in found["?p"].to_pylist()] == [
        "urn:b",
        "urn:b",
        None,
    ]
    plain = read(source, "n", kind=SPARQL_CSV)
    assert sorted(plain["n"].to_pylist()) == ["1", "x", "y"]


def test_endpoint_in_a_mapping(tmp_path: Path, web: Site, duckdb_engine: Engine) -> None:
    url = endpoint(web).url
    mapping = write_mapping(
        tmp_path,
        f"""
        @prefix sd: <http://www.w3.org/ns/sparql-service-description#> .
        @prefix formats: <http://www.w3.org/ns/formats/> .
        <#M> rml:logicalSource [ rml:source [ a sd:Service; sd:endpoint <{url}> ];
            rml:referenceFormulation formats:SPARQL_Results_CSV; rml:iterator "{QUERY}" ];
          rml:subjectMap [ rml:reference "s" ]; {pom("ex:n", 'rml:reference "n"')}.""",
    )
    assert objects_of(mapping, duckdb_engine, "n") == ["1", "x", "y"]


def test_wrong(tmp_path: Path, web: Site) -> None:
    (tmp_path / "a.ttl").write_text(DATA)
    (tmp_path / "a.none").write_text(DATA)
    (tmp_path / "b.ttl").write_text("<urn:a> nothing")
    file = FileSource(tmp_path / "a.ttl")
    with pytest.raises(SourceError, match=r"no such column: 'z'.*It has: s, n, p"):
        read(file, "z")
    with pytest.raises(SourceError, match=r"a\.ttl: The SPARQL query is not answered"):
        read(file, "s", query="SELECT nothing")
    with pytest.raises(SourceError, match="must be a SELECT"):
        read(file, "s", query="ASK {}")
    with pytest.raises(MappingError, match="needs its query"):
        read(file, "s", query=None)
    with pytest.raises(SourceError, match=r"b\.ttl: The SPARQL query is not answered"):
        read(FileSource(tmp_path / "b.ttl"), "s")
    with pytest.raises(SourceError, match=r"a\.none: The RDF syntax"):
        read(FileSource(tmp_path / "a.none"), "s")
    with pytest.raises(SourceError, match=r"/none: The address does not answer.*404"):
        read(DatabaseSource(web.url + "/none"), "s")
