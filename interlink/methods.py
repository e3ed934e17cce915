"""Other ways to join than the engine's own: chosen by the user, for the same links.

`joining` gives an engine that joins as a `Method` says and does everything else as
before, so that whatever finds links need not know. Both sides are read into memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from sqlglot import exp

from engine.join_geometries import Geometries, Pairs, decoded
from engine.join_kernel import pair_batch, pair_schema
from engine.protocol import Control, Engine, JoinCondition, Related, Relation
from engine.spatial_join import tell_left_out
from geosparql.errors import RuleError
from geosparql.relations import holds
from interlink.links import dimensions
from interlink.progressive.order import Order
from interlink.progressive.run import Budget, Progressed, link_progressively, told
from interlink.rules.model import LinkRule


@dataclass(frozen=True, slots=True)
class Method:
    """How pairs are found: the best first under a budget."""

    budget: Budget
    order: Order = field(default_factory=Order)


def joining(engine: Engine, method: Method, rules: Sequence[LinkRule]) -> MethodEngine:
    """Give an engine that joins by a method.

    Parameters
    ----------
    engine
        Does everything but the spatial joins.
    method
        How it joins.
    rules
        All that will be asked: one budget is spent on their relations together, because
        they are read off the same matrices.

    Raises
    ------
    RuleError
        A rule has another condition: only relations have candidates to choose from.
    """
    relations: list[str] = []
    for rule in rules:
        if not isinstance(rule.condition, Related):
            raise RuleError(
                "A budget can be spent on relations only", value=rule.name,
                hint="Put rules with within_m, nearest or time alone into a file of their own",
            )  # fmt: skip
        relations += rule.condition.relations
    return MethodEngine(engine, method, tuple(dict.fromkeys(relations)))


class MethodEngine:
    """An engine with another spatial join; `progressed` is what the join found, once it ran."""

    def __init__(self, engine: Engine, method: Method, relations: tuple[str, ...]) -> None:
        self._engine = engine
        self._method = method
        self._relations = relations
        self._asked: tuple[str, str] | None = None
        self.name = f"{engine.name}, by a method"
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
        assert isinstance(condition, Related)  # `joining` saw to it
        control = control or Control()
        asked = (left.sql(), right.sql())
        if self.progressed is None or asked != self._asked:
            self._asked = asked
            self.progressed = self._progressed(left, right, control)
        pairs = _holding(self.progressed.pairs, condition.relations)
        schema = pair_schema(condition)
        return self._engine.relation(pa.Table.from_batches([pair_batch(pairs, schema)]))

    def told(self) -> dict[str, float]:
        """Tell how far the run came, for a report."""
        return {} if self.progressed is None else told(self.progressed)

    def _progressed(self, left: exp.Query, right: exp.Query, control: Control) -> Progressed:
        sides = self._read(left, control), self._read(right, control)
        condition = Related(self._relations, with_matrix=True)
        method = self._method
        found = link_progressively(sides, condition, method.order, method.budget, control=control)
        unusable = sum(side.unusable for side in sides)
        tell_left_out(control, found.pairs.undecided, unusable)
        return found

    def _read(self, query: exp.Query, control: Control) -> Geometries:
        with self._engine.run(query, control=control) as reader:
            return decoded(reader.read_all().combine_chunks())


def _holding(pairs: Pairs, relations: tuple[str, ...]) -> Pairs:
    """Keep the pairs for which one of some relations holds."""
    if pairs.value is None or not len(pairs):
        return pairs
    kept = np.zeros(len(pairs), dtype=bool)
    both = dimensions(pairs.value)
    for name in relations:
        kept |= holds(pairs.value, *both, name)
    return pairs.take(kept)
