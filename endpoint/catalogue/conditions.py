"""Filters of an item search as a list of conditions, all of which must hold.

Two notations are read: the query extension's ``{"platform": {"eq": "x"}}`` and
CQL2 (OGC 21-065r2) as JSON or text: comparisons, IN and S_INTERSECTS joined by AND.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from geosparql.errors import InputError

_QUERY_OPERATORS = {"eq": "=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">=", "in": "in"}
_OPERATORS = frozenset({"=", "<", "<=", ">", ">=", "in", "s_intersects"})
_MIRRORED = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_TOKEN = re.compile(
    r"""\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
    |(?P<name>"[^"]+"|[A-Za-z_:][\w:.]*)|(?P<mark><=|>=|<>|[=<>(),]))""",
    re.VERBOSE,
)
_HINT = (
    "Offered are =, <, <=, >, >= and IN joined by AND: on eg:class (=, IN), eg:share (bounds), "
    "platform, collection, id (=, IN), datetime (=, <=, >=), and S_INTERSECTS on geometry"
)


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison of a property with a value."""

    name: str
    operator: str
    value: Any

    def texts(self) -> tuple[str, ...]:
        """Give the value as texts; none where it is something else."""
        values = self.value if isinstance(self.value, list) else [self.value]
        return tuple(value for value in values if isinstance(value, str))

    def number(self) -> float:
        """Give the value as a number.

        Raises
        ------
        InputError
            Where it is none.
        """
        if type(self.value) not in (int, float):
            raise InputError("A number is needed", where=self.name, value=self.value)
        return float(self.value)

    def not_offered(self) -> InputError:
        """Give the error for a condition that the catalogue cannot test."""
        shown = f"{self.name} {self.operator} {self.value}"
        return InputError("This condition is not offered", value=shown, hint=_HINT)


def parse_query(query: Any) -> list[Condition]:
    """Read the query extension's object.

    Raises
    ------
    InputError
        Where it is not one, or has an operator that is not offered.
    """
    conditions = []
    if not isinstance(query, dict):
        raise InputError("A query is an object of properties", where="query", value=query)
    for name, tests in query.items():
        if not isinstance(tests, dict):
            raise InputError("A property has an object of operators", where=name, value=tests)
        for operator, value in tests.items():
            known = _QUERY_OPERATORS.get(operator)
            if known is None:
                raise InputError("This operator is not offered", where=name, value=operator)
            conditions.append(Condition(name.removeprefix("properties."), known, value))
    return conditions


def parse_filter(value: Any) -> list[Condition]:
    """Read a CQL2 filter, JSON (an object) or text.

    Raises
    ------
    InputError
        Where it is no CQL2, or more of it than is offered.
    """
    if isinstance(value, str):
        return _TextFilter(value).conditions()
    if not isinstance(value, dict):
        raise InputError("A filter is CQL2, as text or JSON", where="filter", value=value)
    return list(_json_conditions(value))


def _json_conditions(node: dict[str, Any]) -> Iterator[Condition]:
    operator, arguments = node.get("op"), node.get("args")
    if not isinstance(arguments, list) or not isinstance(operator, str):
        raise InputError("A CQL2 expression has op and args", where="filter", value=node)
    if operator == "and":
        for argument in arguments:
            if not isinstance(argument, dict):
                raise InputError("AND joins expressions", where="filter", value=argument)
            yield from _json_conditions(argument)
        return
    if operator not in _OPERATORS or len(arguments) != 2:
        raise InputError("This operator is not offered", where="filter", value=operator, hint=_HINT)
    left, right = arguments
    if not _is_property(left) and _is_property(right) and operator in _MIRRORED:
        left, right, operator = right, left, _MIRRORED[operator]
    if not _is_property(left):
        raise InputError("A property is compared with a value", where="filter", value=node)
    if isinstance(right, dict) and "timestamp" in right:
        right = right["timestamp"]
    yield Condition(left["property"].removeprefix("properties."), operator, right)


def _is_property(node: Any) -> bool:
    return isinstance(node, dict) and isinstance(node.get("property"), str)


class _TextFilter:
    """Reads CQL2 text token by token."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(self._split(text))
        self._at = 0

    def _split(self, text: str) -> Iterator[tuple[str, str]]:
        at = 0
        while text[at:].strip():
            found = _TOKEN.match(text, at)
            if found is None:
                raise self._error(text[at:])
            at = found.end()
            yield str(found.lastgroup), found[str(found.lastgroup)]

    def _error(self, value: str) -> InputError:
        return InputError("Not CQL2 text, or more of it than is offered", where="filter",
                          value=value, hint=_HINT)  # fmt: skip

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("", "the end")

    def _next(self, kind: str, *texts: str) -> str:
        group, text = self._peek()
        if group != kind or (texts and text.upper() not in texts):
            raise self._error(text)
        self._at += 1
        return text

    def _took(self, kind: str, text: str) -> bool:
        """Go past a token where it is this one."""
        group, found = self._peek()
        taken = group == kind and found.upper() == text
        self._at += taken
        return taken

    def conditions(self) -> list[Condition]:
        """Give the conditions between the ANDs."""
        found = [self._condition()]
        while self._at < len(self._tokens):
            self._next("name", "AND")
            found.append(self._condition())
        return found

    def _condition(self) -> Condition:
        name = self._next("name").strip('"').removeprefix("properties.")
        if not self._took("name", "IN"):
            operator = self._next("mark", *_MIRRORED)
            return Condition(name, operator, self._value())
        self._next("mark", "(")
        values = [self._value()]
        while self._took("mark", ","):
            values.append(self._value())
        self._next("mark", ")")
        return Condition(name, "in", values)

    def _value(self) -> str | float:
        if self._took("name", "TIMESTAMP"):
            self._next("mark", "(")
            moment = self._next("text")
            self._next("mark", ")")
            return moment[1:-1]
        if self._peek()[0] == "text":
            return self._next("text")[1:-1].replace("''", "'")
        return float(self._next("number"))
