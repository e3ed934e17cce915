"""What a run of links did: sizes, method, candidates, verifications, and time by stage.

`explaining` gives an engine that watches itself and does everything as before. For
relations it also runs every filter over the same boxes, so that they can be compared.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

from sqlglot import exp

from engine.join_geometries import decoded
from engine.protocol import Control, Engine, JoinCondition, Relation
from geosparql.errors import EngineUnavailableError
from interlink.filters.table import FILTERS
from interlink.methods import MethodEngine, has_candidates

STAGES = {
    "materialize": "reading and putting together",
    "map_batches": "saying links",
    "spatial_join": "joining",
}
"""Methods of an engine and the stage that they belong to."""

Explanation = dict[str, str | float]


class ExplainedEngine:
    """An engine that adds up what it does."""

    def __init__(self, engine: Engine | MethodEngine) -> None:
        self._engine = engine
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._candidates: defaultdict[str, int] = defaultdict(int)
        self._filtering_s: defaultdict[str, float] = defaultdict(float)
        self._geometry_pairs = 0
        self._joins = 0
        self._counts: Counter[str] = Counter()
        self.name = engine.name

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._engine, name)
        return self._timed(STAGES[name], found) if name in STAGES else found

    def spatial_join(
        self,
        left: exp.Query,
        right: exp.Query,
        condition: JoinCondition,
        *,
        control: Control | None = None,
    ) -> Relation:
        """Join, and compare the filters; see `engine.protocol.Engine.spatial_join`."""
        self._joins += 1
        control = control or Control()
        before = Counter(control.counts)
        if has_candidates(condition):
            self._compare(left, right, control)
        join = self._timed(STAGES["spatial_join"], self._engine.spatial_join)
        found: Relation = join(left, right, condition, control=control)
        self._counts += control.counts - before
        return found

    def _timed(self, stage: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*arguments: Any, **named: Any) -> Any:
            began = time.perf_counter()
            try:
                return call(*arguments, **named)
            finally:
                self._seconds[stage] += time.perf_counter() - began

        return timed

    def _compare(self, left: exp.Query, right: exp.Query, control: Control | None) -> None:
        """Run every filter that is installed over both sides."""
        sides = []
        for query in (left, right):
            with self._engine.run(query, control=control) as reader:
                sides.append(decoded(reader.read_all().combine_chunks()))
        began = time.perf_counter()
        for srid, group in sides[0].by_srid():
            moved = sides[1].in_crs(srid)
            self._geometry_pairs += len(group) * len(moved)
            for name, chosen in FILTERS.items():
                started = time.perf_counter()
                try:
                    candidates = chosen(group.values, moved.values).shape[1]
                except EngineUnavailableError:
                    continue
                self._candidates[name] += candidates
                self._filtering_s[name] += time.perf_counter() - started
        self._seconds["comparing filters"] += time.perf_counter() - began

    def told(self, seconds: float) -> Explanation:
        """Tell what was done in a run of so many seconds."""
        result: Explanation = {"method": str(self._engine.name), "joins": self._joins}
        if self._geometry_pairs:
            result["pairs of geometries"] = self._geometry_pairs
        for name, candidates in self._candidates.items():
            saved = 1.0 - candidates / max(1, self._geometry_pairs)
            result[f"filter {name}"] = (
                f"{candidates:,} candidates, {saved:.4%} of the pairs spared, "
                f"{self._filtering_s[name]:.3f} s"
            )
        result |= self._counts
        if isinstance(self._engine, MethodEngine):
            result |= self._engine.counts()
        rest = seconds - sum(self._seconds.values())
        for stage, spent in (*self._seconds.items(), ("counting and writing", rest)):
            result[f"seconds of {stage}"] = max(0.0, spent)
        return result
