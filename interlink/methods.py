"""Other ways to join than the engine's own: chosen by the user, for the same links.

`MethodEngine` joins as a `Method` says and does everything else as its engine, so that
whatever finds links need not know. Both sides are read into memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeGuard

import numpy as np
import pyarrow as pa
from sqlglot import exp

from engine.join_geometries import Geometries, Pairs, decoded
from engine.join_kernel import pair_batch, pair_schema
from engine.protocol import Control, Engine, JoinCondition, Related, Relation
from engine.spatial_join import tell_left_out
from geosparql.errors import RuleError
from geosparql.relations import candidate_predicate, holds
from interlink.filters.table import filter_of
from interlink.links import dimensions
from interlink.progressive.order import Order
from interlink.progressive.run import Budget, Progressed, link_progressively, told
from interlink.rules.model import LinkRule


@dataclass(frozen=True, slots=True)
class Method:
    """How the pairs of relations are found, and whether it is told.

    Parameters
    ----------
    filter
        A name of `interlink.filters.table.FILTERS`; None: the engine's own way, or
        with a budget ``packed``.
    budget
        Verify the best pairs first until it is spent; None: all pairs.
    order
        Which pairs are the best.
    explain
        Watch what is done, and compare the filters.
    keep_state
        Leave a state beside the output, for an update.
    previous
        An earlier output with such a state: only what has changed is joined anew.
    """

    filter: str | None = None
    budget: Budget | None = None
    order: Order = field(default_factory=Order)
    explain: bool = False
    keep_state: bool = False
    previous: Path | None = None

    def __str__(self) -> str:
        """Say it in words."""
        words = f"filter {self.filter or 'packed'}"
        return words if self.budget is None else f"{words}, {self.budget}, {self.order}"


def relations_of(rules: Sequence[LinkRule], method: Method) -> tuple[str, ...]:
    """Give all relations that will be asked: one budget is spent on them together.

    Raises
    ------
    RuleError
        There is no such filter, or a budget is to be spent on other conditions: only
        relations have candidates to choose from.
    """
    filter_of(method.filter or "packed")
    relations: list[str] = []
    for rule in rules:
        condition = rule.condition
        if condition is not None and has_candidates(condition):
            relations += condition.relations
        elif method.budget is not None:
            raise RuleError(
                "A budget can be spent on relations of what meets only", value=rule.name,
                hint="Put rules with disjoint, within_m, nearest or time alone into another file",
            )  # fmt: skip
    return tuple(dict.fromkeys(relations))


def has_candidates(condition: JoinCondition) -> TypeGuard[Related]:
    """Tell whether the pairs of a condition are among those whose boxes meet."""
    return isinstance(condition, Related) and all(
        candidate_predicate(name) is not None for name in condition.relations
    )


class MethodEngine:
    """An engine with another spatial join; `progressed` is what the join found, once it ran."""

    def __init__(self, engine: Engine, method: Method, relations: tuple[str, ...]) -> None:
        self._engine = engine
        self._method = method
        self._relations = relations
        self._asked: tuple[str, str] | None = None
        self.name = f"{engine.name}, {method}"
        self.progressed: Progressed | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def spatial_join(
        self,
        left: exp.Query,
        right: exp.Query,
        condition: JoinCondition,
        *,
        control: Control | None = None,
    ) -> Relation:
        """Join as the method says; see `engine.protocol.Engine.spatial_join`."""
        if not has_candidates(condition):
            return self._engine.spatial_join(left, right, condition, control=control)
        control = control or Control()
        asked = (left.sql(), right.sql())
        if self.progressed is None or asked != self._asked:
            self._asked = asked
            self.progressed = self._progressed(left, right, control)
        pairs = _holding(self.progressed.pairs, condition)
        schema = pair_schema(condition)
        return self._engine.relation(pa.Table.from_batches([pair_batch(pairs, schema)]))

    def counts(self) -> dict[str, int]:
        """Give how many candidates there were, and how many of them were verified."""
        found = self.progressed
        if found is None:
            return {}
        return {"candidates": found.candidates, "verifications": found.curve.verifications}

    def told(self) -> dict[str, float]:
        """Tell how far the run came, for a report."""
        if self.progressed is None or self._method.budget is None:
            return {}
        return told(self.progressed)

    def _progressed(self, left: exp.Query, right: exp.Query, control: Control) -> Progressed:
        sides = self._read(left, control), self._read(right, control)
        condition = Related(self._relations, with_matrix=True)
        method = self._method
        order = Order("given") if method.budget is None else method.order
        found = link_progressively(
            sides, condition, order, method.budget or Budget(),
            chosen=filter_of(method.filter or "packed"), control=control,
        )  # fmt: skip
        unusable = sum(side.unusable for side in sides)
        tell_left_out(control, found.pairs.undecided, unusable)
        return found

    def _read(self, query: exp.Query, control: Control) -> Geometries:
        with self._engine.run(query, control=control) as reader:
            return decoded(reader.read_all().combine_chunks())


def _holding(pairs: Pairs, condition: Related) -> Pairs:
    """Keep the pairs, with matrices, for which one of the relations holds."""
    if pairs.value is None or not len(pairs):
        return replace(pairs, value=None)
    both = dimensions(pairs.value)
    bits = np.zeros(len(pairs), dtype=np.int64)
    for number, name in enumerate(condition.relations):
        bits |= holds(pairs.value, *both, name).astype(np.int64) << number
    shown = replace(pairs, value=bits) if condition.with_relations else pairs
    return shown.take(bits != 0)
