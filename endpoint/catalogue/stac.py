"""The catalogue's values as STAC 1.0 documents (JSON as Python dicts).

STAC API 1.0.0: core, collections, features, item search with the query and
filter extensions; the classes found in an item stand in the classification
extension, with their share as ``percentage``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote, urlencode

import shapely

from endpoint.catalogue.footprint import box_of
from endpoint.catalogue.products import Collection, Detection, Page, Product, format_moment

STAC_VERSION = "1.0.0"
CLASSIFICATION = "https://stac-extensions.github.io/classification/v2.0.0/schema.json"
GEOJSON = "application/geo+json"
JSON = "application/json"
SCHEMA_JSON = "application/schema+json"
OPENAPI = "application/vnd.oai.openapi+json;version=3.1"
HTML = "text/html"

_API = "https://api.stacspec.org/v1.0.0"
CONFORMANCE = (
    f"{_API}/core",
    f"{_API}/collections",
    f"{_API}/ogcapi-features",
    f"{_API}/item-search",
    f"{_API}/item-search#query",
    f"{_API}/item-search#filter",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/filter",
    "http://www.opengis.net/spec/cql2/1.0/conf/cql2-text",
    "http://www.opengis.net/spec/cql2/1.0/conf/cql2-json",
)

Document = dict[str, Any]


def link(rel: str, href: str, media_type: str = JSON, **more: Any) -> Document:
    """Give a link object."""
    return {"rel": rel, "href": href, "type": media_type, **more}


def landing_page(root: str, title: str, collections: Iterable[Collection]) -> Document:
    """Give the landing page: a STAC Catalog that says what the API conforms to.

    Parameters
    ----------
    root
        Absolute address of the API, without a slash at the end.
    title
        Name of the catalogue.
    collections
        Its collections; each is a child.
    """
    search = f"{root}/search"
    return {
        "type": "Catalog",
        "stac_version": STAC_VERSION,
        "id": "earthgraph",
        "title": title,
        "description": "Earth-observation products, searchable by place, time and what was found",
        "conformsTo": list(CONFORMANCE),
        "links": [
            link("self", f"{root}/"),
            link("root", f"{root}/"),
            link("conformance", f"{root}/conformance"),
            link("data", f"{root}/collections"),
            link("search", search, GEOJSON, method="GET"),
            link("search", search, GEOJSON, method="POST"),
            link(QUERYABLES_REL, f"{root}/queryables", SCHEMA_JSON),
            link("service-desc", f"{root.removesuffix('/stac')}/api", OPENAPI),
            link("service-doc", f"{root.removesuffix('/stac')}/", HTML),
            *(
                link("child", _collection_href(root, each.id), title=each.title)
                for each in collections
            ),
        ],
    }


def collection_document(root: str, collection: Collection) -> Document:
    """Give a STAC Collection."""
    href = _collection_href(root, collection.id)
    interval = [
        None if moment is None else format_moment(moment)
        for moment in (collection.start, collection.end)
    ]
    summaries = {"platform": list(collection.platforms)} if collection.platforms else {}
    return {
        "type": "Collection",
        "stac_version": STAC_VERSION,
        "id": collection.id,
        "title": collection.title,
        "description": collection.description,
        "license": collection.license,
        "extent": {
            "spatial": {"bbox": [list(collection.bbox)]},
            "temporal": {"interval": [interval]},
        },
        "summaries": summaries,
        "links": [
            link("self", href),
            link("root", f"{root}/"),
            link("parent", f"{root}/"),
            link("items", f"{href}/items", GEOJSON),
            link(QUERYABLES_REL, f"{href}/queryables", SCHEMA_JSON),
        ],
    }


def collections_document(root: str, collections: Iterable[Collection]) -> Document:
    """Give the list of collections."""
    return {
        "collections": [collection_document(root, each) for each in collections],
        "links": [link("self", f"{root}/collections"), link("root", f"{root}/")],
    }


def item_document(root: str, product: Product) -> Document:
    """Give a product as a STAC Item."""
    collection = _collection_href(root, product.collection)
    document: Document = {
        "type": "Feature",
        "stac_version": STAC_VERSION,
        "stac_extensions": [CLASSIFICATION] if product.detections else [],
        "id": product.id,
        "collection": product.collection,
        "geometry": None,
        "properties": _properties(product),
        "links": [
            link("self", f"{collection}/items/{quote(product.id, safe='')}", GEOJSON),
            link("root", f"{root}/"),
            link("parent", collection),
            link("collection", collection),
            link("about", product.iri, HTML),
        ],
        "assets": {
            asset.key: _present(
                href=asset.href, type=asset.media_type, title=asset.title, roles=[asset.role]
            )
            for asset in product.assets
        },
    }
    if product.footprint is not None:
        document["geometry"] = json.loads(shapely.to_geojson(product.footprint))
        document["bbox"] = list(box_of(product.footprint))
    return document


def _properties(product: Product) -> Document:
    """Give the properties of an item; an item of one moment has `datetime` alone."""
    start, end = format_moment(product.start), format_moment(product.end)
    times: Document = {"datetime": start}
    if product.start != product.end:
        times = {"datetime": None, "start_datetime": start, "end_datetime": end}
    found = product.detections
    return {
        **times,
        **_present(
            title=product.title,
            platform=product.platform,
            instruments=[product.instrument] if product.instrument else None,
        ),
        **({"classification:classes": _classes(found)} if found else {}),
    }


def _classes(detections: Sequence[Detection]) -> list[Document]:
    """Give detections as class objects; a code that is no integer is numbered from 1."""
    classes = []
    for number, found in enumerate(detections, start=1):
        notation = found.notation or ""
        percentage = None if found.share is None else round(100 * found.share, 6)
        classes.append(
            _present(
                value=int(notation) if notation.isdecimal() else number,
                name=_plain(found.label or found.notation or f"class-{number}"),
                title=found.label,
                percentage=percentage,
                count=found.pixels,
                **{"eg:class": found.concept, "eg:notation": found.notation},
            )
        )
    return classes


def _plain(text: str) -> str:
    """Give a name of letters, digits, ``-`` and ``_``, as classification 2.0 demands."""
    return "".join(c if c.isascii() and c.isalnum() else "-" for c in text.lower()).strip("-")


def _present(**values: Any) -> Document:
    return {name: value for name, value in values.items() if value is not None}


def page_document(root: str, page: Page, links: Iterable[Document]) -> Document:
    """Give a page of items as a GeoJSON feature collection."""
    features = [item_document(root, product) for product in page.products]
    return {
        "type": "FeatureCollection",
        "features": features,
        "links": [link("root", f"{root}/"), *links],
        "numberReturned": len(features),
        **_present(numberMatched=page.matched),
    }


def next_link_get(address: str, parameters: Sequence[tuple[str, str]], token: str) -> Document:
    """Give the link to the next page of a GET: the same parameters with the token."""
    kept = [(name, value) for name, value in parameters if name != "token"]
    return link("next", f"{address}?{urlencode([*kept, ('token', token)])}", GEOJSON, method="GET")


def next_link_post(address: str, token: str) -> Document:
    """Give the link to the next page of a POST: the token merged into the body."""
    return link("next", address, GEOJSON, method="POST", body={"token": token}, merge=True)


QUERYABLES_REL = "http://www.opengis.net/def/rel/ogc/1.0/queryables"


def queryables_document(address: str, schemes: Sequence[tuple[str, str]]) -> Document:
    """Give the JSON Schema of what a filter may name.

    Parameters
    ----------
    address
        Where the document stands.
    schemes
        IRI and title of the code lists that classes come from.
    """
    lists = "; ".join(f"{title} <{iri}>" for iri, title in schemes)
    return {
        "$schema": "https://json-schema.org/draft/2019-09/schema",
        "$id": address,
        "type": "object",
        "title": "What a query or filter may name",
        "properties": {
            "id": {"type": "string", "title": "Item id"},
            "collection": {"type": "string", "title": "Collection id"},
            "datetime": {"type": "string", "format": "date-time"},
            "platform": {"type": "string", "title": "Platform"},
            "eg:class": {
                "type": "string",
                "title": "Class found in the product, with all its narrower classes",
                "description": f"IRI, code or name of a concept. Code lists: {lists or 'none'}",
            },
            "eg:share": {
                "type": "number",
                "minimum": 0,
                "maximum": 1,
                "title": "Part of the product that the asked class covers",
            },
        },
        "additionalProperties": False,
    }


def _collection_href(root: str, collection: str) -> str:
    return f"{root}/collections/{quote(collection, safe='')}"
