"""Query text to algebra: shapes, and errors that say where."""

from __future__ import annotations

from pathlib import Path

import pytest

from endpoint.sparql import algebra as al
from endpoint.sparql import parse
from endpoint.sparql.parse import parse_query
from geosparql.errors import QueryError
from geosparql.terms import IRI, XSD, Literal

PREFIX = "PREFIX : <http://e/>\n"


def pattern_of(text: str) -> al.Pattern:
    return parse_query(PREFIX + text).query.pattern


@pytest.mark.parametrize(
    "text", ['VERSION "1.2"', "PREFIX a: <http://a/> VERSION '1.1' BASE <http://b/>"]
)
def test_a_version_may_be_declared(text: str) -> None:
    assert parse_query(f"{text} ASK {{}}")


@pytest.mark.parametrize(
    "text",
    [
        'VERSION """1.2""" ASK {}',
        "VERSION 1.2 ASK {}",
        'SELECT * { ?s ?p "a"@en--up }',
        'SELECT * { ?s ?p "a"@en--LTR }',
        "SELECT * { VALUES (?a ?a) { (1 2) } }",
    ],
)
def test_what_the_drafts_of_1_2_refuse(text: str) -> None:
    with pytest.raises(QueryError):
        parse_query(text)


def test_filter_of_a_group_is_the_condition_of_optional() -> None:
    pattern = pattern_of("SELECT * { ?a :p ?b OPTIONAL { ?a :q ?c FILTER(?b < ?c) } }")
    assert isinstance(pattern, al.Project)
    assert isinstance(pattern.pattern, al.LeftJoin)
    assert pattern.pattern.condition == al.Call("<", (al.Variable("b"), al.Variable("c")))


def test_filter_of_an_inner_group_stays_inside() -> None:
    pattern = pattern_of("SELECT * { ?a :p ?b OPTIONAL { { ?a :q ?c FILTER(?b < ?c) } } }")
    assert isinstance(pattern, al.Project)
    assert isinstance(pattern.pattern, al.LeftJoin)
    assert pattern.pattern.condition is None
    assert isinstance(pattern.pattern.right, al.Filter)


def test_sequences_and_inverses_are_triples() -> None:
    pattern = pattern_of("SELECT ?a { ?a :p/^:q ?b }")
    assert isinstance(pattern, al.Project)
    assert isinstance(pattern.pattern, al.BGP)
    first, second = pattern.pattern.triples
    assert first.object == second.object
    assert second.subject == al.Variable("b")


def test_aggregates_are_named_once() -> None:
    pattern = pattern_of("SELECT (COUNT(*) AS ?n) { ?a :p ?b } GROUP BY ?a HAVING (COUNT(*) > 1)")
    groups = []

    def walk(node: object) -> None:
        if isinstance(node, al.Group):
            groups.append(node)
        for name in ("pattern", "left", "right"):
            if hasattr(node, name):
                walk(getattr(node, name))

    walk(pattern)
    assert len(groups) == 1
    assert len(groups[0].aggregates) == 1


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("1", Literal("1", XSD + "integer")),
        ("-1.5", Literal("-1.5", XSD + "decimal")),
        ("1e6", Literal("1e6", XSD + "double")),
        ("TRUE", Literal("true", XSD + "boolean")),
        (r'"a\tb\u00e9"', Literal("a\tbé")),
        ("'''it's'''", Literal("it's")),
        (":with%20percent", IRI("http://e/with%20percent")),
        (r":a\,b", IRI("http://e/a,b")),
        ("<rel>", IRI("http://base/rel")),
    ],
)
def test_terms(text: str, term: object) -> None:
    query = parse_query(f"{PREFIX}SELECT * {{ ?s ?p {text} }}", base="http://base/x").query
    assert isinstance(query.pattern, al.Project)
    assert isinstance(query.pattern.pattern, al.BGP)
    assert query.pattern.pattern.triples[0].object == al.Constant(term)  # type: ignore[arg-type]


def test_minus_one_is_a_sum() -> None:
    pattern = pattern_of("SELECT (?a -1 AS ?b) { ?x :p ?a }")
    assert isinstance(pattern, al.Project)
    assert isinstance(pattern.pattern, al.Extend)
    one = al.Constant(Literal("-1", XSD + "integer"))
    assert pattern.pattern.expression == al.Call("+", (al.Variable("a"), one))


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("SELECT * {\n ?a :p }", "line 3, column 8"),
        ("SELECT * { ?a :p ?b", "line 2, column 20"),
        ("SELECT * { ?a no:p ?b }", "line 2, column 15"),
    ],
)
def test_an_error_says_where(text: str, where: str) -> None:
    with pytest.raises(QueryError) as error:
        parse_query(PREFIX + text)
    assert error.value.where == where


def test_an_error_says_what_could_stand_there() -> None:
    with pytest.raises(QueryError, match=r"Expected .*SELECT"):
        parse_query("SELEKT * { ?s ?p ?o }")


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(QueryError, match="nested too deeply"):
        parse_query(f"SELECT * {{ {'{' * 5000} {'}' * 5000} }}")


def test_the_table_of_the_grammar_is_kept_for_the_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    made = parse._parser.__wrapped__()
    kept = parse._parser.__wrapped__()  # read from the file
    assert [path.name for path in (tmp_path / "earthgraph").iterdir()] == ["sparql-query_unit"]
    text = "SELECT * { ?s ?p 1 }"
    assert kept.parse(text) == made.parse(text)


def test_without_a_place_for_the_table_it_is_made_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "earthgraph").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert parse._parser.__wrapped__().parse("ASK {}")
