"""Random graphs and queries from a seed, of few words, so that patterns meet."""

from __future__ import annotations

from random import Random

PREFIXES = "PREFIX : <http://e/> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>\n"
NUMBERS = (
    "0", "1", "2", "-3", "10", "2.5", "0.1", "0.2", "0.3", "-1.5",
    '"1"^^xsd:double', '"25"^^xsd:double',
    '"1.5"^^xsd:float', '"INF"^^xsd:double',
)  # fmt: skip
STRINGS = ('"a"', '"b"', '"abc"', '"B"', '""', '"é"', '"a"@en', '"abc"@en', '"b"@fr', '"a b"')
OTHERS = (
    "true", "false",
    '"2020-01-01"^^xsd:date', '"2020-06-01"^^xsd:date',
    '"2020-01-01T00:00:00Z"^^xsd:dateTime', '"2020-01-01T10:00:00"^^xsd:dateTime',
    '"2020-01-01T10:00:00.5+02:00"^^xsd:dateTime', '"2021-05-05T12:00:00"^^xsd:dateTime',
)  # fmt: skip
LITERALS = NUMBERS + STRINGS + OTHERS
NODES = tuple(f":n{i}" for i in range(6))
PREDICATES = tuple(f":p{i}" for i in range(4))
VARIABLES = ("?a", "?b", "?c", "?d")
GRAPHS = (":g0", ":g1")


def graph_text(random: Random) -> str:
    """Give a TriG document of a default graph and two named ones."""
    default = " ".join(_triple(random) for _ in range(random.randint(5, 30)))
    named = (
        f"{name} {{ {' '.join(_triple(random) for _ in range(random.randint(1, 10)))} }}"
        for name in GRAPHS
    )
    return "\n".join([PREFIXES, default, *named])


def _triple(random: Random) -> str:
    subject = random.choice([*NODES, "_:x"])
    value = random.choice([*NODES, "_:x", *random.sample(LITERALS, 6)])
    return f"{subject} {random.choice(PREDICATES)} {value} ."


