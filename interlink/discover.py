"""Discover links: read two feature sets, join them in space, write what holds."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlglot import exp

from engine.protocol import Control, Engine, Relation
from engine.triple_files import write_relation
from geosparql.triples import TRIPLES_SCHEMA
from interlink.annotations import ANNOTATING, best_values
from interlink.joining import joining
from interlink.links import link_triples
from interlink.methods import Method
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
    """

    rules: str
    left_features: int
    right_features: int
    geometries: int
    links: int
    links_by_predicate: Mapping[str, int] = field(default_factory=dict)
    progress: Mapping[str, float] = field(default_factory=dict)
    problem_geometries: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    explained: Mapping[str, str | float] = field(default_factory=dict)
    output: Path | None = None
    seconds: float = 0.0


def discover(
    rules: Path,
    *,
    engine: Engine,
    output: Path | None,
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
        ``.nt``, ``.nq``, ``.ttl`` …, ``.gz``, or a folder for triple Parquet; None only
        counts.
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
    started = time.monotonic()
    control = control or Control()
    read = read_rules(rules, sets)
    joined = joining(engine, method or Method(), read.links)
    engine = joined.engine
    tiled = engine.name == "duckdb" and can_cut(rule.condition for rule in read.links)
    with (_by_tiles if tiled else _at_once)(
        engine, read, output, reading or Reading(), control
    ) as (found, sides):
        by_predicate = _counts(engine, found)
        if output is not None:
            valued = any(rule.values for rule in read.links) and any(s.several for s in sides)
            triples = best_values(found).subquery("best") if valued else found.table()
            order = [exp.column(name) for name in ("subject", "predicate", "object")]
            query = exp.select(*TRIPLES_SCHEMA.names).from_(triples).order_by(*order)
            write_relation(engine, query, output, control=control)
    left, right = sides
    both = (left,) if read.right is None else sides
    return LinkReport(
        rules=read.name,
        left_features=left.features,
        right_features=right.features,
        geometries=sum(side.geometries for side in both),
        problem_geometries=_together(side.problems.counts for side in both),
        problems=tuple(row for side in both for row in side.problems.listed),
        links=sum(by_predicate.values()),
        links_by_predicate=by_predicate,
        progress=joined.progress(),
        explained=joined.explained(time.monotonic() - started),
        output=output,
        seconds=time.monotonic() - started,
    )


@contextmanager
def _at_once(
    engine: Engine, rules: Rules, output: Path | None, reading: Reading, control: Control
) -> Iterator[tuple[Relation, Sides]]:
    """Find all links in the engine, which has its own ways of dividing the work."""
    left, right = read_sides(engine, rules, reading, control=control)
    found = _links(engine, rules, (left, right), control)
    yield found, (left, right)
    for relation in {
        found.name: found,
        left.relation.name: left.relation,
        right.relation.name: right.relation,
    }.values():
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


def _counts(engine: Engine, links: Relation) -> dict[str, int]:
    query = (
        exp.select("predicate", exp.func("count", exp.Star()).as_("n"))
        .from_(links.table())
        .where(exp.Not(this=exp.column("predicate").isin(*map(exp.Literal.string, ANNOTATING))))
        .group_by("predicate")
        .order_by("predicate")
    )
    with engine.run(query) as reader:
        return {row["predicate"]: row["n"] for row in reader.read_all().to_pylist()}


def _together(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    return dict(sorted(total.items()))
