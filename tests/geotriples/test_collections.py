"""Gather maps: lists and containers in the order of the rows, the same on both engines."""

from __future__ import annotations

import json
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.protocol import Engine
from geosparql.errors import MappingError
from geotriples.convert import convert
from geotriples.options import ConvertOptions
from tests.geotriples.mappings import pom, source, write_mapping

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
ROWS = source("rows.json", "rml:JSONPath", 'rml:iterator "$[*]"')
SUBJECT = 'rml:subjectMap [ rml:template "http://e/{$.id}" ]'


def gather(elements: str, kind: str = "List", more: str = "") -> str:
    return f"rml:gather ( {elements} ); rml:gatherAs rdf:{kind}; {more}"


def mapping(folder: Path, rows: object, *maps: str, subject: str = SUBJECT) -> Path:
    (folder / "rows.json").write_text(json.dumps(rows))
    text = f"@prefix rdf: <{RDF}> . <#M> {'; '.join([ROWS, subject, *maps])} ."
    return write_mapping(folder, text)


class Read:
    """The triples of an output, and the collections in it."""

    def __init__(self, path: Path, engine: Engine, folder: Path) -> None:
        output = folder / "out.nq"
        convert(path, engine=engine, output=output)
        self.lines = sorted(output.read_text().splitlines())
        self.store = ox.Store()
        self.store.load(path=str(output))

    def one(self, subject: object, predicate: str, graph: object = None) -> object:
        wanted = ox.NamedNode(RDF + predicate)
        found = {quad.object for quad in self.store.quads_for_pattern(subject, wanted, None, graph)}
        assert len(found) == 1, (subject, predicate, found)
        return found.pop()

    def listed(self, node: object, graph: object = None) -> list[object]:
        found = []
        while node != ox.NamedNode(RDF + "nil"):
            found.append(self.one(node, "first", graph))
            node = self.one(node, "rest", graph)
        return found

    def contained(self, node: object) -> list[object]:
        found = {
            int(quad.predicate.value.removeprefix(RDF + "_")): quad.object
            for quad in self.store.quads_for_pattern(node, None, None)
            if quad.predicate.value.startswith(RDF + "_")
        }
        assert sorted(found) == list(range(1, len(found) + 1))
        return [found[number] for number in sorted(found)]

    def objects(self, predicate: str) -> list[tuple[str, object]]:
        found = self.store.quads_for_pattern(
            None, ox.NamedNode("http://example.com/" + predicate), None
        )
        return sorted(((quad.subject.value, quad.object) for quad in found), key=str)


def texts(nodes: list[object]) -> list[str]:
    return [node.value for node in nodes]  # type: ignore[attr-defined]


VALUES = st.lists(st.sampled_from("abc"), max_size=3)
TABLES = st.lists(
    st.fixed_dictionaries({"id": st.sampled_from("xyz"), "v": VALUES, "w": VALUES}), max_size=6
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=TABLES)
def test_lists_of_a_name_go_on_from_row_to_row(
    rows: list[dict[str, str]], tmp_path: Path, duckdb_engine: Engine
) -> None:
    elements = '[ rml:reference "$.v[*]" ] [ rml:reference "$.w[*]" ]'
    named = gather(elements, more='rml:template "http://l/{$.id}"')
    path = mapping(tmp_path, rows, pom("ex:p", named), pom("ex:q", gather(elements, "Bag")))
    read = Read(path, duckdb_engine, tmp_path)
    expected: dict[str, list[str]] = {}
    for row in rows:
        expected.setdefault(row["id"], []).extend([*row["v"], *row["w"]])
    found = {subject[-1]: texts(read.listed(node)) for subject, node in read.objects("p")}
    assert found == {name: values for name, values in expected.items() if values}
    bags = [texts(read.contained(node)) for _, node in read.objects("q")]
    kept = [[*row["v"], *row["w"]] for row in rows]
    assert sorted(bags) == sorted(values for values in kept if values)


TABLE = [
    {"id": "x", "g": "1", "v": ["a", "b"], "w": [1, 25], "k": 1},
    {"id": "y", "g": "2", "v": [], "w": [3], "k": 2},
    {"id": "x", "g": "2", "v": ["c"], "w": [], "k": 2},
]
V, W = '[ rml:reference "$.v[*]" ]', '[ rml:reference "$.w[*]" ]'


