"""Result formats: read back by other readers, and what each must say exactly."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator

import geopandas
import pyarrow as pa
import pyarrow.parquet as pq
import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from endpoint.sparql.answer import CELL, Answer
from endpoint.sparql.engine import query
from endpoint.sparql.results import RESULT_FORMATS, formats_for, write_results
from endpoint.store.dataset import Dataset
from endpoint.store.memory import drop_dataset
from engine.protocol import Engine
from geosparql.errors import QueryError
from geosparql.term_columns import term_of, to_oxigraph
from geosparql.terms import RDF_LANG_STRING, XSD, XSD_STRING
from geosparql.triples import TRIPLE_TERM
from tests.endpoint.sparql.solutions import canonical, dataset_of, our_solutions

DATA = r"""
@prefix : <http://e/> . @prefix geo: <http://www.opengis.net/ont/geosparql#> .
:a :p "comma, \"quote\" <tag> & \n line" , "tab\there"@en , 5 , 2.50 , 1e3 , true , _:b .
:a geo:asWKT "<http://www.opengis.net/def/crs/EPSG/0/4326> POINT(52 5)"^^geo:wktLiteral .
_:b :q "ünï" .
"""
SELECT = "SELECT ?s ?o ?none { ?s <http://e/p> ?o OPTIONAL { ?o <http://e/r> ?none } }"
READERS = {
    "json": ox.QueryResultsFormat.JSON,
    "xml": ox.QueryResultsFormat.XML,
    "tsv": ox.QueryResultsFormat.TSV,
}

SORTS = (
    (None, None),
    (XSD_STRING, None),
    (RDF_LANG_STRING, "en"),
    (XSD + "integer", None),
    (XSD + "double", None),
    ("http://e/type", None),
)
UNWRITABLE = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF], " ")


@pytest.fixture(scope="module")
def dataset(duckdb_engine: Engine) -> Iterator[Dataset]:
    made = dataset_of(duckdb_engine, DATA)
    yield made
    drop_dataset(made)


def written(dataset: Dataset, text: str, format: str) -> bytes:
    stream = io.BytesIO()
    write_results(query(dataset, text), stream, format)
    return stream.getvalue()


@pytest.mark.parametrize("format", READERS)
def test_solutions_are_read_back(format: str, dataset: Dataset) -> None:
    found = ox.parse_query_results(written(dataset, SELECT, format), format=READERS[format])
    assert isinstance(found, ox.QuerySolutions)
    names = [variable.value for variable in found.variables]
    assert names == ["s", "o", "none"]
    theirs = [{n: s[n] for n in names if s[n] is not None} for s in found]
    assert len(theirs) == 7
    assert canonical(theirs) == canonical(our_solutions(query(dataset, SELECT)))


@pytest.mark.parametrize("format", ["json", "xml"])
@pytest.mark.parametrize(("object_", "truth"), [("5", True), ("6", False)])
def test_a_truth_value_is_read_back(
    format: str, object_: str, truth: bool, dataset: Dataset
) -> None:
    text = f"ASK {{ ?s <http://e/p> {object_} }}"
    found = ox.parse_query_results(written(dataset, text, format), format=READERS[format])
    assert isinstance(found, ox.QueryBoolean)
    assert bool(found) is truth


def test_csv_has_values_alone(dataset: Dataset) -> None:
    text = written(dataset, SELECT, "csv").decode()
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows[0] == ["s", "o", "none"]
    assert {'comma, "quote" <tag> & \n line', "5", "2.50"} <= {row[1] for row in rows}
    assert text.endswith("\r\n")


def test_no_solution_and_no_variable(dataset: Dataset) -> None:
    empty = json.loads(written(dataset, "SELECT ?x { ?x <http://e/none> 1 }", "json"))
    assert empty == {"head": {"vars": ["x"]}, "results": {"bindings": []}}
    one = json.loads(written(dataset, "SELECT * {}", "json"))
    assert one["results"]["bindings"] == [{}]


def test_geojson_has_lonlat_and_properties(dataset: Dataset) -> None:
    text = """SELECT ?g (5 AS ?n) ("x" AS ?name) {
        ?s <http://www.opengis.net/ont/geosparql#asWKT> ?g }"""
    collection = json.loads(written(dataset, text, "geojson"))
    (feature,) = collection["features"]
    assert feature["geometry"] == {"type": "Point", "coordinates": [5.0, 52.0]}
    assert feature["properties"] == {"n": 5, "name": "x"}


GEOMETRIES = """SELECT ?g ?n ?m ?name {
    ?s <http://www.opengis.net/ont/geosparql#asWKT> ?w
    VALUES (?g ?n ?m ?name) {
        ("POINT(1 2)"^^<http://www.opengis.net/ont/geosparql#wktLiteral> 5 1 "x")
        ("<http://www.opengis.net/def/crs/EPSG/0/4326> LINESTRING(52 5, 53 6)"^^
            <http://www.opengis.net/ont/geosparql#wktLiteral> 2.5 "z" <http://e/i>)
        (UNDEF UNDEF UNDEF UNDEF) } }"""


def test_geoparquet_is_read_by_geopandas(dataset: Dataset) -> None:
    frame = geopandas.read_parquet(io.BytesIO(written(dataset, GEOMETRIES, "geoparquet")))
    assert frame.crs == "OGC:CRS84"
    assert frame.geometry.name == "g"
    by_name = {row.name: row for row in frame.itertuples(index=False)}
    assert by_name["x"].g.wkt == "POINT (1 2)"
    assert by_name["http://e/i"].g.wkt == "LINESTRING (5 52, 6 53)"
    assert sorted(frame["n"].dropna()) == [2.5, 5.0]
    assert sorted(frame["m"].dropna()) == ["1", "z"]
    assert frame.geometry.isna().sum() == 1


def test_geoparquet_without_a_geometry_is_parquet(dataset: Dataset) -> None:
    table = pq.read_table(
        io.BytesIO(written(dataset, "SELECT (5 AS ?n) (true AS ?t) {}", "geoparquet"))
    )
    assert table.to_pylist() == [{"n": 5, "t": True}]


def test_an_arrow_stream_loses_nothing(dataset: Dataset) -> None:
    with pa.ipc.open_stream(written(dataset, SELECT, "arrow")) as reader:
        rows = reader.read_all().to_pylist()
    assert len(rows) == 7
    assert {"value": "tab\there", "datatype": RDF_LANG_STRING, "language": "en"} in [
        row["o"] for row in rows
    ]
    assert all(row["none"] is None for row in rows)


def test_a_page_is_safe_and_draws_geometries(dataset: Dataset) -> None:
    page = written(dataset, GEOMETRIES, "html").decode()
    assert page.count("<path") == 2
    assert '<a href="http://e/i"' in page
    hostile = 'SELECT ("<script>" AS ?a) (IRI("javascript:alert(1)") AS ?b) {}'
    page = written(dataset, hostile, "html").decode()
    assert "<script>" not in page
    assert "href" not in page
    graph = written(dataset, "CONSTRUCT { ?s <http://e/z> ?o } { ?s <http://e/p> ?o }", "html")
    assert graph.count(b"<tr>") == 8


@pytest.mark.parametrize("format", READERS)
@given(terms=st.lists(st.tuples(st.text(max_size=8), st.sampled_from(SORTS)), max_size=12))
def test_any_solutions_are_read_back(
    format: str, terms: list[tuple[str, tuple[str | None, str | None]]]
) -> None:
    if format == "xml":  # no form for some characters, and this reader trims
        terms = [(f"|{text.translate(UNWRITABLE)}|", sort) for text, sort in terms]
    cells = [
        {"value": text, "datatype": datatype, "language": language}
        if (datatype, language) != SORTS[0]
        else {"value": "http://e/" + text.encode().hex(), "datatype": None, "language": None}
        for text, (datatype, language) in terms
    ]
    batch = pa.RecordBatch.from_arrays([pa.array([*cells, None], CELL)], ["x"])
    stream = io.BytesIO()
    write_results(Answer("select", ("x",), _batches=lambda: iter([batch])), stream, format)
    found = ox.parse_query_results(stream.getvalue(), format=READERS[format])
    nodes = [solution["x"] for solution in found]
    assert nodes[-1] is None
    expected = [to_oxigraph(term_of(**_parts(cell))) for cell in cells]
    assert nodes[:-1] == expected


def _parts(cell: dict[str, str | None]) -> dict[str, str | None]:
    return {"text": cell["value"], "datatype": cell["datatype"], "language": cell["language"]}


@pytest.mark.parametrize("format", ["json", "xml"])
def test_a_triple_term_is_read_back(format: str, dataset: Dataset) -> None:
    text = '<<( <http://e/a> <http://e/p> "q \\""@en )>>'
    cell = {"value": text, "datatype": TRIPLE_TERM, "language": None}
    batch = pa.RecordBatch.from_arrays([pa.array([cell], CELL)], ["x"])
    stream = io.BytesIO()
    write_results(Answer("select", ("x",), _batches=lambda: iter([batch])), stream, format)
    (solution,) = ox.parse_query_results(stream.getvalue(), format=READERS[format])
    assert solution["x"] == to_oxigraph(term_of(text, TRIPLE_TERM))


def test_table_is_aligned(dataset: Dataset) -> None:
    lines = written(dataset, "SELECT ?s ?o { ?s <http://e/q> ?o }", "table").decode().splitlines()
    assert len(lines) == 3
    assert lines[0].startswith("s ")
    assert lines[2].endswith("ünï")


@pytest.mark.parametrize("format", ["nt", "ttl", "rdf", "jsonld"])
def test_graphs_are_read_back(format: str, dataset: Dataset) -> None:
    text = "CONSTRUCT { ?s <http://e/z> ?o } { ?s <http://e/p> ?o }"
    formats = {f.name: f for f in RESULT_FORMATS}
    rdf_format = ox.RdfFormat.from_media_type(formats[format].media_type)
    assert rdf_format is not None
    assert len(list(ox.parse(written(dataset, text, format), format=rdf_format))) == 7


def test_a_format_that_cannot_hold_the_answer_is_refused(dataset: Dataset) -> None:
    with pytest.raises(QueryError, match="Choose one of ttl"):
        written(dataset, "DESCRIBE <http://e/a>", "csv")
    with pytest.raises(QueryError, match="Choose one of json"):
        written(dataset, "ASK {}", "geojson")


def test_formats_are_named_once() -> None:
    assert len({f.name for f in RESULT_FORMATS}) == len(RESULT_FORMATS)
    assert [f.name for f in formats_for("select")][:2] == ["json", "xml"]
