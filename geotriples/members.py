"""The members of lists and containers as rows: from which row, which element, in which order."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlglot import exp

from geotriples.expansions import GRAPH, Expansion, Role, expansions
from geotriples.mapping.model import Collection, TermType
from geotriples.sources.source import ROW, Source
from geotriples.term_columns import TERM_PARTS, TermColumns
from geotriples.terms import compile_term
from geotriples.values import Rows, concat, is_null, not_null, null, text

HEAD = "head"
"""Column with the node of a collection."""
CELL = "cell"
"""Column with what the names of a list's other nodes begin with."""
ELEMENT = "element"
COUNT = "n"
TOTAL = "total"
"""The number of a member, and of all members of its collection."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The graph in which a statement stands, and the rows for which it does."""

    roles: tuple[Role, ...] = ()
    graph: exp.Expr | None = None
    only_where: exp.Expr | None = None


NOWHERE = Scope()
"""The default graph."""

Widen = Callable[[list[Expansion]], exp.Query]
"""Gives the rows of the source, one for each combination of expansions, with their places."""


def element_roles(role: str, collection: Collection) -> list[Role]:
    """Give the elements of a collection with the names under which their lists are unnested."""
    return [(f"{role}_{n}", element) for n, (element, _) in enumerate(collection.elements)]


def place_names(collection: Collection, role: str, source: Source) -> list[str]:
    """Give the columns of the positions of a collection's members."""
    roles = element_roles(role, collection)
    if collection.gather.cartesian:
        count = len(expansions(roles, source, None))
    else:
        count = max(len(expansions([one], source, None)) for one in roles)
    return [f"place{number}" for number in range(count)]


class MemberRows:
    """Builds the rows of members, one query for each way in which they are found."""

    def __init__(
        self, source: Source, role: str, collection: Collection, scope: Scope, widen: Widen
    ) -> None:
        self.source, self.role, self.collection, self.scope = source, role, collection, scope
        self.places = place_names(collection, role, source)
        self._widen = widen
        self._identity_role = f"{role}_id"
        identity = collection.identity
        self._fixed = [
            *scope.roles,
            *([] if identity is None else [(self._identity_role, identity)]),
        ]

    def appended(self) -> list[exp.Query]:
        """Give the members of each element."""
        return [
            self._selected([role], self._terms()[number : number + 1], number)
            for number, role in enumerate(element_roles(self.role, self.collection))
        ]

    def tuples(self) -> exp.Query:
        """Give the members of every combination of the elements' values."""
        return self._selected(element_roles(self.role, self.collection), self._terms(), 0)

    def anchors(self) -> exp.Query:
        """Give a row without a term for each row of the source."""
        return self._selected([], [], -1)

    def _terms(self) -> list[TermColumns]:
        return [
            compile_term(element, Rows(self.source, f"{self.role}_{n}", triples_map))
            for n, (element, triples_map) in enumerate(self.collection.elements)
        ]

    def _selected(
        self, roles: Sequence[Role], terms: Sequence[TermColumns], first: int
    ) -> exp.Query:
        """Give the members of elements, of every combination where there are several."""
        fixed = expansions(self._fixed, self.source, self.collection.triples_map)
        own = expansions(roles, self.source, self.collection.triples_map)
        rows = self._widen([*fixed, *(one for one in own if one not in fixed)])
        number: exp.Expr = exp.cast(exp.Literal.number(first), "BIGINT")
        conditions = [not_null(term.value) for term in terms]
        if len(terms) > 1:
            numbers = exp.Array(
                expressions=[exp.cast(exp.Literal.number(n), "BIGINT") for n in range(len(terms))]
            )
            exploded_rows = exp.select("*", exp.alias_(exp.Explode(this=numbers), ELEMENT))
            rows = exploded_rows.from_(rows.subquery("tuples").copy())
            number = exp.column(ELEMENT, quoted=True)
        used = [exp.column(one.place, quoted=True) for one in own]
        head, cell = self._nodes(used if self.collection.gather.cartesian else [])
        zero = exp.cast(exp.Literal.number(0), "BIGINT")
        padded = [*used, *(zero for _ in self.places[len(used) :])]
        columns = {
            ROW: exp.column(ROW, quoted=True),
            GRAPH: self.scope.graph or null(),
            HEAD: head,
            CELL: cell,
            ELEMENT: number,
            **dict(zip(TERM_PARTS, _picked(terms, number), strict=True)),
            **dict(zip(self.places, padded, strict=True)),
        }
        if self.scope.only_where is not None:
            conditions.append(self.scope.only_where)
        conditions.append(not_null(head))
        return (
            exp.select(
                *(exp.alias_(value.copy(), name, quoted=True) for name, value in columns.items())
            )
            .from_(rows.subquery("gathered"))
            .where(*(condition.copy() for condition in conditions))
        )

    def _nodes(self, places: Sequence[exp.Expr]) -> tuple[exp.Expr, exp.Expr]:
        """Give the node of a collection, and what the names of a list's other nodes begin with."""
        digest = hashlib.sha256(self.collection.name.encode()).hexdigest()[:12]
        identity, graph = self.collection.identity, self.scope.graph
        if identity is None:
            pieces = [text(f"_:c{digest}r"), exp.cast(exp.column(ROW, quoted=True), "TEXT")]
            for place in places:
                pieces += [text("t"), exp.cast(place, "TEXT")]
            return concat(pieces), concat(pieces)
        rows = Rows(self.source, self._identity_role, self.collection.triples_map)
        head = compile_term(identity, rows).value
        within = exp.Coalesce(this=graph or null(), expressions=[text("")])
        if identity.term_type is TermType.BLANK_NODE and graph is not None:
            # A blank node is one of its graph: what is gathered in another is another collection
            label = concat([head, text("g"), exp.MD5(this=graph.copy())])
            head = exp.Case(ifs=[exp.If(this=is_null(graph), true=head)], default=label)
        name = exp.MD5(this=concat([head, text(" "), within]))
        return head, concat([text(f"_:c{digest}"), name])


def _picked(terms: Sequence[TermColumns], number: exp.Expr) -> list[exp.Expr]:
    """Give the parts of the term with a number."""
    if not terms:
        return [null(), null(), null(), null("BINARY")]
    if len(terms) == 1:
        return list(terms[0].parts)
    return [
        exp.Case(this=number.copy(), ifs=[
            exp.If(this=exp.Literal.number(n), true=part) for n, part in enumerate(parts)
        ])
        for parts in zip(*(term.parts for term in terms), strict=True)
    ]  # fmt: skip
