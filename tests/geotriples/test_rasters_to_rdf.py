"""A class raster through a mapping: counts and areas in RDF, many files, both engines."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely

from engine.protocol import Engine
from geosparql.literals.table import parse_literal
from geosparql.vocabulary import GEO_WKT_LITERAL
from tests.geotriples.mappings import objects_of, pom, rows_of, source, write_mapping
from tests.geotriples.sources.test_raster import write_raster

MAPPING = f"""<#R> {source("product-*.tif", "egr:ClassRaster", 'egr:classTable "classes.csv"')};
  rml:subjectMap [ rml:template "http://e/{{_file}}/region/{{region}}"; rml:class geo:Feature ];
  {pom("ex:class", 'rml:template "http://e/class/{notation}"')};
  {pom("ex:pixels", 'rml:reference "pixel_count"')};
  {pom("ex:area_m2", 'rml:reference "area_m2"')};
  {pom("geo:asWKT", 'rml:reference "geometry"')} ."""


@pytest.fixture
def products(tmp_path: Path) -> Path:
    rng = np.random.default_rng(7)
    (tmp_path / "classes.csv").write_text("value,notation\n1,ice\n2,open water\n")
    for name in ("a", "b"):
        classes = rng.integers(0, 3, (20, 15)).astype(np.uint8)
        write_raster(tmp_path / f"product-{name}.tif", classes, "EPSG:3413")
        np.save(tmp_path / f"{name}.npy", classes)
    return write_mapping(tmp_path, MAPPING)


def test_regions_add_up(products: Path, engine: Engine) -> None:
    rows = rows_of(products, engine)
    truth = np.stack([np.load(products.with_name(f"{name}.npy")) for name in "ab"])
    pixels = [int(text) for text in objects_of(products, engine, "pixels")]
    areas = [float(text) for text in objects_of(products, engine, "area_m2")]
    assert sum(pixels) == np.count_nonzero(truth)
    assert sum(areas) == pytest.approx(100 * sum(pixels))
    by_class: dict[str, int] = {}
    described: dict[str, dict[str, str]] = {}
    for row in rows:
        described.setdefault(str(row["subject"]), {})[str(row["predicate"])] = str(row["object"])
    for properties in described.values():
        kind = properties["http://example.com/class"]
        by_class[kind] = by_class.get(kind, 0) + int(properties["http://example.com/pixels"])
    assert by_class == {
        "http://e/class/ice": int((truth == 1).sum()),
        "http://e/class/open%20water": int((truth == 2).sum()),
    }
    assert {subject.split("/")[3] for subject in described} == {"product-a", "product-b"}


def test_geometries_cover_the_pixels_with_data(products: Path, engine: Engine) -> None:
    texts = [
        str(row["object"])
        for row in rows_of(products, engine)
        if row.get("datatype") == GEO_WKT_LITERAL
    ]
    geometries = [parse_literal(text, GEO_WKT_LITERAL) for text in texts]
    assert {int(shapely.get_srid(geometry)) for geometry in geometries} == {3413}
    assert all(geometry.is_valid for geometry in geometries)
    classes = np.stack([np.load(products.with_name(f"{name}.npy")) for name in "ab"])
    assert shapely.union_all(geometries).area == 100 * np.any(classes > 0, axis=0).sum()
