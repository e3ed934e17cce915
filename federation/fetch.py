"""Rows of members as term columns: requests side by side, bound joins in blocks."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pyoxigraph as ox

from endpoint.sparql import algebra as al
from endpoint.store.encode import TermColumns, terms_of_values
from engine.protocol import Control
from federation.members import Member
from federation.render import select_text, variable_text
from federation.transport import (
    ask_member,
    broken,
    may_take_shorter,
    open_client,
    read_solutions,
)
from geosparql.errors import LimitError, MemberError
from geosparql.term_columns import from_oxigraph

if TYPE_CHECKING:
    from httpx import Client

CONCURRENCY = 8
BLOCK_ROWS = 1_000
SMALLEST_BLOCK_ROWS = 50
POLL_S = 0.1

Result = TypeVar("Result")
Node = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
Codes = np.ndarray[tuple[int], np.dtype[np.int64]]


@dataclass(frozen=True, slots=True)
class Question:
    """A SELECT query to one member: a pattern, what to return, and rows to join with."""

    member: Member
    pattern: al.Pattern
    variables: tuple[al.Variable, ...]
    bindings: al.Values | None = None

    def text(self) -> str:
        """Write the query."""
        return select_text(self.pattern, self.variables, bindings=self.bindings)

    def blocks(self, rows: int) -> Iterator[Question]:
        """Split the bindings into blocks of at most `rows`."""
        if self.bindings is None:
            yield self
            return
        for at in range(0, len(self.bindings.rows), rows):
            block = al.Values(self.bindings.variables, self.bindings.rows[at : at + rows])
            yield Question(self.member, self.pattern, self.variables, block)


@dataclass(frozen=True, slots=True)
class Rows:
    """Solutions as codes of terms.

    `terms` holds each different term once; `codes` one array of `count` per
    variable, -1 where it is unbound.
    """

    count: int
    terms: TermColumns
    codes: tuple[Codes, ...]


class Fetcher:
    """Asks members over HTTP, several at a time. It must be closed."""

    def __init__(self, *, concurrency: int = CONCURRENCY) -> None:
        self._client: Client = open_client()
        self._pool = ThreadPoolExecutor(concurrency, thread_name_prefix="federation")
        self._numbers = itertools.count(1)

    def close(self) -> None:
        """Drop what is still under way and close the connections."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._client.close()

    def all(
        self, questions: Iterable[Question], *, control: Control
    ) -> Iterator[tuple[Question, Rows]]:
        """Ask all questions, side by side, and give each answer with its question when it is whole.

        Bound questions go in blocks of `BLOCK_ROWS`; a block that a member refuses
        or is too slow for is halved down to `SMALLEST_BLOCK_ROWS`.

        Yields
        ------
        tuple of Question and Rows
            A block of a question and its solutions; codes in the order of the variables.

        Raises
        ------
        MemberError
            Where a member fails; what the others answer is dropped.
        LimitError, CancelledError
            Where `control` says stop or a member answers more than `max_rows`.
        """
        blocks = [block for question in questions for block in question.blocks(BLOCK_ROWS)]
        calls = [functools.partial(self._halving, block, control) for block in blocks]
        for answers in self._side_by_side(calls, control):
            yield from answers

    def _side_by_side(
        self, calls: Sequence[Callable[[], Result]], control: Control
    ) -> Iterator[Result]:
        """Run calls in the pool; look after `control` while they run."""
        waiting: set[Future[Result]] = {self._pool.submit(call) for call in calls}
        try:
            while waiting:
                done, waiting = wait(waiting, POLL_S, FIRST_COMPLETED)
                control.check()
                for future in done:
                    yield future.result()
        finally:
            for future in waiting:
                future.cancel()

    def _halving(self, question: Question, control: Control) -> list[tuple[Question, Rows]]:
        try:
            return [(question, self._answer(question, control))]
        except MemberError as error:
            rows = 0 if question.bindings is None else len(question.bindings.rows)
            if rows <= SMALLEST_BLOCK_ROWS or not may_take_shorter(error):
                raise
            halves = question.blocks((rows + 1) // 2)
            return [answer for half in halves for answer in self._halving(half, control)]

    def _answer(self, question: Question, control: Control) -> Rows:
        member = question.member
        with ask_member(self._client, member, question.text(), control=control) as reply:
            try:
                index, columns = _codes(read_solutions(reply, member), question)
            except (SyntaxError, ValueError) as error:
                raise broken(member, error) from error
        prefix = self._blank_prefix(member)
        terms = terms_of_values([from_oxigraph(term, prefix) for term in index])
        codes = [np.array(column, np.int64) for column in columns]
        return Rows(len(codes[0]), terms, tuple(codes[: len(question.variables)]))

    def _blank_prefix(self, member: Member) -> str:
        """Keep blank nodes of members apart, and of answers where labels may change."""
        return (
            f"{member.name}_"
            if member.stable_blank_nodes
            else f"{member.name}_{next(self._numbers)}_"
        )


def _codes(found: ox.QuerySolutions, question: Question) -> tuple[list[Node], list[list[int]]]:
    """Gather solutions: each different term once, and for each variable the terms' places."""
    member = question.member
    names = [variable.value for variable in found.variables]
    wanted = [variable_text(variable)[1:] for variable in question.variables] or names[:1]
    places = [names.index(name) if name in names else None for name in wanted]
    index: dict[Node, int] = {}
    columns: list[list[int]] = [[] for _ in places]
    try:
        for count, solution in enumerate(found):
            if count == member.max_rows:
                raise LimitError(
                    f"Member {member.name} answers with more than {member.max_rows} rows",
                    where=member.endpoint,
                    hint="Narrow the query or raise max_rows in the members file",
                )
            for place, column in zip(places, columns, strict=True):
                term = None if place is None else solution[place]
                column.append(-1 if term is None else index.setdefault(term, len(index)))
    finally:
        # pyoxigraph wants its objects dropped in the thread that made them, but a
        # traceback would carry them to another.
        del found
    return list(index), columns
