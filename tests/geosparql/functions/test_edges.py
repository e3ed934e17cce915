"""Edges, parts and dimensions of any geometries."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geosparql.functions.edges import (
    edges_of,
    full_dimensions,
    simple_parts,
    split_edges,
    without_empty_parts,
)
from tests.geosparql.functions.columns import geometries
from tests.geosparql.shapes import shapes
from tests.geosparql.zoo import zoo

NESTED = (
    "GEOMETRYCOLLECTION (POINT EMPTY, GEOMETRYCOLLECTION (LINESTRING (0 0, 1 0), POLYGON EMPTY))"
)


@given(st.lists(shapes(), max_size=5))
def test_edges_are_as_long_as_the_geometries(members: list[shapely.Geometry]) -> None:
    edges = edges_of(geometries(*members))
    lengths = np.linalg.norm(edges.end - edges.start, axis=1)
    sums = np.bincount(edges.owner, weights=lengths, minlength=len(members))
    assert sums == pytest.approx([member.length for member in members])
    assert (np.diff(edges.owner) >= 0).all()


def test_edges_of_each_kind() -> None:
    edges = edges_of(geometries("POINT (7 8)", NESTED, "POLYGON ((0 0, 1 0, 1 1, 0 0))"))
    assert edges.owner.tolist() == [0, 1, 2, 2, 2]
    assert edges.dimension.tolist() == [0, 1, 2, 2, 2]
    assert edges.start[0].tolist() == edges.end[0].tolist() == [7, 8]
    assert edges.end[2].tolist() == edges.start[3].tolist() == [1, 0]


@given(st.lists(shapes(), max_size=5), st.sampled_from((0.3, 1.0, 100.0)))
def test_split_edges_follow_each_other(members: list[shapely.Geometry], longest: float) -> None:
    edges = edges_of(geometries(*members))
    split = split_edges(edges, longest)
    steps = np.abs(split.end - split.start)
    assert (steps <= longest * (1 + 1e-12)).all()
    lengths = np.linalg.norm(split.end - split.start, axis=1).sum()
    assert lengths == pytest.approx(np.linalg.norm(edges.end - edges.start, axis=1).sum())
    inner = ~np.isin(split.end, edges.end).all(axis=1)
    np.testing.assert_array_equal(split.end[:-1][inner[:-1]], split.start[1:][inner[:-1]])


@pytest.mark.parametrize(
    ("text", "dimension"),
    [("POLYGON EMPTY", -1), ("GEOMETRYCOLLECTION EMPTY", -1), (NESTED, 1), ("POINT (1 1)", 0),
     ("MULTIPOLYGON (EMPTY)", -1), ("MULTILINESTRING (EMPTY, (0 0, 1 1))", 1)],
)  # fmt: skip
def test_dimension_of_what_is_not_empty(text: str, dimension: int) -> None:
    assert full_dimensions(geometries(text)).tolist() == [dimension]


def test_parts_of_the_zoo() -> None:
    animals = zoo()
    parts, owner = simple_parts(animals)
    assert not shapely.is_empty(parts).any()
    assert set(np.unique(shapely.get_type_id(parts))) <= {0, 1, 2, 3}
    positions = np.bincount(
        owner, weights=shapely.get_num_coordinates(parts), minlength=len(animals)
    )
    assert positions.tolist() == shapely.get_num_coordinates(animals).tolist()


def test_without_empty_parts() -> None:
    cleaned = without_empty_parts(zoo())
    assert shapely.is_empty(cleaned).tolist() == shapely.is_empty(zoo()).tolist()
    parts = shapely.get_parts(cleaned[~shapely.is_empty(cleaned)])
    assert not shapely.is_empty(parts).any()
    assert shapely.to_wkt(cleaned[shapely.get_type_id(cleaned) < 4]).tolist() == shapely.to_wkt(
        zoo()[shapely.get_type_id(zoo()) < 4]).tolist()  # fmt: skip
