"""Entries run and judged: the answer is compared with the expected one, case by case."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyoxigraph as ox

from suite.manifest import Entry

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
Solution = dict[str, Term]
Answer = bool | list[Solution]
Answerer = Callable[[Entry], Answer]
"""Answers the query of an entry on its data, under its regime; raises `Untested` where it cannot
be asked, anything else where the engine fails."""
_NUMBERS = frozenset(
    "http://www.w3.org/2001/XMLSchema#" + name for name in ("double", "float", "decimal", "integer")
)


class Untested(Exception):  # noqa: N818
    """An entry that an engine cannot be asked: no way to load its data, or no such regime."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an entry.

    Parameters
    ----------
    entry
        The entry.
    passed
        Whether the whole answer was right; None where it could not be asked.
    cases, right
        How many cases it has, and how many were right.
    failures
        What was wrong, a line a case.
    """

    entry: Entry
    passed: bool | None
    cases: int
    right: int = 0
    failures: tuple[str, ...] = field(default=())


def run(entries: Iterable[Entry], answerer: Answerer) -> Iterator[Outcome]:
    """Run entries one after the other; an engine's error is a failed entry, not the end."""
    for entry in entries:
        yield run_entry(entry, answerer)


def run_entry(entry: Entry, answerer: Answerer) -> Outcome:
    """Run one entry."""
    expected = read_results(entry.result.read_bytes())
    count = max(len(expected), 1) if isinstance(expected, list) else 1
    try:
        given = answerer(entry)
    except Untested as reason:
        return Outcome(entry, None, count, failures=(str(reason),))
    except Exception as error:  # an engine under test may fail in any way
        return Outcome(entry, False, count, failures=(f"{type(error).__name__}: {error}",))
    return compare(entry, expected, given)


def compare(entry: Entry, expected: Answer, given: Answer) -> Outcome:
    """Compare an answer with the expected one: solutions as multisets."""
    if isinstance(expected, bool) or isinstance(given, bool):
        passed = expected is given
        wrong = () if passed else (f"expected {expected}, got {given}",)
        return Outcome(entry, passed, 1, int(passed), wrong)
    wanted, found = Counter(map(_key, expected)), Counter(map(_key, given))
    missing, surplus = wanted - found, found - wanted
    lines = [f"expected {_shown(row)}" for row in missing.elements()]
    lines += [f"got {_shown(row)}" for row in surplus.elements()]
    cases = max(len(expected), 1)
    right = max(cases - max(missing.total(), 0 if expected else surplus.total()), 0)
    return Outcome(entry, not lines, cases, right, tuple(lines))


def read_results(content: bytes) -> Answer:
    """Read SPARQL JSON results."""
    parsed = ox.parse_query_results(io.BytesIO(content), format=ox.QueryResultsFormat.JSON)
    return answer_of(parsed)


def answer_of(parsed: ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples) -> Answer:
    """Give results of pyoxigraph as an answer; what is unbound is left out."""
    if isinstance(parsed, ox.QueryBoolean):
        return bool(parsed)
    if isinstance(parsed, ox.QueryTriples):
        raise TypeError("the suite asks for solutions and truth values alone")
    names = [variable.value for variable in parsed.variables]
    return [{n: row[n] for n in names if row[n] is not None} for row in parsed]


def _key(solution: Solution) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name, _normal(term)) for name, term in solution.items()))


def _normal(term: Term) -> str:
    """Give a term as text; numbers by their value, as engines write them differently."""
    if isinstance(term, ox.Literal) and term.datatype.value in _NUMBERS:
        try:
            return f"{float(term.value):.12g}^^{term.datatype.value}"
        except ValueError:
            pass
    if isinstance(term, ox.Literal) and term.datatype.value.endswith("#boolean"):
        return {"1": "true", "0": "false"}.get(term.value, term.value) + "^^boolean"
    return str(term)


def _shown(row: tuple[tuple[str, str], ...]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in row)


def data_of(path: Path | None) -> bytes:
    """Give the Turtle that an entry is asked on; nothing where it needs none."""
    return path.read_bytes() if path else b""
