"""The W3C SPARQL 1.1 query suite, unmodified; what we do not pass stands in known_failures.toml."""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from endpoint.sparql.engine import Entailment, QueryOptions, query
from endpoint.sparql.parse import parse_query
from endpoint.sparql.parse_update import parse_update
from endpoint.sparql.results import write_results
from endpoint.store.dataset import Dataset
from endpoint.store.memory import drop_dataset, memory_dataset
from engine.protocol import Engine
from geosparql.errors import QueryError
from geosparql.rdf import format_of, read_triples
from geosparql.triples import TRIPLES_SCHEMA
from tests.endpoint.sparql.solutions import (
    canonical,
    canonical_graph,
    our_graph,
    our_solutions,
)
from tests.endpoint.sparql.w3c import SUITE, Case, cases, expected, results_read

KNOWN = tomllib.loads(Path(__file__).with_name("known_failures.toml").read_text())
pytestmark = pytest.mark.skipif(not SUITE.exists(), reason="../shared/suites is not there")


def _parameters(*kinds: str) -> list[object]:
    parameters = []
    for case in cases():
        if case.kind not in kinds:
            continue
        marks = []
        if reason := KNOWN.get(case.name):
            marks.append(pytest.mark.xfail(reason=reason["reason"], strict=True))
        parameters.append(pytest.param(case, id=case.name, marks=marks))
    return parameters


def _in_folders(*folders: str, kind: str) -> list[object]:
    return [p for p in _parameters(kind) if p.values[0].name.split("/")[0] in folders]  # type: ignore[attr-defined]


def _is_evaluated(case: Case) -> bool:
    return not case.entailment and not case.has_service


def _batches(case: Case) -> Iterator[pa.RecordBatch]:
    graph = TRIPLES_SCHEMA.get_field_index("graph")
    for path, is_named in [*((p, False) for p in case.data), *((p, True) for p in case.named)]:
        with path.open("rb") as stream:
            for batch in read_triples(stream, format=format_of(path)[0], base_iri=path.as_uri()):
                names = pa.array([path.as_uri()] * batch.num_rows)
                named = batch.set_column(graph, TRIPLES_SCHEMA.field("graph"), names)
                yield named if is_named else batch


def _dataset(case: Case, engine: Engine) -> Dataset:
    return memory_dataset(engine, _batches(case))


def check(case: Case, engine: Engine, entailment: Entailment = "none") -> None:
    dataset = _dataset(case, engine)
    try:
        options = QueryOptions(base=case.query.as_uri(), entailment=entailment)
        answer = query(dataset, case.query.read_text(), options=options)
        assert case.result is not None
        wanted = expected(case.result)
        if answer.form == "ask":
            assert answer.boolean == wanted
        elif answer.form == "select":
            assert canonical(our_solutions(answer)) == canonical(wanted)
        else:
            assert canonical_graph(our_graph(answer)) == canonical_graph(wanted)
    finally:
        drop_dataset(dataset)


EVALUATED = [p for p in _parameters("QueryEvaluationTest") if _is_evaluated(p.values[0])]  # type: ignore[attr-defined]


@pytest.mark.parametrize("case", EVALUATED)
def test_evaluation(case: Case, duckdb_engine: Engine) -> None:
    check(case, duckdb_engine)


UNDER_RDFS = [
    p
    for p in _parameters("QueryEvaluationTest")
    if "RDFS" in p.values[0].entailment  # type: ignore[attr-defined]
]


@pytest.mark.parametrize("case", UNDER_RDFS)
def test_rdfs_entailment(case: Case, duckdb_engine: Engine) -> None:
    check(case, duckdb_engine, "rdfs")


@pytest.mark.full
@pytest.mark.spark
@pytest.mark.parametrize("case", EVALUATED)
def test_evaluation_on_spark(case: Case, spark_engine: Engine) -> None:
    check(case, spark_engine)


def _written(case: Case, engine: Engine) -> bytes:
    assert case.result is not None
    dataset, stream = _dataset(case, engine), io.BytesIO()
    try:
        options = QueryOptions(base=case.query.as_uri())
        answer = query(dataset, case.query.read_text(), options=options)
        write_results(answer, stream, case.result.suffix.removeprefix(".").replace("srj", "json"))
    finally:
        drop_dataset(dataset)
    return stream.getvalue()


@pytest.mark.parametrize("case", _in_folders("csv-tsv-res", "json-res", kind="QueryEvaluationTest"))
def test_written_results(case: Case, duckdb_engine: Engine) -> None:
    assert case.result is not None
    ours = results_read(_written(case, duckdb_engine), case.result.suffix)
    wanted = expected(case.result)
    assert ours == wanted if isinstance(wanted, bool) else canonical(ours) == canonical(wanted)


@pytest.mark.parametrize("case", _in_folders("csv-tsv-res", kind="CSVResultFormatTest"))
def test_written_csv(case: Case, duckdb_engine: Engine) -> None:
    assert case.result is not None
    ours = _written(case, duckdb_engine).decode()
    assert _csv_rows(ours) == _csv_rows(case.result.read_bytes().decode())


def _csv_rows(text: str) -> list[list[str]]:
    """Read CSV; the labels of blank nodes are free."""
    head, *rows = csv.reader(io.StringIO(text, newline=""))
    free = [["_:" if cell.startswith("_:") else cell for cell in row] for row in rows]
    return [head, *sorted(free)]


@pytest.mark.parametrize("case", _parameters("PositiveSyntaxTest11"))
def test_valid_syntax(case: Case) -> None:
    parse_query(case.query.read_text(), base=case.query.as_uri())


@pytest.mark.parametrize("case", _parameters("NegativeSyntaxTest11"))
def test_invalid_syntax(case: Case) -> None:
    with pytest.raises(QueryError):
        parse_query(case.query.read_text(), base=case.query.as_uri())


@pytest.mark.parametrize("case", _parameters("PositiveUpdateSyntaxTest11"))
def test_valid_update_syntax(case: Case) -> None:
    parse_update(case.query.read_text(), base=case.query.as_uri())


@pytest.mark.parametrize("case", _parameters("NegativeUpdateSyntaxTest11"))
def test_invalid_update_syntax(case: Case) -> None:
    with pytest.raises(QueryError):
        parse_update(case.query.read_text(), base=case.query.as_uri())


def test_every_known_failure_is_a_case() -> None:
    assert set(KNOWN) <= {case.name for case in cases()}
