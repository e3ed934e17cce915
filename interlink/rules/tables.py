"""What rule files may name: keys of each table, relation families, Allen relations, measures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from geosparql.relations import RELATIONS

Kind = Literal[
    "text", "iri", "path", "number", "integer", "flag", "texts", "numbers", "table", "tables"
]
"""``texts``: one or several; ``table``: keys of the writer's own; ``tables``: several of ours."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a table: its kind, what it means, and the only values it may have."""

    name: str
    kind: Kind
    about: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Measure:
    """How like two values are: what it compares, and its options, which must be above zero.

    `needed` names the option that has no default.
    """

    name: str
    of: Literal["attributes", "geometries", "times"]
    about: str
    options: tuple[str, ...] = ()
    needed: str | None = None


FAMILIES = {
    family: tuple(
        relation.name
        for relation in RELATIONS
        if relation.name.startswith(f"{family}_") and relation.candidate is not None
    )
    for family in ("sf", "eh", "rcc8")
}
"""A family means its relations but the disjoint one, which holds between almost all pairs."""

ALLEN = (
    "before", "after", "meets", "met_by", "overlaps", "overlapped_by", "starts", "started_by",
    "during", "contains", "finishes", "finished_by", "equals",
)  # fmt: skip
"""Allen's relations between intervals, as OWL-Time has them."""

VALUES = ("distance_m", "overlap_m2", "share_left", "share_right", "iou", "hausdorff_m", "score")

MEASURES: tuple[Measure, ...] = (
    Measure("exact", "attributes", "1 where the texts are equal, else 0"),
    Measure("jaro_winkler", "attributes", "Jaro-Winkler similarity of texts"),
    Measure("levenshtein", "attributes", "Levenshtein similarity of texts"),
    Measure("tokens", "attributes", "Jaccard index of the words of texts"),
    Measure("numeric", "attributes", "1 at equal numbers, 0 from max_difference on",
            ("max_difference",), "max_difference"),
    Measure("distance", "geometries", "1 at distance 0, 0 from max_m on", ("max_m",), "max_m"),
    Measure("iou", "geometries", "intersection over union of the areas"),
    Measure("overlap", "geometries", "share of the smaller area that is covered"),
    Measure("hausdorff", "geometries", "1 at Hausdorff distance 0, 0 from max_m on",
            ("max_m",), "max_m"),
    Measure("temporal", "times", "1 where times meet, 0 where they are max_s apart",
            ("max_s",), "max_s"),
)  # fmt: skip
MEASURE_BY_NAME: Mapping[str, Measure] = {measure.name: measure for measure in MEASURES}

COMBINATIONS = ("mean", "min", "max", "product")

FILE_KEYS: tuple[Key, ...] = (
    Key("name", "text", "name of the rules; the file's name without"),
    Key("prefixes", "table", "prefix to namespace, beside the usual ones"),
    Key("left", "table", "the set whose features are subjects"),
    Key("right", "table", "the set whose features are objects; without: left with itself"),
    Key("link", "tables", "what is linked, and how it is said"),
    Key("annotate", "text", "how values stand with their links",
        ("none", "star", "triple_term", "resource")),
)  # fmt: skip

SET_KEYS: tuple[Key, ...] = (
    Key("files", "texts", "RDF files of any syntax, compressed or not; folders of triple Parquet"),
    Key("store", "text", "folder of a store"),
    Key("query", "text", "SELECT query, or a file with one, of ?feature and ?geometry"),
    Key("endpoint", "text", "URL of the SPARQL endpoint that answers query"),
    Key("from_graph", "iri", "the only graph of store that counts"),
    Key("vector", "text", "vector file: GeoPackage, Shapefile, GeoJSON, GeoParquet …"),
    Key("layer", "text", "layer of vector; without: the only one"),
    Key("iri", "text", "IRI of a feature of vector: template with {column}"),
    Key("base", "iri", "without iri: what made IRIs begin with"),
    Key("class", "iri", "class of the features"),
    Key("where", "table", "property path, or column of vector, to a value or several"),
    Key("box", "numbers", "west, south, east, north in degrees"),
    Key("attributes", "table", "name to property path, or variable of query, column of vector"),
    Key("time", "table", "start and end, or at: property paths, variables or columns"),
    Key("geometries", "text", "which of a feature's geometries count", ("default", "all")),
    Key("invalid", "text", "what is done with invalid geometries",
        ("repair", "skip", "error", "keep")),
    Key("crs", "iri", "CRS of geometries that state none"),
)  # fmt: skip

LINK_KEYS: tuple[Key, ...] = (
    Key("name", "text", "name of the rule; its number without"),
    Key("relations", "texts", "relations or families (sf, eh, rcc8), by name or IRI"),
    Key("within_m", "number", "greatest distance in metres"),
    Key("nearest", "integer", "how many nearest right features"),
    Key("max_m", "number", "with nearest: the greatest distance in metres"),
    Key("time", "texts", "Allen relations, one of which must hold as well"),
    Key("score", "tables", "comparisons"),
    Key("combine", "text", "how comparisons make a score", COMBINATIONS),
    Key("threshold", "number", "the least score of a link, from 0 to 1"),
    Key("predicate", "iri", "property of the links"),
    Key("inverse", "flag", "also the inverse links"),
    Key("symmetric", "text", "a set with itself: symmetric links in both directions, or once",
        ("both", "once")),
    Key("reduce", "flag", "without relations that another one implies"),
    Key("matrix", "flag", "with the DE-9IM matrix"),
    Key("values", "texts", "what is given with each link", VALUES),
    Key("graph", "iri", "named graph of the links"),
)  # fmt: skip

COMPARISON_KEYS: tuple[Key, ...] = (
    Key("measure", "text", "how like two values are", tuple(MEASURE_BY_NAME)),
    Key("of", "texts", "attribute of both sides, or of left and of right"),
    Key("weight", "number", "its share of the score; without: 1"),
    Key("at_least", "number", "the least similarity of a link, from 0 to 1"),
    *(
        Key(name, "number", "option of a measure")
        for name in dict.fromkeys(option for row in MEASURES for option in row.options)
    ),
)

TIME_KEYS: tuple[Key, ...] = (
    Key("at", "text", "the one time of a feature"),
    Key("start", "text", "where its interval starts"),
    Key("end", "text", "where its interval ends"),
)
