"""The frozen model of a rule file: two feature sets, link rules, how links are said."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.protocol import JoinCondition
from interlink.rules.paths import PropertyPath

MADE_IRIS = "https://w3id.org/earthgraph/feature/"
"""What IRIs of features that have none begin with."""


@dataclass(frozen=True, slots=True)
class FilesSource:
    """RDF files and folders of triple Parquet."""

    files: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class StoreSource:
    """A store's folder, every graph of it or one."""

    store: Path
    graph: str | None = None


@dataclass(frozen=True, slots=True)
class QuerySource:
    """A SELECT query, asked of a store's folder or of an endpoint's URL.

    It binds ``?feature`` and ``?geometry`` (a geometry literal); further variables
    are attributes by their own names.
    """

    query: str
    store: Path | None = None
    endpoint: str | None = None


@dataclass(frozen=True, slots=True)
class VectorSource:
    """A layer of a vector file; `iri` is a template over its columns, ``{column}`` in braces.

    Without a template an IRI is made of `base`, the file's name, the layer and the
    feature's number in it.
    """

    path: Path
    layer: str | None = None
    iri: str | None = None
    base: str = MADE_IRIS


Source = FilesSource | StoreSource | QuerySource | VectorSource
Annotate = Literal["none", "star", "triple_term", "resource"]
Invalid = Literal["repair", "skip", "error", "keep"]


@dataclass(frozen=True, slots=True)
class Attribute:
    """A value of each feature, by name: at a property path, or in a variable or column."""

    name: str
    path: PropertyPath | str


@dataclass(frozen=True, slots=True)
class FeatureSet:
    """One side: where its features are, which of them take part, and what is known of each.

    Parameters
    ----------
    name
        ``left`` or ``right``.
    source
        Where the features are.
    class_iri
        Their class; None: any.
    where
        (property path, or column of a vector file; values, one of which it must have).
    box
        West, south, east, north in degrees: features whose geometry's box meets it.
    attributes
        What scores compare.
    time
        Where an interval starts and where it ends; the same twice for an instant.
    geometries
        Of a feature with several: the default one where there is one, or all.
    invalid
        What is done with an invalid geometry.
    crs_iri
        CRS of geometries that state none; None: CRS84.
    """

    name: str
    source: Source
    class_iri: str | None = None
    where: tuple[tuple[PropertyPath | str, tuple[str, ...]], ...] = ()
    box: tuple[float, float, float, float] | None = None
    attributes: tuple[Attribute, ...] = ()
    time: tuple[PropertyPath | str, PropertyPath | str] | None = None
    geometries: Literal["default", "all"] = "default"
    invalid: Invalid = "repair"
    crs_iri: str | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison of a score: a row of `interlink.measures.table.MEASURES` and its settings.

    `left` and `right` are attributes; None where the measure is of geometries or times.
    A pair whose similarity is below `at_least` is no link. Where a value is missing the
    comparison is left out, with its weight (``skip``), or the similarity is 0 (``zero``).
    """

    measure: str
    left: str | None = None
    right: str | None = None
    weight: float = 1.0
    at_least: float = 0.0
    options: tuple[tuple[str, float | tuple[str, ...]], ...] = ()
    missing: Literal["skip", "zero"] = "skip"


@dataclass(frozen=True, slots=True)
class Score:
    """Comparisons put together to a number from 0 to 1, and the least that makes a link."""

    comparisons: tuple[Comparison, ...]
    threshold: float
    combine: Literal["mean", "min", "max", "product"] = "mean"


@dataclass(frozen=True, slots=True)
class LinkRule:
    """A condition and how its links are said.

    Parameters
    ----------
    name
        For reports and provenance.
    condition
        Which pairs meet in space; None: any, `time` alone decides.
    time
        Allen relations (`interlink.times.ALLEN`), one of which must hold as well.
    score
        How like the two must be as well.
    predicate
        None for relations, whose links are said with the relation's own property (of
        GeoSPARQL, or where time alone decides of OWL-Time).
    inverse
        Say the inverse links too, where there are such.
    symmetric
        How a symmetric link of a set with itself is said: in both directions, or once
        (from the IRI that is first in order).
    reduce
        Leave out relations that another one of the rule implies.
    matrix
        Give the DE-9IM matrix with each link.
    values
        What else is given with each link, from `interlink.measures.table.VALUES`.
    graph
        The named graph of the links.
    """

    name: str
    condition: JoinCondition | None
    time: tuple[str, ...] | None = None
    score: Score | None = None
    predicate: str | None = None
    inverse: bool = False
    symmetric: Literal["both", "once"] = "both"
    reduce: bool = False
    matrix: bool = False
    values: tuple[str, ...] = ()
    graph: str | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """A rule file, validated. `right` is None for a set that is linked with itself.

    `annotate` says how values stand with their links: not at all, as RDF-star, as
    RDF 1.2 triple terms, or as a resource of each link.
    """

    path: Path
    name: str
    left: FeatureSet
    right: FeatureSet | None
    links: tuple[LinkRule, ...]
    annotate: Annotate = "none"
