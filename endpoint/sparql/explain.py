"""How a query is answered: algebra, spatial strategy, steps and SQL, with what they took."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields, is_dataclass, replace
from typing import cast

from sqlglot import exp

from endpoint.sparql import algebra as al
from endpoint.sparql.algebra import PATTERN_TYPES, Pattern
from endpoint.sparql.plan import Closure, Materialize, NearestBox, Plan, Rows, SpatialPairs, Step
from endpoint.sparql.rewrite.boxes import Around
from endpoint.sparql.run import placed, stepped
from engine.operators import Operator
from engine.protocol import Control, Engine, Relation

_INDENT = "  "


@dataclass(frozen=True, slots=True)
class StepAccount:
    """One step of a plan, or its query at the end: what it does, its SQL, and how it went.

    `rows` and `seconds` are None where it was not run, `operators` where the engine was
    not asked or could not say without the rows of earlier steps.
    """

    name: str
    what: str
    sql: tuple[str, ...]
    rows: int | None = None
    seconds: float | None = None
    operators: Operator | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """How a query is answered."""

    written: str
    rewritten: str
    strategies: tuple[str, ...]
    steps: tuple[StepAccount, ...]
    seconds: dict[str, float]
    """What parsing, rewriting and compiling took."""
    warnings: tuple[str, ...] = ()

    def text(self) -> str:
        """Write it for people."""
        times = ", ".join(f"{name} {1000 * s:.1f} ms" for name, s in self.seconds.items())
        parts = ["Algebra as written", self.written, "Algebra", self.rewritten]
        parts += ["Spatial strategy", *(_INDENT + each for each in self.strategies)]
        for step in self.steps:
            done = "" if step.rows is None else f", {step.rows:,} rows"
            took = "" if step.seconds is None else f" in {1000 * step.seconds:.1f} ms"
            parts += [f"{step.name}: {step.what}{done}{took}", *step.sql]
            if step.operators is not None:
                parts += step.operators.lines(_INDENT)
        parts += [f"Times: {times}", *(f"Warning: {warning}" for warning in self.warnings)]
        return "\n".join(parts) + "\n"

    def as_json(self) -> str:
        """Write it for programs."""
        return json.dumps(asdict(self), indent=2, ensure_ascii=False)


def explained(
    patterns: tuple[Pattern, Pattern],
    plan: Plan,
    engine: Engine,
    seconds: dict[str, float],
    *,
    run: bool,
    control: Control | None,
) -> Explanation:
    """Account for a plan of a pattern as it was written and rewritten; `run`: run it too."""
    made: Iterable[StepAccount] = (
        StepAccount(step.name, _step_head(step), _step_queries(step)) for step in plan.steps
    )
    end = StepAccount("Query", "the solutions", (_sql(plan.query),))
    if run:
        made, end = _run(plan, tuple(made), end, engine, control)
    elif not plan.steps:
        end = replace(end, operators=engine.operators(plan.query))
    return Explanation(
        _pattern(patterns[0], 1),
        _pattern(patterns[1], 1),
        tuple(_strategies(patterns[1])) or ("none",),
        (*made, end),
        seconds,
        plan.warnings,
    )


def _run(
    plan: Plan,
    accounts: tuple[StepAccount, ...],
    end: StepAccount,
    engine: Engine,
    control: Control | None,
) -> tuple[list[StepAccount], StepAccount]:
    """Run a plan and say of each step how many rows it made and how long it took."""
    ended: list[tuple[int, float]] = []
    marks = [time.perf_counter()]

    def note(relation: Relation) -> None:
        took = time.perf_counter() - marks[-1]
        counted = exp.select(exp.Count(this=exp.Star())).from_(relation.table())
        with engine.run(counted) as rows:
            ended.append((rows.read_all().column(0)[0].as_py(), took))
        marks.append(time.perf_counter())

    with stepped(plan, engine, control, note) as made:
        started = time.perf_counter()
        operators = engine.operators(placed(plan.query, made), run=True, control=control)
        took = time.perf_counter() - started
    done = [replace(a, rows=n, seconds=s) for a, (n, s) in zip(accounts, ended, strict=True)]
    return done, replace(end, rows=operators.rows, seconds=took, operators=operators)


def _strategies(pattern: object) -> Iterator[str]:
    """Say in words how each spatial condition is answered."""
    match pattern:
        case al.SpatialSelect(_, variable, around, sure=sure):
            sides = ", ".join(f"{side:g}" for side in around.box() or ())
            tested = "the exact test" + (" of what is not inside" if sure else "")
            yield f"box selection of ?{variable.name} by ({sides}), then {tested}"
        case al.SpatialJoin(left_variable=left, right_variable=right, condition=condition):
            yield f"spatial join of ?{left.name} with ?{right.name}: {condition}"
        case al.NearestSelect(_, variable, count=count):
            yield f"nearest: only ?{variable.name} in a box that holds the {count} nearest"
    if isinstance(pattern, tuple):
        for member in pattern:
            yield from _strategies(member)
    elif is_dataclass(pattern) and type(pattern).__module__ == al.__name__:
        for each in fields(pattern):
            yield from _strategies(getattr(pattern, each.name))


def _pattern(pattern: Pattern, depth: int) -> str:
    shown, inner = [], []
    for each in fields(pattern):
        value = getattr(pattern, each.name)
        if isinstance(value, PATTERN_TYPES):
            inner.append(_pattern(cast(Pattern, value), depth + 1))
        elif each.name == "triples":
            inner += [_INDENT * (depth + 1) + _triple(triple) for triple in value]
        else:
            shown.append(f"{each.name}={term_text(value)}")
    return "\n".join([_INDENT * depth + " ".join([type(pattern).__name__, *shown]), *inner])


def _triple(triple: al.TriplePattern) -> str:
    return " ".join(map(term_text, (triple.subject, triple.predicate, triple.object)))


def term_text(value: object) -> str:
    """Write a part of the algebra in a form near to SPARQL."""
    match value:
        case al.Variable(name):
            return f"?{name}"
        case al.Constant(term):
            return str(term)
        case al.Call(name, arguments):
            return f"{name}({', '.join(map(term_text, arguments))})"
        case al.Exists(pattern, negated):
            return f"{'NOT ' if negated else ''}EXISTS {{\n{_pattern(pattern, 3)} }}"
        case tuple():
            return f"({', '.join(map(term_text, value))})"
        case Around(constant):
            return term_text(constant)
        case al.OrderKey(expression, descending):
            return f"{'DESC' if descending else 'ASC'}({term_text(expression)})"
        case _:
            return str(value)


def _step_head(step: Step) -> str:
    match step:
        case Materialize():
            return "rows kept"
        case Rows(_, table):
            return f"{table.num_rows} rows of the query"
        case SpatialPairs(condition=condition):
            return f"spatial join, {condition}"
        case NearestBox(count=count, unit=unit):
            return f"box of the {count} nearest, by {unit.name}"
        case Closure():
            return "walk of a path"


def _step_queries(step: Step) -> tuple[str, ...]:
    return tuple(
        _sql(value)
        for each in fields(step)
        if isinstance(value := getattr(step, each.name), exp.Query)
    )


def _sql(query: exp.Query) -> str:
    return query.sql(dialect="duckdb", pretty=True)
