"""Published weights equal their definitions, pair by pair."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import shapely

from engine.join_geometries import Geometries
from interlink.filters.grid import cell_size, cells_of
from interlink.progressive.candidates import Candidates, candidates_of
from interlink.progressive.weights import WEIGHTS
from tests.engine import zoo


def side(values: zoo.Objects) -> Geometries:
    return Geometries(np.arange(len(values)), values)


def cells(box: np.ndarray, size: np.ndarray) -> set[tuple[int, int]]:
    first, last = np.floor(box[:2] / size), np.ceil(box[2:] / size)
    return set(product(*(range(int(a), int(b) + 1) for a, b in zip(first, last, strict=True))))


@pytest.fixture(scope="module")
def candidates() -> Candidates:
    (found,) = candidates_of(side(zoo.planar(40, 3)), side(zoo.planar(40, 4)))
    return found


def expected(candidates: Candidates, name: str) -> list[float]:
    size = cell_size(candidates.left.values)
    used = [cells(box, size) for box in candidates.left_boxes if not np.isnan(box).any()]
    columns, rows = ({cell[axis] for one in used for cell in one} for axis in (0, 1))
    whole = (max(columns) - min(columns) + 1) * (max(rows) - min(rows) + 1)
    result = []
    for i, j in candidates.rows.T:
        a, b = candidates.left.values[i], candidates.right.values[j]
        left, right = (cells(np.array(shapely.bounds(g)), size) for g in (a, b))
        both = left & right
        boxes = shapely.box(*shapely.bounds(a)), shapely.box(*shapely.bounds(b))
        shared = boxes[0].intersection(boxes[1]).area
        area = boxes[0].area + boxes[1].area - shared
        inside, only_left, only_right = len(both), len(left - right), len(right - left)
        rest = max(1, whole - inside - only_left - only_right)
        table = np.array([[inside, only_right], [only_left, rest]], dtype=float)
        by_chance = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / table.sum()
        with np.errstate(invalid="ignore", divide="ignore"):
            chi = np.nan_to_num((table - by_chance) ** 2 / by_chance).sum()
        result.append(
            {
                "cf": inside,
                "js": inside / len(left | right),
                "x2": chi,
                "mbro": shared / area if area else 0.0,
                "isp": 1 / (shapely.get_num_coordinates(a) + shapely.get_num_coordinates(b)),
            }[name]
        )
    return result


@pytest.mark.parametrize("name", WEIGHTS)
def test_weight_is_its_definition(candidates: Candidates, name: str) -> None:
    assert WEIGHTS[name](candidates) == pytest.approx(expected(candidates, name), abs=1e-9)


def test_cells_of_points_alone_have_a_size() -> None:
    points = shapely.points([[1.0, 2.0], [3.0, 4.0]])
    assert (cell_size(points) > 0).all()
    assert (cells_of(shapely.bounds(points), cell_size(points)).sizes() >= 1).all()
    assert (cell_size(np.array([shapely.Point()])) == 1).all()
