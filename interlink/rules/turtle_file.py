"""Rule files in Turtle: the keys of the TOML form as properties of one namespace.

::

    @prefix rule: <https://w3id.org/earthgraph/rule#> .
    @prefix ex: <https://example.org/> .

    [] a rule:Rules ;
      rule:left  [ rule:files "icebergs.nt.gz" ; rule:class ex:Iceberg ] ;
      rule:right [ rule:files "ice_chart.nt.gz" ;
                   rule:where [ rule:property ex:form ; rule:value "08" ] ] ;
      rule:link  [ rule:relations "sf_within", "sf_touches" ; rule:inverse true ] ,
                 [ rule:within_m 5000 ; rule:predicate ex:near ] .

Several values are said with commas or as a list. ``rule:where`` has a property and
values, ``rule:attributes`` a name and a path; a path is an IRI, or a text as in TOML
with the prefixes of the file.
"""

from __future__ import annotations

import io
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

import pyoxigraph as ox

from geosparql.errors import RuleError
from geosparql.terms import RDF, XSD
from geosparql.vocabulary import NAMESPACES, RDF_TYPE
from interlink.rules.document import Place, Table
from interlink.rules.tables import (
    COMPARISON_KEYS,
    FILE_KEYS,
    LINK_KEYS,
    SET_KEYS,
    TIME_KEYS,
    Key,
)

RULE = "https://w3id.org/earthgraph/rule#"
_FIRST, _REST, _NIL = (ox.NamedNode(RDF + name) for name in ("first", "rest", "nil"))
_TABLES = {"left": SET_KEYS, "right": SET_KEYS, "link": LINK_KEYS, "score": COMPARISON_KEYS}
_PAIRS = {"where": ("property", "value"), "attributes": ("name", "path")}
_INTEGERS = {XSD + name for name in ("integer", "int", "long")}
_NUMBERS = {XSD + name for name in ("decimal", "double", "float")}


class _Lines(io.RawIOBase):
    """A document that is read line by line, so that each statement shows where it ends."""

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines(keepends=True)
        self.number = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if self.number == len(self._lines):
            return b""
        self.number += 1
        return self._lines[self.number - 1].encode("utf-8")

    def line_of(self, predicate: str) -> int:
        """Give the line that last named a property: its value may end further down."""
        name = re.compile(r"[:/#]" + re.escape(re.split("[/#]", predicate)[-1]) + r"\b")
        for number in range(self.number, 0, -1):
            if name.search(self._lines[number - 1]):
                return number
        return self.number


class _Said(NamedTuple):
    """A value, and the line on which its property stands."""

    value: Any
    line: int


@dataclass(frozen=True, slots=True)
class _Graph:
    """The statements of a rule file by subject and predicate, and the lines found so far."""

    path: Path
    statements: dict[Any, dict[Any, list[_Said]]]
    lines: dict[Place, int]

    def error(self, message: str, line: int, value: object = None) -> RuleError:
        return RuleError(message, where=f"{self.path}, line {line}", value=value)


def read_turtle(path: Path, text: str) -> Table:
    """Read a rule file in Turtle.

    Raises
    ------
    RuleError
        It is not Turtle, or does not have one resource of class ``rule:Rules``.
    """
    statements: dict[Any, dict[Any, list[_Said]]] = defaultdict(lambda: defaultdict(list))
    stream = _Lines(text)
    try:
        parser = ox.parse(
            cast(IO[bytes], stream), ox.RdfFormat.TURTLE, base_iri=f"file:///{path.name}"
        )
        for quad in parser:
            said = _Said(quad.object, stream.line_of(quad.predicate.value))
            statements[quad.subject][quad.predicate].append(said)
    except SyntaxError as error:
        raise RuleError(f"The rule file is not valid Turtle ({error.msg})",
                        where=f"{path}, line {error.lineno}") from error  # fmt: skip
    rules = ox.NamedNode(RULE + "Rules")
    roots = [
        subject
        for subject, said in statements.items()
        if any(one.value == rules for one in said.get(ox.NamedNode(RDF_TYPE), ()))
    ]
    if len(roots) != 1:
        raise RuleError(f"The rule file has {len(roots)} resources of class rule:Rules",
                        where=str(path), hint=f"It needs one of <{RULE}Rules>")  # fmt: skip
    graph = _Graph(path, statements, {})
    values = _table(graph, roots[0], FILE_KEYS, ())
    return Table(path, "The file", values, graph.lines, prefixes=NAMESPACES | parser.prefixes)


