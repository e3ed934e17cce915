"""Rasters summed up within features, against counting pixel centres by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.protocol import Engine
from geosparql.errors import MappingError, SourceError
from geotriples.access import SourceAccess, restricted
from geotriples.mapping.logical_source import FileSource, LogicalSource
from geotriples.mapping.rml import read_mapping
from geotriples.mapping.vocabulary import EGR, RASTER_ZONES, VECTOR
from geotriples.sources.table import open_source
from tests.geotriples.mappings import objects_of, pom, write_mapping
from tests.geotriples.sources.test_raster import write_raster

rasterio = pytest.importorskip("rasterio")

LEFT, TOP = 4_000_000, 3_000_000
ALL = ["zone.name", "class", "pixel_count", "share", "area_m2", "mean", "min", "max"]
CLASSES = np.random.default_rng(5).integers(0, 4, (9, 12)).astype(np.uint8)
VALUES = np.random.default_rng(6).normal(size=(9, 12)).astype(np.float32)


def write_zones(path: Path, *geometries: Any, crs: str = "EPSG:3035") -> Path:
    frame = geopandas.GeoDataFrame(
        {"name": [f"z{n}" for n in range(len(geometries))]},
        geometry=list(geometries),
        crs="EPSG:3035",
    )
    frame.to_crs(crs).to_file(path)
    return path


def zones(raster: Path, features: Path, *references: str, **options: str) -> list[tuple[Any, ...]]:
    logical = LogicalSource(
        FileSource(raster), RASTER_ZONES, "test",
        options=tuple((EGR + name, value) for name, value in options.items()),
        zones=LogicalSource(FileSource(features), VECTOR, "test"),
    )  # fmt: skip
    source = open_source(logical, references)
    batches = [batch for part in source.parts.parts for batch in source.parts.read(part)]
    names = [source.column(reference).name for reference in references]
    return [tuple(row[name] for name in names) for batch in batches for row in batch.to_pylist()]


def two_bands(path: Path) -> Path:
    write_raster(path, CLASSES.astype(np.float32))
    with rasterio.open(path) as dataset:
        profile = dataset.profile | {"count": 2, "nodata": None}
    with rasterio.open(path, "w", **profile) as dataset:
        dataset.write(np.stack([CLASSES.astype(np.float32), VALUES]))
    return path


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(
    x=st.floats(-30, 150),
    y=st.floats(-30, 120),
    radius=st.floats(1, 120),
    strip=st.integers(1, 200),
)
def test_sums_within_features(
    x: float, y: float, radius: float, strip: int, tmp_path: Path
) -> None:
    path = two_bands(tmp_path / "a.tif")
    circle = shapely.Point(LEFT + x, TOP - y).buffer(radius)
    features = write_zones(
        tmp_path / "zones.gpkg", circle, shapely.box(LEFT, TOP - 90, LEFT + 120, TOP)
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("geotriples.sources.raster_file.STRIP_PIXELS", strip)
        found = zones(path, features, *ALL, valueBand="2", nodata="0")
    rows, columns = np.indices(CLASSES.shape)
    inside = shapely.contains_xy(circle, LEFT + 10 * columns + 5, TOP - 10 * rows - 5)
    truth = []
    for name, mask in (("z0", inside), ("z1", np.ones_like(inside))):
        for value in (1, 2, 3):
            held = VALUES[mask & (value == CLASSES)].astype(float)
            if held.size:
                share = held.size / (mask & (CLASSES > 0)).sum()
                truth.append((name, value, held.size, share, 100 * held.size,
                              held.mean(), held.min(), held.max()))  # fmt: skip
    assert [row[0] for row in found] == [row[0] for row in truth]
    for row, expected in zip(found, truth, strict=True):
        assert [float(text) for text in row[1:]] == pytest.approx(expected[1:], abs=1e-6)


def test_by_zone_and_in_another_crs(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "a.tif", VALUES, nodata=None)
    box = shapely.box(LEFT + 10, TOP - 40, LEFT + 50, TOP - 20)
    features = write_zones(tmp_path / "zones.gpkg", box.buffer(1), None, crs="EPSG:4326")
    held = VALUES[2:4, 1:5].astype(float)
    (row,) = zones(path, features, "zone.name", "pixel_count", "mean", "min", "max", by="zone")
    assert row[:2] == ("z0", "8")
    assert [float(text) for text in row[2:]] == pytest.approx(
        [held.mean(), held.min(), held.max()], abs=1e-6
    )


def test_wrong_options(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "a.tif", CLASSES)
    features = write_zones(tmp_path / "zones.gpkg", shapely.box(LEFT, TOP - 90, LEFT + 9, TOP))
    with pytest.raises(MappingError, match="egr:by is not allowed here: 'year'"):
        zones(path, features, "class", by="year")
    with pytest.raises(SourceError, match=r"no such column: 'mean'\. It has: pixel_count"):
        zones(path, features, "mean")
    with pytest.raises(SourceError, match="no such column: 'height'"):
        zones(path, features, "zone.height")
    with pytest.raises(MappingError, match="zones are missing"):
        open_source(LogicalSource(FileSource(path), RASTER_ZONES, "test"), ["class"])


MAPPING = f"""<#Z> rml:logicalSource [ rml:source "a.tif"; rml:referenceFormulation egr:RasterZones;
    egr:zones [ rml:source "zones.gpkg"; rml:referenceFormulation egr:Vector ] ];
  rml:subjectMap [ rml:template "http://e/{{zone.name}}/{{class}}" ];
  {pom("ex:pixels", 'rml:reference "pixel_count"')} ."""


def test_in_a_mapping(tmp_path: Path, engine: Engine) -> None:
    write_raster(tmp_path / "a.tif", CLASSES)
    write_zones(tmp_path / "zones.gpkg", shapely.box(LEFT, TOP - 90, LEFT + 120, TOP))
    mapping = write_mapping(tmp_path, MAPPING)
    counts = np.unique_counts(CLASSES[CLASSES > 0]).counts
    assert objects_of(mapping, engine, "pixels") == sorted(map(str, counts.tolist()))
    kept = restricted(read_mapping(mapping), SourceAccess(roots=(tmp_path / "elsewhere",)))
    zones_of = kept.triples_maps[0].source.zones  # type: ignore[union-attr]
    with pytest.raises(SourceError, match="outside of the folders"):
        open_source(zones_of, ["geometry"])
