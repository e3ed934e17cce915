"""Our GeoSPARQL 1.1 suite, on our engines; what we do not pass stands in known_failures.toml."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.protocol import Engine
from geosparql.functions.table import FUNCTIONS
from geosparql.relations import RELATIONS
from geosparql.vocabulary import GEO
from suite.evaluate import Answerer, read_results, run_entry
from suite.generate.__main__ import FOLDER, classes
from suite.generate.writer import write_suite
from suite.manifest import Entry, read_entries
from tests.suite.answerers import ours

_HERE = Path(__file__)
READINGS = tomllib.loads(_HERE.with_name("readings.toml").read_text())
KNOWN = tomllib.loads(_HERE.with_name("known_failures.toml").read_text())
ENTRIES = tuple(read_entries())
RELATION_NAMES = frozenset(relation.local_name for relation in RELATIONS)


def _id(entry: Entry) -> str:
    return f"{entry.result.parent.name}/{entry.name}"


def _parameters(entries: list[Entry]) -> list[object]:
    parameters = []
    for entry in entries:
        marks = []
        if known := KNOWN.get(_id(entry)):
            marks.append(pytest.mark.xfail(reason=known["reason"], strict=True))
        parameters.append(pytest.param(entry, id=_id(entry), marks=marks))
    return parameters


def _is_our_reading(entry: Entry) -> bool:
    return entry.question is None or entry.answer in READINGS[entry.question]


TESTED = [entry for entry in ENTRIES if _is_our_reading(entry)]
SAMPLE = [
    entry
    for entry in TESTED
    if _id(entry)
    in {
        "core/Feature",
        "geometry-extension/aggUnion",
        "geometry-extension/metricDistance",
        "geometry-extension/buffer-errors",
        "geometry-topology/sfTouches",
        "query-rewrite/sfWithin-mixed",
    }
]


@pytest.fixture(scope="module")
def on_duckdb(duckdb_engine: Engine) -> Iterator[Answerer]:
    with ours(duckdb_engine) as answerer:
        yield answerer


@pytest.fixture(scope="module")
def on_spark(spark_engine: Engine) -> Iterator[Answerer]:
    with ours(spark_engine) as answerer:
        yield answerer


def check(entry: Entry, answerer: Answerer) -> None:
    outcome = run_entry(entry, answerer)
    assert outcome.passed, "\n".join((entry.comment, *outcome.failures))


@pytest.mark.parametrize("entry", _parameters(TESTED))
def test_on_duckdb(entry: Entry, on_duckdb: Answerer) -> None:
    check(entry, on_duckdb)


@pytest.mark.spark
@pytest.mark.parametrize("entry", _parameters(SAMPLE))
def test_on_spark(entry: Entry, on_spark: Answerer) -> None:
    check(entry, on_spark)


@pytest.mark.full
@pytest.mark.spark
@pytest.mark.parametrize("entry", _parameters([e for e in TESTED if e not in SAMPLE]))
def test_the_rest_on_spark(entry: Entry, on_spark: Answerer) -> None:
    check(entry, on_spark)


def test_every_question_has_our_answer() -> None:
    questions = {entry.question for entry in ENTRIES} - {None}
    assert questions == set(READINGS)
    answers = {(entry.question, entry.answer) for entry in ENTRIES}
    assert {(q, answer) for q, given in READINGS.items() for answer in given} <= answers


def test_every_known_failure_is_an_entry() -> None:
    assert set(KNOWN) <= {_id(entry) for entry in TESTED}


def _cases(entries: list[Entry]) -> int:
    answers = [read_results(entry.result.read_bytes()) for entry in entries]
    return sum(1 if isinstance(answer, bool) else len(answer) for answer in answers)


def _about(iri: str) -> list[Entry]:
    return [entry for entry in ENTRIES if iri in entry.tests]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.local_name)
def test_every_function_is_covered(function) -> None:
    """Enough cases of every function, over DGGS too, and of what is an error to it."""
    entries = _about(function.iri)
    folders = {entry.result.parent.name for entry in entries}
    assert "geometry-extension-dggs" in folders
    assert _cases(entries) >= (60 if function.local_name in RELATION_NAMES else 10)
    if not function.aggregate and function.local_name != "asDGGS":
        assert any(entry.name == f"{function.local_name}-errors" for entry in entries)


@pytest.mark.parametrize("relation", RELATIONS, ids=lambda relation: relation.local_name)
def test_every_relation_is_covered_as_a_property(relation) -> None:
    entries = _about(GEO + relation.local_name)
    folders = Counter(entry.result.parent.name for entry in entries)
    assert folders["topology-vocabulary"] == 1
    assert folders["query-rewrite"] >= 3
    assert _cases(entries) >= 8


def test_files_are_as_generated(tmp_path: Path) -> None:
    """What stands in the folder is what the generator writes, its truth above all."""
    write_suite(tmp_path / "suite", classes())
    written = {p.relative_to(tmp_path / "suite") for p in (tmp_path / "suite").rglob("*.*")}
    assert written == {path.relative_to(FOLDER) for path in FOLDER.rglob("*.*")}
    for path in sorted(written):
        if path.suffix in (".srj", ".ttl"):
            assert (tmp_path / "suite" / path).read_text() == (FOLDER / path).read_text(), path
