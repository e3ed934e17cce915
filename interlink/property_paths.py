"""Property paths over triples in an engine: which values each node has at the end of a path."""

from __future__ import annotations

from functools import reduce

from sqlglot import exp

from engine.protocol import Relation
from interlink.rules.paths import PropertyPath, Step


def path_values(triples: Relation, path: PropertyPath) -> exp.Query:
    """Give ``node``, ``value`` and ``datatype`` of every pair that a path connects.

    Parameters
    ----------
    triples
        Of `TRIPLES_SCHEMA`.
    path
        Where the values stand.
    """
    found: list[exp.Query] = [_sequence(triples, steps) for steps in path.alternatives]
    return reduce(lambda one, other: exp.union(one, other, distinct=True), found)


def _sequence(triples: Relation, steps: tuple[Step, ...]) -> exp.Select:
    """Join the triples of one step after the other: nodes in between are resources."""
    last = f"s{len(steps) - 1}"
    start, end = _ends(steps[0])[0], _ends(steps[-1])[1]
    query = exp.select(
        exp.column(start, "s0").as_("node"),
        exp.column(end, last).as_("value"),
        (exp.null() if steps[-1].inverse else exp.column("datatype", last)).as_("datatype"),
    ).from_(triples.table("s0"))
    for number, step in enumerate(steps[1:], start=1):
        here, before = f"s{number}", f"s{number - 1}"
        met = exp.column(_ends(steps[number - 1])[1], before).eq(exp.column(_ends(step)[0], here))
        query = query.join(triples.table(here), on=met)
    for number, step in enumerate(steps):
        query = query.where(exp.column("predicate", f"s{number}").eq(exp.Literal.string(step.iri)))
        if step.inverse or number < len(steps) - 1:
            query = query.where(exp.column("datatype", f"s{number}").is_(exp.null()))
    return query


def _ends(step: Step) -> tuple[str, str]:
    return ("object", "subject") if step.inverse else ("subject", "object")
