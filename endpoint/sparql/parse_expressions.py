"""Expressions of a syntax tree."""

from __future__ import annotations

from typing import Any

from lark import Token, v_args

from endpoint.sparql import algebra, translate
from endpoint.sparql.algebra import Aggregate, Call, Constant, Variable
from endpoint.sparql.parse_terms import TermTranslation
from geosparql.errors import QueryError
from geosparql.terms import IRI

ARITY: dict[str, tuple[int, int]] = {
    **dict.fromkeys(("RAND", "NOW", "UUID", "STRUUID"), (0, 0)),
    **dict.fromkeys(("STRDT", "STRLANG", "STRENDS", "STRSTARTS", "STRBEFORE"), (2, 2)),
    **dict.fromkeys(("STRAFTER", "LANGMATCHES", "CONTAINS", "SAMETERM"), (2, 2)),
    **dict.fromkeys(("SUBSTR", "REGEX"), (2, 3)),
    **dict.fromkeys(("CONCAT", "COALESCE"), (0, 10_000)),
    "BNODE": (0, 1),
    "REPLACE": (3, 4),
    **dict.fromkeys(("TRIPLE", "STRLANGDIR"), (3, 3)),
}
"""How many arguments a built-in takes (least, most); (1, 1) for those not listed."""

ALIASES = {"URI": "IRI", "ISURI": "ISIRI"}


@v_args(inline=True)
class ExpressionTranslation(TermTranslation):
    """One method per grammar rule of an expression."""

    def or_(self, left: algebra.Expression, right: algebra.Expression) -> Call:
        return Call("||", (left, right))

    def and_(self, left: algebra.Expression, right: algebra.Expression) -> Call:
        return Call("&&", (left, right))

    def relation(self, left: algebra.Expression, sign: Token, right: algebra.Expression) -> Call:
        return Call(str(sign), (left, right))

    def add(self, left: algebra.Expression, right: algebra.Expression) -> Call:
        return Call("+", (left, right))  # a sign may belong to the literal: ?a -1 is ?a + (-1)

    def subtract(self, left: algebra.Expression, right: algebra.Expression) -> Call:
        return Call("-", (left, right))

    def multiply(self, left: algebra.Expression, right: algebra.Expression) -> Call:
        return Call("*", (left, right))

    def divide(self, left: algebra.Expression, right: algebra.Expression) -> Call:
        return Call("/", (left, right))

    def in_(self, left: algebra.Expression, members: tuple[algebra.Expression, ...]) -> Call:
        return Call("IN", (left, *members))

    def not_in(self, left: algebra.Expression, *rest: Any) -> Call:
        return Call("NOT IN", (left, *rest[-1]))

    def not_(self, operand: algebra.Expression) -> Call:
        return Call("!", (operand,))

    def plus(self, operand: algebra.Expression) -> Call:
        return Call("+", (operand,))

    def minus(self, operand: algebra.Expression) -> Call:
        return Call("-", (operand,))

    def expression_list(self, *members: Any) -> tuple[algebra.Expression, ...]:
        return tuple(member for member in members if not isinstance(member, Token))

    def arg_list(self, *parts: Any) -> tuple[bool, tuple[algebra.Expression, ...]]:
        return (False, ()) if isinstance(parts[0], Token) else (parts[0], parts[1:])

    def function_call(
        self, iri: Constant, arguments: tuple[bool, tuple[algebra.Expression, ...]]
    ) -> Call:
        assert isinstance(iri.term, IRI)
        return Call(iri.term.value, arguments[1], is_iri=True, distinct=arguments[0])

    def built_in(self, token: Token, arguments: tuple[algebra.Expression, ...]) -> Call:
        name = ALIASES.get(token.upper(), token.upper())
        least, most = ARITY.get(name, (1, 1))
        if not least <= len(arguments) <= most:
            raise QueryError(
                f"{name} takes {least if least == most else f'{least} to {most}'} arguments",
                where=f"line {token.line}, column {token.column}",
                value=f"{len(arguments)} given",
            )
        if name == "BOUND" and not isinstance(arguments[0], Variable):
            raise QueryError("BOUND takes a variable", where=f"line {token.line}")
        return Call(name, arguments)

    def if_(self, *arguments: algebra.Expression) -> Call:
        return Call("IF", arguments)

    def exists(self, group: translate.GroupPattern) -> algebra.Exists:
        return algebra.Exists(group.closed())

    def not_exists(self, *parts: Any) -> algebra.Exists:
        return algebra.Exists(parts[-1].closed(), negated=True)

    def count_all(self, distinct: bool) -> Aggregate:
        return Aggregate("COUNT", None, distinct)

    def count(self, distinct: bool, argument: algebra.Expression) -> Aggregate:
        return Aggregate("COUNT", argument, distinct)

    def aggregate(self, name: Token, distinct: bool, argument: algebra.Expression) -> Aggregate:
        return Aggregate(name.upper(), argument, distinct)

    def group_concat(
        self, distinct: bool, argument: algebra.Expression, *rest: str | Token | None
    ) -> Aggregate:
        separator = rest[-1]
        return Aggregate(
            "GROUP_CONCAT", argument, distinct, " " if separator is None else separator
        )
