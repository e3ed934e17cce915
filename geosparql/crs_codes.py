"""CRS identifiers: the IRIs people write, the numbers they become, and the CRS behind a number.

A geometry carries its CRS as one 32-bit number (SRID, the field that EWKB has):

================  =============================  ==================================
authority         SRID                           IRI that is written
================  =============================  ==================================
OGC CRS84         0                              ``…/def/crs/OGC/1.3/CRS84``
EPSG:n            n                              ``…/def/crs/EPSG/0/n``
ESRI:n            1,000,000,000 + n              ``…/def/crs/ESRI/0/n``
IAU_2015:n        1,100,000,000 + n              ``…/def/crs/IAU/2015/n``
OGC CRS84h, …     2,100,000,001 …                ``…/def/crs/OGC/0/CRS84h``
================  =============================  ==================================
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import pyproj
from pyproj.exceptions import CRSError as ProjCRSError

from geosparql.errors import CRSError

CRS84 = 0
CRS84_IRI = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"

WGS84_LONLAT = frozenset((CRS84, 4326))
"""SRIDs whose coordinates in memory are the same numbers: WGS 84 longitude, latitude."""

_DEFINITIONS = "http://www.opengis.net/def/crs"


@dataclass(frozen=True, slots=True)
class _Authority:
    """An authority whose codes are numbers: PROJ's name, first SRID, first SRID after it, IRI."""

    name: str
    start: int
    end: int
    iri: str


_AUTHORITIES = (
    _Authority("EPSG", 0, 1_000_000_000, f"{_DEFINITIONS}/EPSG/0/"),
    _Authority("ESRI", 1_000_000_000, 1_100_000_000, f"{_DEFINITIONS}/ESRI/0/"),
    _Authority("IAU_2015", 1_100_000_000, 2_100_000_000, f"{_DEFINITIONS}/IAU/2015/"),
)
_AUTHORITY_BY_NAME = {authority.name: authority for authority in _AUTHORITIES} | {
    "IAU": _AUTHORITIES[2]
}
_OGC_SRIDS = {"CRS84": 0, "CRS84h": 2_100_000_001, "CRS27": 2_100_000_002, "CRS83": 2_100_000_003}
_OGC_CODES = {srid: code for code, srid in _OGC_SRIDS.items()}
_OGC_BY_SPELLING = {code.lower(): srid for code, srid in _OGC_SRIDS.items()}

_CODE = r"(?P<code>[A-Za-z0-9_.-]+)"
_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"https?://www\.opengis\.net/def/crs/(?P<authority>\w+)/(?P<version>[\w.]+)/{_CODE}/?",
        rf"urn:(?:x-)?ogc:def:crs:(?P<authority>\w+):(?:(?P<version>[\w.]*):)?{_CODE}",
        rf"https?://www\.opengis\.net/gml/srs/(?P<authority>epsg)\.xml#{_CODE}",
        rf"https?://(?:www\.)?spatialreference\.org/ref/(?P<authority>\w+)/{_CODE}/?",
        rf"https?://(?:www\.)?epsg\.io/{_CODE}/?",
        rf"(?P<authority>\w+):{_CODE}",
        r"(?P<code>CRS(?:84h?|83|27))",
    )
)
_WRITE_HINT = (
    "Write http://www.opengis.net/def/crs/EPSG/0/<code>, urn:ogc:def:crs:EPSG::<code> "
    f"or EPSG:<code>, or leave the CRS out for {CRS84_IRI}"
)


def srid_of(crs_iri: str) -> int:
    """Give the SRID of a CRS identifier in any of the forms people write.

    Parameters
    ----------
    crs_iri
        OGC IRI (http or https, any version, trailing slash), OGC URN, ``EPSG:4326``
        style, ``gml/srs/epsg.xml#``, spatialreference.org or epsg.io address;
        without angle brackets.

    Returns
    -------
    int
        The SRID; see the table at the head of this module.

    Raises
    ------
    CRSError
        The form, authority or code is not known, the code is deprecated, or the
        CRS has no horizontal axes (OGC 22-047r1, 8.8.1).
    """
    found = _resolved(crs_iri)
    if isinstance(found, CRSError):
        raise CRSError(found.what, value=found.value, hint=found.hint)
    return found


@lru_cache(maxsize=4096)
def _resolved(crs_iri: str) -> int | CRSError:
    """Give the SRID, or the error: a column may hold the same wrong IRI a million times."""
    try:
        return _look_up(crs_iri)
    except CRSError as error:
        return error.with_traceback(None)


