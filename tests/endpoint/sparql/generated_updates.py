"""Random update requests from a seed, of the same few words as the random queries."""

from __future__ import annotations

from random import Random

from tests.endpoint.sparql.generated_expressions import PREFIXES
from tests.endpoint.sparql.generated_patterns import GRAPHS, NODES, PREDICATES, VARIABLES

LITERALS = (
    "1",
    "2",
    "-3",
    "2.5",
    '"1.5E0"^^xsd:double',
    "true",
    '"a"',
    '"é"',
    '"a"@en',
    '"2020-01-01"^^xsd:date',
)
"""In their canonical form: pyoxigraph stores no other."""

_TARGETS = ("DEFAULT", *(f"GRAPH {graph}" for graph in GRAPHS))


class Updates:
    """Makes random update requests.

    A graph to be copied has a triple: pyoxigraph empties the target where it has none,
    which the standard's own cases (update-silent) do not.
    """

    def __init__(self, random: Random) -> None:
        self.random = random

    def request(self) -> str:
        """Give a request of one to four operations."""
        count = self.random.randint(1, 4)
        return PREFIXES + " ;\n".join(self.operation() for _ in range(count))

    def operation(self) -> str:
        """Give one operation."""
        choose = self.random.choice
        match self.random.randrange(12):
            case 0 | 1:
                return f"INSERT DATA {{ {self.quads(self.node, self.value)} }}"
            case 2:
                return f"DELETE DATA {{ {self.quads(self.node, self.value)} }}"
            case 3:
                return f"DELETE WHERE {{ {self.quads(self.slot, self.any_value)} }}"
            case 4:
                return f"{choose(['CLEAR', 'DROP'])} SILENT {choose([*_TARGETS, 'NAMED'])}"
            case 5:
                source = choose(_TARGETS)
                triple = f"{self.node()} {choose(PREDICATES)} {self.value()}"
                filled = triple if source == "DEFAULT" else f"{source} {{ {triple} }}"
                kind = choose(["ADD", "MOVE", "COPY"])
                return f"INSERT DATA {{ {filled} }} ; {kind} {source} TO {choose(_TARGETS)}"
            case _:
                return self.modify()

    def modify(self) -> str:
        """Give a DELETE and INSERT with WITH, USING or neither."""
        choose = self.random.choice
        before = choose(["", "", f"WITH {choose(GRAPHS)} "])
        using = choose(["", "", "", f"USING {choose(GRAPHS)} ", f"USING NAMED {choose(GRAPHS)} "])
        delete = f"DELETE {{ {self.quads(self.slot, self.any_value)} }}"
        insert = f"INSERT {{ {self.quads(self.slot, self.any_value, blank=True)} }}"
        forms = choose([delete, insert, f"{delete} {insert}"])
        return f"{before}{forms} {using}WHERE {{ {self.where()} }}"

    def where(self) -> str:
        """Give a group that binds some of the variables."""
        choose = self.random.choice
        first, second = (f"{self.slot()} {choose(PREDICATES)} {choose(VARIABLES)}" for _ in "ab")
        number = f"BIND({choose(VARIABLES)} + 1 AS ?x)"
        return choose(
            [
                first,
                f"{first} . {second}",
                f"{first} OPTIONAL {{ {second} }}",
                f"{{ {first} }} UNION {{ GRAPH ?c {{ {second} }} }}",
                f"GRAPH {choose([*GRAPHS, '?d'])} {{ {first} }}",
                f"{first} {number}",
                f"{first} BIND(CONCAT(STR({choose(VARIABLES)}), 'z') AS ?x)",
                f"{first} FILTER NOT EXISTS {{ {second} }}",
                f"VALUES ?a {{ {choose(NODES)} :new 'new' }} OPTIONAL {{ {second} }}",
                "",
            ]
        )

    def quads(self, node: object, value: object, *, blank: bool = False) -> str:
        """Give one to three quads, some in a graph."""
        made = []
        for _ in range(self.random.randint(1, 3)):
            triple = f"{node()} {self.random.choice(PREDICATES)} {value()} ."  # type: ignore[operator]
            if blank and self.random.random() < 0.2:
                triple = f"_:x {self.random.choice(PREDICATES)} {value()} ."  # type: ignore[operator]
            inside = self.random.random() < 0.35
            made.append(f"GRAPH {self.random.choice(GRAPHS)} {{ {triple} }}" if inside else triple)
        return " ".join(made)

    def node(self) -> str:
        """Give a node."""
        return self.random.choice(NODES)

    def value(self) -> str:
        """Give a node or a literal."""
        return self.random.choice([self.node(), self.random.choice(LITERALS)])

    def slot(self) -> str:
        """Give a node or a variable."""
        return self.random.choice([self.node(), *VARIABLES[:3]])

    def any_value(self) -> str:
        """Give a node, a literal or a variable."""
        return self.random.choice([self.value(), "?x", *VARIABLES])
