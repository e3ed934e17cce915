"""Expressions of the algebra to values (SPARQL 1.1, section 17)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, assert_never

from sqlglot import exp

from endpoint.sparql.algebra import (
    Aggregate,
    Call,
    Constant,
    Exists,
    Expression,
    Variable,
)
from endpoint.sparql.compile import sql
from endpoint.sparql.compile.arithmetic import arithmetic, negative, positive
from endpoint.sparql.compile.built_ins import BUILT_INS
from endpoint.sparql.compile.chosen_value import ChosenValue
from endpoint.sparql.compile.comparison import equals, ordered, same_term
from endpoint.sparql.compile.constants import constant
from endpoint.sparql.compile.context import Context, GraphScope
from endpoint.sparql.compile.geometry_functions import cast_value, function_value
from endpoint.sparql.compile.made_values import (
    boolean_value,
    error_value,
    string_value,
)
from endpoint.sparql.compile.sql import Expr, Thunk
from endpoint.sparql.compile.text_values import TextValue
from endpoint.sparql.compile.values import Value, effective_boolean
from geosparql.errors import QueryError


class RowView(Protocol):
    """What gives variables their values: one solution, or a pair that may become one."""

    def value(self, variable: Variable) -> Value:
        """Give a variable as a value."""
        ...

    def identity(self) -> Expr:
        """Give a VARCHAR that is different for each solution."""
        ...


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an expression stands: its row, and the graphs that an EXISTS in it matches in."""

    context: Context
    row: RowView
    graphs: GraphScope


def evaluate(expression: Expression, scope: Scope) -> Value:
    """Compile an expression.

    Raises
    ------
    QueryError, FunctionError
        It calls a function that does not exist, or with a wrong number of arguments.
    """
    match expression:
        case Variable():
            return scope.row.value(expression)
        case Constant():
            return constant(expression, scope.context)
        case Exists(pattern, negated):
            from endpoint.sparql.compile.existence import exists

            found = exists(pattern, scope)
            return boolean_value(lambda: sql.negated(found.copy()) if negated else found.copy())
        case Call():
            return _call(expression, scope)
        case Aggregate():
            raise QueryError("An aggregate stands where there is no group", value=expression.name)
    assert_never(expression)


def condition_of(expression: Expression, scope: Scope) -> Expr:
    """Compile an expression to its effective boolean value: null for an error."""
    match expression:
        case Call("&&", (left, right)):
            return sql.both(condition_of(left, scope), condition_of(right, scope))
        case Call("||", (left, right)):
            return sql.either(condition_of(left, scope), condition_of(right, scope))
        case Call("!", (operand,)):
            return sql.negated(condition_of(operand, scope))
        case _:
            return effective_boolean(evaluate(expression, scope))


def _call(call: Call, scope: Scope) -> Value:
    match call:
        case Call("&&" | "||" | "!"):
            return boolean_value(lambda: condition_of(call, scope))
        case Call("BOUND", (operand,)):
            value = evaluate(operand, scope)
            return boolean_value(value.bound)
        case Call("IF", (condition, yes, no)):
            return _if(condition, yes, no, scope)
        case Call("COALESCE", arguments):
            values = [evaluate(argument, scope) for argument in arguments]
            return ChosenValue([(v.bound, v) for v in values]) if values else error_value()
        case Call("IN" | "NOT IN", (operand, *members)):
            return _membership(call.name == "IN", operand, members, scope)
        case Call("+" | "-", (operand,)):
            sign = negative if call.name == "-" else positive
            return sign(evaluate(operand, scope))
        case Call("BNODE", arguments):
            return _blank_node([evaluate(argument, scope) for argument in arguments], scope)
    values = [evaluate(argument, scope) for argument in call.arguments]
    if call.is_iri:
        made = cast_value(call.name, values)
        return made if made is not None else function_value(call.name, values, scope.context)
    return _operator(call.name, values, scope)


def _operator(name: str, values: list[Value], scope: Scope) -> Value:
    match name, values:
        case "=", [left, right]:
            return boolean_value(lambda: _equal(left, right, scope))
        case "!=", [left, right]:
            return boolean_value(lambda: sql.negated(_equal(left, right, scope)))
        case (("<" | ">" | "<=" | ">="), [left, right]):
            return boolean_value(lambda: ordered(name, left, right))
        case (("+" | "-" | "*" | "/"), [left, right]):
            return arithmetic(name, left, right)
        case "SAMETERM", [left, right]:
            return boolean_value(lambda: same_term(left, right))
        case "NOW", []:
            return constant(Constant(scope.context.now_literal()), scope.context)
        case "IRI", [operand]:
            return BUILT_INS["IRI"](
                operand, string_value(lambda: sql.string(scope.context.base or ""))
            )
        case _ if name in BUILT_INS:
            return BUILT_INS[name](*values)
    raise QueryError("There is no such function", value=name)


def _equal(left: Value, right: Value, scope: Scope) -> Expr:
    made = any(side.families == {"triple"} for side in (left, right))
    return equals(left, right, triples=made or scope.context.may_have_triple_terms())


def _if(condition: Expression, yes: Expression, no: Expression, scope: Scope) -> Value:
    test = condition_of(condition, scope)
    branches: list[tuple[Thunk, Value]] = [
        (test.copy, evaluate(yes, scope)),
        (lambda: sql.negated(test.copy()), evaluate(no, scope)),
    ]
    return ChosenValue(branches)


def _membership(
    positive_form: bool, operand: Expression, members: list[Expression], scope: Scope
) -> Value:
    value = evaluate(operand, scope)
    others = [evaluate(member, scope) for member in members]

    def truth() -> Expr:
        found = sql.either(*(_equal(value, other, scope) for other in others))
        return found if positive_form else sql.negated(found)

    return boolean_value(truth)


def _blank_node(arguments: list[Value], scope: Scope) -> Value:
    """Give a fresh blank node, or for a string the same one within a solution (17.4.2.9)."""
    if not arguments:
        fresh = sql.concat(sql.string("_:b"), sql.call("sparql_uuid", exp.Rand()))
        return TextValue(fresh.copy, frozenset({"blank"}))
    text, solution = arguments[0].string(), scope.row.identity()
    if text is None:
        return error_value()
    digest = sql.call("sparql_digest", sql.string("md5"), text.lexical())
    label = sql.concat(sql.string("_:b"), solution, digest)
    return TextValue(label.copy, frozenset({"blank"}))
