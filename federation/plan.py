"""What is decided about a federated query before anything is asked: pure functions of algebra.

An *exclusive group* is a set of triple patterns that one member alone can match;
it is asked in one request. A pattern that several members can match is asked of
each, and the answers are put together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from functools import reduce
from typing import cast

from endpoint.sparql import algebra as al
from endpoint.sparql.scope import certain, in_scope, mentioned
from federation.members import Member
from geosparql.terms import RDF, XSD
from geosparql.vocabulary import GEOF

RDF_TYPE = RDF + "type"
Basic = al.TriplePattern | al.PathPattern
UNSTABLE = frozenset({"RAND", "NOW", "UUID", "STRUUID", "BNODE"})
"""Built-ins whose value depends on where or when they are computed."""


@dataclass(frozen=True, slots=True)
class Sourced:
    """A triple pattern or path and the members that may match it, in the file's order."""

    basic: Basic
    members: tuple[Member, ...]

    def as_pattern(self) -> al.Pattern:
        """Give it as a pattern that can stand alone."""
        return al.BGP((self.basic,)) if isinstance(self.basic, al.TriplePattern) else self.basic


@dataclass(frozen=True, slots=True)
class Unit:
    """One piece of a join: what `members` are asked, with the filters that they may apply."""

    pattern: al.Pattern
    members: tuple[Member, ...]
    filters: tuple[al.Expression, ...] = ()

    def asked(self, member: Member) -> al.Pattern:
        """Give the pattern as it is sent to one member: with the filters that it may be sent."""
        sent = [test for test in self.filters if may_send(test, member)]
        return filtered(self.pattern, sent)


def filtered(pattern: al.Pattern, tests: Iterable[al.Expression]) -> al.Pattern:
    """Put one filter of all the tests around a pattern, where there are any."""
    conditions = tuple(tests)
    if not conditions:
        return pattern
    return al.Filter(reduce(lambda a, b: al.Call("&&", (a, b)), conditions), pattern)


def joined(patterns: Iterable[al.Pattern | None]) -> al.Pattern | None:
    """Join patterns, passing over None; None where nothing is left."""
    given = [pattern for pattern in patterns if pattern is not None]
    return reduce(al.Join, given) if given else None


def may_send(expression: al.Expression, member: Member, *, exists: bool = False) -> bool:
    """Say whether a member computes an expression as we do.

    Built-ins of SPARQL 1.1 but those of `UNSTABLE` are computed alike everywhere;
    ``geof:`` functions by members that say so; of other functions the casts to XSD
    types. EXISTS looks at the data of every member: it is sent where `exists` says
    that this member alone has a part in it.
    """
    match expression:
        case al.Exists():
            return exists
        case al.Call(name, arguments, is_iri):
            known = name not in UNSTABLE
            if is_iri:
                known = name.startswith(XSD) or (name.startswith(GEOF) and member.geosparql)
            return known and all(may_send(each, member, exists=exists) for each in arguments)
        case al.Aggregate(name, argument, _, _, more):
            given = (*(() if argument is None else (argument,)), *more)
            return ":" not in name and all(may_send(each, member, exists=exists) for each in given)
        case _:
            return True


def own_expressions(pattern: al.Pattern) -> tuple[al.Expression, ...]:
    """Give the expressions that stand in a pattern itself, not in those inside it."""
    match pattern:
        case al.Filter(condition) | al.SpatialSelect(condition=condition):
            return (condition,)
        case al.LeftJoin(condition=condition):
            return () if condition is None else (condition,)
        case al.Extend(_, _, value):
            return (value,)
        case al.OrderBy(_, keys):
            return tuple(key.expression for key in keys)
        case al.Group(_, _, aggregates):
            return tuple(aggregate for _, aggregate in aggregates)
        case _:
            return ()


def placed(
    pattern: al.Pattern, graph: al.Slot | None = None
) -> Iterator[tuple[al.Pattern, al.Slot | None]]:
    """Give a pattern and all patterns inside it, those of EXISTS too, each with its GRAPH.

    What stands inside SERVICE is left out.
    """
    yield pattern, graph
    if isinstance(pattern, al.Service):
        return
    inside = _children(pattern)
    for expression in own_expressions(pattern):
        inside += [exists.pattern for exists in _exists(expression)]
    for inner in inside:
        yield from placed(inner, pattern.name if isinstance(pattern, al.Graph) else graph)


def _children(pattern: al.Pattern) -> list[al.Pattern]:
    """Give the patterns directly inside a pattern, not those inside its expressions."""
    values = [getattr(pattern, each.name) for each in fields(pattern)]
    return [cast(al.Pattern, value) for value in values if isinstance(value, al.PATTERN_TYPES)]


def _exists(expression: al.Expression) -> Iterator[al.Exists]:
    if isinstance(expression, al.Exists):
        yield expression
    elif isinstance(expression, al.Call):
        for argument in expression.arguments:
            yield from _exists(argument)


def basic_patterns(
    pattern: al.Pattern, graph: al.Slot | None = None
) -> tuple[tuple[Basic, al.Slot | None], ...]:
    """Give the triple patterns and paths inside a pattern, each with its GRAPH."""
    found: list[tuple[Basic, al.Slot | None]] = []
    for each, where in placed(pattern, graph):
        if isinstance(each, al.BGP):
            found += [(triple, where) for triple in each.triples]
        elif isinstance(each, al.PathPattern):
            found.append((each, where))
    return tuple(found)


