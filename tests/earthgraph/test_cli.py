"""The command line, as a user types it: every command on small inputs."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

MAPPING = """
@prefix rml: <http://w3id.org/rml/> .
@prefix geo: <http://www.opengis.net/ont/geosparql#> .
@prefix ex: <http://example.org/> .
@base <http://example.org/> .

<#s> a rml:LogicalSource ;
    rml:referenceFormulation rml:CSV ;
    rml:source [ a rml:RelativePathSource ;
        rml:root rml:MappingDirectory ; rml:path "places.csv" ] .

<#place> a rml:TriplesMap ; rml:logicalSource <#s> ;
    rml:subjectMap [ rml:template "http://example.org/{id}" ; rml:class ex:Place ] ;
    rml:predicateObjectMap
        [ rml:predicate ex:name ; rml:objectMap [ rml:reference "name" ] ] ,
        [ rml:predicate geo:hasGeometry ;
          rml:objectMap [ rml:template "http://example.org/{id}/g" ] ] .

<#g> a rml:TriplesMap ; rml:logicalSource <#s> ;
    rml:subjectMap [ rml:template "http://example.org/{id}/g" ] ;
    rml:predicateObjectMap [ rml:predicate geo:asWKT ; rml:objectMap [
        rml:template "POINT({lon} {lat})" ;
        rml:termType rml:Literal ; rml:datatype geo:wktLiteral ] ] .
"""
CSV = "id,name,lon,lat\n1,Here,10,50\n2,Near,10.001,50\n3,Far,12,50\n"
RULES = '[left]\nfiles = ["places.nt"]\n\n[[link]]\nwithin_m = 100\npredicate = "http://example.org/near"\n'
NAMES = "SELECT ?name WHERE { ?s <http://example.org/name> ?name } ORDER BY ?name"


def earthgraph(*words: object, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "earthgraph", *map(str, words)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Convert, link and load once; the tests look at what came out."""
    path = tmp_path_factory.mktemp("cli")
    (path / "map.ttl").write_text(MAPPING)
    (path / "places.csv").write_text(CSV)
    (path / "rules.toml").write_text(RULES)
    (path / "names.rq").write_text(NAMES)
    for words in (
        ("convert", "map.ttl", "-o", "places.nt"),
        ("link", "rules.toml", "-o", "links.nt"),
        ("load", "store", "places.nt", "links.nt"),
    ):
        done = earthgraph(*words, folder=path)
        assert done.returncode == 0, done.stderr
    return path


def test_query_is_explained(folder: Path) -> None:
    told = earthgraph("query", "store", "names.rq", "--explain", folder=folder)
    assert "Spatial strategy\n  none\n" in told.stdout
    words = ("query", "store", "names.rq", "--explain", "--explain", "--format", "json")
    ran = json.loads(earthgraph(*words, folder=folder).stdout)
    assert ran["steps"][-1]["rows"] == 3


def test_convert_and_link(folder: Path) -> None:
    assert len((folder / "places.nt").read_text().splitlines()) == 12
    links = (folder / "links.nt").read_text().splitlines()
    assert sorted(line.split()[0] for line in links) == [
        "<http://example.org/1>",
        "<http://example.org/2>",
    ]


def test_links_are_evaluated_and_budgets_checked(folder: Path) -> None:
    links = (folder / "links.nt").read_text().splitlines()
    (folder / "reference.nt").write_text(links[0] + "\n")
    done = earthgraph("evaluate", "links.nt", "reference.nt", "--json", folder=folder)
    assert json.loads(done.stdout)["all"]["precision"] == 0.5
    done = earthgraph("evaluate", "links.nt", "links.nt", folder=folder)
    assert "1.000" in done.stdout
    refused = earthgraph("link", "rules.toml", "--weight", "js", folder=folder)
    assert refused.returncode == 2
    refused = earthgraph("link", "rules.toml", "--budget", "5", folder=folder)
    assert refused.returncode == 65
    assert "relations of what meets only" in refused.stderr


