"""Vector files: every format gives the same features; CRS, layers, parts, broken files."""

from __future__ import annotations

import gzip
import shutil
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyproj
import pytest
import shapely

from geosparql.errors import CRSError, MappingError, SourceError
from geotriples.mapping.logical_source import FileSource, LogicalSource
from geotriples.mapping.vocabulary import CSV, VECTOR
from geotriples.sources.table import open_source
from tests.geotriples.mappings import read_source

pyogrio = pytest.importorskip("pyogrio")

GEOMETRIES = np.array([shapely.box(1, 2, 3, 4), None, shapely.box(5, 6, 7, 9)], object)
FIELDS = {"name": ["Ä", None, "c"], "number": [1, 2, 3], "ratio": [0.5, 1.5, 30.0]}
TEXTS = {"name": ["Ä", None, "c"], "number": ["1", "2", "3"], "ratio": ["5.0E-1", "1.5E0", "3.0E1"]}
SUFFIXES = (".gpkg", ".shp", ".geojson", ".fgb", ".parquet", ".shp.zip")


def write_layer(
    path: Path, geometries: Any = GEOMETRIES, crs: str | None = "EPSG:28992", **more: Any
) -> Path:
    fields = more.pop("fields", FIELDS)
    kind = more.pop("geometry_type", "Polygon")
    if path.suffix == ".parquet":
        return write_geoparquet(path, geometries, crs, fields)
    target = path.with_suffix("") if path.suffix == ".zip" else path
    values = [np.array(value, object if None in value else None) for value in fields.values()]
    pyogrio.raw.write(
        target, shapely.to_wkb(geometries), values, list(fields), geometry_type=kind, crs=crs,
        encoding="UTF-8", **more,
    )  # fmt: skip
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            for file in target.parent.glob(f"{target.stem}.*"):
                if file != path:
                    archive.write(file, file.name)
    return path


def write_geoparquet(path: Path, geometries: Any, crs: str | None, fields: dict[str, Any]) -> Path:
    column = {"encoding": "WKB", "geometry_types": []}
    column |= {} if crs is None else {"crs": pyproj.CRS(crs).to_json_dict()}
    return write_parquet(path, geometries, column, fields)


def write_parquet(path: Path, geometries: Any, column: Any, fields: dict[str, Any]) -> Path:
    import json

    geo = {"version": "1.1.0", "primary_column": "geom", "columns": {"geom": column}}
    table = pa.table({**fields, "geom": pa.array(shapely.to_wkb(geometries), pa.binary())})
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(geo)}), path, row_group_size=2)
    return path


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_format_gives_the_same(suffix: str, tmp_path: Path) -> None:
    crs = "OGC:CRS84" if suffix == ".geojson" else "EPSG:28992"
    geometries = GEOMETRIES
    if suffix == ".fgb":
        geometries = np.array([GEOMETRIES[0], shapely.box(0, 0, 1, 1), GEOMETRIES[2]], object)
    more = {"SPATIAL_INDEX": "NO"} if suffix == ".fgb" else {}
    path = write_layer(tmp_path / f"a{suffix}", geometries, crs, **more)
    found = read_source(path, VECTOR, ["ratio", "geometry", "name", "number"])
    assert {name: found[name].to_pylist() for name in TEXTS} == TEXTS
    assert found["row"].to_pylist() == [0, 1, 2]
    read = shapely.from_wkb(found["geometry"].to_pylist())
    assert [None if g is None else shapely.normalize(g) for g in read] == [
        None if g is None else shapely.normalize(g) for g in geometries
    ]
    srid = 0 if suffix == ".geojson" else 28992
    assert {shapely.get_srid(g) for g in read if g is not None} == {srid}


def test_name_of_the_geometry_column_and_feature_number(tmp_path: Path) -> None:
    path = write_layer(tmp_path / "a.gpkg", layer_options={"GEOMETRY_NAME": "shape"})
    found = read_source(path, VECTOR, ["shape", "fid"])
    assert found["fid"].to_pylist() == ["1", "2", "3"]
    assert shapely.from_wkb(found["shape"][0].as_py()).equals(GEOMETRIES[0])


def test_only_what_is_asked_for(tmp_path: Path) -> None:
    path = write_layer(tmp_path / "a.gpkg")
    assert read_source(path, VECTOR, []).schema.names == ["row"]
    assert read_source(path, VECTOR, []).num_rows == 3


