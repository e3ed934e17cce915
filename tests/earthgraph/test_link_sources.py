"""The same features from any kind of source have the same links."""

import json
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from earthgraph.link_sources import LinkReaders
from endpoint.store.store import open_store
from engine.protocol import Engine
from geosparql.errors import EarthgraphError, SourceError
from geosparql.vocabulary import GEO
from interlink.discover import discover
from interlink.features import read_features
from interlink.rules.read import read_rules
from interlink.sides import Reading
from tests.geotriples.web_server import site

EX = "http://example.org/"
PLACES = {"a": (1.0, 1.0), "b": (5.5, 1.5), "c": (50.0, 50.0)}
AREAS = f"""
<{EX}square> <{GEO}hasGeometry> <{EX}g> .
<{EX}g> <{GEO}asWKT> "POLYGON((0 0, 6 0, 6 6, 0 6, 0 0))"^^<{GEO}wktLiteral> .
"""
QUERY = f"""PREFIX geo: <{GEO}> PREFIX ex: <{EX}>
SELECT ?feature ?geometry ?label
WHERE {{ ?feature a ex:Place ; ex:name ?label ; geo:hasGeometry/geo:asWKT ?geometry }}"""


def triples() -> str:
    return "".join(
        f'<{EX}{name}> a <{EX}Place> ; <{EX}name> "{name.upper()}" ; <{GEO}hasGeometry> '
        f'[ <{GEO}asWKT> "POINT({x} {y})"^^<{GEO}wktLiteral> ] .\n'
        for name, (x, y) in PLACES.items()
    )


def geojson() -> str:
    features = [
        {
            "type": "Feature",
            "properties": {"id": name, "iri": EX + name, "label": name.upper()},
            "geometry": {"type": "Point", "coordinates": place},
        }
        for name, place in PLACES.items()
    ]
    return json.dumps({"type": "FeatureCollection", "features": features})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "areas.nt").write_text(AREAS)
    (tmp_path / "places.ttl").write_text(triples())
    (tmp_path / "places.geojson").write_text(geojson())
    with open_store(tmp_path / "store", create=True) as store:
        store.load([tmp_path / "places.ttl", tmp_path / "areas.nt"])
    return tmp_path


def geoparquet(folder: Path) -> None:
    import geopandas

    frame = geopandas.read_file(folder / "places.geojson")
    frame.to_parquet(folder / "places.parquet")
    frame.to_crs(3857).to_file(folder / "places.gpkg", layer="towns")


SOURCES = {
    "files": 'files = ["places.ttl"]\nclass = "ex:Place"',
    "store": 'store = "store"\nclass = "ex:Place"',
    "query": f'store = "store"\nquery = """{QUERY}"""',
    "geojson": 'vector = "places.geojson"\niri = "http://example.org/{id}"',
    "iri column": 'vector = "places.geojson"\niri = "{iri}"',
    "geopackage": 'vector = "places.gpkg"\nlayer = "towns"\niri = "http://example.org/{id}"',
    "geoparquet": 'vector = "places.parquet"\niri = "http://example.org/{id}"',
}


def rule_file(folder: Path, source: str, more: str = "") -> Path:
    path = folder / "rules.toml"
    path.write_text(
        f'[prefixes]\nex = "{EX}"\n[left]\n{source}\n{more}\n[right]\nfiles = ["areas.nt"]\n'
        '[[link]]\nrelations = ["sf_within"]\n'
    )
    return path


def links(engine: Engine, folder: Path, source: str, more: str = "") -> list[str]:
    rules = rule_file(folder, source, more)
    output = folder / "links.nt"
    discover(rules, engine=engine, output=output, reading=Reading(LinkReaders()))
    return [line.split()[0].strip("<>") for line in output.read_text().splitlines()]


@pytest.mark.parametrize("kind", SOURCES)
def test_every_source_gives_the_same_links(engine: Engine, folder: Path, kind: str) -> None:
    geoparquet(folder)
    assert links(engine, folder, SOURCES[kind]) == [EX + "a", EX + "b"]


