"""The value of the first branch whose condition holds: IF and COALESCE."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from endpoint.sparql.compile import sql
from endpoint.sparql.compile.sql import Expr, Thunk
from endpoint.sparql.compile.values import (
    DECIMAL_TYPE,
    Families,
    Geometry,
    Moment,
    Number,
    Text,
    Value,
)


@dataclass(frozen=True, slots=True)
class ChosenValue:
    """The value of the first branch whose condition holds (IF, COALESCE)."""

    branches: Sequence[tuple[Thunk, Value]]

    @property
    def families(self) -> Families:
        """See `Value`."""
        return frozenset().union(*(value.families for _, value in self.branches))

    def _choose(self, sides: Sequence[Expr | None]) -> Expr | None:
        if all(side is None for side in sides):
            return None
        return sql.case(
            *(
                (condition(), exp.null() if side is None else side)
                for (condition, _), side in zip(self.branches, sides, strict=True)
            )
        )

    def _required(self, sides: Sequence[Expr | None]) -> Expr:
        chosen = self._choose(sides)
        return sql.null("VARCHAR") if chosen is None else chosen

    def bound(self) -> Expr:
        """See `Value`."""
        chosen = self._required([value.bound() for _, value in self.branches])
        return sql.coalesce(chosen, sql.boolean(False))

    def id(self) -> Expr | None:
        """See `Value`."""
        ids = [value.id() for _, value in self.branches]
        return None if any(each is None for each in ids) else self._choose(ids)

    def term(self) -> Expr:
        """See `Value`."""
        return self._required([value.term() for _, value in self.branches])

    def kind(self) -> Expr:
        """See `Value`."""
        return self._required([value.kind() for _, value in self.branches])

    def lexical(self) -> Expr:
        """See `Value`."""
        return self._required([value.lexical() for _, value in self.branches])

    def datatype(self) -> Expr:
        """See `Value`."""
        return self._required([value.datatype() for _, value in self.branches])

    def language(self) -> Expr:
        """See `Value`."""
        return self._required([value.language() for _, value in self.branches])

    def string(self) -> Text | None:
        """See `Value`."""
        texts = [value.string() for _, value in self.branches]
        if all(text is None for text in texts):
            return None

        def side(language: bool) -> Expr:
            parts: list[Expr | None] = []
            for text in texts:
                thunk = None if text is None else text.language if language else text.lexical
                parts.append(None if thunk is None else thunk())
            return self._required(parts)

        return Text(lambda: side(False), lambda: side(True))

    def boolean(self) -> Expr | None:
        """See `Value`."""
        return self._choose([value.boolean() for _, value in self.branches])

    def number(self) -> Number | None:
        """See `Value`."""
        numbers = [value.number() for _, value in self.branches]
        if all(number is None for number in numbers):
            return None

        def side(name: str, kind: str) -> Expr:
            thunks = [None if number is None else getattr(number, name) for number in numbers]
            return sql.cast(self._required([t and t() for t in thunks]), kind)

        return Number(
            rank=lambda: side("rank", "INT"),
            exact=lambda: side("exact", DECIMAL_TYPE),
            double=lambda: side("double", "DOUBLE"),
        )

    def moment(self, family: str) -> Moment | None:
        """See `Value`."""
        moments = [value.moment(family) for _, value in self.branches]
        if all(moment is None for moment in moments):
            return None
        return Moment(
            micros=lambda: self._required([None if m is None else m.micros() for m in moments]),
            zoned=lambda: self._required([None if m is None else m.zoned() for m in moments]),
        )

    def geometry(self) -> Geometry | None:
        """See `Value`."""
        geometries = [value.geometry() for _, value in self.branches]
        if all(geometry is None for geometry in geometries):
            return None
        return Geometry(
            ewkb=lambda: self._required([None if g is None else g.ewkb() for g in geometries]),
            datatype=lambda: self._required(
                [None if g is None else g.datatype() for g in geometries]
            ),
        )
