"""Drafts: of every kind of source the mapping runs as it is, with a feature for each row."""

from __future__ import annotations

import gzip
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from engine.protocol import Engine
from geosparql.errors import CRSError, MappingError, SourceError
from geosparql.terms import XSD
from geosparql.vocabulary import GEO_FEATURE, GEO_WKT_LITERAL, RDF_TYPE
from geotriples.check import check
from geotriples.convert import convert, triples
from geotriples.draft import BASE_IRI, draft
from geotriples.mapping.rml import read_mapping
from tests.geotriples.sources.test_raster import write_raster
from tests.geotriples.sources.test_vector import write_layer
from tests.geotriples.web_server import site

DATA = Path(__file__).parents[3].parent / "shared" / "data"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
ROWS = 12
FIELDS: dict[str, list[Any]] = {
    "parcel_id": [f"P-{n:02}" for n in range(ROWS)],
    "name": [f"Field {n}" for n in range(ROWS)],
    "name_en": [None if n == 2 else f"Field {n}" for n in range(ROWS)],
    "crop": ["wheat, winter", "grass", "maize"] * 4,
    "area": [n * 1.5 for n in range(ROWS)],
    "count": [n % 3 for n in range(ROWS)],
}
GEO = "http://www.opengis.net/ont/geosparql#"
SKOS = "http://www.w3.org/2004/02/skos/core#"


def boxes() -> Any:
    return np.array([shapely.box(n, n, n + 1, n + 1) for n in range(ROWS)], object)


def vector(suffix: str) -> Callable[[Path], Path]:
    return lambda folder: write_layer(folder / f"a b{suffix}", boxes(), fields=FIELDS)


def delimited(name: str, delimiter: str, encoding: str = "utf-8") -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        head = ["id", "name", "käse{}", "lon", "lat", "seen", "code", "n"]
        rows = [
            [f"{n}", f"Zoë {n}", "Gouda" if n % 2 else "Brie", f"{n / 2}", f"{40 + n}",
             f"2024-05-{n + 1:02}", f"{n % 5:03}", "" if n == 1 else f"{n}.5"]
            for n in range(ROWS)
        ]  # fmt: skip
        text = "\n".join(delimiter.join(row) for row in [head, *rows])
        (folder / name).write_text(text + "\n", encoding=encoding)
        return folder / name

    return write


def wkt_table(folder: Path) -> Path:
    rows = "".join(f'"LINESTRING(0 0,{n} 1)",{n % 2}\n' for n in range(ROWS))
    (folder / "lines.csv").write_text("shape,odd\n" + rows)
    return folder / "lines.csv"


def document(folder: Path) -> Path:
    items = [
        {"key": n, "at": {"longitude": n, "latitude": n + 0.5}, "tags": ["a", "b"],
         "it's": n % 2 == 0, "mixed": "x" if n else 1, "note": None if n else "y"}
        for n in range(ROWS)
    ]  # fmt: skip
    path = folder / "items.json"
    path.write_text(json.dumps({"meta": {"few": [{"a": 1}]}, "result": {"items": items}}))
    return path


def parquet(folder: Path) -> Path:
    bounds = pa.array([{"x": 1}] * ROWS)
    pq.write_table(pa.table({**FIELDS, "bounds": bounds}), folder / "plain.parquet")
    return folder / "plain.parquet"


def sheets(folder: Path) -> Path:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.title = "first one"
    for row in [["id", "name", "x", "y"], *([n, f"S{n}", n * 1.5, n] for n in range(ROWS - 2))]:
        book.active.append(row)
    for row in (["code"], ["a"], ["b"]):
        (book["2"] if "2" in book.sheetnames else book.create_sheet("2")).append(row)
    book.save(folder / "book.xlsx")
    return folder / "book.xlsx"


def json_lines(folder: Path) -> Path:
    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps({"id": n, "a": {"b": [1, n]}}) + "\n" for n in range(ROWS)))
    return path


def packed_table(folder: Path) -> Path:
    table = delimited("stations.csv", "|")(folder)
    (folder / "stations.csv.gz").write_bytes(gzip.compress(table.read_bytes()))
    return folder / "stations.csv.gz"


def raster(folder: Path) -> Path:
    return write_raster(folder / "crops.tif", np.arange(1, ROWS + 1, dtype=np.uint8).reshape(3, 4))


