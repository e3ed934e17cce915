"""A plan made for one geometry or string gives, with another, what a plan of its own gives."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest
import shapely

from endpoint.sparql.engine import query
from endpoint.sparql.plan_cache import PlanCache
from endpoint.store.dataset import Dataset
from endpoint.store.memory import drop_dataset
from engine.protocol import Engine
from geosparql.errors import EarthgraphError
from tests.endpoint.sparql.solutions import canonical, dataset_of, our_solutions

PREFIXES = """
PREFIX : <http://e/>
PREFIX geo: <http://www.opengis.net/ont/geosparql#>
PREFIX geof: <http://www.opengis.net/def/function/geosparql/>
PREFIX uom: <http://www.opengis.net/def/uom/OGC/1.0/>
"""
CRS = "http://www.opengis.net/def/crs/EPSG/0/"
WORLDS = {
    "one CRS": (),
    "several CRS": (
        f':moved geo:asWKT "<{CRS}4326> POINT(12 13)"^^geo:wktLiteral .',
        f':plane geo:asWKT "<{CRS}3857> POINT(1400000 1400000)"^^geo:wktLiteral .',
    ),
}
SPATIAL = (
    "SELECT * { ?s geo:asWKT ?w FILTER(geof:sfIntersects(?w, $)) }",
    "SELECT * { ?s geo:asWKT ?w FILTER(geof:sfContains($, ?w)) }",
    "SELECT * { ?s geo:asWKT ?w FILTER(geof:sfDisjoint(?w, $)) }",
    "SELECT * { ?s geo:asWKT ?w FILTER(geof:sfEquals(?w, $) = true) }",
    "SELECT * { ?s geo:asWKT ?w FILTER(geof:distance(?w, $, uom:metre) < 400000) }",
    "SELECT * { ?s geo:asWKT ?w FILTER(?w = $) }",
    "SELECT * { ?s :l ?l OPTIONAL { ?s geo:asWKT ?w FILTER(geof:sfWithin(?w, $)) } }",
    "SELECT * { ?s :l ?l FILTER EXISTS { ?s geo:asWKT ?w FILTER(geof:sfWithin(?w, $)) } }",
    "SELECT * { BIND($ AS ?c) ?s geo:asWKT ?w FILTER(geof:ehInside(?w, ?c)) }",
    "SELECT (geof:distance(?w, $, uom:metre) AS ?d) { ?s geo:asWKT ?w }",
    "SELECT (geof:area(geof:intersection(?w, $), uom:degree) AS ?i) { ?s geo:asWKT ?w }",
    "SELECT ?s { ?s geo:asWKT ?w } ORDER BY geof:distance(?w, $, uom:metre) ?s LIMIT 3",
)
TEXTUAL = (
    "SELECT * { ?s :l ?l FILTER(?l = $) }",
    "SELECT * { ?s :l ?l FILTER(?l != $) }",
    "SELECT * { ?s :l ?l FILTER(?l >= $) }",
    "SELECT * { ?s :l ?l FILTER(STR(?l) = $) }",
    "SELECT * { ?s :l ?l FILTER(?l IN ($, 'ab')) }",
    "SELECT * { ?s :l ?l FILTER(SAMETERM(?l, $)) }",
    "SELECT * { ?s :l ?l FILTER(CONTAINS(?l, $)) }",
    "SELECT * { ?s :l ?l FILTER(REGEX(STR(?l), $, 'i')) }",
    "SELECT * { ?s :l ?l FILTER(STRSTARTS(LCASE(STR(?l)), $)) }",
    "SELECT (REPLACE(?l, $, '-') AS ?r) (CONCAT(?l, $) AS ?c) { ?s :l ?l }",
    "SELECT * { VALUES ?l { 'no one' 'ab' } FILTER(?l = $) }",
    "SELECT * { BIND($ AS ?b) ?s :l ?l FILTER(?l = ?b) }",
    "SELECT (IF(?l = $, $, 'other') AS ?r) { ?s :l ?l }",
    "SELECT * { ?s ?p ?l FILTER(?l = $ || $) }",
    "SELECT (MIN(?l) AS ?m) { ?s :l ?l } GROUP BY (STRLEN(STR(?l))) HAVING(MIN(?l) < $)",
)
STRINGS = ("'a'", "'ab'", "'A'", "'b'@en", "'ab'@en", "'no one'", "''", "'['", "'a|b'@de", "'1'")
SEEDS = [0, *(pytest.param(seed, marks=pytest.mark.full) for seed in range(1, 30))]
ONE_CRS = pytest.mark.parametrize("dataset", ["one CRS"], indirect=True)


@pytest.fixture(params=WORLDS)
def dataset(request: pytest.FixtureRequest, duckdb_engine: Engine) -> Iterator[Dataset]:
    made = dataset_of(duckdb_engine, "\n".join([PREFIXES, *WORLDS[request.param], _features()]))
    yield made
    drop_dataset(made)


def _features() -> str:
    random = Random(3)
    words = ("'a'", "'ab'", "'ab'@en", "'Ab'@de", "'b'", "'[a'", "'a|b'", "1", ":a")
    lines = [':none geo:asWKT "POINT EMPTY"^^geo:wktLiteral , "POINT(1"^^geo:wktLiteral .']
    for number in range(24):
        x, y = random.randrange(20), random.randrange(20)
        shape = shapely.box(x, y, x + 3, y + 2) if number % 2 else shapely.Point(x, y)
        lines.append(
            f':s{number} geo:asWKT "{shape}"^^geo:wktLiteral ; :l {random.choice(words)} .'
        )
    return "\n".join(lines)


def _geometry(random: Random) -> str:
    """Give a literal in any sort of form, CRS and state of repair, or what is none at all."""
    x, y, size = random.randrange(18), random.randrange(18), random.choice((0.5, 4, 30))
    wkt = str(shapely.box(x, y, x + size, y + size))
    swapped = str(shapely.box(y, x, y + size, x + size))
    gml = (
        f"<gml:Point xmlns:gml='http://www.opengis.net/gml'><gml:pos>{x} {y}</gml:pos></gml:Point>"
    )
    return random.choice(
        [
            *[f'"{wkt}"^^geo:wktLiteral'] * 4,
            f'"POINT({x} {y})"^^geo:wktLiteral',
            f'"<{CRS}4326> {swapped}"^^geo:wktLiteral',
            f'"<{CRS}3857> POINT({x * 111000} {y * 111000})"^^geo:wktLiteral',
            f'"<{CRS}99999> POINT({x} {y})"^^geo:wktLiteral',
            '"POLYGON EMPTY"^^geo:wktLiteral',
            '""^^geo:wktLiteral',
            f'"POLYGON(({x} {y}"^^geo:wktLiteral',
            f'"POLYGON(({x} {y}, {x + 4} {y + 4}, {x + 4} {y}, {x} {y}))"^^geo:wktLiteral',
            f'"POLYGON(({x} {y}, {x + 4} {y + 4}, {x + 4} {y}, {x} 20, {x} {y}))"^^geo:wktLiteral',
            f'"{gml}"^^geo:gmlLiteral',
            '"<gml:Nothing/>"^^geo:gmlLiteral',
            f'"{{""type"": ""Point"", ""coordinates"": [{x}, {y}]}}"^^geo:geoJSONLiteral'.replace(
                '""', '\\"'
            ),
            f'"{wkt}"',
            str(x),
            ":s1",
        ]
    )


def _outcome(dataset: Dataset, text: str, plans: PlanCache | None) -> object:
    try:
        answer = query(dataset, PREFIXES + text, plans=plans)
        rows = our_solutions(answer)
        return canonical(rows), sorted(answer.warnings)
    except EarthgraphError as error:
        return type(error)


def _check(dataset: Dataset, text: str, plans: PlanCache) -> None:
    assert _outcome(dataset, text, plans) == _outcome(dataset, text, None), text


@pytest.mark.parametrize("seed", SEEDS)
def test_other_geometries(seed: int, dataset: Dataset) -> None:
    random, plans = Random(seed), PlanCache()
    for shape in SPATIAL:
        for _ in range(6):
            _check(dataset, shape.replace("$", _geometry(random)), plans)


@ONE_CRS
@pytest.mark.parametrize("shape", TEXTUAL)
def test_other_strings(shape: str, dataset: Dataset) -> None:
    plans = PlanCache()
    for text in STRINGS:
        _check(dataset, shape.replace("$", text), plans)


@ONE_CRS
def test_windows_share_a_plan(dataset: Dataset) -> None:
    plans = PlanCache()
    for side in range(1, 9):
        _check(
            dataset,
            SPATIAL[0].replace("$", f'"{shapely.box(0, 0, side, side)}"^^geo:wktLiteral'),
            plans,
        )
    for text in ("'a'", "'ab'", "'nothing'"):
        _check(dataset, TEXTUAL[0].replace("$", text), plans)
    assert len(plans._plans) == 2


def test_floats_are_compared_with_numbers_that_are_no_floats(duckdb_engine: Engine) -> None:
    single = '"0.1"^^<http://www.w3.org/2001/XMLSchema#float>'
    made = dataset_of(duckdb_engine, f"<http://e/s> <http://e/p> {single} .")
    plans = PlanCache()
    for number in ("0.5", "0.1", "0.2"):
        _check(made, f"SELECT * {{ ?s :p ?n FILTER(?n = {number}) }}", plans)
    drop_dataset(made)
