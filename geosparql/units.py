"""Units of measure: one table of lengths, angles and areas, and the IRIs people write for them.

Known are OGC names (``http://www.opengis.net/def/uom/OGC/1.0/metre``, the URN too),
EPSG codes (``…/def/uom/EPSG/0/9001``), UCUM codes (``…/def/uom/UCUM/0/m``) and QUDT
(``http://qudt.org/vocab/unit/M``). The OGC register itself holds metre, degree and
radian; the further names under it are those that other GeoSPARQL systems read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from math import pi
from typing import Literal

from pyproj.database import get_units_map

from geosparql.errors import UnitError
from geosparql.vocabulary import QUDT_UNIT, UOM

UnitKind = Literal["length", "angle", "area"]

_FOOT = 0.3048
_US_FOOT = 1200 / 3937


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit of measure.

    `factor` times a value is the value in the base unit of its kind: metre, radian,
    square metre.
    """

    name: str
    kind: UnitKind
    factor: float
    epsg: str | None = None
    qudt: str | None = None
    ucum: str | None = None
    other_names: tuple[str, ...] = ()

    @property
    def iri(self) -> str:
        """The IRI that is written: of the OGC register where the unit is in it, else of QUDT."""
        if self.name in ("metre", "degree", "radian"):
            return UOM + self.name
        return QUDT_UNIT + self.qudt if self.qudt else f"{_DEFINITIONS}EPSG/0/{self.epsg}"


_DEFINITIONS = "http://www.opengis.net/def/uom/"

UNITS: tuple[Unit, ...] = (
    Unit("metre", "length", 1.0, "9001", "M", "m", ("meter", "metres", "meters")),
    Unit("kilometre", "length", 1000.0, "9036", "KiloM", "km", ("kilometer", "kilometres")),
    Unit("hectometre", "length", 100.0, None, "HectoM", "hm", ("hectometer",)),
    Unit("decimetre", "length", 0.1, None, "DeciM", "dm", ("decimeter",)),
    Unit("centimetre", "length", 0.01, "1033", "CentiM", "cm", ("centimeter",)),
    Unit("millimetre", "length", 0.001, "1025", "MilliM", "mm", ("millimeter",)),
    Unit("foot", "length", _FOOT, "9002", "FT", "[ft_i]", ("feet",)),
    Unit("surveyFootUS", "length", _US_FOOT, "9003", "FT_US", "[ft_us]", ("US survey foot",)),
    Unit("inch", "length", _FOOT / 12, None, "IN", "[in_i]"),
    Unit("yard", "length", 3 * _FOOT, "9096", "YD", "[yd_i]"),
    Unit("fathom", "length", 6 * _FOOT, "9014", "FATH", "[fth_i]"),
    Unit("chain", "length", 66 * _FOOT, "9097", None, None),
    Unit("link", "length", 0.66 * _FOOT, "9098", None, None),
    Unit("statuteMile", "length", 5280 * _FOOT, "9093", "MI", "[mi_i]", ("mile",)),
    Unit("surveyMileUS", "length", 5280 * _US_FOOT, "9035", "MI_US", "[mi_us]"),
    Unit("nauticalMile", "length", 1852.0, "9030", "MI_N", "[nmi_i]"),
    Unit("radian", "angle", 1.0, "9101", "RAD", "rad", ("radians",)),
    Unit("milliradian", "angle", 1e-3, None, "MilliRAD", "mrad", ("milliRadian",)),
    Unit("microradian", "angle", 1e-6, "9109", "MicroRAD", "urad", ("microRadian",)),
    Unit("degree", "angle", pi / 180, "9102", "DEG", "deg", ("degrees",)),
    Unit("arcMinute", "angle", pi / 10_800, "9103", "ARCMIN", "'", ("minute", "MIN_Angle")),
    Unit("arcSecond", "angle", pi / 648_000, "9104", "ARCSEC", "''", ("second",)),
    Unit("grad", "angle", pi / 200, "9105", "GON", "gon", ("gradian", "GRAD", "gon")),
    Unit("squareMetre", "area", 1.0, None, "M2", "m2", ("squareMeter",)),
    Unit("squareKilometre", "area", 1e6, None, "KiloM2", "km2", ("squareKilometer",)),
    Unit("squareCentimetre", "area", 1e-4, None, "CentiM2", "cm2", ("squareCentimeter",)),
    Unit("hectare", "area", 1e4, None, "HA", "har"),
    Unit("are", "area", 100.0, None, "ARE", "ar"),
    Unit("acre", "area", 43_560 * _FOOT**2, None, "AC", None),
    Unit("squareFoot", "area", _FOOT**2, None, "FT2", "[sft_i]"),
    Unit("squareYard", "area", (3 * _FOOT) ** 2, None, "YD2", "[syd_i]"),
    Unit("squareInch", "area", (_FOOT / 12) ** 2, None, "IN2", "[sin_i]"),
    Unit("squareMile", "area", (5280 * _FOOT) ** 2, None, "MI2", None),
)
_BY_NAME = {name.lower(): unit for unit in UNITS for name in (unit.name, *unit.other_names)}
_BY_EPSG = {unit.epsg: unit for unit in UNITS if unit.epsg}
_BY_QUDT = {unit.qudt: unit for unit in UNITS if unit.qudt} | {
    name: unit for unit in UNITS for name in unit.other_names if name.isupper() or "_" in name
}
_BY_UCUM = {unit.ucum: unit for unit in UNITS if unit.ucum}
_FORMS = (
    re.compile(r"https?://www\.opengis\.net/def/uom/(?P<authority>\w+)/[\w.]+/(?P<code>.+?)/?"),
    re.compile(r"urn:(?:x-)?ogc:def:uom:(?P<authority>\w+):(?:[\w.]*:)?(?P<code>.+)"),
    re.compile(r"https?://(?:www\.)?qudt\.org/(?:\d[\d.]*/)?vocab/unit[/#](?P<code>.+)"),
    re.compile(r"(?P<authority>EPSG|OGC|UCUM):(?P<code>.+)"),
)


