"""Scores: how comparisons are weighted and put together, and what a missing value does."""

from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pyarrow as pa
import pytest
import shapely

from interlink.measures.numbers import difference
from interlink.measures.shapes import Shapes
from interlink.measures.table import MEASURES
from interlink.rules.model import Comparison, Score
from interlink.scores import best, scores
from interlink.times import Times, times_of


def lists(*values: list[str] | None) -> pa.ListArray:
    return pa.array(list(values), pa.list_(pa.string()))


@dataclass
class Known:
    """Pairs as a test knows them."""

    attributes: dict[tuple[str, str], pa.ListArray] = field(default_factory=dict)
    distance_m: tuple[float, ...] = ()

    @property
    def shapes(self) -> Shapes:
        square = np.array([shapely.box(0, 0, 1, 1)] * 2, dtype=object)
        return Shapes(square, square[::-1], np.array(self.distance_m))

    @property
    def times(self) -> tuple[Times, Times]:
        return times_of(["2020"], ["2020"]), times_of(["2021"], ["2021"])

    def attribute(self, side: str, name: str) -> pa.ListArray:
        return self.attributes[side, name]


NAMES = Known(
    {
        ("left", "name"): lists(["Hotel Adler"], ["Post"], None, ["Post"], []),
        ("right", "name"): lists(["Adler, Hotel"], ["Bank"], ["Post"], ["x", "post"], ["y"]),
    },
    distance_m=(50.0, 0.0, 0.0, 100.0, 25.0),
)
NAME = Comparison("token_sort", "name", "name", weight=3.0)
NEAR = Comparison("distance", options=(("max_m", 100.0),))


def test_mean_is_weighted_and_a_missing_value_takes_its_weight_along() -> None:
    found = scores(Score((NAME, NEAR), 0.0), NAMES)
    likeness = 1 / 2 * (1 - 1 / 4)  # of post and bank: letters in neither
    assert found[[0, 2, 3, 4]].tolist() == [0.875, 1.0, 0.75, 0.75]
    assert 0.25 <= found[1] <= 0.25 + likeness


def test_a_missing_value_may_count_as_zero() -> None:
    missing = Comparison("token_sort", "name", "name", weight=3.0, missing="zero")
    found = scores(Score((missing, NEAR), 0.0), NAMES)
    assert found[[2, 4]].tolist() == [0.25, 0.1875]


@pytest.mark.parametrize(
    ("combine", "expected"),
    [("min", [0.5, 1.0, 0.0]), ("max", [1.0, 1.0, 1.0]), ("product", [0.5, 1.0, 0.0])],
)
def test_other_combinations(combine: str, expected: list[float]) -> None:
    found = scores(Score((NAME, NEAR), 0.0, combine), NAMES)
    assert found[[0, 2, 3]].tolist() == expected


def test_product_takes_weights_as_powers() -> None:
    near = Comparison("distance", options=(("max_m", 100.0),), weight=2.0)
    assert scores(Score((near,), 0.0, "product"), NAMES)[0] == 0.25


def test_threshold_and_at_least() -> None:
    assert np.isnan(scores(Score((NAME, NEAR), 0.8), NAMES)).tolist() == [
        False, True, False, True, True,
    ]  # fmt: skip
    strict = Comparison("distance", options=(("max_m", 100.0),), at_least=0.5)
    assert np.isnan(scores(Score((NAME, strict), 0.0), NAMES)).tolist() == [
        False, False, False, True, False,
    ]  # fmt: skip


def test_a_score_reaches_its_threshold_despite_rounding() -> None:
    tenth = Comparison("distance", options=(("max_m", 1.0),), weight=0.1)
    pairs = Known(distance_m=(0.3, 0.3))
    assert scores(Score((tenth,) * 3, 0.7), pairs).tolist() == [0.7, 0.7]


def test_nothing_to_compare_is_no_link() -> None:
    assert np.isnan(scores(Score((NAME,), 0.0), NAMES)[[2, 4]]).all()


def test_best_of_several_values() -> None:
    left = lists(["1", "x"], ["7"], ["x"], None, [])
    right = lists(["5", "2", "9"], ["7", "8"], ["1"], ["1"], ["1"])
    found = best(left, right, lambda a, b: difference(a, b, max_difference=4))
    assert found[:2].tolist() == [0.75, 1.0]
    assert np.isnan(found[2:]).all()


def test_best_is_the_same_in_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    sides = [
        lists(*([str(n) for n in rng.integers(0, 50, rng.integers(0, 5))] for _ in range(40)))
        for _ in range(2)
    ]
    measure = partial(difference, max_difference=20)
    whole = best(*sides, measure)
    monkeypatch.setattr("interlink.scores._COMPARED_AT_ONCE", 7)
    parts = best(*sides, measure)
    assert np.array_equal(whole, parts, equal_nan=True)
    again = best(
        sides[0].slice(5), sides[1].slice(5), lambda a, b: difference(a, b, max_difference=20)
    )
    assert np.array_equal(whole[5:], again, equal_nan=True)


@pytest.mark.parametrize("measure", MEASURES, ids=lambda row: row.name)
def test_every_measure_of_the_table(measure: object) -> None:
    kinds = {"attributes": (["3", "4"], ["3", "9"]), "geometries": (NAMES.shapes,)}
    shapes = Known(distance_m=(1.0, 2.0)).shapes
    given = {**kinds, "geometries": (shapes,), "times": NAMES.times}[measure.of]
    options = {o.name: 10.0 for o in measure.options if o.needed}
    found = measure.similarity(*given, **options)
    assert ((found >= 0) & (found <= 1)).all()
