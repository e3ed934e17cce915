"""Rows of the catalogue's queries, and products put together from them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from shapely.geometry.base import BaseGeometry

from endpoint.catalogue.footprint import cut_at_antimeridian
from endpoint.catalogue.products import Asset, Detection, Product, read_moment
from endpoint.catalogue.queries import EG
from endpoint.sparql.answer import Answer
from geosparql.crs import CRS84, transform
from geosparql.errors import InputError
from geosparql.literals.table import parse_literal
from geosparql.vocabulary import DCAT, DCTERMS, GEO, RDFS_LABEL, SKOS

Row = Mapping[str, Any]
"""Variable to its cell: ``value``, ``datatype``, ``language``; unbound ones are left out."""


def rows_of(answer: Answer) -> list[Row]:
    """Read an answer to its end."""
    with answer:
        return [
            {name: cell for name, cell in row.items() if cell is not None}
            for batch in answer.batches()
            for row in batch.to_pylist()
        ]


def text(row: Row, name: str, default: str = "") -> str:
    """Give the IRI or lexical form of a variable; `default` where it is unbound."""
    return str(row[name]["value"]) if name in row else default


def number(row: Row, name: str) -> float | None:
    """Give the number of a variable; None where it is unbound."""
    return float(row[name]["value"]) if name in row else None


def said_of(rows: Iterable[Row], name: str) -> dict[str, dict[str, str]]:
    """Gather rows of `name`, property and value: for each thing its properties, the first value."""
    said: dict[str, dict[str, str]] = defaultdict(dict)
    for row in rows:
        said[text(row, name)].setdefault(text(row, "property"), text(row, "value"))
    return said


def products_of(
    rows: Sequence[Row],
    *,
    properties: Iterable[Row],
    footprints: Iterable[Row],
    classes: Iterable[Row],
    measures: Iterable[Row],
    labels: Iterable[Row],
    assets: Iterable[Row],
) -> tuple[Product, ...]:
    """Put products together, in the order of the page's rows.

    Parameters
    ----------
    rows
        Of `queries.page_query`.
    properties, footprints, classes, measures, labels, assets
        Rows of the queries of these names.
    """
    said = said_of(properties, "product")
    shapes = {text(row, "product"): footprint_of(row["footprint"]) for row in footprints}
    found = _detections(classes, measures, labels)
    files = _assets(assets)
    made: dict[str, Product] = {}
    for row in rows:
        iri = text(row, "product")
        about = said.get(iri, {})
        start = read_moment(text(row, "start"))
        made[iri] = Product(
            iri=iri,
            id=text(row, "id"),
            collection=text(row, "collection"),
            footprint=shapes.get(iri),
            start=start,
            end=read_moment(about[_END]) if _END in about else start,
            title=about.get(DCTERMS + "title", about.get(RDFS_LABEL)),
            platform=about.get(EG + "platform"),
            instrument=about.get(EG + "instrument"),
            detections=found.get(iri, ()),
            assets=files.get(iri, ()),
        )
    return tuple(made.values())


_END = EG + "acquisitionEnd"


def footprint_of(cell: Mapping[str, Any]) -> BaseGeometry | None:
    """Read a footprint: in CRS84, cut at the antimeridian; None where it cannot be read."""
    try:
        geometry = parse_literal(cell["value"], cell["datatype"])
    except InputError:
        return None
    (found,) = transform([geometry], CRS84).values
    return None if found is None or found.is_empty else cut_at_antimeridian(found)


def _detections(
    classes: Iterable[Row], measures: Iterable[Row], labels: Iterable[Row]
) -> dict[str, tuple[Detection, ...]]:
    """Gather the classes of each product, the largest share first.

    Where no share is stated it is that of the area, else of the pixels.
    """
    names = _names(labels)
    sums: dict[str, dict[str, dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
    for row in measures:
        total = number(row, "sum")
        if total is not None:
            sums[text(row, "product")][text(row, "measure")][text(row, "class")] = total
    by_product: dict[str, list[str]] = defaultdict(list)
    for row in classes:
        by_product[text(row, "product")].append(text(row, "class"))
    return {
        iri: tuple(
            sorted(
                (_detection(concept, sums[iri], names) for concept in concepts),
                key=lambda each: (-(each.share or 0), each.concept),
            )
        )
        for iri, concepts in by_product.items()
    }


_SHARE, _AREA, _PIXELS = EG + "share", GEO + "hasMetricArea", EG + "pixelCount"


def _detection(
    concept: str,
    sums: Mapping[str, Mapping[str, float]],
    names: Mapping[str, tuple[str | None, str | None]],
) -> Detection:
    measure = next((each for each in (_SHARE, _AREA, _PIXELS) if sums.get(each)), _SHARE)
    known = sums.get(measure, {})
    whole = 1.0 if measure == _SHARE else sum(known.values())
    pixels = sums.get(_PIXELS, {}).get(concept)
    notation, label = names.get(concept, (None, None))
    return Detection(
        concept=concept,
        share=known[concept] / whole if concept in known and whole else None,
        area_m2=sums.get(_AREA, {}).get(concept),
        pixels=None if pixels is None else int(pixels),
        notation=notation,
        label=label,
    )


def _names(rows: Iterable[Row]) -> dict[str, tuple[str | None, str | None]]:
    """Give notation and label of concepts; an English label, where there are several."""
    notations: dict[str, str] = {}
    names: dict[str, str] = {}
    for row in rows:
        concept, value = text(row, "concept"), row["value"]
        if text(row, "property") == SKOS + "notation":
            notations.setdefault(concept, value["value"])
        elif value["language"] in ("en", None):
            names[concept] = value["value"]
        else:
            names.setdefault(concept, value["value"])
    return {
        concept: (notations.get(concept), names.get(concept)) for concept in {*notations, *names}
    }


def _assets(rows: Iterable[Row]) -> dict[str, tuple[Asset, ...]]:
    """Gather files; one without an address is no asset, one without a key is numbered."""
    owners: dict[str, str] = {}
    said: dict[str, dict[str, str]] = defaultdict(dict)
    for row in rows:
        owners[text(row, "file")] = text(row, "product")
        said[text(row, "file")].setdefault(text(row, "property"), text(row, "value"))
    by_product: dict[str, list[Asset]] = defaultdict(list)
    for file, about in sorted(said.items()):
        if DCAT + "downloadURL" not in about:
            continue
        files = by_product[owners[file]]
        files.append(
            Asset(
                key=about.get(DCTERMS + "identifier", f"file-{len(files) + 1}"),
                href=about[DCAT + "downloadURL"],
                media_type=about.get(DCAT + "mediaType"),
                title=about.get(DCTERMS + "title"),
            )
        )
    return {iri: tuple(files) for iri, files in by_product.items()}
