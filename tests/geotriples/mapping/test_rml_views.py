"""Reading logical views: the model, and messages that say where one is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from geosparql.errors import MappingError
from geotriples.mapping.logical_view import LogicalView, StructuralAnnotation
from geotriples.mapping.model import Mapping, Reference
from geotriples.mapping.rml import read_mapping
from tests.geotriples.mappings import pom, write_mapping

SOURCE = '[ rml:source "a.json"; rml:referenceFormulation rml:JSONPath ]'
NAME = 'rml:field [ rml:fieldName "name"; rml:reference "$.name" ]'
ITEM = """rml:field [ a rml:IterableField; rml:fieldName "item"; rml:iterator "$.items[*]";
  rml:field [ rml:fieldName "kind"; rml:reference "$.kind" ] ]"""
OTHER = f'<#Other> rml:viewOn {SOURCE}; rml:field [ rml:fieldName "id"; rml:reference "id" ] .'
JOIN = """rml:leftJoin [ rml:parentLogicalView <#Other>;
  rml:joinCondition [ rml:child "name"; rml:parent "id" ];
  rml:field [ rml:fieldName "more"; rml:reference "id" ] ]"""


def read(folder: Path, view: str, template: str = "http://e/{name}", more: str = "") -> Mapping:
    text = f"""<#V> a rml:LogicalView; rml:viewOn {SOURCE}; {view} .
      <#M> rml:logicalSource <#V>; rml:subjectMap [ rml:template "{template}" ]{more} . {OTHER}"""
    return read_mapping(write_mapping(folder, text))


def test_view(tmp_path: Path) -> None:
    annotation = """rml:structuralAnnotation [ a rml:ForeignKeyAnnotation; rml:onFields ( "name" );
        rml:targetView <#Other>; rml:targetFields ( "id" ) ]"""
    mapping = read(tmp_path, f"{NAME}; {ITEM}; {JOIN}; {annotation}", "http://e/{item.kind}/{more}")
    view = mapping.triples_maps[0].source
    assert isinstance(view, LogicalView)
    assert list(view.fields_by_name()) == ["name", "item", "item.kind", "more"]
    assert view.fields_by_name()["item"].iterator == "$.items[*]"
    kind = view.fields_by_name()["item.kind"].expression
    assert kind is not None
    assert kind.expression == Reference("$.kind")
    assert [(join.kind, join.parent.name[-5:]) for join in view.joins] == [("LEFT", "Other")]
    assert view.annotations == (
        StructuralAnnotation(
            "ForeignKeyAnnotation", ("name",), "file:///mapping.ttl#Other", ("id",)
        ),
    )
    assert len(view.inputs) == 2


UNKNOWN_CHILD = JOIN.replace('rml:child "name"', 'rml:child "nam"')
UNKNOWN_PARENT = JOIN.replace('rml:parent "id"', 'rml:parent "ix"')
WRONG = {
    "unknown field": (NAME, "http://e/{nme}", "subject map: .* no such field: 'nme'. .*mean name"),
    "records": (f"{NAME}; {ITEM}", "http://e/{item}", "cannot be referred to: 'item'.*item.#"),
    "no field": ("rml:iterator 1", "x", "A logical view has no rml:iterator"),
    "no fields": ("a rml:LogicalView", "x", "logical view V: A logical view needs a field"),
    "doubled": (f"{NAME}, {NAME.removeprefix('rml:field ').replace('$.', '')}", "x",
                "same name: 'name'"),
    "doubled by join": (
        f"{NAME}; {JOIN.replace('more', 'name')}", "x", "left join: .* the same name: 'name'",
    ),
    "dotted": ('rml:field [ rml:fieldName "a.b"; rml:reference "a" ]', "x", "needs a name .*'a.b'"),
    "no expression": ('rml:field [ rml:fieldName "a" ]', "x", "field a.* needs an expression"),
    "not iterable": (
        ITEM.replace("a rml:IterableField; ", "").replace("rml:iterator", "rml:reference"), "x",
        r"field kind .*: A field with fields in it must be iterable",
    ),
    "other format": (
        ITEM.replace("rml:iterator", "rml:referenceFormulation rml:CSV; rml:iterator"), "x",
        "field item: The records of a field cannot change their format here",
    ),
    "no format": (
        NAME.replace('"$.name"', '"$.name"; rml:field [ a rml:IterableField; rml:fieldName "x" ]'),
        "x", "field name, field x: The records of this field have no format",
    ),
    "unknown child": (f"{NAME}; {UNKNOWN_CHILD}", "x",
                      "left join, child of the join condition: .*'nam'"),
    "unknown parent": (f"{NAME}; {UNKNOWN_PARENT}", "x",
                       "parent of the join condition: .*'ix'.*It has: id"),
    "no condition": (
        f"{NAME}; rml:innerJoin [ rml:parentLogicalView <#Other> ]", "x",
        "inner join: A join of views needs a condition",
    ),
    "no parent": (f"{NAME}; rml:innerJoin []", "x", "A join of views needs another view"),
    "annotation": (
        f"{NAME}; rml:structuralAnnotation [ a rml:UniqueAnnotation; rml:onFields ( \"nme\" ) ]",
        "x",        "structural annotation: .* no such field: 'nme'",
    ),
    "annotation of no kind": (
        f"{NAME}; rml:structuralAnnotation [ rml:onFields ( \"name\" ) ]", "x",
        "The kind of annotation is unknown",
    ),
    "annotation without target": (
        f'{NAME}; rml:structuralAnnotation [ a rml:InclusionAnnotation; rml:onFields ( "name" ) ]',
        "x", "not complete: 'InclusionAnnotation'",
    ),
    "cycle": (
        f"{NAME}; {JOIN.replace('<#Other>', '<#V>')}", "x", "A logical view reads itself: 'V → V'",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("view", "template", "message"), WRONG.values(), ids=WRONG)
def test_wrong_view(view: str, template: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(MappingError, match=message):
        read(tmp_path, view, template)


def test_longer_cycle(tmp_path: Path) -> None:
    text = f"""<#A> rml:viewOn <#B>; {NAME} . <#B> rml:viewOn <#A>; {NAME} .
      <#M> rml:logicalSource <#A>; rml:subject ex:s ."""
    with pytest.raises(MappingError, match="reads itself: 'A → B → A'"):
        read_mapping(write_mapping(tmp_path, text))


def test_references_of_every_role_are_checked(tmp_path: Path) -> None:
    more = "; " + pom("ex:p", 'rml:reference "name"; rml:languageMap [ rml:reference "lang" ]')
    with pytest.raises(MappingError, match=r"object map: .* no such field: 'lang'"):
        read(tmp_path, NAME, more=more)


def test_blank_nodes_over_a_view_need_an_expression(tmp_path: Path) -> None:
    text = f"""<#V> rml:viewOn {SOURCE}; {NAME} .
      <#M> rml:logicalSource <#V>; rml:subjectMap [ rml:termType rml:BlankNode ] ."""
    with pytest.raises(MappingError, match="A blank node over a logical view"):
        read_mapping(write_mapping(tmp_path, text))
