"""Relation algebra: what a reduced output leaves out can be derived, and nothing else."""

from itertools import permutations, product

import numpy as np
import pytest
import shapely

from geosparql.functions.edges import full_dimensions
from geosparql.relations import RELATIONS, holds
from interlink.implications import closed, implications, possible_matrices, reduced

EVERY = tuple(relation.name for relation in RELATIONS)
DIMENSIONS = list(product(range(3), range(3)))


def implied(a: str, b: str, dim_a: int, dim_b: int) -> bool:
    return bool(implications(EVERY, dim_a, dim_b)[EVERY.index(a), EVERY.index(b)])


@pytest.mark.parametrize(("dim_a", "dim_b"), DIMENSIONS)
def test_implication_is_transitive_and_never_of_opposites(dim_a: int, dim_b: int) -> None:
    table = implications(EVERY, dim_a, dim_b)
    assert not (((table.astype(int) @ table) > 0) & ~table & ~np.eye(len(EVERY), dtype=bool)).any()
    matrices = possible_matrices(dim_a, dim_b)
    for row, column in zip(*np.nonzero(table), strict=True):
        a = holds(matrices, dim_a, dim_b, EVERY[row])
        assert a.any()
        assert holds(matrices, dim_a, dim_b, EVERY[column])[a].all()


def test_known_implications() -> None:
    for dim_a, dim_b in DIMENSIONS:
        for name in EVERY:
            if name.startswith("sf_") and name not in ("sf_intersects", "sf_disjoint"):
                possible = holds(possible_matrices(dim_a, dim_b), dim_a, dim_b, name).any()
                assert implied(name, "sf_intersects", dim_a, dim_b) == possible
    assert implied("sf_equals", "sf_within", 2, 2)
    assert implied("eh_covers", "sf_contains", 2, 2)
    assert implied("eh_contains", "sf_contains", 2, 1)
    assert implied("rcc8_ntpp", "eh_inside", 2, 2)
    assert implied("eh_inside", "rcc8_ntpp", 2, 2)
    assert not implied("sf_within", "eh_inside", 2, 2)
    assert not implied("sf_intersects", "sf_touches", 2, 2)


@pytest.mark.parametrize(("dim_a", "dim_b"), DIMENSIONS)
@pytest.mark.parametrize("family", ["", "sf", "eh", "rcc8"])
def test_what_is_left_out_is_derivable(family: str, dim_a: int, dim_b: int) -> None:
    names = tuple(name for name in EVERY if name.startswith(family))
    matrices = possible_matrices(dim_a, dim_b)
    held = np.array([holds(matrices, dim_a, dim_b, name) for name in names]).T
    kept = reduced(held, names, dim_a, dim_b)
    assert not (kept & ~held).any()
    assert np.array_equal(closed(kept, names, dim_a, dim_b), held)


@pytest.mark.parametrize(("dim_a", "dim_b"), DIMENSIONS)
def test_nothing_derivable_stays(dim_a: int, dim_b: int) -> None:
    matrices = possible_matrices(dim_a, dim_b)
    held = np.array([holds(matrices, dim_a, dim_b, name) for name in EVERY]).T
    kept = reduced(held, EVERY, dim_a, dim_b)
    table = implications(EVERY, dim_a, dim_b)
    for row, column in permutations(range(len(EVERY)), 2):
        assert not (table[row, column] and (kept[:, row] & kept[:, column]).any())


def test_matrices_of_real_shapes_are_among_the_possible_ones() -> None:
    rng = np.random.default_rng(2)
    places = rng.integers(0, 4, (40, 5, 2)).astype(float)
    shapes = np.array(
        [shapely.Point(p[0]) for p in places]
        + [shapely.MultiPoint(p[:3]) for p in places]
        + [shapely.LineString(p) for p in places]
        + [shapely.box(*p[0], *(p[0] + 1 + p[1])) for p in places],
        dtype=object,
    )
    shapes = shapes[shapely.is_valid(shapes)]
    a, b = (shapes[index.ravel()] for index in np.indices((len(shapes), len(shapes))))
    matrices = shapely.relate(a, b).astype("S9")
    dims_a, dims_b = full_dimensions(a), full_dimensions(b)
    for dim_a, dim_b in DIMENSIONS:
        chosen = (dims_a == dim_a) & (dims_b == dim_b)
        assert set(matrices[chosen]) <= set(possible_matrices(dim_a, dim_b))