@lru_cache(maxsize=1024)
def unit_of(iri: str) -> Unit:
    """Give the unit of an IRI.

    Parameters
    ----------
    iri
        Of OGC, EPSG, UCUM or QUDT; see the head of this module.

    Returns
    -------
    Unit
        With its kind and the factor to metres, radians or square metres.

    Raises
    ------
    UnitError
        No such unit is known; the hint names the nearest ones.
    """
    for form in _FORMS:
        match = form.fullmatch(iri.strip())
        if match:
            parts = match.groupdict()
            unit = _lookup(parts.get("authority", "QUDT").upper(), parts["code"])
            if unit:
                return unit
    raise UnitError("unknown unit of measure", value=iri, hint=_hint(iri))


def _lookup(authority: str, code: str) -> Unit | None:
    match authority:
        case "OGC":
            return _BY_NAME.get(code.lower())
        case "EPSG":
            return _BY_EPSG.get(code) or _epsg_units().get(code)
        case "UCUM":
            return _BY_UCUM.get(code)
        case "QUDT":
            return (
                _BY_QUDT.get(code)
                or _BY_QUDT.get(code.replace("-", "_"))
                or _BY_NAME.get(code.lower())
            )
    return None


@lru_cache(maxsize=1)
def _epsg_units() -> dict[str, Unit]:
    """Give the further length and angle units of the EPSG register, from PROJ's database.

    Its sexagesimal ways of writing an angle have no factor and are left out.
    """
    kinds: tuple[tuple[str, UnitKind], ...] = (("linear", "length"), ("angular", "angle"))
    return {
        unit.code: Unit(unit.name, kind, unit.conv_factor, unit.code)
        for category, kind in kinds
        for unit in get_units_map(auth_name="EPSG", category=category).values()
        if unit.conv_factor
    }


def _hint(iri: str) -> str:
    local = re.split(r"[/#:]", iri.strip().rstrip("/"))[-1].lower()
    known = dict(_BY_NAME) | {code.lower(): unit for code, unit in _BY_QUDT.items()}
    near = dict.fromkeys(known[name].iri for name in get_close_matches(local, known, n=3))
    return f"Known are, for example, {', '.join(near or (UOM + 'metre', UOM + 'degree'))}"