@pytest.mark.spark
@pytest.mark.full
def test_lines_are_the_same_on_both_engines(
    duckdb_engine: Engine, spark_engine: Engine, tmp_path: Path
) -> None:
    blank = 'rml:template "{$.id}"; rml:termType rml:BlankNode'
    allow = "rml:allowEmptyListAndContainer true"
    nested = f"[ {gather(V, 'Bag', allow)} ] [ {gather(W, 'Seq')} ]"
    path = mapping(
        tmp_path, TABLE,
        pom("ex:p", gather(nested)),
        pom("ex:q", gather(f"{V} {W}", "Alt", f"rml:strategy rml:cartesianProduct; {allow}")),
        pom("ex:r", gather(V, more=f"{blank}; {allow}")),
    )  # fmt: skip
    found = [Read(path, engine, tmp_path).lines for engine in (duckdb_engine, spark_engine)]
    assert found[0] == found[1]
    assert len(found[0]) > 30


def test_gathered_values_are_terms(duckdb_engine: Engine, tmp_path: Path) -> None:
    elements = (
        f'[ rml:template "http://v/{{$.v[*]}}" ] {W} '
        '[ rml:reference "$.g"; rml:language "en" ] [ rml:constant ex:c ]'
    )
    path = mapping(tmp_path, TABLE[:1], pom("ex:p", gather(elements)))
    read = Read(path, duckdb_engine, tmp_path)
    ((_, node),) = read.objects("p")
    integer = ox.NamedNode("http://www.w3.org/2001/XMLSchema#integer")
    assert read.listed(node) == [
        ox.NamedNode("http://v/a"), ox.NamedNode("http://v/b"),
        ox.Literal("1", datatype=integer), ox.Literal("25", datatype=integer),
        ox.Literal("1", language="en"), ox.NamedNode("http://example.com/c"),
    ]  # fmt: skip


def test_subjects_are_said_once_and_in_every_graph(duckdb_engine: Engine, tmp_path: Path) -> None:
    subject = f"rml:subjectMap [ {gather(V)} rml:class ex:C ]"
    graph = 'rml:graphMap [ rml:template "http://g/{$.g}" ]'
    graphs = f"rml:predicateObjectMap [ rml:predicate ex:p; rml:object 1; {graph} ]"
    read = Read(
        mapping(tmp_path, TABLE, graphs, pom("ex:q", "rml:constant 2"), subject=subject),
        duckdb_engine, tmp_path,
    )  # fmt: skip
    heads = [
        quad.subject
        for quad in read.store.quads_for_pattern(None, ox.NamedNode(RDF + "type"), None)
    ]
    default = ox.DefaultGraph()
    assert sorted(texts(read.listed(head, default)) for head in heads) == [["a", "b"], ["c"]]
    in_graphs = [
        (quad.graph_name.value, texts(read.listed(quad.subject, quad.graph_name)))
        for quad in read.store.quads_for_pattern(None, ox.NamedNode("http://example.com/p"), None)
    ]
    assert sorted(in_graphs) == [("http://g/1", ["a", "b"]), ("http://g/2", ["c"])]
    assert len(read.lines) == len(set(read.lines))


def test_maps_that_gather_the_same_make_their_own(duckdb_engine: Engine, tmp_path: Path) -> None:
    path = mapping(tmp_path, TABLE[:1], pom("ex:p", gather(V)), pom("ex:q", gather(V)))
    read = Read(path, duckdb_engine, tmp_path)
    ((_, first),), ((_, second),) = read.objects("p"), read.objects("q")
    assert first != second
    assert texts(read.listed(first)) == texts(read.listed(second)) == ["a", "b"]


def test_joined_rows_are_gathered_in_their_order(engine: Engine, tmp_path: Path) -> None:
    others = [{"k": 2, "n": "late"}, {"k": 1, "n": "only"}, {"k": 2, "n": "last"}]
    (tmp_path / "others.json").write_text(json.dumps(others))
    element = (
        '[ rml:parentTriplesMap <#O>; rml:joinCondition [ rml:child "$.k"; rml:parent "$.k" ] ]'
    )
    path = mapping(
        tmp_path, TABLE[:2], pom("ex:p", gather(element)) + f""" .
        <#O> {source("others.json", "rml:JSONPath", 'rml:iterator "$[*]"')};
        rml:subjectMap [ rml:template "http://o/{{$.n}}" ]""",
    )  # fmt: skip
    read = Read(path, engine, tmp_path)
    assert [texts(read.listed(node)) for _, node in read.objects("p")] == [
        ["http://o/only"], ["http://o/late", "http://o/last"],
    ]  # fmt: skip


