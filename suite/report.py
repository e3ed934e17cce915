"""A run as a table of conformance classes, and as an EARL report."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from suite.evaluate import Outcome
from suite.manifest import SUITE

_HEAD = """\
@prefix earl: <http://www.w3.org/ns/earl#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix doap: <http://usefulinc.com/ns/doap#> .
"""


@dataclass(frozen=True, slots=True)
class Score:
    """How many entries and cases of a conformance class passed.

    Of entries that answer one open question in different ways, one counts: the
    reading that the engine has, or does worst short of.
    """

    passed: int
    entries: int
    right: int
    cases: int
    untested: int = 0

    def __add__(self, other: Score) -> Score:
        return Score(
            self.passed + other.passed,
            self.entries + other.entries,
            self.right + other.right,
            self.cases + other.cases,
            self.untested + other.untested,
        )


def counted(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Give the outcomes that count: of the readings of one question the best."""
    kept: dict[str, Outcome] = {}
    for outcome in outcomes:
        question = outcome.entry.question
        key = f"{outcome.entry.conformance_class} {question}" if question else outcome.entry.iri
        best = kept.get(key)
        if best is None or _rank(outcome) > _rank(best):
            kept[key] = outcome
    return list(kept.values())


def _rank(outcome: Outcome) -> tuple[bool, float]:
    return bool(outcome.passed), outcome.right / outcome.cases


def scores(outcomes: Iterable[Outcome]) -> dict[str, Score]:
    """Give the score of each conformance class, in the order of the suite."""
    result: dict[str, Score] = {}
    for outcome in counted(outcomes):
        name = outcome.entry.conformance_class
        untested = outcome.passed is None
        score = Score(int(bool(outcome.passed)), 1, outcome.right, outcome.cases, int(untested))
        result[name] = result.get(name, Score(0, 0, 0, 0)) + score
    return result


def readings(outcomes: Iterable[Outcome]) -> dict[str, tuple[str, ...]]:
    """Give the answers that the engine has to each open question, where it has one."""
    found: dict[str, tuple[str, ...]] = {}
    for outcome in outcomes:
        question, answer = outcome.entry.question, outcome.entry.answer
        if question and answer and outcome.passed:
            found[question] = (*found.get(question, ()), answer)
    return found


def summary(columns: dict[str, Sequence[Outcome]]) -> str:
    """Give a Markdown table: a row a conformance class, a column an engine."""
    scored = {name: scores(outcomes) for name, outcomes in columns.items()}
    classes = list(dict.fromkeys(c for column in scored.values() for c in column))
    heads = "".join(f" {name}: entries | cases |" for name in columns)
    lines = [f"| conformance class |{heads}", "|---|" + "---:|---:|" * len(columns)]
    for name in [*classes, "all"]:
        cells = ""
        for column in scored.values():
            score = column.get(name, Score(0, 0, 0, 0))
            if name == "all":
                score = sum(column.values(), Score(0, 0, 0, 0))
            cells += f" {score.passed} / {score.entries} | {_percent(score)} |"
        lines.append(f"| {name} |{cells}")
    return "\n".join(lines)


def _percent(score: Score) -> str:
    return f"{100 * score.right / score.cases:.1f} %" if score.cases else "-"


def earl(outcomes: Iterable[Outcome], subject: str) -> str:
    """Give an EARL report in Turtle.

    Parameters
    ----------
    outcomes
        Of a run; every reading is reported, a reading that the engine does not have
        as inapplicable where it has another one.
    subject
        IRI of the engine.
    """
    outcomes = list(outcomes)
    answered = readings(outcomes)
    base = SUITE.parent.as_uri() + "/"
    parts = [_HEAD, f"<{subject}> a doap:Project, earl:TestSubject .\n"]
    for outcome in outcomes:
        entry = outcome.entry
        name = entry.iri.removeprefix(base)
        info = " ; ".join(outcome.failures)[:2000]
        parts.append(
            f"[] a earl:Assertion ; earl:assertedBy <{subject}> ; earl:subject <{subject}> ;\n"
            f"  earl:test <https://w3id.org/earthgraph/geosparql-suite/{name}> ;\n"
            "  earl:mode earl:automatic ; earl:result [ a earl:TestResult ;\n"
            f"    earl:outcome earl:{_verdict(outcome, answered)} ; "
            f"dcterms:description {json.dumps(info, ensure_ascii=False)} ] .\n"
        )
    return "\n".join(parts)


def _verdict(outcome: Outcome, answered: Collection[str]) -> str:
    if outcome.passed is None:
        return "untested"
    if outcome.passed:
        return "passed"
    return "inapplicable" if outcome.entry.question in answered else "failed"
