"""CRS identifiers, axis order and transformation, checked against PROJ itself."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geosparql.crs import (
    CRS84,
    axes_swapped,
    crs_iri_of,
    geod_of,
    is_geographic,
    metres_per_unit,
    pyproj_crs,
    srid_of,
    srid_of_crs,
    transform,
)
from geosparql.errors import CRSError
from tests.geosparql.strategies import latitudes, longitudes
from tests.geosparql.zoo import zoo

FORMS = {
    CRS84: (
        "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
        "https://www.opengis.net/def/crs/OGC/1.3/CRS84",
        "http://www.opengis.net/def/crs/OGC/0/CRS84",
        "http://www.opengis.net/def/crs/OGC/1.3/CRS84/",
        "urn:ogc:def:crs:OGC:1.3:CRS84",
        "urn:ogc:def:crs:OGC::CRS84",
        "OGC:CRS84",
        "CRS:84",
        "CRS84",
    ),
    4326: (
        "http://www.opengis.net/def/crs/EPSG/0/4326",
        "https://www.opengis.net/def/crs/EPSG/0/4326",
        "http://www.opengis.net/def/crs/EPSG/9.9.1/4326",
        "http://www.opengis.net/def/crs/EPSG/0/4326/",
        "http://www.opengis.net/def/crs/epsg/0/4326",
        "urn:ogc:def:crs:EPSG::4326",
        "urn:ogc:def:crs:EPSG:6.9:4326",
        "urn:ogc:def:crs:EPSG:4326",
        "urn:x-ogc:def:crs:EPSG:6.9:4326",
        "http://www.opengis.net/gml/srs/epsg.xml#4326",
        "http://spatialreference.org/ref/epsg/4326/",
        "https://spatialreference.org/ref/epsg/4326",
        "https://epsg.io/4326",
        "EPSG:4326",
        "epsg:4326",
        " EPSG:4326 ",
    ),
    1_000_054_009: (
        "ESRI:54009",
        "http://www.opengis.net/def/crs/ESRI/0/54009",
        "https://spatialreference.org/ref/esri/54009/",
    ),
    1_100_049_900: (
        "IAU_2015:49900",
        "http://www.opengis.net/def/crs/IAU/2015/49900",
        "urn:ogc:def:crs:IAU:2015:49900",
    ),
    2_100_000_001: ("http://www.opengis.net/def/crs/OGC/0/CRS84h", "OGC:CRS84h", "OGC:CRS84H"),
}


@pytest.mark.parametrize(
    ("srid", "form"), [(srid, form) for srid, forms in FORMS.items() for form in forms]
)
def test_every_form_that_people_write(srid: int, form: str) -> None:
    assert srid_of(form) == srid


@pytest.mark.parametrize("srid", FORMS)
def test_the_written_form_is_the_canonical_one(srid: int) -> None:
    assert crs_iri_of(srid) == FORMS[srid][0] or srid > 1_000_000_000
    assert srid_of(crs_iri_of(srid)) == srid


@pytest.mark.parametrize(
    ("form", "what"),
    [
        ("", "not a CRS identifier"),
        ("4326", "not a CRS identifier"),
        ("http://example.org/crs/1", "not a CRS identifier"),
        ("http://www.opengis.net/def/crs-compound?1=a&2=b", "not a CRS identifier"),
        ("IGNF:LAMB93", "unknown CRS"),
        ("OGC:CRS85", "unknown CRS"),
        ("EPSG:abc", "unknown CRS"),
        ("EPSG:0", "unknown CRS"),
        ("EPSG:9999999", "unknown CRS"),
        ("EPSG:99999999999999999999", "unknown CRS"),
        ("EPSG:2037", "deprecated CRS"),
        ("EPSG:900913", "deprecated CRS"),
        ("EPSG:4978", "not a CRS of places on a surface"),
        ("EPSG:5773", "not a CRS of places on a surface"),
        ("IAU_2015:49901", "westward"),
    ],
)
def test_what_is_no_crs(form: str, what: str) -> None:
    with pytest.raises(CRSError, match=what) as caught:
        srid_of(form)
    assert caught.value.hint


def test_a_deprecated_code_names_its_successor() -> None:
    with pytest.raises(CRSError, match="replaced by EPSG:2960"):
        srid_of("EPSG:2037")


@pytest.mark.parametrize("srid", [-1, 9_999_999, 2_147_483_647])
def test_numbers_that_are_no_srid(srid: int) -> None:
    with pytest.raises(CRSError):
        crs_iri_of(srid)


@pytest.mark.parametrize(
    ("srid", "swapped"),
    [
        (CRS84, False),
        (4326, True),
        (4258, True),
        (3857, False),
        (28992, False),
        (25832, False),
        (31287, True),  # Austria Lambert: Northing (X), Easting (Y)
        (3035, True),  # ETRS89 LAEA: Northing (Y), Easting (X)
        (3413, False),  # both axes south: Easting (X), Northing (Y)
        (3995, False),
        (3031, False),
        (32661, True),  # UPS North (N, E)
        (5041, False),  # UPS North (E, N)
        (2065, False),  # Krovak: Southing, Westing stay as they are
        (2048, False),  # Lo 19: Westing, Southing stay as they are
        (1_100_049_900, True),
    ],
)
def test_axis_order(srid: int, swapped: bool) -> None:
    assert axes_swapped(srid) is swapped


# One or two of each arrangement of axes (names and directions) that PROJ's database has.
_ARRANGEMENTS = (
    4097, 5698, 10660, 3902, 3901, 2000, 3031, 3275, 5041, 2290, 4826, 2009, 3409, 3408, 3413,
    3912, 6204, 2105, 32761, 5482, 32661, 2044, 3035, 3795, 3388, 2176, 2065, 5513, 2046, 2048,
    1_000_102_017, 1_000_054_009, 1_100_019_911,
)  # fmt: skip


@pytest.mark.parametrize("srid", _ARRANGEMENTS)
def test_axis_order_is_that_of_proj(srid: int) -> None:
    """What PROJ gives in the order of the definition and in x, y order tells whether it swaps."""
    crs, area = pyproj_crs(srid), pyproj_crs(srid).area_of_use
    longitude, latitude = 9.0, 48.0
    if area is not None:
        longitude = (2 * area.west + area.east) / 3
        latitude = (2 * area.south + area.north) / 3
    base = pyproj_crs(1_100_019_900 if srid > 1_100_000_000 else CRS84)
    written = (latitude, longitude) if axes_swapped(srid_of_crs(base)) else (longitude, latitude)
    by_x = pyproj.Transformer.from_crs(base, crs, always_xy=True).transform(longitude, latitude)
    as_defined = pyproj.Transformer.from_crs(base, crs).transform(*written)
    assert as_defined == pytest.approx(by_x[::-1] if axes_swapped(srid) else by_x)
    assert abs(by_x[0] - by_x[1]) > 1


def test_geographic_and_units() -> None:
    assert is_geographic(CRS84)
    assert is_geographic(4258)
    assert not is_geographic(3857)
    assert metres_per_unit(28992) == 1
    assert metres_per_unit(2263) == pytest.approx(0.3048006096, abs=1e-9)  # US survey feet
    assert np.isnan(metres_per_unit(CRS84))
    assert geod_of(28992).a == pytest.approx(6377397.155)  # Bessel 1841
    assert geod_of(CRS84).a == 6378137.0


@pytest.mark.parametrize("srid", [0, 4326, 28992, 3413, 1_000_054_009, 2_100_000_001])
def test_a_crs_of_a_file_is_found(srid: int) -> None:
    assert srid_of_crs(pyproj_crs(srid)) == srid


def test_a_crs_in_esri_spelling_is_found() -> None:
    spelled = pyproj.CRS.from_wkt(pyproj.CRS.from_epsg(28992).to_wkt("WKT1_ESRI"))
    assert srid_of_crs(spelled) == 28992


def test_a_crs_without_code_is_an_error() -> None:
    with pytest.raises(CRSError, match="no authority code"):
        srid_of_crs(pyproj.CRS.from_proj4("+proj=laea +lat_0=12 +lon_0=34 +ellps=intl"))


@given(st.lists(st.tuples(longitudes, latitudes), max_size=5))
def test_transform_equals_proj_one_by_one(places: list[tuple[float, float]]) -> None:
    points = [shapely.Point(place) for place in places]
    outcome = transform(points, 3413)
    scalar = pyproj.Transformer.from_crs("OGC:CRS84", 3413, always_xy=True)
    for i, place in enumerate(places):
        expected = scalar.transform(*place)
        if np.isfinite(expected).all():
            moved = outcome.values[i]
            assert (moved.x, moved.y) == expected
            assert shapely.get_srid(moved) == 3413
        else:
            assert outcome.values[i] is None
            assert i in outcome.reasons


def test_transform_of_mixed_crs_and_null() -> None:
    amersfoort = shapely.set_srid(shapely.Point(155000, 463000), 28992)
    utm = shapely.set_srid(shapely.Point(500000, 5000000), 25832)
    outcome = transform([amersfoort, None, utm, shapely.Point(1, 2)], 4326)
    assert [None if g is None else shapely.get_srid(g) for g in outcome.values] == [
        4326, None, 4326, 4326,
    ]  # fmt: skip
    assert outcome.values[0].x == pytest.approx(5.387203, abs=1e-5)  # easting first in memory
    assert outcome.values[2].x == pytest.approx(9.0, abs=1e-9)
    assert outcome.values[3] == shapely.set_srid(shapely.Point(1, 2), 4326)
    assert not outcome.reasons


@pytest.mark.parametrize("srid", [0, 3857])
def test_transform_keeps_type_z_m_and_emptiness(srid: int) -> None:
    animals = zoo(srid)
    outcome = transform(animals, 4258)
    for before, after in zip(animals, outcome.values, strict=True):
        if after is None:
            continue
        assert after.geom_type == before.geom_type
        assert (after.has_z, after.has_m, after.is_empty) == (
            before.has_z, before.has_m, before.is_empty,
        )  # fmt: skip
        assert shapely.get_num_coordinates(after) == shapely.get_num_coordinates(before)
        np.testing.assert_array_equal(
            shapely.get_coordinates(after, include_z=True, include_m=True)[:, 2:],
            shapely.get_coordinates(before, include_z=True, include_m=True)[:, 2:],
        )


def test_transform_failures_are_null_with_a_reason() -> None:
    mars = shapely.set_srid(shapely.Point(1, 2), 1_100_049_900)
    beyond = shapely.Point(10, 95)
    unknown = shapely.set_srid(shapely.Point(1, 2), 9_999_999)
    no_way = shapely.set_srid(shapely.Point(1, 2), 2218)  # PROJ has no operation for its axes
    outcome = transform([mars, beyond, unknown, shapely.Point(10, 50), no_way], 25832)
    assert [g is None for g in outcome.values] == [True, True, True, False, True]
    assert outcome.reasons.keys() == {0, 1, 2, 4}
    assert "celestial body" in outcome.reasons[0]
    assert "cannot show" in outcome.reasons[1]
    assert "unknown CRS" in outcome.reasons[2]


def test_transform_to_an_unknown_crs_raises() -> None:
    with pytest.raises(CRSError):
        transform([shapely.Point(1, 2)], 9_999_999)


def test_inputs_are_left_as_they_were() -> None:
    point = shapely.Point(5, 52)
    transform([point], 28992)
    assert (point.x, point.y, shapely.get_srid(point)) == (5, 52, 0)


def test_transform_in_threads() -> None:
    points = shapely.points(np.random.default_rng(7).uniform((3, 51), (7, 53), (2000, 2)))
    expected = transform(points, 28992).values
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: transform(points, 28992).values, range(8)))
    assert all(shapely.equals_exact(r, expected, tolerance=0).all() for r in results)
