"""Queries that would take everything: each ends at a limit while another client is served."""

from __future__ import annotations

import math
import random
import threading
import time
from collections.abc import Iterator

import httpx
import pytest

from endpoint.http.settings import SCOPES, HTTPSettings, Role, token_hash
from endpoint.store.store import Store, open_store
from geosparql.vocabulary import GEO
from tests.endpoint.http.conftest import EVERYTHING, serving_store

SETTINGS = HTTPSettings(
    roles=(
        Role(scopes=frozenset(SCOPES), timeout_s=1, max_timeout_s=1, concurrent_queries=3),
        Role("other", tokens=(token_hash("other"),)),
    )
)
OTHER = {"Authorization": "Bearer other"}
PREFIXES = """PREFIX : <http://e/> PREFIX geo: <http://www.opengis.net/ont/geosparql#>
PREFIX geof: <http://www.opengis.net/def/function/geosparql/>
PREFIX uom: <http://www.opengis.net/def/uom/OGC/1.0/> """
FEATURES = 3_000
HUGE_VERTICES = 200_000  # the whole million is in the long run


def ring(vertices: int) -> str:
    angles = (2 * math.pi * (i % vertices) / vertices for i in range(vertices + 1))
    return ", ".join(f"{20 * math.cos(a):.6f} {20 * math.sin(a):.6f}" for a in angles)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, str]]:
    folder = tmp_path_factory.mktemp("hostile")
    chance = random.Random(3)
    with (folder / "data.ttl").open("w") as file:
        file.write(
            "@prefix : <http://e/> . @prefix geo: <http://www.opengis.net/ont/geosparql#> .\n"
        )
        for i in range(FEATURES):
            x, y = chance.uniform(-20, 20), chance.uniform(-20, 20)
            file.write(f':f{i} :name "feature number {i}" ; :next :f{chance.randrange(FEATURES)} ;')
            file.write(f' geo:asWKT "POINT ({x:.5f} {y:.5f})"^^geo:wktLiteral .\n')
    with open_store(folder / "store", create=True) as store:
        store.load([folder / "data.ttl"])
        with serving_store(store, SETTINGS) as address:
            yield store, address
            while httpx.get(f"{address}/queries").json():  # what could not be stopped at once
                time.sleep(0.1)


def nested(opening: str, inner: str, closing: str, depth: int) -> str:
    return opening * depth + inner + closing * depth


TEN = "CONCAT(" + ",".join(["{0}"] * 10) + ")"
BOMB = " ".join(f"BIND({TEN.format('?v' + str(i))} AS ?v{i + 1})" for i in range(8))
QUERIES = {
    "cartesian": ("SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }", {504}),
    "cartesian in order": ("SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?c ?f ?i", {504}),
    "cartesian and a filter": (
        "SELECT * { ?a :name ?b . ?c :name ?d . ?e :name ?f FILTER(CONCAT(?b, ?d, ?f) = '') }",
        {504},
    ),
    "paths": ("SELECT (COUNT(*) AS ?n) { ?a (:next|^:next)* ?b . ?c (:next|^:next)* ?d }", {504}),
    "catastrophic regex": (
        "SELECT * { ?a :name ?b FILTER REGEX(CONCAT(?b, 'aaaaaaaaaaaaaaaaaaaaaaaa!'), "
        r"'^(([a-z 0-9])+)+\\1$') }",
        {503, 504},
    ),
    "catastrophic replace": (
        "SELECT (REPLACE(CONCAT(?b, 'aaaaaaaaaaaaaaaaaaaaaaaa!'), "
        r"'^(([a-z 0-9])+)+\\1$', 'x') AS ?x) { ?a :name ?b }",
        {503, 504},
    ),
    "nested repeats": (
        "SELECT * { ?a :name ?b FILTER REGEX(?b, '((x{99}){99}){99}') }",
        {200, 504},
    ),
    "growing strings": (f"SELECT ?v8 {{ ?a :name ?v0 {BOMB} }} ORDER BY ?v8", {503, 504}),
    "growing group": (
        "SELECT (GROUP_CONCAT(?b) AS ?x) { ?a :name ?b . ?c :name ?d . ?e :name ?f }",
        {504},
    ),
    "deep groups": (f"SELECT * {nested('{', '?a ?b ?c', '}', 5000)}", {400}),
    "deep brackets": (f"SELECT * {{ ?a ?b ?c FILTER({nested('!(', '?c', ')', 5000)}) }}", {400}),
    "deep optionals": (f"SELECT * {{ {nested('OPTIONAL { ?a ?b ?c ', '', '}', 2000)} }}", {400}),
    "long sum": (f"SELECT * {{ ?a ?b ?c FILTER({'+'.join(['?c'] * 9000)} > 1) }}", {400}),
    "many unions": (f"SELECT * {{ {' UNION '.join(['{ ?a ?b ?c }'] * 9000)} }}", {400, 504}),
    "huge values": (
        f"SELECT * {{ VALUES ?x {{ {' '.join(map(str, range(200_000)))} }} ?s ?p ?x }}",
        {413},
    ),
    "large values": (
        f"SELECT * {{ VALUES ?x {{ {' '.join(map(str, range(30_000)))} }} ?s ?p ?x }}",
        {200, 504},
    ),
    "a million kilometres": (
        "SELECT (MAX(geof:metricArea(geof:metricBuffer(?w, 1e9))) AS ?x) { ?s geo:asWKT ?w }",
        {200, 504},
    ),
    "all buffers together": (
        "SELECT (geof:aggUnion(geof:metricBuffer(?w, 2e6)) AS ?x) { ?s geo:asWKT ?w }",
        {200, 504},
    ),
    "all buffers of all pairs together": (
        "SELECT (geof:aggUnion(geof:metricBuffer(?w, STRLEN(?n))) AS ?x) "
        "{ ?s geo:asWKT ?w . ?t :name ?n }",
        {504},
    ),
    "far from everything": (
        "SELECT (SUM(geof:distance(?v, ?w, uom:metre)) AS ?x) "
        "{ ?s geo:asWKT ?v . ?t geo:asWKT ?w }",
        {504},
    ),
    "huge polygon in the query": (
        f"SELECT * {{ ?s geo:asWKT ?w FILTER(geof:sfWithin(?w, 'POLYGON (({ring(30_000)}))'"
        "^^geo:wktLiteral)) }",
        {413},
    ),
}


