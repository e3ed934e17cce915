"""XML text to a small tree of elements that know where they stand.

GML and KML literals come from anywhere, so the reader refuses what only an
attack needs: a document type declaration (and with it every entity), and
nesting deeper than any geometry has.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from geosparql.errors import LiteralError

MAX_DEPTH = 64
_SEPARATOR = "}"
_BUFFER_BYTES = 1 << 20


@dataclass(slots=True)
class Element:
    """An element: its names, what it holds and its place in the text."""

    namespace: str
    name: str
    attributes: dict[str, str]
    """Keyed by local name, or by ``namespace}name`` where the attribute has a namespace."""
    line: int
    column: int
    children: list[Element] = field(default_factory=list)
    text: str = ""
    """The text directly inside, that of children left out."""

    @property
    def where(self) -> str:
        """The place, for messages."""
        return f"line {self.line}, column {self.column}, <{self.name}>"

    def walk(self) -> Iterator[Element]:
        """Give the element and everything below it, in document order."""
        yield self
        for child in self.children:
            yield from child.walk()


def parse_xml(text: str) -> Element:
    """Parse a document with one root element.

    Parameters
    ----------
    text
        XML text; space before an XML declaration is passed over.

    Raises
    ------
    LiteralError
        Not well-formed, a document type declaration, or nesting deeper than `MAX_DEPTH`;
        with line and column.
    """
    parser = expat.ParserCreate(namespace_separator=_SEPARATOR)
    parser.buffer_text = True
    parser.buffer_size = min(max(len(text), 1), _BUFFER_BYTES)
    stack: list[Element] = []
    roots: list[Element] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        namespace, _, local = name.rpartition(_SEPARATOR)
        line, column = parser.CurrentLineNumber, parser.CurrentColumnNumber + 1
        element = Element(namespace, local, attributes, line, column)
        if len(stack) >= MAX_DEPTH:
            raise LiteralError("Elements are nested too deeply", where=element.where)
        (stack[-1].children if stack else roots).append(element)
        stack.append(element)

    def end(_: str) -> None:
        stack.pop()

    def characters(data: str) -> None:
        stack[-1].text += data

    def refuse_doctype(*_: object) -> None:
        raise LiteralError(
            "A document type declaration is not allowed in a literal",
            where=f"line {parser.CurrentLineNumber}, column {parser.CurrentColumnNumber + 1}",
            hint="Remove the DOCTYPE and the entities it declares",
        )

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = characters
    parser.StartDoctypeDeclHandler = refuse_doctype
    try:
        bare = text.lstrip()
        parser.Parse(bare if bare.startswith("<?xml") else text, True)
    except expat.ExpatError as error:
        raise LiteralError(
            f"Not well-formed XML ({expat.ErrorString(error.code)})",
            where=f"line {error.lineno}, column {error.offset + 1}",
            value=text,
        ) from None
    except UnicodeEncodeError:
        raise LiteralError("The text holds a lone surrogate", value=ascii(text)) from None
    return roots[0]
