"""Verify candidates in the order of their promise until a budget is used up."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from engine.join_geometries import Floats, Geometries, Integers, Pairs, concatenated
from engine.protocol import Control, Related
from geosparql.errors import RuleError
from geosparql.relations import candidate_predicate
from interlink.filters.packed import packed_candidates
from interlink.filters.table import Filter
from interlink.progressive.candidates import candidates_of
from interlink.progressive.curve import Curve
from interlink.progressive.likelihood import SAMPLE, sampled
from interlink.progressive.order import GIVEN, LEARNED, Order, best, combined
from interlink.progressive.pool import Pool

_BATCH_US = 10_000.0  # predicted: how far a budget of seconds may be passed
_BATCH_PAIRS = 2_048
_SAMPLE_SHARE = 0.01  # of the candidates
_SAMPLE_LEAST = 200
_NONE = np.empty(0, dtype=np.int64)
_ROUNDS = 64  # of new order in a dynamic run


@dataclass(frozen=True, slots=True)
class Budget:
    """What may be spent: verifications, seconds (ordering counts in them), or both."""

    verifications: int | None = None
    seconds: float | None = None

    def __str__(self) -> str:
        """Say it in words."""
        limits = ((self.verifications, "verifications"), (self.seconds, "seconds"))
        return " and ".join(f"{most:,} {unit}" for most, unit in limits if most is not None)


@dataclass(frozen=True, slots=True)
class Progressed:
    """What a progressive run found.

    `expected_links` estimates how many of all candidates are linked: the found ones
    and the probabilities of the rest. None where no probability was learned.
    """

    pairs: Pairs
    candidates: int
    curve: Curve
    ordering_cpu_s: float
    expected_links: float | None


def told(found: Progressed) -> dict[str, float]:
    """Tell what a run found in words and numbers, with its recall curve in ten steps.

    Recall and Progressive Geometry Recall are of the expected links where there is an
    estimate, else of those found.
    """
    curve = found.curve
    result: dict[str, float] = {
        "candidates": found.candidates,
        "verifications": curve.verifications,
        "pairs linked": curve.links,
    }
    if curve.verifications:
        result["precision"] = curve.links / curve.verifications
    total = curve.links
    if found.expected_links is not None:
        total = max(total, round(found.expected_links))
        result["pairs expected in all"] = total
        result["recall (expected)"] = curve.links / total if total else 1.0
    result["progressive geometry recall"] = curve.progressive_recall(total)
    for verified, linked in curve.steps():
        result[f"linked after {verified:,} verifications"] = linked
    return result


def link_progressively(
    sides: tuple[Geometries, Geometries],
    condition: Related,
    order: Order,
    budget: Budget,
    *,
    chosen: Filter = packed_candidates,
    control: Control | None = None,
) -> Progressed:
    """Find as many pairs of a condition as a budget allows, the most promising first.

    Parameters
    ----------
    sides
        Left and right set, in any CRS.
    condition
        Relations of geometries that meet.
    order
        Weights and scheme.
    budget
        When to stop; without limits every pair is found.
    chosen
        The filter that finds the candidates.
    control
        Cancellation and progress.

    Raises
    ------
    RuleError
        A relation holds between geometries that do not meet, so that there are no candidates.
    """
    apart = [name for name in condition.relations if candidate_predicate(name) is None]
    if apart:
        raise RuleError(
            "A budget cannot be spent on what does not meet", value=apart[0],
            hint="Leave disjoint relations out of a rule with a budget",
        )  # fmt: skip
    with Pool(candidates_of(*sides, chosen), condition.relations) as pool:
        return _Run(pool, order, budget, control or Control()).run()


@dataclass(slots=True)
class _Run:
    """One run: what is spent and what is found so far."""

    pool: Pool
    order: Order
    budget: Budget
    control: Control
    started: float = field(default_factory=time.perf_counter)
    cpu_s: float = 0.0
    ordering_cpu_s: float = 0.0
    found: list[Pairs] = field(default_factory=list)
    linked: list[npt.NDArray[np.bool_]] = field(default_factory=list)
    marks: list[tuple[float, float]] = field(default_factory=list)
    probability: Floats | None = None

    def run(self) -> Progressed:
        if not len(self.pool):
            return self._progressed(np.empty(0, dtype=bool))
        began = time.thread_time()
        rest = np.ones(len(self.pool), dtype=bool)
        rest[self._learn()] = False
        first, second = self._weights()
        self.ordering_cpu_s = time.thread_time() - began - self.cpu_s
        if self.order.dynamic:
            self._verify_dynamically(rest, first, second)
        else:
            numbers = np.flatnonzero(rest)
            tie = None if second is None else second[numbers]
            self._verify(numbers[best(first[numbers], tie, self._left_over(len(numbers)))], rest)
        return self._progressed(rest)

    def _learn(self) -> Integers:
        """Verify a sample and learn from it, where the order asks for it."""
        if not set(self.order.names) & set(LEARNED):
            return np.empty(0, dtype=np.int64)
        wanted = max(_SAMPLE_LEAST, int(_SAMPLE_SHARE * len(self.pool)))
        wanted = min(SAMPLE, wanted, max(1, self._left_over(len(self.pool)) // 5))
        sample = sampled(len(self.pool), wanted)
        linked = self._batch(sample)
        self.probability = self.pool.learned(sample, linked)
        return sample

    def _weights(self) -> tuple[Floats, Floats | None]:
        weights = []
        for name in self.order.names:
            if name == GIVEN:
                weights.append(np.zeros(len(self.pool)))
            elif name not in LEARNED or self.probability is None:
                weights.append(self.pool.weight(name))
            elif name == "likely":
                weights.append(self.probability)
            else:
                weights.append(self.probability / self.pool.cost_us)
        return combined(self.order, tuple(weights))

    def _verify_dynamically(
        self, rest: npt.NDArray[np.bool_], first: Floats, second: Floats | None
    ) -> None:
        """Order what is left anew in each round: pairs of linked geometries come sooner."""
        rows = [np.unique(ids, return_inverse=True)[1] for ids in (self.pool.left, self.pool.right)]
        matches = [np.zeros(int(side.max(initial=-1)) + 1, dtype=np.int64) for side in rows]
        numbers = np.flatnonzero(rest)
        size = max(_BATCH_PAIRS // 2, self._left_over(len(numbers)) // _ROUNDS)
        while len(numbers) and not self._is_spent():
            i, j = rows[0][numbers], rows[1][numbers]
            boost = 1.0 + matches[0][i] + matches[1][j]
            tie = None if second is None else second[numbers] * boost
            now = best(first[numbers] * boost, tie, min(size, self._left_over(len(numbers))))
            linked = self._verify(numbers[now], rest)
            hits = now[: len(linked)][linked]
            matches[0] += np.bincount(i[hits], minlength=len(matches[0]))
            matches[1] += np.bincount(j[hits], minlength=len(matches[1]))
            numbers = numbers[rest[numbers]]

    def _verify(self, numbers: Integers, rest: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Verify candidates in order, in batches, while the budget lasts; give their outcome."""
        outcomes = [np.empty(0, dtype=bool)]
        batch = np.cumsum(self.pool.cost_us[numbers]) // _BATCH_US
        batch += np.arange(len(numbers)) // _BATCH_PAIRS
        cuts = np.flatnonzero(np.append(True, batch[1:] != batch[:-1])[: len(numbers)])
        for part in np.split(numbers, cuts[1:]) if len(numbers) else []:
            if self._is_spent():
                break
            outcomes.append(self._batch(part))
            rest[part] = False
        return np.concatenate(outcomes)

    def _batch(self, numbers: Integers) -> npt.NDArray[np.bool_]:
        self.control.check()
        began = time.thread_time()
        linked, pairs = self.pool.verified(numbers)
        self.cpu_s += time.thread_time() - began
        self.linked.append(linked)
        self.found.append(pairs)
        self.marks.append((self.cpu_s, time.perf_counter() - self.started))
        self.control.report("verifications", self._spent(), self._total(), "pairs")
        return linked

    def _spent(self) -> int:
        return sum(map(len, self.linked))

    def _total(self) -> int:
        return min(len(self.pool), self.budget.verifications or len(self.pool))

    def _left_over(self, pairs: int) -> int:
        limit = self.budget.verifications
        return pairs if limit is None else max(0, min(pairs, limit - self._spent()))

    def _is_spent(self) -> bool:
        seconds = self.budget.seconds
        late = seconds is not None and time.perf_counter() - self.started >= seconds
        return late or self._left_over(1) == 0

    def _progressed(self, rest: npt.NDArray[np.bool_]) -> Progressed:
        linked = np.concatenate([np.empty(0, dtype=bool), *self.linked])
        marks = np.array(self.marks, dtype=np.float64).reshape(-1, 2)
        ends = np.cumsum([len(part) for part in self.linked], dtype=np.int64)
        expected = None
        if self.probability is not None:
            expected = float(linked.sum() + self.probability[rest].sum())
        return Progressed(
            concatenated(self.found) if self.found else Pairs(_NONE, _NONE),
            len(self.pool),
            Curve(linked, ends, marks[:, 0], marks[:, 1]),
            self.ordering_cpu_s,
            expected,
        )
