"""RDF files compared as datasets: blank nodes by structure, everything else letter for letter."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox


def dataset(path: Path) -> ox.Dataset:
    """Read N-Quads, duplicates once and blank nodes named canonically."""
    # Lenient: the suite expects IRIs with spaces of rml:UnsafeIRI
    quads = ox.parse(path=str(path), format=ox.RdfFormat.N_QUADS, lenient=True)
    found = ox.Dataset(quads)
    found.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return found


def lines(path: Path) -> list[str]:
    """Give the quads of a file, sorted, for a message that can be read."""
    return sorted(str(quad) for quad in dataset(path))


def assert_same(found: Path, expected: Path) -> None:
    """Fail with both sides where two files differ as datasets."""
    assert lines(found) == lines(expected)
