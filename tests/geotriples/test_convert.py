"""The face of the stage: outputs, reports, policies for bad rows, nothing half-written."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest
import shapely

from engine.duckdb import DuckDBEngine
from engine.protocol import Control, Engine, Limits, Progress
from geosparql.errors import CancelledError, MappingError, SourceError
from geosparql.triples import TRIPLES_SCHEMA
from geotriples.convert import convert, input_files, triples
from geotriples.options import ConvertOptions
from tests.geotriples.mappings import objects_of, pom, rows_of, source, write_mapping

CASES = Path(__file__).with_name("cases")
LINKS = f"""<#M> rml:baseIRI ex:; {source("rows.csv", "rml:CSV")};
  rml:subjectMap [ rml:template "http://e/{{id}}" ];
  {pom("ex:link", 'rml:reference "link"; rml:termType rml:IRI')};
  {pom("ex:name", 'rml:reference "id"')} ."""


def links(folder: Path, *values: str) -> Path:
    rows = "".join(f"{number},{value}\n" for number, value in enumerate(values))
    (folder / "rows.csv").write_text("id,link\n" + rows, encoding="utf-8")
    return write_mapping(folder, LINKS)


@pytest.mark.parametrize("name", ["folder", "folder.parquet"])
def test_parquet_folder(name: str, engine: Engine, tmp_path: Path) -> None:
    mapping = CASES / "geojson_features" / "mapping.ttl"
    report = convert(mapping, engine=engine, output=tmp_path / name)
    table = pq.read_table(tmp_path / name)
    assert table.schema.remove_metadata().equals(TRIPLES_SCHEMA)
    assert table.num_rows == report.triples == 7
    columns = [column for column in TRIPLES_SCHEMA.names if column != "geometry"]
    found = sorted(tuple(row.values()) for row in table.select(columns).to_pylist())
    made = triples(mapping, engine=engine).read_all()
    assert found == sorted(tuple(row.values()) for row in made.select(columns).to_pylist())
    geometries = [value for value in table["geometry"].to_pylist() if value is not None]
    assert {shapely.from_wkb(value) for value in geometries} == {shapely.Point(10.1, 60.25)}
    assert not [path for path in (tmp_path / name).rglob("*") if path.is_dir()]
    again = convert(mapping, engine=engine, output=tmp_path / name)
    assert again.triples == pq.read_table(tmp_path / name).num_rows


def test_report(engine: Engine, tmp_path: Path) -> None:
    mapping = CASES / "geojson_features" / "mapping.ttl"
    report = convert(mapping, engine=engine, output=tmp_path / "a.nt")
    assert report.rows == (2 if engine.name == "duckdb" else None)
    assert [(made.triples_map, made.triples) for made in report.maps] == [
        ("file:///mapping.ttl#F", 7)
    ]
    assert [(problem.what, problem.rows, problem.first_row) for problem in report.problems] == [
        ("The row has no geometry", 1, 1), ("The row has no geometry", 1, 1),
    ]  # fmt: skip
    assert "predicate asWKT" in report.problems[0].where


def test_triples_of_each_map(duckdb_engine: Engine, tmp_path: Path) -> None:
    mapping = CASES / "csv_join" / "mapping.ttl"
    report = convert(mapping, engine=duckdb_engine, output=tmp_path / "a.nt")
    assert {made.triples_map[-5:]: made.triples for made in report.maps} == {
        "arcel": 12,
        "#Crop": 0,
    }


@pytest.mark.parametrize("name", ["a.nt", "folder"])
def test_illegal_iri_stops(name: str, engine: Engine, tmp_path: Path) -> None:
    mapping = links(tmp_path, "fine", "not fine")
    with pytest.raises(
        SourceError,
        match=r"rows\.csv, row 2 \(mapping\.ttl, line \d+, triples map M, predicate link, "
        r"object map\): "
        "The value makes no legal IRI: 'not fine'. Percent-encode",
    ):
        convert(mapping, engine=engine, output=tmp_path / name)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mapping.ttl", "rows.csv"]


@pytest.mark.parametrize("name", ["a.nt", "folder"])
def test_illegal_iri_is_skipped_and_counted(name: str, engine: Engine, tmp_path: Path) -> None:
    mapping = links(tmp_path, "fine", "not fine", "a<b", "ok")
    report = convert(
        mapping, engine=engine, output=tmp_path / name, options=ConvertOptions(on_error="skip")
    )
    assert report.triples == 6
    assert [(problem.rows, problem.first_row) for problem in report.problems] == [(2, 1)]


def test_failed_run_keeps_the_old_file(duckdb_engine: Engine, tmp_path: Path) -> None:
    output = tmp_path / "a.nt"
    output.write_text("old")
    with pytest.raises(SourceError):
        convert(links(tmp_path, "not fine"), engine=duckdb_engine, output=output)
    assert output.read_text() == "old"


def test_named_graphs_need_a_format_that_has_them(duckdb_engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(MappingError, match=r"named graphs.*\.nq"):
        convert(CASES / "graphs" / "mapping.ttl", engine=duckdb_engine, output=tmp_path / "a.ttl")


def test_unknown_extension(duckdb_engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"a\.doc"):
        convert(links(tmp_path, "x"), engine=duckdb_engine, output=tmp_path / "a.doc")


def test_distinct(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("id,kind\n1,a\n2,a\n3,b\n")
    text = f"""<#A> {source("rows.csv", "rml:CSV")};
      rml:subjectMap [ rml:template "http://e/{{kind}}" ];
      {pom("ex:p", 'rml:reference "kind"')} .
      <#B> {source("rows.csv", "rml:CSV", 'rml:iterator "x"')};
      rml:subjectMap [ rml:template "http://e/{{kind}}" ]; {pom("ex:p", 'rml:reference "kind"')};
      {pom("ex:q", 'rml:reference "id"')} ."""
    mapping = write_mapping(tmp_path, text)
    every = convert(mapping, engine=engine, output=tmp_path / "all.nt")
    once = convert(
        mapping, engine=engine, output=tmp_path / "once.nt", options=ConvertOptions(distinct=True)
    )
    assert (every.triples, once.triples) == (9, 5)
    assert [made.triples for made in once.maps] == [2, 3]
    lines = (tmp_path / "once.nt").read_text().splitlines()
    assert sorted(lines) == sorted(set((tmp_path / "all.nt").read_text().splitlines()))


def test_default_output(
    duckdb_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    mapping = links(tmp_path, "x").rename(tmp_path / "roads.rml.ttl")
    assert convert(mapping, engine=duckdb_engine).output == Path("roads.nt")
    assert (tmp_path / "roads.nt").exists()


def test_input_files(tmp_path: Path) -> None:
    mapping = CASES / "csv_join" / "mapping.ttl"
    assert [path.name for path in input_files(mapping)] == [
        "mapping.ttl", "parcels.csv", "crops.json",
    ]  # fmt: skip
    for suffix in ("shp", "dbf", "prj"):
        (tmp_path / f"a.{suffix}").touch()
    (tmp_path / "ab.shp").touch()
    options = 'egr:classTable "c.csv"'
    text = f"<#M> {source('a.shp', 'egr:Vector', options)}; rml:subject ex:s ."
    found = [path.name for path in input_files(write_mapping(tmp_path, text))]
    assert found == ["mapping.ttl", "c.csv", "a.dbf", "a.prj", "a.shp"]


def test_cancelled(duckdb_engine: Engine, tmp_path: Path) -> None:
    control = Control()
    control.cancelled.set()
    with pytest.raises(CancelledError):
        convert(
            links(tmp_path, "x"), engine=duckdb_engine, output=tmp_path / "a.nt", control=control
        )
    assert not (tmp_path / "a.nt").exists()


def test_progress(duckdb_engine: Engine, tmp_path: Path) -> None:
    seen: list[Progress] = []
    control = Control(progress=seen.append)
    mapping = links(tmp_path, "x", "y")
    convert(mapping, engine=duckdb_engine, output=tmp_path / "a.nt", control=control)
    assert [step.done for step in seen if step.stage == "convert"][-1] == 2


def test_source_is_read_once_for_all_its_triples_maps(
    duckdb_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from geotriples.sources import tabular

    reads: list[object] = []
    inner = tabular._read

    def counted(part: object, **options: object) -> object:
        reads.append(part)
        return inner(part, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(tabular, "_read", counted)
    mapping = CASES / "csv_points" / "mapping.ttl"
    convert(mapping, engine=duckdb_engine, output=tmp_path / "a.nt")
    assert len(reads) == 1


FUNCTIONS = {
    "geof:transform": (
        """rml:input [ rml:parameter egr:p1; rml:inputValueMap [ rml:reference "geometry" ] ],
        [ rml:parameter egr:p2; rml:inputValue <http://www.opengis.net/def/crs/EPSG/0/3857> ]""",
        ["<http://www.opengis.net/def/crs/EPSG/0/3857> POINT (111319.49079327357 0)"],
    ),
    "geof:metricDistance": (
        """rml:input
        [ rml:parameter egr:geometry1; rml:inputValueMap [ rml:reference "geometry" ] ],
        [ rml:parameter egr:geometry2; rml:inputValue "POINT (1 0)"^^geo:wktLiteral ]""",
        ["0.0E0"],
    ),
    "geof:isEmpty": (
        """rml:input
        [ rml:parameter egr:geometry; rml:inputValueMap [ rml:reference "geometry" ] ]""",
        ["false"],
    ),
    "geof:asGeoJSON": (
        """rml:input [ rml:parameter egr:p1; rml:inputValueMap [
        rml:template "POINT ({x} 2.5)" ] ]""",
        ['{"type":"Point","coordinates":[7.5,2.5]}'],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("name", "call"), FUNCTIONS.items(), ids=FUNCTIONS)
