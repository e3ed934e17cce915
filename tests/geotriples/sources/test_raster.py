"""Class rasters: counts and areas add up to the truth, options, nodata, what is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from geosparql.errors import CRSError, MappingError, SourceError
from geotriples.mapping.vocabulary import CLASS_RASTER
from tests.geotriples.mappings import read_source

rasterio = pytest.importorskip("rasterio")

EQUAL_EARTH_M2 = 510_065_621_724_088.4  # the WGS 84 ellipsoid (EPSG:7030)


def write_raster(
    path: Path, classes: Any, crs: str | None = "EPSG:3035", nodata: int | None = 0, **more: Any
) -> Path:
    transform = more.pop("transform", rasterio.Affine(10, 0, 4_000_000, 0, -10, 3_000_000))
    height, width = np.asarray(classes).shape
    with rasterio.open(
        path, "w", driver="GTiff", height=height, width=width, count=1, crs=crs, nodata=nodata,
        dtype=np.asarray(classes).dtype, transform=transform, **more,
    ) as dataset:  # fmt: skip
        dataset.write(classes, 1)
    return path


def columns(path: Path, *references: str, **options: str) -> dict[str, list[Any]]:
    table = read_source(path, CLASS_RASTER, list(references), **options)
    return {name: table[name].to_pylist() for name in references}


SHAPES = st.tuples(st.integers(1, 12), st.integers(1, 12))
TOUCHING = np.array([[1, 1, 2], [0, 2, 2], [2, 0, 1]], np.uint8)


def test_touching_regions_and_nodata(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "a.tif", TOUCHING)
    found = columns(path, "class", "region", "pixel_count", "area_m2", "geometry")
    rows = sorted(
        zip(found["region"], found["class"], found["pixel_count"], found["area_m2"], strict=True)
    )
    assert rows == [
        ("0", "1", "2", "2.0E2"), ("2", "2", "3", "3.0E2"), ("6", "2", "1", "1.0E2"),
        ("8", "1", "1", "1.0E2"),
    ]  # fmt: skip
    found = columns(path, "region", "geometry")
    geometries = shapely.from_wkb(found["geometry"])
    assert set(shapely.get_srid(geometries)) == {3035}
    assert shapely.union_all(geometries).bounds == (4_000_000, 2_999_970, 4_000_030, 3_000_000)
    first = geometries[found["region"].index("0")]
    assert first.equals(shapely.box(4_000_000, 2_999_990, 4_000_020, 3_000_000))


def test_connectivity_and_smallest_region(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "a.tif", TOUCHING)
    corners = columns(path, "class", "pixel_count", connectivity="8")
    assert sorted(zip(corners["class"], corners["pixel_count"], strict=True)) == [
        ("1", "1"), ("1", "2"), ("2", "4"),
    ]  # fmt: skip
    assert sorted(columns(path, "pixel_count", minimumPixels="2")["pixel_count"]) == ["2", "3"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(
    classes=hnp.arrays(np.uint8, SHAPES, elements=st.integers(0, 3)),
    step=st.floats(0.001, 5),
    south=st.floats(-85, 20),
)  # fmt: skip
def test_areas_of_degree_pixels(classes: Any, step: float, south: float, tmp_path: Path) -> None:
    """Geodesic polygons with many points along the parallels are the oracle of each region."""
    north = south + step * len(classes)
    path = write_raster(
        tmp_path / "a.tif",
        classes,
        "OGC:CRS84",
        transform=rasterio.Affine(step, 0, 5, 0, -step, north),
    )
    found = columns(path, "pixel_count", "area_m2", "geometry")
    assert sum(map(int, found["pixel_count"])) == np.count_nonzero(classes)
    geod = pyproj.Geod(ellps="WGS84")
    for area, geometry in zip(found["area_m2"], found["geometry"], strict=True):
        dense = shapely.segmentize(shapely.from_wkb(geometry), step / 50)
        truth = abs(geod.geometry_area_perimeter(dense)[0])
        assert float(area) == pytest.approx(truth, rel=1e-4)


def test_area_of_the_whole_earth(tmp_path: Path) -> None:
    earth = np.repeat(np.array([[1, 2], [3, 4]], np.uint8), 90, axis=0)
    transform = rasterio.Affine(180, 0, -180, 0, -1, 90)
    path = write_raster(tmp_path / "a.tif", earth, "EPSG:4326", transform=transform)
    areas = [float(area) for area in columns(path, "area_m2")["area_m2"]]
    assert areas == pytest.approx([EQUAL_EARTH_M2 / 4] * 4, rel=1e-12)


def test_areas_in_feet(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "a.tif", np.ones((1, 1), np.uint8), "EPSG:2263")
    foot_m = 1200 / 3937
    assert float(columns(path, "area_m2")["area_m2"][0]) == pytest.approx(100 * foot_m**2)


def test_strips_of_a_large_raster_are_joined(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = np.arange(64)[:, None] // 3 + np.arange(50)[None, :] // 7
    classes = (rows % 3 + 1).astype(np.int16)
    path = write_raster(tmp_path / "a.tif", classes, blockysize=1, tiled=False)
    whole = columns(path, "region", "class", "pixel_count", "geometry")
    monkeypatch.setattr("geotriples.sources.raster_file.STRIP_PIXELS", 50 * 5)
    cut = columns(path, "region", "class", "pixel_count", "geometry")
    assert sorted(zip(*whole.values(), strict=True)) == sorted(zip(*cut.values(), strict=True))


def numbers(path: Path, *references: str, **options: str) -> list[tuple[float, ...]]:
    found = columns(path, *references, **options)
    return sorted(zip(*(map(float, texts) for texts in found.values()), strict=True))


def test_sieve_and_smallest_area(tmp_path: Path) -> None:
    classes = np.ones((6, 6), np.uint8)
    classes[2, 2], classes[4:, 4:] = 2, 3
    path = write_raster(tmp_path / "a.tif", classes)
    assert numbers(path, "class", "pixel_count") == [(1, 31), (2, 1), (3, 4)]
    assert numbers(path, "class", "pixel_count", sievePixels="2") == [(1, 32), (3, 4)]
    assert numbers(path, "class", "pixel_count", minimumArea="400") == [(1, 31), (3, 4)]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(
    classes=hnp.arrays(np.uint8, st.tuples(st.integers(3, 14), st.integers(3, 14)),
                       elements=st.integers(0, 3)),
    connectivity=st.sampled_from(["4", "8"]),
)  # fmt: skip
def test_simplified_regions_keep_their_shared_borders(
    classes: Any, connectivity: str, tmp_path: Path
) -> None:
    path = write_raster(tmp_path / "a.tif", classes)
    options = {"connectivity": connectivity, "simplify": "15"}
    found = columns(path, "region", "class", "pixel_count", "geometry", **options)
    exact = columns(path, "region", "class", "pixel_count", connectivity=connectivity)
    assert sorted(zip(*exact.values(), strict=True)) == sorted(
        zip(found["region"], found["class"], found["pixel_count"], strict=True)
    )
    geometries = shapely.from_wkb(found["geometry"])
    assert shapely.is_valid(geometries).all()
    assert shapely.coverage_is_valid(shapely.get_parts(geometries))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("geotriples.sources.raster_file.STRIP_PIXELS", 1)
        again = columns(path, "region", "class", "pixel_count", "geometry", **options)
    assert sorted(zip(*again.values(), strict=True)) == sorted(zip(*found.values(), strict=True))


def test_simplification_takes_corners_away(tmp_path: Path) -> None:
    rows, places = np.indices((30, 30))
    path = write_raster(tmp_path / "a.tif", (1 + (rows + places > 30)).astype(np.uint8))
    exact, simple = (
        shapely.from_wkb(columns(path, "geometry", **options)["geometry"])
        for options in ({}, {"simplify": "20"})
    )
    assert shapely.get_num_coordinates(simple).sum() < shapely.get_num_coordinates(exact).sum() / 4
    assert shapely.union_all(simple).area == pytest.approx(90_000, rel=0.01)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(
    classes=hnp.arrays(np.uint8, st.just((9, 7)), elements=st.integers(0, 2)),
    connectivity=st.sampled_from(["4", "8"]),
    strip=st.integers(1, 63),
)
def test_confidence_is_the_mean_over_the_region(
    classes: Any, connectivity: str, strip: int, tmp_path: Path
) -> None:
    percent = np.random.default_rng(classes.sum()).integers(0, 101, classes.shape).astype(np.uint8)
    profile = {"crs": "EPSG:3035", "nodata": 0, "dtype": np.uint8, "height": 9, "width": 7}
    transform = rasterio.Affine(10, 0, 4_000_000, 0, -10, 3_000_000)
    path = tmp_path / "a.tif"
    with rasterio.open(path, "w", driver="GTiff", count=2, transform=transform, **profile) as out:
        out.write(np.stack([classes, percent]))
        out.scales = (1, 0.01)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("geotriples.sources.raster_file.STRIP_PIXELS", strip)
        found = columns(
            path, "confidence", "geometry", confidenceBand="2", connectivity=connectivity
        )
    for text, geometry in zip(
        found["confidence"], shapely.from_wkb(found["geometry"]), strict=True
    ):
        inside = rasterio.features.geometry_mask([geometry], classes.shape, transform, invert=True)
        known = percent[inside & (percent > 0)]
        assert (text is None) == (known.size == 0)
        assert text is None or float(text) == pytest.approx(known.mean() / 100, rel=1e-12)


def test_values_without_class(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "a.tif", TOUCHING)
    assert set(columns(path, "class", nodata="1 7")["class"]) == {"2"}


def test_class_table(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "a.tif", TOUCHING)
    table = tmp_path / "classes.csv"
    table.write_text("value,label,iri\n1,Wheat,http://e/wheat\n", encoding="utf-8")
    found = columns(path, "class", "label", "iri", classTable=str(table))
    assert set(zip(*found.values(), strict=True)) == {
        ("1", "Wheat", "http://e/wheat"), ("2", None, None),
    }  # fmt: skip


def test_classes_as_floats(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "a.tif", TOUCHING.astype(np.float32))
    assert sorted(columns(path, "class")["class"]) == ["1", "1", "2", "2"]
    write_raster(path, TOUCHING + np.float32(0.5))
    with pytest.raises(SourceError, match="values that are no classes"):
        columns(path, "class")


def test_only_nodata(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "a.tif", np.zeros((3, 3), np.uint8))
    assert columns(path, "class", "geometry") == {"class": [], "geometry": []}


def test_no_crs(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "a.tif", TOUCHING, crs=None)
    with pytest.raises(CRSError, match="egr:crs"):
        columns(path, "class")
    crs = "http://www.opengis.net/def/crs/EPSG/0/3035"
    assert set(
        shapely.get_srid(shapely.from_wkb(columns(path, "geometry", crs=crs)["geometry"]))
    ) == {3035}


def test_no_place(tmp_path: Path) -> None:
    with pytest.warns(rasterio.errors.NotGeoreferencedWarning):
        write_raster(tmp_path / "a.tif", TOUCHING, transform=rasterio.Affine.identity())
    with pytest.raises(SourceError, match="no place on the ground"):
        columns(tmp_path / "a.tif", "class")


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"band": "2"}, MappingError, "egr:band is not allowed here: '2'. Give one of 1"),
        ({"connectivity": "6"}, MappingError, "egr:connectivity"),
        ({"confidenceBand": "2"}, MappingError, "egr:confidenceBand is not allowed here: '2'"),
        ({"confidenceBand": "sure"}, SourceError, "no variables: 'sure'"),
        ({"minimumArea": "much"}, MappingError, "egr:minimumArea"),
        ({"simplify": "-1"}, MappingError, "egr:simplify .* Give a number from 0"),
        ({"nodata": "none"}, MappingError, "egr:nodata"),
        ({"classTable": "/nowhere.csv"}, SourceError, "class table cannot be read"),
    ],
)
def test_wrong_options(
    options: dict[str, str], error: type[Exception], message: str, tmp_path: Path
) -> None:
    with pytest.raises(error, match=message):
        columns(write_raster(tmp_path / "a.tif", TOUCHING), "class", **options)


def test_wrong_reference(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no such column: 'klass'\. It has: class, region"):
        columns(write_raster(tmp_path / "a.tif", TOUCHING), "klass")


@pytest.mark.parametrize("left", [0.9, 0.1, 0])
@pytest.mark.parametrize("layout", [{}, {"tiled": True, "compress": "deflate"}])
def test_cut_off_files(left: float, layout: dict[str, Any], tmp_path: Path) -> None:
    classes = np.random.default_rng(1).integers(1, 5, (300, 300)).astype(np.uint8)
    path = write_raster(tmp_path / "a.tif", classes, **layout)
    content = path.read_bytes()
    path.write_bytes(content[: int(left * len(content))])
    with pytest.raises(SourceError, match=r"a\.tif: The raster cannot be read.*whole"):
        columns(path, "class")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=10)
@given(classes=hnp.arrays(np.uint8, SHAPES, elements=st.integers(0, 2)))
@pytest.mark.parametrize("crs", ["EPSG:3035", "OGC:CRS84"])
def test_turned_rasters(crs: str, classes: Any, tmp_path: Path) -> None:
    step = 10 if crs == "EPSG:3035" else 0.01
    along, across = step * 0.8, step * 0.6
    transform = rasterio.Affine(along, across, 20, across, -along, 50)
    path = write_raster(tmp_path / "a.tif", classes, crs, transform=transform)
    found = columns(path, "pixel_count", "area_m2", "geometry")
    geod = pyproj.Geod(ellps="WGS84")
    for count, area, ewkb in zip(*found.values(), strict=True):
        geometry = shapely.from_wkb(ewkb)
        assert geometry.area == pytest.approx(int(count) * step**2)
        truth = abs(geod.geometry_area_perimeter(geometry)[0]) if step < 1 else geometry.area
        assert float(area) == pytest.approx(truth)


def test_broken_file(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    path.write_bytes(b"II*\0 this is no raster")
    with pytest.raises(SourceError, match=r"a.tif: The raster cannot be read"):
        columns(path, "class")
