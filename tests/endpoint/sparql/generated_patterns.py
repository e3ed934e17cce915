"""Random graphs and graph patterns from a seed, of few words, so that patterns meet.

Pyoxigraph departs from SPARQL 1.1 in ways that the generator therefore avoids:

- A path of no length stays nowhere where its constant end is in no triple of the
  graph; section 18.4 lets it stay at any term: every graph has the nodes that stand
  as constants.
- A negated property set gives a pair once per triple, or once, by how it is joined
  (18.4 leaves it open): it stands in a DISTINCT sub-select, or inside a repetition.
- An alternative loses duplicates there, where section 18.4 makes a union of it: it
  stands in a DISTINCT sub-select, or inside a repetition.
- A variable of the solution around an EXISTS counts as shared by the sides of a MINUS
  in it; section 18.6 has put a value in its place: no MINUS stands in an EXISTS.
"""

from __future__ import annotations

from random import Random

from tests.endpoint.sparql.generated_expressions import (
    LITERALS,
    NODES,
    PREFIXES,
    VARIABLES,
    Expressions,
)

PREDICATES = tuple(f":p{i}" for i in range(4))
GRAPHS = (":g0", ":g1")


def graph_text(random: Random) -> str:
    """Give a TriG document of a default graph and two named ones."""
    default = _triples(random, random.randint(5, 30))
    named = (f"{name} {{ {_triples(random, random.randint(1, 10))} }}" for name in GRAPHS)
    return "\n".join([PREFIXES, default, *named])


def _triples(random: Random, number: int) -> str:
    constants = f"{NODES[0]} :p0 {NODES[1]} ."
    return " ".join([constants, *(_triple(random) for _ in range(number))])


def _triple(random: Random) -> str:
    subject = random.choice([*NODES, "_:x"])
    value = random.choice([*NODES, "_:x", *random.sample(LITERALS, 6)])
    return f"{subject} {random.choice(PREDICATES)} {value} ."


class Patterns(Expressions):
    """Makes random groups."""

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.bound = 0
        self.in_exists = 0

    def group(self, depth: int) -> str:
        """Give the inside of a group."""
        parts = [self.triples()]
        parts += [self.element(depth) for _ in range(self.random.randint(0, 2 if depth else 0))]
        if self.random.random() < 0.4:
            parts.append(f"FILTER({self.condition(depth)})")
        return " ".join(parts)

    def triples(self) -> str:
        """Give one or two triple patterns."""
        return " ".join(self.triple() for _ in range(self.random.randint(1, 2)))

    def triple(self) -> str:
        """Give a triple pattern or a path."""
        subject = self.random.choice([self.variable()] * 5 + list(NODES[:1]))
        value = self.random.choice([self.variable()] * 6 + list(NODES[1:2]))
        if self.random.random() < 0.3:
            return f"{subject} {self.path(2)} {value} ."
        value = self.random.choice([value] * 6 + [self.random.choice(LITERALS)])
        verb = self.random.choice([*PREDICATES] * 3 + [self.variable()])
        return f"{subject} {verb} {value} ."

    def path(self, depth: int) -> str:
        """Give a property path."""
        random = self.random
        if depth == 0:
            return random.choice(PREDICATES)
        inner = self.edge(depth - 1)
        return random.choice(
            [f"({inner})*", f"({inner})+", f"({inner})?", f"^{random.choice(PREDICATES)}",
             f"({self.path(depth - 1)}/{self.path(depth - 1)})"]
        )  # fmt: skip

    def edge(self, depth: int) -> str:
        """Give a path of some length, inside a repetition: there it does not matter how often."""
        random = self.random
        if depth == 0:
            return random.choice(PREDICATES)
        a, b = self.edge(depth - 1), self.edge(depth - 1)
        negated = f"!({random.choice(PREDICATES)}|^{random.choice(PREDICATES)})"
        return random.choice([f"^({a})", f"({a}/{b})", f"({a}|{b})", negated])

    def element(self, depth: int) -> str:
        """Give one more element of a group."""
        inner = self.group(depth - 1)
        kind = self.random.randrange(11)
        match kind:
            case 0 | 1:
                return f"OPTIONAL {{ {inner} }}"
            case 2:
                return f"{{ {inner} }} UNION {{ {self.group(depth - 1)} }}"
            case 3 if not self.in_exists:
                return f"MINUS {{ {inner} }}"
            case 3 | 4 | 5:
                self.bound += 1
                return f"BIND({self.value(depth)} AS ?x{self.bound})"
            case 6:
                return self.values()
            case 7:
                name = self.random.choice([*GRAPHS, "?g", "?g", self.variable()])
                return f"GRAPH {name} {{ {inner} }}"
            case 8:
                return f"{{ {self.sub_select(inner)} }}"
            case 9:
                a, b = self.random.sample(VARIABLES, 2)
                first, second = self.random.sample((*PREDICATES, f"^{PREDICATES[0]}"), 2)
                path = f"{self.random.choice(['', '!'])}({first}|{second})"
                return f"{{ SELECT DISTINCT {a} {b} {{ {a} {path} {b} }} }}"
            case _:
                return f"FILTER {self.exists(depth)}"

    def exists(self, depth: int) -> str:
        """Give an EXISTS or NOT EXISTS."""
        self.in_exists += 1
        inner = self.group(depth - 1)
        self.in_exists -= 1
        return f"{self.random.choice(['', 'NOT '])}EXISTS {{ {inner} }}"

    def condition(self, depth: int) -> str:
        """Give a condition, with an EXISTS in it now and then."""
        truth = self.truth(1)
        if depth > 0 and self.random.random() < 0.15:
            return f"{truth} {self.random.choice(['||', '&&'])} {self.exists(depth)}"
        return truth

    def value(self, depth: int) -> str:
        """Give an expression, one of an EXISTS now and then."""
        if depth > 0 and self.random.random() < 0.15:
            return f"IF({self.exists(depth)}, {self.expression(1)}, {self.expression(1)})"
        return self.expression(2)

    def sub_select(self, inner: str) -> str:
        """Give a SELECT inside a group."""
        name, other = self.random.sample(VARIABLES, 2)
        self.bound += 1
        made = f"?x{self.bound}"
        return self.random.choice(
            [
                f"SELECT * {{ {inner} }}",
                f"SELECT {name} {{ {inner} }}",
                f"SELECT DISTINCT {name} {{ {inner} }}",
                f"SELECT {name} (COUNT({other}) AS {made}) {{ {inner} }} GROUP BY {name}",
                f"SELECT {name} ({self.expression(1)} AS {made}) {{ {inner} }}",
                f"SELECT DISTINCT (STR({name}) AS {made}) {{ {inner} }} ORDER BY {made} LIMIT 2",
            ]
        )

    def values(self) -> str:
        """Give inline data, some of it UNDEF."""
        names = self.random.sample(VARIABLES, 2)
        cells = [*NODES[:3], "UNDEF", "1", '"a"', ":unknown", '"new"', '"a"@en']
        rows = (
            f"({' '.join(self.random.choices(cells, k=2))})"
            for _ in range(self.random.randint(1, 3))
        )
        if self.random.random() < 0.2:
            return f"VALUES {names[0]} {{ {' '.join(self.random.choices(cells, k=2))} }}"
        return f"VALUES ({' '.join(names)}) {{ {' '.join(rows)} }}"
