"""The description of a run beside its output, read back with rdflib."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
import rdflib
import shapely
from rdflib.namespace import DCAT, DCTERMS, PROV, RDF, RDFS, VOID
from typer.testing import CliRunner

from earthgraph.cli import app
from engine.descriptions import provenance_file
from engine.protocol import Engine
from geosparql.crs import bounds_crs84, srid_of
from geotriples.convert import convert
from geotriples.mapping.vocabulary import EGR
from geotriples.options import ConvertOptions
from tests.geotriples.mappings import pom, source, write_mapping
from tests.geotriples.sources.test_raster import write_raster
from tests.geotriples.test_convert import links
from tests.geotriples.web_server import site

DESCRIBED = ConvertOptions(provenance=True)
SPDX = rdflib.Namespace("http://spdx.org/rdf/terms#")
PLACES = f"""<#P> {source("places.shp", "egr:Vector")};
  rml:subjectMap [ rml:template "http://e/{{name}}"; rml:class ex:Place ];
  {pom("geo:asWKT", 'rml:reference "geometry"')} ."""


def described(output: Path) -> tuple[rdflib.Graph, rdflib.URIRef, rdflib.URIRef]:
    """Give what is said, the data set and the run."""
    path = provenance_file(output)
    graph = rdflib.Graph().parse(path, format="turtle")
    names = (rdflib.URIRef(f"{path.as_uri()}#{name}") for name in ("dataset", "run"))
    return graph, *names  # type: ignore[return-value]


def checksums(graph: rdflib.Graph) -> dict[str, str]:
    """Give the checksum of each file by its name."""
    return {
        str(graph.value(file, DCTERMS.title)): str(graph.value(node, SPDX.checksumValue))
        for file, node in graph.subject_objects(SPDX.checksum)
    }


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_places(folder: Path, *points: shapely.Point) -> Path:
    geopandas = pytest.importorskip("geopandas")
    names = [str(number) for number in range(len(points))]
    frame = geopandas.GeoDataFrame({"name": names}, geometry=list(points), crs="EPSG:32633")
    frame.to_file(folder / "places.shp")
    return write_mapping(folder, PLACES)


@pytest.mark.parametrize("name", ["a é.nt", "a.ttl.gz", "folder"])
def test_says_what_was_read_made_and_wrong(name: str, engine: Engine, tmp_path: Path) -> None:
    before = datetime.now(UTC)
    mapping, output = links(tmp_path, "fine", 'not "fine"\\'), tmp_path / name
    report = convert(
        mapping,
        engine=engine,
        output=output,
        options=ConvertOptions(on_error="skip", provenance=True),
    )
    assert report.provenance == tmp_path / f"{name}.prov.ttl"
    graph, dataset, run = described(output)
    assert {PROV.Entity, VOID.Dataset} <= set(graph.objects(dataset, RDF.type))
    assert graph.value(dataset, VOID.triples).toPython() == report.triples
    assert graph.value(dataset, PROV.wasGeneratedBy) == run
    files = sorted(output.glob("*.parquet")) if output.is_dir() else [output]
    assert set(graph.objects(dataset, VOID.dataDump)) == {
        rdflib.URIRef(file.as_uri()) for file in files
    }
    used = {rdflib.URIRef(path.as_uri()) for path in (mapping, tmp_path / "rows.csv")}
    assert set(graph.objects(run, PROV.used)) == used
    read = [mapping, tmp_path / "rows.csv", *files]
    assert checksums(graph) == {file.name: sha256(file) for file in read}
    sizes = {value.toPython() for value in graph.objects(None, DCAT.byteSize)}
    assert sizes == {file.stat().st_size for file in read}
    began, ended = (
        graph.value(run, term).toPython() for term in (PROV.startedAtTime, PROV.endedAtTime)
    )
    assert before.replace(microsecond=0) <= began <= ended <= datetime.now(UTC)
    agent = graph.value(run, PROV.wasAssociatedWith)
    assert str(graph.value(agent, rdflib.OWL.versionInfo)) == version("earthgraph")
    assert str(next(graph.objects(None, PROV.hadPlan))) == mapping.as_uri()
    (problem,) = graph.objects(run, rdflib.URIRef(EGR + "problem"))
    assert str(graph.value(problem, RDFS.label)) == report.problems[0].what
    assert graph.value(problem, rdflib.URIRef(EGR + "rows")).toPython() == 1


def test_classes_counts_and_place(duckdb_engine: Engine, tmp_path: Path) -> None:
    mapping = write_places(tmp_path, shapely.Point(500_000, 0), shapely.Point(600_000, 100_000))
    convert(mapping, engine=duckdb_engine, output=tmp_path / "a.nt", options=DESCRIBED)
    graph, dataset, _ = described(tmp_path / "a.nt")
    (part,) = graph.objects(dataset, VOID.classPartition)
    assert str(graph.value(part, VOID["class"])) == "http://example.com/Place"
    (subset,) = graph.objects(dataset, VOID.subset)
    assert graph.value(subset, VOID.triples).toPython() == 4
    assert {"places.shp", "places.dbf", "places.prj", "places.shx"} < set(checksums(graph))
    shapefile = rdflib.URIRef((tmp_path / "places.shp").as_uri())
    for what in (dataset, shapefile):
        box = shapely.from_wkt(str(graph.value(graph.value(what, DCTERMS.spatial), DCAT.bbox)))
        assert box.bounds == pytest.approx((15, 0, 15.9, 0.905), abs=0.01)


def test_place_of_a_raster(duckdb_engine: Engine, tmp_path: Path) -> None:
    write_raster(tmp_path / "ice.tif", np.ones((4, 4), np.uint8), "EPSG:3413")
    text = f"""<#R> {source("ice.tif", "egr:ClassRaster")};
      rml:subjectMap [ rml:template "http://e/{{class}}" ];
      {pom("geo:asWKT", 'rml:reference "geometry"')} ."""
    output = tmp_path / "a.nt"
    convert(write_mapping(tmp_path, text), engine=duckdb_engine, output=output, options=DESCRIBED)
    graph, dataset, _ = described(output)
    box = shapely.from_wkt(str(graph.value(graph.value(dataset, DCTERMS.spatial), DCAT.bbox)))
    made = [shapely.from_wkt(str(each).partition("> ")[2]) for each in
            rdflib.Graph().parse(output).objects()]  # fmt: skip
    srid = srid_of("http://www.opengis.net/def/crs/EPSG/0/3413")
    bounds = bounds_crs84(shapely.set_srid(np.array(made, dtype=object), srid))
    assert bounds[0] == pytest.approx(box.bounds)


def test_no_place_where_a_source_does_not_tell(duckdb_engine: Engine, tmp_path: Path) -> None:
    write_places(tmp_path, shapely.Point(500_000, 0))
    (tmp_path / "rows.csv").write_text("id\n1\n")
    more = f"""<#C> {source("rows.csv", "rml:CSV")};
      rml:subjectMap [ rml:template "http://e/{{id}}"; rml:class ex:Row ] ."""
    mapping = write_mapping(tmp_path, PLACES + more)
    convert(mapping, engine=duckdb_engine, output=tmp_path / "a.nt", options=DESCRIBED)
    graph, dataset, _ = described(tmp_path / "a.nt")
    assert graph.value(dataset, DCTERMS.spatial) is None
    assert graph.value(rdflib.URIRef((tmp_path / "places.shp").as_uri()), DCTERMS.spatial)


def test_file_of_a_database(duckdb_engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "rows.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE things AS SELECT 1 AS id")
        connection.commit()
    text = """@prefix d2rq: <http://www.wiwiss.fu-berlin.de/suhl/bizer/D2RQ/0.1#> .
      <#T> rml:logicalSource [
      rml:source [ a d2rq:Database; d2rq:jdbcDSN "jdbc:sqlite:rows.sqlite" ];
      rml:referenceFormulation rml:SQL2008Table; rml:iterator "things" ];
      rml:subjectMap [ rml:template "http://e/{id}"; rml:class ex:Thing ] ."""
    mapping = write_mapping(tmp_path, text)
    convert(mapping, engine=duckdb_engine, output=tmp_path / "a.nt", options=DESCRIBED)
    assert checksums(described(tmp_path / "a.nt")[0])["rows.sqlite"] == sha256(path)


def test_address_without_its_secrets(duckdb_engine: Engine, tmp_path: Path) -> None:
    with site() as web:
        address = web.put("/rows.csv", b"id\n1\n", "text/csv")
        text = f"""<#C> {source(address + "?token=secret", "rml:CSV")};
          rml:subjectMap [ rml:template "http://e/{{id}}"; rml:class ex:Row ] ."""
        mapping = write_mapping(tmp_path, text)
        convert(mapping, engine=duckdb_engine, output=tmp_path / "a.nt", options=DESCRIBED)
    graph, _, run = described(tmp_path / "a.nt")
    used = {graph.value(each, DCTERMS.identifier) for each in graph.objects(run, PROV.used)}
    assert used == {None, rdflib.Literal(address)}
    assert "secret" not in provenance_file(tmp_path / "a.nt").read_text()


def test_the_same_run_is_described_in_the_same_way(duckdb_engine: Engine, tmp_path: Path) -> None:
    mapping, output = write_places(tmp_path, shapely.Point(500_000, 0)), tmp_path / "a.nt"
    texts = []
    for _ in range(2):
        convert(mapping, engine=duckdb_engine, output=output, options=DESCRIBED)
        lines = provenance_file(output).read_text().splitlines()
        texts.append([line for line in lines if "xsd:dateTime" not in line])
    assert texts[0] == texts[1]


def test_option(tmp_path: Path) -> None:
    mapping, output = links(tmp_path, "fine"), tmp_path / "a.nt"
    words = ["convert", str(mapping), "-o", str(output)]
    assert CliRunner().invoke(app, words).exit_code == 0
    assert not provenance_file(output).exists()
    assert CliRunner().invoke(app, [*words, "--provenance"]).exit_code == 0
    assert provenance_file(output).exists()
