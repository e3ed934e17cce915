"""Cheap decisions about a pair, before anything is related.

The whole matrix of a line or point and a polygon often follows from where the
ends of the line lie. Nothing is approximate: locations are GEOS's own, and what
does not follow is left open.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely

from engine.join_codes import Codes, code_of
from engine.join_geometries import Floats, Integers, Objects
from engine.join_outlines import Booleans, Outlines, surrounded

OUTSIDE, ON_BOUNDARY, INSIDE = 0, 1, 2
DISJOINT = code_of("FFTFFTTTT")
"""Stands for every matrix of geometries that do not meet."""
MEETING = -1
"""Stands for every other matrix: which one is open."""
_NEAR = 1e-9
_POINT_INSIDE = code_of("0F2FF1FF2")
_LINE_INSIDE = code_of("102FF1FF2")
_IN_AND_OUT = code_of("102TF1102")  # one end inside, one outside
_THROUGH = code_of("1F2TF1102")  # both ends outside, something inside
_AGAINST = code_of("FF2TF1102")  # both ends outside, nothing inside


class Lot(NamedTuple):
    """Pairs of an area and a point or line: geometries as they may be used, and outlines."""

    areas: Objects
    others: Objects
    area_outlines: Outlines
    other_outlines: Outlines
    rows: Integers


def decidable(a: Outlines, b: Outlines, rows: Integers) -> Booleans:
    """Tell for which pairs of rows `a` is a sound area and `b` a point or an open line."""
    areas = a.is_area[rows[0]] & a.sound[rows[0]]
    result: Booleans = areas & (b.is_point[rows[1]] | b.is_line[rows[1]])
    return result


def decided(lot: Lot, *, exact: bool) -> Codes:
    """Give the code of (area, other) where it follows, else `DISJOINT` or `MEETING`.

    `exact`: only matrices whose dimensions are all known.
    """
    codes = np.full(lot.rows.shape[1], MEETING, dtype=np.int32)
    first, last = (_located(lot, place) for place in (0, -1))
    points = lot.other_outlines.is_point[lot.rows[1]]
    codes[points & (first == INSIDE)] = _POINT_INSIDE
    codes[points & (first == OUTSIDE)] = DISJOINT
    _decide_contained(codes, lot, ~points & (first == INSIDE) & (last == INSIDE))
    # A line that covers the whole boundary of the area leaves none of it outside.
    covering = ~points
    covering[covering] = surrounded(lot.area_outlines, lot.other_outlines, lot.rows[:, covering])
    lines = ~points & ~covering
    if not exact:
        codes[lines & (np.minimum(first, last) == OUTSIDE) & (first + last == INSIDE)] = _IN_AND_OUT
    outside = ~points & (first == OUTSIDE) & (last == OUTSIDE)
    _decide_outside(codes, lot, np.flatnonzero(outside), covering, exact=exact)
    return codes


def met(lot: Lot) -> Booleans:
    """Tell which pairs meet: a place of the line lies in the area, or `intersects` says so."""
    result = np.zeros(lot.rows.shape[1], dtype=bool)
    for place in (0, -1, 2, 1, 3):
        open_ = np.flatnonzero(~result)
        x, y = lot.other_outlines.places[lot.rows[1, open_], place].T
        result[open_] = shapely.intersects_xy(lot.areas[open_], x, y)
    open_ = np.flatnonzero(~result & lot.other_outlines.is_line[lot.rows[1]])
    result[open_] = shapely.intersects(lot.areas[open_], lot.others[open_])
    return result


def _located(lot: Lot, place: int) -> Integers:
    """Tell where a place of each line or point lies: outside, on the boundary, inside."""
    x, y = lot.other_outlines.places[lot.rows[1], place].T
    where: Integers = shapely.intersects_xy(lot.areas, x, y).astype(np.int64)
    rows = np.flatnonzero(where)
    where[rows] += shapely.contains_xy(lot.areas[rows], x[rows], y[rows])
    return where


def _decide_contained(codes: Codes, lot: Lot, wanted: Booleans) -> None:
    """Decide lines that do not leave the interior."""
    rows = np.flatnonzero(wanted)
    kept = shapely.contains_properly(lot.areas[rows], lot.others[rows])
    codes[rows[kept]] = _LINE_INSIDE


def _decide_outside(
    codes: Codes, lot: Lot, rows: Integers, covering: Booleans, *, exact: bool
) -> None:
    """Decide lines whose ends are both outside."""
    through = np.zeros(len(rows), dtype=bool)
    for place in (2, 1, 3):
        open_ = np.flatnonzero(~through)
        places = lot.other_outlines.places[lot.rows[1, rows[open_]], place]
        through[open_] = _well_inside(lot.areas[rows[open_]], places)
    open_ = rows[~through]
    meeting = shapely.intersects(lot.areas[open_], lot.others[open_])
    codes[open_[~meeting]] = DISJOINT
    if exact:
        return
    codes[rows[through & ~covering[rows]]] = _THROUGH
    open_ = open_[meeting & ~covering[open_]]
    inner = shapely.relate_pattern(lot.areas[open_], lot.others[open_], "T********")
    codes[open_] = np.where(inner, _THROUGH, _AGAINST)


def _well_inside(areas: Objects, places: Floats) -> Booleans:
    """Tell which places are inside by more than rounding, which `relate` has where lines cross."""
    inside: Booleans = shapely.contains_xy(areas, *places.T)
    offset = _NEAR * np.maximum(np.abs(places).max(axis=1), 1.0)
    for right, up in ((-1, -1), (-1, 1), (1, -1), (1, 1)):
        rows = np.flatnonzero(inside)
        x, y = places[rows].T
        aside = shapely.contains_xy(areas[rows], x + right * offset[rows], y + up * offset[rows])
        inside[rows] = aside
    return inside
