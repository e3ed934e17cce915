"""Result formats: read back by other readers, and what each must say exactly."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator

import pyoxigraph as ox
import pytest

from endpoint.sparql.engine import query
from endpoint.sparql.results import RESULT_FORMATS, formats_for, write_results
from endpoint.store.dataset import Dataset
from endpoint.store.memory import drop_dataset
from engine.protocol import Engine
from geosparql.errors import QueryError
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
