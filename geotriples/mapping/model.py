"""A mapping as frozen values: what every mapping language is read into and what is compiled.

The words are those of RML-Core. Everything that a message may have to name
carries a `where`: file, line where it is known, triples map and term map.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from engine.protocol import JoinCondition
from geosparql.errors import MappingError
from geosparql.terms import Term
from geotriples.access import EVERYTHING, SourceAccess, shown_url
from geotriples.functions.function import Function

if TYPE_CHECKING:
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


PACKED = {".gz": "gzip", ".bz2": "bzip2", ".xz": "xz", ".zst": "zstd", ".zip": "zip",
          ".tgz": "targz", ".txz": "tarxz"}  # fmt: skip
"""Compression of a source that states none, by the end of its name."""


@dataclass(frozen=True, slots=True)
class FileSource:
    """A file to read, and how its bytes become text (RML-IO)."""

    path: Path
    encoding: str = "utf-8"
    compression: str | None = None
    """``gzip``, ``bzip2``, ``xz``, ``zstd``, ``zip``, ``targz``, ``tarxz`` or none."""
    nulls: tuple[str, ...] = ()
    """Texts that stand for a missing value."""
    url: str | None = field(default=None, repr=False)
    """Where it stands, if not on this machine; `path` is its name then."""
    access: SourceAccess = field(default=EVERYTHING, compare=False, repr=False)

    @property
    def name(self) -> str:
        """What messages call it."""
        return str(self.path) if self.url is None else shown_url(self.url)


@dataclass(frozen=True, slots=True)
class DatabaseSource:
    """A database: ``postgresql://user:password@host/name``, ``sqlite:///file.db``.

    A service that answers requests is one too: ``https://host/sparql``.
    """

    url: str = field(repr=False)
    access: SourceAccess = field(default=EVERYTHING, compare=False, repr=False)

    @property
    def name(self) -> str:
        """What messages call it: the URL without user and password."""
        return shown_url(self.url)


@dataclass(frozen=True, slots=True)
class LogicalSource:
    """A source, how it is referred to, and what one row of it is."""

    source: FileSource | DatabaseSource
    formulation: str
    where: str
    iterator: str | None = None
    options: tuple[tuple[str, str], ...] = ()
    """Further properties by IRI (CSVW dialect, `egr:`), in alphabetical order."""
    zones: LogicalSource | None = None
    """The features within which a raster is summed up."""

    def option(self, iri: str) -> str | None:
        """Give the value of a further property."""
        return dict(self.options).get(iri)

    @property
    def file(self) -> FileSource:
        """The file that is read; a MappingError where the source is none."""
        if isinstance(self.source, FileSource):
            return self.source
        raise MappingError(
            "The reference formulation reads files and the source is none", where=self.where,
            value=self.source.name,
        )  # fmt: skip

    @property
    def key(self) -> tuple[object, ...]:
        """What makes two logical sources the same rows."""
        zones = self.zones and self.zones.key
        return (self.source, self.formulation, self.iterator, self.options, zones)

    @property
    def inputs(self) -> tuple[LogicalSource, ...]:
        """The logical sources that are read for it: itself, and its zones."""
        return (self,) if self.zones is None else (self, *self.zones.inputs)


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


def targets_of(term_map: TermMap | ReferencingObjectMap) -> frozenset[LogicalTarget]:
    """Give the targets of a term map, its datatype and language included."""
    if isinstance(term_map, ReferencingObjectMap):
        return frozenset(term_map.targets)
    parts = (term_map, term_map.datatype, term_map.language)
    return frozenset(target for part in parts if part is not None for target in part.targets)


def all_targets(mapping: Mapping) -> set[LogicalTarget]:
    """Give the targets that the term maps of a mapping name."""
    found: set[LogicalTarget] = set()
    for one in mapping.triples_maps:
        maps: list[TermMap | ReferencingObjectMap] = [one.subject, *one.graphs]
        for pom in one.predicate_objects:
            maps += [*pom.predicates, *pom.objects, *pom.graphs]
        found = found.union(*(targets_of(term_map) for term_map in maps))
    return found


def quoted_triple(term_map: TermMap) -> QuotedTriple | None:
    """Give the triple that a term map quotes, of its own rows or of those that it is joined to."""
    inner = term_map.expression
    if isinstance(inner, Joined):
        inner = inner.value.expression
    return inner if isinstance(inner, QuotedTriple) else None


def references(term_map: TermMap) -> Iterator[str]:
    """Give the names of the references that a term map reads."""
    match term_map.expression:
        case Reference(name):
            yield name
        case Template(parts):
            yield from (part.name for part in parts if isinstance(part, Reference))
    for inner in (*_inner_maps(term_map), term_map.datatype, term_map.language, term_map.condition):
        if inner is not None:
            yield from references(inner)


def _inner_maps(term_map: TermMap) -> list[TermMap | None]:
    """Give the term maps inside of an expression that read the same row."""
    match term_map.expression:
        case FunctionExecution(inputs=inputs):
            return [value for _, value in inputs]
        case FunctionCall(inputs=given):
            return list(chain.from_iterable(given))
        case QuotedTriple(subject, predicate, value):
            return [subject, predicate, value]
        case Joined(joins=joins):
            return [join.child for join in joins]
        case Collection(elements=elements, identity=identity):
            return [*(element for element, _ in elements), identity]
    return []
