"""SPARQL text to algebra. The only file that knows the parser library (lark) and its tree.

The grammar, ``sparql.lark`` beside this file, is the one of SPARQL 1.1 Query,
section 19.8. Its table is made once for each user and grammar (0.3 s), and read from
the user's cache at the first query of a process (0.05 s).
"""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken, VisitError

from endpoint.sparql import algebra, translate, triple_blocks
from endpoint.sparql.algebra import Aggregate, Call, Constant, Variable
from endpoint.sparql.prologue import Prologue, unescape
from endpoint.sparql.triple_terms import Node, expression_of, triple_node
from geosparql.errors import EarthgraphError, QueryError
from geosparql.terms import IRI, RDF, RDF_LANG_STRING, XSD, Literal

RDF_TYPE = RDF + "type"
RDF_NIL = Constant(IRI(RDF + "nil"))
RDF_FIRST = algebra.Link(RDF + "first")
RDF_REST = algebra.Link(RDF + "rest")
RDF_REIFIES = algebra.Link(RDF + "reifies")
LABELLED = "_:label/"
"""How the variable of a blank node label begins; no made-up one does."""
GRAMMAR = Path(__file__).with_name("sparql.lark")
_CODEPOINT = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")

ARITY: dict[str, tuple[int, int]] = {
    **dict.fromkeys(("RAND", "NOW", "UUID", "STRUUID"), (0, 0)),
    **dict.fromkeys(("STRDT", "STRLANG", "STRENDS", "STRSTARTS", "STRBEFORE"), (2, 2)),
    **dict.fromkeys(("STRAFTER", "LANGMATCHES", "CONTAINS", "SAMETERM"), (2, 2)),
    **dict.fromkeys(("SUBSTR", "REGEX"), (2, 3)),
    **dict.fromkeys(("CONCAT", "COALESCE"), (0, 10_000)),
    "BNODE": (0, 1),
    "REPLACE": (3, 4),
    "TRIPLE": (3, 3),
}
"""How many arguments a built-in takes (least, most); (1, 1) for those not listed."""

ALIASES = {"URI": "IRI", "ISURI": "ISIRI"}


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


def parsed(text: str, parser: Lark, translation: Translation) -> Any:
    """Parse a text and translate its tree; `parse_query` and `parse_update` share it."""
    text = _CODEPOINT.sub(_code_point, text)
    try:
        return translation.transform(parser.parse(text))
    except UnexpectedInput as error:
        _refuse(error, text, parser)
    except VisitError as error:
        if isinstance(error.orig_exc, EarthgraphError):
            raise error.orig_exc from None
        if isinstance(error.orig_exc, RecursionError):
            raise _too_deep() from None
        raise
    except RecursionError:
        raise _too_deep() from None


def _too_deep() -> QueryError:
    return QueryError("The query is nested too deeply")


def _code_point(match: re.Match[str]) -> str:
    """Give the character of a code point escape (section 19.2)."""
    code = int(match[1] or match[2], 16)
    if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        raise QueryError("The escape stands for no character", value=match[0])
    return chr(code)


@functools.cache
def _parser() -> Lark:
    return make_parser("query_unit", GRAMMAR)


def make_parser(start: str, *grammars: Path) -> Lark:
    """Make the parser of a grammar that stands in one or more files."""
    text = "\n".join(grammar.read_text(encoding="utf-8") for grammar in grammars)
    return Lark(
        text,
        parser="lalr",
        lexer="contextual",
        start=start,
        maybe_placeholders=True,
        cache=_table_file(start),
    )


def _table_file(start: str) -> str | bool:
    """Give the file that keeps a grammar's table, which lark checks; False: nowhere to keep it.

    In the user's own directory and no shared one, for it is a pickle.
    """
    try:
        folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "earthgraph")
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (OSError, RuntimeError):  # RuntimeError: the user has no home
        return False
    return str(folder / f"sparql-{start}") if os.access(folder, os.W_OK) else False


def _refuse(error: Any, text: str, parser: Lark) -> NoReturn:
    """Say where the text stops being SPARQL, and what could stand there."""
    value: str | None = None
    expected: set[str] = set()
    if isinstance(error, UnexpectedToken):
        value, expected = str(error.token), set(error.expected)
    elif isinstance(error, UnexpectedCharacters):
        value, expected = text.split("\n")[error.line - 1][error.column - 1 :], set(error.allowed)
    line, column = error.line, error.column
    at_end = isinstance(error, UnexpectedToken) and error.token.type == "$END"
    if at_end:
        lines = text.split("\n")
        line, column, value = len(lines), len(lines[-1]) + 1, "end of query"
    names = sorted({_shown(name, parser) for name in expected} - {""})
    raise QueryError(
        "The query is not valid SPARQL",
        where=f"line {line}, column {column}",
        value=value,
        hint=f"Expected {', '.join(names[:12])}" if names else None,
    )


def _shown(terminal: str, parser: Lark) -> str:
    """Give a terminal as a reader of SPARQL knows it."""
    for each in parser.terminals:
        if each.name == terminal:
            pattern = each.pattern
            return pattern.value.upper() if pattern.type == "str" else terminal
    return ""


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


Rows = Sequence[Any]


