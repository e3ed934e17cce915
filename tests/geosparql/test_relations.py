"""The table of relations: facts worked out by hand, laws, and GEOS as the oracle."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st

from geosparql import vocabulary
from geosparql.errors import FunctionError
from geosparql.functions.edges import full_dimensions
from geosparql.relations import (
    RELATION_BY_IRI,
    RELATION_BY_NAME,
    RELATIONS,
    Reading,
    candidate_predicate,
    holds,
    is_pattern,
    matches,
    relation_of,
    transposed,
)
from tests.geosparql.shapes import areas, discs, empties, shapes
from tests.geosparql.zoo import zoo

NAMES = [relation.name for relation in RELATIONS]
EH = [name for name in NAMES if name.startswith("eh_")]
RCC8 = [name for name in NAMES if name.startswith("rcc8_")]
SQUARE, INSIDE, CORNER = (
    "0 0, 4 0, 4 4, 0 4, 0 0",
    "1 1, 2 1, 2 2, 1 2, 1 1",
    "0 0, 2 0, 2 2, 0 2, 0 0",
)
DISJOINT = {"sf_disjoint", "eh_disjoint"}
EQUAL = {"sf_equals", "eh_equals", "sf_intersects", "sf_within", "sf_contains"}


def polygon(*rings: str) -> str:
    return f"POLYGON ({', '.join(f'({ring})' for ring in rings)})"


FACTS = {
    "equal polygons": (polygon(SQUARE), polygon(SQUARE), EQUAL | {"rcc8_eq"}),
    "polygons apart": (polygon(SQUARE), polygon("9 9, 10 9, 10 10, 9 9"), DISJOINT | {"rcc8_dc"}),
    "polygons that share a side": (
        polygon(SQUARE), polygon("4 0, 8 0, 8 4, 4 4, 4 0"),
        {"sf_intersects", "sf_touches", "eh_meet", "rcc8_ec"},
    ),
    "polygons that share a corner": (
        polygon(SQUARE), polygon("4 4, 8 4, 8 8, 4 8, 4 4"),
        {"sf_intersects", "sf_touches", "eh_meet", "rcc8_ec"},
    ),
    "polygons that overlap": (
        polygon(SQUARE), polygon("2 2, 6 2, 6 6, 2 6, 2 2"),
        {"sf_intersects", "sf_overlaps", "eh_overlap", "rcc8_po"},
    ),
    "polygon in polygon": (
        polygon(INSIDE), polygon(SQUARE), {"sf_intersects", "sf_within", "eh_inside", "rcc8_ntpp"},
    ),
    "polygon around polygon": (
        polygon(SQUARE), polygon(INSIDE),
        {"sf_intersects", "sf_contains", "eh_contains", "rcc8_ntppi"},
    ),
    "polygon in the corner of a polygon": (
        polygon(CORNER), polygon(SQUARE),
        {"sf_intersects", "sf_within", "eh_covered_by", "rcc8_tpp"},
    ),
    "polygon around its corner": (
        polygon(SQUARE), polygon(CORNER),
        {"sf_intersects", "sf_contains", "eh_covers", "rcc8_tppi"},
    ),
    "polygon fills the hole of a polygon": (
        polygon(INSIDE), polygon(SQUARE, INSIDE),
        {"sf_intersects", "sf_touches", "eh_meet", "rcc8_ec"},
    ),
    "ring and disc that covers its hole": (
        polygon("0 0, 6 0, 6 6, 0 6, 0 0", "2 2, 4 2, 4 4, 2 4, 2 2"),
        polygon("1 1, 5 1, 5 5, 1 5, 1 1"),
        {"sf_intersects", "sf_overlaps", "eh_overlap", "rcc8_po"},
    ),
    "line through a polygon": (
        "LINESTRING (-1 2, 5 2)", polygon(SQUARE),
        {"sf_intersects", "sf_crosses", "eh_overlap"},
    ),
    "polygon that a line goes through": (
        polygon(SQUARE), "LINESTRING (-1 2, 5 2)", {"sf_intersects", "eh_overlap"},
    ),
    "line along the side of a polygon": (
        "LINESTRING (0 0, 4 0)", polygon(SQUARE), {"sf_intersects", "sf_touches", "eh_meet"},
    ),
    "line in a polygon": (
        "LINESTRING (1 1, 2 2)", polygon(SQUARE), {"sf_intersects", "sf_within", "eh_inside"},
    ),
    "line in a polygon up to its boundary": (
        "LINESTRING (0 0, 2 2)", polygon(SQUARE),
        {"sf_intersects", "sf_within", "eh_covered_by"},
    ),
    "lines that cross": (
        "LINESTRING (0 0, 4 4)", "LINESTRING (0 4, 4 0)",
        {"sf_intersects", "sf_crosses", "eh_overlap"},
    ),
    "lines that overlap": (
        "LINESTRING (0 0, 2 0)", "LINESTRING (1 0, 3 0)",
        {"sf_intersects", "sf_overlaps", "eh_overlap"},
    ),
    "lines that share an end": (
        "LINESTRING (0 0, 2 0)", "LINESTRING (2 0, 3 3)",
        {"sf_intersects", "sf_touches", "eh_meet"},
    ),
    "equal lines": ("LINESTRING (0 0, 2 0)", "LINESTRING (2 0, 1 0, 0 0)", EQUAL),
    "equal closed lines": (f"LINESTRING ({SQUARE})", f"LINESTRING ({SQUARE})", EQUAL),
    "equal points": ("POINT (1 1)", "POINT (1 1)", EQUAL),
    "points apart": ("POINT (1 1)", "POINT (2 1)", DISJOINT),
    "point in a polygon": (
        "POINT (1 1)", polygon(SQUARE), {"sf_intersects", "sf_within", "eh_inside"},
    ),
    "point on the boundary of a polygon": (
        "POINT (0 0)", polygon(SQUARE), {"sf_intersects", "sf_touches", "eh_meet"},
    ),
    "point on a line": (
        "POINT (1 0)", "LINESTRING (0 0, 2 0)", {"sf_intersects", "sf_within", "eh_inside"},
    ),
    "points, one of them in a polygon": (
        "MULTIPOINT (1 1, 9 9)", polygon(SQUARE), {"sf_intersects", "sf_crosses", "eh_overlap"},
    ),
    "points that overlap": (
        "MULTIPOINT (1 1, 2 2)", "MULTIPOINT (2 2, 3 3)",
        {"sf_intersects", "sf_overlaps", "eh_overlap"},
    ),
    "empty and full": ("POLYGON EMPTY", polygon(SQUARE), DISJOINT),
    "two empties": ("POLYGON EMPTY", "POLYGON EMPTY", DISJOINT),
}  # fmt: skip


def relations_of(
    a: shapely.Geometry, b: shapely.Geometry, reading: Reading = Reading.TOPOLOGICAL
) -> set[str]:
    matrix = np.array([shapely.relate(a, b)])
    dimensions = shapely.get_dimensions(a), shapely.get_dimensions(b)
    return {name for name in NAMES if holds(matrix, *dimensions, name, reading)[0]}


@pytest.mark.parametrize("case", FACTS)
def test_facts(case: str) -> None:
    a, b, expected = FACTS[case]
    assert relations_of(shapely.from_wkt(a), shapely.from_wkt(b)) == expected


def test_table() -> None:
    assert len(NAMES) == len(set(NAMES)) == 24
    known = {value for name, value in vars(vocabulary).items() if name.startswith(
        ("GEO_SF_", "GEO_EH_", "GEO_RCC8_"))}  # fmt: skip
    assert set(RELATION_BY_IRI) == known
    assert {relation.function_iri for relation in RELATIONS} == {
        iri.replace(vocabulary.GEO, vocabulary.GEOF) for iri in known
    }
    for relation in RELATIONS:
        for reading in Reading:
            assert all(is_pattern(p) for rule in relation.rules_of(reading) for p in rule.patterns)
        if relation.inverse is not None:
            assert RELATION_BY_NAME[relation.inverse].inverse == relation.name


def test_symmetric_relations() -> None:
    assert {relation.name for relation in RELATIONS if relation.symmetric} == {
        "sf_equals", "sf_disjoint", "sf_intersects", "sf_touches", "sf_overlaps",
        "eh_equals", "eh_disjoint", "eh_meet", "eh_overlap",
        "rcc8_eq", "rcc8_dc", "rcc8_ec", "rcc8_po",
    }  # fmt: skip


@given(shapes(), shapes())
def test_inverse_holds_the_other_way_round(a: shapely.Geometry, b: shapely.Geometry) -> None:
    forward, back = relations_of(a, b), relations_of(b, a)
    for relation in RELATIONS:
        if relation.inverse is not None:
            assert (relation.name in forward) == (relation.inverse in back)


@given(shapes(), shapes())
def test_simple_features_agree_with_geos(a: shapely.Geometry, b: shapely.Geometry) -> None:
    found = relations_of(a, b, Reading.JTS)
    for name in ("disjoint", "intersects", "touches", "crosses", "within", "contains", "overlaps"):
        assert (f"sf_{name}" in found) == getattr(shapely, name)(a, b)
    if not (a.is_empty and b.is_empty):
        assert ("sf_equals" in found) == shapely.equals(a, b)


@given(shapes(), shapes())
def test_directed_crosses_needs_lower_dimension_first(
    a: shapely.Geometry, b: shapely.Geometry
) -> None:
    directed, either_way = relations_of(a, b), relations_of(a, b, Reading.JTS)
    upward = shapely.get_dimensions(a) <= shapely.get_dimensions(b)
    assert ("sf_crosses" in directed) == ("sf_crosses" in either_way and bool(upward))


@given(areas(), areas())
def test_of_each_family_one_relation_holds_between_areas(
    a: shapely.Geometry, b: shapely.Geometry
) -> None:
    found = relations_of(a, b)
    assert len(found & set(RCC8)) == 1
    assert len(found & set(EH)) == 1


@given(discs(), discs())
def test_strict_rcc8_is_the_same_without_holes_and_parts(
    a: shapely.Geometry, b: shapely.Geometry
) -> None:
    assert relations_of(a, b) & set(RCC8) == relations_of(a, b, Reading.STRICT) & set(RCC8)


@given(areas(), areas())
def test_equivalent_relations_of_areas(a: shapely.Geometry, b: shapely.Geometry) -> None:
    found = relations_of(a, b)
    for equivalent in (
        ("sf_equals", "rcc8_eq", "eh_equals"),
        ("sf_disjoint", "rcc8_dc", "eh_disjoint"),
        ("sf_touches", "rcc8_ec", "eh_meet"),
        ("sf_overlaps", "rcc8_po", "eh_overlap"),
        ("rcc8_ntpp", "eh_inside"),
        ("rcc8_tpp", "eh_covered_by"),
        ("rcc8_ntppi", "eh_contains"),
        ("rcc8_tppi", "eh_covers"),
    ):
        assert len({name in found for name in equivalent}) == 1


def test_strict_reading_of_equality() -> None:
    point, area = shapely.Point(1, 1), shapely.box(0, 0, 1, 1)
    assert "sf_equals" in relations_of(point, point)
    assert "sf_equals" not in relations_of(point, point, Reading.STRICT)
    assert {"sf_equals", "eh_equals", "rcc8_eq"} <= relations_of(area, area, Reading.STRICT)


def test_strict_rcc8_has_no_relation_for_a_ring_and_the_disc_over_its_hole() -> None:
    a, b, _ = FACTS["ring and disc that covers its hole"]
    found = relations_of(shapely.from_wkt(a), shapely.from_wkt(b), Reading.STRICT)
    assert not found & set(RCC8)


@given(empties(), shapes())
def test_an_empty_geometry_is_only_disjoint(a: shapely.Geometry, b: shapely.Geometry) -> None:
    for reading in Reading:
        assert relations_of(a, b, reading) == relations_of(b, a, reading) == DISJOINT


@given(shapes(), shapes(), st.sampled_from(NAMES), st.sampled_from(Reading))
def test_candidates_enclose_a_relation(
    a: shapely.Geometry, b: shapely.Geometry, name: str, reading: Reading
) -> None:
    held = name in relations_of(a, b, reading)
    candidate = candidate_predicate(name, reading)
    if candidate is None:
        assert not (held and shapely.intersects(a, b))
        return
    possible = bool(getattr(shapely, candidate.predicate)(a, b))
    assert possible or not held
    assert not candidate.exact or possible == held


def test_candidate_predicates_are_known_to_the_tree() -> None:
    tree = shapely.STRtree([shapely.Point(0, 0)])
    for relation in RELATIONS:
        if relation.candidate is not None:
            tree.query(shapely.Point(0, 0), predicate=relation.candidate.predicate)


def test_candidates_enclose_relations_in_the_zoo() -> None:
    animals = [g for g in zoo() if g.is_valid]
    a, b = (np.array(side, dtype=object) for side in zip(*product(animals, animals), strict=True))
    matrices = shapely.relate(a, b)
    for relation in RELATIONS:
        held = holds(matrices, full_dimensions(a), full_dimensions(b), relation.name)
        candidate = relation.candidate
        if candidate is None:
            assert not (held & shapely.intersects(a, b)).any()
        else:
            assert not (held & ~getattr(shapely, candidate.predicate)(a, b)).any()


def test_holds_takes_columns_and_nulls() -> None:
    matrices = np.array(["0FFFFFFF2", None, "FF0FFF0F2"], dtype=object)
    assert holds(matrices, np.zeros(3), 0, "sf_equals").tolist() == [True, False, False]
    assert holds(matrices, 0, 0, "sf_disjoint").tolist() == [False, False, True]
    assert holds(np.array([], dtype=object), 0, 0, "sf_equals").tolist() == []
    assert matches(np.array(["212101212", "FF2FF1212"]), "2********").tolist() == [True, False]


@given(st.text("F012", min_size=9, max_size=9), st.text("TF*012", min_size=9, max_size=9))
def test_matching_and_transposing_commute(matrix: str, pattern: str) -> None:
    assert matches([matrix], pattern) == matches([transposed(matrix)], transposed(pattern))
    assert transposed(transposed(matrix)) == matrix


@given(areas(), areas())
def test_transposing_a_matrix_swaps_its_geometries(
    a: shapely.Geometry, b: shapely.Geometry
) -> None:
    assume(not a.is_empty)
    assert transposed(shapely.relate(a, b)) == shapely.relate(b, a)


@pytest.mark.parametrize("text", ["", "T*F", "T*F**F**X", "T*F**F****", "t*F**F***"])
def test_not_a_pattern(text: str) -> None:
    assert not is_pattern(text)


def test_unknown_relation() -> None:
    with pytest.raises(FunctionError, match=r"sf_near.*sf_equals"):
        relation_of("sf_near")
