"""A compiled query: steps that make relations, then one expression that gives the solutions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

import pyarrow as pa
from sqlglot import exp

from endpoint.sparql.algebra import Reading, Variable
from endpoint.sparql.rewrite.boxes import Around
from engine import statements
from engine.protocol import JoinCondition, Prepared
from geosparql.units import Unit

Form = Literal["id", "text"]
"""What a column of solutions holds: term ids, or term texts (`functions.encoding`)."""


@dataclass(frozen=True, slots=True)
class Materialize:
    """Run a query once and keep its rows."""

    name: str
    query: exp.Query


@dataclass(frozen=True, slots=True)
class Rows:
    """Bring constant rows in."""

    name: str
    table: pa.Table


@dataclass(frozen=True, slots=True)
class SpatialPairs:
    """Join two queries (id, geometry) in space; columns as `engine.spatial_join`."""

    name: str
    left: exp.Query
    right: exp.Query
    condition: JoinCondition


@dataclass(frozen=True, slots=True)
class Closure:
    """Pairs (graph, first, node) reached from `seeds` (graph, first, node) over `edges`, each once.

    `edges` has graph, source, target. The seeds themselves are among the pairs.
    """

    name: str
    seeds: exp.Query
    edges: exp.Query


@dataclass(frozen=True, slots=True)
class NearestBox:
    """A box (min_x, min_y, max_x, max_y) that holds the `count` rows of least distance.

    `query` gives the box of each row and its `distance` from what is `around` in `unit`;
    `extent` the id and box of what is stored, for a first guess.
    """

    name: str
    query: exp.Query
    extent: exp.Query
    around: Around
    unit: Unit
    count: int


Step = Materialize | Rows | SpatialPairs | NearestBox | Closure


@dataclass(frozen=True, slots=True)
class Output:
    """A variable of the result: the column it stands in, and what that holds."""

    variable: Variable
    column: str
    form: Form


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The arguments with which a geof: function gave no result, for a variable it was bound to."""

    function_iri: str
    variable: Variable
    query: exp.Select
    """One column per argument, in order."""


@dataclass(frozen=True, slots=True)
class Slot:
    """What a placeholder stands for: a reading of the constant with this number; None: its id."""

    number: int
    reading: Reading[object] | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run for a query."""

    steps: tuple[Step, ...]
    query: exp.Select
    outputs: tuple[Output, ...]
    warnings: tuple[str, ...] = ()
    diagnoses: tuple[Diagnosis, ...] = ()
    slots: Mapping[str, Slot] = field(default_factory=dict)
    """The placeholders in it by name; none unless it was made for parameters."""
    is_lasting: bool = True
    """Whether it may be run again: it holds no moment and no term of its query alone."""


@dataclass(frozen=True, slots=True)
class BoundPlan:
    """A plan to be run for one query; where `prepared` stands, in place of the plan's query."""

    plan: Plan
    prepared: Prepared | None = None
    values: Mapping[str, object] = field(default_factory=dict)


def filled(plan: Plan, values: Mapping[str, object]) -> Plan:
    """Put values in the place of a plan's placeholders."""
    if not values:
        return plan

    def made(part: Any) -> Any:
        queries = {
            each.name: statements.filled(query, values)
            for each in fields(part)
            if isinstance(query := getattr(part, each.name), exp.Query)
        }
        return replace(part, **queries)

    steps, diagnoses = tuple(map(made, plan.steps)), tuple(map(made, plan.diagnoses))
    query = statements.filled(plan.query, values)
    return replace(plan, steps=steps, query=query, diagnoses=diagnoses, slots={})
