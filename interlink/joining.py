"""The engine that a run of links is done with: the user's, wrapped as its method asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from engine.protocol import Engine
from geosparql.errors import RuleError
from interlink.explain import ExplainedEngine
from interlink.methods import Method, MethodEngine, relations_of
from interlink.rules.model import LinkRule
from interlink.state import StateWriter, read_state
from interlink.update import UpdatingEngine


@dataclass(frozen=True, slots=True)
class Joining:
    """An engine to find links with, and what can be told of it afterwards."""

    engine: Engine
    chosen: MethodEngine | None = None
    watched: ExplainedEngine | None = None
    updating: UpdatingEngine | None = None

    def progress(self) -> Mapping[str, float]:
        """Tell how far a budget reached; nothing where there was none."""
        return {} if self.chosen is None else self.chosen.told()

    def explained(self, seconds: float) -> Mapping[str, str | float]:
        """Tell what was done in a run of so many seconds, where that was asked."""
        return {} if self.watched is None else self.watched.told(seconds)

    def updated(self) -> Mapping[str, int]:
        """End the run: keep its state where that was asked, and tell what was new."""
        return {} if self.updating is None else self.updating.finish()


def joining(
    engine: Engine, method: Method, rules: Sequence[LinkRule], output: Path | None = None
) -> Joining:
    """Wrap an engine as a method asks.

    Raises
    ------
    RuleError
        The method does not fit the rules, or a state is to be kept of what is not written
        or not whole.
    SourceError
        The previous links have no state.
    """
    relations = relations_of(rules, method)
    chosen = watched = updating = None
    joined = engine
    if method.filter is not None or method.budget is not None:
        chosen = MethodEngine(engine, method, relations)
        joined = cast(Engine, chosen)
    if method.explain:
        watched = ExplainedEngine(chosen or engine)
        joined = cast(Engine, watched)
    if method.keep_state or method.previous is not None:
        if output is None or method.budget is not None:
            raise RuleError(
                "There is nothing to keep a state of",
                hint="It needs an output, and no budget: what a budget leaves out is not known",
            )
        previous = None if method.previous is None else read_state(method.previous)
        updating = UpdatingEngine(joined, previous, StateWriter(output))
        joined = cast(Engine, updating)
    return Joining(joined, chosen, watched, updating)
