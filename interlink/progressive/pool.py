"""All candidates of a run under one numbering, whatever their CRS, with what verifies them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, closing
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from engine.join_geometries import Floats, Integers, Pairs
from engine.join_pairs import PairVerifier
from geosparql.relations import holds
from interlink.progressive.candidates import Candidates, overlap_of
from interlink.progressive.likelihood import features_of, fitted
from interlink.progressive.weights import WEIGHTS


class Pool(AbstractContextManager["Pool"]):
    """Candidates numbered from 0 over all parts; to be closed."""

    def __init__(self, parts: list[Candidates], relations: tuple[str, ...]) -> None:
        self._parts = parts
        self._relations = relations
        self._starts = np.cumsum([0, *(len(part) for part in parts)])
        self._stack = ExitStack()
        self._overlaps = [overlap_of(part) for part in parts]
        self._verifiers = [
            PairVerifier(part.left, part.right, part.rows, overlap.shares)
            for part, overlap in zip(parts, self._overlaps, strict=True)
        ]
        for verifier in self._verifiers:
            self._stack.enter_context(closing(verifier))
        self.left = self._numbered(lambda part: part.left.ids[part.rows[0]])
        self.right = self._numbered(lambda part: part.right.ids[part.rows[1]])

    def __len__(self) -> int:
        """Give the number of candidates."""
        return int(self._starts[-1])

    def __exit__(self, *_error: object) -> None:
        self._stack.close()

    @property
    def cost_us(self) -> Floats:
        """Predicted microseconds of each candidate."""
        costs = [verifier.cost.microseconds for verifier in self._verifiers]
        return np.concatenate([np.empty(0), *costs])

    def weight(self, name: str) -> Floats:
        """Give a published weight of each candidate."""
        return np.concatenate([np.empty(0), *(WEIGHTS[name](part) for part in self._parts)])

    def learned(self, numbers: Integers, linked: npt.NDArray[np.bool_]) -> Floats:
        """Give the probability of each candidate, learned from those verified so far."""
        parts = zip(self._parts, self._overlaps, strict=True)
        features = np.concatenate([features_of(*part) for part in parts], axis=1)
        return fitted(features[:, numbers], linked).of(features)

    def verified(self, numbers: Integers) -> tuple[npt.NDArray[np.bool_], Pairs]:
        """Tell which of some candidates are linked, and give those pairs with their matrices."""
        matrices = np.zeros(len(numbers), dtype="S9")
        linked = np.zeros(len(numbers), dtype=bool)
        for part, rows, places in self._split(numbers):
            matrices[places] = self._verifiers[part].matrices(rows)
            linked[places] = self._qualifying(self._parts[part], rows, matrices[places])
        chosen = numbers[linked]
        undecided = int((matrices == b"").sum())
        return linked, Pairs(self.left[chosen], self.right[chosen], matrices[linked], undecided)

    def _qualifying(
        self, part: Candidates, rows: Integers, matrices: npt.NDArray[np.bytes_]
    ) -> npt.NDArray[np.bool_]:
        i, j = part.rows[:, rows]
        left = shapely.get_dimensions(part.left.values[i])
        right = shapely.get_dimensions(part.right.values[j])
        result = np.zeros(len(rows), dtype=bool)
        for name in self._relations:
            result |= holds(matrices, left, right, name)
        return result

    def _split(self, numbers: Integers) -> Any:
        """Yield the part, the rows within it, and the places in `numbers`, part by part."""
        part_of = np.searchsorted(self._starts, numbers, side="right") - 1
        for part in np.unique(part_of):
            places = np.flatnonzero(part_of == part)
            yield int(part), numbers[places] - self._starts[part], places

    def _numbered(self, ids: Callable[[Candidates], Integers]) -> Integers:
        return np.concatenate([np.empty(0, np.int64), *(ids(part) for part in self._parts)])
