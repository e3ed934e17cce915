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


def geometry_literals(triples: Relation) -> exp.Select:
    """Give geometry nodes with their literals, as EWKB where that can be read.

    What the producer parsed is not parsed again.
    """
    parsed = exp.func("geometry_from_literal", exp.column("object"), exp.column("datatype"))
    found = (
        exp.select(
            exp.column("subject").as_("node"),
            exp.func("coalesce", exp.column("geometry"), parsed).as_("geometry"),
            exp.column("object").as_("lexical"),
            "datatype",
        )
        .from_(triples.table())
        .where(exp.column("datatype").isin(*map(exp.Literal.string, sorted(GEOMETRY_DATATYPES))))
    )
    unread = exp.column("geometry").is_(exp.null())
    kept = (exp.case().when(unread, exp.column(name)).as_(name) for name in _SHAPE[1:])
    return exp.select("node", "geometry", *kept).from_(found.subquery("found"))


def shapes(
    triples: Relation, literals: Relation, which: Literal["default", "all"] = "default"
) -> exp.Query:
    """Give features with the geometries that count.

    Parameters
    ----------
    triples
        Of `TRIPLES_SCHEMA`.
    literals
        As `geometry_literals` gives them.
    which
        The default geometry where there is one, or all.
    """
    owned, unowned = _owned(triples, literals, which), _unowned(triples, literals)
    return exp.union(owned, unowned, distinct=False)


def _owned(triples: Relation, literals: Relation, which: str) -> exp.Select:
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
    found = (
        exp.select(
            exp.column("subject", "owners").as_("feature"),
            *(exp.column(name, "literals") for name in _SHAPE),
        )
        .from_(owners.subquery("owners"))
        .join(
            literals.table("literals"),
            on=exp.column("node", "owners").eq(exp.column("node", "literals")),
        )
    )
    if which == "all":
        return found
    return found.where(exp.column("rank", "owners").eq(exp.column("best", "owners")))


def _unowned(triples: Relation, literals: Relation) -> exp.Select:
    owned = (
        exp.select(exp.column("object"))
        .from_(triples.table("owned"))
        .where(_says_geometry(), exp.column("object", "owned").eq(exp.column("node", "literals")))
    )
    return (
        exp.select(
            exp.column("node", "literals").as_("feature"),
            *(exp.column(name, "literals") for name in _SHAPE),
        )
        .from_(literals.table("literals"))
        .where(exp.Not(this=exp.Exists(this=owned)))
    )


def _says_geometry() -> exp.Expr:
    names = (GEO_HAS_GEOMETRY, *DEFAULT_PROPERTIES)
    return exp.column("predicate").isin(*map(exp.Literal.string, names))
