"""A reader of well-known text that says where a text goes wrong.

It reads one text at a time by recursive descent (OGC 06-103r4, 7.2) and hands
well-known binary to GEOS. It reads three types that GEOS does not: TRIANGLE as a
polygon, TIN and POLYHEDRALSURFACE as a collection of polygons. Curve types with
arcs are refused, because GEOS (through shapely) cannot hold them.
"""

from __future__ import annotations

import math
import re
import struct
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn

import shapely

from geosparql.errors import LiteralError

_TOKEN = re.compile(
    r"(?P<word>[A-Za-z]+)"
    r"|(?P<number>[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)(?![A-Za-z0-9_.])"
    r"|(?P<mark>[(),])"
)
_NO_TOKEN = re.compile(r"[^\s(),]{1,20}")
_SPACE = re.compile(r"[ \t\r\n]*")
_MAX_DEPTH = 64
_POINT, _LINESTRING, _POLYGON = 1, 2, 3
_CODES = {
    "POINT": _POINT,
    "LINESTRING": _LINESTRING,
    "LINEARRING": _LINESTRING,
    "POLYGON": _POLYGON,
    "TRIANGLE": _POLYGON,
    "MULTIPOINT": 4,
    "MULTILINESTRING": 5,
    "MULTIPOLYGON": 6,
    "GEOMETRYCOLLECTION": 7,
    "TIN": 7,
    "POLYHEDRALSURFACE": 7,
}
"""Type to the code of what is built for it in well-known binary."""
_MEMBERS = {"MULTIPOINT": "POINT", "MULTILINESTRING": "LINESTRING"}
"""Multi-type to the type of its members, where that is not POLYGON."""
_CURVES = frozenset(
    ("CIRCULARSTRING", "COMPOUNDCURVE", "CURVEPOLYGON", "MULTICURVE", "MULTISURFACE", "CURVE",
     "CIRCLE", "SURFACE", "SOLID", "NURBSCURVE", "CLOTHOID")
)  # fmt: skip
_FLAGS = {"": 0, "Z": 0x80000000, "M": 0x40000000, "ZM": 0xC0000000}
_FLAG_BY_WIDTH = {2: "", 3: "Z", 4: "ZM"}
_WIDTH = {"": 2, "Z": 3, "M": 3, "ZM": 4}


class _Token(NamedTuple):
    kind: str
    text: str
    position: int


class _Reading(NamedTuple):
    """One geometry being read: its type, and a list of its dimensions once they are known."""

    tokens: deque[_Token]
    name: str
    dimensions: list[str]


def read_wkt(text: str, start: int = 0) -> shapely.Geometry:
    """Read well-known text.

    Parameters
    ----------
    text
        The whole literal.
    start
        Where the well-known text begins in it; positions are counted from the start
        of the literal. Nothing but white space from there on is an empty geometry.

    Returns
    -------
    shapely.Geometry
        Without SRID, ordinates in the order of the text.

    Raises
    ------
    LiteralError
        With the character position (from 1) and what was expected there.
    """
    if not text[start:].strip():
        return shapely.GeometryCollection()
    tokens = _tokens(text, start)
    try:
        wkb = _tagged(tokens, 0)
        if tokens[0].kind != "end":
            _fail(tokens[0], "the end of the text")
    except LiteralError as error:
        raise LiteralError(error.what, where=error.where, value=text, hint=error.hint) from None
    try:
        return shapely.from_wkb(wkb)
    except shapely.errors.GEOSException as error:
        raise LiteralError(f"malformed well-known text: {error}", value=text) from error


def _tokens(text: str, start: int) -> deque[_Token]:
    """Cut the text into tokens; what is none becomes a last token of kind "bad"."""
    tokens: deque[_Token] = deque()
    position = _end_of_space(text, start)
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            found = _NO_TOKEN.match(text, position)
            tokens.append(_Token("bad", found[0] if found else "", position))
            break
        tokens.append(_Token(str(match.lastgroup), match[0], position))
        position = _end_of_space(text, match.end())
    tokens.append(_Token("end", "the end of the text", len(text)))
    return tokens


