from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
import shapely

from endpoint.catalogue.ingest import product_triples, read_geojson, read_table
from geosparql.errors import SourceError
from geosparql.triples import TRIPLES_SCHEMA
from tests.endpoint.catalogue.worlds import BASE, STAGE, products

FEATURE = {
    "type": "Feature",
    "geometry": {"type": "Polygon", "coordinates": [[[0, 0], [2, 0], [2, 1], [0, 0]]]},
    "properties": {
        "id": "scene-1",
        "datetime": "2017-03-06T11:00:00Z",
        "platform": "sentinel-1a",
        "classes": {STAGE + "83": 0.25, STAGE + "97": None},
        "assets": {"data": "https://example.org/scene-1.tif"},
    },
}


def write(folder: Path, *features: object) -> Path:
    path = folder / "products.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def test_geojson_and_a_table_give_the_same_products(tmp_path) -> None:
    path = write(tmp_path, FEATURE)
    (from_file,) = read_geojson(path, base_iri=BASE, collection="ice")
    footprint = shapely.set_srid(shapely.from_geojson(json.dumps(FEATURE["geometry"])), 0)
    row = FEATURE["properties"] | {
        "geometry": shapely.to_wkb(footprint, include_srid=True),
        "datetime": datetime(2017, 3, 6, 11, tzinfo=UTC),
        "classes": list(FEATURE["properties"]["classes"].items()),
        "assets": list(FEATURE["properties"]["assets"].items()),
    }
    schema = pa.schema(
        [
            ("id", pa.string()),
            ("geometry", pa.binary()),
            ("datetime", pa.timestamp("us", "UTC")),
            ("platform", pa.string()),
            ("classes", pa.map_(pa.string(), pa.float64())),
            ("assets", pa.map_(pa.string(), pa.string())),
        ]
    )
    table = pa.Table.from_pylist([row], schema=schema)
    (from_table,) = read_table(table, base_iri=BASE, collection="ice")
    assert from_table == from_file
    assert from_file.iri == f"{BASE}/product/scene-1"
    assert {d.concept: d.share for d in from_file.detections} == FEATURE["properties"]["classes"]


def test_triples_are_batches_of_the_schema_and_the_same_each_time() -> None:
    batches = list(product_triples(products(30), base_iri=BASE, graph="http://example.org/g"))
    assert all(batch.schema == TRIPLES_SCHEMA for batch in batches)
    assert (
        list(product_triples(products(30), base_iri=BASE, graph="http://example.org/g")) == batches
    )
    assert set(batches[0]["graph"].to_pylist()) == {"http://example.org/g"}
    assert list(product_triples([], base_iri=BASE)) == []


def without(name: str) -> dict:
    kept = {key: value for key, value in FEATURE["properties"].items() if key != name}
    return FEATURE | {"properties": kept}


@pytest.mark.parametrize(
    "feature",
    [
        without("id"),
        without("datetime"),
        FEATURE | {"geometry": {"type": "Blob"}},
        FEATURE | {"properties": FEATURE["properties"] | {"id": "a/b"}},
        FEATURE | {"properties": FEATURE["properties"] | {"datetime": "yesterday"}},
        FEATURE | {"properties": None},
        {},
    ],
)
def test_a_product_that_cannot_be_read_is_named(tmp_path, feature) -> None:
    path = write(tmp_path, FEATURE, feature)
    with pytest.raises(SourceError, match="feature 2"):
        list(read_geojson(path, base_iri=BASE, collection="ice"))


def test_a_file_that_is_no_feature_collection(tmp_path) -> None:
    (tmp_path / "x.geojson").write_text("[]")
    for path in (tmp_path / "x.geojson", tmp_path / "none.geojson"):
        with pytest.raises(SourceError, match=r"x\.geojson|none\.geojson"):
            list(read_geojson(path, base_iri=BASE, collection="ice"))
