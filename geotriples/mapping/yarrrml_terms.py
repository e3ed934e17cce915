"""Term maps of YARRRML: templates, functions and conditions as statements of RML."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from geosparql.errors import MappingError
from geosparql.terms import IRI, BlankNode, Literal, Term
from geosparql.vocabulary import RDF_TYPE
from geotriples.functions.names import GREL, IDLAB
from geotriples.mapping.vocabulary import RML
from geotriples.mapping.yaml_nodes import Node

FUNCTION_KEYS = {
    **dict.fromkeys(("function", "fn", "f"), "function"),
    **dict.fromkeys(("parameters", "pms"), "parameters"),
}
PARAMETER_KEYS = {
    **dict.fromkeys(("parameter", "pm"), "parameter"),
    **dict.fromkeys(("value", "v"), "value"),
    "from": "from",
}
SHORT_FUNCTIONS = {"equal": IDLAB[0] + "equal", "notEqual": IDLAB[0] + "notEqual"}
SHORT_PARAMETERS = {"str1": GREL + "valueParam", "str2": GREL + "valueParam2"}
EQUAL = frozenset(namespace + "equal" for namespace in IDLAB)
TERM_TYPES = {"iri": "IRI", "literal": "Literal", "blank": "BlankNode", "blanknode": "BlankNode"}

_REFERENCE = re.compile(r"(?<!\\)\$\(((?:[^()\\]|\\.|\([^()]*\))*)\)")
_EXTERNAL = re.compile(r"\$\(_([^()]+)\)")
_PREFIXED = re.compile(r"^([A-Za-z_][\w.-]*|):(?!//)(.*)$", re.DOTALL)
_CALL = re.compile(r"^\s*([^\s()=,]+)\s*\((.*)\)\s*$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Argument:
    """A parameter of a function, its value, and the side of a join that it is read from."""

    parameter: str
    value: Node
    side: str | None = None


@dataclass(slots=True)
class Statements:
    """The statements that a YARRRML document says, and the lines of their subjects."""

    prefixes: dict[str, str]
    externals: dict[str, str]
    """Values of external references, by name without the underscore."""
    found: dict[Term, dict[str, list[Term]]] = field(default_factory=dict)
    lines: dict[Term, int] = field(default_factory=dict)

    def add(self, subject: Term, name: str, value: Term) -> None:
        """Say ``subject rml:name value``; a name with a colon is an IRI of its own."""
        predicate = name if ":" in name else RML + name
        self.found.setdefault(subject, {}).setdefault(predicate, []).append(value)

    def blank(self, at: Node) -> BlankNode:
        """Give a new blank node that stands for a place of the document."""
        made = BlankNode(f"y{len(self.lines)}")
        self.lines[made] = at.line
        self.found[made] = {}
        return made

    def expand(self, text: str, at: Node) -> str:
        """Give a prefixed name or the beginning of a template as IRI; an IRI stays as it is."""
        found = _PREFIXED.match(text)
        if found is None or found[1] not in self.prefixes:
            if found is not None and not found[1]:
                raise MappingError("The prefix is unknown", where=at.where, value=text)
            return text
        return self.prefixes[found[1]] + found[2]

    def iri(self, node: Node) -> IRI:
        """Give a constant IRI; ``a`` is rdf:type.

        Raises
        ------
        MappingError
            Where it is no IRI and its prefix is unknown.
        """
        text = RDF_TYPE if node.text == "a" else self.expand(node.text.removesuffix("~iri"), node)
        if not re.match(r"^[A-Za-z][\w+.-]*:", text):
            raise MappingError("An IRI or a prefixed name is needed", where=node.where, value=text,
                               hint="Declare the prefix under prefixes")  # fmt: skip
        return IRI(text)

    def template(self, subject: Term, node: Node, *, is_iri: bool) -> None:
        """Give a term map its expression: a constant, a reference or a template."""
        text = _EXTERNAL.sub(lambda one: self.externals.get(one[1], one[0]), node.text)
        text = self.expand(text, node) if is_iri else text
        parts = _REFERENCE.split(text)
        texts, references = parts[::2], [_plain(part) for part in parts[1::2]]
        if not references:
            plain = _plain(text)
            self.add(subject, "constant", IRI(plain) if is_iri else Literal(plain))
        elif texts == ["", ""]:
            self.add(subject, "reference", Literal(references[0]))
        else:
            made = [_escaped(_plain(texts[0]))]
            for reference, after in zip(references, texts[1:], strict=True):
                made += ["{", _escaped(reference), "}", _escaped(_plain(after))]
            self.add(subject, "template", Literal("".join(made)))

    def term_map(self, node: Node, *, is_iri: bool) -> BlankNode:
        """Give a term map of a template, or of a function."""
        made = self.blank(node)
        if is_call(node):
            self.function(made, node)
        else:
            self.template(made, node, is_iri=is_iri)
        return made

    def function(self, subject: Term, node: Node) -> None:
        """Give a term map a function execution."""
        name, arguments = self.call(node)
        execution = self.blank(node)
        self.add(subject, "functionExecution", execution)
        self.add(execution, "function", IRI(name))
        for argument in arguments:
            entry = self.blank(argument.value)
            self.add(execution, "input", entry)
            self.add(entry, "parameter", IRI(argument.parameter))
            value, is_iri = without_iri(argument.value)
            inner = self.term_map(value, is_iri=is_iri)
            if is_iri:
                self.add(inner, "termType", IRI(RML + "IRI"))
            self.add(entry, "inputValueMap", inner)

    def condition(self, subject: Term, node: Node) -> None:
        """Let a term map make terms only where a function gives true."""
        made = self.blank(node)
        self.function(made, node)
        self.add(subject, "condition", made)

    def call(self, node: Node) -> tuple[str, list[Argument]]:
        """Give the IRI of a function and its arguments, written out or in one line."""
        entries = node.entries(FUNCTION_KEYS | {key: key for key in OBJECT_EXTRAS})
        named = entries["function"]
        inline = _CALL.match(named.text)
        name = inline[1] if inline else named.text
        function = SHORT_FUNCTIONS.get(name) or self.iri(Node(name, named.line, named.file)).value
        prefix = name.rpartition(":")[0]
        if inline:
            arguments: Iterable[Argument] = _inline_arguments(inline[2], named)
        else:
            listed = entries.get("parameters", Node(None, node.line, node.file))
            arguments = [_argument(one) for one in listed.items]
        return function, [
            Argument(self._parameter(one, prefix), one.value, one.side) for one in arguments
        ]

    def _parameter(self, argument: Argument, prefix: str) -> str:
        """Give the IRI of a parameter; without a prefix it has that of the function."""
        name = argument.parameter
        if name in SHORT_PARAMETERS:
            return SHORT_PARAMETERS[name]
        full = name if ":" in name or not prefix else f"{prefix}:{name}"
        return self.iri(Node(full, argument.value.line, argument.value.file)).value


OBJECT_EXTRAS = ("type", "datatype", "language", "condition", "targets", "value")


def without_iri(node: Node) -> tuple[Node, bool]:
    """Take ``~iri`` off a text, and tell whether it stood there."""
    if not isinstance(node.value, str) or not node.value.endswith("~iri"):
        return node, False
    return Node(node.value.removesuffix("~iri"), node.line, node.file), True


def is_call(node: Node) -> bool:
    """Tell whether a value is a function."""
    return isinstance(node.value, dict) and any(key in FUNCTION_KEYS for key in node.value)


def _argument(node: Node) -> Argument:
    """Read ``[parameter, value, side]`` or the same with keys."""
    if isinstance(node.value, dict):
        entries = node.entries(PARAMETER_KEYS)
        side = entries.get("from")
        parts = [entries.get("parameter"), entries.get("value"), side]
    else:
        parts = [*node.items[:3], *[None] * (3 - len(node.items))]
    parameter, value, side = parts
    if parameter is None or value is None:
        raise MappingError("A parameter needs a name and a value", where=node.where)
    if side is not None and side.text not in ("s", "o", "subject", "object"):
        raise MappingError("The side is unknown", where=side.where, value=side.text,
                           hint="It is s or o")  # fmt: skip
    return Argument(parameter.text, value, None if side is None else side.text[0])


def _inline_arguments(text: str, at: Node) -> list[Argument]:
    """Read ``name = value, name = f(…)``."""
    found = []
    for part in _split(text, ","):
        name, *values = _split(part, "=")
        value = "=".join(values).strip()
        if not value:
            raise MappingError("A parameter needs a name and a value", where=at.where, value=part,
                               hint="Write name = value")  # fmt: skip
        node = Node(value.strip("\"'"), at.line, at.file)
        if _CALL.match(value) and not value.startswith("$("):
            node = Node({"function": Node(value, at.line, at.file)}, at.line, at.file)
        found.append(Argument(name.strip(), node))
    return found


def _split(text: str, separator: str) -> list[str]:
    """Cut a text at separators outside parentheses and quotes."""
    parts, depth, quote = [""], 0, ""
    for character in text:
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character in "()":
            depth += 1 if character == "(" else -1
        elif character == separator and depth == 0:
            parts.append("")
            continue
        parts[-1] += character
    return parts if text.strip() else []


def _plain(text: str) -> str:
    r"""Take the backslashes off ``\$``, ``\(`` and ``\)``."""
    return re.sub(r"\\([$()_])", r"\1", text)


def _escaped(text: str) -> str:
    """Write text as RML's templates want it."""
    return re.sub(r"([\\{}])", r"\\\1", text)
