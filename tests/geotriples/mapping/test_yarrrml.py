"""YARRRML becomes the same triples as the RML that its specification gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.protocol import Engine, Related
from geosparql.errors import MappingError, SourceError
from geosparql.terms import IRI
from geotriples.convert import convert
from geotriples.mapping.logical_source import DatabaseSource, FileSource
from geotriples.mapping.model import (
    Constant,
    LogicalTarget,
    Reference,
    ReferencingObjectMap,
    Template,
    TermMap,
    TermType,
)
from geotriples.mapping.rml import read_mapping
from geotriples.mapping.vocabulary import CSVW, EGR, FORMATS, RML
from tests.geotriples.mappings import rows_of

PEOPLE = """\
id,name,nick,home,boss,lang,kind
1,Ada,the {first},http://h/1,2,en,xsd:token
2,Bo,,http://h/2,,nl,
"""
HEAD = """\
prefixes:
  ex: http://example.com/
sources:
  people: [people.csv~csv]
mappings:
  person:
    sources: people
    s: ex:person/$(id)
    po:
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "mapping.yml"
    path.write_text(text, encoding="utf-8")
    (folder / "people.csv").write_text(PEOPLE, encoding="utf-8")
    return path


def said(folder: Path, engine: Engine, text: str) -> set[tuple[str | None, ...]]:
    """Give subject, predicate, object, and datatype, language or graph of the triples."""
    return {
        tuple(
            str(value).removeprefix("http://example.com/")
            for key, value in row.items()
            if value != "http://www.w3.org/2001/XMLSchema#string"
        )
        for row in rows_of(write(folder, text), engine)
    }


TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
LANG = "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"
XSD = "http://www.w3.org/2001/XMLSchema#"
ADA = "person/1"
PAIRS = {
    "class": ("[a, foaf:Person]", (ADA, TYPE, "http://xmlns.com/foaf/0.1/Person")),
    "reference": ("[ex:name, $(name)]", (ADA, "name", "Ada")),
    "long": ("{predicates: ex:name, objects: $(name)}", (ADA, "name", "Ada")),
    "literal template": ("[ex:x, '$(name) {$(id)}']", (ADA, "x", "Ada {1}")),
    "constant": ("[ex:x, ex:y]", (ADA, "x", "ex:y")),
    "iri constant": ("[ex:x, ex:y~iri]", (ADA, "x", "y")),
    "iri": ("[ex:home, $(home)~iri]", (ADA, "home", "http://h/1")),
    "iri template": ("[ex:x, ex:$(name)/$(id)~iri]", (ADA, "x", "Ada/1")),
    "iri in long form": ("{p: ex:home, o: {value: $(home), type: iri}}", (ADA, "home", "http://h/1")),
    "type of the pair": ("{p: ex:home, o: $(home), type: iri}", (ADA, "home", "http://h/1")),
    "datatype": ("[ex:id, $(id), xsd:integer]", (ADA, "id", "1", XSD + "integer")),
    "datatype in long form": (
        "{p: ex:id, o: [{v: $(id), datatype: xsd:integer}]}", (ADA, "id", "1", XSD + "integer"),
    ),
    "datatypes": ("[ex:id, [[$(id), xsd:int], [$(name)]]]", (ADA, "id", "1", XSD + "int")),
    "language": ("[ex:name, $(name), en-GB~lang]", (ADA, "name", "Ada", LANG, "en-gb")),
    "language reference": (
        "{p: ex:name, o: {value: $(name), language: $(lang)}}", (ADA, "name", "Ada", LANG, "en"),
    ),
    "predicates": ("[[ex:a, ex:b], [$(name), $(id)]]", (ADA, "b", "1")),
    "predicate template": ("[ex:$(lang), $(name)]", (ADA, "en", "Ada")),
    "graph of a pair": ("{p: ex:name, o: $(name), graphs: ex:g}", (ADA, "name", "Ada", "g")),
    "escapes": (r"[ex:x, '\$(name) \(a\) {b}']", (ADA, "x", "$(name) (a) {b}")),
    "null in data": ("[ex:nick, $(nick)]", (ADA, "nick", "the {first}")),
    "inverse": ("{p: ex:home, i: ex:homeOf, o: $(home)~iri}", ("http://h/1", "homeOf", ADA)),
    "function": (
        "{p: ex:x, o: {function: grel:toUpperCase, parameters: [[grel:valueParam, $(name)]]}}",
        (ADA, "x", "ADA"),
    ),
    "function in one line": (
        "{p: ex:x, o: {f: grel:toUpperCase(valueParam = $(name))}}", (ADA, "x", "ADA"),
    ),
    "function in function": (
        "{p: ex:x, o: {fn: 'grel:toUpperCase(valueParam = grel:toLowerCase(valueParam=$(name)))'}}",
        (ADA, "x", "ADA"),
    ),
    "nested value": (
        "{p: ex:x, o: {fn: grel:toUpperCase, pms: [{pm: grel:valueParam, v: "
        "{fn: grel:trim, pms: [[valueParam, ' a $(id) ']]}}], datatype: xsd:token}}",
        (ADA, "x", "A 1", XSD + "token"),
    ),
    "function gives an IRI": (
        "{p: ex:x, o: {fn: 'grel:toLowerCase(valueParam = $(home))', type: iri}}",
        (ADA, "x", "http://h/1"),
    ),
    "condition": (
        "{p: ex:x, o: $(name), condition: {f: equal, pms: [[str1, $(id)], [str2, 1]]}}",
        (ADA, "x", "Ada"),
    ),
    "join": (
        "{p: ex:boss, o: {mapping: person, condition: {function: equal, parameters: "
        "[[str1, $(boss), s], [str2, $(id), o]]}}}", (ADA, "boss", "person/2"),
    ),
    "join turned round": (
        "{p: ex:boss, o: [{m: person, condition: {f: 'equal(str1=$(boss), str2=$(id))'}}]}",
        (ADA, "boss", "person/2"),
    ),
    "same row": ("{p: ex:self, o: {mapping: person}}", (ADA, "self", ADA)),
}  # fmt: skip


@pytest.mark.parametrize(("pair", "expected"), PAIRS.values(), ids=PAIRS)
def test_pairs(pair: str, expected: tuple[str, ...], tmp_path: Path, duckdb_engine: Engine) -> None:
    assert expected in said(tmp_path, duckdb_engine, HEAD + f"      - {pair}\n")


def test_a_condition_keeps_others_away(tmp_path: Path, duckdb_engine: Engine) -> None:
    pair, _ = PAIRS["condition"]
    assert len(said(tmp_path, duckdb_engine, HEAD + f"      - {pair}\n")) == 1
    conditional = HEAD.replace(
        "    po:", "    condition: {f: 'equal(str1=$(id), str2=2)'}\n    po:"
    )
    assert said(tmp_path, duckdb_engine, conditional + "      - [ex:name, $(name)]\n") == {
        ("person/2", "name", "Bo")
    }


def test_graphs_of_a_mapping(tmp_path: Path, duckdb_engine: Engine) -> None:
    text = HEAD.replace("    po:", "    graphs: [ex:all, ex:of/$(id)]\n    po:")
    found = said(tmp_path, duckdb_engine, text + "      - [ex:name, $(name)]\n")
    assert {row[3] for row in found if row[0] == ADA} == {"all", "of/1"}


def test_blank_nodes(tmp_path: Path, duckdb_engine: Engine) -> None:
    text = HEAD.replace("    s: ex:person/$(id)\n", "") + "      - [ex:name, $(name)]\n"
    found = said(tmp_path, duckdb_engine, text)
    assert len({row[0] for row in found}) == 2
    assert all(str(row[0]).startswith("_:") for row in found)


