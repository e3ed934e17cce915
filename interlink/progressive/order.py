"""In which order pairs are verified: weights, how two of them combine, and what a link changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from engine.join_geometries import Floats, Integers
from geosparql.errors import RuleError
from interlink.progressive.weights import WEIGHTS

LEARNED = ("likely", "cost")
GIVEN = "given"
Scheme = Literal["single", "composite", "hybrid"]
SCHEMES: tuple[Scheme, ...] = ("single", "composite", "hybrid")


@dataclass(frozen=True, slots=True)
class Order:
    """How pairs are put in order.

    `weight` is one of `WEIGHTS`, or ours: ``likely`` (the probability of a link) and
    ``cost`` (expected links per predicted microsecond); ``given`` is no order. Scheme
    ``composite``: `second` breaks the ties; ``hybrid``: the product of both. `dynamic`: a
    pair that shares a geometry with found links counts as many times more.
    """

    weight: str = "likely"
    second: str | None = None
    scheme: Scheme = "single"
    dynamic: bool = False

    def __post_init__(self) -> None:
        known = (*WEIGHTS, *LEARNED, GIVEN)
        for name in (self.weight, self.second):
            if name is not None and name not in known:
                raise RuleError(
                    "There is no such weight", value=name, hint=f"Known: {', '.join(known)}"
                )
        if self.scheme not in SCHEMES:
            raise RuleError(
                "There is no such scheme", value=self.scheme, hint=f"Known: {', '.join(SCHEMES)}"
            )
        if (self.scheme == "single") != (self.second is None):
            raise RuleError(
                f"The scheme {self.scheme} does not fit the weights", value=self.second,
                hint="composite and hybrid take a second weight, single takes one only",
            )  # fmt: skip

    def __str__(self) -> str:
        """Say it in words."""
        dynamic = ["dynamic"] if self.dynamic else []
        return " ".join(["order", *self.names, self.scheme, *dynamic])

    @property
    def names(self) -> tuple[str, ...]:
        """Give the weights that are used."""
        return (self.weight,) if self.second is None else (self.weight, self.second)


def combined(order: Order, weights: tuple[Floats, ...]) -> tuple[Floats, Floats | None]:
    """Give what decides the order, and what breaks its ties."""
    if order.scheme == "hybrid":
        return weights[0] * weights[1], None
    return weights[0], (weights[1] if order.scheme == "composite" else None)


def best(first: Floats, second: Floats | None, count: int) -> Integers:
    """Give the `count` rows of greatest weight, best first; ties by `second`, then by row."""
    rows = np.arange(len(first))
    if 0 < count < len(first):
        least = np.partition(first, len(first) - count)[len(first) - count]
        rows = np.flatnonzero(first >= least)
    keys = [rows, -first[rows]] if second is None else [rows, -second[rows], -first[rows]]
    chosen: Integers = rows[np.lexsort(keys)][:count]
    return chosen