def xml(folder: Path) -> Path:
    rows = "".join(
        f'<p:town id="{n}"><name>T{n}</name><at>{n}</at><tag>a</tag><tag>b</tag></p:town>'
        for n in range(ROWS)
    )
    (folder / "towns.xml").write_text(f'<r xmlns:p="http://p/"><p:all>{rows}</p:all></r>')
    return folder / "towns.xml"


def item(n: int) -> dict[str, Any]:
    return {
        "type": "Feature", "stac_version": "1.0.0", "id": f"S-{n}",
        "geometry": {"type": "Point", "coordinates": [n, 50]}, "bbox": [n, 50, n, 50],
        "properties": {"datetime": "2026-01-01T00:00:00Z", "eo:cloud_cover": n},
        "links": [{"rel": "self", "href": "x"}], "assets": {"data": {"href": f"http://e/{n}.tif"}},
    }  # fmt: skip


def items(folder: Path) -> Path:
    page = {"type": "FeatureCollection", "features": [item(n) for n in range(ROWS)]}
    (folder / "items.json").write_text(json.dumps(page))
    return folder / "items.json"


def database(folder: Path) -> Path:
    path = folder / "towns.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE town (id INTEGER PRIMARY KEY, name TEXT, kind TEXT)")
        rows = [(n, f"T{n}", "ab"[n % 2]) for n in range(ROWS)]
        connection.executemany("INSERT INTO town VALUES (?, ?, ?)", rows)
        connection.commit()
    return path


SOURCES: dict[str, Callable[[Path], Path]] = {
    **{suffix: vector(suffix) for suffix in (".gpkg", ".shp", ".geojson", ".fgb", ".parquet",
                                             ".shp.zip")},
    "csv": delimited("stations.csv", ","),
    "tsv": delimited("stations.tsv", "\t"),
    "semicolons in Windows' encoding": delimited("stations.csv", ";", "windows-1252"),
    "utf-16": delimited("stations.txt", ",", "utf-16"),
    "gzip": packed_table,
    "sheets": sheets,
    "json lines": json_lines,
    "wkt": wkt_table,
    "json": document,
    "plain parquet": parquet,
    "raster": raster,
    "sqlite": database,
    "xml": xml,
    "stac items": items,
}  # fmt: skip


def drafted(source: Path | str, folder: Path, **options: Any) -> Path:
    mapping = folder / "draft.ttl"
    mapping.write_text(draft(source, folder=folder, **options), encoding="utf-8")
    return mapping


def features_of(mapping: Path, engine: Engine, **options: Any) -> set[str]:
    """Check and convert without any problem, and give the subjects of the class of each layer."""
    assert check(mapping, engine=engine, **options) == ()
    read = read_mapping(mapping, **options)
    report = convert(read, engine=engine, output=mapping.with_suffix(".nt"))
    assert report.problems == ()
    made = triples(read, engine=engine).read_all().select(["subject", "predicate", "object"])
    return {
        row["subject"]
        for row in made.to_pylist()
        if row["predicate"] == RDF_TYPE and row["object"].startswith(f"{BASE_IRI}def#")
    }


@pytest.mark.parametrize("kind", SOURCES)
def test_runs_as_it_is(kind: str, duckdb_engine: Engine, tmp_path: Path) -> None:
    source = SOURCES[kind](tmp_path)
    assert len(features_of(drafted(source, tmp_path), duckdb_engine)) == ROWS


@pytest.mark.spark
def test_runs_on_spark(spark_engine: Engine, tmp_path: Path) -> None:
    source = SOURCES[".gpkg"](tmp_path)
    assert len(features_of(drafted(source, tmp_path), spark_engine)) == ROWS


@pytest.mark.parametrize(
    "name",
    ["parcels/nl_2023.gpkg", "parcels/at_2025.gpkg.zip", "parcels/dk_2026.zip",
     "natural-earth/ne_50m_lakes.geojson", "nuts/nuts_2024_60m_level1.geojson"],
)  # fmt: skip
def test_real_files(name: str, duckdb_engine: Engine, tmp_path: Path) -> None:
    pyogrio = pytest.importorskip("pyogrio")
    if not (DATA / name).exists():
        pytest.skip("the data of ../shared are absent")
    found = features_of(drafted(DATA / name, tmp_path), duckdb_engine)
    assert len(found) == pyogrio.read_info(DATA / name)["features"]


