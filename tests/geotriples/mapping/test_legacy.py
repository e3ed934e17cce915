"""Older languages become the same model as current RML."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.protocol import Engine
from geosparql.errors import MappingError
from geosparql.terms import IRI, Literal
from geotriples.mapping.logical_source import DatabaseSource
from geotriples.mapping.model import (
    Constant,
    FunctionCall,
    Mapping,
    Reference,
    ReferencingObjectMap,
    Template,
    TermMap,
    TermType,
)
from geotriples.mapping.rml import read_mapping
from geotriples.mapping.vocabulary import RML
from tests.geotriples.mappings import rows_of, write_mapping

PREFIXES = """
@prefix rr: <http://www.w3.org/ns/r2rml#> .
@prefix old: <http://semweb.mmlab.be/ns/rml#> .
@prefix ql: <http://semweb.mmlab.be/ns/ql#> .
@prefix fnml: <http://semweb.datasciencelab.be/ns/fnml#> .
@prefix fno: <https://w3id.org/function/ontology#> .
@prefix grel: <http://users.ugent.be/~bjdmeest/function/grel.ttl#> .
@prefix rrx: <http://www.w3.org/ns/r2rml-ext#> .
@prefix rrxf: <http://www.w3.org/ns/r2rml-ext/functions/def/> .
@prefix d2rq: <http://www.wiwiss.fu-berlin.de/suhl/bizer/D2RQ/0.1#> .
@prefix sd: <http://www.w3.org/ns/sparql-service-description#> .
"""
DATABASE = "postgresql://me:secret@host/db"


def read(folder: Path, text: str, database: str | None = DATABASE) -> Mapping:
    return read_mapping(write_mapping(folder, PREFIXES + text), database=database)


def objects(mapping: Mapping, number: int = 0) -> list[TermMap | ReferencingObjectMap]:
    poms = mapping.triples_maps[number].predicate_objects
    return [value for pom in poms for value in pom.objects]


def execution(value: TermMap | ReferencingObjectMap) -> FunctionCall:
    assert isinstance(value, TermMap)
    assert isinstance(value.expression, FunctionCall)
    return value.expression


LEGACY = """
<#M> a rr:TriplesMap;
  old:logicalSource [ old:source "people.json"; old:referenceFormulation ql:JSONPath;
                      old:iterator "$.people[*]" ];
  rr:subjectMap [ rr:template "http://e/{id}"; rr:class ex:Person; rr:graph ex:g ];
  rr:predicateObjectMap [ rr:predicate ex:name;
    rr:objectMap [ old:reference "name"; rr:language "en" ] ];
  rr:predicateObjectMap [ rr:predicate ex:home;
    rr:objectMap [ old:reference "home"; rr:termType rr:IRI ];
    rr:graphMap [ rr:constant rr:defaultGraph ] ];
  rr:predicateObjectMap [ rr:predicate ex:knows; rr:objectMap [ a rr:RefObjectMap;
    rr:parentTriplesMap <#M>; rr:joinCondition [ rr:child "knows"; rr:parent "id" ] ] ] .
"""
CURRENT = """
<#M> a rml:TriplesMap;
  rml:logicalSource [ rml:source "people.json"; rml:referenceFormulation rml:JSONPath;
                      rml:iterator "$.people[*]" ];
  rml:subjectMap [ rml:template "http://e/{id}"; rml:class ex:Person; rml:graph ex:g ];
  rml:predicateObjectMap [ rml:predicate ex:name;
    rml:objectMap [ rml:reference "name"; rml:language "en" ] ];
  rml:predicateObjectMap [ rml:predicate ex:home;
    rml:objectMap [ rml:reference "home"; rml:termType rml:IRI ];
    rml:graphMap [ rml:constant rml:defaultGraph ] ];
  rml:predicateObjectMap [ rml:predicate ex:knows; rml:objectMap [
    rml:parentTriplesMap <#M>; rml:joinCondition [ rml:child "knows"; rml:parent "id" ] ] ] .
"""


def test_legacy_rml_is_the_same_model(tmp_path: Path) -> None:
    # One line each, so that the places of messages are the same too
    old, new = (read(tmp_path, text.replace("\n", " ")) for text in (LEGACY, CURRENT))
    assert old == new


def test_legacy_rml_runs(tmp_path: Path, duckdb_engine: Engine) -> None:
    (tmp_path / "people.json").write_text(
        '{"people": [{"id": 1, "name": "Zoë", "home": "http://h/1", "knows": 2}, {"id": 2}]}',
        encoding="utf-8",
    )
    write_mapping(tmp_path, PREFIXES + LEGACY, "legacy.ttl")
    write_mapping(tmp_path, PREFIXES + CURRENT, "current.ttl")
    old, new = (rows_of(tmp_path / name, duckdb_engine) for name in ("legacy.ttl", "current.ttl"))
    assert old == new
    assert len(old) == 6


R2RML = r"""
<#Table> rr:logicalTable [ rr:tableName "\"Parcels\"" ];
  rr:subjectMap [ rr:template "http://e/{\"ID\"}/{name}"; rr:class ex:Parcel ];
  rr:predicateObjectMap [ rr:predicate ex:name; rr:objectMap [ rr:column "\"Name\"";
    rr:inverseExpression "{\"Name\"} = lower({\"ID\"})" ] ];
  rr:predicateObjectMap [ rr:predicate ex:crop; rr:objectMap [ rr:parentTriplesMap <#Query>;
    rr:joinCondition [ rr:child "\"CROP\""; rr:parent "code" ] ] ] .
<#Query> rr:logicalTable [ a rr:R2RMLView; rr:sqlQuery "SELECT code FROM crops";
    rr:sqlVersion rr:SQL2008 ];
  rr:subjectMap [ rr:column "code"; rr:termType rr:BlankNode ] .
"""


def test_r2rml(tmp_path: Path) -> None:
    mapping = read(tmp_path, R2RML)
    table, query = mapping.triples_maps
    assert table.source.source == query.source.source == DatabaseSource(DATABASE)
    assert (table.source.formulation, table.source.iterator) == (RML + "SQL2008Table", "Parcels")
    assert (query.source.formulation, query.source.iterator) == (
        RML + "SQL2008Query", "SELECT code FROM crops",
    )  # fmt: skip
    assert table.subject.expression == Template(
        ("http://e/", Reference("ID"), "/", Reference("name"))
    )
    name, crop = objects(mapping)
    assert isinstance(name, TermMap)
    assert isinstance(crop, ReferencingObjectMap)
    assert name.expression == Reference("Name")
    assert [(join.child.expression, join.parent.expression) for join in crop.joins] == [
        (Reference("CROP"), Reference("code"))
    ]
    assert query.subject.term_type is TermType.BLANK_NODE


def test_r2rml_needs_a_database(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match=r"triples map Table.*none is named.*--database"):
        read(tmp_path, R2RML, database=None)


@pytest.mark.parametrize(
    ("address", "url", "name"),
    [
        (
            "jdbc:postgresql://h:5432/db",
            "postgresql://a%40b:s%2F@h:5432/db",
            "postgresql://h:5432/db",
        ),
        ("jdbc:sqlite:food.db", "sqlite://a%40b:s%2F@/{}/food.db", "sqlite:///{}/food.db"),
    ],
)
def test_d2rq_database(address: str, url: str, name: str, tmp_path: Path) -> None:
    mapping = read(tmp_path, f"""
        <#DB> a d2rq:Database; d2rq:jdbcDSN "{address}"; d2rq:username "a@b"; d2rq:password "s/" .
        <#M> old:logicalSource [ old:source <#DB>; rr:sqlVersion rr:SQL2008;
            old:query "SELECT 1 AS a"; old:referenceFormulation ql:CSV ];
          rr:subject ex:s .""")  # fmt: skip
    source = mapping.triples_maps[0].source
    assert source.source == DatabaseSource(url.format(tmp_path))
    assert (source.formulation, source.iterator) == (RML + "SQL2008Query", "SELECT 1 AS a")
    assert source.source.name == name.format(tmp_path)
    assert "s%2F" not in repr(source.source)


FUNCTIONS = """
<#M> old:logicalSource [ old:source "a.csv"; old:referenceFormulation ql:CSV ];
  rr:subject ex:s;
  rr:predicateObjectMap [ rr:predicate ex:name; rr:objectMap [ rr:datatype xsd:token;
    fnml:functionValue [ rr:predicateObjectMap
      [ rr:predicate fno:executes; rr:object grel:escape ],
      [ rr:predicateMap [ rr:constant grel:valueParam ]; rr:objectMap [
        fnml:functionValue [ old:logicalSource <#L>; rr:predicateObjectMap
          [ rr:predicate fno:executes; rr:objectMap [ rr:constant grel:trim ] ],
          [ rr:predicate grel:valueParam; rr:objectMap [ old:reference "name" ] ] ] ] ],
      [ rr:predicate grel:modeParameter; rr:object "html" ] ] ] ] .
"""


def test_legacy_function_values(tmp_path: Path) -> None:
    (value,) = objects(read(tmp_path, FUNCTIONS))
    outer = execution(value)
    grel = "http://users.ugent.be/~bjdmeest/function/grel.ttl#"
    assert outer.function.iris[0] == grel + "escape"
    (text,), (mode,) = outer.inputs
    assert mode.expression == Constant(Literal("html"))
    inner = execution(text)
    assert grel + "trim" in inner.function.iris
    assert [made.expression for (made,) in inner.inputs] == [Reference("name")]


def test_function_value_without_function(tmp_path: Path) -> None:
    text = FUNCTIONS.replace("rr:objectMap [ rr:constant grel:trim ]", 'rr:object "trim"')
    with pytest.raises(MappingError, match=r"line \d+, function value: .* the IRI of each object"):
        read(tmp_path, text)


@pytest.mark.parametrize(
    "term_map",
    [
        'rrx:function rrxf:add; rrx:argumentMap ( [ rrx:function rrxf:area; rrx:argumentMap '
        '( [ rr:column "geom" ] ) ] [ rr:constant 1 ] )',
        'rrx:transformation [ rrx:function rrxf:add; rrx:argumentMap ( [ rrx:transformation '
        '[ rrx:function rrxf:area; rrx:argumentMap ( [ old:reference "geom" ] ) ] ] 1 ) ]',
    ],
)  # fmt: skip
def test_rrx_functions(term_map: str, tmp_path: Path) -> None:
    (value,) = objects(read(tmp_path, f"""
      <#M> old:logicalSource [ old:source "a.shp"; old:referenceFormulation rml:Shapefile ];
        rr:subject ex:s; rr:predicateObjectMap [ rr:predicate ex:p; rr:objectMap [ {term_map} ] ].
    """))  # fmt: skip
    outer = execution(value)
    assert outer.function.iris == ("http://www.w3.org/ns/r2rml-ext/functions/def/add",)
    (area,), (one,) = outer.inputs
    assert one.expression == Constant(Literal("1", "http://www.w3.org/2001/XMLSchema#integer"))
    assert [made.expression for (made,) in execution(area).inputs] == [Reference("geom")]


def test_words_of_the_vocabulary_in_data_stay(tmp_path: Path) -> None:
    (value,) = objects(read(tmp_path, """
      <#M> rr:logicalTable [ rr:tableName "t" ]; rr:subject ex:s;
        rr:predicateObjectMap [ rr:predicate ex:p; rr:object rr:TriplesMap ] ."""))  # fmt: skip
    assert isinstance(value, TermMap)
    assert value.expression == Constant(IRI("http://www.w3.org/ns/r2rml#TriplesMap"))


def test_legacy_sparql_query(tmp_path: Path) -> None:
    text = """<#M> old:logicalSource [ old:source [ a sd:Service; sd:endpoint <http://e/sparql> ];
        old:query "SELECT * { ?s ?p ?o }"; old:referenceFormulation ql:CSV ]; rr:subject ex:s ."""
    source = read(tmp_path, text).triples_maps[0].source
    assert source.source == DatabaseSource("http://e/sparql")
    assert source.formulation == "http://www.w3.org/ns/formats/SPARQL_Results_CSV"
    plain = text.replace("sd:endpoint <http://e/sparql>", 'rml:path "a.nt"')
    assert read(tmp_path, plain).triples_maps[0].source.iterator == "SELECT * { ?s ?p ?o }"
