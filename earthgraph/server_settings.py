"""The server settings file: who may ask for how much, in TOML.

::

    title = "Sea ice"
    query_log = "queries.jsonl"
    service = ["https://query.example.org/sparql"]
    load = ["https://data.example.org/rdf/"]

    [engine]
    memory_mb = 4000

    [roles.anonymous]
    max_rows = 1_000_000

    [roles.editor]
    scopes = ["read", "update", "graph-store"]
    tokens = ["sha256:…"]
    timeout_s = 300

`earthgraph token` makes a token and the line for it; docs/server.md tells about every
key. Paths are found beside the file.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from endpoint.http.settings import ANONYMOUS, SCOPES, HTTPSettings, Role
from engine.protocol import Limits
from geosparql.errors import SettingsError

_MEGABYTE = 1_000_000
_HASH = re.compile(r"sha256:([0-9a-f]{64})")
_ADDRESS = re.compile(r"https?://[^/\s@?#]+/[^\s]*")
_ROLE_NAME = re.compile(r"[a-z][a-z0-9_-]*")
Check = tuple[Callable[[Any], bool], str]


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """What a server is started with.

    Parameters
    ----------
    http
        Roles, limits and manners.
    limits
        Memory, threads and temporary directory of the engine.
    service
        Endpoints that SERVICE may ask.
    load
        Prefixes of the addresses that LOAD may fetch.
    query_log
        File that one line of JSON a query is added to.
    """

    http: HTTPSettings = field(default_factory=HTTPSettings)
    limits: Limits = field(default_factory=Limits)
    service: tuple[str, ...] = ()
    load: tuple[str, ...] = ()
    query_log: Path | None = None

    @property
    def writable(self) -> bool:
        """Whether any role may change the store."""
        return self.http.offers("update") or self.http.offers("graph-store")


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _is_amount(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e9


def _texts(test: Callable[[str], object]) -> Callable[[Any], bool]:
    return lambda value: (
        isinstance(value, list) and all(isinstance(each, str) and test(each) for each in value)
    )


_COUNT: Check = (_is_count, "a whole number above 0")
_SECONDS: Check = (_is_amount, "a number of seconds above 0")
_TEXT: Check = (lambda value: isinstance(value, str) and value != "", "a text")
_TABLE: Check = (lambda value: isinstance(value, dict), "a table")
_ADDRESSES: Check = (
    _texts(_ADDRESS.fullmatch),
    'a list of addresses with a path, as "https://example.org/"',
)
_SERVER: dict[str, Check] = {
    "title": _TEXT,
    "query_log": _TEXT,
    "service": _ADDRESSES,
    "load": _ADDRESSES,
    "engine": _TABLE,
    "roles": _TABLE,
    "cors_origins": (_texts(bool), "a list of origins"),
    "max_query_bytes": _COUNT,
    "max_body_bytes": _COUNT,
    "max_graph_bytes": _COUNT,
    "waiting_queries": _COUNT,
    "entailment": (lambda value: value in ("none", "rdfs"), '"none" or "rdfs"'),
    "rewrite": (lambda value: isinstance(value, bool), "true or false"),
}
_ENGINE: dict[str, Check] = {"memory_mb": _COUNT, "threads": _COUNT, "temporary_directory": _TEXT}
_ROLE: dict[str, Check] = {
    "scopes": (_texts(SCOPES.__contains__), f"a list of {', '.join(SCOPES)}"),
    "tokens": (_texts(_HASH.fullmatch), 'a list of "sha256:…" as `earthgraph token` gives them'),
    "timeout_s": _SECONDS,
    "max_timeout_s": _SECONDS,
    "max_rows": _COUNT,
    "max_bytes": _COUNT,
    "memory_mb": _COUNT,
    "concurrent_queries": _COUNT,
}


def read_server_settings(path: Path) -> ServerSettings:
    """Read a server settings file.

    Raises
    ------
    SettingsError
        The file is missing, is no TOML, or a key is unknown or has a wrong value.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"cannot be read: {error}", where=str(path)) from error
    _check(document, _SERVER, str(path))
    engine = document.get("engine", {})
    _check(engine, _ENGINE, f"{path}, engine")
    roles = tuple(_role(n, t, f"{path}, roles.{n}") for n, t in document.get("roles", {}).items())
    names = set(_SERVER) & {each.name for each in fields(HTTPSettings)} - {"roles", "cors_origins"}
    given = {name: document[name] for name in names if name in document}
    if "cors_origins" in document:
        given["cors_origins"] = tuple(document["cors_origins"])
    log, folder = document.get("query_log"), engine.get("temporary_directory")
    return ServerSettings(
        HTTPSettings(roles=roles or (Role(),), **given),
        Limits(
            _bytes(engine.get("memory_mb")),
            engine.get("threads"),
            None if folder is None else path.parent / folder,
        ),
        tuple(document.get("service", ())),
        tuple(document.get("load", ())),
        None if log is None else path.parent / log,
    )


def _role(name: str, table: Any, where: str) -> Role:
    if not _ROLE_NAME.fullmatch(name):
        raise SettingsError("A role is named by small letters and digits", where=where)
    if not _TABLE[0](table):
        raise SettingsError("must be a table", where=where)
    _check(table, _ROLE, where)
    tokens = tuple(text.removeprefix("sha256:") for text in table.get("tokens", ()))
    if bool(tokens) is (name == ANONYMOUS):
        why = "has no tokens: it is that of requests without one" if tokens else "needs tokens"
        raise SettingsError(f"The role {name} {why}", where=where)
    given = {k: v for k, v in table.items() if k not in ("scopes", "tokens", "memory_mb")}
    role = Role(
        name,
        frozenset(table.get("scopes", ("read",))),
        tokens,
        memory_bytes=_bytes(table.get("memory_mb")),
        **given,
    )
    if role.timeout_s > role.max_timeout_s:
        raise SettingsError("timeout_s is above max_timeout_s", where=where, value=role.timeout_s)
    return role


def _bytes(megabytes: int | None) -> int | None:
    return None if megabytes is None else megabytes * _MEGABYTE


def _check(table: Mapping[str, Any], known: Mapping[str, Check], where: str) -> None:
    for key, value in table.items():
        if key not in known:
            raise SettingsError(
                "There is no such key", where=where, value=key, hint=f"Known are {', '.join(known)}"
            )
        test, expected = known[key]
        if not test(value):
            raise SettingsError(f"{key} must be {expected}", where=where, value=value)
