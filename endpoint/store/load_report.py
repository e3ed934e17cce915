"""What a load brought in and what was wrong with it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from geosparql.errors import shorten
from geosparql.salvage import LeftOut

_PARTICULARS = re.compile(r"'[^']*'|\"[^\"]*\"|[0-9]+")  # what differs between like problems

PROBLEMS_KEPT = 100
"""So many unreadable literals are named one by one; all are counted."""


@dataclass(frozen=True, slots=True)
class LiteralProblem:
    """One geometry literal that could not be read; it is stored all the same."""

    lexical: str
    """Cut to 80 characters."""
    datatype: str
    reason: str
    document: str | None


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What one load did.

    Parameters
    ----------
    documents
        Name of each document and the triples read from it.
    triples
        Triples read, repetitions included.
    added
        Triples that the store did not hold before.
    terms, geometries
        Terms and readable geometries that the dictionary did not hold before.
    unreadable
        Geometry literals among the new terms that could not be read; they are kept.
    reasons
        How many of them for each reason; numbers and quotations in it are left out.
    problems
        The first `PROBLEMS_KEPT` of them.
    untyped_wkt
        Plain strings among the new terms that look like WKT; they are no geometries
        until they are typed geo:wktLiteral.
    untyped_wkt_example
        The first of them, cut to 80 characters.
    left_out
        Lines and documents that could not be read, where the load went on after them.
    left_out_reasons
        How many of them for each reason.
    left_out_first
        The first `PROBLEMS_KEPT` of them.
    duration_s
        Seconds that the load took.
    """

    documents: tuple[tuple[str, int], ...] = ()
    triples: int = 0
    added: int = 0
    terms: int = 0
    geometries: int = 0
    unreadable: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[LiteralProblem, ...] = ()
    untyped_wkt: int = 0
    untyped_wkt_example: str | None = None
    left_out: int = 0
    left_out_reasons: Mapping[str, int] = field(default_factory=dict)
    left_out_first: tuple[LeftOut, ...] = ()
    duration_s: float = 0.0


@dataclass(slots=True)
class Findings:
    """What a load under way has counted and found wrong so far."""

    counts: Counter[str] = field(default_factory=Counter)
    """By the names of the fields of `LoadReport`."""
    documents: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    problems: list[LiteralProblem] = field(default_factory=list)
    untyped_wkt_example: str | None = None
    left_out_reasons: Counter[str] = field(default_factory=Counter)
    left_out_first: list[LeftOut] = field(default_factory=list)

    def leave_out(self, what: LeftOut) -> None:
        """Note a line or a document that could not be read; the reading thread calls this."""
        self.counts["left_out"] += 1
        self.left_out_reasons[_PARTICULARS.sub("…", what.reason)] += 1
        if len(self.left_out_first) < PROBLEMS_KEPT:
            self.left_out_first.append(what)

    def unreadable(self, lexical: str, datatype: str, reason: str, document: str | None) -> None:
        """Note a geometry literal that could not be read."""
        self.counts["unreadable"] += 1
        self.reasons[_PARTICULARS.sub("…", reason)] += 1
        if len(self.problems) < PROBLEMS_KEPT:
            self.problems.append(LiteralProblem(shorten(lexical), datatype, reason, document))

    def untyped(self, count: int, example: str) -> None:
        """Note plain strings that look like WKT."""
        self.counts["untyped_wkt"] += count
        self.untyped_wkt_example = self.untyped_wkt_example or shorten(example)

    def report(self, duration_s: float) -> LoadReport:
        """Give what was found, as it is now."""
        return LoadReport(
            documents=tuple(self.documents.items()),
            reasons=dict(self.reasons.most_common()),
            problems=tuple(self.problems),
            left_out_reasons=dict(self.left_out_reasons.most_common()),
            left_out_first=tuple(self.left_out_first),
            untyped_wkt_example=self.untyped_wkt_example,
            duration_s=duration_s,
            **self.counts,
        )
