"""Random queries over random data split over two endpoints: the merged store is right."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pyoxigraph as ox
import pytest

from federation.federate import Federation
from federation.members import Member, Members
from geosparql.errors import QueryError
from tests.federation.servers import oxigraph_server, put_turtle
from tests.federation.worlds import rows_of, shown

SEEDS = range(20)
NODES = [f":n{number}" for number in range(6)]
PREDICATES = [f":p{number}" for number in range(4)]
VALUES = ["1", "2", "3", "4", '"a"', '"b"']
VARIABLES = ["?a", "?b", "?c"]
PREFIX = "PREFIX : <http://e/>\n"


@pytest.fixture(scope="module")
def split(oxigraph: str) -> Iterator[tuple[str, str, Federation]]:
    with oxigraph_server() as second:
        members = Members((Member("a", f"{oxigraph}/query"), Member("b", f"{second}/query")))
        with Federation(members, remembered_s=0) as federation:
            yield oxigraph, second, federation


def triple(random: Random) -> str:
    value = random.choice(NODES + VALUES)
    return f"{random.choice(NODES)} {random.choice(PREDICATES)} {value} ."


def pattern(random: Random) -> str:
    subject = random.choice([*VARIABLES, *VARIABLES, random.choice(NODES)])
    verb = random.choice([*PREDICATES, *PREDICATES, "?p"])
    value = random.choice([*VARIABLES, *VARIABLES, random.choice(NODES + VALUES)])
    return f"{subject} {verb} {value} ."


def condition(random: Random, depth: int) -> str:
    variable, other = random.sample(VARIABLES, 2)
    return random.choice(
        [
            f"{variable} > 1",
            f"{variable} != {other}",
            f"!BOUND({variable})",
            f"BOUND({variable}) || ISIRI({other})",
            f"{variable} IN (:n1, 2)",
            f"EXISTS {{ {group(random, 0)} }}" if depth else f"ISLITERAL({variable})",
            f"NOT EXISTS {{ {group(random, 0)} }}" if depth else f"{variable} = {other}",
        ]
    )


def group(random: Random, depth: int) -> str:
    parts = [pattern(random) for _ in range(random.randint(1, 3))]
    for _ in range(random.randint(0, 2) if depth else 0):
        inner = group(random, depth - 1)
        variable = random.choice(VARIABLES)
        parts.append(
            random.choice(
                [
                    f"OPTIONAL {{ {inner} }}",
                    f"{{ {inner} }} UNION {{ {group(random, depth - 1)} }}",
                    f"MINUS {{ {inner} }}",
                    f"{{ {inner} }}",
                    f"{{ SELECT {variable} (COUNT(*) AS ?n) {{ {inner} }} GROUP BY {variable} }}",
                    f"{{ SELECT DISTINCT {variable} {{ {inner} }} }}",
                    f"VALUES {variable} {{ :n1 :n2 UNDEF 2 }}",
                ]
            )
        )
    if random.random() < 0.5:
        parts.append(f"FILTER ({condition(random, depth)})")
    return " ".join(parts)


@pytest.mark.parametrize("seed", SEEDS)
def test_random_queries(split, seed: int) -> None:
    first, second, federation = split
    random = Random(seed)
    triples = [triple(random) for _ in range(30)]
    mine = [each for each in triples if random.random() < 0.6]
    others = [each for each in triples if each not in mine or random.random() < 0.2]
    put_turtle(first, PREFIX + " ".join(mine))
    put_turtle(second, PREFIX + " ".join(others))
    truth = ox.Store()
    truth.load((PREFIX + " ".join(mine + others)).encode(), ox.RdfFormat.TURTLE)
    for _ in range(5):
        text = f"{PREFIX}SELECT * {{ {group(random, 2)} }}"
        if "SELECT *" in text and "GROUP BY" not in text:
            text = text.replace("SELECT *", "SELECT ?a ?b ?c", 1)
        expected = truth.query(text)
        names = [variable.value for variable in expected.variables]
        rows = sorted(
            tuple(sorted((n, shown(row[n])) for n in names if row[n] is not None))
            for row in expected
        )
        try:
            found = rows_of(federation.query(text))
        except QueryError as error:
            pytest.fail(f"{error}\n{text}")
        assert sorted(found.elements()) == rows, text
