"""One query over many members: the face of the package.

A federation answers a query by the same compiler as a store does. What other
members hold is fetched first and stands in the engine as relations; joins,
filters, spatial joins and aggregates then run at home: in the first store of
the members file, or in an empty data set in memory where there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from types import TracebackType
from typing import Self

import pyarrow as pa

from endpoint.sparql import algebra as al
from endpoint.sparql.engine import Answer, QueryOptions, answer_query
from endpoint.sparql.parse import parse_query
from endpoint.store.dataset import Dataset, EphemeralTerms
from endpoint.store.memory import memory_dataset
from endpoint.store.store import open_store
from engine import open_engine
from engine.protocol import Control, Limits
from federation import plan
from federation.fetch import Fetcher, Question, Rows
from federation.leaves import Leaves
from federation.local import answer_locally
from federation.members import Member, Members, read_members
from federation.resolve import Place, Resolver
from federation.select import INDEX, REMEMBERED_S, Selection, question
from geosparql.errors import QueryError

__all__ = ["Federation", "federate", "read_members"]


class Federation:
    """Answers queries over the members of a federation, from several threads at once.

    It must be closed: by ``with`` or `close`.

    Parameters
    ----------
    members
        Whom to ask.
    limits
        Memory, threads and temporary space of the engine at home.
    remembered_s
        How long it is remembered which member can match which pattern, in seconds.

    Raises
    ------
    StoreError
        A store among the members cannot be opened.
    EngineUnavailableError
        httpx is not installed.
    """

    def __init__(
        self,
        members: Members,
        *,
        limits: Limits | None = None,
        remembered_s: float = REMEMBERED_S,
    ) -> None:
        self.members = members
        self._selection = Selection(members, remembered_s=remembered_s)
        with ExitStack() as undo:
            self._datasets = _open_stores(members, undo, limits)
            self.home = next((m for m in members if m.name in self._datasets), None)
            if self.home is None:
                engine = open_engine(limits=limits)
                undo.callback(engine.close)
                self._dataset = memory_dataset(engine)
            else:
                self._dataset = self._datasets[self.home.name]
            self._fetcher = Fetcher()
            undo.callback(self._fetcher.close)
            self._undo = undo.pop_all()

    def __enter__(self) -> Self:
        """Use the federation in a ``with`` block."""
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()

    def close(self) -> None:
        """Close connections and stores."""
        self._undo.close()

    def query(
        self,
        text: str,
        *,
        control: Control | None = None,
        options: QueryOptions | None = None,
    ) -> Answer:
        """Answer a SPARQL query over all members.

        The answer is that of one store that holds what all members hold, but for
        blank nodes: one that a member names differently in each of its answers
        joins with itself only inside one request.

        Parameters
        ----------
        text
            A SPARQL 1.1 query with GeoSPARQL functions. SERVICE may name members, by
            endpoint or as ``<member:NAME>``.
        control
            Cancels the work or bounds its time.
        options
            The base IRI; graphs are not chosen in a federation.

        Raises
        ------
        QueryError
            The text is not a valid query, or asks for what a federation does not offer.
        FederationError
            SERVICE names an endpoint that is no member.
        MemberError
            A member did not answer as it should; the message names it.
        """
        control, options = control or Control(), options or QueryOptions()
        parsed = parse_query(text, base=options.base)
        asked = parsed.query
        if asked.dataset or options.default_graphs or options.named_graphs:
            raise QueryError("FROM and the choice of graphs are not offered over many members")
        if isinstance(asked, al.Describe):
            asked = plan.describe_as_construct(asked)
        with ExitStack() as undo:
            leaves = Leaves(self._dataset, EphemeralTerms(self._dataset), control)
            undo.callback(leaves.close)
            resolver = self._resolver(asked, leaves, control)
            pattern = resolver.resolve(asked.pattern, Place())
            answer = answer_query(
                self._dataset,
                replace(parsed, query=replace(asked, pattern=pattern)),
                control=control,
                options=self._home_options(options),
                ephemeral=leaves.terms,
            )
            answer.warnings.extend(resolver.warnings)
            return _closing(answer, undo.pop_all().close)

    def _resolver(self, asked: al.Query, leaves: Leaves, control: Control) -> Resolver:
        def answers(questions: Sequence[Question]) -> Iterator[Rows]:
            return (rows for _, rows in self._answers(questions, control))

        selected = self._selection.select(
            plan.basic_patterns(asked.pattern), lambda shapes: self._ask(shapes, control)
        )
        return Resolver(
            members=self.members,
            home=self.home,
            sources=lambda basic, graph: selected[basic, graph],
            leaves=leaves,
            answers=answers,
            options=self._home_options(QueryOptions()),
        )

    def _answers(
        self, questions: Sequence[Question], control: Control
    ) -> Iterator[tuple[Question, Rows]]:
        """Ask endpoints over HTTP and stores here."""
        remote = [each for each in questions if each.member.endpoint is not None]
        if remote:
            yield from self._fetcher.all(remote, control=control)
        for each in questions:
            if each.member.store is not None:
                dataset = self._datasets[each.member.name]
                yield each, answer_locally(dataset, each, control)

    def _ask(
        self, shapes: Mapping[Member, Sequence[al.Pattern]], control: Control
    ) -> Mapping[Member, Sequence[bool]]:
        """Ask each member which patterns it can match, all of them in one request."""
        questions = [
            Question(member, question(patterns), (INDEX,)) for member, patterns in shapes.items()
        ]
        found: dict[Member, set[str]] = {}
        for asked, rows in self._answers(questions, control):
            found[asked.member] = set(rows.terms.lexical.to_pylist())
        return {
            member: [str(place) in found[member] for place in range(len(patterns))]
            for member, patterns in shapes.items()
        }

    def _home_options(self, options: QueryOptions) -> QueryOptions:
        if self.home is None or self.home.graph is None:
            return options
        return replace(options, default_graphs=(self.home.graph,))


def federate(members: Members, text: str, *, control: Control | None = None) -> Answer:
    """Answer one query over many members; as `Federation.query`.

    The federation lives until the answer was read to its end or closed.
    """
    with ExitStack() as undo:
        federation = undo.enter_context(Federation(members))
        answer = federation.query(text, control=control)
        if answer.form == "ask":
            return answer
        return _closing(answer, undo.pop_all().close)


def _open_stores(members: Members, undo: ExitStack, limits: Limits | None) -> dict[str, Dataset]:
    opened = {}
    for member in members:
        if member.store is not None:
            store = open_store(member.store, read_only=True, limits=limits)
            opened[member.name] = undo.enter_context(store).dataset()
    return opened


def _closing(answer: Answer, close: Callable[[], None]) -> Answer:
    """Let what an answer is read from be closed with it, or when it was read to its end."""
    stream = answer._batches
    if stream is None:
        close()
        return answer

    def batches() -> Iterator[pa.RecordBatch]:
        with ExitStack() as undo:
            undo.callback(close)
            yield from stream()

    inner = answer.close

    def closed() -> None:
        inner()
        close()

    return replace(answer, _batches=batches, _close=closed)