def graph_of(mapping: Path, engine: Engine) -> dict[str, list[tuple[str, str | None]]]:
    """Give objects with their datatypes by the local name of the predicate."""
    found: dict[str, list[tuple[str, str | None]]] = {}
    for row in triples(mapping, engine=engine).read_all().drop(["geometry"]).to_pylist():
        name = row["predicate"].replace(GEO, "geo:").replace(SKOS, "skos:").split("def#")[-1]
        found.setdefault(name, []).append((row["object"], row["datatype"] or row["language"]))
    return found


def test_what_a_layer_becomes(duckdb_engine: Engine, tmp_path: Path) -> None:
    source = write_layer(tmp_path / "fields.gpkg", boxes(), fields=FIELDS)
    found = graph_of(drafted(source, tmp_path), duckdb_engine)
    assert (f"{BASE_IRI}fields/P-00/geometry", None) in found["geo:hasDefaultGeometry"]
    assert found["geo:hasGeometry"] == found["geo:hasDefaultGeometry"]
    assert {datatype for _, datatype in found["geo:asWKT"]} == {GEO_WKT_LITERAL}
    assert all("EPSG/0/28992" in text for text, _ in found["geo:asWKT"])
    area = float(found["geo:hasMetricArea"][0][0])
    assert area == pytest.approx(1, rel=1e-3)
    assert len(found["geo:hasMetricPerimeterLength"]) == ROWS
    assert ("Field 3", XSD + "string") in found["http://www.w3.org/2000/01/rdf-schema#label"]
    assert (f"{BASE_IRI}codes/fields/crop/wheat%2C%20winter", None) in found["crop"]
    assert set(found["skos:inScheme"]) == {(f"{BASE_IRI}codes/fields/crop", None)}
    assert ("grass", XSD + "string") in found["skos:prefLabel"]
    assert {datatype for _, datatype in found["count"]} == {XSD + "integer"}
    assert (GEO_FEATURE, None) in found[RDF_TYPE]


def test_datatypes_of_texts(duckdb_engine: Engine, tmp_path: Path) -> None:
    found = graph_of(drafted(SOURCES["csv"](tmp_path), tmp_path), duckdb_engine)
    assert {datatype for _, datatype in found["seen"]} == {XSD + "date"}
    assert ("000", XSD + "string") in found["code"]
    assert len(found["n"]) == ROWS - 1
    assert {datatype for _, datatype in found["n"]} == {XSD + "decimal"}
    assert ("POINT(0.5 41)", GEO_WKT_LITERAL) in found["geo:asWKT"]
    assert (f"{BASE_IRI}codes/stations/käse/Gouda", None) in found["käse"]


def test_values_of_json(duckdb_engine: Engine, tmp_path: Path) -> None:
    found = graph_of(drafted(document(tmp_path), tmp_path), duckdb_engine)
    assert {datatype for _, datatype in found["mixed"]} == {XSD + "string", XSD + "integer"}
    assert len(found["tags"]) == 2 * ROWS
    assert {datatype for _, datatype in found["it_s"]} == {XSD + "boolean"}


