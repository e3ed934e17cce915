"""What the columns of a layer hold, seen in its first rows: the facts that a draft rests on."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import shapely

from geosparql.literals.table import parse_literal
from geosparql.terms import XSD, XSD_STRING
from geosparql.vocabulary import GEO_WKT_LITERAL
from geotriples.draft.layer import Layer
from geotriples.mapping.vocabulary import CSV
from geotriples.sources.source import Column
from geotriples.sources.table import open_source

SURVEYED_ROWS = 200_000
GEOMETRY_ROWS = 10_000
KEY_ROWS = 5_000_000
MOST_VALUES = 60

UNTYPED: tuple[tuple[str, str], ...] = (
    (XSD + "integer", r"^[+-]?(0|[1-9]\d*)$"),
    (XSD + "decimal", r"^[+-]?((0|[1-9]\d*)(\.\d+)?|\.\d+)$"),
    (XSD + "double", r"^([+-]?((0|[1-9]\d*)(\.\d+)?|\.\d+)([eE][+-]?\d+)?|[+-]?INF|NaN)$"),
    (XSD + "boolean", r"^(true|false)$"),
    (XSD + "time", r"^([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?$"),
)
"""Datatypes that texts of a source without types are tried for; a zero in front makes a code."""

LEXICAL: tuple[tuple[str, str], ...] = (
    (XSD + "date", r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$"),
    (XSD + "dateTime",
     r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?"
     r"(Z|[+-]([01]\d):[0-5]\d)?$"),
    (XSD + "anyURI", r"^https?://[^\s<>\"{}|\\^`]+$"),
    (GEO_WKT_LITERAL,
     r"(?i)^\s*(<[^>]+>\s*)?(multi)?(point|linestring|polygon|geometrycollection)"
     r"\s*(z|m|zm)?\s*(\(.*\)|empty)\s*$"),
)  # fmt: skip
"""Datatypes that texts of any source are tried for, first that fits all."""


@dataclass(frozen=True, slots=True)
class SeenColumn:
    """What one column was seen to hold.

    Parameters
    ----------
    reference
        As the mapping writes it.
    datatype
        What its values are, as far as one is true of all; None where each has its own.
    values
        The different values, None where there are more than `MOST_VALUES`.
    nulls
        Rows without a value.
    longest
        Characters of its longest value.
    unique
        Whether every row has a value that no other has.
    repeated
        Whether rows have lists of values.
    least, most
        Of values that are all numbers.
    """

    reference: str
    datatype: str | None
    values: tuple[str, ...] | None
    nulls: int
    longest: int
    unique: bool
    repeated: bool = False
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True, slots=True)
class Survey:
    """What was seen of a layer: rows, columns, kinds of geometry with their SRIDs."""

    rows: int
    whole: bool
    columns: tuple[SeenColumn, ...]
    geometry_types: frozenset[str] = frozenset()
    srids: frozenset[int] = frozenset()

    def column(self, reference: str) -> SeenColumn:
        """Give the column of a reference."""
        return next(column for column in self.columns if column.reference == reference)


@dataclass(slots=True)
class _Watch:
    """What is gathered of one column, batch by batch."""

    column: Column
    patterns: dict[str, str]
    """Datatypes that its texts may still have."""
    tagged: set[str] = field(default_factory=set)
    values: set[str] | None = field(default_factory=set)
    kept: list[pa.Array] | None = field(default_factory=list)
    present: int = 0
    nulls: int = 0
    longest: int = 0
    range: tuple[float, float] | None = (math.inf, -math.inf)

    def look(self, array: pa.Array) -> None:
        """Take one batch in."""
        if self.column.repeated:
            array, self.kept = array.flatten(), None
        if self.column.datatype is None:
            self.tagged.update(array.field("datatype").drop_null().unique().to_pylist())
        texts = lexical(array)
        present = texts.drop_null()
        self.nulls += texts.null_count
        if not len(present):
            self.kept = None
            return
        self.present += len(present)
        self.patterns = {
            name: pattern
            for name, pattern in self.patterns.items()
            if pc.all(pc.match_substring_regex(present, pattern)).as_py()
        }
        self.longest = max(self.longest, pc.max(pc.utf8_length(present)).as_py())
        self.range = self.range and _wider(self.range, present)
        if self.values is not None:
            self.values.update(pc.unique(present).to_pylist())
            self.values = self.values if len(self.values) <= MOST_VALUES else None
        if self.kept is not None:
            self.kept.append(texts)
            if self.nulls or pc.count_distinct(texts).as_py() < len(texts):
                self.kept = None

    def _datatype(self) -> str | None:
        stated = self.column.datatype
        if self.tagged == {XSD + "integer", XSD + "double"}:
            stated = XSD + "double"
        elif len(self.tagged) == 1:
            (stated,) = self.tagged
        is_text = stated == XSD_STRING and self.present
        return next(iter(self.patterns), stated) if is_text else stated

    def seen(self) -> SeenColumn:
        """Give what was seen."""
        least, most = self.range if self.range and self.present else (None, None)
        return SeenColumn(
            reference=self.column.reference,
            datatype=self._datatype(),
            values=None if self.values is None else tuple(sorted(self.values)),
            nulls=self.nulls,
            longest=self.longest,
            unique=bool(self.kept) and _all_differ(self.kept),
            repeated=self.column.repeated,
            least=least,
            most=most,
        )


def _wider(limits: tuple[float, float], texts: pa.Array) -> tuple[float, float] | None:
    """Widen limits to some numbers; None where one of them is no number."""
    try:
        found = pc.min_max(pc.cast(texts, pa.float64())).as_py()
    except pa.ArrowInvalid:
        return None
    return min(limits[0], found["min"]), max(limits[1], found["max"])


def surveyed(layer: Layer) -> Survey:
    """Read the first rows of a layer.

    Raises
    ------
    SourceError, CRSError
        Where it cannot be read, or its geometry's CRS is not known.
    """
    opened = open_source(layer.source, layer.references)
    patterns = dict((*UNTYPED, *LEXICAL) if layer.source.formulation == CSV else LEXICAL)
    watches = [_Watch(column, patterns) for column in opened.columns]
    rows, whole = 0, True
    for batch in _batches(layer, layer.references):
        if rows >= SURVEYED_ROWS:
            whole = False
            break
        rows += batch.num_rows
        for watch in watches:
            watch.look(batch.column(watch.column.name))
    columns = tuple(watch.seen() for watch in watches)
    texts = (column.reference for column in columns if column.datatype == GEO_WKT_LITERAL)
    geometry = layer.geometry or next(texts, None)
    shapes = [] if geometry is None else _geometries(layer, geometry)
    return Survey(
        rows, whole, columns, frozenset(shape.geom_type for shape in shapes),
        frozenset(shapely.get_srid(shapes).tolist()),
    )  # fmt: skip


def is_key(layer: Layer, reference: str) -> bool:
    """Tell whether a column has a value of its own in every row of the whole layer."""
    held: list[pa.Array] = []
    for batch in _batches(layer, (reference,)):
        values = lexical(batch.column(0))
        held.append(values)
        if values.null_count:
            return False
        if sum(map(len, held)) > KEY_ROWS:
            break
    return _all_differ(held)


def lexical(values: pa.Array) -> pa.Array:
    """Give the texts of values, without datatypes that they bring along."""
    if not pa.types.is_struct(values.type):
        return values
    return pc.if_else(values.is_valid(), values.field("lexical"), pa.scalar(None, pa.string()))


def _all_differ(arrays: list[pa.Array] | None) -> bool:
    values = pa.chunked_array(arrays or [], pa.string())
    return bool(pc.count_distinct(values).as_py() == len(values))


def _batches(layer: Layer, references: tuple[str, ...]) -> Iterator[pa.RecordBatch]:
    parts = open_source(layer.source, references).parts
    for part in parts.parts:
        yield from parts.read(part)


def _geometries(layer: Layer, reference: str) -> list[Any]:
    """Give the first geometries, of WKT the first thousand."""
    shapes: list[Any] = []
    for batch in _batches(layer, (reference,)):
        values = batch.column(0).slice(0, GEOMETRY_ROWS)
        if pa.types.is_binary(values.type):
            shapes += shapely.from_wkb(values.drop_null().to_pylist()).tolist()
        else:
            texts = lexical(values).drop_null()[:1000].to_pylist()
            shapes += [parse_literal(text, GEO_WKT_LITERAL) for text in texts]
        if len(shapes) >= GEOMETRY_ROWS // 10:
            break
    return shapes
