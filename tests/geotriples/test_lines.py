"""Lines put together by the engine are those that are written of triple batches."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.dialect import duckdb_sql
from engine.protocol import Engine
from engine.triple_files import write_output
from geotriples.compile import compile_mapping
from geotriples.convert import convert, triples
from geotriples.iris import ENGINE_FUNCTIONS
from geotriples.lines import LINES, lines_query
from geotriples.mapping.rml import read_mapping
from geotriples.options import ConvertOptions
from tests.geotriples.mappings import pom, source, write_mapping
from tests.geotriples.test_cases import CASES

QUOTED = r'rml:constant "a \"quoted\" line\\n"'
EVERYTHING = f"""
<#M> {source("rows.csv", "rml:CSV")} ;
  rml:subjectMap [ rml:template "http://example.com/{{id}}" ; rml:class ex:Row ] ;
  {pom("ex:text", 'rml:reference "text"')} ;
  {pom("ex:tagged", 'rml:reference "text" ; rml:language "EN"')} ;
  {pom("ex:typed", 'rml:reference "text" ; rml:datatype ex:Type')} ;
  {pom("ex:rowTyped", 'rml:reference "text" ; rml:datatypeMap [ rml:reference "link" ]')} ;
  {pom("ex:rowTagged", 'rml:reference "text" ; rml:languageMap [ rml:reference "tag" ]')} ;
  {pom("ex:unsafe", 'rml:reference "link" ; rml:termType rml:UnsafeIRI')} ;
  {pom("ex:blank", 'rml:reference "text" ; rml:termType rml:BlankNode')} ;
  {pom("ex:constant", QUOTED)} ;
  rml:predicateObjectMap [ rml:predicate ex:graph ; rml:object ex:o ;
    rml:graphMap [ rml:reference "link" ; rml:termType rml:UnsafeIRI ] ] .
"""
ROWS = """id,text,link,tag
1,plain,http://example.com/a,de
é 2,"a ""quote"" and \\ and
a line",http://example.com/a b<c>,EN-gb
3,,http://example.com/c,fr
4,tab\there,urn:x,
,no subject,,
"""


def lines_both_ways(mapping: Path, engine: Engine, folder: Path) -> tuple[list[str], list[str]]:
    convert(
        mapping, engine=engine, output=folder / "lines.nq", options=ConvertOptions(on_error="skip")
    )
    write_output(triples(mapping, engine=engine, on_error="skip"), folder / "batches.nq")
    return tuple(  # type: ignore[return-value]
        sorted((folder / name).read_text(encoding="utf-8").split("\n"))
        for name in ("lines.nq", "batches.nq")
    )


@pytest.mark.parametrize("folder", CASES, ids=lambda path: path.name)
def test_same_lines_in_cases(folder: Path, duckdb_engine: Engine, tmp_path: Path) -> None:
    made, expected = lines_both_ways(folder / "mapping.ttl", duckdb_engine, tmp_path)
    assert made == expected


def test_same_lines_of_every_kind_of_term(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text(ROWS, encoding="utf-8")
    mapping = write_mapping(tmp_path, EVERYTHING)
    made, expected = lines_both_ways(mapping, engine, tmp_path)
    assert made == expected
    assert len(made) > 40


def test_duckdb_joins_the_pieces_of_a_row_in_one_call(
    duckdb_engine: Engine, tmp_path: Path
) -> None:
    (tmp_path / "rows.csv").write_text(ROWS, encoding="utf-8")
    mapping = read_mapping(write_mapping(tmp_path, EVERYTHING))
    duckdb_engine.register(ENGINE_FUNCTIONS)
    (compiled,) = compile_mapping(mapping, duckdb_engine)
    for expansion in compiled.expansions.values():
        text = next(one for one in lines_query(expansion, 1).expressions if one.alias == LINES)
        # A chain of || copies all that is there at every piece: seven times slower
        assert "||" not in duckdb_sql(text)
