"""References of YARRRML to other mappings: joins, and quoted triples."""

from __future__ import annotations

from dataclasses import dataclass

from geosparql.errors import MappingError
from geosparql.terms import IRI, Term
from geosparql.vocabulary import RDF_TYPE
from geotriples.mapping.rml_joins import RELATION_NAMES
from geotriples.mapping.vocabulary import EGR, RML
from geotriples.mapping.yaml_nodes import Node
from geotriples.mapping.yarrrml_terms import EQUAL, Argument, Statements

REFERENCES = {
    "mapping": "parentTriplesMap",
    "quoted": "quotedTriplesMap",
    "quotedNonAsserted": "quotedTriplesMap",
}
"""Keys that name another mapping, and the property of RML that they become."""


@dataclass(frozen=True, slots=True)
class References:
    """Adds term maps that are made of other mappings."""

    said: Statements
    parents: dict[str, list[IRI]]
    """The triples maps of every mapping."""

    def add(self, entries: dict[str, Node], at: Node) -> list[Term]:
        """Add a term map for every triples map of the mapping that `entries` name.

        Raises
        ------
        MappingError
            Where there is no such mapping, or it is joined by another function.
        """
        key = next(key for key in REFERENCES if key in entries)
        name = entries[key]
        if name.text not in self.parents:
            raise MappingError("There is no such mapping", where=name.where, value=name.text,
                               hint=f"There are: {', '.join(self.parents)}")  # fmt: skip
        found: list[Term] = []
        for parent in self.parents[name.text]:
            made = self.said.blank(at)
            self.said.add(made, REFERENCES[key], parent)
            if key == "quotedNonAsserted":
                self.said.add(parent, RDF_TYPE, IRI(RML + "NonAssertedTriplesMap"))
            for condition in entries["condition"].items if "condition" in entries else ():
                self._add_join(made, condition)
            found.append(made)
        return found

    def _add_join(self, made: Term, node: Node) -> None:
        """Add the join condition that a function of two values is, by default ``equal``."""
        function, arguments = self.said.call(node)
        relation = RELATION_NAMES.get(function)
        if (function not in EQUAL and relation is None) or len(arguments) != 2:
            raise MappingError(
                "Mappings are joined by equal or by a spatial relation", where=node.where,
                value=function, hint="equal(str1=$(subject), str2=$(object))",
            )  # fmt: skip
        condition = self.said.blank(node)
        self.said.add(made, "joinCondition", condition)
        if relation is not None:
            self.said.add(condition, EGR + "spatialRelation", IRI(function))
        for name, argument in zip(("childMap", "parentMap"), _sides(arguments), strict=True):
            side = self.said.term_map(argument.value, is_iri=False)
            self.said.add(condition, name, side)


def _sides(arguments: list[Argument]) -> tuple[Argument, Argument]:
    """Give the side of the subject, then that of the object; by default in this order."""
    first, second = arguments
    return (second, first) if first.side == "o" or second.side == "s" else (first, second)
