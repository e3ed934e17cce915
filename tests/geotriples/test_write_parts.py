"""Outputs that workers write in parts: the lines of a run in one go, and nothing half."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely

from engine.protocol import Engine, Relation
from engine.triple_files import is_parquet, triples_relation
from geosparql.errors import SourceError
from geosparql.rdf import open_rdf
from geotriples import write_parts as write_parts_module
from geotriples.compilation import CompiledSource
from geotriples.compile import compile_mapping
from geotriples.convert import convert
from geotriples.expand import MADE_SCHEMA
from geotriples.iris import ENGINE_FUNCTIONS
from geotriples.mapping.rml import read_mapping
from geotriples.options import ConvertOptions
from geotriples.part_files import PartWriter
from geotriples.report import Tally
from geotriples.write_parts import write_parts
from tests.geotriples.mappings import pom, source, write_mapping

ROWS = 40
NUMBERS = list(range(ROWS))
NAMES = [f'"{number}"\nÄ, ' if number % 3 else "" for number in NUMBERS]
POINTS = [shapely.Point(number, number / 8) for number in NUMBERS]
ALL_CUT = {
    "csv_parts.PART_BYTES": 100,
    "documents.PART_BYTES": 300,
    "sqlite.PART_ROWS": 9,
    "vector_parts.PART_ROWS": 9,
}


@pytest.fixture
def cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let sources be cut into small parts."""
    for name, value in ALL_CUT.items():
        monkeypatch.setattr(f"geotriples.sources.{name}", value)


def csv(folder: Path) -> str:
    pacsv.write_csv(pa.table({"n": NUMBERS, "name": NAMES}), folder / "a.csv")
    return source("a.csv", "rml:CSV")


def many(folder: Path) -> str:
    for number in range(3):
        pacsv.write_csv(pa.table({"n": [number, 9], "name": ["x", "y"]}), folder / f"m{number}.csv")
    return source("m*.csv", "rml:CSV")


