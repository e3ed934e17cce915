"""What rewrite rules may know of the data: counts by term id."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from endpoint.store.dataset import Dataset
from geosparql.terms import IRI, Term


@dataclass(frozen=True, slots=True)
class Counts:
    """A data set's counts, and the ids of the query's terms: one that it lacks counts 0.

    Where triples are `entailed` too, the counts are of the stored ones alone: a
    predicate may then have triples although it counts 0.
    """

    dataset: Dataset
    id_of: Callable[[Term], int]
    entailed: bool = False

    def srids(self) -> tuple[int, ...]:
        """Give the CRS of the stored geometries, by SRID."""
        return self.dataset.srids()

    def occurring(self, iris: Iterable[str]) -> tuple[str, ...]:
        """Give those of some predicates that may have triples."""
        asked = tuple(iris)
        if self.entailed:
            return asked
        found = self.dataset.find([IRI(iri) for iri in asked])
        return tuple(
            iri
            for iri, known in zip(asked, found, strict=True)
            if known is not None and self.dataset.predicate_count(known)
        )
