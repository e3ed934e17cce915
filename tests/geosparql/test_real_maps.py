"""Literals, transformation and boxes on real maps (Natural Earth, NUTS regions)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from geosparql.crs import bounds_crs84, transform
from geosparql.literals import geojson, wkt

DATA = Path(__file__).parents[2].parent / "shared" / "data"
MAPS = ("natural-earth/ne_50m_land.geojson", "natural-earth/ne_50m_lakes.geojson",
        "nuts/nuts_2024_60m_level3.geojson")  # fmt: skip


@pytest.fixture(params=MAPS)
def texts(request: pytest.FixtureRequest) -> list[str]:
    """Give the geometry objects of a GeoJSON file."""
    path = DATA / request.param
    if not path.exists():
        pytest.skip(f"{path.name} is not there: the maps beside the repository are needed")
    features = json.loads(path.read_text())["features"]
    return [json.dumps(feature["geometry"]) for feature in features if feature["geometry"]]


def test_literals_round_trip(texts: list[str]) -> None:
    read = geojson.parse_array(texts)
    assert not read.reasons
    for literals in (wkt, geojson):
        back: Any = literals.parse_array(literals.write_array(read.values).values)
        assert not back.reasons
        assert shapely.equals_exact(back.values, read.values, tolerance=0).all()
    in_latlon = shapely.set_srid(read.values, 4326)
    back = wkt.parse_array(wkt.write_array(in_latlon).values)
    assert shapely.equals_exact(back.values, read.values, tolerance=0).all()
    assert set(shapely.get_srid(back.values)) == {4326}


@pytest.mark.parametrize("srid", [3413, 3035])
def test_boxes_enclose_the_vertices(texts: list[str], srid: int) -> None:
    maps = geojson.parse_array(texts).values
    maps = maps[shapely.bounds(maps)[:, 1] > 20]  # far from where the projections give out
    moved = transform(maps, srid)
    assert not moved.reasons
    boxes, vertices = bounds_crs84(moved.values), shapely.bounds(maps)
    assert (boxes[:, :2] <= vertices[:, :2] + 1e-7).all()
    assert (boxes[:, 2:] >= vertices[:, 2:] - 1e-7).all()


def test_there_and_back(texts: list[str]) -> None:
    maps = geojson.parse_array(texts).values
    maps = maps[shapely.bounds(maps)[:, 1] > 20]
    back = transform(transform(maps, 3413).values, 0).values
    difference = shapely.get_coordinates(back) - shapely.get_coordinates(maps)
    np.testing.assert_allclose((difference + 180) % 360 - 180, 0, atol=1e-9)  # 180 is -180
