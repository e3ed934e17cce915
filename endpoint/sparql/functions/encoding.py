"""The text form in which computed terms travel inside a relation.

A computed term has no id, so a column of such terms holds VARCHAR in this form.
The first character tells the kind, so that SQL can take a term apart with
``SUBSTRING`` and two equal terms have equal texts:

=================  ==========================
term               text
=================  ==========================
IRI                ``<`` iri
blank node         ``_:`` label
plain string       ``"`` lexical
language string    ``@`` tag, space, lexical
other literal      ``^`` datatype, space, lexical
triple term        ``(`` N-Triples text
=================  ==========================
"""

from __future__ import annotations

from geosparql.terms import (
    IRI,
    RDF_DIR_LANG_STRING,
    RDF_LANG_STRING,
    XSD_STRING,
    BlankNode,
    Literal,
    Term,
    TripleTerm,
)
from geosparql.triples import TRIPLE_TERM

Cell = tuple[str, str | None, str | None]
"""A term as the object columns of a triple batch: value, datatype, language."""


def encode(term: Term) -> str:
    """Give the text of a term."""
    match term:
        case IRI(value):
            return f"<{value}"
        case BlankNode(label):
            return f"_:{label}"
        case Literal(lexical, datatype, language):
            return encode_literal(lexical, datatype, language)
        case TripleTerm():
            return f"({term}"


def encode_literal(lexical: str, datatype: str, language: str | None = None) -> str:
    """Give the text of a literal."""
    if language is not None:
        return f"@{language} {lexical}"
    return f'"{lexical}' if datatype == XSD_STRING else f"^{datatype} {lexical}"


def decode(text: str) -> Cell:
    """Give the cell of a text."""
    kind, rest = text[0], text[1:]
    match kind:
        case "<":
            return rest, None, None
        case "_":
            return text, None, None
        case '"':
            return rest, XSD_STRING, None
        case "@":
            language, lexical = rest.split(" ", 1)
            datatype = RDF_DIR_LANG_STRING if "--" in language else RDF_LANG_STRING
            return lexical, datatype, language
        case "^":
            datatype, lexical = rest.split(" ", 1)
            return lexical, datatype, None
        case _:
            return rest, TRIPLE_TERM, None


def encode_cell(cell: Cell) -> str:
    """Give the text of a cell."""
    value, datatype, language = cell
    if datatype is None:
        return value if value.startswith("_:") else f"<{value}"
    return f"({value}" if datatype == TRIPLE_TERM else encode_literal(value, datatype, language)