class Queries:
    """Makes random queries."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.bound = 0

    def query(self) -> str:
        """Give a SELECT or ASK query."""
        kind = self.random.random()
        group = self.group(2)
        if kind < 0.08:
            return f"{PREFIXES}ASK {{ {group} }}"
        if kind < 0.3:
            return PREFIXES + self.grouped(group)
        head = "*"
        if self.random.random() < 0.4:
            head = " ".join(self.random.sample(VARIABLES, 2))
        if self.random.random() < 0.3:
            head = "DISTINCT " + head
        order = f" ORDER BY {self.variable()}" if self.random.random() < 0.2 else ""
        return f"{PREFIXES}SELECT {head} {{ {group} }}{order}"

    def grouped(self, group: str) -> str:
        """Give a query with aggregates."""
        key = self.variable()
        distinct = self.random.choice(["", "DISTINCT "])
        name = self.random.choice(["COUNT", "SUM", "AVG", "MIN", "MAX", "COUNT"])
        of = (
            self.expression(1)
            if name != "COUNT" and self.random.random() < 0.4
            else self.variable()
        )
        aggregate = f"{name}({distinct}{of})" if self.random.random() < 0.85 else "COUNT(*)"
        having = " HAVING (COUNT(*) > 1)" if self.random.random() < 0.2 else ""
        if self.random.random() < 0.3:
            return f"SELECT ({aggregate} AS ?r) {{ {group} }}"
        return f"SELECT {key} ({aggregate} AS ?r) {{ {group} }} GROUP BY {key}{having}"

    def variable(self) -> str:
        """Give a variable."""
        return self.random.choice(VARIABLES)

    def group(self, depth: int) -> str:
        """Give the inside of a group."""
        parts = [self.triples()]
        parts += [self.element(depth) for _ in range(self.random.randint(0, 2 if depth else 0))]
        if self.random.random() < 0.4:
            parts.append(f"FILTER({self.condition(depth)})")
        return " ".join(parts)

    def triples(self) -> str:
        """Give one to three triple patterns."""
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
             f"({self.path(depth - 1)}/{self.path(depth - 1)})", f"!{random.choice(PREDICATES)}"]
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
        kind = self.random.randrange(9)
        match kind:
            case 0 | 1:
                return f"OPTIONAL {{ {inner} }}"
            case 2:
                return f"{{ {inner} }} UNION {{ {self.group(depth - 1)} }}"
            case 3:
                return f"MINUS {{ {inner} }}"
            case 4:
                self.bound += 1
                return f"BIND({self.expression(2)} AS ?x{self.bound})"
            case 5:
                return self.values()
            case 6:
                name = self.random.choice([*GRAPHS, "?g", "?g", self.variable()])
                return f"GRAPH {name} {{ {inner} }}"
            case 7:
                head = self.random.choice(["*", self.variable(), f"DISTINCT {self.variable()}"])
                return f"{{ SELECT {head} {{ {inner} }} }}"
            case _:
                return f"FILTER {self.random.choice(['', 'NOT '])}EXISTS {{ {inner} }}"

    def values(self) -> str:
        """Give inline data, some of it UNDEF."""
        names = self.random.sample(VARIABLES, 2)
        cells = [*NODES[:3], "UNDEF", "1", '"a"', ":unknown", '"new"']
        rows = (
            f"({' '.join(self.random.choices(cells, k=2))})"
            for _ in range(self.random.randint(1, 3))
        )
        return f"VALUES ({' '.join(names)}) {{ {' '.join(rows)} }}"

    def condition(self, depth: int) -> str:
        """Give an expression that is most likely a truth value."""
        a, b = self.expression(1), self.expression(1)
        comparison = f"{a} {self.random.choice(['=', '!=', '<', '>', '<=', '>='])} {b}"
        return self.random.choice(
            [
                comparison, comparison, comparison,
                f"BOUND({self.variable()})", f"!({comparison})", self.expression(1),
                f"{comparison} || {a} = {b}", f"{comparison} && !BOUND({self.variable()})",
                f"{a} IN ({b}, {self.expression(0)})", f"{a} NOT IN ({b}, 1)",
                f"sameTerm({a}, {b})", f"isIRI({a}) || isNumeric({b})", f"isLiteral({a})",
                f"CONTAINS(STR({a}), \"a\")", f"REGEX(STR({a}), \"^[a-b]\", \"i\")",
                f"STRSTARTS({a}, \"a\")", f"LANGMATCHES(LANG({a}), \"*\")",
            ]
        )  # fmt: skip

    def expression(self, depth: int) -> str:
        """Give an expression."""
        random = self.random
        if depth == 0 or random.random() < 0.3:
            return random.choice(
                [self.variable()] * 3 + [random.choice(LITERALS), random.choice(NODES)]
            )
        a, b = self.expression(depth - 1), self.expression(depth - 1)
        operator = random.choice(["+", "-", "*", "/"])
        name = random.choice(
            ["STR", "LANG", "DATATYPE", "ABS", "CEIL", "FLOOR", "ROUND", "STRLEN", "UCASE", "LCASE",
             "YEAR", "MONTH", "DAY", "HOURS", "MINUTES", "SECONDS", "TZ", "TIMEZONE", "isBLANK",
             "ENCODE_FOR_URI", "MD5", "SHA1", "xsd:integer", "xsd:decimal", "xsd:double",
             "xsd:string", "xsd:boolean", "xsd:float", "xsd:dateTime", "xsd:date"]
        )  # fmt: skip
        return random.choice(
            [
                f"({a} {operator} {b})", f"({a} {operator} {b})", f"{name}({a})", f"{name}({a})",
                f"COALESCE({a}, {b})", f"IF({a} = {b}, {a}, {b})", f"CONCAT({a}, {b})",
                f"SUBSTR({a}, 2)", f"STRBEFORE({a}, \"b\")", f"STRAFTER({a}, {b})", f"(-{a})",
                f"REPLACE({a}, \"a\", \"z\")", f"STRLANG({a}, \"en\")", f"STRDT({a}, xsd:integer)",
                f"IRI({a})",
            ]
        )  # fmt: skip
