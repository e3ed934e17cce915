"""Random queries of every form from a seed.

Pyoxigraph departs from SPARQL 1.1 in ways that the generator therefore avoids:

- COUNT of an error is an error there; section 18.5.1.2 counts what is no error: only
  variables are counted.
- MIN and MAX of literals that section 15.1 does not order are free to differ, and so is
  which of two equal numbers they give: they are asked of one sort, in one datatype.
- Two FROM give what stands in both graphs twice there; section 13.1 merges graphs:
  solutions are asked of one.
- DESCRIBE leaves named graphs out there that no FROM makes part of the default graph,
  and constants where the pattern has no solution.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.endpoint.sparql.generated_expressions import PREFIXES
from tests.endpoint.sparql.generated_patterns import GRAPHS, Patterns, graph_text

__all__ = ["JOINED", "Queries", "graph_text"]

JOINED = "joined"
"""The variable of a GROUP_CONCAT: its parts, between ``|``, may stand in any order."""


@dataclass(frozen=True)
class Generated:
    """A query; `is_ordered`: its solutions have one order."""

    text: str
    is_ordered: bool = False


class Queries(Patterns):
    """Makes random queries."""

    def query(self) -> Generated:
        """Give a query."""
        forms = [self.select] * 8 + [self.grouped] * 5 + [self.sliced] * 2
        forms += [self.construct] * 2 + [self.ask, self.describe]
        form = self.random.choice(forms)
        return Generated(PREFIXES + form(self.group(2)), is_ordered=form == self.sliced)

    def clauses(self) -> str:
        """Give FROM and FROM NAMED, most often none."""
        if self.random.random() < 0.85:
            return ""
        default, named = self.random.choices(GRAPHS, k=2)
        clauses = [f"FROM {default}", f"FROM NAMED {named}"]
        return " ".join(clauses[: self.random.randint(1, 2)])

    def ask(self, group: str) -> str:
        """Give an ASK query."""
        return f"ASK {self.clauses()} {{ {group} }}"

    def select(self, group: str) -> str:
        """Give a SELECT query."""
        head = "*"
        if self.random.random() < 0.5:
            head = f"{self.variable()} ({self.value(1)} AS ?y) (STR({self.variable()}) AS ?z)"
        if self.random.random() < 0.3:
            head = "DISTINCT " + head
        order = f" ORDER BY {self.variable()}" if self.random.random() < 0.2 else ""
        data = f" {self.values()}" if self.random.random() < 0.1 else ""
        return f"SELECT {head} {self.clauses()} {{ {group} }}{order}{data}"

    def sliced(self, group: str) -> str:
        """Give a query whose solutions have one order: they are what they are ordered by."""
        keys = self.random.sample(
            ["STR(?a)", "STR(?b)", "STRLEN(STR(?a))", "xsd:double(?b)", "isIRI(?c)", "BOUND(?d)",
             "YEAR(?b)", "IF(isIRI(?c), ?c, 1/0)", "xsd:integer(?b)",
             f"{self.shown(self.text(2))}"],
            2,
        )  # fmt: skip
        heads = " ".join(f"({key} AS ?k{i})" for i, key in enumerate(keys))
        ways = " ".join(
            f"{self.random.choice(['', 'ASC', 'DESC'])}(?k{i})" for i in range(len(keys))
        )
        distinct = self.random.choice(["", "DISTINCT"])
        cut = self.random.choice(["LIMIT 3", "LIMIT 5 OFFSET 1", "OFFSET 2", ""])
        return f"SELECT {distinct} {heads} {{ {group} }} ORDER BY {ways} {cut}"

    def construct(self, group: str) -> str:
        """Give a CONSTRUCT query."""
        a, b, c = self.random.choices(["?a", "?b", "?c"], k=3)
        triples = [f"{a} :q {b} .", f"{a} {c} {b} .", f"_:n :r {a} ; :s {b} .", "?a :t [ :u ?b ] ."]
        template = " ".join(self.random.sample(triples, 2))
        return f"CONSTRUCT {{ {template} }} {self.clauses()} {{ {group} }}"

    def describe(self, group: str) -> str:
        """Give a DESCRIBE query whose answer the standard leaves no choice in."""
        data = " ".join(
            f"FROM {name}" for name in self.random.sample(GRAPHS, self.random.randint(1, 2))
        )
        if self.random.random() < 0.3:
            return f"DESCRIBE :n0 {data}"
        return f"DESCRIBE {self.variable()} {data} {{ {group} }}"

    def aggregate(self, key: str) -> str:
        """Give an aggregate."""
        distinct = self.random.choice(["", "DISTINCT "])
        name, least = self.random.choice(["SUM", "AVG"]), self.random.choice(["MIN", "MAX"])
        a, number, text = self.variable(), self.number(1), self.text(1)
        return self.random.choice(
            [
                "COUNT(*)", "COUNT(DISTINCT *)", f"COUNT({distinct}{a})", f"COUNT({distinct}{a})",
                f"{name}({distinct}{a})", f"{name}({distinct}{number})",
                f"{name}({distinct}IF(isNumeric({a}), {a}, 0.5))", f"{least}({self.shown(text)})",
                f"{least}(xsd:double({number}))", f"{least}(STRLEN(STR({a})))",
                f"{least}(IF(isIRI({a}), {a}, :n2))", f"SAMPLE({key})",
                f"{name}({distinct}{number}) + COUNT({a})",
            ]
        )  # fmt: skip

    def grouped(self, group: str) -> str:
        """Give a query with aggregates."""
        key = self.variable()
        heads = f"({self.aggregate(key)} AS ?r) ({self.aggregate(key)} AS ?s)"
        if self.random.random() < 0.3:
            of = self.random.choice(["", "DISTINCT "]) + f"STR({self.variable()})"
            heads += f' (GROUP_CONCAT({of}; SEPARATOR="|") AS ?{JOINED})'
        kind = self.random.random()
        if kind < 0.2 and "SAMPLE" not in heads:
            return f"SELECT {heads} {{ {group} }}"
        having = self.random.choice(["", "", " HAVING (COUNT(*) > 1)", " HAVING (?r > 1)"])
        if kind < 0.4 and "SAMPLE" not in heads:
            by = f"(IF(true, {self.expression(1)}, 0) AS ?k)"  # a bare variable is refused there
            return f"SELECT ?k {heads} {{ {group} }} GROUP BY {by}{having}"
        return f"SELECT {key} {heads} {{ {group} }} GROUP BY {key}{having}"
