"""What an operator may set about the HTTP side, and what answers behind it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

if TYPE_CHECKING:
    from endpoint.sparql.engine import Answer, Entailment, Explanation, QueryOptions
    from endpoint.sparql.update import UpdateOptions, UpdateReport
    from engine.protocol import Control

Scope = Literal["read", "update", "graph-store", "admin"]
SCOPES: tuple[Scope, ...] = ("read", "update", "graph-store", "admin")
"""What a token may allow: ask; SPARQL Update; write whole graphs; see and stop queries."""

ANONYMOUS = "anonymous"


class Answerer(Protocol):
    """Whatever answers queries: a store's engine or a federation."""

    def query(self, text: str, *, control: Control, options: QueryOptions) -> Answer:
        """Answer one SPARQL query; called in a thread."""
        ...


class Editor(Answerer, Protocol):
    """What also takes updates."""

    def update(self, text: str, *, control: Control, options: UpdateOptions) -> UpdateReport:
        """Carry out one SPARQL Update request; called in a thread."""
        ...


@runtime_checkable
class Explainer(Protocol):
    """What also tells how it would answer a query."""

    def explain(self, text: str, *, control: Control, options: QueryOptions) -> Explanation:
        """Tell how one SPARQL query would be answered; called in a thread."""
        ...


@dataclass(frozen=True, slots=True)
class Role:
    """What some clients may do, and how much of it.

    Parameters
    ----------
    name
        The role `ANONYMOUS` is that of requests without a token.
    scopes
        What it may do.
    tokens
        SHA-256 of each token that gives the role, in hexadecimal.
    timeout_s
        Time of a query that asks for none, in seconds.
    max_timeout_s
        The most that the ``timeout`` parameter may ask for, in seconds.
    max_rows, max_bytes
        A longer answer ends with an error; None: no bound.
    memory_bytes
        What the sorts, joins and groups of one query may hold before they go to disk;
        None: the engine's own bound.
    concurrent_queries
        Further queries of the role wait their turn, while their time lasts.
    """

    name: str = ANONYMOUS
    scopes: frozenset[Scope] = frozenset({"read"})
    tokens: tuple[str, ...] = ()
    timeout_s: float = 60.0
    max_timeout_s: float = 600.0
    max_rows: int | None = None
    max_bytes: int | None = None
    memory_bytes: int | None = None
    concurrent_queries: int = 8


@dataclass(frozen=True, slots=True)
class HTTPSettings:
    """Limits and manners of the HTTP side.

    Parameters
    ----------
    title
        The name on the landing page and in the STAC catalogue.
    roles
        Who may do what; without one called `ANONYMOUS` every request needs a token.
    max_query_bytes
        A longer query is refused with 413; the text of an update may be `max_body_bytes`.
    max_body_bytes
        A longer request body is refused with 413.
    max_graph_bytes
        The same for a graph that is put into the store, counted uncompressed.
    waiting_queries
        So many queries of a role may wait; the next is refused with 503.
    cors_origins
        Origins whose pages may read answers; ``*`` is any.
    rewrite
        Whether patterns match what GeoSPARQL computes, where a request has no
        ``rewrite`` parameter.
    entailment
        The entailment of requests without an ``entailment`` parameter.
    """

    title: str = "earthgraph"
    roles: tuple[Role, ...] = (Role(),)
    max_query_bytes: int = 250_000
    max_body_bytes: int = 10_000_000
    max_graph_bytes: int = 2_000_000_000
    waiting_queries: int = 64
    cors_origins: tuple[str, ...] = ("*",)
    rewrite: bool = True
    entailment: Entailment = "none"

    def offers(self, scope: Scope) -> bool:
        """Tell whether any role has a scope."""
        return any(scope in role.scopes for role in self.roles)


def token_hash(token: str) -> str:
    """Give the form in which a token stands in settings."""
    return hashlib.sha256(token.encode()).hexdigest()