def test_several_sources_and_subjects(tmp_path: Path) -> None:
    text = """
prefixes: {ex: 'http://example.com/'}
base: http://rules/
sources:
  one: {access: a.csv, referenceFormulation: csv, encoding: latin-1, delimiter: ;}
mappings:
  m:
    sources: [one, [b.json~jsonpath, '$.x[*]'], {access: c.gpkg, referenceFormulation: vector,
      iterator: layer, 'egr:crs': 'http://crs/1'}]
    subjects: ['ex:$(a)', 'ex:$(b)']
    po: {p: ex:other, o: {mapping: n}}
  n: {sources: one, s: 'ex:n/$(a)'}
"""
    mapping = read_mapping(write(tmp_path, text))
    assert [one.name for one in mapping.triples_maps] == [
        "http://rules/m", *(f"http://rules/m_{n}" for n in range(2, 7)), "http://rules/n",
    ]  # fmt: skip
    first, other, _, _, vector, *_ = (one.source for one in mapping.triples_maps)
    assert first.key == other.key
    assert first.source == FileSource(tmp_path / "a.csv", "latin-1")
    assert dict(first.options)[CSVW + "delimiter"] == ";"  # type: ignore[union-attr]
    assert (vector.formulation, vector.iterator, vector.options) == (  # type: ignore[union-attr]
        EGR + "Vector", "layer", ((EGR + "crs", "http://crs/1"),),
    )  # fmt: skip


def test_databases(tmp_path: Path) -> None:
    text = """
mappings:
  a:
    sources:
      access: http://localhost/example
      type: mysql
      credentials: {username: me, password: secret}
      queryFormulation: sql2008
      query: SELECT 1 AS a
      referenceFormulation: csv
    s: http://e/$(a)
  b: {sources: [{query: SELECT 2 AS b}], s: 'http://e/$(b)'}
"""
    first, second = read_mapping(write(tmp_path, text), database="sqlite:///x.db").triples_maps
    assert first.source.source == DatabaseSource("mysql://me:secret@localhost/example")
    assert (first.source.formulation, first.source.iterator) == (  # type: ignore[union-attr]
        RML + "SQL2008Query", "SELECT 1 AS a",
    )  # fmt: skip
    assert second.source.source == DatabaseSource("sqlite:///x.db")


def test_spatial_join(tmp_path: Path) -> None:
    text = (
        HEAD
        + """\
      - p: ex:near
        o: {m: person, condition: {f: 'geof:sfWithin(egr:p1 = $(geometry), egr:p2 = $(area))'}}
"""
    )
    (pom,) = read_mapping(write(tmp_path, text)).triples_maps[0].predicate_objects
    (near,) = pom.objects
    assert isinstance(near, ReferencingObjectMap)
    (join,) = near.joins
    assert join.condition == Related(("sf_within",))
    assert (join.child.expression, join.parent.expression) == (
        Reference("geometry"), Reference("area"),
    )  # fmt: skip


def test_sparql_endpoint(tmp_path: Path) -> None:
    text = """
mappings:
  a:
    sources: {access: http://e/sparql, type: sparql, query: 'SELECT * {?s ?p ?o}'}
    s: $(s)
"""
    source = read_mapping(write(tmp_path, text)).triples_maps[0].source
    assert source.source == DatabaseSource("http://e/sparql")
    assert (source.formulation, source.iterator) == (  # type: ignore[union-attr]
        FORMATS + "SPARQL_Results_CSV", "SELECT * {?s ?p ?o}",
    )  # fmt: skip


