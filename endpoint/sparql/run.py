"""Running a plan: its steps in order, then its query; every relation it made is dropped after."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pyarrow as pa
from sqlglot import exp

from endpoint.sparql.compile import sql
from endpoint.sparql.compile.spatial import SIDES, extremes, meeting
from endpoint.sparql.plan import (
    BoundPlan,
    Closure,
    Diagnosis,
    Materialize,
    NearestBox,
    Plan,
    Rows,
    SpatialPairs,
    Step,
)
from endpoint.sparql.rewrite.boxes import WORLD, Box, Reach
from engine.functions import explain
from engine.protocol import Control, Engine, Relation
from geosparql.vocabulary import GEOF

RECURSIVE_ENGINES = frozenset({"duckdb"})
"""Engines whose recursive queries drop rows they met before, and so end on a cycle."""

_FARTHER = 3.0
_LEAST_AREA = 1e-6
_METRES_PER_DEGREE = 111_000.0

_TRIPLE = ("graph", "first", "node")


@dataclass(frozen=True, slots=True)
class Running:
    """A plan that runs: its rows, and the relations its steps made."""

    reader: pa.RecordBatchReader
    engine: Engine
    made: dict[str, Relation]

    def reason(self, diagnosis: Diagnosis) -> str | None:
        """Say for how many rows a function gave no result, and why for the first."""
        query = placed(diagnosis.query, self.made)
        counted = exp.select(sql.named(exp.Count(this=exp.Star()), "n"))
        with self.engine.run(counted.from_(sql.subquery(query.copy(), "d"))) as rows:
            count = rows.read_all()["n"][0].as_py()
        if not count:
            return None
        with self.engine.run(exp.select("*").from_(sql.subquery(query, "d")).limit(1)) as rows:
            (first,) = rows.read_all().to_pylist()
        why = explain(diagnosis.function_iri, *first.values())
        name = diagnosis.function_iri.removeprefix(GEOF)
        return f"geof:{name}: {count} rows null: {why or 'no result'}"


@contextmanager
def running(bound: BoundPlan, engine: Engine, control: Control | None) -> Iterator[Running]:
    """Run a plan; inside the ``with`` its rows stream."""
    with stepped(bound.plan, engine, control) as made:
        query = bound.prepared or placed(bound.plan.query, made)
        with engine.run(query, control=control, values=bound.values) as reader:
            yield Running(reader, engine, made)


@contextmanager
def stepped(
    plan: Plan, engine: Engine, control: Control | None, ended: Callable[[Relation], object] = id
) -> Iterator[dict[str, Relation]]:
    """Run the steps of a plan; their relations stand inside the ``with``. `ended` sees each."""
    made: dict[str, Relation] = {}
    try:
        for step in plan.steps:
            if control is not None:
                control.check()
            made[step.name] = _run_step(step, engine, made, control)
            ended(made[step.name])
        yield made
    finally:
        for relation in made.values():
            engine.drop(relation)


def placed(query: exp.Query, made: dict[str, Relation]) -> exp.Query:
    """Put the relations that steps made in the place of the steps' names."""
    if not made:
        return query
    query = query.copy()
    for table in query.find_all(exp.Table):
        if table.name in made:
            table.set("this", exp.to_identifier(made[table.name].name))
    return query


def _run_step(
    step: Step, engine: Engine, made: dict[str, Relation], control: Control | None
) -> Relation:
    match step:
        case Materialize(_, query):
            return engine.materialize(placed(query, made), control=control)
        case Rows(_, table):
            return engine.relation(table)
        case SpatialPairs(_, left, right, condition):
            sides = placed(left, made), placed(right, made)
            return engine.spatial_join(*sides, condition, control=control)
        case NearestBox():
            return _nearest_box(step, engine, made, control)
        case Closure(_, seeds, edges):
            seeds, edges = placed(seeds, made), placed(edges, made)
            if engine.name in RECURSIVE_ENGINES:
                return engine.materialize(_recursive(seeds, edges), control=control)
            return _by_rounds(seeds, edges, engine, control)


