"""What geometries say of themselves, over the zoo whose texts say the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely

from geosparql.functions import accessors as ac
from geosparql.vocabulary import SF
from tests.geosparql.functions.columns import geometries, listed
from tests.geosparql.zoo import SPECIMENS, Specimen, zoo

# GEOS forgets Z and M of collections without a coordinate
KEPT = tuple(s for s in SPECIMENS if s.state == "full" or not s.type.startswith(("MULTI", "GEOM")))
DIMENSIONS = {"POINT": 0, "LINESTRING": 1, "POLYGON": 2, "MULTIPOINT": 0, "MULTILINESTRING": 1,
              "MULTIPOLYGON": 2, "GEOMETRYCOLLECTION": 2}  # fmt: skip
CLASSES = {"POINT": "Point", "LINESTRING": "LineString", "POLYGON": "Polygon",
           "MULTIPOINT": "MultiPoint", "MULTILINESTRING": "MultiLineString",
           "MULTIPOLYGON": "MultiPolygon", "GEOMETRYCOLLECTION": "GeometryCollection"}  # fmt: skip


def value(call: Any, text: str, srid: int = 0) -> Any:
    outcome = call(geometries(text, srid=srid))
    found = listed(outcome)[0]
    return outcome.reasons[0] if found is None else found


@pytest.mark.parametrize("specimen", KEPT, ids=lambda s: s.name)
def test_dimensions_of_positions(specimen: Specimen) -> None:
    has_z, has_m = "Z" in specimen.dimensions, "M" in specimen.dimensions
    assert value(ac.is_3d, specimen.wkt) is has_z
    assert value(ac.is_measured, specimen.wkt) is has_m
    assert value(ac.coordinate_dimension, specimen.wkt) == 2 + has_z + has_m
    assert value(ac.spatial_dimension, specimen.wkt) == 2 + has_z


@pytest.mark.parametrize("specimen", SPECIMENS, ids=lambda s: s.name)
def test_type_and_emptiness(specimen: Specimen) -> None:
    assert value(ac.geometry_type, specimen.wkt) == SF + CLASSES[specimen.type]
    assert (
        value(ac.is_empty, specimen.wkt)
        is (specimen.state == "empty" or specimen.wkt.endswith("POLYGON (EMPTY)"))
        or specimen.state == "nested empty"
    )
    if specimen.state == "full":
        assert value(ac.dimension, specimen.wkt) == DIMENSIONS[specimen.type]


@pytest.mark.parametrize("text", ["POINT EMPTY", "GEOMETRYCOLLECTION EMPTY", "MULTIPOLYGON EMPTY"])
def test_empties(text: str) -> None:
    assert value(ac.is_empty, text) is True
    assert value(ac.is_simple, text) is True
    assert value(ac.dimension, text) >= 0
    for call in (ac.min_x, ac.max_x, ac.min_y, ac.max_y):
        assert value(call, text) == "the geometry is empty"


@pytest.mark.parametrize(
    ("text", "simple"),
    [
        ("LINESTRING (0 0, 2 2, 2 0, 0 2)", False),
        ("LINESTRING (0 0, 2 2, 2 0, 0 0)", True),
        ("MULTIPOINT ((1 1), (1 1))", False),
        ("POLYGON ((0 0, 4 0, 4 4, 0 0))", True),
        ("GEOMETRYCOLLECTION (POINT (1 1), LINESTRING (0 0, 2 2))", True),
        ("GEOMETRYCOLLECTION (POINT (1 1), LINESTRING (0 0, 2 2, 2 0, 0 2))", False),
        ("GEOMETRYCOLLECTION (GEOMETRYCOLLECTION (LINESTRING (0 0, 2 2, 2 0, 0 2)))", False),
    ],
)
def test_simple(text: str, simple: bool) -> None:
    assert value(ac.is_simple, text) is simple


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("POINT (1 1)", 1),
        ("POLYGON EMPTY", 1),
        ("MULTIPOINT ((1 1), (2 2))", 2),
        ("GEOMETRYCOLLECTION EMPTY", 0),
        ("GEOMETRYCOLLECTION (GEOMETRYCOLLECTION (POINT (1 1), POINT (2 2)))", 1),
    ],
)
def test_number_of_geometries(text: str, count: int) -> None:
    assert value(ac.num_geometries, text) == count


def test_extent() -> None:
    text = "LINESTRING Z (1 5 9, 4 -2 3)"
    calls = (ac.min_x, ac.max_x, ac.min_y, ac.max_y, ac.min_z, ac.max_z)
    assert [value(call, text) for call in calls] == [1.0, 4.0, -2.0, 5.0, 3.0, 9.0]


def test_extent_is_that_of_geos_over_the_zoo() -> None:
    animals = zoo()
    for place, call in enumerate((ac.min_x, ac.min_y, ac.max_x, ac.max_y)):
        expected = shapely.bounds(animals)[:, place]
        found = np.array([np.nan if v is None else v for v in listed(call(animals))])
        np.testing.assert_array_equal(found, expected)


def test_heights() -> None:
    mixed = "GEOMETRYCOLLECTION (POINT Z (1 2 3), POINT Z (1 2 -4))"
    assert (value(ac.min_z, mixed), value(ac.max_z, mixed)) == (-4.0, 3.0)
    for call in (ac.min_z, ac.max_z):
        assert value(call, "POINT (1 2)") == "the geometry has no Z coordinates"
        assert value(call, "POINT Z EMPTY") == "the geometry has no Z coordinates"


@pytest.mark.parametrize(
    ("srid", "iri"),
    [
        (0, "http://www.opengis.net/def/crs/OGC/1.3/CRS84"),
        (4326, "http://www.opengis.net/def/crs/EPSG/0/4326"),
        (28992, "http://www.opengis.net/def/crs/EPSG/0/28992"),
    ],
)
def test_crs(srid: int, iri: str) -> None:
    assert value(ac.get_srid, "POINT (1 2)", srid) == iri


def test_an_srid_that_is_none_is_a_null() -> None:
    column = np.concatenate([geometries("POINT (1 2)", srid=999_999), geometries("POINT (1 2)")])
    outcome = ac.get_srid(column)
    assert listed(outcome) == [None, "http://www.opengis.net/def/crs/OGC/1.3/CRS84"]
    assert "999999" in outcome.reasons[0]


@pytest.mark.parametrize("name", [
    "dimension", "coordinate_dimension", "spatial_dimension", "is_empty", "is_simple", "is_3d",
    "is_measured", "geometry_type", "get_srid", "num_geometries", "min_x", "max_z",
])  # fmt: skip
def test_null(name: str) -> None:
    outcome = getattr(ac, name)(geometries(None, "POINT Z (1 2 3)"))
    assert listed(outcome)[0] is None
    assert listed(outcome)[1] is not None
    assert outcome.reasons == {}
