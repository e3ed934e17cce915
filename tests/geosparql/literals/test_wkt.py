"""geo:wktLiteral: exact round trips, axis order, positions of errors."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geosparql.errors import CRSError, LiteralError
from geosparql.literals import wkt
from tests.geosparql.strategies import finite, geometries
from tests.geosparql.zoo import SPECIMENS, Specimen, zoo

LATLON = "<http://www.opengis.net/def/crs/EPSG/0/4326>"
RD_NEW = "<http://www.opengis.net/def/crs/EPSG/0/28992>"


def same(a: shapely.Geometry, b: shapely.Geometry) -> bool:
    """Equal to the last bit (the sign of a zero aside), dimensions and SRID included."""
    return (
        shapely.get_srid(a) == shapely.get_srid(b)
        and a.geom_type == b.geom_type
        and shapely.to_wkt(a, rounding_precision=30) == shapely.to_wkt(b, rounding_precision=30)
        and np.array_equal(
            shapely.get_coordinates(a, include_z=True, include_m=True),
            shapely.get_coordinates(b, include_z=True, include_m=True),
            equal_nan=True,
        )
    )


@pytest.mark.parametrize("specimen", SPECIMENS, ids=lambda s: s.name)
@pytest.mark.parametrize("srid", [0, 4326, 28992, 31287])
def test_zoo_round_trip(specimen: Specimen, srid: int) -> None:
    geometry = specimen.geometry(srid)
    assert same(wkt.parse(wkt.write(geometry)), geometry)


@pytest.mark.parametrize("srid", [0, 4326])
def test_zoo_round_trip_in_bulk(srid: int) -> None:
    animals = zoo(srid)
    texts = wkt.write_array(animals)
    back = wkt.parse_array(texts.values)
    assert not texts.reasons
    assert not back.reasons
    assert all(same(a, b) for a, b in zip(animals, back.values, strict=True))


@given(geometries(x=finite, y=finite))
def test_any_geometry_round_trip(geometry: shapely.Geometry) -> None:
    assert same(wkt.parse_array([wkt.write(geometry)]).values[0], geometry)


@given(st.lists(finite, min_size=2, max_size=2))
def test_numbers_are_plain_decimals_and_exact(xy: list[float]) -> None:
    text = wkt.write(shapely.Point(xy))
    assert "e" not in text.lower().removeprefix("point")
    x, y = (float(number) for number in text.removeprefix("POINT (").removesuffix(")").split())
    assert [x, y] == xy


@given(geometries())
def test_own_reader_agrees_with_geos(geometry: shapely.Geometry) -> None:
    text = shapely.to_wkt(geometry, rounding_precision=30)
    assert same(wkt.parse(text), geometry)
    (by_geos,) = shapely.from_wkt([text], on_invalid="ignore")
    assert by_geos is None or same(by_geos, geometry)


@pytest.mark.parametrize(
    ("text", "srid", "expected"),
    [
        ("POINT (5 52)", 0, (5, 52)),
        ("<http://www.opengis.net/def/crs/OGC/1.3/CRS84> POINT (5 52)", 0, (5, 52)),
        (f"{LATLON} POINT (52 5)", 4326, (5, 52)),
        (f" {LATLON}\n\tPOINT(52 5)", 4326, (5, 52)),
        (f"{LATLON}POINT(52 5)", 4326, (5, 52)),
        (f"{RD_NEW} POINT (155000 463000)", 28992, (155000, 463000)),
        ("<EPSG:31287> POINT (400000 500000)", 31287, (500000, 400000)),
        ("<EPSG:3413> POINT (1 2)", 3413, (1, 2)),
    ],
)
def test_crs_and_axis_order(text: str, srid: int, expected: tuple[float, float]) -> None:
    for point in (wkt.parse(text), wkt.parse_array([text]).values[0]):
        assert shapely.get_srid(point) == srid
        assert (point.x, point.y) == expected


def test_written_crs_and_axis_order() -> None:
    point = shapely.Point(5, 52)
    written = wkt.write_array(
        [point, shapely.set_srid(point, 4326), shapely.set_srid(point, 28992)]
    )
    assert list(written.values) == [
        "POINT (5 52)",
        f"{LATLON} POINT (52 5)",
        f"{RD_NEW} POINT (5 52)",
    ]


@pytest.mark.parametrize("text", ["", "  \n"])
def test_empty_text_is_an_empty_geometry(text: str) -> None:
    for geometry in (wkt.parse(text), wkt.parse_array([text]).values[0]):
        assert geometry.is_empty
        assert shapely.get_srid(geometry) == 0


def test_empty_text_keeps_its_crs() -> None:
    geometry = wkt.parse(LATLON)
    assert geometry.is_empty
    assert shapely.get_srid(geometry) == 4326


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("point(1 2)", "POINT (1 2)"),
        ("POINTZ(1 2 3)", "POINT Z (1 2 3)"),
        ("LINEARRING (0 0, 1 0, 0 1, 0 0)", "LINESTRING (0 0, 1 0, 0 1, 0 0)"),
        ("PointZM (1 2 3 4)", "POINT ZM (1 2 3 4)"),
        ("MULTIPOINT (1 2, 3 4)", "MULTIPOINT ((1 2), (3 4))"),
        ("MULTIPOINT Z (EMPTY, 1 2 3)", "MULTIPOINT Z (EMPTY, (1 2 3))"),
        ("POINT (+1 -.5e-1)", "POINT (1 -0.05)"),
        ("POINT (1E3 1e+2)", "POINT (1000 100)"),
        ("TRIANGLE ((0 0, 1 0, 0 1, 0 0))", "POLYGON ((0 0, 1 0, 0 1, 0 0))"),
        (
            "TIN Z (((0 0 1, 1 0 1, 0 1 1, 0 0 1)), EMPTY)",
            "GEOMETRYCOLLECTION Z (POLYGON Z ((0 0 1, 1 0 1, 0 1 1, 0 0 1)), POLYGON Z EMPTY)",
        ),
        (
            "POLYHEDRALSURFACE (((0 0, 1 0, 0 1, 0 0)))",
            "GEOMETRYCOLLECTION (POLYGON ((0 0, 1 0, 0 1, 0 0)))",
        ),
        ("POLYHEDRALSURFACE EMPTY", "GEOMETRYCOLLECTION EMPTY"),
        (
            "GEOMETRYCOLLECTION (TRIANGLE ((0 0, 1 0, 0 1, 0 0)))",
            "GEOMETRYCOLLECTION (POLYGON ((0 0, 1 0, 0 1, 0 0)))",
        ),
    ],
)
def test_forms_that_are_read(text: str, expected: str) -> None:
    assert wkt.write(wkt.parse(text)) == expected
    assert wkt.write(wkt.parse_array([text]).values[0]) == expected


@pytest.mark.parametrize(
    ("text", "position", "what"),
    [
        ("POINT (1", 9, "expected a number"),
        ("POINT (1,2)", 9, "expected a number"),
        ("POINT 1 2", 7, "expected '(' or EMPTY"),
        ("POINT (1 2", 11, "expected ',' or ')'"),
        ("POINT (1 2) x", 13, "expected the end"),
        ("POINT (1 2)\0", 12, "expected the end"),
        ("POINT (1 2, 3 4)", 13, "expected ')'"),
        ("PIONT (1 2)", 1, "expected a geometry type"),
        ("SRID=4326;POINT (1 2)", 1, "expected a geometry type"),
        ("LINESTRING (0 0, 1 x)", 20, "expected a number"),
        ("LINESTRING (0 0)", 12, "one position"),
        ("LINESTRING (0 0 1, 1 1)", 23, "expected 3 numbers"),
        ("POLYGON ((0 0, 1 0, 1 1))", 10, "not closed"),
        ("POLYGON ((0 0, 1 0, 1 1, 0 0)", 30, "expected ',' or ')'"),
        ("POINT Z (1 2)", 13, "expected 3 numbers"),
        ("POINT (1 2 3 4 5)", 16, "expected ',' or ')'"),
        ("POINT (NaN 1)", 8, "expected a number"),
        ("POINT (0x1F 1)", 8, "expected a number"),
        ("POINT (1e999 1)", 8, "a double can hold"),
        ("GEOMETRYCOLLECTION (POINT (1 2) POINT (1 2))", 33, "expected ',' or ')'"),
        ("CIRCULARSTRING (0 0, 1 1, 2 0)", 1, "straight edges"),
        ("GEOMETRYCOLLECTION (CURVEPOLYGON EMPTY)", 21, "straight edges"),
        (f"{LATLON} POINT (1)", 54, "expected a number"),
        ("<EPSG:4326 POINT (1 2)", 1, "closing '>'"),
    ],
)
def test_malformed_text_says_where(text: str, position: int, what: str) -> None:
    with pytest.raises(LiteralError, match=rf"^character {position}: ") as caught:
        wkt.parse(text)
    assert what in caught.value.what
    assert caught.value.value is not None
    outcome = wkt.parse_array([None, text])
    assert list(outcome.values) == [None, None]
    assert outcome.reasons == {1: str(caught.value)}


def test_unknown_crs() -> None:
    with pytest.raises(CRSError, match="EPSG:9999999"):
        wkt.parse("<EPSG:9999999> POINT (1 2)")
    assert "EPSG:9999999" in wkt.parse_array(["<EPSG:9999999> POINT (1 2)"]).reasons[0]


def test_deep_nesting_is_an_error_and_no_crash() -> None:
    depth = 100_000
    text = "GEOMETRYCOLLECTION (" * depth + "POINT (1 2)" + ")" * depth
    assert "nested" in wkt.parse_array([text]).reasons[0]


def test_nesting_that_is_allowed() -> None:
    text = "GEOMETRYCOLLECTION (" * 60 + "POINT (1 2)" + ")" * 60
    assert shapely.get_num_coordinates(wkt.parse_array([text]).values[0]) == 1


@given(st.text(alphabet="POINTLESGRYMUZ0123456789.,-+()e \n<>", max_size=40))
def test_any_text_is_read_or_explained(text: str) -> None:
    outcome = wkt.parse_array([text])
    assert (outcome.values[0] is None) == (0 in outcome.reasons)


def test_arrow_and_numpy_inputs_are_equal() -> None:
    texts = ["POINT (1 2)", None, f"{LATLON} POINT (1 2)", "nonsense"]
    forms = [
        texts,
        np.array(texts, dtype=object),
        pa.array(texts),
        pa.array(texts, pa.large_string()),
        pa.chunked_array([texts[:2], texts[2:]]),
        pa.array(texts).dictionary_encode(),
    ]
    outcomes = [wkt.parse_array(form) for form in forms]
    assert len({str(outcome.values.tolist()) for outcome in outcomes}) == 1
    assert all(outcome.reasons.keys() == {3} for outcome in outcomes)


def test_no_rows() -> None:
    assert len(wkt.parse_array([])) == 0
    assert len(wkt.write_array([])) == 0


def test_not_finite_has_no_text() -> None:
    outcome = wkt.write_array([shapely.Point(1, float("nan")), shapely.Point(1, 2), None])
    assert list(outcome.values) == [None, "POINT (1 2)", None]
    assert outcome.reasons.keys() == {0}
    with pytest.raises(LiteralError, match="finite"):
        wkt.write(shapely.Point(1, float("inf")))


def test_srid_without_crs_has_no_text() -> None:
    point = shapely.set_srid(shapely.Point(1, 2), 9_999_999)
    assert "9999999" in wkt.write_array([point]).reasons[0]
