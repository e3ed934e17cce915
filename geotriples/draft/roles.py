"""What each column of a layer is for: key, place, label, code or plain property."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import numpy as np

from geosparql.crs import CRS84, axes_swapped, crs_iri_of, is_geographic, metres_per_unit, srid_of
from geosparql.errors import CRSError
from geosparql.terms import XSD, XSD_STRING
from geosparql.vocabulary import GEO_WKT_LITERAL
from geotriples.draft.layer import Layer
from geotriples.draft.survey import SeenColumn, Survey, is_key
from geotriples.mapping.vocabulary import INDEX

NUMBERS = frozenset(XSD + name for name in ("integer", "decimal", "double"))
COORDINATES = (
    ("lon", "lat"), ("long", "lat"), ("lng", "lat"), ("longitude", "latitude"), ("x", "y"),
    ("easting", "northing"),
)  # fmt: skip
"""Words that names of the two coordinates of a point end in."""
LABEL_WORDS = ("name", "label", "title", "naam", "navn", "namn", "nom", "nombre", "nome",
               "bezeichnung")  # fmt: skip
KEY_WORDS = r"(^|_)(id|gid|fid|oid|uid|uuid|key|code|nr|no|number|identifier)$"
NOT_IN_NAMES = (
    "[^A-Za-z0-9_\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u3001-\ud7ff]+"
)
"""What may not stand in a local name of Turtle."""
CLASS = "class"
"""The reference of a class raster that is a code."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the geometry of a row comes from.

    Parameters
    ----------
    reference
        The geometry, or a column of WKT.
    template
        WKT made of two columns, in place of a reference.
    columns
        What it uses up.
    dimension
        0 points, 1 lines, 2 areas; None where kinds are mixed or not known.
    """

    reference: str | None
    template: str | None
    columns: tuple[str, ...]
    dimension: int | None


@dataclass(frozen=True, slots=True)
class Roles:
    """The columns of a layer by what they are for."""

    key: str
    place: Place | None
    labels: tuple[tuple[SeenColumn, str | None], ...]
    """With the language that the name of the column tells."""
    codes: tuple[SeenColumn, ...]
    properties: tuple[SeenColumn, ...]


def roles_of(layer: Layer, seen: Survey, crs: str | None) -> Roles:
    """Find what the columns of a layer are for.

    Raises
    ------
    CRSError
        Where the CRS that is given is not known.
    """
    place = _place(layer, seen, crs)
    used = (*(() if place is None else place.columns), *layer.of_class)
    free = [
        column
        for column in seen.columns
        if column.reference not in used and (seen.rows == 0 or column.nulls < seen.rows)
    ]
    labels = _labels(free)
    key = _key(layer, free)
    named = {column.reference for column, _ in labels}
    rest = [column for column in free if column.reference not in named]
    codes = tuple(
        column for column in rest if column.reference != key and _is_code(column, layer, seen.rows)
    )
    properties = tuple(column for column in rest if column not in codes)
    return Roles(key, place, labels, codes, properties)


def _key(layer: Layer, columns: list[SeenColumn]) -> str:
    """Give a column whose values tell all rows apart; else the number of the row."""
    fit = [column for column in columns if column.unique and _may_be_key(column)]
    fit.sort(key=lambda column: re.search(KEY_WORDS, name_words(column.reference)) is None)
    for column in fit:
        named = re.search(KEY_WORDS, name_words(column.reference))
        if (named or layer.key is None) and is_key(layer, column.reference):
            return column.reference
    return layer.key or INDEX


def _may_be_key(column: SeenColumn) -> bool:
    return (
        column.datatype in (XSD_STRING, XSD + "integer", XSD + "anyURI") and column.longest <= 100
    )


def _is_code(column: SeenColumn, layer: Layer, rows: int) -> bool:
    """Tell whether a column draws on a short list of texts, each of them used several times."""
    if column.reference == CLASS and layer.key == "region":
        return True
    values = column.values or ()
    is_text = column.datatype == XSD_STRING and not column.repeated and column.longest <= 80
    return is_text and "" not in values and 2 <= len(values) <= (rows - column.nulls) / 3


def _labels(columns: list[SeenColumn]) -> tuple[tuple[SeenColumn, str | None], ...]:
    """Give the best column of names, and those that say the same in a language."""
    texts = [column for column in columns if column.datatype == XSD_STRING and not column.repeated]
    words = {column.reference: name_words(column.reference) for column in texts}
    best = next(
        (
            column
            for label in LABEL_WORDS
            for end in (f"^{label}$", f"_{label}$")
            for column in texts
            if re.search(end, words[column.reference])
        ),
        None,
    )
    if best is None:
        return ()
    translated = re.compile(rf"^{re.escape(words[best.reference])}_([a-z]{{2}})$")
    others = ((column, translated.match(words[column.reference])) for column in texts)
    return ((best, None), *((column, found[1]) for column, found in others if found))


def _place(layer: Layer, seen: Survey, crs: str | None) -> Place | None:
    """Find geometry: the source's own, a column of WKT, or two columns of coordinates."""
    dimension = _dimension(seen.geometry_types) if _has_metres(seen.srids) else None
    if layer.geometry:
        return Place(layer.geometry, None, (layer.geometry,), dimension)
    for column in seen.columns:
        if column.datatype == GEO_WKT_LITERAL:
            return Place(column.reference, None, (column.reference,), dimension)
    numbers = {
        name_words(column.reference): column
        for column in seen.columns
        if column.datatype in NUMBERS and not column.repeated
    }
    for name, column in numbers.items():
        for east, north in COORDINATES:
            other = numbers.get(name.removesuffix(east) + north)
            if re.search(f"(^|_){east}$", name) and other is not None:
                return _point(column, other, crs)
    return None


def _point(east: SeenColumn, north: SeenColumn, crs: str | None) -> Place | None:
    """Write WKT of two columns in the order of the CRS; without one they must be degrees."""
    srid = CRS84 if crs is None else srid_of(crs)
    if crs is None and not (_within(east, 180) and _within(north, 90)):
        return None
    pair = (east.reference, north.reference)
    first, second = reversed(pair) if axes_swapped(srid) else pair
    prefix = "" if srid == CRS84 else f"<{crs_iri_of(srid)}> "
    text = f"{prefix}POINT({{{escaped(first)}}} {{{escaped(second)}}})"
    return Place(None, text, pair, 0)


def _within(column: SeenColumn, most: float) -> bool:
    return None not in (column.least, column.most) and -most <= column.least and column.most <= most  # type: ignore[operator]


def _dimension(types: frozenset[str]) -> int | None:
    dimensions = {
        2 if "Polygon" in kind else 1 if "Line" in kind else 0 if "Point" in kind else None
        for kind in types
    }
    return dimensions.pop() if len(dimensions) == 1 else None


def _has_metres(srids: frozenset[int]) -> bool:
    """Tell whether measures in metres are known for coordinates of these CRSs."""
    try:
        return all(is_geographic(srid) or np.isfinite(metres_per_unit(srid)) for srid in srids)
    except CRSError:
        return False


def escaped(reference: str) -> str:
    """Write a reference as it stands in a template."""
    return re.sub(r"([{}\\])", r"\\\1", reference)


def name_words(reference: str) -> str:
    """Give the name of a column in small letters, words parted by ``_``."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", local_name(reference))
    return parted.lower()


def local_name(reference: str) -> str:
    """Give the name of a column, or the steps of a path to it, as one word."""
    plain = unicodedata.normalize("NFC", reference.removeprefix("$").removesuffix("[*]"))
    return re.sub(NOT_IN_NAMES, "_", plain).strip("_") or "value"
