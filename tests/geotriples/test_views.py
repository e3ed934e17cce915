"""Logical views: what their iterations are, seen through the triples they make."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.protocol import Engine
from geosparql.errors import MappingError, SourceError
from geotriples.convert import convert, input_files
from geotriples.options import ConvertOptions
from tests.geotriples.mappings import pom, read_view, rows_of, source, write_mapping

FARMS = [
    {
        "name": "Ada", "tags": ["a", "b"],
        "fields": [{"crop": "rye", "ha": 1.5, "soil": ["clay", "sand"]}, {"crop": "oats", "ha": 2}],
        "log": "day,work\n1,sow\n2,reap\n",
    },
    {"name": "Bo", "tags": [], "fields": [{"crop": "rye", "ha": None}]},
    {"name": "Cy"},
]  # fmt: skip
SOURCE = source("farms.json", "rml:JSONPath", 'rml:iterator "$[*]"').removeprefix(
    "rml:logicalSource "
)
FIELDS = """
  rml:field [ a rml:ExpressionField; rml:fieldName "name"; rml:reference "$.name" ],
    [ rml:fieldName "tag"; rml:reference "$.tags[*]" ],
    [ a rml:IterableField; rml:fieldName "field"; rml:iterator "$.fields[*]";
      rml:field [ rml:fieldName "crop"; rml:reference "$.crop" ],
        [ rml:fieldName "ha"; rml:reference "ha" ],
        [ rml:fieldName "label"; rml:template "{crop}-{$.ha}" ],
        [ rml:fieldName "soil"; rml:reference "$.soil[*]" ] ],
    [ rml:fieldName "log"; rml:reference "$.log";
      rml:field [ a rml:IterableField; rml:fieldName "entry"; rml:referenceFormulation rml:CSV;
        rml:field [ rml:fieldName "day"; rml:reference "day" ],
          [ rml:fieldName "work"; rml:reference "work" ] ] ]
"""
VIEW = f"<#Farms> a rml:LogicalView; rml:viewOn {SOURCE}; {FIELDS} .\n"


def farms(folder: Path) -> None:
    (folder / "farms.json").write_text(json.dumps(FARMS), encoding="utf-8")


def rows(
    folder: Path, engine: Engine, *keys: str, view: str = VIEW
) -> list[tuple[str | None, ...]]:
    """Give the iterations of <#Farms> by some keys."""
    farms(folder)
    return read_view(write_mapping(folder, view), "Farms", keys, engine)


def test_fields_of_a_row(tmp_path: Path, duckdb_engine: Engine) -> None:
    assert rows(tmp_path, duckdb_engine, "#", "name", "name.#") == [
        ("0", "Ada", "0"), ("1", "Bo", "0"), ("2", "Cy", "0"),
    ]  # fmt: skip


def test_many_values_make_many_iterations(tmp_path: Path, duckdb_engine: Engine) -> None:
    assert rows(tmp_path, duckdb_engine, "name", "tag", "tag.#") == [
        ("Ada", "a", "0"), ("Ada", "b", "1"), ("Bo", None, None), ("Cy", None, None),
    ]  # fmt: skip


def test_fields_of_records(tmp_path: Path, engine: Engine) -> None:
    assert rows(tmp_path, engine, "name", "field.#", "field.crop", "field.ha") == [
        ("Ada", "0", "rye", "1.5E0"), ("Ada", "1", "oats", "2"),
        ("Bo", "0", "rye", None), ("Cy", None, None, None),
    ]  # fmt: skip


def test_values_in_records(tmp_path: Path, duckdb_engine: Engine) -> None:
    assert rows(tmp_path, duckdb_engine, "field.label", "field.soil", "field.soil.#") == [
        ("oats-2", None, None), ("rye-1.5E0", "clay", "0"), ("rye-1.5E0", "sand", "1"),
        (None, None, None), (None, None, None),
    ]  # fmt: skip


def test_csv_in_json(tmp_path: Path, engine: Engine) -> None:
    assert rows(tmp_path, engine, "log.entry.#", "log.entry.day", "log.entry.work") == [
        ("0", "1", "sow"), ("1", "2", "reap"), (None, None, None), (None, None, None),
    ]  # fmt: skip