def _nearest_box(
    step: NearestBox, engine: Engine, made: dict[str, Relation], control: Control | None
) -> Relation:
    """Look farther and farther until enough rows are near, or the box is all the world."""
    value, box = _first_reach(step, engine), WORLD
    while (near := replace(step.around, reach=Reach(value, step.unit)).box()) is not None:
        if _holds(near, WORLD):
            break
        rows = exp.select(sql.named(exp.Count(this=exp.Star()), "n"))
        rows = rows.from_(sql.subquery(placed(step.query.copy(), made), "q"))
        limits = dict(zip(SIDES, map(sql.double, near), strict=True))
        within = sql.compare("<=", sql.column("distance", "q"), sql.double(value))
        rows = rows.where(*meeting(lambda side: sql.column(side, "q"), limits), within)
        with engine.run(rows, control=control) as found:
            if found.read_all()["n"][0].as_py() >= step.count:
                box = near
                break
        value *= _FARTHER
    return engine.relation(pa.table({side: [edge] for side, edge in zip(SIDES, box, strict=True)}))


def _first_reach(step: NearestBox, engine: Engine) -> float:
    """Guess the reach within which so many lie if they are spread evenly over the extent."""
    columns = [sql.named(exp.Count(this=exp.Star()), "n")]
    columns += extremes(None)
    with engine.run(exp.select(*columns).from_(sql.subquery(step.extent, "e"))) as found:
        (row,) = found.read_all().to_pylist()
    if row["min_x"] is None:
        return 1.0
    area = max((row["max_x"] - row["min_x"]) * (row["max_y"] - row["min_y"]), _LEAST_AREA)
    degrees = math.sqrt(step.count / row["n"] * area)
    size = math.radians(degrees) if step.unit.kind == "angle" else degrees * _METRES_PER_DEGREE
    return size / step.unit.factor


def _holds(box: Box, other: Box) -> bool:
    return box[0] <= other[0] and box[1] <= other[1] and box[2] >= other[2] and box[3] >= other[3]


def _step_over(pairs: str, edges: exp.Expression) -> exp.Select:
    """Give what one edge further is reached."""
    on = sql.both(
        sql.equal(sql.column("node", "w"), sql.column("source", "e")),
        sql.equal(sql.column("graph", "w"), sql.column("graph", "e")),
    )
    columns = (
        sql.column("graph", "w"),
        sql.column("first", "w"),
        sql.named(sql.column("target", "e"), "node"),
    )
    return exp.select(*columns).from_(exp.to_table(pairs, alias="w")).join(edges, on=on)


def _recursive(seeds: exp.Query, edges: exp.Query) -> exp.Query:
    walk = exp.Union(
        this=seeds, expression=_step_over("walk", sql.subquery(edges, "e")), distinct=True
    )
    return exp.select(*_TRIPLE).from_("walk").with_("walk", as_=walk, recursive=True)


def _by_rounds(
    seeds: exp.Query, edges: exp.Query, engine: Engine, control: Control | None
) -> Relation:
    """Walk edge by edge, each round from what the last one found for the first time."""
    kept = engine.materialize(edges, control=control)
    reached = engine.materialize(exp.select(*_TRIPLE).from_(sql.subquery(seeds, "s")).distinct())
    fresh = reached
    while True:
        further = sql.subquery(_step_over(fresh.name, kept.table("e")), "f")
        known = sql.both(*(sql.equal(sql.column(n, "k"), sql.column(n, "f")) for n in _TRIPLE))
        found = exp.Exists(this=exp.select(sql.integer(1)).from_(reached.table("k")).where(known))
        new = exp.select(*(sql.column(n, "f") for n in _TRIPLE)).from_(further)
        found_now = engine.materialize(new.where(sql.negated(found)).distinct(), control=control)
        if fresh is not reached:
            engine.drop(fresh)
        with engine.run(found_now.select().limit(1)) as rows:
            if not rows.read_all().num_rows:
                engine.drop(found_now)
                engine.drop(kept)
                return reached
        union = exp.union(reached.select(*_TRIPLE), found_now.select(*_TRIPLE), distinct=False)
        wider = engine.materialize(
            exp.select(*_TRIPLE).from_(sql.subquery(union, "u")), control=control
        )
        engine.drop(reached)
        reached, fresh = wider, found_now
