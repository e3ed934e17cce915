"""Triple terms with variables in them (SPARQL 1.2 drafts, RDF 1.2), said in the algebra of 1.1.

Where a pattern has ``<<( ?s :p ?o )>>``, a hidden variable stands for the term and
its parts are bound, or compared, by SUBJECT, PREDICATE and OBJECT of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from endpoint.sparql.algebra import Call, Constant, Expression, Extend, Filter, Pattern, Slot
from endpoint.sparql.algebra import Variable as Var
from endpoint.sparql.scope import in_scope
from geosparql.errors import QueryError
from geosparql.terms import IRI, Literal, TripleTerm


@dataclass(frozen=True, slots=True)
class TripleNode:
    """A triple term as written, with a variable or blank node somewhere in it."""

    subject: Node
    predicate: Slot
    object: Node

    @property
    def parts(self) -> tuple[tuple[str, Node], ...]:
        """The parts, by the function that gives each."""
        return ("SUBJECT", self.subject), ("PREDICATE", self.predicate), ("OBJECT", self.object)


Node = Slot | TripleNode


def triple_node(subject: Node, predicate: Slot, object_: Node) -> Node:
    """Put a triple term together; without variables it is a constant.

    A literal or a triple term may be written as its subject, where it matches nothing.
    """
    match subject, predicate, object_:
        case Constant(IRI() as s), Constant(IRI() as p), Constant(o):
            return Constant(TripleTerm(s, p, o))
    return TripleNode(subject, predicate, object_)


def check_subjects(node: Node) -> None:
    """Refuse a triple term that no solution can make.

    Raises
    ------
    QueryError
        The subject of one is a literal or a triple term.
    """
    if isinstance(node, TripleNode):
        subject = node.subject
        if isinstance(subject, TripleNode) or (
            isinstance(subject, Constant) and isinstance(subject.term, Literal | TripleTerm)
        ):
            raise QueryError("The subject of a triple term is an IRI, a blank node or a variable")
        check_subjects(node.object)


def node_variables(node: Node) -> Iterator[Var]:
    """Give the variables and blank nodes in a node."""
    if isinstance(node, Var):
        yield node
    elif isinstance(node, TripleNode):
        for _, part in node.parts:
            yield from node_variables(part)


def expression_of(node: Node) -> Expression:
    """Give a node as an expression."""
    if not isinstance(node, TripleNode):
        if isinstance(node, Var) and node.is_hidden:
            raise QueryError("A blank node cannot stand in a triple term here")
        return node
    check_subjects(node)
    return Call("TRIPLE", tuple(expression_of(part) for _, part in node.parts))


def taken_apart(pattern: Pattern, term: Var, node: TripleNode, fresh: Callable[[], Var]) -> Pattern:
    """Match the value of `term`, which the pattern binds, with the parts of a node."""
    pattern = Filter(Call("ISTRIPLE", (term,)), pattern)
    for name, part in node.parts:
        value = Call(name, (term,))
        if isinstance(part, Constant) or part in in_scope(pattern):
            assert not isinstance(part, TripleNode)
            pattern = Filter(Call("SAMETERM", (value, part)), pattern)
        elif isinstance(part, Var):
            pattern = Extend(pattern, part, value)
        else:
            inner = fresh()
            pattern = taken_apart(Extend(pattern, inner, value), inner, part, fresh)
    return pattern
