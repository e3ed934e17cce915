"""Where the rows of a feature set come from: triples, or rows that a reader hands in.

Rules may name a store, a query or a vector file, which this package cannot open:
`Readers` says what whoever can has to give.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa
from sqlglot import exp

from engine.protocol import Control, Engine, Parts, Relation
from engine.triple_files import triples_relation
from geosparql.errors import RuleError
from geosparql.vocabulary import GEO_HAS_GEOMETRY, RDF_TYPE
from interlink.property_paths import path_values
from interlink.rules.model import (
    FeatureSet,
    FilesSource,
    QuerySource,
    Source,
    StoreSource,
    VectorSource,
)
from interlink.rules.paths import PropertyPath
from interlink.triple_shapes import DEFAULT_PROPERTIES, says_geometry, shapes

ROW_FIELDS = (
    pa.field("feature", pa.string()),
    pa.field("geometry", pa.binary()),
    pa.field("lexical", pa.string()),
    pa.field("datatype", pa.string()),
)
"""What a row of a feature set begins with: IRI, EWKB, and the literal where it is one.

A reader gives either the EWKB or the literal.
"""


class Readers(Protocol):
    """Opens the sources that stand outside the files of RDF."""

    def triples(self, source: StoreSource, predicates: Sequence[str]) -> Parts:
        """Give the triples of a store that have these predicates or a geometry literal.

        Their geometry column may be filled.
        """
        ...

    def rows(self, chosen: FeatureSet, references: Sequence[str]) -> Parts:
        """Give the rows of a query or a layer: `ROW_FIELDS`, then ``r0``, ``r1`` … as texts.

        The last ones are the variables or columns of `references`.
        """
        ...


@dataclass(frozen=True, slots=True)
class SetRows:
    """The rows of a set in an engine, and what else is known of each feature.

    `shapes` gives ``feature``, ``geometry``, ``lexical`` and ``datatype``; `values` gives
    ``node``, ``value`` and ``datatype`` of a property path, variable or column. `held`
    is what has to be dropped afterwards.
    """

    shapes: exp.Query
    values: Callable[[PropertyPath | str], exp.Query]
    held: tuple[Relation, ...]


def set_rows(
    engine: Engine, chosen: FeatureSet, readers: Readers | None, control: Control | None
) -> SetRows:
    """Bring the rows of a set into an engine.

    Raises
    ------
    RuleError
        Its source needs a reader and there is none.
    SourceError, StoreError, RDFSyntaxError
        It cannot be read.
    """
    source = chosen.source
    if isinstance(source, FilesSource):
        return _from_triples(engine, triples_relation(engine, source.files), chosen, control)
    if readers is None:
        raise RuleError("The source of the set needs a reader, and none is at hand",
                        value=chosen.name)  # fmt: skip
    if isinstance(source, StoreSource):
        parts = readers.triples(source, _predicates(chosen))
        return _from_triples(engine, engine.relation(parts), chosen, control)
    return _from_rows(engine, chosen, readers, control)


def references(chosen: FeatureSet) -> tuple[PropertyPath | str, ...]:
    """Give every property path, variable or column that a set asks for."""
    paths = [path for path, _ in chosen.where]
    paths += [attribute.path for attribute in chosen.attributes]
    return tuple(dict.fromkeys([*paths, *(chosen.time or ())]))


def _predicates(chosen: FeatureSet) -> tuple[str, ...]:
    paths = (path for path in references(chosen) if isinstance(path, PropertyPath))
    named = (iri for path in paths for iri in path.iris)
    return tuple(dict.fromkeys((RDF_TYPE, GEO_HAS_GEOMETRY, *DEFAULT_PROPERTIES, *named)))


def _from_triples(
    engine: Engine, source: Relation, chosen: FeatureSet, control: Control | None
) -> SetRows:
    triples = source
    if not _is_quick(chosen.source):
        triples = engine.materialize(source.select(), control=control)
        engine.drop(source)

    def values(path: PropertyPath | str) -> exp.Query:
        assert isinstance(path, PropertyPath)
        return path_values(triples, path)

    has_both = _has_both(engine, triples, control)
    return SetRows(shapes(triples, chosen.geometries, has_both=has_both), values, (triples,))


def _is_quick(source: Source) -> bool:
    """Tell whether a source can be read several times, a column or two at a time."""
    return isinstance(source, FilesSource) and all(path.is_dir() for path in source.files)


def _has_both(engine: Engine, triples: Relation, control: Control | None) -> bool:
    """Tell whether features have default geometries and others."""
    said = exp.select("predicate").distinct().from_(triples.table()).where(says_geometry())
    with engine.run(said, control=control) as reader:
        found = set(reader.read_all().column("predicate").to_pylist())
    return GEO_HAS_GEOMETRY in found and len(found) > 1


def _from_rows(
    engine: Engine, chosen: FeatureSet, readers: Readers, control: Control | None
) -> SetRows:
    assert isinstance(chosen.source, QuerySource | VectorSource)
    names = [str(name) for name in references(chosen)]
    source = engine.relation(readers.rows(chosen, names))
    rows = source
    if names:  # they are read for each of these again
        rows = engine.materialize(source.select(), control=control)
        engine.drop(source)
    parsed = exp.func("geometry_from_literal", exp.column("lexical"), exp.column("datatype"))
    geometry = exp.func("coalesce", exp.column("geometry"), parsed).as_("geometry")
    found = exp.select("feature", geometry, "lexical", "datatype").from_(rows.table())

    def values(name: PropertyPath | str) -> exp.Query:
        column = exp.column(f"r{names.index(str(name))}")
        return (
            exp.select(exp.column("feature").as_("node"), column.as_("value"))
            .select(exp.null().as_("datatype"))
            .from_(rows.table())
            .where(column.is_(exp.null()).not_(), exp.column("feature").is_(exp.null()).not_())
        )

    return SetRows(found.where(exp.column("feature").is_(exp.null()).not_()), values, (rows,))
