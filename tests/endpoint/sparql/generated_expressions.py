"""Random expressions from a seed, of few words, so that values meet.

The sorts (`number`, `text`, `moment`) say what an expression is likely to be, never
what it must be: any variable may stand anywhere, and errors are part of the game.

Pyoxigraph departs from SPARQL 1.1 in ways that the generator therefore avoids:

- ``<=`` and ``>=`` of any two equal terms are true there, where section 17.3 knows
  the operators for numbers, strings, booleans and times only: one side is always one.
- A literal with a language tag has no truth value there; section 17.2.2 gives it one,
  for it is a plain literal: no such literal stands where a truth value is asked for.
- Integers beyond 64 bits are errors there.
- STR of a computed double is not of the canonical form there: numbers are cast.
- A cast does not trim white space there, as XPath's does.
- An error on the left of ``IN ()`` is an error there; section 17.4.1.9 asks nothing of it.
"""

from __future__ import annotations

from random import Random

PREFIXES = "PREFIX : <http://e/> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>\n"
NUMBERS = (
    "0", "1", "2", "-3", "10", "2.5", "0.1", "0.2", "0.3", "-1.5",
    '"1"^^xsd:double', '"25"^^xsd:double', "1.05", '"-0.5"^^xsd:double',
    '"1.5"^^xsd:float', '"INF"^^xsd:double', "12345.25",
)  # fmt: skip
STRINGS = (
    '"a"', '"b"', '"abc"', '"B"', '""', '"é"', '"a"@en', '"abc"@en', '"b"@fr', '"a b"',
    '"naïve 日本"', '"😀b"@en-GB', '"12"', '"2.5"',
)  # fmt: skip
MOMENTS = (
    '"2020-01-01"^^xsd:date', '"2020-06-01"^^xsd:date', '"2020-06-01Z"^^xsd:date',
    '"2020-01-01T00:00:00Z"^^xsd:dateTime', '"2020-01-01T10:00:00"^^xsd:dateTime',
    '"2020-01-01T10:00:00.5+02:00"^^xsd:dateTime', '"2021-05-05T12:00:00"^^xsd:dateTime',
)  # fmt: skip
LITERALS = (*NUMBERS, *STRINGS, *MOMENTS, "true", "false")
NODES = tuple(f":n{i}" for i in range(6))
VARIABLES = ("?a", "?b", "?c", "?d")

_TEXT_TO_TEXT = ("UCASE", "LCASE", "ENCODE_FOR_URI", "MD5", "SHA1", "LANG")
_TO_NUMBER = ("ABS", "CEIL", "FLOOR", "ROUND", "xsd:integer", "xsd:decimal", "xsd:double")
_OF_MOMENT = ("YEAR", "MONTH", "DAY", "HOURS", "MINUTES", "SECONDS")
_ANY = ("DATATYPE", "TZ", "TIMEZONE", "isBLANK", "xsd:boolean", "xsd:float", "xsd:dateTime",
        "xsd:date", "IRI", "isNumeric", "LANG")  # fmt: skip


