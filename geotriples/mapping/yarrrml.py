"""YARRRML read as statements of RML, so that there is one reader.

Written here and not taken from a package: the translators on PyPI give RML as text,
which loses the lines that messages name, and bring their own RDF library along.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from geosparql.errors import MappingError
from geosparql.terms import IRI, Term
from geosparql.vocabulary import NAMESPACES, RDF_TYPE
from geotriples.functions.names import PREFIXES
from geotriples.mapping.document import Document, read_text
from geotriples.mapping.vocabulary import RML
from geotriples.mapping.yaml_nodes import Node, parse_yaml
from geotriples.mapping.yarrrml_objects import Objects
from geotriples.mapping.yarrrml_references import REFERENCES, References
from geotriples.mapping.yarrrml_sources import add_source, add_targets, is_short_file
from geotriples.mapping.yarrrml_terms import Statements, is_call

ROOT_KEYS = {
    **dict.fromkeys(("mappings", "mapping", "m"), "mappings"),
    **dict.fromkeys(("authors", "author", "a"), "authors"),
    **dict.fromkeys(("external", "externals"), "external"),
    **{key: key for key in ("base", "prefixes", "sources", "targets")},
}
MAPPING_KEYS = {
    **dict.fromkeys(("subjects", "subject", "s"), "subjects"),
    **dict.fromkeys(("predicateobjects", "predicateobject", "po"), "predicateobjects"),
    **dict.fromkeys(("sources", "source"), "sources"),
    **dict.fromkeys(("graphs", "graph", "g"), "graphs"),
    **dict.fromkeys(("condition", "conditions"), "condition"),
}
SUBJECT_KEYS = {
    **dict.fromkeys(("value", "v"), "value"),
    **dict.fromkeys(("targets", "target"), "targets"),
    **{key: key for key in ("quoted", "quotedNonAsserted", "condition")},
}
DEFAULT_PREFIXES = {
    "as": "https://www.w3.org/ns/activitystreams#",
    "cc": "http://creativecommons.org/ns#",
    "csvw": "http://www.w3.org/ns/csvw#",
    "dc": "http://purl.org/dc/terms/",
    "dc11": "http://purl.org/dc/elements/1.1/",
    "dctypes": "http://purl.org/dc/dcmitype/",
    "dqv": "http://www.w3.org/ns/dqv#",
    "duv": "https://www.w3.org/ns/duv#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "ical": "http://www.w3.org/2002/12/cal/icaltzd#",
    "ldp": "http://www.w3.org/ns/ldp#",
    "oa": "http://www.w3.org/ns/oa#",
    "odrl": "http://www.w3.org/ns/odrl/2/",
    "og": "http://ogp.me/ns#",
    "org": "http://www.w3.org/ns/org#",
    "qb": "http://purl.org/linked-data/cube#",
    "rev": "http://purl.org/stuff/rev#",
    "schema": "http://schema.org/",
    "sioc": "http://rdfs.org/sioc/ns#",
    "ssn": "http://www.w3.org/ns/ssn/",
    "time": "http://www.w3.org/2006/time#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "void": "http://rdfs.org/ns/void#",
    "xhv": "http://www.w3.org/1999/xhtml/vocab#",
    **NAMESPACES,
    **PREFIXES,
}
"""RDFa's initial context, which YARRRML declares, and that of our functions."""


@dataclass(slots=True)
class _Document:
    """What is read of a document once: named sources and targets, and names of triples maps."""

    statements: Statements
    mappings: dict[str, Node]
    sources: dict[str, Node]
    targets: dict[str, Node]
    base: str
    made: dict[str, Term] = field(default_factory=dict)