def in_graph(pattern: al.Pattern, graph: al.Slot | None) -> al.Pattern:
    """Put GRAPH around a pattern, where there is one."""
    return pattern if graph is None else al.Graph(graph, pattern)


def operands(pattern: al.Pattern) -> tuple[al.Pattern, ...]:
    """Give the patterns that a join joins."""
    if isinstance(pattern, al.Join):
        return (*operands(pattern.left), *operands(pattern.right))
    return (pattern,)


def may_match_empty(path: al.Path) -> bool:
    """Say whether a path leads from every term to itself (``*`` and ``?``)."""
    match path:
        case al.Repeat(inner, least, _):
            return least == 0 or may_match_empty(inner)
        case al.Inverse(inner):
            return may_match_empty(inner)
        case al.Sequence(first, second):
            return may_match_empty(first) and may_match_empty(second)
        case al.Alternative(first, second):
            return may_match_empty(first) or may_match_empty(second)
        case _:
            return False


def keeps_order(pattern: al.Pattern) -> bool:
    """Say whether the solutions of a pattern come in an order that is asked for."""
    if isinstance(pattern, al.Project | al.Distinct | al.Slice | al.Extend | al.Filter):
        return keeps_order(pattern.pattern)
    return isinstance(pattern, al.OrderBy)


def describe_as_construct(query: al.Describe) -> al.Construct:
    """Ask for the triples of what a DESCRIBE query describes."""
    triples = [
        al.TriplePattern(
            subject, al.Variable(f"_hidden_predicate{place}"), al.Variable(f"_hidden_object{place}")
        )
        for place, subject in enumerate(query.subjects)
    ]
    described: list[al.Pattern] = [al.BGP((triple,)) for triple in triples]
    pattern = reduce(al.Union, described)
    variables = tuple(slot for slot in query.subjects if isinstance(slot, al.Variable))
    if variables:
        pattern = al.Join(al.Distinct(al.Project(query.pattern, variables)), pattern)
    return al.Construct(pattern, tuple(triples))


def units(sourced: Sequence[Sourced], filters: Sequence[al.Expression] = ()) -> tuple[Unit, ...]:
    """Gather the patterns of a join into units, each with the filters over its variables.

    Patterns that one and the same member alone can match and that hang together
    by variables make one unit; every other pattern is its own.
    """
    made: list[Unit] = []
    for each in sourced:
        alone = Unit(each.as_pattern(), each.members)
        if len(each.members) == 1:
            near = [unit for unit in made if unit.members == each.members and _touch(unit, alone)]
            for unit in near:
                made.remove(unit)
                alone = Unit(_merged(unit.pattern, alone.pattern), each.members)
        made.append(alone)
    return tuple(
        replace(unit, filters=tuple(f for f in filters if _covered(f, unit.pattern)))
        for unit in made
    )


def _touch(a: Unit, b: Unit) -> bool:
    return not set(in_scope(a.pattern)).isdisjoint(in_scope(b.pattern))


def _merged(a: al.Pattern, b: al.Pattern) -> al.Pattern:
    if isinstance(a, al.BGP) and isinstance(b, al.BGP):
        return al.BGP((*a.triples, *b.triples))
    return al.Join(a, b)


def _covered(expression: al.Expression, pattern: al.Pattern) -> bool:
    """Say whether a filter reads at least one variable and only bound ones of a pattern."""
    read = mentioned(expression)
    return bool(read) and set(certain(pattern)).issuperset(read)


# How many rows a unit may have is not known before it is asked. These guesses
# only order the units: what is bound more tightly is asked first.

_GUESSES = {"s": 10.0, "po": 300.0, "type": 30_000.0, "p": 100_000.0, "": 1_000_000.0}
_FILTER_SHARE = 0.3


def guess_rows(unit: Unit) -> float:
    """Guess how many rows a unit has, from which of its slots are constants."""
    smallest = min((_guess(basic) for basic, _ in basic_patterns(unit.pattern)), default=1.0)
    return smallest * _FILTER_SHARE ** len(unit.filters)


def _guess(pattern: Basic) -> float:
    if isinstance(pattern.subject, al.Constant):
        return _GUESSES["s"]
    if isinstance(pattern, al.PathPattern):
        return _GUESSES["po" if isinstance(pattern.object, al.Constant) else "p"]
    predicate = pattern.predicate
    if isinstance(pattern.object, al.Constant):
        is_type = isinstance(predicate, al.Constant) and str(predicate.term) == f"<{RDF_TYPE}>"
        return _GUESSES["type" if is_type else "po"]
    return _GUESSES["p" if isinstance(predicate, al.Constant) else ""]


def next_unit(
    waiting: Sequence[Unit], bound: frozenset[al.Variable], guess: Callable[[Unit], float]
) -> Unit:
    """Choose the unit to ask next: one that shares a variable with what is there, the smallest."""

    def order(unit: Unit) -> tuple[bool, float]:
        return bool(bound) and bound.isdisjoint(in_scope(unit.pattern)), guess(unit)

    return min(waiting, key=order)
