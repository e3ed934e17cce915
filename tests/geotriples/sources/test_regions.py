"""Regions of equal class against a flood fill, however the raster is cut into strips."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from geotriples.sources.areas import placed_corners, placed_polygons
from geotriples.sources.ewkb import polygons_ewkb
from geotriples.sources.growing import all_regions
from geotriples.sources.regions import Strip, find_regions

IDENTITY = pytest.importorskip("rasterio").Affine.identity()

Raster = tuple[npt.NDArray[np.uint8], npt.NDArray[np.bool_]]
Pixels = frozenset[tuple[int, int]]
STEPS = {4: ((0, 1), (1, 0), (0, -1), (-1, 0))}
STEPS[8] = (*STEPS[4], (1, 1), (1, -1), (-1, 1), (-1, -1))


@st.composite
def rasters(draw: st.DrawFn) -> Raster:
    shape = draw(st.tuples(st.integers(1, 9), st.integers(1, 9)))
    classes = draw(hnp.arrays(np.uint8, shape, elements=st.integers(0, 2)))
    valid = draw(hnp.arrays(np.bool_, shape, elements=st.sampled_from([True, True, True, False])))
    return classes, valid


def flood_fill(
    raster: Raster, connectivity: int
) -> Iterator[tuple[int, frozenset[tuple[int, int]]]]:
    classes, valid = raster
    left = {(int(row), int(column)) for row, column in np.argwhere(valid)}
    while left:
        edge = [left.pop()]
        found = set(edge)
        while edge:
            row, column = edge.pop()
            for down, right in STEPS[connectivity]:
                beside = (row + down, column + right)
                if beside in left and classes[beside] == classes[row, column]:
                    left.remove(beside)
                    found.add(beside)
                    edge.append(beside)
        yield int(classes[next(iter(found))]), frozenset(found)


def regions(raster: Raster, connectivity: int, rows: int) -> list[tuple[int, shapely.Geometry]]:
    classes, valid = raster
    strips = [
        Strip(first, classes[first : first + rows], valid[first : first + rows])
        for first in range(0, len(classes), rows)
    ]
    return [
        (int(value), polygon)
        for found in find_regions(strips, connectivity)
        for value, polygon in zip(
            found.classes, found.gathered(placed_polygons(found.polygons, IDENTITY)), strict=True
        )
    ]


def pixels(polygon: shapely.Geometry, shape: tuple[int, ...]) -> Pixels:
    rows, columns = np.indices(shape)
    inside = shapely.contains_xy(polygon, columns + 0.5, rows + 0.5)
    return frozenset((int(row), int(column)) for row, column in np.argwhere(inside))


@pytest.mark.parametrize("connectivity", [4, 8])
@given(raster=rasters(), rows=st.integers(1, 9))
def test_regions_are_those_of_a_flood_fill(connectivity: int, raster: Raster, rows: int) -> None:
    found = regions(raster, connectivity, rows)
    shape = raster[0].shape
    assert Counter((value, pixels(polygon, shape)) for value, polygon in found) == Counter(
        flood_fill(raster, connectivity)
    )
    assert all(polygon.is_valid for _, polygon in found)
    assert all(polygon.area == len(pixels(polygon, shape)) for _, polygon in found)
    assert sum(polygon.area for _, polygon in found) == raster[1].sum()


@pytest.mark.parametrize("connectivity", [4, 8])
@given(raster=rasters(), rows=st.integers(1, 8))
def test_strips_leave_no_trace(connectivity: int, raster: Raster, rows: int) -> None:
    def written(strip_rows: int) -> list[tuple[int, str]]:
        found = regions(raster, connectivity, strip_rows)
        return sorted((value, polygon.wkb_hex) for value, polygon in found)

    assert written(rows) == written(len(raster[0]))


@given(raster=rasters(), srid=st.sampled_from([0, 3035]))
def test_ewkb_is_that_of_geos(raster: Raster, srid: int) -> None:
    for found in find_regions([Strip(0, *raster)]):
        polygons = found.polygons
        geometries = placed_polygons(polygons, IDENTITY)
        truth = shapely.to_wkb(shapely.set_srid(geometries, srid), include_srid=True)
        places = placed_corners(polygons, IDENTITY)
        written = polygons_ewkb(places, polygons.rings, polygons.polygons, srid)
        assert written.to_pylist() == truth.tolist()


@given(raster=rasters(), corners=st.integers(1, 40))
def test_portions_are_the_whole(raster: Raster, corners: int) -> None:
    for found in find_regions([Strip(0, *raster)]):
        portions = list(found.portions(corners))
        assert all(one.polygons.starts[-2] < corners for one in portions)
        together = all_regions(portions)
        assert (together.polygons.corners == found.polygons.corners).all()
        assert together.classes.tolist() == found.classes.tolist()
        assert (together.sums == found.sums).all()