@pytest.mark.parametrize("suffix", [".gpkg", ".shp", ".fgb"])
def test_parts_are_the_whole(suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    number = list(range(23))
    geometries = shapely.box(number, 0, np.array(number) + 1, 1)
    path = write_layer(tmp_path / f"a{suffix}", geometries, fields={"number": number})
    whole = read_source(path, VECTOR, ["number", "geometry"])  # FlatGeobuf has an order of its own
    monkeypatch.setattr("geotriples.sources.vector_parts.PART_ROWS", 5)
    found = read_source(path, VECTOR, ["number", "geometry"])
    assert sorted(map(int, found["number"].to_pylist())) == number
    assert found["row"].to_pylist() == number
    assert found.equals(whole)


def test_parts_of_a_geopackage_with_gaps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_layer(
        tmp_path / "a.gpkg",
        [shapely.Point(n, n) for n in range(23)],
        fields={},
        geometry_type="Point",
    )
    with closing(sqlite3.connect(path)) as connection:
        # GDAL's triggers call functions that are its own
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("DELETE FROM a WHERE fid IN (1, 8, 12)")
        connection.execute("UPDATE gpkg_ogr_contents SET feature_count = 20")
        connection.commit()
    monkeypatch.setattr("geotriples.sources.vector_parts.PART_ROWS", 5)
    found = read_source(path, VECTOR, ["fid"])
    assert found["fid"].to_pylist() == [str(n) for n in range(1, 24) if n not in (1, 8, 12)]
    assert found["row"].to_pylist() == list(range(20))


def test_layers(tmp_path: Path) -> None:
    path = write_layer(tmp_path / "a.gpkg", layer="one")
    write_layer(path, layer="two", append=True)
    assert read_source(path, VECTOR, ["name"], "two").num_rows == 3
    with pytest.raises(SourceError, match=r"several layers: 'one, two'.*rml:iterator"):
        read_source(path, VECTOR, ["name"])
    with pytest.raises(SourceError, match="Layers: one, two"):
        read_source(path, VECTOR, ["name"], "three")


def test_filter(tmp_path: Path) -> None:
    path = write_layer(tmp_path / "a.gpkg")
    assert read_source(path, VECTOR, ["name"], where="number > 1")["name"].to_pylist() == [
        None,
        "c",
    ]


def test_missing_projection(tmp_path: Path) -> None:
    path = write_layer(tmp_path / "a.shp")
    path.with_suffix(".prj").unlink()
    assert read_source(path, VECTOR, ["name"]).num_rows == 3
    with pytest.raises(CRSError, match=r"a\.shp: The file does not state its CRS.*egr:crs"):
        read_source(path, VECTOR, ["geometry"])
    found = read_source(
        path, VECTOR, ["geometry"], crs="http://www.opengis.net/def/crs/EPSG/0/28992"
    )
    assert shapely.get_srid(shapely.from_wkb(found["geometry"][0].as_py())) == 28992


def test_crs_of_geoparquet(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    write_geoparquet(path, GEOMETRIES, None, FIELDS)
    read = read_source(path, VECTOR, ["geometry"])["geometry"][0].as_py()
    assert shapely.get_srid(shapely.from_wkb(read)) == 0
    write_parquet(path, GEOMETRIES, {"encoding": "WKB", "crs": None}, FIELDS)
    with pytest.raises(CRSError, match="its CRS is not known"):
        read_source(path, VECTOR, ["geometry"])
    write_parquet(path, GEOMETRIES, {"encoding": "point"}, FIELDS)
    with pytest.raises(SourceError, match="encoding is not read: 'point'"):
        read_source(path, VECTOR, ["geometry"])


@pytest.mark.parametrize("srid", [0, 28992])
def test_z_is_kept(srid: int, tmp_path: Path) -> None:
    box = shapely.force_3d(shapely.box(0, 0, 1, 1), 7)
    crs = "OGC:CRS84" if srid == 0 else "EPSG:28992"
    path = write_layer(
        tmp_path / "a.gpkg", np.array([box]), crs, fields={"name": ["a"]}, geometry_type="Polygon Z"
    )
    found = shapely.from_wkb(read_source(path, VECTOR, ["geometry"])["geometry"][0].as_py())
    assert found.has_z
    assert shapely.get_srid(found) == srid
    assert shapely.get_coordinates(found, include_z=True)[0, 2] == 7


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_missing_attribute(suffix: str, tmp_path: Path) -> None:
    crs = "OGC:CRS84" if suffix == ".geojson" else "EPSG:28992"
    path = write_layer(
        tmp_path / f"a{suffix}", GEOMETRIES[[0, 2]], crs, fields={"name": ["a", "b"]}
    )
    with pytest.raises(SourceError, match=r"no such column: 'nam'.*It has: name"):
        read_source(path, VECTOR, ["nam"])


@pytest.mark.parametrize("suffix", [".gpkg", ".shp", ".geojson", ".parquet", ".shp.zip"])
def test_truncated_file(suffix: str, tmp_path: Path) -> None:
    crs = "OGC:CRS84" if suffix == ".geojson" else "EPSG:28992"
    path = write_layer(tmp_path / f"a{suffix}", crs=crs)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 3])
    with pytest.raises(SourceError, match=f"a{suffix}"):
        read_source(path, VECTOR, ["name", "geometry"])


