"""Both sets of a rule file in an engine, and what was the matter with their geometries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.protocol import Control, Engine
from interlink.features import Features, read_features
from interlink.problems import write_problems
from interlink.rules.model import FeatureSet, Rules, VectorSource
from interlink.sources import Readers, references

Sides = tuple[Features, Features]
"""Left and right; the same object twice where a set is linked with itself."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How sets are read: what opens other sources than RDF files, where problems are listed.

    `problems` is a file for JSON lines, one for each geometry that was repaired or is
    not linked; None where nobody wants it.
    """

    readers: Readers | None = None
    problems: Path | None = None


def read_sides(engine: Engine, rules: Rules, reading: Reading, *, control: Control) -> Sides:
    """Read the sets of a rule file; see `interlink.features.read_features`.

    A set without a feature that can be linked is told as a warning.
    """
    alone = any(rule.condition is None for rule in rules.links)
    read = [
        read_features(engine, one, readers=reading.readers, by_time_alone=alone, control=control)
        for one in sets_of(rules)
    ]
    return told_sides(engine, read, reading, by_time_alone=alone, control=control)


def sets_of(rules: Rules) -> tuple[FeatureSet, ...]:
    """Give the sets that are read: one where it is linked with itself."""
    return (rules.left,) if rules.right is None else (rules.left, rules.right)


def told_sides(
    engine: Engine,
    read: Sequence[Features],
    reading: Reading,
    *,
    by_time_alone: bool = False,
    control: Control,
) -> Sides:
    """Tell what was the matter with the sets that were read."""
    for features in read:
        if not (features.geometries or by_time_alone):
            side = features.problems.side
            control.warn(f"The set {side} has no feature that can be linked")
    if reading.problems is not None:
        write_problems(engine, [features.problems for features in read], reading.problems)
    for features in read:
        engine.drop(features.problems.relation)
    return read[0], read[-1]


def check_sources(rules: Rules, readers: Readers) -> None:
    """Open the vector files of rules as far as it takes to know their layers and columns.

    Raises
    ------
    SourceError, CRSError
        A file, layer or column is missing, or the CRS is not known.
    """
    for chosen in (rules.left, rules.right):
        if chosen is not None and isinstance(chosen.source, VectorSource):
            readers.rows(chosen, [str(name) for name in references(chosen)])