@v_args(inline=True)
class Translation(Transformer[Token, Any]):  # one method per grammar rule: long, but uniform
    """Turns the tree of one query into algebra, from the leaves up."""

    def __init__(self, prologue: Prologue) -> None:
        super().__init__(visit_tokens=False)
        self.declared = prologue
        self.names = triple_blocks.Names()

    # Queries

    def query_unit(self, _prologue: object, query: algebra.Query) -> algebra.Query:
        return query

    def base_declaration(self, token: Token) -> None:
        self.declared.base = self.declared.resolve(token[1:-1])

    def prefix_declaration(self, prefix: Token, iri: Token) -> None:
        self.declared.prefixes[prefix[:-1]] = self.declared.resolve(iri[1:-1])

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

    # Triples: a node with inner triples is (slot, triples), a plain one its slot

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
            raise QueryError("A triple term in VALUES has no variables")
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
        return [(_as_path(verb), objects) for verb, objects in pairs if verb is not None]

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

    # Property paths

    def path_alternative(self, first: algebra.Path, second: algebra.Path) -> algebra.Path:
        return algebra.Alternative(first, second)

    def path_sequence(self, first: algebra.Path, second: algebra.Path) -> algebra.Path:
        return algebra.Sequence(first, second)

    def path_inverse(self, path: algebra.Path) -> algebra.Path:
        return algebra.Inverse(path)

    def path_zero_or_one(self, path: algebra.Path) -> algebra.Path:
        return algebra.Repeat(path, 0, unbounded=False)

    def path_zero_or_more(self, path: algebra.Path) -> algebra.Path:
        return algebra.Repeat(path, 0, unbounded=True)

    def path_one_or_more(self, path: algebra.Path) -> algebra.Path:
        return algebra.Repeat(path, 1, unbounded=True)

    def path_link(self, iri: Constant) -> algebra.Path:
        assert isinstance(iri.term, IRI)
        return algebra.Link(iri.term.value)

    def path_type(self, _token: Token) -> algebra.Path:
        return algebra.Link(RDF_TYPE)

    def path_negated(self, members: algebra.Path) -> algebra.Path:
        return members

    def path_negated_property_set(self, *members: Any) -> algebra.Path:
        found = [member for member in members if isinstance(member, tuple)]
        forward = tuple(iri for is_forward, iri in found if is_forward)
        backward = tuple(iri for is_forward, iri in found if not is_forward)
        return algebra.NegatedSet(forward if forward or not backward else None, backward or None)

    def forward(self, iri: Constant) -> tuple[bool, str]:
        return True, iri.term.value  # type: ignore[union-attr]

    def forward_type(self, _token: Token) -> tuple[bool, str]:
        return True, RDF_TYPE

    def backward(self, iri: Constant) -> tuple[bool, str]:
        return False, iri.term.value  # type: ignore[union-attr]

    def backward_type(self, _token: Token) -> tuple[bool, str]:
        return False, RDF_TYPE

    # Expressions

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

    # Terms

    def nil(self, _token: Token) -> Constant:
        return RDF_NIL

    def var(self, token: Token) -> Variable:
        return Variable(token[1:])

    def iri_reference(self, token: Token) -> Constant:
        return Constant(IRI(self.declared.resolve(token[1:-1])))

    def prefixed_name(self, token: Token) -> Constant:
        return Constant(
            IRI(self.declared.expand(token, f"line {token.line}, column {token.column}"))
        )

    def labelled_blank(self, token: Token) -> Variable:
        return Variable(LABELLED + token[2:])

    def anonymous_blank(self, _token: Token) -> Variable:
        return self.names.fresh("blank")

    def plain_literal(self, lexical: str) -> Constant:
        return Constant(Literal(lexical))

    def language_literal(self, lexical: str, tag: Token) -> Constant:
        return Constant(Literal(lexical, RDF_LANG_STRING, tag[1:].lower()))

    def typed_literal(self, lexical: str, datatype: Constant) -> Constant:
        assert isinstance(datatype.term, IRI)
        return Constant(Literal(lexical, datatype.term.value))

    def integer(self, token: Token) -> Constant:
        return Constant(Literal(str(token), XSD + "integer"))

    def decimal(self, token: Token) -> Constant:
        return Constant(Literal(str(token), XSD + "decimal"))

    def double(self, token: Token) -> Constant:
        return Constant(Literal(str(token), XSD + "double"))

    def boolean_literal(self, token: Token) -> Constant:
        return Constant(Literal(token.lower(), XSD + "boolean"))

    def short_string(self, token: Token) -> str:
        return unescape(token[1:-1])

    def long_string(self, token: Token) -> str:
        return unescape(token[3:-3])


def _verb_of(path: algebra.Path | Variable) -> algebra.Slot:
    """Give the predicate of a triple that is annotated."""
    match path:
        case Variable():
            return path
        case algebra.Link(iri):
            return Constant(IRI(iri))
    raise QueryError("A property path cannot be annotated", hint="Annotate a triple")


def _as_path(verb: Any) -> algebra.Path | Variable:
    """Give the verb of a triple as a path or variable."""
    if isinstance(verb, Constant):
        assert isinstance(verb.term, IRI)
        return algebra.Link(verb.term.value)
    path: algebra.Path | Variable = verb
    return path