@pytest.mark.parametrize("key", ["quoted", "quotedNonAsserted"])
def test_quoted_triples(key: str, tmp_path: Path, duckdb_engine: Engine) -> None:
    text = (
        HEAD
        + f"""\
      - [ex:name, $(name)]
  said:
    sources: people
    s: {{{key}: person, condition: {{f: 'equal(str1=$(boss), str2=$(id))'}}}}
    po:
      - [ex:by, $(name)]
      - {{p: ex:also, o: {{{key}: person}}}}
"""
    )
    rows = rows_of(write(tmp_path, text), duckdb_engine)
    (by,) = (row for row in rows if str(row["predicate"]).endswith("/by"))
    reified = [row["object"] for row in rows if row["subject"] == by["subject"]]
    assert by["object"] == "Ada"
    assert any('person/2> <http://example.com/name> "Bo"' in str(value) for value in reified)
    names = {row["object"] for row in rows if str(row["predicate"]).endswith("/name")}
    assert names == (set() if key == "quotedNonAsserted" else {"Ada", "Bo"})


def test_targets(tmp_path: Path) -> None:
    text = HEAD.replace("mappings:", "targets:\n  t: [out.ttl.gz~void, turtle, gzip]\nmappings:")
    text = text.replace("s: ex:person/$(id)", "s: {value: ex:person/$(id), targets: t}")
    text += "      - {p: ex:name, o: {value: $(name), targets: [{access: b.nq}, t]}}\n"
    made = read_mapping(write(tmp_path, text)).triples_maps[0]
    assert [(one.path, one.format, one.compression) for one in made.subject.targets] == [
        ("out.ttl.gz", "ttl", "gzip")
    ]
    (value,) = made.predicate_objects[0].objects
    assert [one.path for one in value.targets] == ["b.nq", "out.ttl.gz"]
    assert isinstance(made.subject.targets[0], LogicalTarget)


def test_model(tmp_path: Path) -> None:
    text = (
        HEAD
        + """\
      - [ex:x, 'a{$(name)}']
      - p: ex:boss
        o: {mapping: person, condition: {function: equal, parameters: [[str1, $(id), o],
          [str2, 'x$(boss)', s]]}}
"""
    )
    made = read_mapping(write(tmp_path, text)).triples_maps[0]
    assert made.subject.expression == Template(("http://example.com/person/", Reference("id")))
    (value,), (boss,) = (pom.objects for pom in made.predicate_objects)
    assert isinstance(value, TermMap)
    assert value.expression == Template(("a{", Reference("name"), "}"))
    assert value.term_type is TermType.LITERAL
    assert value.where == "mapping.yml, line 10, triples map person, predicate x, object map"
    assert isinstance(boss, ReferencingObjectMap)
    assert [(join.child.expression, join.parent.expression) for join in boss.joins] == [
        (Template(("x", Reference("boss"))), Reference("id"))
    ]


def test_external_references(tmp_path: Path) -> None:
    text = HEAD.replace("mappings:", "external: {who: John}\nmappings:")
    text += "      - [ex:x, [$(_who), $(_none), 'a $(_who)', '$(\\_who)']]\n"
    (pom,) = read_mapping(write(tmp_path, text)).triples_maps[0].predicate_objects
    expressions = [value.expression for value in pom.objects]  # type: ignore[union-attr]
    assert [str(getattr(one, "term", one)) for one in expressions] == [
        '"John"', str(Reference("_none")), '"a John"', str(Reference("_who")),
    ]  # fmt: skip


def test_anchors_and_merges(tmp_path: Path) -> None:
    text = (
        HEAD
        + """\
      - &base {p: ex:x, o: {value: $(name), datatype: xsd:token}}
      - {<<: *base, p: ex:y}
"""
    )
    poms = read_mapping(write(tmp_path, text)).triples_maps[0].predicate_objects
    assert [pom.predicates[0].expression for pom in poms] == [
        Constant(IRI("http://example.com/x")), Constant(IRI("http://example.com/y")),
    ]  # fmt: skip


def test_convert_writes_it(tmp_path: Path, duckdb_engine: Engine) -> None:
    path = write(tmp_path, HEAD + "      - [ex:name, $(name)]\n")
    assert convert(path, engine=duckdb_engine, output=tmp_path / "out.nt").triples == 2