def read_yarrrml(path: Path) -> Document:
    """Read a YARRRML file.

    Parameters
    ----------
    path
        The file; paths of sources in it are relative to its folder.

    Returns
    -------
    Document
        Its rules as statements of http://w3id.org/rml/, with their lines.

    Raises
    ------
    SourceError
        Where the file cannot be read.
    MappingError
        Where it is not YAML or not YARRRML, with the line.
    """
    text = read_text(path)
    root = parse_yaml(text, path.name).entries(ROOT_KEYS)
    prefixes, externals = (
        {name: value.text for name, value in _entries(root, key).items()}
        for key in ("prefixes", "external")
    )
    work = _Document(
        Statements(DEFAULT_PREFIXES | prefixes, externals),
        _entries(root, "mappings"),
        _entries(root, "sources"),
        _entries(root, "targets"),
        root["base"].text if "base" in root else f"file:///{path.name}#",
    )
    for name, node in work.mappings.items():
        _add_mapping(work, name, node)
    return Document(path, text, work.statements.found, work.statements.lines)


def _entries(root: dict[str, Node], key: str) -> dict[str, Node]:
    return root[key].entries() if key in root else {}


def _subjects(work: _Document, node: Node) -> list[Node]:
    """Give the subjects of a mapping; none is a new blank node for every row."""
    entries = node.entries(MAPPING_KEYS)
    found = list(entries["subjects"].items) if "subjects" in entries else []
    return found or [Node(None, node.line, node.file)]


def _sources(work: _Document, node: Node) -> list[Node]:
    """Give the sources of a mapping, named ones as what they are."""
    entries = node.entries(MAPPING_KEYS)
    if "sources" not in entries:
        raise MappingError("A mapping needs a source", where=node.where, hint="Give sources")
    given = entries["sources"]
    is_short = isinstance(given.value, tuple) and is_short_file(given.items[0])
    found = []
    for one in (given,) if is_short else given.items:
        if isinstance(one.value, str) and one.value not in work.sources:
            raise MappingError("There is no such source", where=one.where, value=one.value,
                               hint=f"There are: {', '.join(work.sources)}")  # fmt: skip
        found.append(work.sources[one.value] if isinstance(one.value, str) else one)
    return found


def _names(work: _Document, name: str) -> list[IRI]:
    """Give the triples maps of a mapping: one for each source and subject."""
    node = work.mappings[name]
    count = len(_sources(work, node)) * len(_subjects(work, node))
    return [IRI(f"{work.base}{name}{'' if n == 0 else f'_{n + 1}'}") for n in range(count)]


def _add_mapping(work: _Document, name: str, node: Node) -> None:
    entries, said = node.entries(MAPPING_KEYS), work.statements
    names = iter(_names(work, name))
    graphs = entries["graphs"].items if "graphs" in entries else ()
    pairs = entries["predicateobjects"].items if "predicateobjects" in entries else ()
    references = References(said, {one: _names(work, one) for one in work.mappings})
    for source in _sources(work, node):
        logical = add_source(said, source)
        for subject in _subjects(work, node):
            triples_map = next(names)
            said.lines[triples_map] = node.line
            said.add(triples_map, RDF_TYPE, IRI(RML + "TriplesMap"))
            said.add(triples_map, "logicalSource", logical)
            term_map = _add_subject(work, subject, references)
            objects = Objects(said, references, work.targets, triples_map, logical, term_map)
            said.add(triples_map, "subjectMap", term_map)
            for graph in graphs:
                said.add(term_map, "graphMap", said.term_map(graph, is_iri=True))
            if "condition" in entries:
                said.condition(term_map, entries["condition"])
            for pair in pairs:
                objects.add(pair)


def _add_subject(work: _Document, node: Node, references: References) -> Term:
    said = work.statements
    made, value = said.blank(node), node
    if isinstance(node.value, dict) and not is_call(node):
        entries = node.entries(SUBJECT_KEYS)
        if any(key in entries for key in REFERENCES):
            quoted = references.add(entries, node)
            if len(quoted) > 1:
                raise MappingError("The quoted mapping has several sources or subjects",
                                   where=node.where, hint="Quote one that has one")  # fmt: skip
            return quoted[0]
        value = entries.get("value", Node(None, node.line, node.file))
        if "targets" in entries:
            for target in add_targets(said, entries["targets"], work.targets):
                said.add(made, "logicalTarget", target)
    if value.value is None:
        said.add(made, "termType", IRI(RML + "BlankNode"))
    elif is_call(value):
        said.function(made, value)
        said.add(made, "termType", IRI(RML + "IRI"))
    else:
        said.template(made, value, is_iri=True)
    return made
