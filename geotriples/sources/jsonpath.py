"""JSONPath (RFC 9535) without filters: parsed once, evaluated over parsed JSON."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from geosparql.errors import MappingError


@dataclass(frozen=True, slots=True)
class Name:
    """Take a member of an object."""

    name: str


@dataclass(frozen=True, slots=True)
class Index:
    """Take an element of an array; negative from its end."""

    index: int


@dataclass(frozen=True, slots=True)
class Slice:
    """Take a range of an array's elements."""

    start: int | None
    stop: int | None
    step: int | None


@dataclass(frozen=True, slots=True)
class Wildcard:
    """Take every member or element."""


Selector = Name | Index | Slice | Wildcard


@dataclass(frozen=True, slots=True)
class Segment:
    """Selectors applied to a node's children, or to all its descendants."""

    selectors: tuple[Selector, ...]
    descendants: bool = False


@dataclass(frozen=True, slots=True)
class JSONPath:
    """A parsed path."""

    segments: tuple[Segment, ...]

    @property
    def is_singular(self) -> bool:
        """Whether the path gives at most one value (RFC 9535, 2.3.5.1)."""
        return all(
            not segment.descendants
            and len(segment.selectors) == 1
            and isinstance(segment.selectors[0], (Name, Index))
            for segment in self.segments
        )

    def find(self, node: Any) -> Iterable[Any]:
        """Give the values that the path selects below a node, in order."""
        nodes: Iterable[Any] = (node,)
        for segment in self.segments:
            nodes = _apply(segment, nodes)
        return nodes


_TOKENS = re.compile(
    r"""(?P<descendants>\.\.)(?=[\[*A-Za-z_\u0080-\U0010FFFF])
      | \.?\[\s*(?P<bracket>(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^\]'"])*)\]
      | (?:\.|(?<=\.\.)|(?<=^))\s*(?P<name>[^\s.\[\]'"*$@()?,]+)
      | (?:\.|(?<=\.\.)|(?<=^))(?P<wildcard>\*)""",
    re.VERBOSE,
)
_SELECTOR = re.compile(
    r"""\s*(?: '(?P<single>(?:[^'\\]|\\.)*)' | "(?P<double>(?:[^"\\]|\\.)*)"
      | (?P<slice>(?:-?\d+)?\s*:\s*(?:-?\d+)?(?:\s*:\s*(?:-?\d+)?)?)
      | (?P<index>-?\d+) | (?P<wildcard>\*) )\s*(?:,|$)""",
    re.VERBOSE,
)


def parse_jsonpath(text: str, where: str) -> JSONPath:
    """Read a JSONPath.

    Parameters
    ----------
    text
        The path. A leading ``$`` or ``@`` may be left out, as mappings often do.
    where
        File, line and term map, for messages.

    Returns
    -------
    JSONPath
        Its segments.

    Raises
    ------
    MappingError
        Where the path is not well-formed or has a filter.
    """
    rest = text.strip()
    rest = rest[1:] if rest[:1] in ("$", "@") else rest
    segments, position, descendants = [], 0, False
    while position < len(rest):
        token = _TOKENS.match(rest, position)
        if token is None:
            raise _wrong(text, where)
        position = token.end()
        if token["descendants"]:
            descendants = True
            continue
        segments.append(Segment(_selectors(token, text, where), descendants))
        descendants = False
    return JSONPath(tuple(segments))


def _selectors(token: re.Match[str], text: str, where: str) -> tuple[Selector, ...]:
    if token["wildcard"]:
        return (Wildcard(),)
    if token["name"] is not None:
        return (Name(token["name"]),)
    selectors: list[Selector] = []
    inside, position = token["bracket"], 0
    while position < len(inside) or not selectors:
        found = _SELECTOR.match(inside, position)
        if found is None:
            raise _wrong(text, where)
        position = found.end()
        selectors.append(_selector(found))
    return tuple(selectors)


def _selector(found: re.Match[str]) -> Selector:
    if found["wildcard"]:
        return Wildcard()
    if found["index"] is not None:
        return Index(int(found["index"]))
    if found["slice"] is not None:
        bounds = [int(part) if part.strip() else None for part in found["slice"].split(":")]
        return Slice(*bounds, *[None] * (3 - len(bounds)))
    quoted = found["single"] if found["single"] is not None else found["double"]
    return Name(re.sub(r"\\(.)", r"\1", quoted))


def _wrong(text: str, where: str) -> MappingError:
    return MappingError(
        "The JSONPath is not understood", where=where, value=text,
        hint="Names, indexes, slices, wildcards and .. are known; filters are not",
    )  # fmt: skip


def _apply(segment: Segment, nodes: Iterable[Any]) -> Iterator[Any]:
    for node in nodes:
        for target in _descendants(node) if segment.descendants else (node,):
            for selector in segment.selectors:
                yield from _select(selector, target)


def _descendants(node: Any) -> Iterator[Any]:
    """Give a node and everything below it, parents first."""
    yield node
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for child in children:
        yield from _descendants(child)


def _select(selector: Selector, node: Any) -> Iterator[Any]:
    match selector, node:
        case Name(name), dict():
            if name in node:
                yield node[name]
        case Index(index), list():
            if -len(node) <= index < len(node):
                yield node[index]
        case Slice(start, stop, step), list():
            if step != 0:
                yield from node[start:stop:step]
        case Wildcard(), dict():
            yield from node.values()
        case Wildcard(), list():
            yield from node
