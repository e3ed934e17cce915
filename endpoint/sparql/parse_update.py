"""SPARQL Update text to operations; the grammar is ``update.lark`` beside this file."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

from lark import Lark, Token, v_args

from endpoint.sparql import algebra, translate, triple_blocks
from endpoint.sparql.algebra import BGP, Constant, Slot, Variable
from endpoint.sparql.grammar import GRAMMAR, make_parser, parsed
from endpoint.sparql.operations import (
    Clear,
    Create,
    Load,
    Modify,
    Operation,
    ParsedUpdate,
    Quad,
    Transfer,
    template_variables,
)
from endpoint.sparql.parse import Translation
from endpoint.sparql.parse_terms import LABELLED
from endpoint.sparql.parse_triples import as_path
from endpoint.sparql.prologue import Prologue
from endpoint.sparql.quad_data import read_long_data
from geosparql.errors import QueryError

UPDATE_GRAMMAR = GRAMMAR.with_name("update.lark")


def parse_update(
    text: str, *, base: str | None = None, prefixes: dict[str, str] | None = None
) -> ParsedUpdate:
    """Parse a SPARQL 1.1 Update request.

    Parameters
    ----------
    text
        Operations, separated by ``;``, each with its own prologue.
    base
        Base IRI for relative IRIs, until the text says BASE.
    prefixes
        Prefixes that hold unless the text declares them anew.

    Raises
    ------
    QueryError
        With line, column and what was expected.
    """
    data = read_long_data(text, base, prefixes)
    if data is not None:
        return ParsedUpdate((data,), base)
    prologue = Prologue(base, dict(prefixes or {}))
    operations = parsed(text, _parser(), _UpdateTranslation(prologue))
    return ParsedUpdate(operations, prologue.base)


@functools.cache
def _parser() -> Lark:
    return make_parser("update_unit", GRAMMAR, UPDATE_GRAMMAR)


@v_args(inline=True)
class _UpdateTranslation(Translation):
    """Turns the tree of one request into operations, from the leaves up."""

    def __init__(self, prologue: Prologue) -> None:
        super().__init__(prologue)
        self.labels_of_data: set[Variable] = set()

    def update_unit(self, *parts: Any) -> tuple[Operation, ...]:
        return tuple(part for part in parts if isinstance(part, Operation))

    # Graphs

    def load(self, silent: bool, source: Constant, graph: Constant | None) -> Load:
        return Load(_iri(source), None if graph is None else _iri(graph), silent)

    def clear(self, _silent: bool, graphs: Token | Constant) -> Clear:
        # Empty graphs are not recorded, so that none could be missing, SILENT or not.
        if isinstance(graphs, Constant):
            return Clear(graph=_iri(graphs))
        return Clear(graphs.upper())  # type: ignore[arg-type]

    drop = clear

    def several_graphs(self, token: Token) -> Token:
        return token

    def create(self, silent: bool, graph: Constant) -> Create:
        return Create(_iri(graph), silent)

    def transfer(
        self, kind: Token, silent: bool, source: Constant | None, target: Constant | None
    ) -> Transfer:
        left, right = (None if graph is None else _iri(graph) for graph in (source, target))
        return Transfer(kind.upper(), left, right, silent)  # type: ignore[arg-type]

    def default_graph(self, _token: Token) -> None:
        return None

    # Quads

    def insert_data(self, quads: tuple[Quad, ...]) -> Modify:
        _refuse_variables(quads, "INSERT DATA")
        labels = {slot for slot in _hidden(quads) if slot.name.startswith(LABELLED)}
        if labels & self.labels_of_data:
            raise QueryError(
                "A blank node label stands in two INSERT DATA operations",
                hint="A label means nothing outside its operation: use different ones",
            )
        self.labels_of_data |= labels
        return Modify((), quads, BGP())

    def delete_data(self, quads: tuple[Quad, ...]) -> Modify:
        _refuse_variables(quads, "DELETE DATA")
        _refuse_blanks(quads, "DELETE DATA")
        return Modify(quads, (), BGP())

    def delete_where(self, quads: tuple[Quad, ...]) -> Modify:
        _refuse_blanks(quads, "DELETE WHERE")
        return Modify(quads, (), _pattern_of(quads, self.names))

    def modify(
        self,
        graph: Constant | None,
        delete: tuple[Quad, ...],
        insert: tuple[Quad, ...] | None,
        using: algebra.DatasetClause | None,
        where: translate.GroupPattern,
    ) -> Modify:
        named = None if graph is None else _iri(graph)
        return Modify(delete, insert or (), where.closed(), named, using)

    def insert_where(
        self,
        graph: Constant | None,
        insert: tuple[Quad, ...],
        using: algebra.DatasetClause | None,
        where: translate.GroupPattern,
    ) -> Modify:
        return self.modify(graph, (), insert, using, where)

    def delete_clause(self, quads: tuple[Quad, ...]) -> tuple[Quad, ...]:
        _refuse_blanks(quads, "a DELETE template")
        return quads

    def insert_clause(self, quads: tuple[Quad, ...]) -> tuple[Quad, ...]:
        return quads

    def quads(self, *parts: triple_blocks.Triples | tuple[Quad, ...]) -> tuple[Quad, ...]:
        made = (_quads(part) if isinstance(part, triple_blocks.Triples) else part for part in parts)
        return tuple(quad for quads in made for quad in quads)

    def quads_not_triples(
        self, graph: Slot, triples: triple_blocks.Triples | None
    ) -> tuple[Quad, ...]:
        return () if triples is None else _quads(triples, graph)


def _quads(triples: triple_blocks.Triples, graph: Slot | None = None) -> tuple[Quad, ...]:
    return tuple(Quad(*triple_blocks.template_nodes(t), graph) for t in triples.triples)


def _iri(constant: Constant) -> str:
    return constant.term.value  # type: ignore[union-attr]


def _hidden(quads: Iterable[Quad]) -> set[Variable]:
    return {variable for variable in template_variables(quads) if variable.is_hidden}


def _refuse_variables(quads: Iterable[Quad], where: str) -> None:
    for variable in template_variables(quads):
        if not variable.is_hidden:
            raise QueryError(f"{where} cannot hold variables", value=f"?{variable.name}")


def _refuse_blanks(quads: Iterable[Quad], where: str) -> None:
    if _hidden(quads):
        raise QueryError(
            f"{where} cannot hold blank nodes", hint="Match them with a variable in WHERE"
        )


def _pattern_of(quads: Iterable[Quad], names: triple_blocks.Names) -> algebra.Pattern:
    """Give the pattern that DELETE WHERE matches: that of its own quads."""
    pattern: algebra.Pattern = BGP()
    triples: dict[Slot | None, list[triple_blocks.Triple]] = {}
    for quad in quads:
        triple = triple_blocks.Triple(quad.subject, as_path(quad.predicate), quad.object)
        triples.setdefault(quad.graph, []).append(triple)
    for graph, found in triples.items():
        matched = triple_blocks.with_triples(BGP(), found, names)
        pattern = triple_blocks.join(
            pattern, matched if graph is None else algebra.Graph(graph, matched)
        )
    return pattern
