"""geo:geoJSONLiteral: one RFC 7946 geometry object, always CRS84 (OGC 22-047r1, 8.8.3).

GEOS reads in bulk; what it refuses is gone through here, to say where it is wrong.
RFC 7946 has no CRS and no measures: a geometry of another CRS is transformed on
writing, and its M is left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NoReturn

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from geosparql.crs import CRS84, transform
from geosparql.errors import InputError, LiteralError
from geosparql.literals.columns import mask, text_columns
from geosparql.outcome import Outcome

_DEPTHS = {
    "Point": 0,
    "MultiPoint": 1,
    "LineString": 1,
    "MultiLineString": 2,
    "Polygon": 2,
    "MultiPolygon": 3,
}
"""Type to the number of lists around its positions (RFC 7946, 3.1)."""
_COLLECTION = "GeometryCollection"
_MAX_DEPTH = 64
# What GEOS reads and RFC 7946 does not allow, spellings that hide it, what overflows its stack.
_NOT_FOR_GEOS = r'(?s)"Feature|"crs"|\\|\x00|(?:GeometryCollection.*?){32}'
_OBJECT_HINT = "A geoJSONLiteral holds one geometry object"


def parse(text: str) -> shapely.Geometry:
    """Read one geoJSONLiteral.

    Parameters
    ----------
    text
        Lexical form; an empty one is an empty geometry.

    Returns
    -------
    shapely.Geometry
        In CRS84 (SRID 0); with Z where every position of it has a third number.

    Raises
    ------
    LiteralError
        It is no JSON (`where` is line and column), or no geometry object, or has a
        ``crs`` member (`where` is the path of the member).
    """
    if not text.strip():
        return shapely.GeometryCollection()
    try:
        return _build(_geometry(_decoded(text), "$", 0))
    except LiteralError as error:
        raise LiteralError(error.what, where=error.where, value=text, hint=error.hint) from None


def _decoded(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise LiteralError(f"malformed JSON: {error.msg}", where=where) from error
    except RecursionError as error:
        raise LiteralError("malformed GeoJSON: nested too deep") from error


def _no_constant(name: str) -> NoReturn:
    raise LiteralError(f"malformed JSON: {name} is no number")


def _fail(what: str, path: str, hint: str | None = None) -> NoReturn:
    raise LiteralError(f"malformed GeoJSON: {what}", where=path, hint=hint)


def _geometry(value: Any, path: str, depth: int) -> dict[str, Any]:
    """Check one geometry object; give it with what GEOS needs and no more."""
    if not isinstance(value, dict):
        _fail("not an object", path, _OBJECT_HINT)
    if depth > _MAX_DEPTH:
        _fail(f"collections nested more than {_MAX_DEPTH} deep", path)
    if "crs" in value:
        _fail("a crs member: RFC 7946 knows CRS84 only", f"{path}.crs", "Write a wktLiteral")
    kind = value.get("type")
    if kind in ("Feature", "FeatureCollection"):
        _fail(f"a {kind} is no geometry", path, _OBJECT_HINT)
    if kind == _COLLECTION:
        members = _list(value, "geometries", path)
        geometries = [
            _geometry(member, f"{path}.geometries[{i}]", depth + 1)
            for i, member in enumerate(members)
        ]
        return {"type": kind, "geometries": geometries}
    if not isinstance(kind, str) or kind not in _DEPTHS:
        _fail(f"type {kind!r} is none of RFC 7946's geometry types", f"{path}.type")
    return {"type": kind, "coordinates": _coordinates(value, kind, path)}


def _list(value: dict[str, Any], name: str, path: str) -> list[Any]:
    found = value.get(name)
    if not isinstance(found, list):
        _fail(f"member {name!r} is missing or no array", f"{path}.{name}")
    return found


def _coordinates(value: dict[str, Any], kind: str, path: str) -> list[Any]:
    nested = _list(value, "coordinates", path)
    if kind == "Point" and not nested:
        return nested
    widths: set[int] = set()
    checked = _nested(nested, _DEPTHS[kind], f"{path}.coordinates", widths)
    line_depth = 0 if kind == "MultiPoint" else _DEPTHS[kind]
    for place, line in _lines(checked, line_depth, f"{path}.coordinates"):
        if len(line) == 1:
            _fail("a line or ring of one position", place)
        if kind.endswith("Polygon") and line and (len(line) < 3 or line[0][:2] != line[-1][:2]):
            _fail("a ring that is not closed (its last position is not its first)", place)
    return _cut(checked, _DEPTHS[kind]) if widths == {2, 3} else checked


def _nested(value: Any, depth: int, path: str, widths: set[int]) -> list[Any]:
    """Check lists down to the positions, and note how many numbers positions have."""
    if not isinstance(value, list):
        _fail("not an array", path)
    if depth:
        return [_nested(item, depth - 1, f"{path}[{i}]", widths) for i, item in enumerate(value)]
    if len(value) not in (2, 3):
        _fail(f"a position of {len(value)} numbers (2 or 3 are allowed)", path)
    for i, number in enumerate(value):
        if isinstance(number, bool) or not isinstance(number, int | float):
            _fail("not a number", f"{path}[{i}]")
        if not abs(number) <= _LARGEST:
            _fail("a number that a double cannot hold", f"{path}[{i}]")
    widths.add(len(value))
    return value


_LARGEST = float(np.finfo(float).max)


def _lines(nested: list[Any], depth: int, path: str) -> Iterator[tuple[str, list[Any]]]:
    """Give the lists of positions of lines and rings, each with its path."""
    if depth == 1:
        yield path, nested
    elif depth:
        for i, item in enumerate(nested):
            yield from _lines(item, depth - 1, f"{path}[{i}]")


def _cut(nested: list[Any], depth: int) -> list[Any]:
    """Leave out third numbers: some positions have none."""
    return [_cut(item, depth - 1) for item in nested] if depth else nested[:2]


def _build(value: dict[str, Any]) -> shapely.Geometry:
    try:
        return shapely.from_geojson(json.dumps(value))
    except shapely.errors.GEOSException as error:
        raise LiteralError(f"malformed GeoJSON: {error}") from error


def parse_array(lexicals: Any) -> Outcome:
    """Read many geoJSONLiterals.

    Parameters
    ----------
    lexicals
        (n,) strings or None: a sequence, a numpy object array or an Arrow string array.

    Returns
    -------
    Outcome
        (n,) geometries in CRS84; None with a reason where a text cannot be read.
    """
    column, texts = text_columns(lexicals)
    trusted = ~mask(pc.match_substring_regex(column, _NOT_FOR_GEOS))
    with np.errstate(all="ignore"):
        geometries = shapely.from_geojson(np.where(trusted, texts, None), on_invalid="ignore")
    solid = np.flatnonzero(shapely.has_z(geometries))
    coordinates, owner = shapely.get_coordinates(
        geometries[solid], include_z=True, return_index=True
    )
    geometries[solid[owner[np.isnan(coordinates[:, 2])]]] = None  # Z in some positions only
    reasons: dict[int, str] = {}
    for row in np.flatnonzero(shapely.is_missing(geometries) & mask(column.is_valid())).tolist():
        try:
            geometries[row] = parse(texts[row])
        except InputError as error:
            reasons[row] = str(error)
    return Outcome(geometries, reasons)


def write(geometry: shapely.Geometry) -> str:
    """Write one geoJSONLiteral; see `write_array`.

    Raises
    ------
    LiteralError
        The geometry has no place in CRS84 or a coordinate that is not finite.
    """
    outcome = write_array(np.array([geometry], dtype=object))
    if outcome.reasons:
        raise LiteralError(outcome.reasons[0], value=geometry)
    return str(outcome.values[0])


def write_array(geometries: Any) -> Outcome:
    """Write geometries as geoJSONLiterals.

    Parameters
    ----------
    geometries
        (n,) array of geometries with SRID, or None.

    Returns
    -------
    Outcome
        (n,) strings in CRS84, which other CRS are transformed to; numbers read back
        to the same doubles. M is left out, and so are empty members of a MultiPoint.
        Null with a reason where the transformation fails or a coordinate is not finite.
    """
    placed = transform(geometries, CRS84)
    texts = np.asarray(shapely.to_geojson(placed.values), dtype=object)
    reasons = dict(placed.reasons)
    infinite = pc.match_substring(pa.array(texts, pa.large_string()), "null")
    for row in np.flatnonzero(mask(infinite)).tolist():
        texts[row] = None
        reasons[row] = "a coordinate is not a finite number: JSON has no form for it"
    return Outcome(texts, reasons)
