"""What a store holds, counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from sqlglot import exp

from endpoint.store.dataset import Dataset
from endpoint.store.decode import decode_terms
from endpoint.store.ids import DEFAULT_GRAPH, of_kinds
from endpoint.store.schema import STORE_INFO, column
from engine.protocol import Relation
from geosparql.crs import crs_iri_of
from geosparql.term_columns import term_of
from geosparql.terms import Term


@dataclass(frozen=True, slots=True)
class StoreInfo:
    """What a store holds; lists are in descending order of their counts.

    Parameters
    ----------
    triples
        Quads, of all graphs.
    terms
        Terms in the dictionary: all but small numbers, booleans and dates.
    geometries, unreadable_geometries
        Different geometry literals that could and could not be read.
    classes, predicates
        IRI, and in how many quads it is the class or the predicate.
    graphs
        IRI and number of triples; None is the default graph.
    extent
        min_x, min_y, max_x, max_y in CRS84 longitude/latitude; None without geometries.
    crs
        IRI and number of geometries.
    format_version, data_version
        Of the tables, and the number of commits.
    """

    triples: int
    terms: int
    geometries: int
    unreadable_geometries: int
    classes: tuple[tuple[Term | None, int], ...]
    predicates: tuple[tuple[Term | None, int], ...]
    graphs: tuple[tuple[Term | None, int], ...]
    extent: tuple[float, float, float, float] | None
    crs: tuple[tuple[str, int], ...]
    format_version: int
    data_version: int


def read_info(dataset: Dataset) -> StoreInfo:
    """Count what a store holds; `dataset` is the one of the store's own engine."""
    (about,) = _rows(dataset, STORE_INFO.select())
    unreadable = of_kinds("id", "unreadable_geometry")
    (corners,) = _rows(dataset, _extent(dataset.geometries))
    extent = tuple(corners.values())
    return StoreInfo(
        triples=dataset.quad_count(),
        terms=_count(dataset, dataset.terms),
        geometries=_count(dataset, dataset.geometries),
        unreadable_geometries=_count(dataset, dataset.terms, unreadable),
        classes=_named(dataset, dataset.statistics.classes),
        predicates=_named(
            dataset, {iri: counts.quads for iri, counts in dataset.statistics.predicates.items()}
        ),
        graphs=_named(dataset, _counts(dataset, dataset.quads_spo, "graph")),
        extent=None if None in extent else extent,
        crs=tuple(
            (crs_iri_of(srid), count)
            for srid, count in _counts(dataset, dataset.geometries, "srid").items()
        ),
        format_version=about["format_version"],
        data_version=about["data_version"],
    )


def _rows(dataset: Dataset, query: exp.Query) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = dataset.engine.run(query).read_all().to_pylist()
    return rows


def _count(dataset: Dataset, relation: Relation, condition: exp.Expr | None = None) -> int:
    counted = exp.select(exp.alias_(exp.Count(this=exp.Star()), "rows")).from_(relation.table())
    (row,) = _rows(dataset, counted.where(condition) if condition else counted)
    return int(row["rows"])


def _counts(dataset: Dataset, relation: Relation, name: str) -> dict[int, int]:
    """Count the rows of a relation by one of its columns, in descending order."""
    counted = exp.alias_(exp.Count(this=exp.Star()), "rows")
    query = exp.select(column(name), counted).from_(relation.table()).group_by(column(name))
    rows = sorted(_rows(dataset, query), key=lambda row: (-row["rows"], row[name]))
    return {row[name]: row["rows"] for row in rows}


def _named(dataset: Dataset, counts: Mapping[int, int]) -> tuple[tuple[Term | None, int], ...]:
    """Give the terms of ids with their counts, in descending order."""
    ids = sorted(counts, key=lambda term_id: (-counts[term_id], term_id))
    terms = decode_terms(dataset, pa.array(ids, pa.int64())).rows()
    return tuple(
        (None if term_id == DEFAULT_GRAPH else term_of(*term), counts[term_id])
        for term_id, term in zip(ids, terms, strict=True)
    )


def _extent(geometries: Relation) -> exp.Select:
    sides = {"min_x": exp.Min, "min_y": exp.Min, "max_x": exp.Max, "max_y": exp.Max}
    return exp.select(
        *(exp.alias_(bound(this=column(name)), name) for name, bound in sides.items())
    ).from_(geometries.table())