class Expressions:
    """Makes random expressions."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def variable(self) -> str:
        """Give a variable."""
        return self.random.choice(VARIABLES)

    def leaf(self, literals: tuple[str, ...]) -> str:
        """Give a variable or a literal."""
        return self.random.choice([self.variable()] * 2 + [self.random.choice(literals)])

    def expression(self, depth: int) -> str:
        """Give an expression of any sort."""
        random = self.random
        if depth == 0 or random.random() < 0.2:
            return self.leaf((*LITERALS, *NODES))
        made = [self.number, self.text, self.moment, self.truth, self.choice, self.expression]
        if random.random() < 0.3:
            return f"{random.choice(_ANY)}({self.expression(depth - 1)})"
        return random.choice(made)(depth - 1)

    def shown(self, expression: str) -> str:
        """Give the characters of an expression."""
        return f"IF(isNumeric({expression}), xsd:string({expression}), STR({expression}))"

    def choice(self, depth: int) -> str:
        """Give one of several expressions."""
        a, b = self.expression(depth), self.expression(depth)
        return self.random.choice(
            [
                f"COALESCE({a}, {b})", f"IF({self.truth(0)}, {a}, {b})", f"STRLANG({a}, \"en\")",
                f"STRDT({a}, xsd:integer)", f"STRDT({self.shown(a)}, xsd:decimal)",
                f"COALESCE({a} + 1, {b}, \"none\")",
            ]
        )  # fmt: skip

    def number(self, depth: int) -> str:
        """Give what is likely a number."""
        if depth <= 0:
            return self.leaf(NUMBERS)
        random = self.random
        a, b = self.number(depth - 1), self.number(depth - 1)
        calls = [
            f"({a} {random.choice('+-*/')} {b})", f"({a} {random.choice('+-*/')} {b})",
            f"{random.choice(_TO_NUMBER)}({a})", f"STRLEN({self.text(depth - 1)})", f"(- {a})",
            f"{random.choice(_OF_MOMENT)}({self.moment(depth - 1)})",
            f"{random.choice(_TO_NUMBER)}({self.expression(depth - 1)})",
        ]  # fmt: skip
        return random.choice(calls)

    def text(self, depth: int) -> str:
        """Give what is likely a string."""
        if depth <= 0:
            return self.leaf(STRINGS)
        random = self.random
        a, b = self.text(depth - 1), self.text(depth - 1)
        calls = [
            f"{random.choice(_TEXT_TO_TEXT)}({a})", f"{self.shown(self.expression(depth - 1))}",
            f"CONCAT({a}, {b})", f"CONCAT({a}, \"-\", {b})", f"SUBSTR({a}, {random.choice('123')})",
            f"SUBSTR({a}, {random.choice('0123')}, {random.choice('123')})",
            f"STRBEFORE({a}, \"b\")", f"STRAFTER({a}, {b})", f"STRBEFORE({a}, \"b\"@fr)",
            f"REPLACE({a}, \"a\", \"z\")", f"REPLACE({a}, \"([ab])(.)\", \"$2$1\", \"i\")",
            f"REPLACE({a}, \"[^a-z]\", \"\")",
        ]  # fmt: skip
        return random.choice(calls)

    def moment(self, depth: int) -> str:
        """Give what is likely a date or a time."""
        if depth <= 0 or self.random.random() < 0.6:
            return self.leaf(MOMENTS)
        return f"{self.random.choice(['xsd:dateTime', 'xsd:date'])}({self.moment(depth - 1)})"

    def ordered(self) -> str:
        """Give a comparison by order."""
        sign = self.random.choice(["<", ">", "<=", ">="])
        side = self.random.choice(
            [f"({self.number(1)} + 0)", f"{self.shown(self.text(1))}", self.random.choice(MOMENTS),
             self.random.choice(NUMBERS)]
        )  # fmt: skip
        pair = [side, self.expression(1)]
        self.random.shuffle(pair)
        return f"{pair[0]} {sign} {pair[1]}"

    def comparison(self) -> str:
        """Give a comparison."""
        if self.random.random() < 0.6:
            return self.ordered()
        sorts = self.random.choice([self.expression, self.number, self.text, self.moment])
        return f"{sorts(1)} {self.random.choice(['=', '!=', '<', '>'])} {sorts(1)}"

    def truth(self, depth: int) -> str:
        """Give what is likely a truth value."""
        random = self.random
        a, b, one = self.expression(1), self.expression(1), self.comparison()
        if depth > 0 and random.random() < 0.3:
            sign = random.choice(["||", "&&"])
            return f"({self.truth(depth - 1)} {sign} {self.truth(depth - 1)})"
        return random.choice(
            [
                f"({one})", f"({one})", f"({one})", f"BOUND({self.variable()})", f"(!({one}))",
                f"(LANG({a}) = \"\" && {a})", f"({a} IN ({b}, {self.expression(0)}))",
                f"({a} NOT IN ({b}, 1))", f"({a} IN (1/0, {b}))",
                f"sameTerm({a}, {b})", f"isIRI({a})", f"isNumeric({a})", f"isLiteral({a})",
                f"CONTAINS({self.shown(a)}, \"a\")", f"CONTAINS({self.text(1)}, {self.text(0)})",
                f"REGEX({self.shown(a)}, \"^[a-b]\", \"i\")",
                f"REGEX({self.text(1)}, \"^.b|日\", \"s\")",
                f"STRSTARTS({a}, \"a\")", f"STRENDS({self.text(1)}, {self.text(0)})",
                f"LANGMATCHES(LANG({a}), \"*\")", f"LANGMATCHES(LANG({a}), \"EN\")",
            ]
        )  # fmt: skip
