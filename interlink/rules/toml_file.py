"""Rule files in TOML: their tables, and the lines of keys, which `tomllib` does not give."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from geosparql.errors import RuleError
from geosparql.vocabulary import NAMESPACES
from interlink.rules.document import Place, Table

_HEADER = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]")
_KEY = re.compile(
    r"\s*((?:[\w-]+|\"[^\"]*\"|'[^']*')(?:\s*\.\s*(?:[\w-]+|\"[^\"]*\"|'[^']*'))*)\s*="
)
_LONG_TEXT = re.compile(r"\"\"\"|'''")
_PART = re.compile(r"[\w-]+|\"[^\"]*\"|'[^']*'")


def read_toml(path: Path, text: str) -> Table:
    """Read a rule file in TOML.

    Raises
    ------
    RuleError
        It is not TOML.
    """
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        where = f"{path}, line {line[1]}" if line else str(path)
        raise RuleError(f"The rule file is not valid TOML ({error})", where=where) from error
    given = values.get("prefixes", {})
    prefixes = NAMESPACES | {k: v for k, v in dict(given).items() if isinstance(v, str)}
    return Table(path, "The file", values, _lines(text), prefixes=prefixes)


def _lines(text: str) -> dict[Place, int]:
    """Find where each table and key stands."""
    lines: dict[Place, int] = {}
    table: Place = ()
    long_text = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if not long_text:
            header, key = _HEADER.match(line), _KEY.match(line)
            if header:
                table = _opened(lines, _parts(header[2]), several=header[1] == "[[")
                lines.setdefault(table, number)
            elif key:
                lines.setdefault((*table, *_parts(key[1])), number)
        for mark in _LONG_TEXT.findall(line):
            long_text = "" if mark == long_text else long_text or mark
    return lines


def _opened(lines: dict[Place, int], names: Place, *, several: bool) -> Place:
    """Give the place of a table that begins: names, and the number of each list's last table."""
    place: Place = ()
    for position, name in enumerate(names):
        place = (*place, name)
        count = _count(lines, place)
        if several and position == len(names) - 1:
            place = (*place, count)
        elif count:
            place = (*place, count - 1)
    return place


def _count(lines: dict[Place, int], place: Place) -> int:
    size = len(place)
    return len(
        {p[size] for p in lines if p[:size] == place and len(p) > size and type(p[size]) is int}
    )


def _parts(name: str) -> Place:
    return tuple(part.strip("\"'") for part in _PART.findall(name))
