"""Federated answers are those of one merged store, in as few requests as it takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox
import pytest

from endpoint.store.store import open_store
from federation.federate import Federation, federate, read_members
from federation.members import Member, Members
from geosparql.errors import FederationError, MemberError, QueryError
from tests.federation.servers import Proxy, free_port, oxigraph_server, put_turtle, serving
from tests.federation.worlds import (
    EX,
    PREFIXES,
    Rows,
    merged,
    rows_of,
    things,
    true_rows,
    values,
)

THINGS = things(600)
VALUES = (
    values(600, 80)
    + """
:thing1 :category "c1" ; :name "another name" .
:thing2 :name "thing 2" .
:owner1 :name "first owner" ; :boss :owner2 .
:owner2 :boss :owner3 .
_:anyone :name "unnamed" ; :knows :owner1 .
"""
)


class World:
    """Two members behind counting proxies, and the truth."""

    def __init__(self, a: Proxy, b: Proxy, members: Members, truth: ox.Store) -> None:
        self.a, self.b, self.members, self.truth = a, b, members, truth

    def requests(self) -> tuple[int, int]:
        return len(self.a.queries), len(self.b.queries)

    def forget(self) -> None:
        self.a.forget()
        self.b.forget()


@pytest.fixture(scope="module")
def world(oxigraph: str) -> Iterator[World]:
    with oxigraph_server() as second:
        put_turtle(oxigraph, THINGS)
        put_turtle(second, VALUES)
        a, b = Proxy(f"{oxigraph}/query"), Proxy(f"{second}/query")
        with serving(a) as at_a, serving(b) as at_b:
            members = Members(
                (
                    Member("a", f"{at_a}/sparql", stable_blank_nodes=True),
                    Member("b", f"{at_b}/sparql", stable_blank_nodes=True),
                )
            )
            yield World(a, b, members, merged(THINGS, VALUES))


@pytest.fixture(scope="module")
def remote(world: World) -> Iterator[Federation]:
    """Both members are endpoints."""
    with Federation(world.members) as federation:
        yield federation


@pytest.fixture(scope="module")
def home(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Federation]:
    """A is a store of ours, B an endpoint."""
    folder: Path = tmp_path_factory.mktemp("home")
    (folder / "a.ttl").write_text(THINGS)
    with open_store(folder / "a", create=True) as store:
        store.load(folder / "a.ttl")
    b = world.members.members[1]
    with Federation(Members((Member("a", store=folder / "a", geosparql=True), b))) as federation:
        yield federation


@pytest.fixture(params=["remote", "home"])
def federation(request: pytest.FixtureRequest, world: World) -> Federation:
    found: Federation = request.getfixturevalue(request.param)
    world.forget()
    return found


def ask(federation: Federation, text: str) -> Rows:
    return rows_of(federation.query(PREFIXES + text))


THEMATIC = [
    "SELECT ?t ?n ?v { ?t :name ?n ; :value ?v }",
    'SELECT ?t ?n ?v { ?t :category "c5" ; :name ?n ; :value ?v }',
    'SELECT * { ?t :category "c5" ; :name ?n ; :value ?v ; :owner ?o FILTER (?v > 6000) }',
    "SELECT ?t ?v { ?t a :Thing OPTIONAL { ?t :value ?v FILTER (?v < 300) } }",
    "SELECT ?t ?n { ?t :name ?n FILTER NOT EXISTS { ?t :value ?v } }",
    "SELECT ?t { ?t a :Thing FILTER EXISTS { ?t :value ?v FILTER (?v < 500) } }",
    "SELECT ?t ?n { ?t :name ?n MINUS { ?t :owner :owner3 } }",
    'SELECT ?t ?x { { ?t :category "c7" ; :value ?x } UNION { ?t :value 37 ; :name ?x } }',
    "SELECT ?o (MAX(?v) AS ?m) { ?t a :Thing ; :owner ?o ; :value ?v } GROUP BY ?o",
    "SELECT ?o (AVG(?v) AS ?m) { ?t :value ?v ; :owner ?o } GROUP BY ?o HAVING (COUNT(*) > 85)",
    "SELECT DISTINCT ?c ?o { ?t :category ?c ; :owner ?o FILTER (?o != :owner1) }",
    "SELECT ?t ?n ?v { VALUES ?t { :thing3 :thing4 :none } ?t :name ?n ; :value ?v }",
    "SELECT ?t ?w { ?t :value ?v BIND (?v * 2 AS ?w) ?t :category 'c9' }",
    "SELECT ?t ?v { { SELECT ?t { ?t :category 'c3' } } ?t :value ?v }",
    "SELECT ?t ?p ?x { VALUES ?t { :thing1 :thing2 } ?t ?p ?x }",
    "SELECT ?t { ?t :value ?v ; :name ?n FILTER (STRENDS(?n, '99') && ?v > 100) }",
    "SELECT ?o ?b { ?o :boss+ ?b }",
    "SELECT ?o ?b { :owner1 :boss* ?b . ?t :owner ?b ; :category 'c8' }",
    "SELECT ?x ?n { ?x :knows/:name ?n }",
    "SELECT ?t { ?t :nothing ?x }",
    "SELECT ?t ?x { ?t :category 'c2' OPTIONAL { ?t :nothing ?x } }",
    "SELECT ?t ?v { ?t :category 'c2' . { ?t :value ?v } UNION { ?t :owner ?v } }",
    "SELECT * { { ?t :category 'c1' OPTIONAL { ?t :value ?v } } { ?t :name ?n } }",
    "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
    "SELECT ?s { ?s :name ?n . ?s :knows ?o . ?o :name ?m }",
]

SPATIAL = [
    """SELECT ?t ?v { ?t a :Thing ; geo:asWKT ?w ; :value ?v FILTER (geof:sfIntersects(?w,
       "POLYGON((1 41, 3 41, 3 43, 1 43, 1 41))"^^geo:wktLiteral)) }""",
    """SELECT ?t ?z { ?t a :Thing ; geo:asWKT ?w . ?z a :Zone ; geo:asWKT ?g
       FILTER (geof:sfIntersects(?w, ?g)) }""",
    """SELECT ?z (COUNT(?t) AS ?n) { ?z a :Zone ; geo:asWKT ?g . ?t a :Thing ; geo:asWKT ?w
       FILTER (geof:sfWithin(?w, ?g)) } GROUP BY ?z""",
    """SELECT ?z { ?z a :Zone ; geo:asWKT ?g FILTER NOT EXISTS {
       ?t a :Thing ; geo:asWKT ?w FILTER (geof:sfWithin(?w, ?g)) } }""",
]


@pytest.mark.parametrize("text", THEMATIC)
def test_an_answer_is_that_of_the_merged_store(federation, world, text) -> None:
    assert ask(federation, text) == true_rows(world.truth, text)


@pytest.mark.parametrize("text", SPATIAL)
def test_a_spatial_answer_is_that_of_the_merged_store(federation, world, text) -> None:
    found = ask(federation, text)
    assert found == true_rows(world.truth, text)
    assert found


def test_spatial_filters_are_sent_to_members_that_compute_them(world) -> None:
    text = SPATIAL[0]
    able = Members(tuple(replace(member, geosparql=True) for member in world.members))
    with Federation(able) as federation:
        world.forget()
        assert ask(federation, text) == true_rows(world.truth, text)
        assert any("sfIntersects" in query for query in world.a.queries)


def test_a_member_too_far_away_is_not_asked(world) -> None:
    text = """SELECT ?x { ?x geo:asWKT ?w FILTER (geof:sfIntersects(?w,
      "POLYGON((1 41, 3 41, 3 43, 1 43, 1 41))"^^geo:wktLiteral)) }"""
    a, b = world.members
    with Federation(Members((a, replace(b, extent=(20.0, 0.0, 30.0, 10.0))))) as federation:
        ask(federation, text)
        world.forget()
        ask(federation, text)
        assert world.requests() == (1, 0)


def known_predicates(world: World) -> Members:
    wkt = "http://www.opengis.net/ont/geosparql#asWKT"
    a = {EX + "name", EX + "category", wkt}
    b = {EX + "value", EX + "owner", wkt}
    first, second = world.members
    return Members(
        (replace(first, predicates=frozenset(a)), replace(second, predicates=frozenset(b)))
    )


@pytest.mark.parametrize(
    ("text", "requests"),
    [
        ("SELECT ?t ?c ?v { ?t :category ?c ; :value ?v }", (1, 1)),
        ('SELECT ?t ?n ?v { ?t :category "c5" ; :name ?n ; :value ?v }', (1, 1)),
        ('SELECT * { ?t :category "c5" ; :value ?v ; :owner ?o FILTER (?v > 6000) }', (1, 1)),
        ("SELECT ?t { ?t :value 37 }", (0, 1)),
        (
            "SELECT ?o (COUNT(*) AS ?n) { ?t :owner ?o OPTIONAL { ?t :value ?v } } GROUP BY ?o",
            (0, 1),
        ),
    ],
)
def test_two_requests_are_enough(world, text, requests) -> None:
    with Federation(known_predicates(world)) as federation:
        world.forget()
        assert ask(federation, text)
        assert world.requests() == requests


def test_source_selection_asks_each_member_once_and_remembers(world) -> None:
    text = 'SELECT ?t ?v { ?t :category "c5" ; :value ?v }'
    with Federation(world.members) as federation:
        world.forget()
        first = ask(federation, text)
        assert world.requests() == (2, 2)
        world.forget()
        assert ask(federation, text) == first
        assert world.requests() == (1, 1)


def test_blank_nodes_that_may_change_are_not_joined_and_said(world) -> None:
    text = "SELECT ?x ?n { ?x :knows ?o . ?x :name ?n }"
    unstable = Members(tuple(replace(m, stable_blank_nodes=False) for m in world.members))
    with Federation(unstable) as federation:
        answer = federation.query(PREFIXES + text)
        assert "stable_blank_nodes" in " ".join(answer.warnings)
        assert not rows_of(answer)


def test_a_small_side_binds_the_other(world, remote) -> None:
    text = 'SELECT ?t ?v { ?t :category "c5" ; :value ?v }'
    ask(remote, text)
    world.forget()
    ask(remote, text)
    assert "VALUES" in world.b.queries[-1]
    assert world.b.queries[-1].count("thing") == 6


def test_filters_over_one_member_are_sent_to_it(world, remote) -> None:
    text = 'SELECT ?t ?v { ?t :category "c5" ; :value ?v FILTER (?v > 600 && STRLEN(STR(?t)) > 3) }'
    ask(remote, text)
    assert ">" in world.b.queries[-1]
    assert "STRLEN" in world.b.queries[-1]


def test_an_empty_side_asks_no_further(world, remote) -> None:
    text = "SELECT ?t ?v { ?t :category 'c1' ; :name 'no such name' . ?t :value ?v }"
    assert ask(remote, text) == {}
    world.forget()
    assert ask(remote, text) == {}
    assert sum(world.requests()) <= 1


def test_service_names_a_member(federation, world) -> None:
    endpoint = world.members.members[1].endpoint
    text = f"SELECT ?t ?v {{ ?t :category 'c5' SERVICE <{endpoint}> {{ ?t :value ?v }} }}"
    plain = "SELECT ?t ?v { ?t :category 'c5' . ?t :value ?v }"
    assert ask(federation, text) == true_rows(world.truth, plain)
    by_name = "SELECT ?t ?v { ?t :category 'c5' SERVICE <member:b> { ?t :value ?v } }"
    assert ask(federation, by_name) == true_rows(world.truth, plain)


def test_a_member_for_service_only_is_not_asked_else(world) -> None:
    a, b = world.members
    with Federation(Members((a, replace(b, service_only=True)))) as federation:
        world.forget()
        assert not ask(federation, "SELECT * { ?t :value ?v }")
        assert world.requests()[1] == 0
        assert ask(federation, "SELECT * { SERVICE <member:b> { ?t :value ?v } }")


def test_service_asks_that_member_alone(federation, world) -> None:
    found = ask(federation, "SELECT ?t ?n { SERVICE <member:b> { ?t :name ?n } }")
    assert found == true_rows(merged(VALUES), "SELECT ?t ?n { ?t :name ?n }")


def test_service_with_a_variable_asks_each_value(federation, world) -> None:
    endpoint = world.members.members[1].endpoint
    text = f"""SELECT ?at ?t ?v {{ VALUES ?at {{ <{endpoint}> <member:b> }}
      SERVICE ?at {{ ?t :value ?v FILTER (?v < 100) }} }}"""
    rows = true_rows(world.truth, "SELECT ?t ?v { ?t :value ?v FILTER (?v < 100) }")
    found = ask(federation, text)
    assert sum(found.values()) == 2 * sum(rows.values())
    assert {dict(row)["at"] for row in found} == {f"<{endpoint}>", "<member:b>"}


def test_service_with_an_unbound_variable_is_refused(federation) -> None:
    with pytest.raises(QueryError, match="not bound"):
        ask(federation, "SELECT * { SERVICE ?at { ?s ?p ?o } }")


def test_service_goes_to_members_only(federation) -> None:
    with pytest.raises(FederationError, match="members only"):
        ask(federation, "SELECT * { SERVICE <http://169.254.169.254/latest> { ?s ?p ?o } }")


def test_service_silent_joins_with_nothing_lost(federation) -> None:
    text = "SELECT ?t ?x { ?t :category 'c5' SERVICE SILENT <http://no.example/> { ?t :x ?x } }"
    answer = federation.query(PREFIXES + text)
    assert "no.example" in " ".join(answer.warnings)
    assert sum(rows_of(answer).values()) == 6


@pytest.fixture
def with_a_dead_member(world: World) -> Iterator[Federation]:
    dead = Member("dead", f"http://127.0.0.1:{free_port()}/sparql", timeout_s=5)
    with Federation(Members((*world.members, dead))) as federation:
        yield federation


def test_a_dead_member_is_an_error_that_names_it(with_a_dead_member) -> None:
    with pytest.raises(MemberError, match="Member dead cannot be reached"):
        ask(with_a_dead_member, "SELECT * { ?t :category ?c ; :value ?v }")


def test_a_dead_service_is_named_and_silent_passes_over_it(with_a_dead_member) -> None:
    service = "VALUES ?t { :thing5 } SERVICE %s <member:dead> { ?t :value ?v }"
    with pytest.raises(MemberError, match="Member dead"):
        ask(with_a_dead_member, "SELECT * { " + service % "" + " }")
    found = ask(with_a_dead_member, "SELECT * { " + service % "SILENT" + " }")
    assert list(found) == [(("t", f"<{EX}thing5>"),)]


def test_other_forms_are_answered(federation) -> None:
    assert federation.query(PREFIXES + "ASK { :thing5 :category ?c ; :value ?v }").boolean
    assert not federation.query(PREFIXES + "ASK { :thing5 :value 'none' }").boolean
    with federation.query(
        PREFIXES + "CONSTRUCT { ?t :both ?v } { ?t :category 'c5' ; :value ?v }"
    ) as answer:
        assert sum(batch.num_rows for batch in answer.triples()) == 6
    with federation.query(PREFIXES + "DESCRIBE :thing5") as answer:
        predicates = {p for batch in answer.triples() for p in batch["predicate"].to_pylist()}
    assert {EX + "name", EX + "value"} <= predicates


def test_graphs_are_refused(federation) -> None:
    with pytest.raises(QueryError, match="FROM"):
        ask(federation, "SELECT * FROM :g { ?s ?p ?o }")


def test_two_stores_of_ours_are_two_members(world, tmp_path) -> None:
    for name, turtle in (("a", THINGS), ("b", VALUES)):
        (tmp_path / f"{name}.ttl").write_text(turtle)
        with open_store(tmp_path / name, create=True) as store:
            store.load(tmp_path / f"{name}.ttl")
    (tmp_path / "members.toml").write_text("[members.a]\nstore='a'\n[members.b]\nstore='b'\n")
    for text in THEMATIC[:6]:
        answer = federate(read_members(tmp_path / "members.toml"), PREFIXES + text)
        assert rows_of(answer) == true_rows(world.truth, text)


def test_a_federation_serves_over_http(world, remote) -> None:
    import httpx

    from endpoint.http.app import create_app

    text = PREFIXES + 'SELECT ?t ?v { ?t :category "c5" ; :value ?v }'
    with serving(create_app(remote)) as address:
        found = httpx.get(f"{address}/sparql", params={"query": text}, timeout=30)
        assert len(found.json()["results"]["bindings"]) == 6
        refused = "SELECT * { SERVICE <http://169.254.169.254/> { ?s ?p ?o } }"
        assert httpx.get(f"{address}/sparql", params={"query": refused}).status_code == 400