WRONG = {
    "not yaml": ("mappings: [", r"mapping\.yml, line 1, column \d+: The YAML cannot be read"),
    "two keys": ("a: 1\na: 2\n", "A key is given twice: 'a'"),
    "own anchor": ("mappings: &a [*a]", "line 1: An anchor stands inside itself"),
    "depth": ("mappings: " + "[" * 5000 + "]" * 5000, "nested too deep"),
    "root key": ("maping: {}", "line 1: The key is unknown: 'maping'. Did you mean mapping?"),
    "no source": ("mappings:\n  a:\n    s: ex:x\n", "line 3: A mapping needs a source"),
    "unknown source": ("mappings:\n  a:\n    sources: b\n", "line 3: There is no such source: 'b'"),
    "no formulation": (
        "mappings:\n  a:\n    sources: [{access: b}]\n    s: 'http://e'",
        "line 3: A source needs referenceFormulation",
    ),
    "mapping key": (HEAD.replace("    po:", "    poo:"), "line 9: The key is unknown: 'poo'.*po"),
    "no objects": (HEAD + "      - {p: ex:a}", "line 10: objects are missing"),
    "short pair": (HEAD + "      - [ex:a]", "line 10: A short pair is"),
    "no iri": (HEAD + "      - {p: ex:a, o: {f: nope, pms: []}}", "line 10: An IRI or a prefixed"),
    "unknown mapping": (HEAD + "      - {p: ex:a, o: {m: x}}", "no such mapping: 'x'.*person"),
    "join by more": (
        HEAD + "      - {p: ex:a, o: {m: person, condition: {f: 'grel:contains(valueParam=a)'}}}",
        "line 10: Mappings are joined by equal or by a spatial relation",
    ),
    "unknown type": (HEAD + "      - {p: ex:a, o: {v: a, type: iro}}", "type is unknown: 'iro'"),
    "inverse of a literal": (HEAD + "      - {p: ex:a, i: ex:b, o: $(id)}", "no inverse"),
    "datatype of an iri": (
        HEAD + "      - [ex:a, b]\n      - [ex:a, $(id)~iri, xsd:int]",
        "mapping.yml, line 11, triples map person, predicate a, object map: Only a literal has",
    ),
    "side": (
        HEAD + "      - {p: ex:a, o: {m: person, condition: {f: equal, pms: [[str1, a, x], [str2, "
        "b]]}}}",
        "The side is unknown: 'x'",
    ),
    "serialization": (
        HEAD + "      - {p: ex:a, o: {v: a, targets: [[x~void, turtel]]}}",
        "The serialization is unknown: 'turtel'. Known: .*turtle",
    ),
    "option": (
        "mappings: {a: {sources: [{access: b, 'ex:x': c, referenceFormulation: csv}]}}",
        "The key is unknown: 'ex:x'",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "message"), WRONG.values(), ids=WRONG)
def test_wrong(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(MappingError, match=message):
        read_mapping(write(tmp_path, text))


def test_anchors_are_shared_and_not_copied(tmp_path: Path) -> None:
    lines = ["authors:", "  - &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"  - &a{n + 1} [{', '.join([f'*a{n}'] * 9)}]" for n in range(30)]
    text = "\n".join(lines) + "\n" + HEAD + "      - [ex:name, $(name)]\n"
    assert len(read_mapping(write(tmp_path, text)).triples_maps) == 1


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read"):
        read_mapping(tmp_path / "none.yml")


def test_the_example_of_the_documentation(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "mappings.md").read_text(encoding="utf-8")
    example = page.partition("```yaml\n")[2].partition("```")[0]
    mapping = read_mapping(write(tmp_path, example))
    assert [one.name.partition("#")[2] for one in mapping.triples_maps] == ["parcel", "crop"]
