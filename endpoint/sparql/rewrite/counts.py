"""What rewrite rules may know of the data: counts by term id."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from endpoint.store.dataset import Dataset
from geosparql.terms import Term


@dataclass(frozen=True, slots=True)
class Counts:
    """A data set's counts, and the ids of the query's terms: one that it lacks counts 0."""

    dataset: Dataset
    id_of: Callable[[Term], int]