def answered_beside(address: str, ask: object) -> httpx.Response:
    """Send a hostile request, and let another client ask small ones until it has ended."""
    found: list[httpx.Response] = []
    asking = threading.Thread(target=lambda: found.append(ask()))  # type: ignore[operator]
    asking.start()
    served = 0
    while asking.is_alive() or served == 0:
        small = {"query": "ASK { <http://e/f1> <http://e/name> ?name }"}
        response = httpx.get(f"{address}/sparql", params=small, headers=OTHER, timeout=60)
        assert response.status_code == 200
        assert response.json()["boolean"] is True
        served += 1
    asking.join()
    return found[0]


@pytest.mark.parametrize("name", QUERIES)
def test_it_ends_while_others_are_served(name: str, own: tuple[Store, str]) -> None:
    _, address = own
    text, statuses = QUERIES[name]
    body = {"query": PREFIXES + text}
    response = answered_beside(
        address, lambda: httpx.post(f"{address}/sparql", data=body, timeout=120)
    )
    assert response.status_code in statuses, response.text[:300]
    if response.status_code != 200:
        assert response.json()["detail"]


@pytest.mark.parametrize(
    "vertices", [HUGE_VERTICES, pytest.param(1_000_000, marks=pytest.mark.full)]
)
def test_a_huge_polygon_in_the_store(vertices: int, own: tuple[Store, str]) -> None:
    store, address = own
    line = f'<http://e/huge> <{GEO}asWKT> "POLYGON (({ring(vertices)}))"^^<{GEO}wktLiteral> .'
    headers = {"Content-Type": "application/n-triples"}
    with serving_store(store, EVERYTHING) as patient:  # to store it is no crime
        url = f"{patient}/store?graph=http://e/huge"
        put = httpx.put(url, content=line, headers=headers, timeout=120)
        assert put.status_code in (201, 204)
    query = f"""{PREFIXES} SELECT (SUM(geof:metricDistance(?w, ?h)) AS ?x) {{
        GRAPH <http://e/huge> {{ <http://e/huge> geo:asWKT ?h }} ?s geo:asWKT ?w }}"""
    response = answered_beside(
        address, lambda: httpx.get(f"{address}/sparql", params={"query": query}, timeout=120)
    )
    assert response.status_code in (200, 503, 504), response.text


def test_a_term_that_is_too_long_for_its_syntax(own: tuple[Store, str]) -> None:
    store, _ = own
    turtle = f'<http://e/s> <http://e/p> "{"x" * (17 << 20)}" .'
    with serving_store(store, EVERYTHING) as address:
        url, headers = f"{address}/store?graph=http://e/long", {"Content-Type": "text/turtle"}
        answer = httpx.put(url, content=turtle, headers=headers, timeout=120)
        assert httpx.get(url).status_code == 404
    assert answer.status_code == 413
    assert answer.json()["title"] == "TermLengthError"
    assert "N-Triples" in answer.json()["hint"]
