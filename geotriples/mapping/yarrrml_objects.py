"""Predicates and objects of YARRRML as statements of RML, in their short and long forms."""

from __future__ import annotations

from dataclasses import dataclass, replace

from geosparql.errors import MappingError
from geosparql.terms import IRI, Term
from geosparql.vocabulary import RDF_TYPE
from geotriples.mapping.vocabulary import RML
from geotriples.mapping.yaml_nodes import Node
from geotriples.mapping.yarrrml_references import REFERENCES, References
from geotriples.mapping.yarrrml_sources import add_targets
from geotriples.mapping.yarrrml_terms import (
    FUNCTION_KEYS,
    TERM_TYPES,
    Statements,
    is_call,
    without_iri,
)

OBJECT_KEYS = {
    **FUNCTION_KEYS,
    **dict.fromkeys(("value", "v"), "value"),
    **dict.fromkeys(("targets", "target"), "targets"),
    **dict.fromkeys(("mapping", "mappings", "m"), "mapping"),
    **dict.fromkeys(("condition", "conditions"), "condition"),
    **{key: key for key in ("type", "datatype", "language", "quoted", "quotedNonAsserted")},
}
PAIR_KEYS = {
    **dict.fromkeys(("predicates", "predicate", "p"), "predicates"),
    **dict.fromkeys(("inversepredicates", "inversepredicate", "i"), "inversepredicates"),
    **dict.fromkeys(("objects", "object", "o"), "objects"),
    **dict.fromkeys(("graphs", "graph", "g"), "graphs"),
    **dict.fromkeys(("condition", "conditions"), "condition"),
    **{key: key for key in ("type", "datatype", "language")},
}
SHARED = ("type", "datatype", "language")
"""What may be said once for all objects of a pair."""


@dataclass(frozen=True, slots=True)
class Objects:
    """Adds the predicates and objects of one triples map."""

    said: Statements
    references: References
    targets: dict[str, Node]
    triples_map: IRI
    source: Term
    subject: Term

    def add(self, pair: Node) -> None:
        """Add ``[predicates, objects, datatype or language]``, or the same with keys.

        Raises
        ------
        MappingError
            Where something is missing, unknown or does not fit.
        """
        entries = _pair_entries(pair)
        for key in ("predicates", "objects"):
            if key not in entries:
                raise MappingError(f"{key} are missing", where=pair.where)
        pom = self.said.blank(pair)
        self.said.add(self.triples_map, "predicateObjectMap", pom)
        is_type = False
        for predicate in entries["predicates"].items:
            term_map = self.said.term_map(_predicate(predicate), is_iri=True)
            is_type = is_type or self.said.found[term_map].get(RML + "constant") == [IRI(RDF_TYPE)]
            if "condition" in entries:
                self.said.condition(term_map, entries["condition"])
            self.said.add(pom, "predicateMap", term_map)
        for graph in entries["graphs"].items if "graphs" in entries else ():
            self.said.add(pom, "graphMap", self.said.term_map(graph, is_iri=True))
        shared = {key: entries[key] for key in SHARED if key in entries}
        for value in entries["objects"].items:
            for made in self._objects(_object_entries(value) | shared, value, is_type):
                self.said.add(pom, "objectMap", made)
                for inverse in _items(entries, "inversepredicates"):
                    self._add_inverse(inverse, made)

    def _objects(self, entries: dict[str, Node], at: Node, is_type: bool) -> list[Term]:
        """Give the object maps of a value: several where a mapping has several triples maps."""
        said = self.said
        if any(key in entries for key in REFERENCES):
            return self.references.add(entries, at)
        made = said.blank(at)
        is_iri = is_type
        if "function" in entries:
            called = {key: one for key, one in entries.items() if key in FUNCTION_KEYS}
            said.function(made, Node(called, at.line, at.file))
        elif "value" in entries:
            value, marked = without_iri(entries["value"])
            is_iri = is_type or marked or _kind(entries) == "IRI"
            said.template(made, value, is_iri=is_iri)
        else:
            raise MappingError("An object needs a value, a function or a mapping", where=at.where)
        said.add(made, "termType", IRI(RML + (_kind(entries) or ("IRI" if is_iri else "Literal"))))
        self._add_parts(made, entries)
        return [made]

    def _add_parts(self, made: Term, entries: dict[str, Node]) -> None:
        """Add datatype, language, condition and targets of an object."""
        said = self.said
        for key, is_iri in (("datatype", True), ("language", False)):
            if key in entries:
                value = replace(entries[key], value=entries[key].text.removesuffix("~lang"))
                said.add(made, f"{key}Map", said.term_map(value, is_iri=is_iri))
        if "condition" in entries:
            said.condition(made, entries["condition"])
        if "targets" in entries:
            for target in add_targets(said, entries["targets"], self.targets):
                said.add(made, "logicalTarget", target)

    def _add_inverse(self, predicate: Node, made: Term) -> None:
        """Add a triples map that turns subject and object round."""
        said = self.said
        if RML + "termType" not in said.found[made]:
            raise MappingError("The inverse of a mapping's subject is not offered",
                               where=predicate.where,
                               hint="State the predicate in the other mapping")  # fmt: skip
        if said.found[made][RML + "termType"] == [IRI(RML + "Literal")]:
            raise MappingError("A literal has no inverse predicate", where=predicate.where,
                               hint="Let the object be an IRI")  # fmt: skip
        pom = said.blank(predicate)
        inverse = IRI(f"{self.triples_map.value}_inverse{len(said.lines)}")
        said.lines[inverse] = predicate.line
        said.add(inverse, RDF_TYPE, IRI(RML + "TriplesMap"))
        said.add(inverse, "logicalSource", self.source)
        said.add(inverse, "subjectMap", made)
        said.add(inverse, "predicateObjectMap", pom)
        said.add(pom, "predicateMap", said.term_map(_predicate(predicate), is_iri=True))
        said.add(pom, "objectMap", self.subject)


