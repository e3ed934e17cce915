"""A mapping file as a small graph of terms, with the lines on which its words stand."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from geosparql.errors import MappingError, SourceError
from geosparql.rdf import format_of, read_triples, term_of
from geosparql.terms import IRI, RDF, BlankNode, Literal, Term

RDF_NIL = IRI(RDF + "nil")


@dataclass(frozen=True, slots=True)
class Document:
    """The statements of a mapping file, by subject and predicate, in the order of the file."""

    path: Path
    text: str
    statements: dict[Term, dict[str, list[Term]]]
    lines: dict[Term, int] = field(default_factory=dict)
    """Where nodes stand, as far as the reader knows."""

    def values(self, node: Term, *predicates: str) -> list[Term]:
        """Give every object of a node's predicates."""
        properties = self.statements.get(node, {})
        return [value for predicate in predicates for value in properties.get(predicate, ())]

    def value(self, node: Term, predicate: str, where: str) -> Term | None:
        """Give the only object of a predicate, None where there is none; two are an error."""
        found = self.values(node, predicate)
        if len(found) > 1:
            raise MappingError(
                f"{local_name(predicate)} is given {len(found)} times where once is allowed",
                where=where, value=", ".join(str(term) for term in found),
            )  # fmt: skip
        return found[0] if found else None

    def list_of(self, node: Term, where: str) -> list[Term]:
        """Give the members of an RDF list."""
        members: list[Term] = []
        visited: set[Term] = set()
        while node != RDF_NIL:
            first = self.value(node, RDF + "first", where)
            rest = self.value(node, RDF + "rest", where)
            if first is None or rest is None or node in visited:
                raise MappingError("This is not an RDF list", where=where, value=node,
                                   hint="Write it as ( … )")  # fmt: skip
            visited.add(node)
            members.append(first)
            node = rest
        return members

    def text_of(self, node: Term, predicate: str, where: str) -> str | None:
        """Give the only object of a predicate as text (the lexical form, or the IRI)."""
        term = self.value(node, predicate, where)
        if term is None:
            return None
        if isinstance(term, (IRI, Literal)):
            return term.value if isinstance(term, IRI) else term.lexical
        raise MappingError(f"{local_name(predicate)} must be a text or an IRI", where=where)

    def place(self, text: str, *names: str) -> str:
        """Say where something is: the file, the first line with `text`, then names."""
        lines = (n for n, line in enumerate(self.text.splitlines(), start=1) if text in line)
        number = next(lines, None) if text else None
        where = [self.path.name] if number is None else [self.path.name, f"line {number}"]
        return ", ".join([*where, *names])

    def place_of(self, node: Term, *names: str) -> str:
        """Say where a node is: by its line, or by the line that begins with its name."""
        if node in self.lines:
            return ", ".join([self.path.name, f"line {self.lines[node]}", *names])
        name = local_name(name_of(node))
        begins = re.search(rf"^\s*[^\s\"'\[(]*\b{re.escape(name)}\b.*$", self.text, re.MULTILINE)
        return self.place(begins[0] if begins else name, *names)

    def at(self, node: Term, where: str) -> str:
        """Give `where` with the line of a node, as far as the reader knows it."""
        line = self.lines.get(node)
        return where if line is None else re.sub(r", line \d+", f", line {line}", where, count=1)

    def nearer(self, where: str, text: str) -> str:
        """Give `where` with the line on which `text` stands, where it is found."""
        names = re.sub(rf"^{re.escape(self.path.name)}(, line \d+)?(, )?", "", where)
        found = self.place(text, names)
        return found if ", line " in found else where


def read_document(path: Path, base_iri: str | None = None) -> Document:
    """Read an RDF file: Turtle unless its name says another syntax.

    Parameters
    ----------
    path
        The mapping file.
    base_iri
        Base of relative IRIs in it; by default one made from its name.

    Returns
    -------
    Document
        Its statements.

    Raises
    ------
    SourceError
        Where the file cannot be read.
    RDFSyntaxError
        Where it does not parse, with the line.
    """
    text = read_text(path)
    statements: dict[Term, dict[str, list[Term]]] = {}
    batches = read_triples(
        BytesIO(text.encode()),
        format=_format_of(path),
        base_iri=base_iri or f"file:///{path.name}",
        where=str(path),
    )
    for batch in batches:
        for row in batch.to_pylist():
            subject = term_of(row["subject"])
            value = term_of(row["object"], row["datatype"], row["language"])
            statements.setdefault(subject, {}).setdefault(row["predicate"], []).append(value)
    return Document(path, text, statements)


def read_text(path: Path) -> str:
    """Give the text of a mapping file.

    Raises
    ------
    SourceError
        Where the file cannot be read or is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise SourceError(
            "The mapping file cannot be read", where=str(path), value=error.strerror,
            hint="Check the path",
        ) from error  # fmt: skip
    except UnicodeDecodeError as error:
        raise SourceError("The mapping file is not UTF-8", where=str(path), value=error) from error


def _format_of(path: Path) -> str:
    """Give the RDF syntax of a mapping file by its name, Turtle where that says nothing."""
    try:
        return format_of(path)[0]
    except SourceError:
        return "ttl"


def local_name(iri: str) -> str:
    """Give the part of an IRI after its last ``#`` or ``/``."""
    return iri.rstrip("#/").replace("#", "/").rsplit("/", 1)[-1] or iri


def name_of(node: Term) -> str:
    """Say which node this is: an IRI as it is, a blank node as such."""
    return (
        node.value
        if isinstance(node, IRI)
        else "a blank node"
        if isinstance(node, BlankNode)
        else str(node)
    )