def test_shapefile_without_its_index(tmp_path: Path) -> None:
    path = write_layer(tmp_path / "a.shp")
    path.with_suffix(".shx").unlink()
    with pytest.raises(SourceError, match=r"a\.shp"):
        read_source(path, VECTOR, ["name", "geometry"])


def test_not_a_vector_file(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    path.write_text("nothing")
    with pytest.raises(SourceError, match=r"a\.gpkg: The vector file cannot be read"):
        read_source(path, VECTOR, ["name"])


def test_many_files(tmp_path: Path) -> None:
    for name in ("b", "a"):
        write_layer(tmp_path / f"{name}.v1.gpkg", fields={"name": [name, name, name]})
    found = read_source(tmp_path / "*.gpkg", VECTOR, ["_file", "name"])
    assert found["_file"].to_pylist() == ["a"] * 3 + ["b"] * 3
    assert found["_file"] == found["name"]
    assert len(set(found["row"].to_pylist())) == 6
    shutil.copy(tmp_path / "a.v1.gpkg", tmp_path / "c.gpkg")
    (tmp_path / "c.gpkg").unlink()
    write_layer(tmp_path / "c.gpkg", fields={"name": [1, 2, 3]})
    with pytest.raises(SourceError, match=r"c\.gpkg: Files of one source"):
        read_source(tmp_path / "*.gpkg", VECTOR, ["name"])
    with pytest.raises(SourceError, match="No file fits the path"):
        read_source(tmp_path / "*.shp", VECTOR, ["name"])


FORMATS: dict[str, tuple[str, str]] = {
    ".kml": ("LIBKML", "OGC:CRS84"),
    ".gml": ("GML", "EPSG:28992"),
    ".gdb": ("OpenFileGDB", "EPSG:28992"),
    ".geojsonl": ("GeoJSONSeq", "OGC:CRS84"),
}


@pytest.mark.filterwarnings("ignore:Field number of type Integer64:RuntimeWarning")
@pytest.mark.parametrize("suffix", FORMATS)
def test_other_formats(suffix: str, tmp_path: Path) -> None:
    driver, crs = FORMATS[suffix]
    boxes = shapely.multipolygons([[shapely.box(1, 2, 3, 4)], [shapely.box(5, 6, 7, 9)]])
    path = write_layer(
        tmp_path / f"a{suffix}", boxes, crs, fields={"number": [1, 3], "label": ["Ä", "c"]},
        geometry_type="MultiPolygon", driver=driver,
    )  # fmt: skip
    found = read_source(path, VECTOR, ["number", "geometry", "label"])
    assert [float(number) for number in found["number"].to_pylist()] == [1, 3]
    assert found["label"].to_pylist() == ["Ä", "c"]
    read = shapely.from_wkb(found["geometry"].to_pylist())
    differences = shapely.area(shapely.symmetric_difference(read, boxes))
    assert differences.max() < 1e-6
    assert shapely.get_srid(read[0]) == (0 if crs == "OGC:CRS84" else 28992)


FIXTURES = Path(pyogrio.__file__).parent / "tests" / "fixtures"
needs_fixtures = pytest.mark.skipif(not FIXTURES.is_dir(), reason="pyogrio's fixtures are absent")


@needs_fixtures
def test_osm() -> None:
    found = read_source(FIXTURES / "sample.osm.pbf", VECTOR, ["osm_id", "geometry"], "points")
    assert found.num_rows == 8
    first = shapely.from_wkb(found["geometry"][0].as_py())
    assert (first.geom_type, shapely.get_srid(first)) == ("Point", 0)
    with pytest.raises(SourceError, match="several layers: 'points, lines"):
        read_source(FIXTURES / "sample.osm.pbf", VECTOR, ["osm_id"])


@needs_fixtures
@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("curve", "LineString"),
        ("curvepolygon", "Polygon"),
        ("multisurface", "MultiPolygon"),
        ("line_zm", "LineString"),
    ],
)
def test_curves_and_measures(name: str, kind: str) -> None:
    found = read_source(FIXTURES / f"{name}.gpkg", VECTOR, ["geometry"])
    read = shapely.from_wkb(found["geometry"][0].as_py())
    assert read.geom_type == kind
    assert shapely.get_srid(read) == 4326
    assert read.is_valid
    assert read.has_m == (name == "line_zm")


