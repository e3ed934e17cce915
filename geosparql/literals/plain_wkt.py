"""The commonest well-known text to well-known binary, as columns of numbers.

Points, lines and polygons of one ring, with a few positions in plain decimals and no
CRS, are what most maps consist of. They need no geometry object: their numbers are
read as one column and put behind the header of their type. The result is byte for
byte what GEOS makes of them; every other text is left to `geosparql.literals.wkt`.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_POSITION = r"-?[0-9]+(?:\.[0-9]+)? -?[0-9]+(?:\.[0-9]+)?"
_PLAIN = (
    rf"^(?:POINT \({_POSITION}\)|LINESTRING \({_POSITION}(?:, {_POSITION})+\)"
    rf"|POLYGON \(\({_POSITION}(?:, {_POSITION})+\)\))$"
)
_LONGEST = 2000
"""Bytes of a text; there are so few different numbers of positions among shorter ones."""
_HEADERS = (struct.pack("<BI", 1, 1), struct.pack("<BI", 1, 2), struct.pack("<BII", 1, 3, 1))
"""Byte order, type and number of rings, by dimension."""
_BEFORE = np.array([len("POINT ("), len("LINESTRING ("), len("POLYGON ((")])
_BEHIND = np.array([1, 1, 2])
_LEAST_RING = 4
_POINT_SIZE = 16


@dataclass(frozen=True, slots=True)
class PlainShapes:
    """Geometries in longitude and latitude: (m,) rows of the column they were read from.

    Parameters
    ----------
    rows
        Ascending.
    wkb
        Well-known binary, little-endian, without SRID.
    boxes_lonlat
        (m, 4) min_x, min_y, max_x, max_y, within -180, -90, 180, 90.
    dimensions
        (m,) 0, 1 or 2.
    """

    rows: Any
    wkb: pa.BinaryArray
    boxes_lonlat: Any
    dimensions: Any


def read_plain(texts: pa.Array) -> PlainShapes:
    """Read the plain ones among n wktLiterals (Arrow strings without nulls)."""
    short = pc.less_equal(pc.binary_length(texts), _LONGEST)
    plain = pc.and_(short, pc.match_substring_regex(texts, _PLAIN))
    rows = np.flatnonzero(plain.to_numpy(zero_copy_only=False))
    chosen = texts.take(pa.array(rows)).cast(pa.large_string())
    first_letters = pc.binary_slice(chosen.cast(pa.large_binary()), 1, 2)
    dimensions = pc.index_in(first_letters, pa.array([b"O", b"I"], pa.large_binary()))
    is_polygon = pc.starts_with(chosen, "POLYGON").to_numpy(zero_copy_only=False)
    dimensions = np.where(is_polygon, 2, dimensions.to_numpy(zero_copy_only=False))
    dimensions = dimensions.astype(np.int64)
    points, counts = _points(chosen, dimensions)
    places, wkb, boxes = _grouped(points, counts, dimensions)
    order = np.argsort(places)
    places = places[order]
    return PlainShapes(
        rows[places], wkb.take(pa.array(order)), boxes[order], dimensions[places].astype(np.int8)
    )


def _points(texts: pa.LargeStringArray, dimensions: Any) -> tuple[Any, Any]:
    """Give the positions in plain texts, (k, 2), and how many each text has."""
    offsets, data = texts.buffers()[1:]
    if not len(texts):
        return np.empty((0, 2)), np.zeros(0, np.int64)
    ends = np.frombuffer(offsets, np.int64)[texts.offset :][: len(texts) + 1]
    values = np.frombuffer(data, np.uint8)
    # A space stands before the opening bracket, behind each comma, and between x and y.
    spaces = np.flatnonzero(values == ord(" "))
    behind_comma = values[spaces - 1] == ord(",")
    between = spaces[~behind_comma & (values[spaces + 1] != ord("("))]
    commas = spaces[behind_comma] - 1
    counts = np.diff(np.searchsorted(between, ends))
    last = np.cumsum(counts) - 1
    places = np.empty((len(between), 4), np.int64)
    inner = np.ones(len(between), bool)
    inner[last - counts + 1] = False
    places[inner, 0], places[~inner, 0] = commas + 2, ends[:-1] + _BEFORE[dimensions]
    places[:, 1], places[:, 2] = between, between + 1
    inner[:] = True
    inner[last] = False
    places[inner, 3], places[~inner, 3] = commas, ends[1:] - _BEHIND[dimensions]
    buffers = [None, pa.py_buffer(places), data]
    turns = pa.Array.from_buffers(pa.large_string(), places.size - 1, buffers)
    numbers = turns.take(pa.array(np.arange(0, len(turns), 2))).cast(pa.float64())
    return numbers.to_numpy().reshape(-1, 2), counts


def _grouped(points: Any, counts: Any, dimensions: Any) -> tuple[Any, pa.BinaryArray, Any]:
    """Give places, well-known binary and boxes of what is sound, those of a size together."""
    first = np.cumsum(counts) - counts
    places, parts, boxes = [], [pa.array([], pa.binary())], [np.empty((0, 4))]
    sizes = counts * len(_HEADERS) + dimensions
    for size in np.unique(sizes):
        rows = np.flatnonzero(sizes == size)
        count, dimension = divmod(int(size), len(_HEADERS))
        shapes = points[first[rows, None] + np.arange(count)]
        box = np.hstack([shapes.min(axis=1), shapes.max(axis=1)])
        sound = (np.abs(box) <= (180, 90, 180, 90)).all(axis=1)
        if dimension == len(_HEADERS) - 1:
            sound &= (shapes[:, 0] == shapes[:, -1]).all(axis=1) & (count >= _LEAST_RING)
        places.append(rows[sound])
        parts.append(_binary(shapes[sound], dimension))
        boxes.append(box[sound])
    return np.concatenate([*places, []]).astype(np.int64), pa.concat_arrays(parts), np.vstack(boxes)


def _binary(shapes: Any, dimension: int) -> pa.BinaryArray:
    """Give the well-known binary of (m, k, 2) positions: m geometries of k positions."""
    count = shapes.shape[1]
    header = _HEADERS[dimension] + (struct.pack("<I", count) if dimension else b"")
    size = len(header) + count * _POINT_SIZE
    written = np.empty((len(shapes), size), np.uint8)
    written[:, : len(header)] = np.frombuffer(header, np.uint8)
    written[:, len(header) :] = shapes.reshape(len(shapes), 2 * count).astype("<f8").view(np.uint8)
    whole = pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(size), len(written), [None, pa.py_buffer(written)]
    )
    return whole.cast(pa.binary())
