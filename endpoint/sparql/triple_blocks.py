"""Blocks of triples to basic graph patterns (SPARQL 1.1 Query, sections 18.2.2.3 and 18.2.2.4)."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import assert_never

from endpoint.sparql import algebra
from endpoint.sparql.algebra import (
    BGP,
    Constant,
    Extend,
    Join,
    PathPattern,
    Pattern,
    Slot,
    TriplePattern,
    Variable,
)
from endpoint.sparql.triple_terms import (
    Node,
    TripleNode,
    check_subjects,
    expression_of,
    node_variables,
    taken_apart,
)
from geosparql.errors import QueryError
from geosparql.terms import IRI


@dataclass(frozen=True, slots=True)
class Triple:
    """A triple as written: its verb is a path or a variable."""

    subject: Node
    verb: algebra.Path | Variable
    object: Node


@dataclass(frozen=True, slots=True)
class Triples:
    """A block of triples."""

    triples: tuple[Triple, ...]


@dataclass(slots=True)
class Names:
    """Gives fresh hidden variables, within one query."""

    used: int = 0
    blocks: dict[Variable, int] = field(default_factory=dict)
    """In which block of triples each blank node of the query stands."""

    def fresh(self, what: str) -> Variable:
        """Give a hidden variable that was not given before."""
        self.used += 1
        return Variable(f"_:{what}{self.used}")

    def claim(self, triples: Iterable[Triple], block: int) -> None:
        """Refuse a blank node that stands in two basic graph patterns (section 5.1.1)."""
        for triple in triples:
            for slot in (*node_variables(triple.subject), *node_variables(triple.object)):
                if not slot.is_hidden:
                    continue
                if self.blocks.setdefault(slot, block) != block:
                    raise QueryError(
                        "A blank node stands in two groups of triples",
                        value=slot.name,
                        hint="Use a variable, or another label (SPARQL 1.1, section 5.1.1)",
                    )


def join(left: Pattern, right: Pattern) -> Pattern:
    """Join two patterns; the empty pattern is the unit of it."""
    if left == BGP():
        return right
    return left if right == BGP() else Join(left, right)


def with_triples(pattern: Pattern, triples: Iterable[Triple], names: Names) -> Pattern:
    """Translate a block; what has triple terms with variables in it is joined to the rest."""
    rest, made, nodes = _with_named_terms(triples, lambda: names.fresh("triple"))
    pattern = _with_plain_triples(pattern, rest, names)
    if not nodes:
        return pattern
    inner = _with_plain_triples(BGP(), made, names)
    for node, variable in nodes.items():
        inner = taken_apart(inner, variable, node, lambda: names.fresh("triple"))
    return join(pattern, inner)


def _with_named_terms(
    triples: Iterable[Triple], fresh: Callable[[], Variable]
) -> tuple[list[Triple], list[Triple], dict[TripleNode, Variable]]:
    """Put variables in the place of triple terms; give the triples without and with such."""
    nodes: dict[TripleNode, Variable] = {}
    rest: list[Triple] = []
    made: list[Triple] = []
    for triple in triples:
        terms = [n for n in (triple.subject, triple.object) if isinstance(n, TripleNode)]
        for node in terms:
            if node not in nodes:
                nodes[node] = fresh()
        subject, object_ = (
            nodes[n] if isinstance(n, TripleNode) else n for n in (triple.subject, triple.object)
        )
        named = replace(triple, subject=subject, object=object_)
        (made if terms else rest).append(named)
    return rest, made, nodes


def with_made_terms(
    template: Iterable[Triple], pattern: Pattern
) -> tuple[tuple[Triple, ...], Pattern]:
    """Have the triple terms of a CONSTRUCT template made by the pattern."""
    numbers = itertools.count(1)  # a space, so that no query can name the variables
    named = _with_named_terms(template, lambda: Variable(f"triple {next(numbers)}"))
    rest, made, nodes = named
    for node, variable in nodes.items():
        pattern = Extend(pattern, variable, expression_of(node))
    return (*rest, *made), pattern


def _with_plain_triples(pattern: Pattern, triples: Iterable[Triple], names: Names) -> Pattern:
    plain: list[TriplePattern] = []
    paths: list[PathPattern] = []
    for triple in triples:
        for part in _path_parts(triple, names):
            (plain if isinstance(part, TriplePattern) else paths).append(part)  # type: ignore[arg-type]
    if plain:
        if isinstance(pattern, BGP):
            pattern = BGP((*pattern.triples, *plain))
        else:
            pattern = join(pattern, BGP(tuple(plain)))
    for path in paths:
        pattern = join(pattern, path)
    return pattern


def _path_parts(triple: Triple, names: Names) -> Iterator[TriplePattern | PathPattern]:
    """Translate a path to triples where it can be said with them (18.2.2.4)."""
    assert not isinstance(triple.subject, TripleNode)
    assert not isinstance(triple.object, TripleNode)
    match triple.verb:
        case Variable():
            yield TriplePattern(triple.subject, triple.verb, triple.object)
        case algebra.Link(iri):
            yield TriplePattern(triple.subject, Constant(IRI(iri)), triple.object)
        case algebra.Inverse(path):
            yield from _path_parts(Triple(triple.object, path, triple.subject), names)
        case algebra.Sequence(first, second):
            between = names.fresh("path")
            yield from _path_parts(Triple(triple.subject, first, between), names)
            yield from _path_parts(Triple(between, second, triple.object), names)
        case algebra.Alternative() | algebra.Repeat() | algebra.NegatedSet():
            yield PathPattern(triple.subject, triple.verb, triple.object)
        case _:
            assert_never(triple.verb)


def template(triples: Iterable[Triple]) -> tuple[TriplePattern, ...]:
    """Give the triples of a CONSTRUCT template; blank nodes stay hidden variables."""
    made: list[TriplePattern] = []
    for triple in triples:
        subject, predicate, item = template_nodes(triple)
        assert not isinstance(item, TripleNode)  # `with_made_terms` has put a variable there
        made.append(TriplePattern(subject, predicate, item))
    return tuple(made)


def template_nodes(triple: Triple) -> tuple[Slot, Slot, Node]:
    """Give what stands in a triple of a template.

    Raises
    ------
    QueryError
        Its subject is a triple term, or its verb a path.
    """
    if isinstance(triple.subject, TripleNode):
        raise QueryError("A triple term cannot be the subject of a triple", hint="RDF 1.2")
    check_subjects(triple.object)
    match triple.verb:
        case Variable():
            return triple.subject, triple.verb, triple.object
        case algebra.Link(iri):
            return triple.subject, Constant(IRI(iri)), triple.object
        case _:
            raise QueryError("A template cannot hold a property path")
