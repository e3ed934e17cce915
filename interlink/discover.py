"""Discover links: read two feature sets, join them in space, write what holds."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from sqlglot import exp

from engine.protocol import Control, Engine, Relation
from geosparql.triples import TRIPLES_SCHEMA
from interlink.annotations import best_values
from interlink.counts import disjoint_pairs, links_by_predicate
from interlink.joining import joining
from interlink.links import link_triples
from interlink.linkset import Linkset
from interlink.methods import Method
from interlink.output import LinkOutput, check_output, describe_links, write_links
from interlink.pairs import candidate_pairs
from interlink.problems import Problem
from interlink.rules.model import Rules
from interlink.rules.read import read_rules
from interlink.sides import Reading, Sides, read_sides
from interlink.tiled import tiled_links
from interlink.tiles import can_cut
from interlink.work_folder import run_key, work_folder


@dataclass(frozen=True, slots=True)
class LinkReport:
    """What a run found: sizes of both sides, what was the matter with them, links by predicate.

    `problems` lists the first geometries of each side that were repaired or not linked.
    `disjoint_pairs` counts pairs of features that do not meet, where a rule tells
    (`interlink.counts.disjoint_pairs`).
    """

    rules: str
    left_features: int
    right_features: int
    geometries: int
    links: int
    links_by_predicate: Mapping[str, int] = field(default_factory=dict)
    disjoint_pairs: int | None = None
    progress: Mapping[str, float] = field(default_factory=dict)
    updated: Mapping[str, int] = field(default_factory=dict)
    problem_geometries: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    explained: Mapping[str, str | float] = field(default_factory=dict)
    output: Path | None = None
    description: Path | None = None
    seconds: float = 0.0


def discover(
    rules: Path,
    *,
    engine: Engine,
    output: Path | LinkOutput | None,
    sets: Mapping[str, Sequence[Path]] | None = None,
    method: Method | None = None,
    reading: Reading | None = None,
    control: Control | None = None,
) -> LinkReport:
    """Run a rule file and write its links.

    Parameters
    ----------
    rules
        The rule file (`interlink.rules`).
    engine
        DuckDB or Spark; the links are the same.
    output
        ``.nt``, ``.nq``, ``.ttl`` …, ``.gz``, or a folder for triple Parquet; a
        `LinkOutput` says more; None only counts.
    sets
        Files for ``left`` and ``right`` instead of those of the rule file.
    method
        Another way to join than the engine's own.
    reading
        What opens stores, queries and vector files; where problems are listed.
    control
        Cancellation, deadline and progress.

    Returns
    -------
    LinkReport
        Counts; unreadable and empty geometries are linked with nothing.

    Raises
    ------
    RuleError, SourceError, RDFSyntaxError
        Naming file and place.
    """
    began, started = datetime.now(UTC), time.monotonic()
    control = control or Control()
    read = read_rules(rules, sets)
    target = LinkOutput(output) if isinstance(output, Path) else output
    if target is not None:
        check_output(read, target)
    path = None if target is None else target.path
    joined = joining(engine, method or Method(), read.links, path)
    engine = joined.engine
    tiled = engine.name == "duckdb" and can_cut(rule.condition for rule in read.links)
    finding = _by_tiles if tiled else _at_once
    with finding(engine, read, path, reading or Reading(), control) as (found, sides):
        whole = method is None or method.budget is None
        report = _reported(engine, read, found, sides, whole=whole)
        if target is not None:
            linkset = _linkset(read, report, sides, (began, started), engine.name)
            write_links(engine, _ordered(read, found, sides), target, linkset, control=control)
    seconds = time.monotonic() - started
    report = replace(
        report, progress=joined.progress(), explained=joined.explained(seconds),
        updated=joined.updated(), output=path, seconds=seconds,
    )  # fmt: skip
    if target is None:
        return report
    linkset = _linkset(read, report, sides, (began, started), engine.name)
    return replace(report, description=describe_links(target, linkset))


def _reported(
    engine: Engine, rules: Rules, found: Relation, sides: Sides, *, whole: bool
) -> LinkReport:
    """Count what was read and found; what does not meet only where all links were sought."""
    by_predicate = links_by_predicate(engine, found)
    both = sides[:1] if rules.right is None else sides
    return LinkReport(
        rules=rules.name,
        left_features=sides[0].features,
        right_features=sides[1].features,
        geometries=sum(side.geometries for side in both),
        problem_geometries=_together(side.problems.counts for side in both),
        problems=tuple(row for side in both for row in side.problems.listed),
        links=sum(by_predicate.values()),
        links_by_predicate=by_predicate,
        disjoint_pairs=disjoint_pairs(engine, rules, found, sides) if whole else None,
    )


def _ordered(rules: Rules, found: Relation, sides: Sides) -> exp.Query:
    """Give the triples in the order in which they are written."""
    valued = any(rule.values for rule in rules.links) and any(side.several for side in sides)
    triples = best_values(found).subquery("best") if valued else found.table()
    order = [exp.column(name) for name in ("subject", "predicate", "object")]
    return exp.select(*TRIPLES_SCHEMA.names).from_(triples).order_by(*order)


def _linkset(
    rules: Rules, report: LinkReport, sides: Sides, times: tuple[datetime, float], engine: str
) -> Linkset:
    began, started = times
    counts = {"problem_geometries": sum(report.problem_geometries.values())}
    if report.disjoint_pairs is not None:
        counts["disjoint_pairs"] = report.disjoint_pairs
    seconds = time.monotonic() - started
    return Linkset(rules, sides, report.links_by_predicate, counts, began, seconds, engine)


@contextmanager
def _at_once(
    engine: Engine, rules: Rules, output: Path | None, reading: Reading, control: Control
) -> Iterator[tuple[Relation, Sides]]:
    """Find all links in the engine, which has its own ways of dividing the work."""
    left, right = read_sides(engine, rules, reading, control=control)
    found = _links(engine, rules, (left, right), control)
    yield found, (left, right)
    for relation in (found, left.relation, right.relation):
        engine.drop(relation)


@contextmanager
def _by_tiles(
    engine: Engine, rules: Rules, output: Path | None, reading: Reading, control: Control
) -> Iterator[tuple[Relation, Sides]]:
    """Find the links tile by tile, going on where a run with the same inputs was killed."""
    with work_folder(output, run_key(rules), control=control) as folder:
        found, sides = tiled_links(engine, rules, _links, folder, reading, control=control)
        yield found, sides
        engine.drop(found)


def _links(engine: Engine, rules: Rules, sides: Sides, control: Control) -> Relation:
    """Give the links of every rule, each once."""
    parts = []
    for number, rule in enumerate(rules.links, start=1):
        control.report("link rules", number - 1, len(rules.links), "rules")
        pairs = candidate_pairs(engine, rule, sides, control=control)
        said = link_triples(engine, rule, pairs, sides, annotate=rules.annotate,
                            itself=rules.right is None, control=control)  # fmt: skip
        parts.append(said)
        engine.drop(pairs)
    queries = [part.select(*TRIPLES_SCHEMA.names) for part in parts]
    every = queries[0] if len(queries) == 1 else exp.union(*queries, distinct=False)
    once = exp.select(*TRIPLES_SCHEMA.names).distinct().from_(every.subquery("links"))
    found = engine.materialize(once, control=control)
    for part in parts:
        engine.drop(part)
    return found


def _together(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    return dict(sorted(total.items()))
