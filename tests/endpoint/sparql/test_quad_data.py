"""Long data requests mean what the grammar says they mean."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from endpoint.sparql import quad_data
from endpoint.sparql.operations import Data
from endpoint.sparql.parse_update import parse_update
from endpoint.sparql.update import update
from endpoint.store.store import Store, open_store
from geosparql.errors import QueryError
from tests.endpoint.sparql.solutions import canonical_quads, our_quads

PREFIX = "PREFIX : <http://e/> # words\nPREFIX xsd: <http://www.w3.org/2001/XMLSchema#>\n"
BODIES = (
    ":a :p 1 , 2.50 , -3e0 , true ; a :C . :b :p 'x'@EN , \"y\"^^xsd:date",
    "_:x :p [ :q ( 1 :a ) ] , _:x . [] :p '''a\n\"b''' .",
    "GRAPH :g { :a :p :b . :a :p :c } :d :p :e . GRAPH <http://e/h> { :a :p 1 . }",
    "<rel> :p <http://e/%20x> , :with\\,comma . # a comment\n",
)
LEFT_TO_THE_GRAMMAR = (
    "INSERT DATA { GRAPH :g { :a :p 1 } . }",
    "INSERT DATA { :a :p '{' }",
    "INSERT DATA { :a :p 1 } ; INSERT DATA { :a :p 2 }",
    r"INSERT DATA { :a :p '\u00e9' }",
    "INSERT { :a :p 1 } WHERE {}",
    "INSERT DATA { :a :p 1 GRAPH :g { :a :p TRUE } }",
)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(tmp_path_factory.mktemp("data") / "store", create=True) as opened:
        yield opened


@pytest.fixture
def both(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quad_data, "LONG_CHARACTERS", 0)


def quads_after(store: Store, text: str) -> set[str]:
    update(store, "DROP ALL")
    update(store, f"BASE <http://base/>{PREFIX}{text}")
    return canonical_quads(our_quads(store))


@pytest.mark.parametrize("body", BODIES)
def test_both_ways_give_the_same_quads(
    shared: Store, monkeypatch: pytest.MonkeyPatch, body: str
) -> None:
    text = f"INSERT DATA {{ {body} }}"
    wanted = quads_after(shared, text)
    monkeypatch.setattr(quad_data, "LONG_CHARACTERS", 0)
    (operation,) = parse_update(PREFIX + text, base="http://base/").operations
    assert isinstance(operation, Data)
    assert quads_after(shared, text) == wanted
    if "_:" not in body and "[]" not in body:
        report = update(shared, f"BASE <http://base/>{PREFIX}DELETE DATA {{ {body} }} ;")
        assert (report.deleted, our_quads(shared)) == (len(wanted), [])


@pytest.mark.usefixtures("both")
@pytest.mark.parametrize("text", LEFT_TO_THE_GRAMMAR)
def test_what_is_left_to_the_grammar(text: str) -> None:
    assert not any(isinstance(o, Data) for o in parse_update(PREFIX + text).operations)


@pytest.mark.usefixtures("both")
@pytest.mark.parametrize(
    "text",
    [
        "DELETE DATA { _:x :p 1 }",
        "INSERT DATA { ?s :p 1 }",
        "INSERT DATA { @prefix : <http://f/> . :a :p 1 }",
        "INSERT DATA { :a :p 1 } { :b :p 1 }",
        "INSERT DATA { :g { :a :p 1 } }",
        "INSERT DATA { :a :p }",
    ],
)
def test_errors_are_those_of_the_grammar(text: str) -> None:
    with pytest.raises(QueryError):
        parse_update(PREFIX + text)


def test_many_quads(shared: Store) -> None:
    update(shared, "DROP ALL")
    body = " ".join(f":s{number} :p {number % 7} ." for number in range(3000))
    assert update(shared, f"{PREFIX}INSERT DATA {{ {body} }}").inserted == 3000
    gone = body.replace(":s1 ", ":unknown ")
    assert update(shared, f"{PREFIX}DELETE DATA {{ {gone} }}").deleted == 2999
