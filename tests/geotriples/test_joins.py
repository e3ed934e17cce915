"""Joins of triples maps by functions of both sides, by spatial relations and by distance."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import shapely

from engine.protocol import Engine
from geosparql.errors import MappingError
from geosparql.functions.table import FUNCTION_BY_NAME
from geotriples.convert import convert
from tests.geotriples.mappings import pom, rows_of, source, write_mapping

BOXES = 40
LEGACY = """@prefix rr: <http://www.w3.org/ns/r2rml#> .
@prefix rrx: <http://www.w3.org/ns/r2rml-ext#> .
@prefix rrxf: <http://www.w3.org/ns/r2rml-ext/functions/def/> .
@prefix uom: <http://www.opengis.net/def/uom/OGC/1.0/> .
@prefix grel: <http://users.ugent.be/~bjdmeest/function/grel.ttl#> .
"""


def boxes(seed: int) -> list[shapely.Geometry]:
    """Give small boxes whose corners stand on a coarse grid, so that many touch."""
    random = np.random.default_rng(seed)
    corners = random.integers(0, 12, (BOXES, 2))
    sizes = random.integers(1, 4, (BOXES, 2))
    return [
        shapely.box(*corner, *(corner + size)) for corner, size in zip(corners, sizes, strict=True)
    ]


def write_boxes(folder: Path, name: str, shapes: list[shapely.Geometry]) -> None:
    rows = "".join(f'{number},"{shape.wkt}"\n' for number, shape in enumerate(shapes))
    (folder / f"{name}.csv").write_text(f"id,wkt\n{rows}x,broken\n", encoding="utf-8")


def joined(folder: Path, condition: str, more: str = "") -> Path:
    return write_mapping(
        folder,
        LEGACY
        + f"""
      <#A> {source("a.csv", "rml:CSV")}; rml:subjectMap [ rml:template "http://e/a{{id}}" ];
        {pom("ex:p", f"rml:parentTriplesMap <#B>; rml:joinCondition [ {condition} ] {more}")} .
      <#B> {source("b.csv", "rml:CSV")}; rml:subjectMap [ rml:template "http://e/b{{id}}" ] .""",
    )


def pairs(mapping: Path, engine: Engine) -> list[tuple[str, str]]:
    return sorted(
        (str(row["subject"]).removeprefix("http://e/a"), str(row["object"]).removeprefix("http://e/b"))
        for row in rows_of(mapping, engine)
    )  # fmt: skip


def brute_force(holds: np.ndarray) -> list[tuple[str, str]]:
    return sorted((str(a), str(b)) for a, b in product(range(BOXES), repeat=2) if holds[a, b])


SIDES = 'rml:child "wkt"; rml:parent "wkt"'


def arguments(function: str) -> str:
    return f'rrx:function {function}; rrx:argumentMap ( [ rml:reference "wkt" ] [ rml:reference "wkt" ] )'  # noqa: E501


RELATIONS = [
    (f"{SIDES}; egr:spatialRelation geo:sfIntersects", "sf_intersects"),
    (f"{SIDES}; egr:spatialRelation geof:ehCoveredBy", "eh_covered_by"),
    (f"{SIDES}; egr:spatialRelation geo:rcc8ec", "rcc8_ec"),
    (arguments("rrxf:touches"), "sf_touches"),
    (arguments("<http://www.opengis.net/def/geosparql/functions/sfContains>"), "sf_contains"),
    (arguments("rrxf:disjoint"), "sf_disjoint"),
]


def assert_as_brute_force(condition: str, relation: str, engine: Engine, folder: Path) -> None:
    a, b = boxes(1), boxes(2)
    write_boxes(folder, "a", a)
    write_boxes(folder, "b", b)
    holds = FUNCTION_BY_NAME[relation].call(np.repeat(a, BOXES), np.tile(b, BOXES)).values
    expected = brute_force(np.asarray(holds.to_pylist()).reshape(BOXES, BOXES))
    assert expected
    assert pairs(joined(folder, condition), engine) == expected


@pytest.mark.parametrize(("condition", "relation"), RELATIONS)
def test_relations_are_those_of_brute_force(
    condition: str, relation: str, duckdb_engine: Engine, tmp_path: Path
) -> None:
    assert_as_brute_force(condition, relation, duckdb_engine, tmp_path)


@pytest.mark.spark
@pytest.mark.parametrize(("condition", "relation"), RELATIONS[-2:])
def test_relations_on_spark(
    condition: str, relation: str, spark_engine: Engine, tmp_path: Path
) -> None:
    assert_as_brute_force(condition, relation, spark_engine, tmp_path)


@pytest.mark.parametrize(
    ("condition", "metres", "unit"),
    [
        (f"{SIDES}; egr:distance 150000", 150_000, None),
        (f"{SIDES}; egr:distance 150.0; egr:unit <urn:ogc:def:uom:UCUM::km>", 150_000, None),
        (f"{SIDES}; egr:distance 1.5; egr:unit egr:crsUnit", 1.5, "crs"),
        ("rrx:function rrxf:greaterThan; rrx:argumentMap ( [ rr:constant 1.5 ] [ "
         + arguments("rrxf:distance") + " ] )", 1.5, "crs"),
    ],
)  # fmt: skip
def test_distances_are_those_of_brute_force(
    condition: str, metres: float, unit: str | None, engine: Engine, tmp_path: Path
) -> None:
    a, b = boxes(3), boxes(4)
    write_boxes(tmp_path, "a", a)
    write_boxes(tmp_path, "b", b)
    left, right = np.repeat(a, BOXES), np.tile(b, BOXES)
    if unit == "crs":
        distances = shapely.distance(left, right)
    else:
        found = FUNCTION_BY_NAME["metric_distance"].call(left, right).values
        distances = np.asarray(found.to_pylist())
    expected = brute_force((distances <= metres).reshape(BOXES, BOXES))
    assert len(expected) < BOXES**2
    assert pairs(joined(tmp_path, condition), engine) == expected


