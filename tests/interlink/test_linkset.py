"""Descriptions of links, and links in every kind of output."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pyproj
import pytest
import rdflib
import shapely
from rdflib.namespace import DCTERMS, OWL, PROV, RDF, RDFS, VOID
from typer.testing import CliRunner

from earthgraph.answering import solutions
from earthgraph.cli import app
from earthgraph.run import plain
from endpoint.sparql.engine import query
from endpoint.store.store import open_store
from engine.descriptions import provenance_file
from engine.protocol import Engine
from geosparql.errors import RuleError
from geosparql.vocabulary import EGL, GEO, QUDT, QUDT_UNIT
from interlink.discover import discover
from interlink.output import LinkOutput
from tests.interlink.test_discover import EX, rule_file, triples

SQUARES = {
    "a": shapely.box(0, 0, 2, 2),
    "b": shapely.box(1, 1, 3, 3),
    "c": shapely.box(9, 9, 10, 10),
}
OTHERS = {"x": shapely.box(0.5, 0.5, 1, 1), "y": shapely.box(2, 0, 3, 1)}
LINE = "relations = 'sf'\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "left.nt").write_text(triples(SQUARES))
    (tmp_path / "right.nt").write_text(triples(OTHERS))
    return tmp_path


def described(path: Path) -> tuple[rdflib.Graph, rdflib.Namespace]:
    return rdflib.Graph().parse(path), rdflib.Namespace(path.as_uri() + "#")


def test_links_are_described(duckdb_engine: Engine, folder: Path) -> None:
    rules = rule_file(folder, LINE + 'matrix = true\nvalues = ["distance_m"]', right=True)
    output = folder / "links.nt"
    report = discover(rules, engine=duckdb_engine, output=LinkOutput(output, provenance=True))
    assert report.description == provenance_file(output)
    graph, here = described(report.description)
    whole, run = here.linkset, here.run
    assert (whole, RDF.type, VOID.Linkset) in graph
    assert graph.value(whole, VOID.subjectsTarget) == here.left
    assert graph.value(whole, VOID.objectsTarget) == here.right
    assert int(graph.value(whole, VOID.triples)) == report.links
    parts = {
        str(graph.value(part, VOID.linkPredicate)): int(graph.value(part, VOID.triples))
        for part in graph.objects(whole, VOID.subset)
    }
    assert parts == report.links_by_predicate
    assert {str(p) for p in graph.objects(whole, VOID.linkPredicate)} == set(parts)
    assert int(graph.value(here.left, VOID.entities)) == 3
    crs = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
    assert str(graph.value(here.right, DCTERMS.conformsTo)) == crs
    used = {Path(str(file)).name for file in graph.objects(run, PROV.used)}
    assert used == {"left.nt", "right.nt", "rules.toml"}
    digests = {str(text) for _, text in graph.subject_objects(
        rdflib.URIRef("http://spdx.org/rdf/terms#checksumValue"))}  # fmt: skip
    for file in (rules, output, folder / "left.nt", folder / "right.nt"):
        assert hashlib.sha256(file.read_bytes()).hexdigest() in digests
    plan = graph.value(graph.value(run, PROV.qualifiedAssociation), PROV.hadPlan)
    assert str(graph.value(plan, PROV.value)) == rules.read_text()
    versions = {
        str(graph.value(agent, RDFS.label)): str(graph.value(agent, OWL.versionInfo))
        for agent in graph.objects(run, PROV.wasAssociatedWith)
    }
    assert versions == {
        "earthgraph": version("earthgraph"),
        "GEOS": shapely.geos_version_string,
        "PROJ": pyproj.proj_version_str,
    }
    assert graph.value(run, PROV.startedAtTime) <= graph.value(run, PROV.endedAtTime)
    unit = graph.value(rdflib.URIRef(EGL + "distanceInMetres"), rdflib.URIRef(QUDT + "hasUnit"))
    assert str(unit) == QUDT_UNIT + "M"
    # a contains x and touches y, b touches x at its corner; no other pair meets
    assert int(graph.value(run, rdflib.URIRef(EGL + "disjointPairs"))) == report.disjoint_pairs


def test_disjoint_pairs_are_counted_and_said_where_named(
    duckdb_engine: Engine, folder: Path
) -> None:
    engine = duckdb_engine
    meeting = sum(a.intersects(b) for a in SQUARES.values() for b in OTHERS.values())
    counted = discover(rule_file(folder, LINE, right=True), engine=engine, output=None)
    assert counted.disjoint_pairs == len(SQUARES) * len(OTHERS) - meeting
    assert GEO + "sfDisjoint" not in counted.links_by_predicate
    reduced = rule_file(folder, LINE + "reduce = true", right=True)
    assert discover(reduced, engine=engine, output=None).disjoint_pairs == counted.disjoint_pairs
    named = rule_file(folder, 'relations = ["sf_intersects", "sf_disjoint"]', right=True)
    said = discover(named, engine=engine, output=None)
    assert said.links_by_predicate[GEO + "sfDisjoint"] == counted.disjoint_pairs
    assert said.disjoint_pairs == counted.disjoint_pairs
    some = rule_file(folder, 'relations = ["sf_contains"]', right=True)
    assert discover(some, engine=engine, output=None).disjoint_pairs is None


@pytest.mark.parametrize("more", ["", "symmetric = 'once'", "inverse = true\nreduce = true"])
def test_disjoint_pairs_of_a_set_with_itself(
    duckdb_engine: Engine, folder: Path, more: str
) -> None:
    (folder / "left.nt").write_text(triples(SQUARES | OTHERS))
    rules = rule_file(folder, LINE + more)
    shapes = list((SQUARES | OTHERS).values())
    apart = sum(a.disjoint(b) for n, a in enumerate(shapes) for b in shapes[:n])
    assert discover(rules, engine=duckdb_engine, output=None).disjoint_pairs == apart


def test_links_of_several_geometries_have_one_value(duckdb_engine: Engine, folder: Path) -> None:
    more = triples({"t": shapely.Point(0, 0.001)}).replace("_:t", "_:t2")
    (folder / "left.nt").write_text(triples({"t": shapely.Point(0, 0)}) + more)
    (folder / "right.nt").write_text(triples({"p": shapely.Point(0, 0.003)}))
    link = f'within_m = 500\npredicate = "{EX}near"\nvalues = ["distance_m"]'
    rules = rule_file(folder, link, right=True)
    discover(rules, engine=duckdb_engine, output=folder / "links.nt")
    [line] = [line for line in (folder / "links.nt").read_text().splitlines() if EGL in line]
    assert float(line.split('"')[1]) == pytest.approx(221.15, abs=0.01)


@pytest.mark.parametrize("name", ["l.nt", "l.nq", "l.ttl", "l.trig", "l.nt.gz", "l"])
@pytest.mark.parametrize("annotate", ["triple_term", "resource"])
def test_every_output_holds_the_same(
    duckdb_engine: Engine, folder: Path, name: str, annotate: str
) -> None:
    rules = rule_file(folder, LINE + 'values = ["iou", "share_left"]', right=True)
    rules.write_text(f'annotate = "{annotate}"\n' + rules.read_text())
    found = []
    for output in (folder / "reference.nt", folder / name):
        discover(rules, engine=duckdb_engine, output=output)
        with open_store(folder / f"store-{output.name}", create=True) as store:
            store.load([output])
            store.export(folder / "again.nt")
        found.append(sorted((folder / "again.nt").read_text().splitlines()))
    assert found[0] == found[1]
    assert any(EGL in line for line in found[0])


def test_what_an_output_cannot_hold_is_said_before(duckdb_engine: Engine, folder: Path) -> None:
    rules = rule_file(folder, LINE + f'graph = "{EX}g"', right=True)
    with pytest.raises(RuleError, match="name a graph and the output has none"):
        discover(rules, engine=duckdb_engine, output=folder / "l.ttl")
    rules = rule_file(folder, LINE + "matrix = true", right=True)
    rules.write_text('annotate = "star"\n' + rules.read_text())
    for name in ("l.ttl", "l"):
        with pytest.raises(RuleError, match="RDF-star can only be written"):
            discover(rules, engine=duckdb_engine, output=folder / name)
    discover(rules, engine=duckdb_engine, output=folder / "l.nt")
    assert f"<< <{EX}a> <{GEO}sfContains> <{EX}x> >> <{EGL}de9im>" in (folder / "l.nt").read_text()


def test_links_go_straight_into_a_store(folder: Path) -> None:
    rules = rule_file(folder, LINE + 'values = ["share_right"]', right=True)
    for option in ("--store", "-o"):  # the second run finds the store, and adds no link
        arguments = ["link", str(rules), option, str(folder / "s"), "--provenance"]
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 0, result.output
    text = f"""PREFIX void: <{VOID}> PREFIX rdf: <{RDF}> PREFIX prov: <{PROV}>
        SELECT (COUNT(DISTINCT ?l) AS ?links) (MAX(?n) AS ?said) (MAX(?v) AS ?share) {{
          ?l rdf:reifies ?t ; <{EGL}shareOfObject> ?v .
          ?w a void:Linkset, prov:Entity ; void:triples ?n }}"""
    with open_store(folder / "s", read_only=True) as store:
        [row] = solutions(query(store.dataset(), text))
    assert plain(row["links"]) == plain(row["said"])
    assert plain(row["share"]) == 1.0


def test_a_file_or_a_store(folder: Path) -> None:
    rules = rule_file(folder, LINE, right=True)
    both = ["link", str(rules), "--store", str(folder / "s"), "-o", str(folder / "l.nt")]
    result = CliRunner().invoke(app, both)
    assert result.exit_code != 0
    assert "either" in result.output


def test_parquet_links_are_described_by_their_parts(duckdb_engine: Engine, folder: Path) -> None:
    rules = rule_file(folder, LINE, right=True)
    output = LinkOutput(folder / "links", provenance=True)
    report = discover(rules, engine=duckdb_engine, output=output)
    assert report.description is not None
    graph, here = described(report.description)
    dumps = [Path(str(file)).name for file in graph.objects(here.linkset, VOID.dataDump)]
    assert dumps == [part.name for part in sorted((folder / "links").glob("*.parquet"))]
    assert isinstance(pq.read_table(folder / "links"), pa.Table)
