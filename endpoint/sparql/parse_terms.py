"""Terms, prologues and property paths of a syntax tree."""

from __future__ import annotations

from typing import Any

from lark import Token, Transformer, v_args

from endpoint.sparql import algebra, triple_blocks
from endpoint.sparql.algebra import Constant, Variable
from endpoint.sparql.prologue import Prologue, unescape
from geosparql.errors import QueryError
from geosparql.terms import (
    DIRECTIONS,
    IRI,
    RDF,
    RDF_DIR_LANG_STRING,
    RDF_LANG_STRING,
    XSD,
    Literal,
)

RDF_TYPE = RDF + "type"
RDF_NIL = Constant(IRI(RDF + "nil"))
LABELLED = "_:label/"
"""How the variable of a blank node label begins; no made-up one does."""


@v_args(inline=True)
class TermTranslation(Transformer[Token, Any]):
    """One method per grammar rule of a term, a declaration or a path."""

    def __init__(self, prologue: Prologue) -> None:
        super().__init__(visit_tokens=False)
        self.declared = prologue
        self.names = triple_blocks.Names()

    def base_declaration(self, token: Token) -> None:
        self.declared.base = self.declared.resolve(token[1:-1])

    def prefix_declaration(self, prefix: Token, iri: Token) -> None:
        self.declared.prefixes[prefix[:-1]] = self.declared.resolve(iri[1:-1])

    def version_declaration(self, _version: Token) -> None:
        """Do nothing: texts of all versions are read alike (SPARQL 1.2 drafts, 4.1.4)."""

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
        language, _, direction = tag[1:].partition("--")
        if not direction:
            return Constant(Literal(lexical, RDF_LANG_STRING, language.lower()))
        if direction not in DIRECTIONS:
            raise QueryError(
                "There is no such base direction",
                where=f"line {tag.line}, column {tag.column}",
                value=direction,
                hint=" or ".join(DIRECTIONS),
            )
        return Constant(Literal(lexical, RDF_DIR_LANG_STRING, f"{language.lower()}--{direction}"))

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