def test_functions(name: str, call: tuple[str, list[str]], engine: Engine, tmp_path: Path) -> None:
    inputs, expected = call
    (tmp_path / "a.geojson").write_text(
        """{"type": "Feature", "properties": {"x": 7.5},
        "geometry": {"type": "Point", "coordinates": [1, 0]}}"""
    )
    text = f"""<#M> {source("a.geojson", "egr:Vector")}; rml:subject ex:s;
      {pom("ex:p", "rml:functionExecution <#F>")} . <#F> rml:function {name}; {inputs} ."""
    assert objects_of(write_mapping(tmp_path, text), engine, "p") == expected


def test_unknown_function(duckdb_engine: Engine, tmp_path: Path) -> None:
    links(tmp_path, "x")
    text = f"""<#M> {source("rows.csv", "rml:CSV")}; rml:subject ex:s;
      {pom("ex:p", "rml:functionExecution <#F>")} . <#F> rml:function """
    with pytest.raises(MappingError, match=r"The function is not known: 'http://example.com/f'"):
        rows_of(write_mapping(tmp_path, text + "ex:f ."), duckdb_engine)
    with pytest.raises(MappingError, match=r"An input of the function is missing.*geof:isEmpty\("):
        rows_of(write_mapping(tmp_path, text + "geof:isEmpty ."), duckdb_engine)