def test_mixed_types(tmp_path: Path) -> None:
    mixed = np.array([shapely.Point(1, 2), shapely.LineString([(0, 0), (1, 1)]), None], object)
    path = write_layer(tmp_path / "a.gpkg", mixed, geometry_type="Unknown")
    read = shapely.from_wkb(read_source(path, VECTOR, ["geometry"])["geometry"].to_pylist())
    assert [geometry and geometry.geom_type for geometry in read] == ["Point", "LineString", None]


@pytest.mark.parametrize("suffix", [".gpkg", ".shp", ".geojson", ".parquet"])
def test_box(suffix: str, tmp_path: Path) -> None:
    crs = "OGC:CRS84" if suffix == ".geojson" else "EPSG:28992"
    path = write_layer(tmp_path / f"a{suffix}", crs=crs)
    assert read_source(path, VECTOR, ["number"], box="6 8 20 20")["number"].to_pylist() == ["3"]
    assert read_source(path, VECTOR, ["number"], box="8,8,9,9").num_rows == 0


def test_box_of_what_has_none(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a\n1\n")
    with pytest.raises(MappingError, match="has no boxes"):
        read_source(path, CSV, ["a"], box="0 0 1 1")
    pq.write_table(pa.table({"a": [1]}), tmp_path / "a.parquet")
    with pytest.raises(SourceError, match="without a geometry has no box"):
        read_source(tmp_path / "a.parquet", VECTOR, ["a"], box="0 0 1 1")


def test_packed_geojson(tmp_path: Path) -> None:
    path = write_layer(
        tmp_path / "a.geojson", GEOMETRIES[[0, 2]], "OGC:CRS84", fields={"n": [1, 2]}
    )
    packed = tmp_path / "b.geojson.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    for compression in ("gzip", "xz"):
        source = LogicalSource(FileSource(packed, compression=compression), VECTOR, "test")
        if compression == "xz":
            with pytest.raises(SourceError, match="cannot be read through this compression: 'xz'"):
                open_source(source, ["n"])
            continue
        parts = open_source(source, ["n"]).parts
        assert [b.column(0).to_pylist() for b in parts.read(parts.parts[0])] == [["1", "2"]]


@pytest.mark.parametrize("part", ["dbf", "shx", "DBF"])
def test_truncated_part_of_a_shapefile(part: str, tmp_path: Path) -> None:
    path = write_layer(tmp_path / "a.shp")
    cut = path.with_suffix("." + part)
    if part == "DBF":
        path.with_suffix(".dbf").rename(cut)
    cut.write_bytes(cut.read_bytes()[:-20])
    with pytest.raises(SourceError, match=rf"a\.{part}: The Shapefile is cut off"):
        read_source(path, VECTOR, ["name", "geometry"])


@pytest.mark.parametrize(
    "text",
    [
        "<OGRVRTDataSource><OGRVRTLayer name='a'><SrcDataSource>b.shp</SrcDataSource>"
        "</OGRVRTLayer></OGRVRTDataSource>",
        '{"type": "gdal_streamed_alg", "command_line": "gdal vector convert /b"}',
        "<OGRWFSDataSource><URL>http://localhost:9</URL></OGRWFSDataSource>",
    ],
)
def test_files_that_only_point_elsewhere(text: str, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(SourceError, match=r"a\.json: The file only describes other sources"):
        read_source(path, VECTOR, ["name"])