def test_links_are_updated(folder: Path) -> None:
    done = earthgraph("link", "rules.toml", "-o", "one.nt", "--keep-state", folder=folder)
    assert done.returncode == 0, done.stderr
    done = earthgraph("link", "rules.toml", "-o", "two.nt", "--update", "one.nt", folder=folder)
    assert done.returncode == 0, done.stderr
    assert (folder / "two.nt").read_text() == (folder / "one.nt").read_text()
    assert (folder / "two.nt.added.nq").read_text() == ""
    assert (folder / "two.nt.removed.nq").read_text() == ""
    assert earthgraph("link", "rules.toml", "--update", "one.nt", folder=folder).returncode == 2


def test_convert_with_functions_of_the_user(folder: Path) -> None:
    (folder / "own.py").write_text(
        "from geotriples.functions.user import mapping_function\n"
        '@mapping_function("http://example.org/shout", parameters=["http://example.org/text"])\n'
        "def shout(text: str) -> str:\n    return text + '!'\n"
    )
    call = (
        "rml:functionExecution [ rml:function ex:shout ; rml:input [ rml:parameter ex:text ; "
        'rml:inputValueMap [ rml:reference "name" ] ] ]'
    )
    (folder / "shout.ttl").write_text(MAPPING.replace('rml:reference "name"', call))
    words = ("convert", "shout.ttl", "-o", "shout.nt")
    done = earthgraph(*words, "--functions", "own.py", folder=folder)
    assert done.returncode == 0, done.stderr
    assert '"Here!"' in (folder / "shout.nt").read_text()
    done = earthgraph(*words, folder=folder)
    assert done.returncode != 0
    assert "--functions" in done.stderr


def test_quoted_triples_as_rdf_star(folder: Path) -> None:
    quoting = """<#said> a rml:NonAssertedTriplesMap ; rml:logicalSource <#s> ;
        rml:subjectMap [ rml:template "http://example.org/{id}" ] ;
        rml:predicateObjectMap [ rml:predicate ex:name ; rml:objectMap [ rml:reference "name" ] ] .
    <#by> rml:logicalSource <#s> ; rml:subjectMap [ rml:quotedTriplesMap <#said> ] ;
        rml:predicateObjectMap [ rml:predicate ex:by ; rml:object ex:me ] ."""
    (folder / "star.ttl").write_text(MAPPING[: MAPPING.index("<#place>")] + quoting)
    done = earthgraph("convert", "star.ttl", "-o", "star.nt", "--star", folder=folder)
    assert done.returncode == 0, done.stderr
    name = '<< <http://example.org/1> <http://example.org/name> "Here" >>'
    lines = (folder / "star.nt").read_text().splitlines()
    assert f"{name} <http://example.org/by> <http://example.org/me> ." in lines
    assert len(lines) == 3


def test_draft_and_convert(folder: Path) -> None:
    done = earthgraph("draft", "places.csv", "-o", "maps/draft.ttl", folder=folder)
    assert done.returncode == 0, done.stderr
    assert not list((folder / "maps").glob(".partial*"))
    shown = earthgraph("draft", "places.csv", "--base", "http://e/", folder=folder)
    assert 'rml:path "places.csv"' in shown.stdout
    assert "<http://e/mapping>" in shown.stdout
    done = earthgraph("convert", "maps/draft.ttl", "-o", "drafted.nt", folder=folder)
    assert done.returncode == 0, done.stderr
    lines = (folder / "drafted.nt").read_text().splitlines()
    assert sum("geosparql#asWKT" in line for line in lines) == 3


