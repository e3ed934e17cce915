"""Real files: declared parcels of three countries in their national CRSs, and Natural Earth."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyogrio
import pytest
import shapely

from engine.protocol import Engine
from geosparql.crs import srid_of
from geosparql.literals.table import parse_literal
from geosparql.vocabulary import GEO_WKT_LITERAL
from geotriples.convert import triples
from tests.geotriples.mappings import pom, write_mapping

DATA = Path(__file__).parents[2].parent / "shared" / "data"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the data of ../shared are absent")

# file, key, attribute, EPSG code (None: CRS84)
SOURCES = [
    ("parcels/nl_2023.gpkg", "fid", "gewas", 28992),
    ("parcels/at_2025.gpkg.zip", "GEO_ID", "SNAR_BEZEICHNUNG", 31287),
    ("parcels/dk_2026.zip", "fid", "Marknr", 25832),
    ("natural-earth/ne_50m_lakes.geojson", "fid", "name", None),
]


@pytest.mark.parametrize(("name", "key", "attribute", "code"), SOURCES)
def test_converted_geometries_are_those_of_the_file(
    name: str, key: str, attribute: str, code: int | None, engine: Engine, tmp_path: Path
) -> None:
    path = DATA / name
    geometry_map = 'rml:reference "geometry"'
    mapping = write_mapping(
        tmp_path,
        f"""<#M> rml:logicalSource [ rml:source "{path}"; rml:referenceFormulation egr:Vector ];
        rml:subjectMap [ rml:template "http://e/{{{key}}}" ];
        {pom("ex:a", f'rml:reference "{attribute}"')}; {pom("geo:asWKT", geometry_map)} .""",
    )
    made = triples(mapping, engine=engine).read_all()
    assert_geometries(made, path, code)
    attributes = made.filter(pa.compute.equal(made["predicate"], "http://example.com/a"))
    table = pyogrio.read_arrow(path)[1]
    written = [value for value in table[attribute].to_pylist() if value is not None]
    assert sorted(attributes["object"].to_pylist()) == sorted(written)


def assert_geometries(made: pa.Table, path: Path, code: int | None) -> None:
    literals = made.filter(pa.compute.equal(made["datatype"], GEO_WKT_LITERAL))
    table = pyogrio.read_arrow(path)[1]
    column = next(name for name in ("geom", "wkb_geometry") if name in table.schema.names)
    truth = shapely.from_wkb(table[column].to_pylist())
    assert len(literals) == len(truth)
    assert len(set(made["subject"].to_pylist())) == len(truth)
    read = [parse_literal(text, GEO_WKT_LITERAL) for text in literals["object"].to_pylist()]
    carried = shapely.from_wkb(literals["geometry"].to_pylist())
    srid = 0 if code is None else srid_of(f"http://www.opengis.net/def/crs/EPSG/0/{code}")
    assert {int(shapely.get_srid(geometry)) for geometry in [*read, *carried]} == {srid}

    def forms(geometries: object) -> list[str]:
        return sorted(shapely.to_wkb(geometries, hex=True, include_srid=False))

    assert forms(carried) == forms(truth)
    assert forms(read) == forms(truth)
