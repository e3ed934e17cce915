"""A mapping as frozen values: what every mapping language is read into and what is compiled.

The words are those of RML-Core. Everything that a message may have to name
carries a `where`: file, line where it is known, triples map and term map.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from engine.protocol import JoinCondition
from geosparql.terms import Term
from geotriples.functions.function import Function

if TYPE_CHECKING:
    from geotriples.mapping.logical_source import LogicalSource
    from geotriples.mapping.logical_view import LogicalView


@dataclass(frozen=True, slots=True)
class Constant:
    """An expression that gives the same term for every row (`rml:constant`)."""

    term: Term


@dataclass(frozen=True, slots=True)
class Reference:
    """An expression that gives the values of a column, path or property (`rml:reference`)."""

    name: str


@dataclass(frozen=True, slots=True)
class Template:
    """Text with references in it (`rml:template`); plain strings stand as they are."""

    parts: tuple[str | Reference, ...]


@dataclass(frozen=True, slots=True)
class FunctionExecution:
    """A function applied to the values of term maps (RML-FNML)."""

    function: str
    inputs: tuple[tuple[str, TermMap], ...]
    """(parameter IRI, map of its value), as the mapping lists them."""
    returns: str | None = None
    """IRI of the output that is taken, where the function has several."""


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """A function execution whose function was found (`geotriples.functions.binding`)."""

    function: Function
    inputs: tuple[tuple[TermMap, ...], ...]
    """The maps of each parameter's value, in the function's order; none: it is not given."""
    output: int
    """Number of the output that is taken."""


@dataclass(frozen=True, slots=True)
class QuotedTriplesMap:
    """An expression that gives the triples of another triples map as terms (RML-Star)."""

    parent: str
    joins: tuple[Join, ...]


@dataclass(frozen=True, slots=True)
class QuotedTriple:
    """One triple of a quoted triples map, found by `geotriples.patterns`."""

    subject: TermMap
    predicate: TermMap
    object: TermMap
    triples_map: TriplesMap
    object_of: TriplesMap
    star: bool
    """Whether it is written as RDF-star has it, not as RDF 1.2."""


@dataclass(frozen=True, slots=True)
class Joined:
    """A term made from the rows of another triples map, found by `geotriples.patterns`."""

    value: TermMap
    parent: TriplesMap
    joins: tuple[Join, ...]


@dataclass(frozen=True, slots=True)
class Gather:
    """Values gathered into a list or container (RML-CC)."""

    elements: tuple[TermMap | ReferencingObjectMap, ...]
    kind: str
    """rdf:List, rdf:Bag, rdf:Seq or rdf:Alt."""
    cartesian: bool = False
    """Whether each combination of the elements' values makes one, not all values together."""
    allow_empty: bool = False


@dataclass(frozen=True, slots=True)
class Collection:
    """A gather map whose elements have been found by `geotriples.patterns`."""

    name: str
    """Says which gather map of the mapping it is."""
    elements: tuple[tuple[TermMap, TriplesMap], ...]
    """Each with the triples map whose base IRI it is made with."""
    gather: Gather
    identity: TermMap | None
    """The node of the collection; None: a blank node for each row."""
    triples_map: TriplesMap


Expression = (
    Constant
    | Reference
    | Template
    | FunctionExecution
    | FunctionCall
    | QuotedTriplesMap
    | QuotedTriple
    | Joined
    | Collection
)


class TermType(Enum):
    """The kind of term a term map makes, and how far its text is made safe for an IRI."""

    IRI = "IRI"
    URI = "URI"
    UNSAFE_IRI = "UnsafeIRI"
    UNSAFE_URI = "UnsafeURI"
    BLANK_NODE = "BlankNode"
    LITERAL = "Literal"

    @property
    def is_iri(self) -> bool:
        """Whether terms of this type are IRIs."""
        return self not in (TermType.BLANK_NODE, TermType.LITERAL)


@dataclass(frozen=True, slots=True)
class LogicalTarget:
    """A file that triples go to instead of the output (RML-IO)."""

    path: str
    root: str
    """`rml:CurrentWorkingDirectory` (the folder of the output), `rml:MappingDirectory`, a path."""
    format: str
    """Name of a row of `geotriples.target_files.TARGET_FORMATS`."""
    encoding: str = "utf-8"
    compression: str | None = None
    where: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class TermMap:
    """How a term is made from a row.

    `expression` is None only for a blank node that is new for every row.
    """

    expression: Expression | None
    term_type: TermType
    where: str
    datatype: TermMap | None = None
    language: TermMap | None = None
    condition: TermMap | None = None
    """Makes a term only where its value is true (RML-FNML `rml:condition`)."""
    targets: tuple[LogicalTarget, ...] = ()
    """Where triples with its terms go; the output where there are none."""
    gather: Gather | None = None
    """What the term is a list or container of; `expression` is its node then."""


@dataclass(frozen=True, slots=True)
class Join:
    """What holds of a child row and a parent row."""

    child: TermMap
    parent: TermMap
    condition: JoinCondition | None = None
    """How the two geometries lie; None: the two values are equal."""


@dataclass(frozen=True, slots=True)
class ReferencingObjectMap:
    """Objects that are the subjects of another triples map."""

    parent: str
    joins: tuple[Join, ...]
    where: str
    targets: tuple[LogicalTarget, ...] = ()


@dataclass(frozen=True, slots=True)
class PredicateObjectMap:
    """Predicates and objects of one subject, and the graphs of their triples."""

    predicates: tuple[TermMap, ...]
    objects: tuple[TermMap | ReferencingObjectMap, ...]
    graphs: tuple[TermMap, ...] = ()


@dataclass(frozen=True, slots=True)
class TriplesMap:
    """How the rows of one logical source become triples."""

    name: str
    source: LogicalSource | LogicalView
    subject: TermMap
    classes: tuple[str, ...]
    graphs: tuple[TermMap, ...]
    predicate_objects: tuple[PredicateObjectMap, ...]
    base_iri: str | None
    where: str
    asserted: bool = True
    """False: its triples are only quoted by others (`rml:NonAssertedTriplesMap`)."""


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping file, read and checked."""

    path: Path
    triples_maps: tuple[TriplesMap, ...]

    def triples_map(self, name: str) -> TriplesMap:
        """Give a triples map by its name."""
        return next(triples_map for triples_map in self.triples_maps if triples_map.name == name)
