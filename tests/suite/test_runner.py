"""The runner: over HTTP, its judgement, its reports."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest

from earthgraph.answering import StoreAnswerer
from endpoint.http.app import create_app
from endpoint.store.store import open_store
from suite.endpoint import endpoint
from suite.evaluate import Answer, Outcome, Untested, compare, read_results, run, run_entry
from suite.manifest import Entry, read_entries
from suite.report import Score, counted, earl, readings, scores, summary
from tests.federation.servers import oxigraph_server, serving
from tests.suite.answerers import pyoxigraph

ROOT = Path(__file__).parents[2]
ENTRIES = {f"{entry.conformance_class}/{entry.name}": entry for entry in read_entries()}
FEATURE, CROSSES = ENTRIES["Core/Feature"], ENTRIES["Geometry Topology/sfCrosses-reading-1"]
OTHER = ENTRIES["Geometry Topology/sfCrosses-reading-2"]
WITHIN, RADIUS = ENTRIES["Geometry Topology/sfWithin"], ENTRIES["Geometry Extension/buffer"]


def expected(entry: Entry) -> Answer:
    return read_results(entry.result.read_bytes())


def rows(entry: Entry) -> list[dict[str, object]]:
    found = expected(entry)
    assert isinstance(found, list)
    return found


def test_the_expected_answer_passes() -> None:
    for entry in ENTRIES.values():
        assert run_entry(entry, expected).passed


def test_a_wrong_case_is_named_and_counted() -> None:
    given = [dict(row) for row in rows(WITHIN)]
    given[3].pop("result")
    outcome = compare(WITHIN, expected(WITHIN), given)
    assert not outcome.passed
    assert (outcome.right, outcome.cases) == (len(given) - 1, len(given))
    assert given[3]["case"].value in outcome.failures[0]


def test_surplus_solutions_fail() -> None:
    given = [*rows(FEATURE), {"x": ox.NamedNode("http://example.org/more")}]
    assert not compare(FEATURE, expected(FEATURE), given).passed


def test_numbers_are_compared_by_value() -> None:
    number = ENTRIES["Core/hasMetricArea"]
    other = ox.Literal("8000", datatype=ox.NamedNode("http://www.w3.org/2001/XMLSchema#double"))
    assert compare(number, expected(number), [dict(rows(number)[0], value=other)]).passed


def test_an_engine_that_fails_does_not_end_the_run() -> None:
    def answerer(entry: Entry) -> Answer:
        raise RuntimeError("no such function")

    (outcome,) = run([WITHIN], answerer)
    assert outcome.passed is False
    assert outcome.right == 0
    assert "no such function" in outcome.failures[0]


def test_of_the_readings_of_a_question_one_counts() -> None:
    def first_reading(entry: Entry) -> Answer:
        return expected(CROSSES)

    outcomes = list(run([CROSSES, OTHER], first_reading))
    assert [outcome.passed for outcome in outcomes] == [True, False]
    assert counted(outcomes) == outcomes[:1]
    assert readings(outcomes) == {CROSSES.question: (CROSSES.answer,)}
    cases = outcomes[0].cases
    assert scores(outcomes) == {"Geometry Topology": Score(1, 1, cases, cases)}


def test_earl_report() -> None:
    def answerer(entry: Entry) -> Answer:
        if entry == FEATURE:
            raise Untested("nowhere to put data")
        return [] if entry == RADIUS else expected(CROSSES if entry == OTHER else entry)

    outcomes = list(run([FEATURE, WITHIN, RADIUS, CROSSES, OTHER], answerer))
    store = ox.Store()
    store.load(earl(outcomes, "http://example.org/engine").encode(), format=ox.RdfFormat.TURTLE)
    found = store.query(
        "PREFIX e: <http://www.w3.org/ns/earl#> "
        "SELECT (STRAFTER(STR(?test), '#') AS ?name) (STRAFTER(STR(?o), '#') AS ?outcome) "
        "{ ?a e:test ?test ; e:result/e:outcome ?o }"
    )
    assert {row["name"].value: row["outcome"].value for row in found} == {
        "Feature": "untested", "sfWithin": "passed", "buffer": "failed",
        "sfCrosses-reading-1": "passed", "sfCrosses-reading-2": "inapplicable",
    }  # fmt: skip


def test_summary_has_a_row_a_class_and_a_column_an_engine() -> None:
    outcomes = [Outcome(WITHIN, False, 10, 9), Outcome(FEATURE, True, 2, 2)]
    shown = summary({"ours": outcomes, "theirs": []}).splitlines()
    assert shown[2] == "| Geometry Topology | 0 / 1 | 90.0 % | 0 / 0 | - |"
    assert shown[-1] == "| all | 1 / 2 | 91.7 % | 0 / 0 | - |"


@pytest.fixture(scope="module")
def oxigraph() -> object:
    with oxigraph_server() as address:
        yield address


CHOSEN = [FEATURE, WITHIN, CROSSES, OTHER, ENTRIES["Query Rewrite/sfWithin-features"]]


def test_over_http_as_in_process(oxigraph: str) -> None:
    answerer = endpoint(f"{oxigraph}/query", f"{oxigraph}/store")
    over_http = [(o.passed, o.right) for o in run(CHOSEN, answerer)]
    assert over_http == [(o.passed, o.right) for o in run(CHOSEN, pyoxigraph())]
    assert {True, False} == {passed for passed, _ in over_http}


def test_without_a_graph_store_entries_with_data_are_untested(oxigraph: str) -> None:
    outcomes = list(run([FEATURE, CROSSES], endpoint(f"{oxigraph}/query")))
    assert [outcome.passed for outcome in outcomes] == [None, False]


def test_command(oxigraph: str, tmp_path: Path) -> None:
    report = tmp_path / "report.ttl"
    command = [sys.executable, "-m", "suite", f"{oxigraph}/query", "--only", "sfcrosses"]
    shown = subprocess.run(
        [*command, "--earl", str(report), "--failures"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert shown.returncode == 1, shown.stderr
    assert "| Geometry Topology |" in shown.stdout
    assert "Geometry Topology / sfCrosses" in shown.stdout
    assert "earl:Assertion" in report.read_text()


def test_our_own_endpoint(tmp_path: Path) -> None:
    with (
        open_store(tmp_path / "store", create=True) as store,
        serving(create_app(StoreAnswerer(store))) as address,
    ):
        outcomes = list(run([WITHIN, CROSSES], endpoint(f"{address}/sparql")))
    assert [outcome.failures for outcome in outcomes] == [(), ()]