def test_check(folder: Path) -> None:
    done = earthgraph("check", "map.ttl", folder=folder)
    assert (done.returncode, done.stdout) == (0, "0 errors, 0 warnings\n"), done.stderr
    wrong = MAPPING.replace('rml:reference "name"', 'rml:reference "nmae"')
    (folder / "wrong.ttl").write_text(wrong)
    done = earthgraph("check", "wrong.ttl", folder=folder)
    assert done.returncode == 65
    assert "wrong.ttl:" in done.stdout
    assert "'nmae'" in done.stdout
    done = earthgraph("check", "wrong.ttl", "--json", folder=folder)
    assert done.returncode == 65
    (finding,) = json.loads(done.stdout)
    assert (finding["severity"], finding["value"]) == ("error", "nmae")


def test_query_from_a_file_and_as_text(folder: Path) -> None:
    for query in ("names.rq", NAMES):
        shown = earthgraph("query", "store", query, "--format", "csv", folder=folder)
        assert shown.stdout.splitlines() == ["name", "Far", "Here", "Near"], shown.stderr


def test_json_is_the_default_where_no_one_looks(folder: Path) -> None:
    found = json.loads(earthgraph("query", "store", NAMES, folder=folder).stdout)
    assert [row["name"]["value"] for row in found["results"]["bindings"]] == ["Far", "Here", "Near"]


def test_geojson(folder: Path) -> None:
    query = (
        "PREFIX geo: <http://www.opengis.net/ont/geosparql#> SELECT ?name ?wkt WHERE "
        "{ ?s <http://example.org/name> ?name ; geo:hasGeometry/geo:asWKT ?wkt }"
    )
    shown = earthgraph("query", "store", query, "--format", "geojson", folder=folder)
    features = json.loads(shown.stdout)["features"]
    assert {f["properties"]["name"]: f["geometry"]["coordinates"] for f in features}["Far"] == [
        12,
        50,
    ]


def test_federate_over_a_store(folder: Path) -> None:
    (folder / "members.toml").write_text('[members.home]\nstore = "store"\n')
    shown = earthgraph("federate", "members.toml", NAMES, "--format", "csv", folder=folder)
    assert shown.stdout.split() == ["name", "Far", "Here", "Near"], shown.stderr


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("query", "store", "SELECT ?x WHERE {"), 65, "QueryError"),
        (("query", "nowhere", NAMES), 74, "nowhere"),
        (("convert", "nowhere.ttl", "-o", "x.nt"), 65, "nowhere.ttl"),
        (("draft", "nowhere.gpkg"), 65, "nowhere.gpkg"),
        (("link", "names.rq", "-o", "x.nt"), 65, "names.rq"),
        (("load", "other", "nowhere.nt"), 65, "nowhere.nt"),
        (("run", "nowhere.toml"), 65, "nowhere.toml"),
        (("federate", "nowhere.toml", NAMES), 65, "nowhere.toml"),
        (("query", "store", NAMES, "--format", "smoke"), 65, "smoke"),
        (("serve", "nowhere"), 74, "nowhere"),
    ],
)
def test_errors_say_what_and_where_and_end_with_their_code(
    folder: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    done = earthgraph(*words, folder=folder)
    assert done.returncode == code, done.stderr
    assert said in done.stderr.replace("\n", "")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "command", ["convert", "link", "evaluate", "load", "query", "serve", "federate", "run"]
)
def test_help_has_an_example(folder: Path, command: str) -> None:
    shown = earthgraph(command, "--help", folder=folder)
    assert f"earthgraph {command}" in shown.stdout


@pytest.fixture
def address(folder: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    done = earthgraph("serve", "store", "--port", port, "--background", folder=folder)
    assert done.returncode == 0, done.stderr
    process_id = int(done.stdout.split("kill ")[1].split()[0])
    yield f"http://127.0.0.1:{port}"
    subprocess.run(["kill", str(process_id)], check=True)


def test_serve_in_the_background(address: str) -> None:
    shown = httpx.get(f"{address}/sparql", params={"query": NAMES}, headers={"Accept": "text/csv"})
    assert shown.text.split() == ["name", "Far", "Here", "Near"]
    assert httpx.get(f"{address}/stac", follow_redirects=True).json()["type"] == "Catalog"