def lines(folder: Path) -> str:
    rows = ({"n": number, "name": name} for number, name in zip(NUMBERS, NAMES, strict=True))
    (folder / "a.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return source("a.jsonl", "rml:JSONPath")


def layer(suffix: str) -> str:
    def write(folder: Path) -> str:
        pyogrio.raw.write(
            folder / f"a{suffix}", shapely.to_wkb(POINTS),
            [np.array(NUMBERS), np.array(NAMES, object)], ["n", "name"],
            geometry_type="Point", crs="EPSG:28992",
        )  # fmt: skip
        return source(f"a{suffix}", "egr:Vector")

    return write


def row_groups(folder: Path) -> str:
    geo = {"version": "1.1.0", "primary_column": "geometry",
           "columns": {"geometry": {"encoding": "WKB", "geometry_types": []}}}  # fmt: skip
    table = pa.table({"n": NUMBERS, "name": NAMES, "geometry": list(shapely.to_wkb(POINTS))})
    table = table.replace_schema_metadata({"geo": json.dumps(geo)})
    pq.write_table(table, folder / "a.parquet", row_group_size=9)
    return source("a.parquet", "egr:Vector")


KINDS = {
    "csv": csv, "many files": many, "JSON lines": lines, "GeoParquet": row_groups,
    "Shapefile": layer(".shp"), "GeoPackage": layer(".gpkg"), "FlatGeobuf": layer(".fgb"),
}  # fmt: skip
SPATIAL = ("GeoParquet", "Shapefile", "GeoPackage", "FlatGeobuf")


def mapping_of(kind: str, folder: Path) -> Path:
    """Write a source and a mapping of it."""
    logical, at = KINDS[kind](folder), "$." if kind == "JSON lines" else ""
    poms = [pom("ex:name", f'rml:reference "{at}name"'), pom("ex:n", f'rml:reference "{at}n"')]
    if kind in SPATIAL:
        poms.append(pom("geo:asWKT", 'rml:reference "geometry"'))
    subject = f'rml:subjectMap [ rml:template "http://e/{{{at}n}}"; rml:class ex:C ]'
    return write_mapping(folder, f"<#M> {logical}; {subject}; {'; '.join(poms)} .")


def by_workers(mapping: Path, engine: Engine, output: Path, tally: Tally | None = None) -> int:
    """Let workers write an output; on DuckDB there is one, this process."""
    engine.register(ENGINE_FUNCTIONS)
    sources = compile_mapping(read_mapping(mapping), engine)
    counts = write_parts(sources, engine, output, tally or Tally(stop=True), None)
    return sum(counts.values())


def lines_of(path: Path) -> list[str]:
    with open_rdf(path) as stream:
        return sorted(stream.read().decode().splitlines())


@pytest.mark.usefixtures("cut")
@pytest.mark.parametrize("kind", list(KINDS))
def test_lines_are_those_of_one_run(
    kind: str, engine: Engine, duckdb_engine: Engine, tmp_path: Path
) -> None:
    mapping = mapping_of(kind, tmp_path)
    report = convert(mapping, engine=duckdb_engine, output=tmp_path / "whole.nt")
    assert by_workers(mapping, engine, tmp_path / "parts.nt") == report.triples > 0
    assert lines_of(tmp_path / "parts.nt") == lines_of(tmp_path / "whole.nt")
    assert not list(tmp_path.glob(".*"))


@pytest.mark.usefixtures("cut")
@pytest.mark.parametrize("kind", list(KINDS))
def test_each_part_of_a_source_is_a_file(kind: str, duckdb_engine: Engine, tmp_path: Path) -> None:
    by_workers(mapping_of(kind, tmp_path), duckdb_engine, tmp_path / "folder")
    assert len(list((tmp_path / "folder").iterdir())) > 2


@pytest.mark.parametrize("name", ["a.nq", "a.nt.gz", "a.nt.bz2", "a.nt.xz", "a.nq.zst", "folder"])
@pytest.mark.usefixtures("cut")
def test_parts_come_together_in_every_packing(
    name: str, duckdb_engine: Engine, tmp_path: Path
) -> None:
    mapping = mapping_of("csv", tmp_path)
    convert(mapping, engine=duckdb_engine, output=tmp_path / "whole.nt")
    by_workers(mapping, duckdb_engine, tmp_path / name)
    whole, parts = (
        duckdb_engine.run(triples_relation(duckdb_engine, [tmp_path / one]).select()).read_all()
        for one in ("whole.nt", name)
    )
    columns = ["subject", "predicate", "object", "datatype"]
    order = [(column, "ascending") for column in columns]
    assert parts.select(columns).sort_by(order) == whole.select(columns).sort_by(order)


JOIN = f"""<#A> {source("a.csv", "rml:CSV")}; rml:subjectMap [ rml:template "http://e/{{n}}" ];
  {pom("ex:p", 'rml:parentTriplesMap <#B>; rml:joinCondition [ rml:child "n"; rml:parent "n" ]')};
  {pom("ex:q", 'rml:reference "name"')} .
  <#B> {source("m*.csv", "rml:CSV")}; rml:subjectMap [ rml:template "http://e/b{{name}}" ] ."""


@pytest.mark.usefixtures("cut")
@pytest.mark.parametrize("distinct", [False, True])
def test_joins_and_what_is_distinct(
    distinct: bool, engine: Engine, duckdb_engine: Engine, tmp_path: Path
) -> None:
    csv(tmp_path), many(tmp_path)
    mapping = write_mapping(tmp_path, JOIN)
    options = ConvertOptions(distinct=distinct)
    report = convert(mapping, engine=engine, output=tmp_path / "a.nt", options=options)
    convert(mapping, engine=duckdb_engine, output=tmp_path / "b.nt", options=options)
    assert lines_of(tmp_path / "a.nt") == lines_of(tmp_path / "b.nt")
    assert report.triples == len(lines_of(tmp_path / "b.nt"))


@pytest.mark.parametrize("name", ["a.nt", "folder"])
def test_nothing_made_is_an_empty_output(name: str, engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("n,name\n")
    logical, named = source("a.csv", "rml:CSV"), pom("ex:name", 'rml:reference "name"')
    mapping = write_mapping(tmp_path, f"<#M> {logical}; rml:subject ex:s; {named} .")
    assert by_workers(mapping, engine, tmp_path / name) == 0
    output = tmp_path / name
    assert (pq.read_table(output).num_rows if is_parquet(output) else output.stat().st_size) == 0


def held(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.usefixtures("cut")
@pytest.mark.parametrize("name", ["a.nt", "folder"])
def test_a_part_that_fails_leaves_what_stood_there(
    name: str, engine: Engine, tmp_path: Path
) -> None:
    mapping = mapping_of("csv", tmp_path)
    by_workers(mapping, engine, tmp_path / name)
    with (tmp_path / "a.csv").open("a") as stream:
        stream.write("too,many,cells\n")
    before = held(tmp_path)
    with pytest.raises(SourceError, match=r"a\.csv: The CSV file cannot be read"):
        by_workers(mapping, engine, tmp_path / name)
    assert held(tmp_path) == before


def test_files_that_are_not_here_are_told(
    duckdb_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told_of = write_parts_module._told

    def lost(*given: Any) -> Relation:
        told = duckdb_engine.materialize(told_of(*given).select())
        shutil.rmtree(given[-1].folder)
        return told

    monkeypatch.setattr(write_parts_module, "_told", lost)
    with pytest.raises(SourceError, match=r"A part that a worker wrote.*all workers share"):
        by_workers(mapping_of("csv", tmp_path), duckdb_engine, tmp_path / "a.nt")
    assert not (tmp_path / "a.nt").exists()


def test_a_worker_that_does_not_see_the_folder_says_so(tmp_path: Path) -> None:
    compiled = CompiledSource((), (), (), ())
    write = PartWriter(
        tmp_path / "missing", ".nt", compiled, are_lines=False, stop=True, collect=False
    )
    with pytest.raises(SourceError, match=r"A worker does not see.*all workers share"):
        next(write([pa.RecordBatch.from_pylist([], MADE_SCHEMA)]))
