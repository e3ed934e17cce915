"""What rule files may name: keys of each table, and relation families."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from geosparql.relations import RELATIONS
from interlink.measures.table import MEASURE_BY_NAME, MEASURES, VALUE_BY_NAME

Kind = Literal["text", "iri", "number", "integer", "flag", "texts", "numbers", "table", "tables"]
"""``texts``: one or several; ``table``: keys of the writer's own; ``tables``: several of ours."""

KIND_WORDS: dict[Kind, str] = {
    "text": "a text",
    "iri": "an IRI",
    "number": "a number",
    "integer": "a whole number",
    "flag": "true or false",
    "texts": "a text or a list of texts",
    "numbers": "a list of numbers",
    "table": "a table",
    "tables": "a list of tables",
}
"""How messages and documents say a kind."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a table: its kind, what it means, and the only values it may have."""

    name: str
    kind: Kind
    about: str
    choices: tuple[str, ...] = ()


def keys_table(keys: Sequence[Key]) -> str:
    """Give keys as the Markdown table of docs/interlinking.md."""
    lines = ["| key | value | meaning |", "|---|---|---|"]
    for key in keys:
        value = ", ".join(f"`{choice}`" for choice in key.choices) or KIND_WORDS[key.kind]
        if key.kind == "texts" and key.choices:
            value = f"some of {value}"
        lines.append(f"| `{key.name}` | {value} | {key.about} |")
    return "\n".join(lines)


FAMILIES = {
    family: tuple(
        relation.name
        for relation in RELATIONS
        if relation.name.startswith(f"{family}_") and relation.candidate is not None
    )
    for family in ("sf", "eh", "rcc8")
}
"""A family means its relations but the disjoint one, which holds between almost all pairs."""

COMBINATIONS = ("mean", "min", "max", "product")

FILE_KEYS: tuple[Key, ...] = (
    Key("name", "text", "name of the rules; the file's name without"),
    Key("prefixes", "table", "prefix to namespace, beside the usual ones"),
    Key("left", "table", "the set whose features are subjects"),
    Key("right", "table", "the set whose features are objects; without: left with itself"),
    Key("link", "tables", "what is linked, and how it is said"),
    Key("annotate", "text", "how values stand with their links; triple_term, where there are any",
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
    Key("time", "texts", "Allen relations, one of which must hold: beside space, or alone"),
    Key("score", "tables", "comparisons"),
    Key("combine", "text", "how comparisons make a score", COMBINATIONS),
    Key("threshold", "number", "the least score of a link, from 0 to 1"),
    Key("predicate", "iri", "property of the links"),
    Key("inverse", "flag", "also the inverse links"),
    Key("symmetric", "text", "a set with itself: symmetric links in both directions, or once",
        ("both", "once")),
    Key("reduce", "flag", "without relations that another one implies"),
    Key("matrix", "flag", "with the DE-9IM matrix"),
    Key("values", "texts", "what is given with each link", tuple(VALUE_BY_NAME)),
    Key("graph", "iri", "named graph of the links"),
)  # fmt: skip

COMPARISON_KEYS: tuple[Key, ...] = (
    Key("measure", "text", "how like two values are", tuple(MEASURE_BY_NAME)),
    Key("of", "texts", "attribute of both sides, or of left and of right"),
    Key("weight", "number", "its share of the score; without: 1"),
    Key("at_least", "number", "the least similarity of a link, from 0 to 1"),
    Key("missing", "text", "a missing value: leaves the comparison out, or counts as 0",
        ("skip", "zero")),
    *{
        option.name: Key(option.name, "texts" if option.choices else "number", option.about,
                         option.choices)
        for measure in MEASURES for option in measure.options
    }.values(),
)  # fmt: skip

TIME_KEYS: tuple[Key, ...] = (
    Key("at", "text", "the one time of a feature"),
    Key("start", "text", "where its interval starts"),
    Key("end", "text", "where its interval ends"),
)
