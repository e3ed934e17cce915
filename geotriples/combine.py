"""Queries of triples maps put together, so that each triple is made once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce

from sqlglot import exp

from engine.protocol import Relation
from geotriples.compilation import CompiledSource, Outlet
from geotriples.expand import MADE_SCHEMA, MAP, NULLS, PROBLEM
from geotriples.values import Problem, null


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
