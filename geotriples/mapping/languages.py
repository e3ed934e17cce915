"""The mapping languages: told apart by extension and namespaces, all brought to current RML."""

from __future__ import annotations

from pathlib import Path

from geotriples.mapping.document import Document, read_document
from geotriples.mapping.legacy import modernized
from geotriples.mapping.yarrrml import read_yarrrml

YAML_SUFFIXES = frozenset({".yml", ".yaml"})


def read_language(path: Path) -> Document:
    """Read a mapping file of any language as statements in the current RML vocabulary.

    Parameters
    ----------
    path
        YARRRML (.yml, .yaml); else RML of any age or R2RML, in Turtle or
        another RDF syntax by its extension.

    Returns
    -------
    Document
        Its statements; an older vocabulary is translated.

    Raises
    ------
    SourceError
        Where the file cannot be read.
    RDFSyntaxError
        Where it does not parse, with the line.
    MappingError
        Where an old structure cannot be translated.
    """
    if path.suffix.lower() in YAML_SUFFIXES:
        return read_yarrrml(path)
    return modernized(read_document(path))
