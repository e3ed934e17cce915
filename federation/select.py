"""Source selection: which members can match which triple patterns.

What the members file says comes first. Where it leaves more than one member for
a pattern, each of those is asked, once for all the patterns of a query, whether
it holds a match; answers are remembered for a while. Where one member or none
is left there is nothing to ask.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import reduce

from endpoint.sparql import algebra as al
from federation.members import Member, Members
from federation.plan import Basic
from geosparql.terms import IRI, XSD, Literal

Ask = Callable[[Mapping[Member, Sequence[al.Pattern]]], Mapping[Member, Sequence[bool]]]
"""Asks each member which of some patterns it can match."""

REMEMBERED_S = 300.0
INDEX = al.Variable("index")


class Selection:
    """Knows which members can match which patterns; safe to use from several threads.

    Parameters
    ----------
    members
        The members of the federation.
    remembered_s
        How long an answer of a member is trusted, in seconds.
    """

    def __init__(self, members: Members, *, remembered_s: float = REMEMBERED_S) -> None:
        self._members = members
        self._remembered_s = remembered_s
        self._answers: dict[tuple[str, al.Pattern], tuple[float, bool]] = {}
        self._lock = threading.Lock()

    def select(
        self, basics: Iterable[tuple[Basic, al.Slot | None]], ask: Ask
    ) -> dict[tuple[Basic, al.Slot | None], tuple[Member, ...]]:
        """Give the members that can match each pattern.

        Parameters
        ----------
        basics
            Triple patterns and paths, each with the name of the GRAPH it stands in.
        ask
            How members are asked; called at most once, with one list a member.
        """
        wanted = {key: _may_match(self._members, key[0]) for key in dict.fromkeys(basics)}
        open_questions: dict[Member, dict[al.Pattern, None]] = {}
        for (basic, graph), members in wanted.items():
            if len(members) > 1:
                for member in members:
                    open_questions.setdefault(member, {})[_shape(basic, graph)] = None
        answers = self._answered(open_questions, ask)
        return {
            key: members
            if len(members) < 2
            else tuple(m for m in members if answers[m.name, _shape(*key)])
            for key, members in wanted.items()
        }

    def _answered(
        self, questions: Mapping[Member, Mapping[al.Pattern, None]], ask: Ask
    ) -> dict[tuple[str, al.Pattern], bool]:
        """Answer from memory, and ask for the rest."""
        now = time.monotonic()
        answers: dict[tuple[str, al.Pattern], bool] = {}
        missing: dict[Member, list[al.Pattern]] = {}
        with self._lock:
            for member, shapes in questions.items():
                for shape in shapes:
                    since, answer = self._answers.get((member.name, shape), (-math.inf, False))
                    if now - since < self._remembered_s:
                        answers[member.name, shape] = answer
                    else:
                        missing.setdefault(member, []).append(shape)
        if not missing:
            return answers
        for member, found in ask(missing).items():
            new = {(member.name, s): a for s, a in zip(missing[member], found, strict=True)}
            answers |= new
            with self._lock:
                self._answers |= {key: (now, answer) for key, answer in new.items()}
        return answers


def question(shapes: Sequence[al.Pattern]) -> al.Pattern:
    """Give the pattern that binds `INDEX` to the position of each pattern that has a match."""
    return reduce(al.Union, [_probe(shape, index) for index, shape in enumerate(shapes)])


def _probe(shape: al.Pattern, index: int) -> al.Pattern:
    number = al.Constant(Literal(str(index), XSD + "integer"))
    return al.Slice(al.Project(al.Extend(shape, INDEX, number), (INDEX,)), limit=1)


def _may_match(members: Members, basic: Basic) -> tuple[Member, ...]:
    """Give the members whose predicates, as far as they are known, allow a match."""
    needed = predicates_of(basic)
    return tuple(
        member
        for member in members
        if not member.service_only
        and (needed is None or member.predicates is None or needed & member.predicates)
    )


def predicates_of(basic: Basic) -> frozenset[str] | None:
    """Give the predicates one of which a match must have; None where any may do."""
    if isinstance(basic, al.TriplePattern):
        slot = basic.predicate
        if isinstance(slot, al.Constant) and isinstance(slot.term, IRI):
            return frozenset({slot.term.value})
        return None
    return _links(basic.path)


def _links(path: al.Path) -> frozenset[str] | None:
    match path:
        case al.Link(iri):
            return frozenset({iri})
        case al.Inverse(inner) | al.Repeat(inner, _, _):
            return _links(inner)
        case al.Sequence(first, second) | al.Alternative(first, second):
            left, right = _links(first), _links(second)
            return None if left is None or right is None else left | right
        case al.NegatedSet():
            return None


def _shape(basic: Basic, graph: al.Slot | None) -> al.Pattern:
    """Give a pattern with its variables named by position: what an answer is remembered under.

    A path is asked by its predicates, for a member that holds any of them has a
    part in it.
    """
    names: dict[al.Variable, al.Variable] = {}

    def named(slot: al.Slot) -> al.Slot:
        if isinstance(slot, al.Constant):
            return slot
        return names.setdefault(slot, al.Variable(f"v{len(names)}"))

    if isinstance(basic, al.TriplePattern):
        triple = replace(
            basic,
            subject=named(basic.subject),
            predicate=named(basic.predicate),
            object=named(basic.object),
        )
        shape: al.Pattern = al.BGP((triple,))
    else:
        shape = _path_shape(basic.path)
    return shape if graph is None else al.Graph(named(graph), shape)


def _path_shape(path: al.Path) -> al.Pattern:
    ends = al.Variable("v0"), al.Variable("v1")
    links = _links(path)
    slots: list[al.Slot] = (
        [al.Variable("v2")] if links is None else [al.Constant(IRI(iri)) for iri in sorted(links)]
    )
    triples: list[al.Pattern] = [
        al.BGP((al.TriplePattern(ends[0], slot, ends[1]),)) for slot in slots
    ]
    return reduce(al.Union, triples)