def _predicate(node: Node) -> Node:
    """Give the long form of ``a``."""
    return replace(node, value=RDF_TYPE) if node.value == "a" else node


def _items(entries: dict[str, Node], key: str) -> tuple[Node, ...]:
    return entries[key].items if key in entries else ()


def _pair_entries(node: Node) -> dict[str, Node]:
    if not isinstance(node.value, tuple):
        return node.entries(PAIR_KEYS)
    if len(node.items) not in (2, 3):
        raise MappingError("A short pair is [predicates, objects, datatype or language]",
                           where=node.where)  # fmt: skip
    found = {"predicates": node.items[0], "objects": node.items[1]}
    return found | (_tag(node.items[2]) if len(node.items) == 3 else {})


def _tag(node: Node) -> dict[str, Node]:
    """Read a datatype, or a language marked ``~lang``."""
    return {"language" if node.text.endswith("~lang") else "datatype": node}


def _object_entries(node: Node) -> dict[str, Node]:
    if isinstance(node.value, dict):
        return node.entries(OBJECT_KEYS)
    if not isinstance(node.value, tuple):
        return {"value": node}
    if len(node.items) not in (1, 2):
        raise MappingError("A short object is [value, datatype or language]", where=node.where)
    value = node.items[0]
    entries = _object_entries(value) if is_call(value) else {"value": value}
    return entries | (_tag(node.items[1]) if len(node.items) == 2 else {})


def _kind(entries: dict[str, Node]) -> str | None:
    """Give the term type that is stated."""
    if "type" not in entries:
        return None
    node = entries["type"]
    if node.text.lower() not in TERM_TYPES:
        raise MappingError("The type is unknown", where=node.where, value=node.text,
                           hint=f"Known: {', '.join(TERM_TYPES)}")  # fmt: skip
    return TERM_TYPES[node.text.lower()]
