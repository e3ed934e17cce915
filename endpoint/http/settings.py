"""What an operator may set about the HTTP side, and what answers behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from endpoint.sparql.engine import Answer, QueryOptions
    from engine.protocol import Control


class Answerer(Protocol):
    """Whatever answers queries: a store's engine or a federation."""

    def query(self, text: str, *, control: Control, options: QueryOptions) -> Answer:
        """Answer one SPARQL query; called in a thread."""
        ...


@dataclass(frozen=True, slots=True)
class HTTPSettings:
    """Limits and manners of the HTTP side.

    Parameters
    ----------
    title
        The name on the landing page and in the STAC catalogue.
    timeout_s
        Time of a query that asks for none, in seconds.
    max_timeout_s
        The most that the ``timeout`` parameter may ask for, in seconds.
    max_body_bytes
        A longer request body is refused with 413.
    concurrent_queries
        Further queries wait their turn.
    cors_origins
        Origins whose pages may read answers; ``*`` is any.
    """

    title: str = "earthgraph"
    timeout_s: float = 60.0
    max_timeout_s: float = 600.0
    max_body_bytes: int = 10_000_000
    concurrent_queries: int = 8
    cors_origins: tuple[str, ...] = ("*",)