@pytest.mark.parametrize(
    ("kind", "attributes"),
    [
        ("files", 'attributes = { label = "ex:name" }'),
        ("store", 'attributes = { label = "ex:name" }'),
        ("query", 'attributes = ["label"]'),
        ("geojson", 'attributes = ["label"]'),
    ],
)
def test_every_source_gives_the_same_attributes(
    engine: Engine, folder: Path, kind: str, attributes: str
) -> None:
    chosen = read_rules(rule_file(folder, SOURCES[kind], attributes)).left
    found = read_features(engine, chosen, readers=LinkReaders())
    column = found.attribute_column("label")
    with engine.run(found.relation.select("feature", column)) as reader:
        rows = {row["feature"]: row[column] for row in reader.read_all().to_pylist()}
    assert rows == {EX + name: [name.upper()] for name in PLACES}


def test_a_column_may_choose_features(engine: Engine, folder: Path) -> None:
    more = 'where = { label = ["B", "C"] }'
    assert links(engine, folder, SOURCES["geojson"], more) == [EX + "b"]


def test_iris_are_made_of_file_and_number(engine: Engine, folder: Path) -> None:
    geoparquet(folder)
    base = 'base = "http://example.org/f/"'
    assert links(engine, folder, f'vector = "places.geojson"\n{base}') == [
        f"{EX}f/places/{n}" for n in (0, 1)
    ]
    assert links(engine, folder, f'vector = "places.gpkg"\nlayer = "towns"\n{base}') == [
        f"{EX}f/places/towns/{n}" for n in (1, 2)
    ]
    assert links(engine, folder, f'vector = "places.parquet"\n{base}') == [
        f"{EX}f/places/{n}" for n in (0, 1)
    ]


def test_an_endpoint_answers_a_query(duckdb_engine: Engine, folder: Path) -> None:
    def cell(kind: str, value: str, **more: str) -> dict[str, str]:
        return {"type": kind, "value": value, **more}

    rows = [
        {
            "feature": cell("uri", EX + name) if name != "b" else cell("bnode", "b"),
            "geometry": cell("literal", f"POINT({x} {y})", datatype=GEO + "wktLiteral"),
            "label": cell("literal", name),
        }
        for name, (x, y) in PLACES.items()
    ]
    asked: list[str] = []

    def answer(body: str) -> tuple[int, dict[str, str], bytes]:
        asked.append(parse_qs(body)["query"][0])
        document = {
            "head": {"vars": ["feature", "geometry", "label"]},
            "results": {"bindings": rows},
        }
        kind = {"Content-Type": "application/sparql-results+json"}
        return 200, kind, json.dumps(document).encode()

    with site() as served:
        served.answers["/sparql"] = answer
        source = f'endpoint = "{served.url}/sparql"\nquery = """{QUERY}"""'
        assert links(duckdb_engine, folder, source) == [EX + "a"]
        assert set(asked) == {QUERY}
        wrong = rule_file(folder, source, 'attributes = ["lable"]')
        with pytest.raises(SourceError, match="lable"):
            discover(wrong, engine=duckdb_engine, output=None, reading=Reading(LinkReaders()))


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ('vector = "places.geojson"\niri = "http://example.org/{idd}"', "no such column: 'idd'"),
        ('vector = "places.geojson"\nlayer = "towns"', "layer cannot be read"),
        ('store = "store"\nquery = "SELECT ?feature { ?feature ?p ?o }"', "'?geometry'"),
        ('store = "store"\nquery = "SELECT ?feature {"', "line 1"),
    ],
)
def test_says_what_is_wrong_with_a_source(
    duckdb_engine: Engine, folder: Path, source: str, words: str
) -> None:
    with pytest.raises(EarthgraphError) as caught:
        links(duckdb_engine, folder, source)
    assert words in str(caught.value)


def test_a_graph_of_a_store_alone(engine: Engine, folder: Path) -> None:
    (folder / "one.nq").write_text(
        f'<{EX}d> <{GEO}asWKT> "POINT(2 2)"^^<{GEO}wktLiteral> <{EX}one> .\n'
    )
    with open_store(folder / "store") as store:
        store.load([folder / "one.nq"])
    assert links(engine, folder, 'store = "store"\nfrom_graph = "ex:one"') == [EX + "d"]
    assert links(engine, folder, 'store = "store"\nfrom_graph = "ex:two"') == []
