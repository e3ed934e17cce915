"""A compiled query: steps that make relations, then one expression that gives the solutions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pyarrow as pa
from sqlglot import exp

from endpoint.sparql.algebra import Variable
from endpoint.sparql.rewrite.nearness import Around
from engine.protocol import JoinCondition
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

    `query` gives the box of each row and its `distance` from `around` in `unit`;
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
class Plan:
    """What to run for a query."""

    steps: tuple[Step, ...]
    query: exp.Select
    outputs: tuple[Output, ...]
    warnings: tuple[str, ...] = ()
    diagnoses: tuple[Diagnosis, ...] = ()
