"""Features and their geometries in triples.

A feature's geometry is its default geometry where it has one, else each of its
geometries (`geo:hasGeometry`; not centroid and bounding box, which say less than the
shape). A geometry that belongs to no feature stands for itself.
"""

from __future__ import annotations

from typing import Literal

from sqlglot import exp

from engine.protocol import Relation
from geosparql.literals.table import GEOMETRY_DATATYPES
from geosparql.vocabulary import GEO_DEFAULT_GEOMETRY, GEO_HAS_DEFAULT_GEOMETRY, GEO_HAS_GEOMETRY

DEFAULT_PROPERTIES = (GEO_HAS_DEFAULT_GEOMETRY, GEO_DEFAULT_GEOMETRY)
_SHAPE = ("geometry", "lexical", "datatype")


def shapes(
    triples: Relation, which: Literal["default", "all"] = "default", *, has_both: bool
) -> exp.Query:
    """Give features with the geometries that count, in one pass over the geometries.

    Parameters
    ----------
    triples
        Of `TRIPLES_SCHEMA`; they are read several times.
    which
        The default geometry where there is one, or all.
    has_both
        Whether there may be default geometries and others.
    """
    owners = _owners(triples, which, has_both=has_both).subquery("owners")
    feature = exp.func("coalesce", exp.column("feature", "owners"), exp.column("node", "literals"))
    met = exp.column("node", "literals").eq(exp.column("node", "owners"))
    counts = exp.column("counts", "owners")
    return (
        exp.select(feature.as_("feature"), *(exp.column(name, "literals") for name in _SHAPE))
        .from_(_literals(triples).subquery("literals"))
        .join(owners, on=met, join_type="left")
        .where(exp.or_(counts.is_(exp.null()), counts.eq(exp.Literal.number(1))))
    )


def _literals(triples: Relation) -> exp.Query:
    """Give geometry nodes with their literals, as EWKB where that can be read.

    What the producer parsed is not parsed again, its text not even read.
    """
    unread = exp.column("geometry").is_(exp.null())
    nothing = (exp.cast(exp.null(), "TEXT").as_(name) for name in _SHAPE[1:])
    known = _geometries(triples).select("geometry", *nothing).where(exp.Not(this=unread.copy()))
    parsed = exp.func("geometry_from_literal", exp.column("object"), exp.column("datatype"))
    other = _geometries(triples).select(
        parsed.as_("geometry"), exp.column("object").as_("lexical"), "datatype"
    )
    return exp.union(known, other.where(unread), distinct=False)


def _geometries(triples: Relation) -> exp.Select:
    kinds = map(exp.Literal.string, sorted(GEOMETRY_DATATYPES))
    return (
        exp.select(exp.column("subject").as_("node"))
        .from_(triples.table())
        .where(exp.column("datatype").isin(*kinds))
    )


def _owners(triples: Relation, which: str, *, has_both: bool) -> exp.Select:
    """Give features and the nodes of their geometries; `counts` is 1 where these are linked."""
    owners = exp.select(exp.column("subject").as_("feature"), exp.column("object").as_("node"))
    owners = owners.from_(triples.table()).where(says_geometry())
    if not has_both or which == "all":
        owners = owners.select(exp.Literal.number(1).as_("counts"))
        return owners.distinct() if has_both else owners
    is_default = exp.column("predicate").isin(*map(exp.Literal.string, DEFAULT_PROPERTIES))
    rank = exp.case().when(is_default, exp.Literal.number(1)).else_(exp.Literal.number(0))
    best = exp.Window(this=exp.Max(this=rank.copy()), partition_by=[exp.column("subject")])
    ranked = owners.select(rank.as_("rank"), best.as_("best")).subquery("ranked")
    counts = exp.case().when(exp.column("rank").eq(exp.column("best")), exp.Literal.number(1))
    return exp.select("feature", "node", counts.else_(exp.Literal.number(0)).as_("counts")).from_(
        ranked
    )


def says_geometry() -> exp.Expr:
    """Give the condition that a triple says which geometry a feature has."""
    names = (GEO_HAS_GEOMETRY, *DEFAULT_PROPERTIES)
    return exp.column("predicate").isin(*map(exp.Literal.string, names))