def test_geometry_in_an_iri(duckdb_engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "a.geojson").write_text('{"type": "Point", "coordinates": [1, 2]}')
    text = f"""<#M> {source("a.geojson", "egr:Vector")};
      rml:subjectMap [ rml:template "http://e/{{geometry}}" ]; {pom("ex:p", "rml:constant 1")} ."""
    with pytest.raises(MappingError, match="A geometry cannot stand in an IRI: 'geometry'"):
        rows_of(write_mapping(tmp_path, text), duckdb_engine)


def test_geometry_as_text_datatype(duckdb_engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "a.geojson").write_text('{"type": "Point", "coordinates": [1, 2]}')
    text = f"""<#M> {source("a.geojson", "egr:Vector")}; rml:subject ex:s;
      {pom("ex:p", 'rml:reference "geometry"; rml:datatype xsd:string')} ."""
    with pytest.raises(MappingError, match="must become a geometry literal"):
        rows_of(write_mapping(tmp_path, text), duckdb_engine)


def test_template_of_an_illegal_iri(duckdb_engine: Engine, tmp_path: Path) -> None:
    text = f"""<#M> {source("rows.csv", "rml:CSV")};
      rml:subjectMap [ rml:template "http://e/a b/{{id}}" ]; {pom("ex:p", "rml:constant 1")} ."""
    links(tmp_path, "x")
    with pytest.raises(MappingError, match="subject map: The template makes illegal IRIs"):
        rows_of(write_mapping(tmp_path, text), duckdb_engine)


def test_relative_template_without_base(duckdb_engine: Engine, tmp_path: Path) -> None:
    text = f"""<#M> {source("rows.csv", "rml:CSV")};
      rml:subjectMap [ rml:template "x/{{id}}" ]; {pom("ex:p", 'rml:reference "id"')} ."""
    links(tmp_path, "x")
    mapping = write_mapping(tmp_path, text)
    with pytest.raises(MappingError, match="no base IRI"):
        rows_of(mapping, duckdb_engine)
    assert rows_of(mapping, duckdb_engine, base_iri="http://b/")[0]["subject"] == "http://b/x/0"


def test_unknown_formulation(duckdb_engine: Engine, tmp_path: Path) -> None:
    links(tmp_path, "x")
    text = f"""<#M> {source("rows.csv", "ex:Cuneiform")}; rml:subject ex:s;
      {pom("ex:p", "rml:constant 1")} ."""
    with pytest.raises(MappingError, match=r"reference formulation is not known.*earthgraph"):
        rows_of(write_mapping(tmp_path, text), duckdb_engine)


def test_literal_of_a_constant_condition(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("id,flag\n1,true\n2,false\n")
    text = f"""<#M> {source("rows.csv", "rml:CSV")};
      rml:subjectMap [ rml:template "http://e/{{id}}" ];
      {pom("ex:p", 'rml:reference "id"; rml:condition [ rml:reference "flag" ]')} ."""
    assert objects_of(write_mapping(tmp_path, text), engine, "p") == ["1"]


def test_distinct_needs_no_more_memory_than_allowed(tmp_path: Path) -> None:
    """Different triples of some 180 MB, each of them twice, under a limit of 64 MB."""
    mapping, long, rows = links(tmp_path), "x" * 1500, 100_000
    with (tmp_path / "rows.csv").open("a") as stream:
        stream.writelines(f"{n % rows},{long}{n % rows}\n" for n in range(2 * rows))
    engine = DuckDBEngine(limits=Limits(memory_bytes=64_000_000, threads=2))
    report = convert(
        mapping, engine=engine, output=tmp_path / "a.nt", options=ConvertOptions(distinct=True)
    )
    engine.close()
    with (tmp_path / "a.nt").open("rb") as lines:
        different = {hash(line) for line in lines}
    assert len(different) == report.triples == 2 * rows
