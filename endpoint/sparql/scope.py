"""Which variables a pattern or an expression has (SPARQL 1.1 Query, sections 18.2.1 and 18.5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from typing import assert_never

from endpoint.sparql.algebra import (
    BGP,
    Aggregate,
    Call,
    Constant,
    Distinct,
    Exists,
    Expression,
    Extend,
    Filter,
    Graph,
    Group,
    Join,
    LeftJoin,
    Link,
    Minus,
    NearestSelect,
    NegatedSet,
    Once,
    OrderBy,
    Parameter,
    PathPattern,
    Pattern,
    Project,
    Relation,
    Service,
    Slice,
    Slot,
    SpatialJoin,
    SpatialSelect,
    Union,
    Values,
    Variable,
)
from geosparql.terms import IRI, Term


def _unique(variables: Iterable[Variable]) -> tuple[Variable, ...]:
    return tuple(dict.fromkeys(variables))


def _slots(slots: Iterable[Slot]) -> tuple[Variable, ...]:
    return _unique(slot for slot in slots if isinstance(slot, Variable))


def in_scope(pattern: Pattern) -> tuple[Variable, ...]:
    """Give the variables that a solution of the pattern may bind, in order of appearance."""
    match pattern:
        case BGP(triples):
            return _slots(s for t in triples for s in (t.subject, t.predicate, t.object))
        case PathPattern(subject, _, object_):
            return _slots((subject, object_))
        case Join(left, right) | Union(left, right) | LeftJoin(left, right):
            return _unique((*in_scope(left), *in_scope(right)))
        case SpatialJoin(left, right):
            return _unique((*in_scope(left), *in_scope(right)))
        case Minus(left, _):
            return in_scope(left)
        case Filter(_, inner) | OrderBy(inner) | Distinct(inner) | Slice(inner):
            return in_scope(inner)
        case SpatialSelect(inner) | NearestSelect(inner) | Once(inner):
            return in_scope(inner)
        case Extend(inner, variable, _):
            return _unique((*in_scope(inner), variable))
        case Graph(name, inner) | Service(name, inner):
            return _unique((*in_scope(inner), *_slots((name,))))
        case Group(_, keys, aggregates):
            return _unique((*keys, *(variable for variable, _ in aggregates)))
        case Values(variables, _) | Project(_, variables) | Relation(_, variables):
            return variables
    assert_never(pattern)


def visible(pattern: Pattern) -> tuple[Variable, ...]:
    """Give the variables in scope that a query may name (what ``SELECT *`` selects)."""
    return tuple(variable for variable in in_scope(pattern) if not variable.is_hidden)


def mentioned(expression: Expression) -> tuple[Variable, ...]:
    """Give the variables that an expression reads, those inside EXISTS too."""
    match expression:
        case Variable():
            return (expression,)
        case Constant():
            return ()
        case Call(_, arguments):
            return _unique(v for argument in arguments for v in mentioned(argument))
        case Exists(pattern):
            return _unique((*in_scope(pattern), *free(pattern), *taken_away(pattern)))
        case Aggregate(_, argument):
            return () if argument is None else mentioned(argument)
    assert_never(expression)


def free(pattern: Pattern) -> tuple[Variable, ...]:
    """Give the variables that expressions inside the pattern read and not all solutions bind.

    Where they are not bound they have no value, unless the pattern stands in an EXISTS: there
    they are those of the solution around it.
    """
    match pattern:
        case Filter(condition, inner):
            return _without((*free(inner), *mentioned(condition)), certain(inner))
        case Extend(inner, _, expression):
            return _without((*free(inner), *mentioned(expression)), certain(inner))
        case LeftJoin(left, right, condition):
            read = () if condition is None else mentioned(condition)
            inside = (*free(left), *free(right), *read)
            return _without(inside, (*certain(left), *certain(right)))
        case Join(left, right) | Union(left, right) | Minus(left, right):
            return _unique((*free(left), *free(right)))
        case SpatialJoin(left, right):
            return _unique((*free(left), *free(right)))
        case SpatialSelect(inner) | NearestSelect(inner) | Once(inner):
            return free(inner)
        case Graph(_, inner) | Distinct(inner) | Slice(inner):
            return free(inner)
        case OrderBy(inner, keys):
            read = tuple(v for key in keys for v in mentioned(key.expression))
            return _without((*free(inner), *read), certain(inner))
        case BGP() | PathPattern() | Values() | Relation() | Service() | Project() | Group():
            return ()
    assert_never(pattern)


def taken_away(pattern: Pattern) -> tuple[Variable, ...]:
    """Give the variables of what MINUS takes away inside the pattern, outside of sub-queries."""
    match pattern:
        case Minus(left, right):
            return _unique((*taken_away(left), *in_scope(right), *taken_away(right)))
        case Join(left, right) | Union(left, right) | LeftJoin(left, right):
            return _unique((*taken_away(left), *taken_away(right)))
        case Filter(pattern=inner) | Extend(pattern=inner) | Graph(pattern=inner):
            return taken_away(inner)
        case _:
            return ()


def _without(variables: Iterable[Variable], bound: Iterable[Variable]) -> tuple[Variable, ...]:
    taken = set(bound)
    return _unique(variable for variable in variables if variable not in taken)


def constants(part: object) -> Iterator[Term]:
    """Give the terms that a part of the algebra names, those in paths and inline data too."""
    match part:
        case Parameter():
            yield part.value
        case Constant(term):
            yield term
        case Link(iri):
            yield IRI(iri)
        case NegatedSet(iris, inverse_iris):
            yield from (IRI(iri) for iri in (*(iris or ()), *(inverse_iris or ())))
        case Values(_, rows):
            yield from (term for row in rows for term in row if term is not None)
        case tuple():
            for member in part:
                yield from constants(member)
        case _ if is_dataclass(part):
            for each in fields(part):
                yield from constants(getattr(part, each.name))


def has_exists(expression: Expression) -> bool:
    """Tell whether an EXISTS stands in an expression."""
    match expression:
        case Exists():
            return True
        case Call(arguments=arguments):
            return any(map(has_exists, arguments))
        case _:
            return False


def needs_triples(pattern: Pattern) -> bool:
    """Tell whether no solution of the pattern comes without a triple of the active graph."""
    match pattern:
        case BGP(triples):
            return bool(triples)
        case Relation():
            return True  # they matched where the rows come from
        case Join(left, right) | SpatialJoin(left, right):
            return needs_triples(left) or needs_triples(right)
        case Union(left, right):
            return needs_triples(left) and needs_triples(right)
        case LeftJoin(left) | Minus(left):
            return needs_triples(left)
        case Group(inner, keys):
            return bool(keys) and needs_triples(inner)
        case Filter(pattern=inner) | Extend(pattern=inner) | OrderBy(pattern=inner):
            return needs_triples(inner)
        case Project(inner) | Distinct(inner) | Slice(inner) | SpatialSelect(inner):
            return needs_triples(inner)
        case _:
            return False


def certain(pattern: Pattern) -> tuple[Variable, ...]:
    """Give the variables that every solution of the pattern binds."""
    match pattern:
        case BGP() | PathPattern():
            return in_scope(pattern)
        case Join(left, right) | SpatialJoin(left, right):
            return _unique((*certain(left), *certain(right)))
        case Union(left, right):
            both = set(certain(right))
            return tuple(variable for variable in certain(left) if variable in both)
        case LeftJoin(left, _) | Minus(left, _):
            return certain(left)
        case Filter(_, inner) | OrderBy(inner) | Distinct(inner) | Slice(inner):
            return certain(inner)
        case SpatialSelect(inner) | NearestSelect(inner) | Once(inner) | Extend(inner):
            return certain(inner)
        case Graph(name, inner):
            return _unique((*certain(inner), *_slots((name,))))
        case Values(variables, rows):
            bound = (all(row[i] is not None for row in rows) for i in range(len(variables)))
            return tuple(v for v, always in zip(variables, bound, strict=True) if always)
        case Project(inner, variables):
            known = set(certain(inner))
            return tuple(variable for variable in variables if variable in known)
        case Group(inner, keys, _):
            known = set(certain(inner))
            return tuple(key for key in keys if key in known)
        case Relation(relation, variables):
            return tuple(v for v in variables if not relation.schema.field(v.name).nullable)
        case Service():
            return ()
    assert_never(pattern)
