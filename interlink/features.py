"""Feature sets: the features of a graph with their geometries, as a relation.

A feature's geometry is its default geometry where it has one, else each of its
geometries (`geo:hasGeometry` and its sub-properties but centroid and bounding
box, which say less than the shape). A geometry that belongs to no feature
stands for itself. A feature with several geometries is linked where any of
them fits; each link is said once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from sqlglot import exp

from engine.protocol import Control, Engine, Relation
from engine.triple_files import triples_relation
from geosparql.errors import RuleError
from geosparql.literals.table import GEOMETRY_DATATYPES
from geosparql.vocabulary import (
    GEO_DEFAULT_GEOMETRY,
    GEO_HAS_DEFAULT_GEOMETRY,
    GEO_HAS_GEOMETRY,
    RDF_TYPE,
)
from interlink.property_paths import path_values
from interlink.rules.model import FeatureSet, FilesSource
from interlink.rules.paths import PropertyPath, Step

_TYPE = PropertyPath(((Step(RDF_TYPE),),))
DEFAULT_PROPERTIES = (GEO_HAS_DEFAULT_GEOMETRY, GEO_DEFAULT_GEOMETRY)


@dataclass(frozen=True, slots=True)
class Features:
    """A feature set in an engine.

    `relation` has the columns ``id`` (from 1, in the order of the IRIs), ``feature``
    (IRI, or ``_:label``) and ``geometry`` (EWKB; null where unreadable).
    """

    relation: Relation
    features: int
    geometries: int
    unreadable: int
    attributes: tuple[str, ...] = ()
    several: int = 0

    def attribute_column(self, name: str) -> str:
        """Give the column of an attribute: a list of texts, null where there is none."""
        return f"attribute_{self.attributes.index(name)}"


def read_features(
    engine: Engine, chosen: FeatureSet, *, control: Control | None = None
) -> Features:
    """Bring the features of a set into an engine.

    Parameters
    ----------
    engine
        With the GeoSPARQL functions registered.
    chosen
        Files and filters of the set.
    control
        Cancellation and progress.

    Returns
    -------
    Features
        Every geometry once, with the number of those that cannot be read.
    """
    if not isinstance(chosen.source, FilesSource):
        raise RuleError("is not read from files", value=chosen.name)
    triples = triples_relation(engine, chosen.source.files)
    triples = engine.materialize(triples.select(), control=control)
    literals = engine.materialize(_literals(triples), control=control)
    rows = engine.materialize(_numbered(triples, literals, chosen), control=control)
    for spent in (triples, literals):
        engine.drop(spent)
    counts = exp.select(
        exp.func("count", exp.Distinct(expressions=[exp.column("feature")])).as_("features"),
        exp.func("count", exp.Star()).as_("geometries"),
        exp.func("count", exp.column("geometry")).as_("readable"),
    ).from_(rows.table())
    with engine.run(counts) as reader:
        row = reader.read_all().to_pylist()[0]
    unreadable = row["geometries"] - row["readable"]
    return Features(rows, row["features"], row["geometries"], unreadable)


def _literals(triples: Relation) -> exp.Select:
    """Geometry nodes and their literals as EWKB; what the producer parsed is not parsed again."""
    parsed = exp.func("geometry_from_literal", exp.column("object"), exp.column("datatype"))
    return (
        exp.select(
            exp.column("subject").as_("node"),
            exp.func("coalesce", exp.column("geometry"), parsed).as_("geometry"),
        )
        .from_(triples.table())
        .where(exp.column("datatype").isin(*map(exp.Literal.string, sorted(GEOMETRY_DATATYPES))))
    )


def _numbered(triples: Relation, literals: Relation, chosen: FeatureSet) -> exp.Query:
    shapes = exp.union(_owned(triples, literals), _unowned(triples, literals), distinct=True)
    query = exp.select("feature", "geometry").from_(shapes.subquery("shapes"))
    if chosen.class_iri is not None:
        query = query.where(_has(triples, _TYPE, (chosen.class_iri,)))
    for path, values in chosen.where:
        query = query.where(_has(triples, cast(PropertyPath, path), values))
    number = exp.Window(
        this=exp.RowNumber(),
        order=exp.Order(
            expressions=[exp.Ordered(this=exp.column(c)) for c in ("feature", "geometry")]
        ),
    )
    return exp.select(exp.cast(number, "BIGINT").as_("id"), "feature", "geometry").from_(
        query.subquery("chosen")
    )


def _owned(triples: Relation, literals: Relation) -> exp.Select:
    """Features with the geometries that count: the default one where there is one."""
    is_default = (
        exp.case()
        .when(exp.column("predicate").isin(*map(exp.Literal.string, DEFAULT_PROPERTIES)), "1")
        .else_("0")
    )
    rank = exp.Window(this=exp.Max(this=is_default), partition_by=[exp.column("subject")])
    owners = (
        exp.select(
            "subject", exp.column("object").as_("node"), is_default.as_("rank"), rank.as_("best")
        )
        .from_(triples.table())
        .where(_says_geometry())
    )
    return (
        exp.select(
            exp.column("subject", "owners").as_("feature"), exp.column("geometry", "literals")
        )
        .from_(owners.subquery("owners"))
        .join(
            literals.table("literals"),
            on=exp.column("node", "owners").eq(exp.column("node", "literals")),
        )
        .where(exp.column("rank", "owners").eq(exp.column("best", "owners")))
    )


def _unowned(triples: Relation, literals: Relation) -> exp.Select:
    owned = (
        exp.select(exp.column("object"))
        .from_(triples.table("owned"))
        .where(_says_geometry(), exp.column("object", "owned").eq(exp.column("node", "literals")))
    )
    return (
        exp.select(
            exp.column("node", "literals").as_("feature"), exp.column("geometry", "literals")
        )
        .from_(literals.table("literals"))
        .where(exp.Not(this=exp.Exists(this=owned)))
    )


def _says_geometry() -> exp.Expr:
    names = (GEO_HAS_GEOMETRY, *DEFAULT_PROPERTIES)
    return exp.column("predicate").isin(*map(exp.Literal.string, names))


def _has(triples: Relation, path: PropertyPath, values: Sequence[str]) -> exp.Expr:
    """Say that a feature has one of some values at the end of a path."""
    given = path_values(triples, path).subquery("given")
    having = exp.select("node").from_(given)
    having = having.where(exp.column("value").isin(*map(exp.Literal.string, values)))
    return exp.In(this=exp.column("feature"), query=having.subquery())
