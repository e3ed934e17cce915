"""geo:wktLiteral: an optional CRS IRI in angle brackets, then well-known text (8.8.1).

GEOS reads what it can, in bulk. What it cannot, and what it would let pass though
it is no well-known text (``nan``, hexadecimal numbers), goes to the reader of
`geosparql.literals.wkt_text`, which reads it or says where it goes wrong.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from geosparql.coordinates import swap_xy
from geosparql.crs import CRS84, axes_swapped, crs_iri_of, srid_of
from geosparql.errors import CRSError, InputError, LiteralError
from geosparql.literals.columns import mask, text_columns
from geosparql.literals.wkt_text import read_wkt
from geosparql.outcome import Outcome

# 21 decimals hold 17 digits of any number that GEOS does not write with an exponent
# (those from 1e-4 on): its own "full precision" (-1) stops at 16 decimals, which is not exact.
_DECIMALS = 25
_CRS_PREFIX = re.compile(r"[ \t\r\n]*<([^<>]*)>[ \t\r\n]*")
# Also what GEOS would overflow on: numbers beyond a double, and its stack by deep nesting.
_NOT_FOR_GEOS = (
    r"(?is)nan|inf|0x|cur|sur|circ|\x00|[0-9]e[+]?[0-9]{3}|[0-9]{300}|(?:collection.*?){32}"
)
_EXPONENT_OR_INFINITE = "[0-9]e|NaN|Inf"
_EXPONENT = re.compile(r"-?[0-9.]+e[+-]?[0-9]+")
_NO_FINITE_FORM = re.compile("NaN|Inf")


def parse(text: str) -> shapely.Geometry:
    """Read one wktLiteral.

    Parameters
    ----------
    text
        Lexical form; no IRI means CRS84, an empty text an empty geometry.

    Returns
    -------
    shapely.Geometry
        With its SRID, x = easting or longitude whatever the axis order of the CRS.

    Raises
    ------
    LiteralError
        The text is malformed; `where` is the character position (from 1).
    CRSError
        The CRS is not known.
    """
    geometry = _read(*text_columns([text]))[0]
    return _read_slowly(text) if geometry is None else geometry


def _read_slowly(text: str) -> shapely.Geometry:
    """Read what GEOS does not, or raise the error that says where the text goes wrong."""
    srid, start = _crs_of(text)
    return _placed(np.array([read_wkt(text, start)], dtype=object), srid)[0]


def _crs_of(text: str) -> tuple[int, int]:
    """Give the SRID that the prefix states and the position of the text behind it."""
    match = _CRS_PREFIX.match(text)
    if match:
        return srid_of(match[1]), match.end()
    if text.lstrip().startswith("<"):
        raise LiteralError(
            "CRS IRI without its closing '>'", where="character 1", value=text,
            hint="Write <CRS IRI> before the well-known text",
        )  # fmt: skip
    return CRS84, 0


def _placed(geometries: Any, srid: int) -> Any:
    """Set the SRID and bring the ordinates into x, y order."""
    if srid == CRS84:
        return geometries
    ordered = swap_xy(geometries) if axes_swapped(srid) else geometries
    return np.where(shapely.is_missing(ordered), None, shapely.set_srid(ordered, srid))


def parse_array(lexicals: Any) -> Outcome:
    """Read many wktLiterals.

    Parameters
    ----------
    lexicals
        (n,) strings or None: a sequence, a numpy object array or an Arrow string array.

    Returns
    -------
    Outcome
        (n,) geometries; None with a reason where a text cannot be read.
    """
    column, texts = text_columns(lexicals)
    geometries = _read(column, texts)
    reasons: dict[int, str] = {}
    for row in np.flatnonzero(shapely.is_missing(geometries) & mask(column.is_valid())).tolist():
        try:
            geometries[row] = _read_slowly(texts[row])
        except InputError as error:
            reasons[row] = str(error)
    return Outcome(geometries, reasons)


def _read(column: pa.Array, texts: Any) -> Any:
    """Read what GEOS can, with or without a CRS; None for the rest."""
    prefixed = mask(pc.match_substring_regex(column, r"^\s*<"))
    geometries = _read_by_geos(column, texts, ~prefixed)
    if prefixed.any():
        _read_prefixed(column, np.flatnonzero(prefixed), geometries)
    return geometries


def _read_by_geos(column: pa.Array, texts: Any, wanted: Any) -> Any:
    """Read the wanted texts that GEOS may be trusted with; None for all others and all failures."""
    trusted = wanted & ~mask(pc.match_substring_regex(column, _NOT_FOR_GEOS))
    trusted_texts = texts if trusted.all() else np.where(trusted, texts, None)
    geometries = np.asarray(shapely.from_wkt(trusted_texts, on_invalid="ignore"), dtype=object)
    rings = shapely.get_type_id(geometries) == shapely.GeometryType.LINEARRING
    if rings.any():  # not a type of well-known binary: a line string from here on
        geometries[rings] = shapely.from_wkb(shapely.to_wkb(geometries[rings]))
    return geometries


def _read_prefixed(column: pa.Array, rows: Any, geometries: Any) -> None:
    """Read the rows that state a CRS; what fails stays None."""
    rows = rows[mask(pc.match_substring(column.take(rows), ">"))]
    parts = pc.split_pattern(column.take(rows), ">", max_splits=1).flatten()
    prefixes = pc.ascii_trim(parts.take(np.arange(0, len(parts), 2)), " \t\r\n")
    bodies = parts.take(np.arange(1, len(parts), 2))
    read = _read_by_geos(bodies, bodies.to_numpy(zero_copy_only=False), np.ones(len(rows), bool))
    groups = prefixes.dictionary_encode()
    codes = groups.indices.to_numpy()
    for code, prefix in enumerate(groups.dictionary.to_pylist()):
        try:
            srid = srid_of(prefix.removeprefix("<"))
        except CRSError:
            continue
        members = codes == code
        geometries[rows[members]] = _placed(read[members], srid)


def write(geometry: shapely.Geometry) -> str:
    """Write one wktLiteral; see `write_array`.

    Raises
    ------
    LiteralError
        A coordinate is not finite.
    """
    outcome = write_array([geometry])
    if outcome.reasons:
        raise LiteralError(outcome.reasons[0], value=geometry)
    return str(outcome.values[0])


def write_array(geometries: Any) -> Outcome:
    """Write geometries as wktLiterals.

    Parameters
    ----------
    geometries
        (n,) array of geometries with SRID, or None.

    Returns
    -------
    Outcome
        (n,) strings: the CRS IRI stated for every CRS but CRS84, axes in the order of
        the CRS, plain decimals without exponent that read back to the same numbers
        (the sign of a zero aside). Null with a reason where a coordinate is not finite.
    """
    source = np.atleast_1d(np.asarray(geometries, dtype=object))
    texts = np.full(len(source), None, dtype=object)
    srids = shapely.get_srid(source)
    present = ~shapely.is_missing(source)
    reasons: dict[int, str] = {}
    for srid in np.unique(srids[present]).tolist():
        rows = np.flatnonzero(present & (srids == srid))
        try:
            ordered = swap_xy(source[rows]) if axes_swapped(srid) else source[rows]
            prefix = "" if srid == CRS84 else f"<{crs_iri_of(srid)}> "
        except CRSError as error:
            reasons.update(dict.fromkeys(rows.tolist(), str(error)))
            continue
        written = shapely.to_wkt(ordered, rounding_precision=_DECIMALS)
        texts[rows] = [prefix + text for text in written] if prefix else written
    special = pc.match_substring_regex(pa.array(texts, pa.large_string()), _EXPONENT_OR_INFINITE)
    for row in np.flatnonzero(mask(special)).tolist():
        if _NO_FINITE_FORM.search(texts[row]):
            texts[row] = None
            reasons[row] = "a coordinate is not a finite number: well-known text has no form for it"
        else:
            texts[row] = _EXPONENT.sub(_plain_decimal, texts[row])
    return Outcome(texts, reasons)


def _plain_decimal(match: re.Match[str]) -> str:
    return format(Decimal(match[0]), "f")
