"""The members of a federation, and the file that names them.

::

    [members.crops]
    endpoint = "https://crops.example.org/sparql"
    timeout_s = 30
    extent = [9.5, 46.3, 17.2, 49.1]              # west, south, east, north in CRS84
    predicates = ["http://example.org/crop"]      # all that the member holds
    geosparql = true                              # it computes geof: functions

    [members.ice]
    store = "ice.store"                           # a store directory beside this file

A secret never stands in the file: ``${NAME}`` in a header's value is taken
from the environment.
"""

from __future__ import annotations

import math
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from geosparql.errors import FederationError

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_ENVIRONMENT = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_ABSOLUTE_IRI = re.compile(r'[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>"{}|^`\\]+')


@dataclass(frozen=True, slots=True)
class Member:
    """One endpoint or store of a federation, and what is known of it.

    Parameters
    ----------
    name
        How messages and plans call it.
    endpoint
        IRI of its SPARQL endpoint; None for a store.
    store
        Directory of a store of ours; None for an endpoint.
    graph
        The graph to ask instead of the member's default graph.
    timeout_s
        Time for one request, in seconds.
    max_rows, max_bytes
        A longer answer is an error.
    extent
        West, south, east, north of all its geometries in CRS84 degrees; east may be
        less than west where the extent crosses the antimeridian.
    predicates
        Every predicate that it holds; None where that is not known.
    geosparql
        Whether it computes ``geof:`` functions, so that spatial filters may be sent to it.
    service_only
        Whether it is asked only where SERVICE names it.
    stable_blank_nodes
        Whether a blank node has the same label in all its answers.
    headers
        HTTP headers of every request.
    """

    name: str
    endpoint: str | None = None
    store: Path | None = None
    graph: str | None = None
    timeout_s: float = 60.0
    max_rows: int = 5_000_000
    max_bytes: int = 2_000_000_000
    extent: tuple[float, float, float, float] | None = None
    predicates: frozenset[str] | None = None
    geosparql: bool = False
    service_only: bool = False
    stable_blank_nodes: bool = False
    headers: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)


@dataclass(frozen=True, slots=True)
class Members:
    """The members of a federation, in the order of their file."""

    members: tuple[Member, ...]

    def __iter__(self) -> Iterator[Member]:
        """Give the members in order."""
        return iter(self.members)

    def __len__(self) -> int:
        """Count the members."""
        return len(self.members)

    def at(self, service: str) -> Member | None:
        """Give the member that ``SERVICE <service>`` means: by its endpoint IRI, else by name."""
        for member in self.members:
            if service in (member.endpoint, member.name, f"member:{member.name}"):
                return member
        return None


def read_members(path: Path) -> Members:
    """Read a members file (TOML).

    Parameters
    ----------
    path
        The file; ``store`` paths are relative to its folder.

    Raises
    ------
    FederationError
        Where the file is missing, is not TOML, or says something that is not
        understood; the message names the member and the key.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FederationError("The members file cannot be read", where=str(path)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FederationError(f"Not a TOML file: {error}", where=str(path)) from error
    return parse_members(document, folder=path.parent, where=str(path))


def parse_members(document: Mapping[str, Any], *, folder: Path, where: str) -> Members:
    """Check the tables of a members file and make `Members` of them.

    Raises
    ------
    FederationError
        As `read_members`.
    """
    unknown = set(document) - {"members"}
    tables = document.get("members")
    if unknown or not isinstance(tables, dict) or not tables:
        raise FederationError(
            "A members file holds tables [members.NAME] and nothing else",
            where=where,
            value=", ".join(sorted(unknown)) or None,
        )
    members = tuple(
        _member(name, table, folder, f"{where}, member {name}") for name, table in tables.items()
    )
    asked = [(member.endpoint, member.graph) for member in members if member.endpoint]
    for endpoint, graph in asked:
        if asked.count((endpoint, graph)) > 1:
            raise FederationError("Two members have the same endpoint", where=where, value=endpoint)
    return Members(members)


def _member(name: str, table: Any, folder: Path, where: str) -> Member:
    if not _NAME.fullmatch(name) or not isinstance(table, dict):
        raise FederationError("A member is a table with a plain name", where=where, value=name)
    for key, value in table.items():
        if key not in _CHECKS or not _CHECKS[key](value):
            raise FederationError(
                "Not understood" if key in _CHECKS else "Unknown key",
                where=f"{where}, {key}",
                value=value,
                hint=_HINTS.get(key) or f"Keys are {', '.join(sorted(_CHECKS))}",
            )
    if ("endpoint" in table) == ("store" in table):
        raise FederationError("A member has an endpoint or a store, one of the two", where=where)
    values = dict(table)
    if "store" in values:
        values["store"] = folder / values["store"]
        values.setdefault("geosparql", True)
        values.setdefault("stable_blank_nodes", True)
    if "extent" in values:
        values["extent"] = tuple(float(bound) for bound in values["extent"])
    if "predicates" in values:
        values["predicates"] = frozenset(values["predicates"])
    headers = {key: _filled(text, where) for key, text in values.pop("headers", {}).items()}
    return Member(name=name, headers=headers, **values)


def _filled(text: str, where: str) -> str:
    """Put values of the environment in for ``${NAME}``."""

    def value(match: re.Match[str]) -> str:
        found = os.environ.get(match[1])
        if found is None:
            raise FederationError(
                "A header needs an environment variable that is not set",
                where=where,
                value=match[1],
            )
        return found

    return _ENVIRONMENT.sub(value, text)


def _is_endpoint(value: Any) -> bool:
    if not isinstance(value, str) or not _ABSOLUTE_IRI.fullmatch(value):
        return False
    parts = urlsplit(value)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc


def _is_iri(value: Any) -> bool:
    return isinstance(value, str) and _ABSOLUTE_IRI.fullmatch(value) is not None


def _is_amount(value: Any) -> bool:
    return type(value) in (int, float) and 0 < value < math.inf


def _is_count(value: Any) -> bool:
    return type(value) is int and value > 0


def _is_extent(value: Any) -> bool:
    if not isinstance(value, list) or len(value) != 4:
        return False
    if any(type(bound) not in (int, float) or not math.isfinite(bound) for bound in value):
        return False
    west, south, east, north = value
    return -90 <= south <= north <= 90 and all(-180 <= bound <= 180 for bound in (west, east))


def _is_headers(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(text, str) for text in value.values())


_CHECKS = {
    "endpoint": _is_endpoint,
    "store": lambda value: isinstance(value, str) and bool(value),
    "graph": _is_iri,
    "timeout_s": _is_amount,
    "max_rows": _is_count,
    "max_bytes": _is_count,
    "extent": _is_extent,
    "predicates": lambda value: isinstance(value, list) and all(map(_is_iri, value)),
    "geosparql": lambda value: isinstance(value, bool),
    "service_only": lambda value: isinstance(value, bool),
    "stable_blank_nodes": lambda value: isinstance(value, bool),
    "headers": _is_headers,
}
_HINTS = {
    "endpoint": "An http or https address without user name or password",
    "graph": "An absolute IRI",
    "timeout_s": "A number of seconds above 0",
    "extent": "[west, south, east, north] in degrees, south at most north",
    "predicates": "A list of absolute IRIs",
    "headers": 'A table of texts, as {Authorization = "Bearer ${TOKEN}"}',
}
