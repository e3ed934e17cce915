"""Triples of a syntax tree: a node with inner triples is (slot, triples), a plain one its slot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lark import Token, v_args

from endpoint.sparql import algebra, triple_blocks
from endpoint.sparql.algebra import Constant, Variable
from endpoint.sparql.parse_expressions import ExpressionTranslation
from endpoint.sparql.parse_terms import RDF_NIL, RDF_TYPE
from endpoint.sparql.triple_terms import Node, expression_of, triple_node
from geosparql.errors import QueryError
from geosparql.terms import IRI, RDF

RDF_FIRST = algebra.Link(RDF + "first")
RDF_REST = algebra.Link(RDF + "rest")
RDF_REIFIES = algebra.Link(RDF + "reifies")


@dataclass(frozen=True, slots=True)
class _Annotated:
    """An object with what is said of its triple: reifiers, and property lists as `pairs`."""

    node: Any
    annotations: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class _Reifier:
    """A name for the triple before it; None: a fresh one."""

    name: algebra.Slot | None


def _triples_of(node: Any) -> tuple[Node, list[triple_blocks.Triple]]:
    """Split a graph node into its slot and the triples that it brings."""
    return node if isinstance(node, tuple) else (node, [])


@v_args(inline=True)
class TripleTranslation(ExpressionTranslation):
    """One method per grammar rule of triples, annotations and collections."""

    def triples_same_subject_path(
        self, subject: Any, properties: Any
    ) -> list[triple_blocks.Triple]:
        node, triples = _triples_of(subject)
        for verb, objects in properties or ():
            for value in objects:
                given = value if isinstance(value, _Annotated) else _Annotated(value, ())
                slot, inner = _triples_of(given.node)
                triples = [*triples, triple_blocks.Triple(node, verb, slot), *inner]
                triples += self._annotations(node, verb, slot, given.annotations)
        return triples

    def _annotations(
        self, subject: Any, path: Any, object_: Any, annotations: tuple[Any, ...]
    ) -> list[triple_blocks.Triple]:
        """Say what annotates a triple: a block is about the reifier before it, or a fresh one."""
        triples: list[triple_blocks.Triple] = []
        reifier: algebra.Slot | None = None
        for annotation in annotations:
            block = None if isinstance(annotation, _Reifier) else annotation
            if block is None or reifier is None:
                reifier = (annotation.name if block is None else None) or self.names.fresh(
                    "reifier"
                )
                term = triple_node(subject, _verb_of(path), object_)
                triples.append(triple_blocks.Triple(reifier, RDF_REIFIES, term))
            if block is not None:
                triples += self.triples_same_subject_path(reifier, block)
                reifier = None
        return triples

    def annotated(self, node: Any, *annotations: Any) -> _Annotated:
        return _Annotated(node, annotations)

    def annotation_block(self, properties: Any) -> Any:
        return properties

    def reifier(self, name: algebra.Slot | None) -> _Reifier:
        return _Reifier(name)

    def triple_term(self, subject: Node, verb: algebra.Slot, object_: Node) -> Node:
        return triple_node(subject, verb, object_)

    def triple_expression(self, node: Node) -> algebra.Expression:
        return expression_of(node)

    def triple_data(self, node: Node) -> Constant:
        if not isinstance(node, Constant):
            raise QueryError("A triple term in VALUES is made of IRIs and literals")
        return node

    def reified_triple(
        self, subject: Any, verb: algebra.Slot, object_: Any, reifier: _Reifier | None
    ) -> tuple[algebra.Slot, list[triple_blocks.Triple]]:
        (s, before), (o, after) = _triples_of(subject), _triples_of(object_)
        name = (reifier.name if reifier else None) or self.names.fresh("reifier")
        triple = triple_blocks.Triple(name, RDF_REIFIES, triple_node(s, verb, o))
        return name, [*before, *after, triple]

    def property_list(self, *parts: Any) -> list[tuple[Any, Any]]:
        pairs = zip(parts[::2], parts[1::2], strict=True)
        return [(as_path(verb), objects) for verb, objects in pairs if verb is not None]

    def object_list(self, *nodes: Any) -> tuple[Any, ...]:
        return nodes

    def rdf_type(self, _token: Token) -> Constant:
        return Constant(IRI(RDF_TYPE))

    def collection(self, *nodes: Any) -> tuple[algebra.Slot, list[triple_blocks.Triple]]:
        triples: list[triple_blocks.Triple] = []
        cells = [self.names.fresh("cell") for _ in nodes]
        rests: list[algebra.Slot] = [*cells[1:], RDF_NIL]
        for node, cell, rest in zip(nodes, cells, rests, strict=True):
            slot, inner = _triples_of(node)
            triples += [triple_blocks.Triple(cell, RDF_FIRST, slot), *inner]
            triples.append(triple_blocks.Triple(cell, RDF_REST, rest))
        return cells[0], triples

    def blank_node_property_list(self, properties: Any) -> tuple[algebra.Slot, Any]:
        node = self.names.fresh("blank")
        return node, self.triples_same_subject_path(node, properties)


def _verb_of(path: algebra.Path | Variable) -> algebra.Slot:
    """Give the predicate of a triple that is annotated."""
    match path:
        case Variable():
            return path
        case algebra.Link(iri):
            return Constant(IRI(iri))
    raise QueryError("A property path cannot be annotated", hint="Annotate a triple")


def as_path(verb: Any) -> algebra.Path | Variable:
    """Give the verb of a triple as a path or variable."""
    if isinstance(verb, Constant):
        assert isinstance(verb.term, IRI)
        return algebra.Link(verb.term.value)
    path: algebra.Path | Variable = verb
    return path
