"""The curve that geometries are clustered along."""

from __future__ import annotations

import numpy as np

from endpoint.store.hilbert import ORDER, hilbert_index


def points(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
    return np.column_stack([lon, lat, lon, lat])


def test_each_cell_has_its_own_place_and_neighbours_on_the_curve_touch() -> None:
    side = 32  # a grid of 32 by 32 cells sees the first five turns of the curve
    cells = np.arange(side) + 0.5
    x, y = (grid.ravel() for grid in np.meshgrid(cells, cells))
    places = hilbert_index(points(x / side * 360 - 180, y / side * 180 - 90)) >> 2 * (ORDER - 5)
    assert sorted(places) == list(range(side * side))
    order = np.argsort(places)
    steps = np.abs(np.diff(x[order])) + np.abs(np.diff(y[order]))
    assert (steps == 1).all()


def test_the_corners_of_the_world_are_on_the_curve() -> None:
    corners = points(np.array([-180.0, 180.0, 180.0, -180.0]), np.array([-90.0, -90.0, 90.0, 90.0]))
    places = hilbert_index(corners)
    assert ((places >= 0) & (places < 4**ORDER)).all()


def test_an_empty_box_comes_first() -> None:
    assert hilbert_index(np.full((1, 4), np.nan)).tolist() == [-1]
