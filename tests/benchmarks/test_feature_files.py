"""The benchmarks' files are N-Triples, hold as many as they say, and are the same each time."""

from __future__ import annotations

import numpy as np
import pyoxigraph as ox
import pytest
import shapely

from tests.benchmarks.feature_files import Blocks, largest_tag, mixed_features, synthetic_map


def parsed(blocks: Blocks) -> tuple[list[ox.Quad], int]:
    texts, counts = zip(*blocks, strict=True)
    return list(ox.parse(b"".join(texts), ox.RdfFormat.N_TRIPLES)), sum(counts)


def shapes(quads: list[ox.Quad]) -> np.ndarray:  # type: ignore[type-arg]
    return shapely.from_wkt([q.object.value for q in quads if q.predicate.value.endswith("asWKT")])


def test_mixed_features_are_points_boxes_and_lines_by_turns() -> None:
    quads, count = parsed(mixed_features(300))
    assert len(set(quads)) == count == 2_100
    assert np.bincount(shapely.get_dimensions(shapes(quads))).tolist() == [100, 100, 100]
    assert quads == parsed(mixed_features(300))[0]


@pytest.mark.parametrize("n", [12, 48])
def test_the_synthetic_map_has_the_published_counts(n: int) -> None:
    quads, count = parsed(synthetic_map(n))
    of_class = [n * n, (n // 3) ** 2, n, n * n]
    tagged = sum(number // largest_tag(n) for number in of_class)
    assert len(set(quads)) == count == 7 * sum(of_class) + 4 * tagged
    found = shapes(quads)
    assert len(found) == sum(of_class)
    assert shapely.is_valid(found).all()


def test_hexagons_fill_the_plane_without_overlap() -> None:
    hexagons = [shape for shape in shapes(parsed(synthetic_map(12))[0]) if shape.area > 0][:144]
    assert shapely.union_all(hexagons).area == pytest.approx(sum(shapely.area(hexagons)), rel=1e-4)