def _look_up(crs_iri: str) -> int:
    authority, code = _split(crs_iri.strip())
    if authority in ("OGC", "CRS"):
        srid = _OGC_BY_SPELLING.get(("crs" if authority == "CRS" else "") + code.lower())
        if srid is None:
            srid = _OGC_BY_SPELLING.get(code.lower())
    else:
        srid = _numeric_srid(authority, code)
    if srid is None:
        raise CRSError("unknown CRS", value=crs_iri, hint=_WRITE_HINT)
    _checked_crs(srid, crs_iri)
    return srid


def _split(crs_iri: str) -> tuple[str, str]:
    for form in _FORMS:
        match = form.fullmatch(crs_iri)
        if match:
            parts = match.groupdict()
            code = parts["code"]
            if "authority" in parts:
                return parts["authority"].upper(), code
            return ("OGC" if code.upper().startswith("CRS") else "EPSG"), code
    raise CRSError("not a CRS identifier that is known", value=crs_iri, hint=_WRITE_HINT)


def _numeric_srid(authority: str, code: str) -> int | None:
    known = _AUTHORITY_BY_NAME.get(authority)
    if known is None or not code.isdecimal():
        return None
    srid = known.start + int(code)
    return srid if known.start < srid < known.end else None


@lru_cache(maxsize=4096)
def crs_iri_of(srid: int) -> str:
    """Give the CRS IRI that is written for an SRID.

    Raises
    ------
    CRSError
        The number is not that of a known CRS.
    """
    if srid == CRS84:
        return CRS84_IRI
    authority, code = _authority_code(srid)
    pyproj_crs(srid)
    if authority == "OGC":
        return f"{_DEFINITIONS}/OGC/0/{code}"
    return _AUTHORITY_BY_NAME[authority].iri + code


def _authority_code(srid: int) -> tuple[str, str]:
    if srid in _OGC_CODES:
        return "OGC", _OGC_CODES[srid]
    for authority in _AUTHORITIES:
        if authority.start < srid < authority.end:
            return authority.name, str(srid - authority.start)
    raise CRSError("no CRS has this SRID", value=srid, hint="SRID 0 is OGC CRS84")


@lru_cache(maxsize=512)
def pyproj_crs(srid: int) -> pyproj.CRS:
    """Give the pyproj CRS of an SRID (shared between threads: pyproj keeps one handle a thread).

    Raises
    ------
    CRSError
        PROJ's database does not have it, or it has no horizontal axes.
    """
    authority, code = _authority_code(srid)
    return _checked_crs(srid, f"{authority}:{code}")


@lru_cache(maxsize=512)
def _checked_crs(srid: int, written: str) -> pyproj.CRS:
    authority, code = _authority_code(srid)
    try:
        crs = pyproj.CRS.from_authority(authority, code)
    except ProjCRSError as error:
        raise CRSError(
            "unknown CRS", value=written,
            hint=f"PROJ {pyproj.proj_version_str} has no {authority}:{code}",
        ) from error  # fmt: skip
    if crs.is_deprecated:
        raise CRSError("deprecated CRS", value=written, hint=_successors(crs))
    directions = [axis.direction for axis in crs.axis_info]
    if len(directions) < 2 or crs.is_geocentric:
        raise CRSError(
            "not a CRS of places on a surface", value=written,
            hint="Use a geographic or projected CRS (its 3D form carries heights)",
        )  # fmt: skip
    if crs.is_geographic and "west" in directions:
        raise CRSError(
            "longitudes that grow westward are not supported", value=written,
            hint="Use the planetocentric CRS of the same body",
        )  # fmt: skip
    return crs


def _successors(crs: pyproj.CRS) -> str:
    names = [":".join(other.to_authority() or ()) for other in crs.get_non_deprecated()]
    if names:
        return f"It is replaced by {' or '.join(names)}"
    return "The authority names no successor: look for a current CRS of the same name"


def srid_of_crs(crs: pyproj.CRS) -> int:
    """Give the SRID of a CRS that a data file states.

    Parameters
    ----------
    crs
        As a reader of files gives it; one without a code is looked up in PROJ's
        database (at least 70 % confidence, so that Esri's spelling is found).

    Raises
    ------
    CRSError
        No authority has a code for it.
    """
    for confidence in (100, 70):
        for authority in ("OGC", *_AUTHORITY_BY_NAME):
            found = crs.to_authority(authority, min_confidence=confidence)
            if found:
                return srid_of(":".join(found))
    raise CRSError(
        "the CRS has no authority code", value=crs.name,
        hint="Reproject the data to a CRS with an EPSG code, or state the code",
    )  # fmt: skip


@lru_cache(maxsize=512)
def transformer(from_srid: int, to_srid: int) -> pyproj.Transformer:
    """Give the cached transformer between two CRS, x first on both sides.

    One object serves all threads: pyproj keeps a PROJ handle per thread behind it.
    """
    return pyproj.Transformer.from_crs(pyproj_crs(from_srid), pyproj_crs(to_srid), always_xy=True)