def test_illegal_members_are_told(duckdb_engine: Engine, tmp_path: Path) -> None:
    rows = [{"id": "x", "v": ["http://v/a", "http://v/b c"]}]
    path = mapping(
        tmp_path, rows, pom("ex:p", gather('[ rml:reference "$.v[*]"; rml:termType rml:IRI ]'))
    )
    report = convert(
        path,
        engine=duckdb_engine,
        output=tmp_path / "a.nt",
        options=ConvertOptions(on_error="skip"),
    )
    assert [(problem.what, problem.rows) for problem in report.problems] == [
        ("The value makes no legal IRI", 1)
    ]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (f"rml:gather ( {V} )", "list or a container"),
        (f"rml:gather ( {V} ); rml:gatherAs rdf:Heap", "list or a container: '.*Heap'"),
        (gather(V, more="rml:strategy rml:shuffle"), "strategy is unknown"),
        (gather(""), "gathers nothing"),
        (f"rml:gather {V}; rml:gatherAs rdf:Bag", "needs a list of term maps"),
        (gather("[ rml:parentTriplesMap <#Nobody> ]"), "parent triples map does not exist"),
    ],
)
def test_what_is_refused(words: str, message: str, duckdb_engine: Engine, tmp_path: Path) -> None:
    path = mapping(tmp_path, TABLE, pom("ex:p", words))
    with pytest.raises(MappingError, match=message):
        convert(path, engine=duckdb_engine, output=tmp_path / "a.nt")


def test_gathered_over_a_view(engine: Engine, tmp_path: Path) -> None:
    """Rows of a view are told apart by their places, parents' rows too."""
    rows = [{"id": "a", "parts": [{"n": 1, "v": ["x", "y"]}, {"n": 2, "v": []}]},
            {"id": "b", "parts": [{"n": 1, "v": ["z"]}]}]  # fmt: skip
    (tmp_path / "rows.json").write_text(json.dumps(rows))
    fields = """rml:field [ rml:fieldName "id"; rml:reference "$.id" ],
      [ a rml:IterableField; rml:fieldName "part"; rml:iterator "$.parts[*]";
        rml:field [ rml:fieldName "n"; rml:reference "$.n" ],
          [ rml:fieldName "v"; rml:reference "$.v[*]" ] ]"""
    on = ROWS.removeprefix("rml:logicalSource ")
    template = 'rml:subjectMap [ rml:template "http://e/{id}/{part.n}" ]'
    joined = """[ rml:parentTriplesMap <#All>; rml:joinCondition [
      rml:child "id"; rml:parent "id" ] ]"""
    value = '[ rml:reference "part.v" ]'
    named = gather(value, more='rml:template "http://e/{id}/list"; rml:termType rml:IRI')
    text = f"""@prefix rdf: <{RDF}> . <#V> a rml:LogicalView; rml:viewOn {on}; {fields} .
      <#M> rml:logicalSource <#V>; {template};
        {pom("ex:own", gather(value + joined))}; {pom("ex:named", named)} .
      <#All> rml:logicalSource <#V>; {template}; {pom("ex:n", 'rml:reference "part.n"')} ."""
    read = Read(write_mapping(tmp_path, text), engine, tmp_path)
    own: dict[str, list[list[str]]] = {}
    for quad in read.store.quads_for_pattern(None, ox.NamedNode("http://example.com/own"), None):
        members = [node.value for node in read.listed(quad.object)]
        own.setdefault(quad.subject.value.removeprefix("http://e/"), []).append(members)
    others = ["http://e/a/1", "http://e/a/2"]
    assert {key: sorted(lists) for key, lists in own.items()} == {
        "a/1": [["x", *others], ["y", *others]],
        "a/2": [others],
        "b/1": [["z", "http://e/b/1"]],
    }
    for name, members in (("a", ["x", "y"]), ("b", ["z"])):
        node = ox.NamedNode(f"http://e/{name}/list")
        assert [one.value for one in read.listed(node)] == members
