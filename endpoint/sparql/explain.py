"""Algebra and plan as text for people."""

from __future__ import annotations

from dataclasses import fields
from typing import cast

from sqlglot import exp

from endpoint.sparql import algebra as al
from endpoint.sparql.algebra import PATTERN_TYPES, Pattern
from endpoint.sparql.plan import Closure, Materialize, NearestBox, Plan, Rows, SpatialPairs, Step

_INDENT = "  "


def plan_text(pattern: Pattern, plan: Plan) -> str:
    """Write the algebra, the steps and the SQL of a query."""
    parts = ["Algebra", _pattern(pattern, 1)]
    for step in plan.steps:
        parts += [f"Step {step.name}: {_step_head(step)}", *_step_queries(step)]
    parts += ["Query", _sql(plan.query)]
    parts += [f"Warning: {warning}" for warning in plan.warnings]
    return "\n".join(parts) + "\n"


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


def _step_queries(step: Step) -> list[str]:
    return [
        _sql(value)
        for each in fields(step)
        if isinstance(value := getattr(step, each.name), exp.Query)
    ]


def _sql(query: exp.Query) -> str:
    return query.sql(dialect="duckdb", pretty=True)
