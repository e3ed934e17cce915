"""Queries of triples maps put together: without duplicates, or written by the engine itself."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from functools import reduce
from pathlib import Path

from sqlglot import exp

from engine.folders import replaced_folder
from engine.protocol import Control, Engine, Relation
from geosparql.triples import TRIPLES_SCHEMA
from geotriples.compilation import CompiledSource, Outlet
from geotriples.expand import MADE_SCHEMA, MAP, NULLS, PROBLEM, PROBLEM_ROW, PROBLEM_VALUE
from geotriples.report import Tally
from geotriples.values import Problem, is_null, not_null, null


def without_duplicates(sources: Iterable[CompiledSource]) -> CompiledSource:
    """Put compiled sources together so that each triple is made once, by its first triples map.

    What goes to different targets is not the same.
    """
    outlets: list[Outlet] = []
    queries: list[exp.Query] = []
    problems: list[Problem] = []
    relations: list[Relation] = []
    for compiled in sources:
        queries += [_whole(query, len(outlets), len(problems)) for query in compiled.queries]
        outlets += compiled.outlets
        problems += compiled.problems
        relations += compiled.relations
    if queries:
        columns = _columns(name for name in MADE_SCHEMA.names if name != MAP)
        first = exp.alias_(exp.Min(this=exp.column(MAP, quoted=True)), MAP, quoted=True)
        whole = exp.select(*columns, first).from_(_united(queries).subquery("t"))
        queries = [whole.group_by(*columns, *_target_sets(outlets))]
    return CompiledSource(tuple(outlets), tuple(queries), tuple(problems), tuple(relations))


def _target_sets(outlets: Sequence[Outlet]) -> list[exp.Expr]:
    """Give an expression that is equal for outlets with the same targets, where some differ."""
    sets = list(dict.fromkeys(outlet.targets for outlet in outlets))
    if len(sets) == 1:
        return []
    number = exp.Literal.number
    ifs = [
        exp.If(this=number(position), true=number(sets.index(outlet.targets)))
        for position, outlet in enumerate(outlets)
    ]
    return [exp.Case(this=exp.column(MAP, quoted=True), ifs=ifs)]


def _united(queries: Sequence[exp.Query]) -> exp.Query:
    """Give the rows of all queries, which have the same columns."""
    return reduce(lambda left, right: exp.union(left, right, distinct=False), queries)


def _columns(names: Iterable[str]) -> list[exp.Expr]:
    return [exp.column(name, quoted=True) for name in names]


def _whole(query: exp.Query, first_map: int = 0, first_problem: int = 0) -> exp.Query:
    """Give a query all columns of `MADE_SCHEMA`, maps and problems numbered from a first one."""
    held = set(query.named_selects)
    shifts = {MAP: first_map, PROBLEM: first_problem}
    columns = []
    for name in MADE_SCHEMA.names:
        value: exp.Expr = exp.column(name, quoted=True) if name in held else null(NULLS[name])
        if shifts.get(name):
            value = exp.Add(this=value, expression=exp.Literal.number(shifts[name]))
        columns.append(exp.alias_(exp.cast(value, NULLS[name]), name, quoted=True))
    return exp.select(*columns).from_(query.subquery("made"))


def write_parts(
    sources: Iterable[CompiledSource],
    engine: Engine,
    output: Path,
    tally: Tally,
    control: Control | None,
) -> dict[str, int]:
    """Let the engine write a Parquet folder, the triples maps of a source its own files.

    Parameters
    ----------
    sources
        Compiled sources.
    engine
        Writes; on Spark its workers do, each what it made.
    output
        The folder; it takes the place of another only when it is whole.
    tally
        What is told of problems, before their source is written.
    control
        Cancellation and deadline.

    Returns
    -------
    dict
        Triples of the triples maps of each source, their names joined.
    """
    counts: dict[str, int] = {}
    with replaced_folder(output) as folder:
        for number, compiled in enumerate(sources):
            if compiled.queries:
                rows = _united([_whole(query) for query in compiled.queries])
                if compiled.problems:
                    _count_problems(rows, compiled, engine, tally, control)
                is_triple = is_null(exp.column(PROBLEM, quoted=True))
                columns = _columns(TRIPLES_SCHEMA.names)
                made = exp.select(*columns).from_(rows.subquery("t")).where(is_triple)
                part = folder / f"source-{number}"
                counts[", ".join(compiled.names)] = engine.write(made, part, control=control)
                for file in sorted(part.glob("*.parquet")):
                    file.rename(folder / f"{part.name}-{file.name}")
                shutil.rmtree(part)
            for relation in compiled.relations:
                engine.drop(relation)
    return counts


def _count_problems(
    rows: exp.Query, compiled: CompiledSource, engine: Engine, tally: Tally, control: Control | None
) -> None:
    """Tell the tally how many rows have each problem, and the first of them; all where asked."""
    problem, row, value = _columns((PROBLEM, PROBLEM_ROW, PROBLEM_VALUE))
    if tally.reject is not None:
        each = exp.select(problem, row, value).from_(rows.copy().subquery("t"))
        with engine.run(each.where(not_null(problem)), control=control) as reader:
            for batch in reader:
                tally.add_batch(compiled.problems, batch)
        return
    query = (
        exp.select(
            problem,
            exp.alias_(exp.Count(this=exp.Star()), "n"),
            exp.alias_(exp.Min(this=row), "first_row"),
            exp.alias_(exp.Min(this=value), "first_value"),
        )
        .from_(rows.copy().subquery("t"))
        .where(not_null(problem))
        .group_by(problem)
    )
    with engine.run(query, control=control) as reader:
        for found in reader.read_all().to_pylist():
            tally.add(
                compiled.problems[found[PROBLEM]],
                found["n"],
                found["first_row"],
                found["first_value"],
            )
