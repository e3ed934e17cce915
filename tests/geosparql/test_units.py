"""Units of measure: IRIs, kinds and factors."""

from __future__ import annotations

import math

import pytest
from pyproj.database import get_units_map

from geosparql.errors import UnitError
from geosparql.units import UNITS, Unit, unit_of


@pytest.mark.parametrize(
    ("iri", "name"),
    [
        ("http://www.opengis.net/def/uom/OGC/1.0/metre", "metre"),
        ("https://www.opengis.net/def/uom/OGC/1.0/metre", "metre"),
        ("http://www.opengis.net/def/uom/OGC/1.0/degree", "degree"),
        ("http://www.opengis.net/def/uom/OGC/1.0/radian", "radian"),
        ("urn:ogc:def:uom:OGC:1.0:metre", "metre"),
        ("urn:ogc:def:uom:OGC::degree", "degree"),
        ("http://www.opengis.net/def/uom/OGC/1.0/kilometre", "kilometre"),
        ("http://www.opengis.net/def/uom/OGC/1.0/statuteMile", "statuteMile"),
        ("http://www.opengis.net/def/uom/EPSG/0/9001", "metre"),
        ("http://www.opengis.net/def/uom/EPSG/0/9031", "German legal metre"),
        ("urn:ogc:def:uom:EPSG::9102", "degree"),
        ("EPSG:9036", "kilometre"),
        ("http://www.opengis.net/def/uom/UCUM/0/m", "metre"),
        ("http://www.opengis.net/def/uom/UCUM/0/[mi_i]", "statuteMile"),
        ("http://qudt.org/vocab/unit/M", "metre"),
        ("https://qudt.org/vocab/unit/KiloM", "kilometre"),
        ("http://qudt.org/vocab/unit/FT_US", "surveyFootUS"),
        ("http://qudt.org/vocab/unit/FT-US", "surveyFootUS"),
        ("http://qudt.org/1.1/vocab/unit#Meter", "metre"),
        ("http://qudt.org/vocab/unit/M2", "squareMetre"),
        ("http://qudt.org/vocab/unit/HA", "hectare"),
        ("http://qudt.org/vocab/unit/DEG", "degree"),
        ("http://qudt.org/vocab/unit/MIN_Angle", "arcMinute"),
    ],
)
def test_iris_that_people_write(iri: str, name: str) -> None:
    assert unit_of(iri).name == name


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_the_written_iri_reads_back(unit: Unit) -> None:
    assert unit_of(unit.iri) is unit


@pytest.mark.parametrize("unit", [u for u in UNITS if u.epsg], ids=lambda unit: unit.name)
def test_factors_are_those_of_the_epsg_register(unit: Unit) -> None:
    register = {u.code: u for u in get_units_map(auth_name="EPSG").values()}
    assert unit.factor == pytest.approx(register[unit.epsg or ""].conv_factor, rel=1e-12)


@pytest.mark.parametrize(
    ("name", "factor"),
    [
        ("hectare", 10_000),
        ("acre", 4046.8564224),
        ("squareMile", 2_589_988.110336),
        ("inch", 0.0254),
        ("degree", math.pi / 180),
    ],
)
def test_factors(name: str, factor: float) -> None:
    (unit,) = (unit for unit in UNITS if unit.name == name)
    assert unit.factor == pytest.approx(factor, rel=1e-15)


@pytest.mark.parametrize(
    ("iri", "hint"),
    [
        ("http://www.opengis.net/def/uom/OGC/1.0/meeter", "uom/OGC/1.0/metre"),
        ("http://qudt.org/vocab/unit/KILOM", "unit/KiloM"),
        ("metre", "uom/OGC/1.0/metre"),
        ("", "uom/OGC/1.0/metre"),
        ("http://www.opengis.net/def/uom/EPSG/0/9107", "uom/OGC/1.0/degree"),
    ],
)
def test_unknown_units_name_the_nearest(iri: str, hint: str) -> None:
    with pytest.raises(UnitError) as caught:
        unit_of(iri)
    assert hint in (caught.value.hint or "")
