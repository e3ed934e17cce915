"""Bad input: each is told with what is wrong, where and what to do, and nothing half is left."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import shapely
from typer.testing import CliRunner

from earthgraph.cli import app
from engine.protocol import Engine
from geosparql.errors import EarthgraphError, SourceError
from geotriples.access import SourceAccess, restricted
from geotriples.check import check
from geotriples.convert import convert
from geotriples.mapping.rml import read_mapping
from tests.geotriples.mappings import objects_of, pom, source, write_mapping
from tests.geotriples.sources.test_vector import FIELDS, write_layer

VALUE = pom("ex:v", 'rml:reference "{}"')
GEOMETRY = VALUE.format("geometry")


def mapping_of(folder: Path, logical: str, *maps: str, key: str = "fid", more: str = "") -> Path:
    subject = f'rml:subjectMap [ rml:template "http://e/{{{key}}}" ]'
    return write_mapping(folder, f"<#M> {logical}; {'; '.join([subject, *maps])} .\n{more}")


def shapefile(folder: Path) -> Path:
    return write_layer(folder / "a.shp", np.array([shapely.box(n, 1, 9, 9) for n in range(3)]))


def truncated_shapefile(folder: Path) -> Path:
    path = shapefile(folder)
    path.write_bytes(path.read_bytes()[:-40])
    return mapping_of(folder, source("a.shp", "egr:Vector"), GEOMETRY)


def missing_projection(folder: Path) -> Path:
    shapefile(folder).with_suffix(".prj").unlink()
    return mapping_of(folder, source("a.shp", "egr:Vector"), GEOMETRY)


def bad_encoding(folder: Path) -> Path:
    (folder / "a.csv").write_bytes("id,v\n1,Zürich\n".encode("windows-1252"))
    return mapping_of(folder, source("a.csv", "rml:CSV"), VALUE.format("v"), key="id")


def unclosed_quote(folder: Path) -> Path:
    (folder / "a.csv").write_text('id,v\n1,"two\n2,three\n')
    return mapping_of(folder, source("a.csv", "rml:CSV"), VALUE.format("v"), key="id")


def ragged_rows(folder: Path) -> Path:
    (folder / "a.csv").write_text("id,v\n1,2\n1,2,3\n")
    return mapping_of(folder, source("a.csv", "rml:CSV"), VALUE.format("v"), key="id")


def json_of_another_shape(folder: Path) -> Path:
    (folder / "a.json").write_text(json.dumps([{"id": 1, "v": {"deep": 2}}]))
    logical = source("a.json", "rml:JSONPath", 'rml:iterator "$[*]"')
    return mapping_of(folder, logical, VALUE.format("$.v"), key="$.id")


def missing_column(folder: Path) -> Path:
    (folder / "a.csv").write_text("id,v\n1,2\n")
    return mapping_of(folder, source("a.csv", "rml:CSV"), VALUE.format("w"), key="id")


def illegal_template(folder: Path) -> Path:
    (folder / "a.csv").write_text("id,v\n1,not an iri\n")
    value = pom("ex:v", 'rml:reference "v"; rml:termType rml:IRI')
    return mapping_of(folder, source("a.csv", "rml:CSV"), value, key="id")


def entity_bomb(folder: Path) -> Path:
    nested = "".join(
        f'<!ENTITY e{n} "{"&e" + str(n - 1) + ";" * 1}{"&e" + str(n - 1) + ";"}">'
        for n in range(1, 40)
    )
    (folder / "a.xml").write_text(
        f'<!DOCTYPE r [<!ENTITY e0 "ha">{nested}]><r><x id="1">&e39;</x></r>'
    )
    logical = source("a.xml", "rml:XPath", 'rml:iterator "/r/x"')
    return mapping_of(folder, logical, VALUE.format("."), key="@id")


def outside_entity(folder: Path) -> Path:
    (folder / "secret.txt").write_text("secret")
    secret = (folder / "secret.txt").as_uri()
    (folder / "a.xml").write_text(
        f'<!DOCTYPE r [<!ENTITY e SYSTEM "{secret}">]><r><x id="1">&e;</x></r>'
    )
    logical = source("a.xml", "rml:XPath", 'rml:iterator "/r/x"')
    return mapping_of(folder, logical, VALUE.format("."), key="@id")


def zip_bomb(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "a.csv.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", b"id,v\n" + b"1,0000000000\n" * (12 << 20))
    return mapping_of(folder, source("a.csv.zip", "rml:CSV"), VALUE.format("v"), key="id")


def dead_database(folder: Path) -> Path:
    logical = (
        "rml:logicalSource [ rml:source [ <http://www.wiwiss.fu-berlin.de/suhl/bizer/D2RQ/0.1#"
        'jdbcDSN> "jdbc:postgresql://127.0.0.1:9/none" ]; '
        'rml:referenceFormulation rml:SQL2008Table; rml:iterator "a" ]'
    )
    return mapping_of(folder, logical, VALUE.format("v"), key="id")


def not_the_format(name: str, formulation: str) -> Callable[[Path], Path]:
    """Give bytes of no format under a name that promises one."""

    def make(folder: Path) -> Path:
        (folder / name).write_bytes(b"\x00\xff\xfe nothing of this kind \x80" * 50)
        return mapping_of(folder, source(name, formulation), VALUE.format("v"), key="id")

    make.__name__ = f"no_{name.partition('.')[2]}"
    return make


BAD: dict[Callable[[Path], Path], tuple[str, str]] = {
    truncated_shapefile: ("a.shp", "cut off"),
    missing_projection: ("a.shp", r"does not state its CRS.*\.prj.*egr:crs"),
    bad_encoding: ("a.csv", r"cannot be read.*utf-8.*rml:encoding"),
    unclosed_quote: ("a.csv", r"quote is never closed.*Close it"),
    ragged_rows: ("a.csv", r"cannot be read.*Expected 2 columns, got 3.*mend the row"),
    json_of_another_shape: ("a.json", r"gives an object.*\$\.v.*path go on"),
    missing_column: ("a.csv", r"no such column.*'w'.*It has: id, v"),
    illegal_template: ("a.csv", r"row 1 \(mapping.ttl, line \d+.*no legal IRI.*Percent-encode"),
    entity_bomb: ("a.xml", "declares entities, which is refused|cannot be read"),
    outside_entity: ("a.xml", "declares entities, which is refused"),
    zip_bomb: ("a.csv.zip", "holds more than a source may.*Limits"),
    dead_database: ("127.0.0.1:9", r"does not answer.*Check its URL"),
    not_the_format("a.xlsx", "egr:Excel"): ("a.xlsx", "cannot be read"),
    not_the_format("a.parquet", "egr:Parquet"): ("a.parquet", "cannot be read"),
    not_the_format("a.gpkg", "egr:Vector"): ("a.gpkg", "cannot be read"),
    not_the_format("a.tif", "egr:ClassRaster"): ("a.tif", "cannot be read"),
    not_the_format("a.json", "rml:JSONPath"): ("a.json", "cannot be read"),
    not_the_format("a.csv.gz", "rml:CSV"): ("a.csv.gz", "cannot be read"),
}


@pytest.mark.parametrize("make", BAD, ids=lambda make: make.__name__)
def test_is_told_and_leaves_nothing(
    make: Callable[[Path], Path], duckdb_engine: Engine, tmp_path: Path
) -> None:
    mapping = make(tmp_path)
    before = set(tmp_path.rglob("*"))
    output = tmp_path / "out.nt"
    place, message = BAD[make]
    with pytest.raises(EarthgraphError, match=message) as raised:
        convert(mapping, engine=duckdb_engine, output=output)
    assert place in str(raised.value)
    assert "secret" not in str(raised.value)
    assert set(tmp_path.rglob("*")) == before
    found = check(mapping, engine=duckdb_engine)
    if make is not zip_bomb:  # its first rows are sound, and only they are unpacked
        assert [one for one in found if one.severity == "error"]
        assert any(place in str(one) or place == "a.csv" for one in found)


@pytest.mark.parametrize("make", BAD, ids=lambda make: make.__name__)
def test_the_command_line_tells_and_ends(make: Callable[[Path], Path], tmp_path: Path) -> None:
    words = ["convert", str(make(tmp_path)), "-o", str(tmp_path / "out.nt")]
    ended = CliRunner().invoke(app, words)
    assert ended.exit_code == (75 if make is zip_bomb else 65)
    assert isinstance(ended.exception, SystemExit)
    assert BAD[make][0] in ended.output.replace("\n", "")
    assert not (tmp_path / "out.nt").exists()


def test_an_output_that_stood_stays(duckdb_engine: Engine, tmp_path: Path) -> None:
    mapping = unclosed_quote(tmp_path)
    output = tmp_path / "out.nt"
    output.write_text("<http://e/1> <http://e/p> <http://e/2> .\n")
    with pytest.raises(SourceError):
        convert(mapping, engine=duckdb_engine, output=output)
    assert output.read_text() == "<http://e/1> <http://e/p> <http://e/2> .\n"


def test_odd_geometries_are_kept(duckdb_engine: Engine, tmp_path: Path) -> None:
    bow = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    geometries = [shapely.Point(1, 2, 3), bow, None]
    write_layer(tmp_path / "a.gpkg", np.array(geometries, object), geometry_type="Unknown")
    mapping = mapping_of(tmp_path, source("a.gpkg", "egr:Vector"), GEOMETRY, VALUE.format("name"))
    texts = objects_of(mapping, duckdb_engine, "v")
    assert any("POINT Z" in text for text in texts)
    assert any("POLYGON" in text for text in texts)
    assert len(texts) == 2 + sum(name is not None for name in FIELDS["name"])
    report = convert(mapping, engine=duckdb_engine, output=tmp_path / "out.nt")
    assert [(one.what, one.rows) for one in report.problems] == [("The row has no geometry", 1)]


def test_joins_in_a_circle_are_no_trouble(duckdb_engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,v\n1,2\n2,1\n")
    join = "rml:joinCondition [ rml:child 'v'; rml:parent 'id' ]"
    logical = source("a.csv", "rml:CSV")
    other = (
        f"<#N> {logical}; rml:subjectMap [ rml:template 'http://e/n/{{id}}' ]; "
        f"{pom('ex:v', f'rml:parentTriplesMap <#M>; {join}')} ."
    )
    value = pom("ex:v", f"rml:parentTriplesMap <#N>; {join}")
    mapping = mapping_of(tmp_path, logical, value, key="id", more=other)
    assert objects_of(mapping, duckdb_engine, "v") == [
        "http://e/1", "http://e/2", "http://e/n/1", "http://e/n/2",
    ]  # fmt: skip


@pytest.mark.parametrize("path", ["../outside.csv", "link.csv"])
def test_a_server_keeps_mappings_in_its_folders(
    path: str, duckdb_engine: Engine, tmp_path: Path
) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "outside.csv").write_text("id,v\n1,2\n")
    (inside / "link.csv").symlink_to(tmp_path / "outside.csv")
    mapping = mapping_of(inside, source(path, "rml:CSV"), VALUE.format("v"), key="id")
    kept = restricted(read_mapping(mapping), SourceAccess(roots=(inside,)))
    message = "outside of the folders that mappings may read"
    assert any(message in one.what for one in check(kept, engine=duckdb_engine))
    with pytest.raises(SourceError, match=message):
        convert(kept, engine=duckdb_engine, output=tmp_path / "out.nt")
    assert not (tmp_path / "out.nt").exists()


@pytest.mark.parametrize("command", ["convert", "check"])
def test_switches_keep_a_mapping_of_another(command: str, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "out.csv").write_text("id,v\n1,2\n")
    given = mapping_of(
        tmp_path / "in", source("../out.csv", "rml:CSV"), VALUE.format("v"), key="id"
    )
    words = [command, str(given)] + ["-o", str(tmp_path / "a.nt")] * (command == "convert")
    for more in (["--allow-root", str(tmp_path / "in")], ["--allow-host", "example.org"]):
        ended = CliRunner().invoke(app, [*words, *more])
        assert ended.exit_code == 65
        assert "outside of the folders" in ended.output
    assert not (tmp_path / "a.nt").exists()
    for allowed in ([], ["--allow-root", str(tmp_path)]):
        assert CliRunner().invoke(app, [*words, *allowed]).exit_code == 0
    given = mapping_of(
        tmp_path, source("http://127.0.0.1:9/a.csv", "rml:CSV"), VALUE.format("v"), key="id"
    )
    words[1] = str(given)
    ended = CliRunner().invoke(app, [*words, "--allow-root", str(tmp_path)])
    assert "host is not among" in ended.output
    ended = CliRunner().invoke(app, [*words, "--allow-host", "127.0.0.1:9"])
    assert "does not answer" in ended.output
