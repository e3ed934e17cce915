"""Function executions in mappings: everywhere, nested, over lists, with conditions, counted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.protocol import Engine
from geosparql.errors import MappingError, SourceError
from geotriples.access import SourceAccess, restricted
from geotriples.convert import convert, input_files
from geotriples.mapping.rml import read_mapping
from tests.geotriples.mappings import objects_of, pom, rows_of, source, write_mapping

PREFIXES = """
@prefix grel: <http://users.ugent.be/~bjdmeest/function/grel.ttl#> .
@prefix idlab-fn: <https://w3id.org/imec/idlab/function#> .
@prefix rrxf: <http://www.w3.org/ns/r2rml-ext/functions/def/> .
"""
PLACES = [
    {"id": 1, "name": " nuuk ", "tags": ["port", "capital"], "codes": "a;b", "n": "3", "kind": "P"},
    {"id": 2, "name": "Qaanaaq", "tags": [], "codes": "c", "n": "many", "kind": "Q", "note": "x"},
]


def call(function: str, *inputs: str) -> str:
    """Give a function execution; an input is a reference, ``=constant`` or an execution."""
    made = []
    for number, value in enumerate(inputs, start=1):
        if value.startswith("="):
            given = f'rml:inputValue "{value[1:]}"'
        elif value.startswith("rml:"):
            given = f"rml:inputValueMap [ {value} ]"
        else:
            given = f'rml:inputValueMap [ rml:reference "$.{value}" ]'
        made.append(f"[ rml:parameter egr:p{number}; {given} ]")
    listed = f"; rml:input {', '.join(made)}" if made else ""
    return f"rml:functionExecution [ rml:function {function}{listed} ]"


def places(folder: Path, *poms: str, subject: str = 'rml:template "http://e/{$.id}"') -> Path:
    (folder / "places.json").write_text(json.dumps(PLACES), encoding="utf-8")
    logical = source("places.json", "rml:JSONPath", 'rml:iterator "$[*]"')
    maps = "; ".join(poms)
    text = f"<#M> {logical}; rml:subjectMap [ {subject} ]; {maps} ."
    return write_mapping(folder, PREFIXES + text)


SPLIT = call("grel:string_split", "codes", "=;")


CALLS: list[tuple[str, list[str]]] = [
    (call("grel:toUpperCase", call("grel:string_trim", "name")), ["NUUK", "QAANAAQ"]),
    (call("grel:math_round", call("grel:string_toNumber", "n")), ["3"]),
    (SPLIT, ["a", "b", "c"]),
    (call("grel:toUpperCase", SPLIT), ["A", "B", "C"]),
    (call("grel:array_join", SPLIT, "=+"), ["a+b", "c"]),
    (call("grel:array_length", "tags[*]"), ["0", "2"]),
    (call("grel:array_join", "tags[*]", "=+"), ["", "port+capital"]),
    (call("grel:toUpperCase", "tags[*]"), ["CAPITAL", "PORT"]),
    (call("grel:array_reverse", call("grel:string_split", call(
        "grel:string_replace", "codes", "=;", "=|"), "=|")), ["a", "b", "c"]),
    (call("grel:array_join", call("grel:array_get", SPLIT, "=0"), "="), ["a", "c"]),
    (call("grel:string_length", "name"), ["6", "7"]),
    (call("rrxf:add", "id", "=0.5"), ["1.5E0", "2.5E0"]),
    (call("grel:controls_if", call("idlab-fn:isNull", "note"), "=none", "note"), ["none", "x"]),
    (call("idlab-fn:trueCondition", call("idlab-fn:equal", "kind", "=P"), "name"), [" nuuk "]),
    ('rml:reference "$.name"; rml:condition [ '
     + call("idlab-fn:equal", "tags[*]", "=port") + " ]", [" nuuk "]),
    ('rml:template "{$.kind}!"; rml:termType rml:Literal; rml:condition [ '
     + call("grel:boolean_not", call("idlab-fn:isNull", "note")) + " ]", ["Q!"]),
    ('rml:reference "$.name"; rml:datatypeMap [ ' + call(
        "grel:string_replace", "kind", "=P", "=http://e/t") + "; rml:condition [ "
     + call("idlab-fn:equal", "kind", "=P") + " ] ]", [" nuuk "]),
]  # fmt: skip


def test_calls(engine: Engine, tmp_path: Path) -> None:
    """All in one mapping: on Spark the run costs more than what it does."""
    poms = [pom(f"ex:p{n}", term_map) for n, (term_map, _) in enumerate(CALLS)]
    rows = rows_of(places(tmp_path, *poms), engine)
    found = {
        term_map: sorted(
            str(row["object"]) for row in rows if row["predicate"] == f"http://example.com/p{n}"
        )
        for n, (term_map, _) in enumerate(CALLS)
    }
    assert found == {term_map: sorted(expected) for term_map, expected in CALLS}


def test_in_every_place(engine: Engine, tmp_path: Path) -> None:
    slug = call("idlab-fn:concat", "=http://e/", call("idlab-fn:slugify", "name"))
    graph = call("idlab-fn:concat", "=http://e/g/", "kind")
    code = call("grel:toLowerCase", "=EN")
    mapping = places(
        tmp_path,
        f"rml:predicateObjectMap [ rml:predicateMap [ {graph} ]; rml:objectMap [ "
        f'rml:reference "$.kind"; rml:languageMap [ {code} ] ]; rml:graphMap [ {graph} ] ]',
        subject=slug,
    )
    assert rows_of(mapping, engine) == [
        {
            "subject": f"http://e/{name}", "predicate": f"http://e/g/{kind}", "object": kind,
            "datatype": "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString",
            "language": "en", "graph": f"http://e/g/{kind}",
        }
        for name, kind in (("nuuk", "P"), ("qaanaaq", "Q"))
    ]  # fmt: skip


def test_a_function_that_gives_nothing_is_counted(engine: Engine, tmp_path: Path) -> None:
    round_ = call("grel:math_round", "n")
    mapping = places(tmp_path, pom("ex:p", round_), pom("ex:q", call("grel:toUpperCase", "note")))
    report = convert(mapping, engine=engine, output=tmp_path / "out.nt")
    ((problem),) = report.problems
    assert problem.what.endswith("math_round> gives nothing for the value")
    assert (problem.rows, problem.first_row, problem.first_value) == (1, 1, "many")
    assert report.triples == 2


def test_look_up(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "kinds.csv").write_text("P,port\nQ,post\n", encoding="utf-8")
    inputs = ", ".join(
        f"[ rml:parameter idlab-fn:{name}; {value} ]"
        for name, value in (
            ("str", 'rml:inputValueMap [ rml:reference "$.kind" ]'),
            ("inputFile", 'rml:inputValue "kinds.csv"'),
            ("fromColumn", "rml:inputValue 0"), ("toColumn", "rml:inputValue 1"),
        )
    )  # fmt: skip
    look_up = f"rml:functionExecution [ rml:function idlab-fn:lookup; rml:input {inputs} ]"
    mapping = places(tmp_path, pom("ex:p", look_up))
    assert objects_of(mapping, engine, "p") == ["port", "post"]
    assert tmp_path / "kinds.csv" in input_files(mapping)
    with pytest.raises(SourceError, match="outside of the folders"):
        restricted(read_mapping(mapping), SourceAccess((tmp_path / "in",)))


def test_transformed_geometry(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "a.geojson").write_text('{"type": "Point", "coordinates": [5, 52]}')
    moved = """rml:functionExecution [ rml:function geof:transform; rml:input
      [ rml:parameter egr:geometry; rml:inputValueMap [ rml:reference "geometry" ] ],
      [ rml:parameter egr:crs; rml:inputValue "http://www.opengis.net/def/crs/EPSG/0/4326" ] ]"""
    text = f"<#M> {source('a.geojson', 'egr:Vector')}; rml:subject ex:s; {pom('ex:p', moved)} ."
    assert objects_of(write_mapping(tmp_path, text), engine, "p") == [
        "<http://www.opengis.net/def/crs/EPSG/0/4326> POINT (52 5)"
    ]


@pytest.mark.parametrize(
    ("term_map", "message"),
    [
        (call("grel:toUppercas", "name"), "not known.*Did you mean http.*#toUppercase"),
        (call("grel:toUpperCase"), "input of the function is missing.*grel:toUpperCase"),
        (call("grel:toUpperCase", "name", "name"), "no such parameter.*p2"),
        (call("grel:toUpperCase", "name") + "; rml:return ex:out", "no such output: 'http://example"
         ".com/out'. It has grel:stringOut"),
        ("rml:functionExecution [ rml:function grel:toUpperCase; rml:input [ rml:parameter egr:p1;"
         " rml:inputValue 'a' ], [ rml:parameter grel:valueParam; rml:inputValue 'b' ] ]",
         "given twice"),
        (call("idlab-fn:lookup", "kind", "name", "=0", "=1"), "must be a constant text"),
        ("rml:functionExecution <#F>", "function execution is an input of itself"),
    ],
)  # fmt: skip
def test_executions_that_cannot_be(term_map: str, message: str, tmp_path: Path) -> None:
    mapping = places(tmp_path, pom("ex:p", term_map))
    with mapping.open("a", encoding="utf-8") as file:
        file.write("<#F> rml:function grel:toUpperCase; rml:input [ rml:parameter egr:p1; "
                   "rml:inputValueMap [ rml:functionExecution <#F> ] ] .")  # fmt: skip
    with pytest.raises(MappingError, match=message):
        read_mapping(mapping)