def test_siblings_are_combined(tmp_path: Path, duckdb_engine: Engine) -> None:
    found = rows(tmp_path, duckdb_engine, "name", "tag", "field.crop")
    assert [row for row in found if row[0] == "Ada"] == [
        ("Ada", "a", "oats"), ("Ada", "a", "rye"), ("Ada", "b", "oats"), ("Ada", "b", "rye"),
    ]  # fmt: skip


def test_json_in_csv(tmp_path: Path, duckdb_engine: Engine) -> None:
    (tmp_path / "a.csv").write_text(
        'id,item\n1,"{""kind"": ""x"", ""n"": [1, 2]}"\n2,"[{""kind"": ""y""}]"\n'
    )
    view = f"""<#V> rml:viewOn {source("a.csv", "rml:CSV").removeprefix("rml:logicalSource ")};
      rml:field [ rml:fieldName "id"; rml:reference "id" ],
        [ rml:fieldName "item"; rml:reference "item"; rml:field [
          rml:fieldName "o"; rml:referenceFormulation rml:JSONPath; rml:iterator "$";
          rml:field [ rml:fieldName "kind"; rml:reference "$..kind" ],
            [ rml:fieldName "n"; rml:reference "$.n[*]" ] ] ] ."""
    path = write_mapping(tmp_path, view)
    assert read_view(path, "V", ("id", "item.o.kind", "item.o.n"), duckdb_engine) == [
        ("1", "x", "1"), ("1", "x", "2"), ("2", "y", None),
    ]  # fmt: skip


