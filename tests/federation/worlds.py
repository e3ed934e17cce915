"""Small worlds split over members, and the merged store that tells what is true."""

from __future__ import annotations

import random
from collections import Counter

import pyoxigraph as ox

EX = "http://example.org/"
PREFIXES = f"""
PREFIX : <{EX}>
PREFIX geo: <http://www.opengis.net/ont/geosparql#>
PREFIX geof: <http://www.opengis.net/def/function/geosparql/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""
HEAD = PREFIXES.replace("PREFIX", "@prefix").replace(">\n", "> .\n")

Rows = Counter[tuple[tuple[str, str], ...]]


def things(count: int) -> str:
    """A: things with name, category and a point."""
    rng = random.Random(7)
    return HEAD + "".join(
        f""":thing{n} a :Thing ; :name "thing {n}" ; :category "c{n % 100}" ;
        geo:asWKT "POINT({rng.uniform(0, 10):.4f} {rng.uniform(40, 50):.4f})"^^geo:wktLiteral .\n"""
        for n in range(count)
    )


def values(count: int, zones: int) -> str:
    """B: values and owners of the same things, and zones that are polygons."""
    rng = random.Random(8)
    text = HEAD + "".join(
        f":thing{n} :value {n * 37 % 10_000} ; :owner :owner{n % 7} .\n" for n in range(count)
    )
    for n in range(zones):
        x, y = rng.uniform(0, 9), rng.uniform(40, 49)
        ring = (
            f"{x:.3f} {y:.3f}, {x + 0.3:.3f} {y:.3f}, {x + 0.3:.3f} {y + 0.2:.3f}, {x:.3f} {y:.3f}"
        )
        text += f':zone{n} a :Zone ; geo:asWKT "POLYGON(({ring}))"^^geo:wktLiteral .\n'
    return text


def merged(*turtles: str) -> ox.Store:
    store = ox.Store()
    for turtle in turtles:
        store.load(turtle.encode(), ox.RdfFormat.TURTLE)
    return store


def true_rows(store: ox.Store, text: str) -> Rows:
    found = store.query(PREFIXES + text)
    names = [variable.value for variable in found.variables]
    return Counter(
        tuple(sorted((n, shown(s[n])) for n in names if s[n] is not None)) for s in found
    )


def shown(term: object) -> str:
    """Give a term as text; blank nodes alike, for each store has its own labels."""
    text = str(term)
    return "_:" if text.startswith("_:") else text


def rows_of(answer) -> Rows:
    from geosparql.term_columns import term_of

    rows: Rows = Counter()
    with answer:
        for batch in answer.batches():
            for row in batch.to_pylist():
                cells = [
                    (n, shown(term_of(c["value"], c["datatype"], c["language"])))
                    for n, c in row.items()
                    if c is not None
                ]
                rows[tuple(sorted(cells))] += 1
    return rows