def test_rows_without_a_key_are_numbered(duckdb_engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a-b,a_b\n" + "1,x\n1,y\n" * 2)
    mapping = drafted(tmp_path / "t.csv", tmp_path)
    assert features_of(mapping, duckdb_engine) == {f"{BASE_IRI}t/{n}" for n in range(4)}
    assert len(graph_of(mapping, duckdb_engine)["a_b_2"]) == 4


def test_a_key_of_the_first_rows_alone_is_none(
    duckdb_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("geotriples.draft.survey.SURVEYED_ROWS", 1)
    monkeypatch.setattr("geotriples.sources.documents.BATCH_ROWS", 3)
    (tmp_path / "t.json").write_text(json.dumps([{"id": n} for n in (1, 2, 3, 1)]))
    mapping = drafted(tmp_path / "t.json", tmp_path)
    assert "the first 3 rows" in mapping.read_text()
    assert len(features_of(mapping, duckdb_engine)) == 4


def test_several_layers(duckdb_engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "two.gpkg"
    write_layer(path, boxes(), fields=FIELDS, layer="fields")
    lines = np.array([shapely.LineString([(n, 0), (n, 3)]) for n in range(ROWS)], object)
    write_layer(path, lines, fields={"x": list(range(ROWS))}, layer="roads", append=True,
                geometry_type="LineString")  # fmt: skip
    both = drafted(path, tmp_path)
    assert len(features_of(both, duckdb_engine)) == 2 * ROWS
    assert len(graph_of(both, duckdb_engine)["geo:hasMetricLength"]) == ROWS
    assert len(features_of(drafted(path, tmp_path, layer="roads"), duckdb_engine)) == ROWS


def test_crs_that_the_file_lacks(duckdb_engine: Engine, tmp_path: Path) -> None:
    source = write_layer(tmp_path / "a.shp", boxes(), fields=FIELDS, crs="EPSG:28992")
    (tmp_path / "a.prj").unlink()
    with pytest.raises(CRSError, match=r"does not state its CRS.*--crs"):
        draft(source)
    assert len(features_of(drafted(source, tmp_path, crs=CRS84), duckdb_engine)) == ROWS


def test_coordinates_in_the_order_of_their_crs(duckdb_engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("id,x,y\n" + "".join(f"{n},{n * 100},{n}\n" for n in range(5)))
    projected = draft(tmp_path / "t.csv", crs="http://www.opengis.net/def/crs/EPSG/0/28992")
    assert "EPSG/0/28992> POINT({x} {y})" in projected
    swapped = draft(tmp_path / "t.csv", crs="http://www.opengis.net/def/crs/EPSG/0/4326")
    assert "EPSG/0/4326> POINT({y} {x})" in swapped
    assert "POINT" not in draft(tmp_path / "t.csv")  # 400 is no longitude


def test_databases_by_url(duckdb_engine: Engine, tmp_path: Path) -> None:
    url = f"sqlite:///{database(tmp_path)}"
    mapping = drafted(url, tmp_path)
    assert str(tmp_path) not in mapping.read_text().replace("# Draft", "", 1).split("\n", 1)[1]
    assert len(features_of(mapping, duckdb_engine, database=url)) == ROWS


def test_postgis(postgis: str, duckdb_engine: Engine, tmp_path: Path) -> None:
    from adbc_driver_postgresql import dbapi

    with dbapi.connect(postgis, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS drafted_sites")
        cursor.execute("CREATE TABLE drafted_sites (id INT PRIMARY KEY, at geometry(Point, 4326))")
        cursor.execute("INSERT INTO drafted_sites SELECT n, ST_SetSRID(ST_Point(n, n), 4326) "
                       "FROM generate_series(1, 12) n")  # fmt: skip
    mapping = drafted(postgis, tmp_path, layer="drafted_sites")
    assert len(features_of(mapping, duckdb_engine, database=postgis)) == ROWS
    assert len(graph_with_database(mapping, postgis, duckdb_engine)) == ROWS


def graph_with_database(mapping: Path, url: str, engine: Engine) -> list[str]:
    made = triples(read_mapping(mapping, database=url), engine=engine).read_all()
    return [
        row for row in made.select(["datatype"])["datatype"].to_pylist() if row == GEO_WKT_LITERAL
    ]


@pytest.mark.parametrize(
    ("source", "options", "error", "message"),
    [
        ("absent.csv", {}, SourceError, "does not exist"),
        ("t.csv", {"layer": "x"}, SourceError, "no such layer.*It has: t"),
        ("t.csv", {"base_iri": "not an iri/"}, MappingError, "base must be an IRI"),
        ("t.csv", {"base_iri": "http://e"}, MappingError, "ends with /"),
        ("broken.json", {}, SourceError, "JSON file cannot be read"),
        ("what.xyz", {}, SourceError, "cannot be read"),
        ("oracle://host/name", {}, MappingError, "kind of database is not known"),
    ],
)
def test_refused(
    source: str, options: dict[str, str], error: type[Exception], message: str, tmp_path: Path
) -> None:
    (tmp_path / "t.csv").write_text("a\n1\n")
    (tmp_path / "broken.json").write_text('{"a": ')
    (tmp_path / "what.xyz").write_text("?")
    with pytest.raises(error, match=message):
        draft(source if "://" in source else tmp_path / source, **options)  # type: ignore[arg-type]


def test_values_of_xml(duckdb_engine: Engine, tmp_path: Path) -> None:
    found = graph_of(drafted(xml(tmp_path), tmp_path), duckdb_engine)
    assert len(found["tag"]) == 2 * ROWS
    assert (f"{BASE_IRI}towns/0", None) not in found["tag"]
    label = "http://www.w3.org/2000/01/rdf-schema#label"
    assert ("T3", XSD + "string") in found[label]


def test_values_of_stac(duckdb_engine: Engine, tmp_path: Path) -> None:
    mapping = drafted(items(tmp_path), tmp_path)
    assert f"{BASE_IRI}items/S-3" in features_of(mapping, duckdb_engine)
    found = graph_of(mapping, duckdb_engine)
    assert ("POINT (3 50)", GEO_WKT_LITERAL) in found["geo:asWKT"]
    assert {kind for _, kind in found["properties_datetime"]} == {XSD + "dateTime"}
    assert ("http://e/3.tif", XSD + "anyURI") in found["assets_data_href"]


@pytest.mark.parametrize("kind", ["stac", "ogc"])
def test_pages_of_a_service(kind: str, duckdb_engine: Engine, tmp_path: Path) -> None:
    with site() as web:
        wanted = set(item(0)) - ({"stac_version"} if kind == "ogc" else set())
        features = [{name: item(n)[name] for name in wanted} for n in range(ROWS)]
        links = {"links": [{"rel": "next", "href": "/next"}]}
        for path, part, more in (
            ("/collections/towns/items", features[:5], links), ("/next", features[5:], {}),
        ):  # fmt: skip
            page = {"type": "FeatureCollection", "features": part, **more}
            web.put(path, json.dumps(page).encode())
        mapping = drafted(f"{web.url}/collections/towns/items", tmp_path)
        assert len(features_of(mapping, duckdb_engine)) == ROWS
        assert f"{BASE_IRI}towns/" in mapping.read_text()
        web.put("/page", b"{}")
        with pytest.raises(SourceError, match=r"gives no features.*--query"):
            draft(f"{web.url}/page")


def test_solutions_of_a_query(duckdb_engine: Engine, tmp_path: Path) -> None:
    rows = "".join(f"<http://e/{n}> <http://e/n> {n} .\n" for n in range(ROWS))
    (tmp_path / "a.ttl").write_text(rows)
    query = "SELECT ?s ?n { ?s <http://e/n> ?n }"
    mapping = drafted(tmp_path / "a.ttl", tmp_path, query=query)
    assert len(features_of(mapping, duckdb_engine)) == ROWS
    assert {kind for _, kind in graph_of(mapping, duckdb_engine)["n"]} == {XSD + "integer"}
    answer = b'{"head": {"vars": ["n"]}, "results": {"bindings": ['
    answer += b'{"n": {"type": "literal", "value": "x"}}]}}'
    with site() as web:
        endpoint = web.put("/sparql", answer, "application/sparql-results+json")
        text = draft(endpoint, query="SELECT ?n {}")
        assert f"<{endpoint}>" in text
        mapping.write_text(text)
        assert graph_of(mapping, duckdb_engine)["n"] == [("x", XSD + "string")]


def test_class_table_of_a_raster(duckdb_engine: Engine, tmp_path: Path) -> None:
    path = raster(tmp_path)
    names = "".join(f"<Category>kind {n}</Category>" for n in range(20))
    path.with_suffix(".tif.aux.xml").write_text(
        f'<PAMDataset><PAMRasterBand band="1"><CategoryNames>{names}</CategoryNames>'
        "</PAMRasterBand></PAMDataset>"
    )
    mapping = drafted(path, tmp_path)
    assert len(features_of(mapping, duckdb_engine)) == ROWS
    made = triples(mapping, engine=duckdb_engine).read_all().drop(["geometry"]).to_pylist()
    labels = {
        row["subject"]: row["object"] for row in made if row["predicate"] == SKOS + "prefLabel"
    }
    notations = {row["subject"]: row["object"] for row in made
                 if row["predicate"] == SKOS + "notation"}  # fmt: skip
    assert notations
    assert {iri: f"kind {code}" for iri, code in notations.items()}.items() <= labels.items()
    assert not [row for row in made if row["predicate"].endswith("#label")]