LOGS = {
    "rml:CSV": ('day\n1\n2\n', 'day\n"1\n', "is no CSV table"),
    "rml:JSONPath; rml:iterator '$[*]'": ('[{"day": 1}, {"day": 2}]', "{no json", "is not JSON"),
    "rml:XPath; rml:iterator '/log/e'": (
        "<log><e><day>1</day></e><e><day>2</day></e></log>", "<log><e>", "is no XML document",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", LOGS, ids=["csv", "json", "xml"])
def test_a_bad_text_is_a_bad_value(kind: str, engine: Engine, tmp_path: Path) -> None:
    good, bad, message = LOGS[kind]
    farms = [{"name": name, "log": log, "tags": [1, 2]} for name, log in (("a", good), ("b", bad))]
    (tmp_path / "farms.json").write_text(json.dumps(farms))
    view = f"""<#Farms> a rml:LogicalView; rml:viewOn {SOURCE};
      rml:field [ rml:fieldName "name"; rml:reference "$.name" ],
        [ rml:fieldName "tag"; rml:reference "$.tags[*]" ],
        [ rml:fieldName "log"; rml:reference "$.log"; rml:field [ a rml:IterableField;
          rml:fieldName "e"; rml:referenceFormulation {kind};
          rml:field [ rml:fieldName "day"; rml:reference "day" ] ] ] .
      <#M> rml:logicalSource <#Farms>; rml:subjectMap [ rml:template "http://e/{{name}}{{tag}}" ];
      {pom("ex:day", 'rml:reference "log.e.day"')} ."""
    path = write_mapping(tmp_path, view)
    output = tmp_path / "out.nt"
    with pytest.raises(SourceError, match=rf"farms\.json, row 2 .*field e\): The value {message}"):
        convert(path, engine=engine, output=output)
    assert not output.exists()
    options = ConvertOptions(on_error="collect")
    report = convert(path, engine=engine, output=output, options=options)
    assert report.triples == 4
    assert [(one.rows, one.first_row) for one in report.problems] == [(1, 1)]
    assert report.rejects is not None
    (rejected,) = map(json.loads, report.rejects.read_text().splitlines())
    assert (rejected["row"], rejected["value"]) == (2, bad)


BOOKS = """<lib xmlns:p="http://p/"><book id="1"><title>A</title><by>x</by><by>y</by></book>
<book id="2"><title>B &amp; "C"</title><p:note>n</p:note></book></lib>"""


def test_xml_in_a_field(engine: Engine, tmp_path: Path) -> None:
    entities = '<!DOCTYPE l [<!ENTITY e "x">]><lib><book id="3">&e;</book></lib>'
    (tmp_path / "farms.json").write_text(json.dumps([{"xml": BOOKS}, {"xml": entities}]))
    view = f"""<#Farms> a rml:LogicalView; rml:viewOn {SOURCE};
      rml:field [ rml:fieldName "xml"; rml:reference "$.xml"; rml:field [ a rml:IterableField;
          rml:fieldName "book"; rml:referenceFormulation rml:XPath; rml:iterator "/lib/book";
          rml:field [ rml:fieldName "id"; rml:reference "@id" ],
            [ rml:fieldName "title"; rml:reference "title" ],
            [ rml:fieldName "count"; rml:reference "count(by)" ],
            [ a rml:IterableField; rml:fieldName "by"; rml:iterator "by";
              rml:field [ rml:fieldName "name"; rml:reference "." ] ] ] ] ."""
    path = write_mapping(tmp_path, view)
    keys = ["xml.book.id", "xml.book.title", "xml.book.count", "xml.book.by.name"]
    assert read_view(path, "Farms", keys, engine) == [
        ("1", "A", "2.0E0", "x"), ("1", "A", "2.0E0", "y"), ("2", 'B & "C"', "0.0E0", None),
        (None, None, None, None),
    ]  # fmt: skip


PRICES = """
<#Prices> rml:viewOn [ rml:source "prices.csv"; rml:referenceFormulation rml:CSV ];
  rml:field [ rml:fieldName "crop"; rml:reference "crop" ],
    [ rml:fieldName "price"; rml:reference "price" ] .
"""


def priced(kind: str) -> str:
    """Give a view of farms joined with prices."""
    return f"""{PRICES} {VIEW.rstrip().removesuffix(".")}; rml:{kind} [
      rml:parentLogicalView <#Prices>;
      rml:joinCondition [ rml:child "field.crop"; rml:parent "crop" ];
      rml:field [ rml:fieldName "price"; rml:reference "price" ],
        [ rml:fieldName "text"; rml:template "{{crop}}: {{price}}" ] ] .
    """


BOTH = [("Ada", "rye", "10", "0"), ("Ada", "rye", "11", "1"), ("Bo", "rye", "10", "0"),
        ("Bo", "rye", "11", "1")]  # fmt: skip
ONLY_LEFT = [("Ada", "oats", None, None), ("Cy", None, None, None)]
ONLY_RIGHT = [(None, None, "7", "0")]


@pytest.mark.parametrize(
    ("kind", "expected"), [("innerJoin", BOTH), ("leftJoin", [*BOTH, *ONLY_LEFT])]
)
def test_joins(
    kind: str, expected: list[tuple[str | None, ...]], tmp_path: Path, duckdb_engine: Engine
) -> None:
    assert joined(kind, tmp_path, duckdb_engine) == sorted(expected, key=str)


def test_full_join(tmp_path: Path, engine: Engine) -> None:
    expected = [*BOTH, *ONLY_LEFT, *ONLY_RIGHT]
    assert joined("fullJoin", tmp_path, engine) == sorted(expected, key=str)


def joined(kind: str, folder: Path, engine: Engine) -> list[tuple[str | None, ...]]:
    (folder / "prices.csv").write_text("crop,price\nrye,10\nrye,11\npeas,7\n")
    found = rows(folder, engine, "name", "field.crop", "price", "price.#", view=priced(kind))
    return sorted(found, key=str)


def test_an_inner_join_filters_even_where_its_fields_are_not_read(
    tmp_path: Path, duckdb_engine: Engine
) -> None:
    (tmp_path / "prices.csv").write_text("crop,price\noats,10\n")
    assert rows(tmp_path, duckdb_engine, "name", view=priced("innerJoin")) == [("Ada",)]
    assert len(rows(tmp_path, duckdb_engine, "name", view=priced("leftJoin"))) == 3


def test_view_over_a_view(tmp_path: Path, duckdb_engine: Engine) -> None:
    (tmp_path / "prices.csv").write_text("crop,price\nrye,10\noats,20\n")
    upper = (
        priced("innerJoin")
        + """<#Upper> rml:viewOn <#Farms>;
      rml:field [ rml:fieldName "what"; rml:template "{name}/{text}" ],
        [ rml:fieldName "size"; rml:reference "field.ha" ] ."""
    )
    farms(tmp_path)
    path = write_mapping(tmp_path, upper)
    assert read_view(path, "Upper", ("what", "size"), duckdb_engine) == [
        ("Ada/oats: 20", "2"), ("Ada/rye: 10", "1.5E0"), ("Bo/rye: 10", None),
    ]  # fmt: skip
    found = read_view(path, "Upper", ("#", "what"), duckdb_engine)
    assert [number for number, _ in found] == ["0", "1", "2"]


def test_triples_keep_natural_datatypes(tmp_path: Path, duckdb_engine: Engine) -> None:
    farms(tmp_path)
    path = write_mapping(tmp_path, VIEW + """
      <#M> rml:logicalSource <#Farms>;
        rml:subjectMap [ rml:template "http://e/{name}/{field.#}" ];
        rml:predicateObjectMap [ rml:predicate ex:ha; rml:objectMap [ rml:reference "field.ha" ] ],
          [ rml:predicate ex:n; rml:objectMap [ rml:reference "field.#" ] ],
          [ rml:predicate ex:of; rml:objectMap [ rml:parentTriplesMap <#Farm>;
            rml:joinCondition [ rml:child "name"; rml:parent "$.name" ] ] ] .
      <#Farm> rml:subjectMap [ rml:template "http://f/{name}" ];
        rml:logicalSource """ + SOURCE + " .")  # fmt: skip
    xsd = "http://www.w3.org/2001/XMLSchema#"
    found = {(r["subject"], r["object"], r.get("datatype")) for r in rows_of(path, duckdb_engine)}
    assert found == {
        ("http://e/Ada/0", "1.5E0", xsd + "double"), ("http://e/Ada/1", "2", xsd + "integer"),
        ("http://e/Ada/0", "0", xsd + "integer"), ("http://e/Ada/1", "1", xsd + "integer"),
        ("http://e/Bo/0", "0", xsd + "integer"), ("http://e/Ada/0", "http://f/Ada", None),
        ("http://e/Ada/1", "http://f/Ada", None), ("http://e/Bo/0", "http://f/Bo", None),
    }  # fmt: skip


def test_input_files(tmp_path: Path) -> None:
    path = write_mapping(
        tmp_path, priced("leftJoin") + "<#M> rml:logicalSource <#Farms>; rml:subject ex:s ."
    )
    assert [file.name for file in input_files(path)] == [
        "mapping.ttl", "farms.json", "prices.csv",
    ]  # fmt: skip


def test_records_of_a_table_are_refused(tmp_path: Path, duckdb_engine: Engine) -> None:
    path = write_mapping(tmp_path, """<#V> rml:viewOn [ rml:source "a.csv";
      rml:referenceFormulation rml:CSV ]; rml:field [ a rml:IterableField; rml:fieldName "x";
        rml:field [ rml:fieldName "y"; rml:reference "y" ] ] .""")  # fmt: skip
    with pytest.raises(MappingError, match=r"logical view V: The rows of this source have no"):
        read_view(path, "V", ("x.y",), duckdb_engine)


def test_functions_in_fields(tmp_path: Path, duckdb_engine: Engine) -> None:
    farms(tmp_path)
    called = """rml:functionExecution [ rml:function grel:toUpperCase;
        rml:input [ rml:parameter grel:valueParam; rml:inputValueMap [ rml:reference "{}" ] ] ]"""
    view = f"""@prefix grel: <http://users.ugent.be/~bjdmeest/function/grel.ttl#> .
      <#V> rml:viewOn {SOURCE}; rml:field [ rml:fieldName "n"; {called.format("$.name")} ],
        [ rml:fieldName "f"; rml:iterator "$.fields[*]"; rml:field
          [ rml:fieldName "c"; {called.format("$.crop")} ] ] .
      <#M> rml:logicalSource <#V>; rml:subjectMap [ rml:template "http://e/{{n}}" ];
        rml:predicateObjectMap [ rml:predicate ex:p; rml:objectMap [ rml:reference "f.c" ] ] ."""
    found = rows_of(write_mapping(tmp_path, view), duckdb_engine)
    assert {(row["subject"], row["object"]) for row in found} == {
        ("http://e/ADA", "RYE"), ("http://e/ADA", "OATS"), ("http://e/BO", "RYE"),
    }  # fmt: skip