def _table(graph: _Graph, node: Any, keys: Sequence[Key], place: Place) -> dict[str, Any]:
    """Give the properties of a node as the table of TOML that says the same."""
    kinds = {key.name: key.kind for key in keys}
    found: dict[str, Any] = {}
    for predicate, said in graph.statements.get(node, {}).items():
        if predicate.value == RDF_TYPE:
            continue
        name = predicate.value.removeprefix(RULE)
        here = (*place, name)
        graph.lines[here] = said[0].line
        found[name] = _value(graph, name, kinds.get(name), said, here)
    return found


def _value(graph: _Graph, name: str, kind: str | None, said: list[_Said], place: Place) -> Any:
    """Give the value of a key in the shape that its kind has in TOML."""
    items = [item for one in said for item in _items(graph, one)]
    if name in _PAIRS and kind == "table":
        return _pairs(graph, name, items, place)
    keys = TIME_KEYS if (name, kind) == ("time", "table") else _TABLES.get(name)
    if kind == "tables" and keys is not None:
        return [_table(graph, one.value, keys, (*place, n)) for n, one in enumerate(items)]
    if kind in ("texts", "numbers"):
        values = [_plain(one.value) for one in items]
        return values[0] if kind == "texts" and len(values) == 1 else values
    if len(items) != 1:
        raise graph.error(f"rule:{name} has several values", said[-1].line)
    if kind == "table" and keys is not None:
        return _table(graph, items[0].value, keys, place)
    return _plain(items[0].value)


def _items(graph: _Graph, said: _Said) -> list[_Said]:
    """Give the members of a list; anything else as it is."""
    found, node = [], said.value
    while node != _NIL and _FIRST in graph.statements.get(node, {}):
        cell = graph.statements[node]
        found.append(cell[_FIRST][0])
        node = cell[_REST][0].value if cell.get(_REST) else _NIL
    return found if found or said.value == _NIL else [said]


def _pairs(graph: _Graph, name: str, items: list[_Said], place: Place) -> Any:
    """Give ``where`` and ``attributes``: a table of keys that the writer chose."""
    first, second = _PAIRS[name]
    texts = [one.value.value for one in items if isinstance(one.value, ox.Literal)]
    if len(texts) == len(items):
        return texts
    found: dict[str, Any] = {}
    for one in items:
        said = graph.statements.get(one.value, {})
        heads, tails = (said.get(ox.NamedNode(RULE + n), []) for n in (first, second))
        if len(heads) != 1 or not tails or len(said) != 2:
            raise graph.error(f"rule:{name} needs rule:{first} and rule:{second}, and no more",
                              one.line)  # fmt: skip
        key = _reference(heads[0].value)
        graph.lines[(*place, key)] = heads[0].line
        values = [_plain(item.value) for tail in tails for item in _items(graph, tail)]
        if name == "attributes":
            values = [_reference(tail.value) for tail in tails]
        found[key] = values[0] if len(values) == 1 else values
    return found


def _reference(term: Any) -> str:
    """Give an IRI as a property path of one step, a text as it is."""
    return f"<{term.value}>" if isinstance(term, ox.NamedNode) else str(term.value)


def _plain(term: Any) -> Any:
    """Give a term as TOML has it: a text, number or flag."""
    if not isinstance(term, ox.Literal):
        return term.value
    datatype = term.datatype.value
    try:
        if datatype in _INTEGERS:
            return int(term.value)
        if datatype in _NUMBERS:
            return float(term.value)
    except ValueError:
        return term.value
    if datatype == XSD + "boolean" and term.value in ("true", "false", "1", "0"):
        return term.value in ("true", "1")
    return term.value
