"""Invalid geometries kept, repaired or rejected and counted; transformation to another CRS."""

from __future__ import annotations

from pathlib import Path

import pytest
import shapely

from engine.protocol import Engine
from geosparql.errors import CRSError, MappingError
from geotriples.convert import convert
from geotriples.mapping.vocabulary import VECTOR
from tests.geotriples.mappings import pom, read_source, source, write_mapping
from tests.geotriples.sources.test_vector import write_parquet

BOWTIE = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
SQUARE = shapely.box(0, 0, 1, 1)
RD = "http://www.opengis.net/def/crs/EPSG/0/28992"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    geometries = [BOWTIE, None, SQUARE]
    return write_parquet(tmp_path / "a.parquet", geometries, {"encoding": "WKB"}, {"n": [1, 2, 3]})


@pytest.mark.parametrize("choice", [None, "keep", "repair", "reject"])
def test_invalid(choice: str | None, path: Path) -> None:
    options = {} if choice is None else {"invalid": choice}
    found = read_source(path, VECTOR, ["geometry", "n"], **options)
    first, second, third = shapely.from_wkb(found["geometry"].to_pylist())
    assert second is None
    assert third.equals(SQUARE)
    if choice == "reject":
        assert first is None
    else:
        assert first.is_valid == (choice == "repair")
    if choice is not None:
        matter = found["r0_matter"].to_pylist()
        assert matter[0].startswith(f"{choice}: Self-intersection")
        assert matter[1:] == [None, None]
    assert found["n"].to_pylist() == ["1", "2", "3"]


def test_transform(path: Path) -> None:
    near = shapely.Point(5.387, 52.155)
    far = shapely.Point(0, 89.99)
    write_parquet(path, [near, far, None], {"encoding": "WKB"}, {"n": [1, 2, 3]})
    found = read_source(path, VECTOR, ["geometry"], transformTo=RD)
    first, _, third = shapely.from_wkb(found["geometry"].to_pylist())
    assert shapely.get_srid(first) == 28992
    assert (first.x, first.y) == pytest.approx((155_000, 463_000), abs=100)
    assert third is None
    for row, matter in zip(
        found["geometry"].to_pylist(), found["r0_matter"].to_pylist(), strict=True
    ):
        assert (matter is None) or (row is None and matter.startswith("not transformed: "))


def test_wrong_choices(path: Path) -> None:
    with pytest.raises(MappingError, match=r"no such choice.*'mend'.*keep, repair, reject"):
        read_source(path, VECTOR, ["geometry"], invalid="mend")
    with pytest.raises(CRSError):
        read_source(path, VECTOR, ["geometry"], transformTo="http://example.com/none")
    assert read_source(path, VECTOR, ["n"], invalid="reject").schema.names == ["n", "row"]


def test_counted(path: Path, engine: Engine, tmp_path: Path) -> None:
    options = f'egr:invalid "reject"; egr:transformTo <{RD}>'
    mapping = write_mapping(
        tmp_path,
        f"""<#M> {source("a.parquet", "egr:Vector", options)};
        rml:subjectMap [ rml:template "http://example.com/{{n}}" ];
        {pom("geo:asWKT", 'rml:reference "geometry"')} .""",
    )
    report = convert(mapping, engine=engine, output=tmp_path / "out.nt")
    counted = {problem.what: (problem.rows, problem.first_value) for problem in report.problems}
    assert report.triples == 1
    assert counted["The row has no geometry"] == (2, None)
    rows, value = counted["Something is the matter with the geometry"]
    assert (rows, str(value)[:24]) == (1, "reject: Self-intersectio")
    assert "EPSG/0/28992> POLYGON" in (tmp_path / "out.nt").read_text()
