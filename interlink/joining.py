"""The engine that a run of links is done with: the user's, wrapped as its method asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from engine.protocol import Engine
from interlink.explain import ExplainedEngine
from interlink.methods import Method, MethodEngine, relations_of
from interlink.rules.model import LinkRule


@dataclass(frozen=True, slots=True)
class Joining:
    """An engine to find links with, and what can be told of it afterwards."""

    engine: Engine
    chosen: MethodEngine | None = None
    watched: ExplainedEngine | None = None

    def progress(self) -> Mapping[str, float]:
        """Tell how far a budget reached; nothing where there was none."""
        return {} if self.chosen is None else self.chosen.told()

    def explained(self, seconds: float) -> Mapping[str, str | float]:
        """Tell what was done in a run of so many seconds, where that was asked."""
        return {} if self.watched is None else self.watched.told(seconds)


def joining(engine: Engine, method: Method, rules: Sequence[LinkRule]) -> Joining:
    """Wrap an engine as a method asks.

    Raises
    ------
    RuleError
        The method does not fit the rules.
    """
    relations = relations_of(rules, method)
    chosen = None
    if method.filter is not None or method.budget is not None:
        chosen = MethodEngine(engine, method, relations)
    watched = ExplainedEngine(chosen or engine) if method.explain else None
    return Joining(cast(Engine, watched or chosen or engine), chosen, watched)