def _end_of_space(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position


def _fail(token: _Token, expected: str) -> NoReturn:
    found = token.text if token.kind == "end" else repr(token.text)
    raise LiteralError(
        f"malformed well-known text: expected {expected}, found {found}",
        where=f"character {token.position + 1}",
    )


def _tagged(tokens: deque[_Token], depth: int) -> bytes:
    """Read ``NAME [Z|M|ZM] body`` into WKB."""
    token = tokens.popleft()
    if token.kind != "word":
        _fail(token, "a geometry type")
    if depth > _MAX_DEPTH:
        raise LiteralError(
            f"collections nested more than {_MAX_DEPTH} deep",
            where=f"character {token.position + 1}",
        )
    name, dimensions = _name_of(token)
    if not dimensions and tokens[0].kind == "word" and tokens[0].text.upper() in _FLAGS:
        dimensions = tokens.popleft().text.upper()
    reading = _Reading(tokens, name, [dimensions] if dimensions else [])
    return _body(reading, depth)


def _name_of(token: _Token) -> tuple[str, str]:
    """Split a keyword into type and dimensions (``POINTZ`` is ``POINT Z``)."""
    word = token.text.upper()
    for name in (word, word.removesuffix("ZM"), word[:-1] if word[-1] in "ZM" else word):
        if name in _CURVES:
            raise LiteralError(
                f"{name} cannot be read: GEOS holds geometries of straight edges only",
                where=f"character {token.position + 1}",
                hint="Write the curve as a LINESTRING or POLYGON of short edges",
            )
        if name in _CODES:
            return name, word[len(name) :]
    _fail(token, "a geometry type")


def _body(reading: _Reading, depth: int) -> bytes:
    """Read what stands behind the type and give the geometry's WKB."""
    code = _CODES[reading.name]
    if code == _POINT:
        positions = _empty_or(reading, lambda: _positions(reading, 1))
        if positions:
            payload = _packed(positions)
        else:
            payload = _packed([(math.nan,) * _WIDTH[_dimensions(reading)]])
    elif code == _LINESTRING:
        payload = _sequence(_empty_or(reading, lambda: _line(reading)))
    elif code == _POLYGON:
        payload = _polygon(reading)
    else:
        members = _empty_or(reading, lambda: _list(reading, lambda: _member(reading, depth)))
        payload = struct.pack("<I", len(members)) + b"".join(members)
    return struct.pack("<BI", 1, code | _FLAGS[_dimensions(reading)]) + payload


def _dimensions(reading: _Reading) -> str:
    return reading.dimensions[0] if reading.dimensions else ""


def _member(reading: _Reading, depth: int) -> bytes:
    """Read one member of a multi-geometry or collection."""
    if reading.name == "GEOMETRYCOLLECTION":
        return _tagged(reading.tokens, depth + 1)
    if reading.name == "MULTIPOINT" and reading.tokens[0].kind == "number":
        position = _position(reading)  # MULTIPOINT (1 2, 3 4), the form without brackets
        return struct.pack("<BI", 1, _POINT | _FLAGS[_dimensions(reading)]) + _packed([position])
    return _body(reading._replace(name=_MEMBERS.get(reading.name, "POLYGON")), depth)


def _empty_or(reading: _Reading, read: Callable[[], list[Any]]) -> list[Any]:
    """Read ``EMPTY`` as an empty list, or a bracket by `read`."""
    token = reading.tokens[0]
    if token.kind == "word" and token.text.upper() == "EMPTY":
        reading.tokens.popleft()
        return []
    if token.text != "(":
        _fail(token, "'(' or EMPTY")
    return read()


def _list(reading: _Reading, read: Callable[[], Any]) -> list[Any]:
    """Read ``( item, item … )``."""
    reading.tokens.popleft()
    items = [read()]
    while (token := reading.tokens.popleft()).text == ",":
        items.append(read())
    if token.text != ")":
        _fail(token, "',' or ')'")
    return items


def _positions(reading: _Reading, most: int | None = None) -> list[tuple[float, ...]]:
    positions: list[tuple[float, ...]] = []

    def position() -> None:
        if most is not None and len(positions) == most:
            _fail(reading.tokens[0], "')'")
        positions.append(_position(reading))

    _list(reading, position)
    return positions


def _line(reading: _Reading) -> list[tuple[float, ...]]:
    opening = reading.tokens[0]
    positions = _positions(reading)
    if len(positions) == 1:
        _unbuildable(opening, "a line of one position")
    return positions


def _polygon(reading: _Reading) -> bytes:
    def ring() -> bytes:
        opening = reading.tokens[0]
        positions = _empty_or(reading, lambda: _positions(reading))
        if positions and positions[0][:2] != positions[-1][:2]:
            _unbuildable(opening, "a ring that is not closed (its last position is not its first)")
        if positions and len(positions) < 3:
            _unbuildable(opening, f"a ring of {len(positions)} positions")
        return _sequence(positions)

    rings = _empty_or(reading, lambda: _list(reading, ring))
    return struct.pack("<I", len(rings)) + b"".join(rings)


def _unbuildable(opening: _Token, what: str) -> NoReturn:
    raise LiteralError(
        f"malformed well-known text: {what}", where=f"character {opening.position + 1}"
    )


def _position(reading: _Reading) -> tuple[float, ...]:
    """Read the numbers of one position and check how many there are."""
    first = reading.tokens[0]
    numbers = []
    while reading.tokens[0].kind == "number":
        token = reading.tokens.popleft()
        numbers.append(float(token.text))
        if math.isinf(numbers[-1]):
            _fail(token, "a number that a double can hold")
        if len(numbers) > 4:
            _fail(token, "',' or ')'")
    if len(numbers) < 2:
        _fail(reading.tokens[0], "a number")
    if not reading.dimensions:
        reading.dimensions.append(_FLAG_BY_WIDTH[len(numbers)])
    width = _WIDTH[_dimensions(reading)]
    if len(numbers) < width:
        _fail(reading.tokens[0], f"{width} numbers for each position, a number")
    if len(numbers) > width:
        _unbuildable(first, f"a position of {len(numbers)} numbers where {width} are expected")
    return tuple(numbers)


def _packed(positions: list[tuple[float, ...]]) -> bytes:
    numbers = [number for position in positions for number in position]
    return struct.pack(f"<{len(numbers)}d", *numbers)


def _sequence(positions: list[tuple[float, ...]]) -> bytes:
    return struct.pack("<I", len(positions)) + _packed(positions)
