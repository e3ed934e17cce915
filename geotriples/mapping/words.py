"""The properties of RML's namespace: a word that is none of them is a mistake, not an extension."""

from __future__ import annotations

from difflib import get_close_matches

from geosparql.errors import MappingError
from geotriples.mapping.document import Document
from geotriples.mapping.vocabulary import RML

PROPERTIES = {
    "core": (
        "logicalSource", "subjectMap", "subject", "predicateObjectMap", "predicateMap",
        "predicate", "objectMap", "object", "graphMap", "graph", "class", "constant", "reference",
        "template", "termType", "datatype", "datatypeMap", "language", "languageMap",
        "parentTriplesMap", "joinCondition", "child", "childMap", "parent", "parentMap",
        "baseIRI", "source", "referenceFormulation", "iterator",
    ),
    "io": (
        "path", "root", "encoding", "compression", "null", "namespace", "namespacePrefix",
        "namespaceURL", "logicalTarget", "target", "serialization",
    ),
    "fnml": (
        "functionExecution", "function", "functionMap", "input", "inputValue", "inputValueMap",
        "parameter", "parameterMap", "return", "returnMap", "condition",
    ),
    "cc": ("gather", "gatherAs", "allowEmptyListAndContainer", "strategy"),
    "star": ("quotedTriplesMap",),
    "lv": (
        "viewOn", "field", "fieldName", "leftJoin", "innerJoin", "fullJoin", "parentLogicalView",
        "structuralAnnotation", "onFields", "targetView", "targetFields",
    ),
}  # fmt: skip
"""By module of the specification."""

KNOWN = frozenset(name for names in PROPERTIES.values() for name in names)


def check_words(document: Document) -> None:
    """Refuse properties that RML does not have.

    Raises
    ------
    MappingError
        With the line and the property that was probably meant.
    """
    for node, properties in document.statements.items():
        for predicate in properties:
            name = predicate.removeprefix(RML)
            if name == predicate or name in KNOWN:
                continue
            near = get_close_matches(name, KNOWN, 1)
            where = document.at(node, document.place(name))
            raise MappingError(
                "RML has no such property", where=where, value=f"rml:{name}",
                hint=f"Did you mean rml:{near[0]}?" if near
                else "Properties of your own belong to a namespace of your own",
            )  # fmt: skip