def test_relation_and_equality_together(engine: Engine, tmp_path: Path) -> None:
    a, b = boxes(5), boxes(6)
    write_boxes(tmp_path, "a", a)
    write_boxes(tmp_path, "b", b)
    holds = shapely.intersects(np.repeat(a, BOXES), np.tile(b, BOXES)).reshape(BOXES, BOXES)
    more = '; rml:joinCondition [ rml:child "id"; rml:parent "id" ]'
    mapping = joined(tmp_path, f"{SIDES}; egr:spatialRelation geo:sfIntersects", more)
    expected = brute_force(holds & np.eye(BOXES, dtype=bool))
    assert expected
    assert pairs(mapping, engine) == expected


def test_the_rows_of_a_view(engine: Engine, tmp_path: Path) -> None:
    shapes = ["POINT (1 1)", "POINT (5 5)"]
    content = [
        {"id": n, "parts": [{"no": m, "wkt": w} for m, w in enumerate(shapes)]} for n in "xy"
    ]
    (tmp_path / "a.json").write_text(json.dumps(content), encoding="utf-8")
    write_boxes(tmp_path, "b", [shapely.box(0, 0, 2, 2), shapely.box(4, 4, 6, 6)])
    joined_to_b = """rml:parentTriplesMap <#B>; rml:joinCondition [
      rml:child "part.wkt"; rml:parent "wkt"; egr:spatialRelation geo:sfWithin ]"""
    text = f"""
      <#View> a rml:LogicalView;
        rml:viewOn [ rml:source [ a rml:RelativePathSource; rml:path "a.json" ];
                     rml:referenceFormulation rml:JSONPath; rml:iterator "$[*]" ];
        rml:field [ a rml:ExpressionField; rml:fieldName "id"; rml:reference "$.id" ],
          [ a rml:IterableField; rml:fieldName "part"; rml:iterator "$.parts[*]";
            rml:field [ a rml:ExpressionField; rml:fieldName "wkt"; rml:reference "$.wkt" ],
                      [ a rml:ExpressionField; rml:fieldName "no"; rml:reference "$.no" ] ] .
      <#A> rml:logicalSource <#View>; rml:subjectMap [ rml:template "http://e/a{{id}}{{part.no}}" ];
        {pom("ex:p", joined_to_b)} .
      <#B> {source("b.csv", "rml:CSV")}; rml:subjectMap [ rml:template "http://e/b{{id}}" ] ."""
    mapping = write_mapping(tmp_path, text)
    assert pairs(mapping, engine) == [("x0", "0"), ("x1", "1"), ("y0", "0"), ("y1", "1")]


def test_what_cannot_be_joined_is_counted(engine: Engine, tmp_path: Path) -> None:
    write_boxes(tmp_path, "a", boxes(7))
    write_boxes(tmp_path, "b", boxes(8))
    mapping = joined(tmp_path, f"{SIDES}; egr:spatialRelation geo:sfIntersects")
    report = convert(mapping, engine=engine, output=tmp_path / "out.nt")
    assert [(p.what, p.rows, p.first_row, p.first_value) for p in report.problems] == [
        ("The value is no geometry to join by", 1, BOXES, "broken"),
        ("The value is no geometry to join by", 1, BOXES, "broken"),
    ]
    assert ["child of the" in p.where for p in report.problems] == [True, False]


def test_functions_of_both_sides(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,name\n1,Nuuk \n2,Paamiut\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text("id,NAME\n1,NUUK\n2,nuuk\n3,QAANAAQ\n", encoding="utf-8")
    trimmed = """rml:functionExecution [ rml:function grel:string_trim; rml:input [
      rml:parameter grel:valueParam; rml:inputValueMap [ rml:reference "name" ] ] ]"""
    child = f"""rml:functionExecution [ rml:function grel:toUpperCase; rml:input [
      rml:parameter grel:valueParam; rml:inputValueMap [ {trimmed} ] ] ]"""
    parent = """rml:functionExecution [ rml:function grel:toUpperCase; rml:input [
      rml:parameter grel:valueParam; rml:inputValueMap [ rml:reference "NAME" ] ] ]"""
    mapping = joined(tmp_path, f"rml:childMap [ {child} ]; rml:parentMap [ {parent} ]")
    assert pairs(mapping, engine) == [("1", "1"), ("1", "2")]


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        (f"{SIDES}; egr:spatialRelation geo:near", "relation is not known.*geo:sfIntersects"),
        (f"{SIDES}; egr:distance 'far'", "distance is not understood: 'far'"),
        (f"{SIDES}; egr:distance 1; egr:unit uom:degree", "must be one of length.*egr:crsUnit"),
        (f"{SIDES}; egr:distance 1; egr:unit ex:ell", "not understood.*unknown unit"),
        (f"{SIDES}; egr:distance 1; egr:spatialRelation geo:sfWithin", "a relation or a distance"),
        (arguments("rrxf:add"), "cannot be joined by this function.*rrxf:greaterThan"),
    ],
)
def test_conditions_that_cannot_be(condition: str, message: str, tmp_path: Path) -> None:
    from geotriples.mapping.rml import read_mapping

    with pytest.raises(MappingError, match=message):
        read_mapping(joined(tmp_path, condition))
