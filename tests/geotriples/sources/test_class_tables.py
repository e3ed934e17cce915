"""Class tables: what the file itself says, a SKOS list, what is wrong with one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from geosparql.errors import SourceError
from geotriples.access import SourceAccess
from geotriples.mapping.logical_source import FileSource, LogicalSource
from geotriples.mapping.vocabulary import CLASS_RASTER, EGR
from geotriples.sources.table import open_source
from tests.geotriples.mappings import read_source
from tests.geotriples.sources.test_raster import TOUCHING, columns, write_raster

rasterio = pytest.importorskip("rasterio")
pytest.importorskip("rasterio.shutil")

ATTRIBUTES = """<PAMDataset><PAMRasterBand band="1">
<CategoryNames><Category/><Category>ice</Category><Category>water</Category></CategoryNames>
<GDALRasterAttributeTable tableType="thematic">
<FieldDefn index="0"><Name>Code</Name><Type>0</Type><Usage>5</Usage></FieldDefn>
<FieldDefn index="1"><Name>name</Name><Type>2</Type><Usage>2</Usage></FieldDefn>
<Row index="0"><F>1</F><F>Ice</F></Row></GDALRasterAttributeTable></PAMRasterBand></PAMDataset>"""

SKOS_LIST = """@prefix skos: <http://www.w3.org/2004/02/skos/core#> . @prefix e: <http://e/> .
e:ice skos:notation "1"; skos:prefLabel "Eis"@de, "Ice"@en .
e:water skos:notation "2"; skos:prefLabel "Water" .
e:list skos:prefLabel "A list" ."""


def test_names_colours_and_attributes_of_the_file(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "a.tif", TOUCHING)
    path.with_suffix(".tif.aux.xml").write_text(ATTRIBUTES)
    with rasterio.open(path, "r+") as dataset:
        dataset.write_colormap(1, {1: (255, 0, 16, 255), 2: (0, 0, 255, 255)})
    found = columns(path, "class", "label", "name", "colour")
    assert set(zip(*found.values(), strict=True)) == {
        ("1", "ice", "Ice", "#FF0010"), ("2", "water", None, "#0000FF"),
    }  # fmt: skip


def test_flags_of_a_netcdf_variable(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "a.tif", TOUCHING)
    with rasterio.open(path, "r+") as dataset:
        dataset.update_tags(1, flag_values="{1,2}", flag_meanings="fast_ice water")
    netcdf = tmp_path / "a.nc"
    rasterio.shutil.copy(str(path), str(netcdf), driver="netCDF")
    found = columns(netcdf, "class", "label", "pixel_count")
    assert sorted(zip(*found.values(), strict=True)) == [
        ("1", "fast_ice", "1"), ("1", "fast_ice", "2"), ("2", "water", "1"), ("2", "water", "3"),
    ]  # fmt: skip


def test_variables_of_netcdf(tmp_path: Path) -> None:
    profile = {"driver": "GTiff", "height": 3, "width": 3, "count": 2, "dtype": "uint8"}
    transform = rasterio.Affine(10, 0, 4_000_000, 0, -10, 3_000_000)
    with rasterio.open(
        tmp_path / "a.tif", "w", crs="EPSG:3035", transform=transform, nodata=0, **profile
    ) as dataset:
        dataset.write(np.stack([TOUCHING, np.full((3, 3), 50, np.uint8)]))
    path = tmp_path / "a.nc"
    rasterio.shutil.copy(str(tmp_path / "a.tif"), str(path), driver="netCDF")
    with pytest.raises(SourceError, match=r"several variables.*one of Band1, Band2"):
        read_source(path, CLASS_RASTER, ["class"])
    with pytest.raises(SourceError, match="no such variable: 'ice'"):
        read_source(path, CLASS_RASTER, ["class"], "ice")
    table = read_source(
        path, CLASS_RASTER, ["class", "confidence"], "Band1", confidenceBand="Band2"
    )
    assert set(table["confidence"].to_pylist()) == {"5.0E1"}
    assert sorted(table["class"].to_pylist()) == ["1", "1", "2", "2"]


def test_skos_code_list(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "a.tif", TOUCHING)
    table = tmp_path / "classes.ttl"
    table.write_text(SKOS_LIST)
    found = columns(path, "class", "label", "iri", "notation", classTable=str(table))
    assert set(zip(*found.values(), strict=True)) == {
        ("1", "Ice", "http://e/ice", "1"), ("2", "Water", "http://e/water", "2"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<http://e/a> <http://www.w3.org/2004/02/skos/core#notation> 'A1' .", "whole number"),
        ("<http://e/a> <http://www.w3.org/2004/02/skos/core#notation> '1' . "
         "<http://e/b> <http://www.w3.org/2004/02/skos/core#notation> '1' .", "same notation: '1'"),
    ],
)  # fmt: skip
def test_wrong_code_lists(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "classes.ttl").write_text(text)
    with pytest.raises(SourceError, match=message):
        columns(
            write_raster(tmp_path / "a.tif", TOUCHING), "class",
            classTable=str(tmp_path / "classes.ttl"),
        )  # fmt: skip


def test_a_table_outside_of_the_allowed_folders(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "in.tif", TOUCHING)
    (tmp_path / "allowed").mkdir()
    moved = path.rename(tmp_path / "allowed" / "in.tif")
    table = tmp_path / "classes.csv"
    table.write_text("value,label\n1,ice\n")
    access = SourceAccess(roots=(tmp_path / "allowed",))
    logical = LogicalSource(
        FileSource(moved, access=access), CLASS_RASTER, "test",
        options=((EGR + "classTable", str(table)),),
    )  # fmt: skip
    with pytest.raises(SourceError, match="outside of the folders"):
        open_source(logical, ["class"])


def test_a_raster_that_points_elsewhere_is_refused_where_access_is_restricted(
    tmp_path: Path,
) -> None:
    path = write_raster(tmp_path / "a.tif", TOUCHING)
    rasterio.shutil.copy(str(path), str(tmp_path / "a.vrt"), driver="VRT")
    assert columns(tmp_path / "a.vrt", "class") == columns(path, "class")
    file = FileSource(tmp_path / "a.vrt", access=SourceAccess(roots=(tmp_path,)))
    with pytest.raises(SourceError, match="points at other files: 'VRT'"):
        open_source(LogicalSource(file, CLASS_RASTER, "test"), ["class"])
