"""RDF terms as frozen values, and their N-Triples form.

A term crosses package borders either as one of these values (a query constant,
one cell of a result) or as a row of a triple batch (`geosparql.triples`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

XSD = "http://www.w3.org/2001/XMLSchema#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XSD_STRING = XSD + "string"
RDF_LANG_STRING = RDF + "langString"
RDF_DIR_LANG_STRING = RDF + "dirLangString"
DIRECTIONS = ("ltr", "rtl")
"""The base directions of an rdf:dirLangString (RDF 1.2 Concepts, section 3.4)."""


@dataclass(frozen=True, slots=True)
class IRI:
    """An IRI, without angle brackets."""

    value: str

    def __str__(self) -> str:
        """Give the N-Triples form."""
        return f"<{escape_iri(self.value)}>"


@dataclass(frozen=True, slots=True)
class BlankNode:
    """A blank node; `label` stands without the leading ``_:``."""

    label: str

    def __str__(self) -> str:
        """Give the N-Triples form."""
        return f"_:{self.label}"


@dataclass(frozen=True, slots=True)
class Literal:
    """A literal: lexical form, datatype IRI and, for rdf:langString, a language tag.

    The base direction of an rdf:dirLangString stands behind its tag: ``ar--rtl``.
    """

    lexical: str
    datatype: str = XSD_STRING
    language: str | None = None

    def __str__(self) -> str:
        """Give the N-Triples form."""
        quoted = f'"{escape_lexical(self.lexical)}"'
        if self.language is not None:
            return f"{quoted}@{self.language}"
        if self.datatype == XSD_STRING:
            return quoted
        return f"{quoted}^^<{escape_iri(self.datatype)}>"


@dataclass(frozen=True, slots=True)
class TripleTerm:
    """An RDF 1.2 triple term (RDF-star: a quoted triple)."""

    subject: Term
    predicate: IRI
    object: Term

    def __str__(self) -> str:
        """Give the N-Triples 1.2 form."""
        return f"<<( {self.subject} {self.predicate} {self.object} )>>"


Term = IRI | BlankNode | Literal | TripleTerm

_LEXICAL_ESCAPES = {
    "\\": "\\\\",
    '"': '\\"',
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\b": "\\b",
    "\f": "\\f",
}
_LEXICAL_SPECIAL = re.compile(r'[\x00-\x1f\x7f"\\\ufffe\uffff]')
_IRI_SPECIAL = re.compile(r'[\x00-\x20<>"{}|^`\\]')


def escape_lexical(text: str) -> str:
    """Escape a lexical form as canonical N-Triples does (RDF 1.2 N-Triples, section 3)."""
    return _LEXICAL_SPECIAL.sub(_escape_character, text)


def _escape_character(match: re.Match[str]) -> str:
    character = match.group()
    return _LEXICAL_ESCAPES.get(character) or f"\\u{ord(character):04X}"


def escape_iri(text: str) -> str:
    """Escape the characters that N-Triples does not allow between angle brackets."""
    return _IRI_SPECIAL.sub(lambda m: f"\\u{ord(m.group()):04X}", text)
