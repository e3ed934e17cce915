"""SPARQL text to algebra; the grammar is ``sparql.lark`` beside this file.

It is that of SPARQL 1.1 Query, section 19.8. The tree is translated from the leaves
up: terms, expressions and triples in the ``parse_*`` files, queries and groups here.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from lark import Lark, Token, v_args

from endpoint.sparql import algebra, translate, triple_blocks
from endpoint.sparql.algebra import Constant, Variable
from endpoint.sparql.grammar import GRAMMAR, make_parser, parsed
from endpoint.sparql.parse_triples import TripleTranslation
from endpoint.sparql.prologue import Prologue
from geosparql.errors import QueryError

Rows = Sequence[Any]


def parse_query(
    text: str, *, base: str | None = None, prefixes: dict[str, str] | None = None
) -> algebra.ParsedQuery:
    """Parse a SPARQL 1.1 query to algebra.

    Parameters
    ----------
    text
        The query.
    base
        Base IRI for relative IRIs, until the text says BASE.
    prefixes
        Prefixes that hold unless the text declares them anew.

    Raises
    ------
    QueryError
        With line, column and what was expected.
    """
    prologue = Prologue(base, dict(prefixes or {}))
    query = parsed(text, _parser(), Translation(prologue))
    return algebra.ParsedQuery(query, prologue.base, tuple(sorted(prologue.prefixes.items())))


@functools.cache
def _parser() -> Lark:
    return make_parser("query_unit", GRAMMAR)


@v_args(inline=True)
class Translation(TripleTranslation):
    """One method per grammar rule of a query or a group graph pattern."""

    # Queries

    def query_unit(self, _prologue: object, query: algebra.Query) -> algebra.Query:
        return query

    def select_query(
        self,
        head: translate.Head,
        dataset: algebra.DatasetClause | None,
        where: translate.GroupPattern,
        modifiers: translate.Modifiers,
        values: algebra.Values | None,
    ) -> algebra.Select:
        pattern = self.sub_select(head, where, modifiers, values)
        return algebra.Select(pattern, translate.head_of(pattern), dataset)

    def sub_select(
        self,
        head: translate.Head,
        where: translate.GroupPattern,
        modifiers: translate.Modifiers,
        values: algebra.Values | None,
    ) -> algebra.Pattern:
        modifiers = modifiers.with_values(values)
        return translate.select_pattern(head, where.closed(), modifiers, self.names)

    def select_clause(self, distinct: bool, items: Any) -> translate.Head:
        return translate.Head(items, distinct)

    def distinct(self) -> bool:
        return True

    def reduced(self) -> bool:
        return False  # REDUCED permits duplicates: nothing to do

    def plain(self) -> bool:
        return False

    def select_items(self, *items: Any) -> tuple[Any, ...]:
        return items

    describe_items = select_items

    def select_all(self) -> None:
        return None

    def assignment(
        self, expression: algebra.Expression, variable: Variable | None
    ) -> translate.Assignment:
        return translate.Assignment(expression, variable)

    def construct(
        self,
        template: tuple[triple_blocks.Triple, ...],
        dataset: algebra.DatasetClause | None,
        where: translate.GroupPattern,
        modifiers: translate.Modifiers,
        values: algebra.Values | None,
    ) -> algebra.Construct:
        pattern = translate.modified(where.closed(), modifiers.with_values(values), self.names)
        template, pattern = triple_blocks.with_made_terms(template, pattern)
        return algebra.Construct(pattern, triple_blocks.template(template), dataset)

    def construct_where(
        self,
        dataset: algebra.DatasetClause | None,
        triples: triple_blocks.Triples | None,
        modifiers: translate.Modifiers,
        values: algebra.Values | None,
    ) -> algebra.Construct:
        written = () if triples is None else triples.triples
        group = translate.group_pattern([triple_blocks.Triples(written)], self.names)
        return self.construct(written, dataset, group, modifiers, values)

    def describe_query(
        self,
        subjects: tuple[algebra.Slot, ...] | None,
        dataset: algebra.DatasetClause | None,
        where: translate.GroupPattern | None,
        modifiers: translate.Modifiers,
        values: algebra.Values | None,
    ) -> algebra.Describe:
        pattern = algebra.BGP() if where is None else where.closed()
        pattern = translate.modified(pattern, modifiers.with_values(values), self.names)
        return algebra.Describe(pattern, translate.described(subjects, pattern), dataset)

    def ask_query(
        self,
        dataset: algebra.DatasetClause | None,
        where: translate.GroupPattern,
        modifiers: translate.Modifiers,
        values: algebra.Values | None,
    ) -> algebra.Ask:
        modifiers = modifiers.with_values(values)
        return algebra.Ask(translate.modified(where.closed(), modifiers, self.names), dataset)

    def dataset_clauses(self, *clauses: tuple[str, Constant]) -> algebra.DatasetClause | None:
        if not clauses:
            return None
        return algebra.DatasetClause(
            tuple(iri.term.value for kind, iri in clauses if kind == "default"),  # type: ignore[union-attr]
            tuple(iri.term.value for kind, iri in clauses if kind == "named"),  # type: ignore[union-attr]
        )

    def from_default(self, iri: Constant) -> tuple[str, Constant]:
        return "default", iri

    def from_named(self, iri: Constant) -> tuple[str, Constant]:
        return "named", iri

    def solution_modifier(
        self,
        keys: tuple[translate.Assignment, ...] | None,
        having: tuple[algebra.Expression, ...] | None,
        order: tuple[algebra.OrderKey, ...] | None,
        limit_offset: tuple[int, int | None] | None,
    ) -> translate.Modifiers:
        offset, limit = limit_offset or (0, None)
        return translate.Modifiers(keys, having or (), order or (), offset, limit)

    def group_clause(self, *conditions: Any) -> tuple[translate.Assignment, ...]:
        return tuple(
            c if isinstance(c, translate.Assignment) else translate.Assignment(c, None)
            for c in conditions
        )

    def having_clause(self, *conditions: algebra.Expression) -> tuple[algebra.Expression, ...]:
        return conditions

    def order_clause(self, *keys: algebra.OrderKey) -> tuple[algebra.OrderKey, ...]:
        return keys

    def ascending(self, expression: algebra.Expression) -> algebra.OrderKey:
        return algebra.OrderKey(expression)

    def descending(self, expression: algebra.Expression) -> algebra.OrderKey:
        return algebra.OrderKey(expression, descending=True)

    def limit_first(self, limit: Token, offset: Token | None) -> tuple[int, int | None]:
        return int(offset or 0), int(limit)

    def offset_first(self, offset: Token, limit: Token | None) -> tuple[int, int | None]:
        return int(offset), None if limit is None else int(limit)

    def values_clause(self, values: algebra.Values | None) -> algebra.Values | None:
        return values

    # Group graph patterns

    def group_sub_select(self, pattern: algebra.Pattern) -> translate.GroupPattern:
        return translate.GroupPattern(pattern)

    def group_graph_pattern(self, group: translate.GroupPattern) -> translate.GroupPattern:
        return group

    def group_graph_pattern_sub(self, *elements: translate.Element) -> translate.GroupPattern:
        return translate.group_pattern(elements, self.names)

    def triples_block(self, *parts: Rows) -> triple_blocks.Triples:
        return triple_blocks.Triples(tuple(triple for part in parts for triple in part))

    triples_template = triples_block

    def construct_template(
        self, triples: triple_blocks.Triples | None
    ) -> tuple[triple_blocks.Triple, ...]:
        return () if triples is None else triples.triples

    def optional_graph_pattern(self, group: translate.GroupPattern) -> translate.Optional:
        return translate.Optional(group)

    def minus_graph_pattern(self, group: translate.GroupPattern) -> translate.Without:
        return translate.Without(group)

    def graph_graph_pattern(
        self, name: algebra.Slot, group: translate.GroupPattern
    ) -> algebra.Graph:
        return algebra.Graph(name, group.closed())

    def service_graph_pattern(
        self, silent: bool, name: algebra.Slot, group: translate.GroupPattern
    ) -> algebra.Service:
        return algebra.Service(name, group.closed(), silent)

    def yes(self) -> bool:
        return True

    def no(self) -> bool:
        return False

    def group_or_union_graph_pattern(self, *groups: translate.GroupPattern) -> algebra.Pattern:
        patterns = [group.closed() for group in groups]
        return functools.reduce(algebra.Union, patterns)

    def filter(self, condition: algebra.Expression) -> translate.Constraint:
        return translate.Constraint(condition)

    def bind(self, expression: algebra.Expression, variable: Variable) -> translate.Assignment:
        return translate.Assignment(expression, variable)

    def inline_data(self, values: algebra.Values) -> algebra.Values:
        return values

    def one_variable(self, variable: Variable, *terms: Constant | None) -> algebra.Values:
        rows = tuple((None if term is None else term.term,) for term in terms)
        return algebra.Values((variable,), rows)

    def full_block(self, *parts: Any) -> algebra.Values:
        variables = tuple(part for part in parts if isinstance(part, Variable))
        if len(set(variables)) < len(variables):
            raise QueryError("A variable stands twice in VALUES")
        rows = tuple(part for part in parts if isinstance(part, tuple))
        for row in rows:
            if len(row) != len(variables):
                raise QueryError(
                    f"A row of VALUES has {len(row)} terms for {len(variables)} variables"
                )
        return algebra.Values(variables, rows)

    def data_row(self, *terms: Constant | Token | None) -> tuple[Any, ...]:
        given = [term for term in terms if not isinstance(term, Token)]
        return tuple(None if term is None else term.term for term in given)

    def undef(self) -> None:
        return None
