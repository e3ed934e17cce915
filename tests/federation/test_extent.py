from __future__ import annotations

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from federation.extent import may_meet
from federation.members import Member

lon = st.floats(-180, 180)
lat = st.floats(-89, 89)


def member(*extent: float) -> Member:
    return Member("m", "http://m.example/sparql", extent=extent or None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("extent", "box", "meets"),
    [
        ((), (0, 0, 1, 1), True),
        ((0, 0, 10, 10), (5, 5, 6, 6), True),
        ((0, 0, 10, 10), (10, 10, 12, 12), True),
        ((0, 0, 10, 10), (11, 0, 12, 10), False),
        ((0, 0, 10, 10), (0, 11, 10, 12), False),
        ((170, -10, -170, 10), (-175, 0, -174, 1), True),
        ((170, -10, -170, 10), (0, 0, 1, 1), False),
        ((-180, 0, -170, 10), (175, 0, 180, 5), True),
        ((0, 80, 10, 90), (100, 85, 110, 90), True),
    ],
)
def test_extents_and_boxes(extent, box, meets) -> None:
    assert may_meet(member(*extent), box) is meets


@given(lon, lon, lat, lat, st.floats(0, 1), st.floats(0, 1))
def test_no_member_that_holds_a_match_is_lost(west, east, low, high, along, up) -> None:
    """A point of the extent, and any box around it, always meet it."""
    south, north = sorted((low, high))
    width = east - west if west <= east else east - west + 360
    x = (west + along * width + 180) % 360 - 180
    y = south + up * (north - south)
    box = shapely.Point(x, y).buffer(0.5).bounds
    assert may_meet(member(west, south, east, north), (x, y, x, y))
    assert may_meet(member(west, south, east, north), box)
