"""The relations over columns: prepared or not, on either side, in any CRS."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geosparql.functions.edges import full_dimensions
from geosparql.functions.topology import relate, related
from geosparql.relations import RELATIONS, Reading, holds
from tests.geosparql.functions.columns import geometries, listed, texts
from tests.geosparql.shapes import areas, shapes
from tests.geosparql.zoo import ODDITIES, zoo

NAMES = [relation.name for relation in RELATIONS]
SQUARE = "POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0))"


@given(st.lists(shapes(), min_size=1, max_size=12), shapes(), st.sampled_from(NAMES),
       st.sampled_from(Reading))  # fmt: skip
def test_a_constant_gives_what_its_repetition_gives(
    many: list[shapely.Geometry], one: shapely.Geometry, name: str, reading: Reading
) -> None:
    column, constant = geometries(*many), geometries(one)
    repeated = geometries(*[one] * len(many))
    for a, b in ((column, constant), (constant, column)):
        full_a, full_b = (repeated if c is constant else c for c in (a, b))
        outcome = related(a, b, relation=name, reading=reading)
        assert outcome.values.equals(related(full_a, full_b, relation=name, reading=reading).values)


@given(st.lists(st.tuples(shapes(), shapes()), min_size=1, max_size=8), st.sampled_from(NAMES),
       st.sampled_from(Reading))  # fmt: skip
def test_agrees_with_the_matrix(
    pairs: list[tuple[shapely.Geometry, shapely.Geometry]], name: str, reading: Reading
) -> None:
    a, b = (geometries(*side) for side in zip(*pairs, strict=True))
    expected = holds(shapely.relate(a, b), full_dimensions(a), full_dimensions(b), name, reading)
    assert listed(related(a, b, relation=name, reading=reading)) == expected.tolist()


@given(areas(), areas())
def test_within_is_contains_the_other_way_round(a: shapely.Geometry, b: shapely.Geometry) -> None:
    a, b = geometries(a), geometries(b)
    assert listed(related(a, b, relation="sf_within")) == listed(
        related(b, a, relation="sf_contains")
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_zoo_has_an_answer_for_every_pair(name: str) -> None:
    animals = zoo()
    a, b = (np.array(side, dtype=object) for side in zip(*product(animals, animals), strict=True))
    outcome = related(a, b, relation=name)
    assert outcome.values.null_count == len(outcome.reasons) == 0


@pytest.mark.parametrize("name", NAMES)
def test_invalid_polygons_are_judged_the_same_prepared_or_not(name: str) -> None:
    animals = geometries(*ODDITIES.values(), SQUARE)
    for text in ODDITIES.values():
        one = geometries(text)
        each = [related(geometries(g), one, relation=name).values[0].as_py() for g in animals]
        assert listed(related(animals, one, relation=name)) == each
        each = [related(one, geometries(g), relation=name).values[0].as_py() for g in animals]
        assert listed(related(one, animals, relation=name)) == each


def test_nulls_stay_null() -> None:
    outcome = related(geometries(SQUARE, None), geometries(None, SQUARE), relation="sf_disjoint")
    assert listed(outcome) == [None, None]


def test_geometries_in_two_crs() -> None:
    corners = "5e5 67e5, 7e5 67e5, 7e5 69e5, 5e5 67e5"
    square = geometries(f"POLYGON (({corners}))", srid=3857)
    place = geometries("POINT (5.9 52)", "POINT (9 52)", srid=4326)
    assert listed(related(square, place, relation="sf_contains")) == [True, False]
    assert listed(related(place, square, relation="sf_within")) == [True, False]


def test_a_geometry_that_cannot_be_moved_is_a_null_with_a_reason() -> None:
    outcome = related(geometries("POINT (0 0)", srid=3857), geometries("POINT (0 95)"),
                      relation="sf_disjoint")  # fmt: skip
    assert listed(outcome) == [None]
    assert "second geometry" in outcome.reasons[0]


def test_coordinates_that_are_not_finite() -> None:
    line = geometries(shapely.LineString([(0, 0), (float("inf"), 2)]), "LINESTRING (0 0, 1 1)")
    outcome = related(line, geometries(SQUARE), relation="sf_intersects")
    assert listed(outcome) == [None, True]
    assert list(outcome.reasons) == [0]


@given(st.lists(shapes(), min_size=1, max_size=12), shapes(),
       st.text("TF*012", min_size=9, max_size=9))  # fmt: skip
def test_relate_is_geos_relate(
    many: list[shapely.Geometry], one: shapely.Geometry, pattern: str
) -> None:
    column, constant = geometries(*many), geometries(one)
    expected = [bool(shapely.relate_pattern(g, one, pattern)) for g in many]
    assert listed(relate(column, constant, texts(pattern))) == expected
    expected = [bool(shapely.relate_pattern(one, g, pattern)) for g in many]
    assert listed(relate(constant, column, texts(pattern))) == expected


def test_relate_with_a_pattern_a_row() -> None:
    column = geometries(SQUARE, SQUARE, SQUARE, None)
    patterns = texts("T********", "F********", "TT", "T********")
    outcome = relate(column, geometries("POINT (1 1)"), patterns)
    assert listed(outcome) == [True, False, None, None]
    assert "nine letters" in outcome.reasons[2]
    assert list(outcome.reasons) == [2]
    outcome = relate(column, geometries("POINT (1 1)"), texts("nonsense!"))
    assert list(outcome.reasons) == [0, 1, 2, 3]
