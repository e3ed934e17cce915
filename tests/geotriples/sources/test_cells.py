"""Cells of class rasters: each pixel or block a row, against counting by hand."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from geosparql.errors import SourceError
from geotriples.mapping.vocabulary import RASTER_CELLS
from tests.geotriples.mappings import read_source
from tests.geotriples.sources.test_raster import TOUCHING, write_raster

pytest.importorskip("rasterio")

ALL = ["cell", "class", "pixel_count", "share", "area_m2", "geometry"]


def cells(path: Path, *references: str, **options: str) -> dict[str, list[Any]]:
    table = read_source(path, RASTER_CELLS, list(references), **options)
    return {name: table[name].to_pylist() for name in references}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(
    classes=hnp.arrays(
        np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.integers(0, 3)
    ),
    block=st.integers(1, 10),
    strip=st.integers(1, 100),
)
def test_cells_are_counted(classes: Any, block: int, strip: int, tmp_path: Path) -> None:
    path = write_raster(tmp_path / "a.tif", classes)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("geotriples.sources.raster_file.STRIP_PIXELS", strip)
        found = cells(path, *ALL, block=str(block))
    truth = []
    height, width = classes.shape
    for top in range(0, height, block):
        for left in range(0, width, block):
            inside = classes[top : top + block, left : left + block]
            counts = Counter(int(value) for value in inside.ravel() if value)
            if counts:
                value, count = min(counts.items(), key=lambda item: (-item[1], item[0]))
                x, y = 4_000_000 + 10 * left, 3_000_000 - 10 * top
                box = shapely.box(x, y - 10 * len(inside), x + 10 * inside.shape[1], y)
                truth.append((top * width + left, value, count, count / counts.total(),
                              inside.size * 100, box.bounds))  # fmt: skip
    geometries = shapely.from_wkb(found["geometry"])
    made = zip(
        *(map(float, found[name]) for name in ALL[:-1]),
        (geometry.bounds for geometry in geometries),
        strict=True,
    )
    assert list(made) == truth
    assert all(shapely.area(geometries) == [row[4] for row in truth])


def test_confidence_and_class_table(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "a.tif", TOUCHING)
    table = tmp_path / "classes.csv"
    table.write_text("value,label\n1,ice\n2,water\n")
    found = cells(
        path, "cell", "label", "confidence", block="2", confidenceBand="1", classTable=str(table)
    )
    assert list(zip(*found.values(), strict=True)) == [
        ("0", "ice", "1.0E0"), ("2", "water", "2.0E0"), ("6", "water", "2.0E0"),
        ("8", "ice", "1.0E0"),
    ]  # fmt: skip


def test_only_nodata(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "a.tif", np.zeros((3, 3), np.uint8))
    assert cells(path, "class", "geometry", block="2") == {"class": [], "geometry": []}


def test_wrong_reference(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no such column: 'region'\. It has: class, cell"):
        cells(write_raster(tmp_path / "a.tif", TOUCHING), "region")
