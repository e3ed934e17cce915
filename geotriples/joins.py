"""Joins of triples maps: what ties the rows of a child to those of a parent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import pyarrow as pa
from sqlglot import exp

from geosparql.errors import MappingError
from geotriples.calls import checks_of, lists_of
from geotriples.compilation import Site
from geotriples.expand import TermRows
from geotriples.mapping.model import Join, TermMap, TriplesMap
from geotriples.sources.source import ROW
from geotriples.values import (
    Check,
    Rows,
    geometry_of,
    is_null,
    not_null,
    text_of,
    typed_value,
)

JOIN_ROW = "join_row"
"""Column that numbers the rows of a logical view where they are joined by geometry."""


@dataclass(frozen=True, slots=True)
class JoinSide:
    """One side of a join: its rows, and the wide rows of terms that are collected from them."""

    name: Literal["child", "parent"]
    triples_map: TriplesMap
    site: Site
    terms: TermRows

    def roles(self, joins: Sequence[Join]) -> list[tuple[str, TermMap]]:
        """Give what this side is joined by, with the names under which lists are unnested."""
        return [(f"{self.name}{n}", getattr(join, self.name)) for n, join in enumerate(joins)]

    def key(self, role: str, term_map: TermMap) -> exp.Expr:
        """Give the column with a value that must be equal, as text."""
        return self.terms.column(text_of(typed_value(term_map, self._seen(role))))

    def row(self) -> exp.Expr:
        """Give the column with the number of the row."""
        return self.terms.column(self._number())

    def geometries(self, role: str, term_map: TermMap) -> exp.Query:
        """Give ``id`` (the number of the row) and ``geometry`` for a spatial join."""
        seen = self._seen(role)
        if any(True for _ in lists_of(term_map, seen)):
            raise MappingError("Rows are joined by one geometry each, and this gives several",
                               where=term_map.where)  # fmt: skip
        return exp.select(
            exp.alias_(self._number(), "id"), exp.alias_(geometry_of(term_map, seen), "geometry")
        ).from_(self.site.rows.copy().subquery("source_rows"))

    def checks(self, joins: Sequence[Join]) -> list[Check]:
        """Give what can be wrong with the values that rows are joined by."""
        found: list[Check] = []
        for (role, term_map), join in zip(self.roles(joins), joins, strict=True):
            seen = self._seen(role)
            found += checks_of(term_map, seen)
            value = typed_value(term_map, seen)
            if join.condition is not None and not pa.types.is_binary(value.kind):
                problem = seen.problem(
                    term_map.where, "The value is no geometry to join by",
                    "Mend it, or state its datatype in a map of the side", is_error=False,
                )  # fmt: skip
                unreadable = is_null(geometry_of(term_map, seen))
                written = text_of(value)
                found.append(Check(problem, exp.and_(not_null(written), unreadable), written))
        return found

    def _number(self) -> exp.Expr:
        return exp.column(JOIN_ROW if self.site.is_view else ROW, quoted=True)

    def _seen(self, role: str) -> Rows:
        return Rows(self.site.source, role, self.triples_map)


@dataclass(frozen=True, slots=True)
class Ties:
    """What ties the wide rows of two sides together."""

    pairs: tuple[tuple[exp.Expr, exp.Expr], ...]
    """Pairs of row numbers, and what ties each to the child."""
    on: tuple[exp.Expr, ...]
    """What ties the parent to the child and to the pairs."""

    def joined(self, children: exp.Query, parents: exp.Query, *columns: exp.Expr) -> exp.Select:
        """Give the joined rows, all their columns where none is named."""
        rows = exp.select(*(columns or ["*"])).from_(children.subquery("child"))
        for query, matches in self.pairs:
            rows = rows.join(query, on=matches, join_type="inner")
        on = exp.and_(*self.on) if self.on else exp.true()
        return rows.join(parents.subquery("parent"), on=on, join_type="inner")


def kept(site: Site, joins: Sequence[Join]) -> Site:
    """Give rows that are joined by geometry as rows that are read once and keep their numbers."""
    if all(join.condition is None for join in joins):
        return site
    rows = site.rows.copy()
    if site.is_view:
        order = exp.Order(expressions=[exp.Ordered(this=exp.column(ROW, quoted=True))])
        number = exp.alias_(exp.Window(this=exp.RowNumber(), order=order), JOIN_ROW, quoted=True)
        rows = exp.select("*", number).from_(rows.subquery("view"))
    work = site.work
    work.relations.append(work.engine.materialize(rows, control=work.control))
    return replace(site, rows=work.relations[-1].select())


def ties_of(joins: Sequence[Join], child: JoinSide, parent: JoinSide) -> Ties:
    """Give what ties two sides together; spatial joins run at once.

    Parameters
    ----------
    joins
        Conditions that hold together.
    child, parent
        The sides; columns that tie them are added to their terms.

    Returns
    -------
    Ties
        To be joined when all terms are collected.

    Raises
    ------
    MappingError
        Where a row has several geometries to be joined by.
    """
    pairs: list[tuple[exp.Expr, exp.Expr]] = []
    on: list[exp.Expr] = []
    work = child.site.work
    for number, (join, left, right) in enumerate(
        zip(joins, child.roles(joins), parent.roles(joins), strict=True)
    ):
        if join.condition is None:
            on.append(exp.EQ(this=child.key(*left), expression=parent.key(*right)))
            continue
        found = work.engine.spatial_join(
            child.geometries(*left), parent.geometries(*right), join.condition,
            control=work.control,
        )  # fmt: skip
        work.relations.append(found)
        ids = [exp.alias_(exp.column(f"{s}_id"), f"{s}{number}") for s in ("left", "right")]
        query = exp.select(*ids).from_(found.table()).subquery(f"pairs{number}")
        pairs.append((query, exp.EQ(this=child.row(), expression=exp.column(f"left{number}"))))
        on.append(exp.EQ(this=parent.row(), expression=exp.column(f"right{number}")))
    return Ties(tuple(pairs), tuple(on))
