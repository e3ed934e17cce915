"""Products and what was found in them as triples of the product ontology.

Products come as `Product` values, or are read from a GeoJSON feature collection
of footprints or an Arrow table of the same columns:

============  ================================================================
property      holds
============  ================================================================
id            text of letters, digits, ``.``, ``_`` and ``-``, unique in the collection
datetime      moment of the acquisition; or `start_datetime` and `end_datetime`
platform      optional text; also `instrument` and `title`
classes       optional: object of concept IRI to share (0 to 1), or null
assets        optional: object of key to address of a file
============  ================================================================

In a table `geometry` is EWKB and `classes` and `assets` may be maps.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import shapely

from endpoint.catalogue.footprint import cut_at_antimeridian
from endpoint.catalogue.products import Asset, Detection, Product, format_moment, read_moment
from endpoint.catalogue.queries import EG, WKT
from geosparql.crs import CRS84, transform
from geosparql.errors import InputError, SourceError
from geosparql.literals.table import write_literal
from geosparql.terms import XSD, XSD_STRING
from geosparql.triples import TRIPLES_SCHEMA
from geosparql.vocabulary import DCAT, DCTERMS, GEO, RDF_TYPE

BATCH_PRODUCTS = 1_000
_ID = re.compile(r"[A-Za-z0-9._-]+")
Object = tuple[str, str | None]
"""An IRI with no datatype, or a lexical form with one."""


def read_geojson(path: Path, *, base_iri: str, collection: str) -> Iterator[Product]:
    """Read products from a GeoJSON feature collection.

    Parameters
    ----------
    path
        The file; coordinates are CRS84 (RFC 7946).
    base_iri
        A product's IRI is ``{base_iri}/product/{id}``.
    collection
        Id of the collection that they belong to.

    Raises
    ------
    SourceError
        The file is missing or is no feature collection, or a feature says something
        that cannot be read; the message names the feature.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        features = document["features"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SourceError(f"Not a GeoJSON feature collection: {error}", where=str(path)) from error
    for number, feature in enumerate(features, start=1):
        where = f"{path}, feature {number}"
        try:
            row = {**feature["properties"], "geometry": _geometry(feature.get("geometry"))}
            yield _product(row, base_iri, collection)
        except (InputError, KeyError, TypeError) as error:
            raise SourceError(f"This product cannot be read: {error}", where=where) from error


def read_table(table: pa.Table, *, base_iri: str, collection: str) -> Iterator[Product]:
    """Read products from an Arrow table; else as `read_geojson`."""
    for number, row in enumerate(table.to_pylist(maps_as_pydicts="strict"), start=1):
        try:
            wkb = row.get("geometry")
            geometry = None if wkb is None else _in_crs84(shapely.from_wkb(wkb))
            yield _product({**row, "geometry": geometry}, base_iri, collection)
        except (InputError, KeyError, TypeError, shapely.errors.GEOSException) as error:
            raise SourceError(
                f"This product cannot be read: {error}", where=f"row {number}"
            ) from error


def _geometry(value: Any) -> shapely.Geometry | None:
    if value is None:
        return None
    try:
        return shapely.from_geojson(json.dumps(value))
    except shapely.errors.GEOSException as error:
        raise InputError("Not a GeoJSON geometry", value=value) from error


def _in_crs84(geometry: shapely.Geometry) -> shapely.Geometry | None:
    (found,) = transform([geometry], CRS84).values
    return found


def _product(row: Mapping[str, Any], base_iri: str, collection: str) -> Product:
    name = str(row["id"])
    if not _ID.fullmatch(name):
        raise InputError("An id has letters, digits, '.', '_' and '-' alone", value=name)
    moment = row.get("datetime")
    start = _moment(row.get("start_datetime") or moment)
    end = _moment(row.get("end_datetime") or moment or row.get("start_datetime"))
    footprint = row["geometry"]
    return Product(
        iri=f"{base_iri.rstrip('/')}/product/{name}",
        id=name,
        collection=collection,
        footprint=None if footprint is None else cut_at_antimeridian(footprint),
        start=start,
        end=end,
        title=row.get("title"),
        platform=row.get("platform"),
        instrument=row.get("instrument"),
        detections=tuple(
            Detection(concept, None if share is None else float(share))
            for concept, share in sorted((row.get("classes") or {}).items())
        ),
        assets=tuple(Asset(key, href) for key, href in (row.get("assets") or {}).items()),
    )


def _moment(value: Any) -> datetime:
    if value is None:
        raise InputError("A product has datetime, or start_datetime and end_datetime")
    return read_moment(value.isoformat() if isinstance(value, datetime) else str(value))


def product_triples(
    products: Iterable[Product], *, base_iri: str, graph: str | None = None
) -> Iterator[pa.RecordBatch]:
    """Give products, their footprints, files and detections as triple batches.

    Parameters
    ----------
    products
        In any number; they are taken `BATCH_PRODUCTS` at a time.
    base_iri
        A collection's IRI is ``{base_iri}/collection/{id}``.
    graph
        IRI of the graph for the triples; None: the default graph.

    Yields
    ------
    pyarrow.RecordBatch
        Of `geosparql.triples.TRIPLES_SCHEMA`.
    """
    source = iter(products)
    while chosen := list(islice(source, BATCH_PRODUCTS)):
        rows = [row for product in chosen for row in _triples(product, base_iri.rstrip("/"))]
        subjects, predicates, objects = zip(*rows, strict=True)
        columns = [
            pa.array(subjects),
            pa.array(predicates),
            pa.array([value for value, _ in objects]),
            pa.array([datatype for _, datatype in objects], pa.string()),
            pa.nulls(len(rows), pa.string()),
            pa.array([graph] * len(rows), pa.string()),
            pa.nulls(len(rows), pa.binary()),
        ]
        yield pa.RecordBatch.from_arrays(columns, schema=TRIPLES_SCHEMA)


def _triples(product: Product, base_iri: str) -> Iterator[tuple[str, str, Object]]:
    iri, collection = product.iri, f"{base_iri}/collection/{product.collection}"
    yield iri, RDF_TYPE, (EG + "Product", None)
    yield iri, DCTERMS + "identifier", (product.id, XSD_STRING)
    yield iri, EG + "inCollection", (collection, None)
    yield collection, RDF_TYPE, (EG + "Collection", None)
    yield collection, DCTERMS + "identifier", (product.collection, XSD_STRING)
    for name, moment in _times(product):
        yield iri, EG + name, (format_moment(moment), XSD + "dateTime")
    texts = {
        DCTERMS + "title": product.title,
        EG + "platform": product.platform,
        EG + "instrument": product.instrument,
    }
    for predicate, value in texts.items():
        if value is not None:
            yield iri, predicate, (value, XSD_STRING)
    if product.footprint is not None:
        footprint = f"{iri}/footprint"
        yield iri, GEO + "hasGeometry", (footprint, None)
        yield iri, GEO + "hasDefaultGeometry", (footprint, None)
        yield footprint, RDF_TYPE, (GEO + "Geometry", None)
        yield footprint, GEO + "asWKT", (write_literal(product.footprint, WKT), WKT)
    for detection in product.detections:
        yield from _detection(product, detection)
    for asset in product.assets:
        yield from _asset(iri, asset)


def _times(product: Product) -> list[tuple[str, datetime]]:
    if product.start == product.end:
        return [("acquired", product.start)]
    return [("acquisitionStart", product.start), ("acquisitionEnd", product.end)]


def _detection(product: Product, found: Detection) -> Iterator[tuple[str, str, Object]]:
    """Give a detection; its IRI is made from the class, so that loading again adds nothing."""
    iri = f"{product.iri}/detection/{sha256(found.concept.encode()).hexdigest()[:16]}"
    yield iri, RDF_TYPE, (EG + "Detection", None)
    yield iri, EG + "detectedIn", (product.iri, None)
    yield iri, EG + "foundClass", (found.concept, None)
    if found.share is not None:
        yield iri, EG + "share", (_decimal(found.share), XSD + "decimal")
    if found.area_m2 is not None:
        yield iri, GEO + "hasMetricArea", (repr(found.area_m2), XSD + "double")
    if found.pixels is not None:
        yield iri, EG + "pixelCount", (str(found.pixels), XSD + "integer")


def _decimal(share: float) -> str:
    text = f"{share:.12f}".rstrip("0")
    return f"{text}0" if text.endswith(".") else text


def _asset(product: str, asset: Asset) -> Iterator[tuple[str, str, Object]]:
    iri = f"{product}/asset/{sha256(asset.key.encode()).hexdigest()[:16]}"
    yield product, DCAT + "distribution", (iri, None)
    yield iri, RDF_TYPE, (DCAT + "Distribution", None)
    yield iri, DCAT + "downloadURL", (asset.href, None)
    yield iri, DCTERMS + "identifier", (asset.key, XSD_STRING)
    texts = {
        DCAT + "mediaType": asset.media_type,
        DCTERMS + "title": asset.title,
    }
    for predicate, value in texts.items():
        if value is not None:
            yield iri, predicate, (value, XSD_STRING)
