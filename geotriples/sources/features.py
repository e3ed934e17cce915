"""JSON features: STAC items and OGC API Features, from a file or page by page from a service."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

import shapely

from geosparql.errors import MappingError, SourceError
from geotriples.access import shown_url
from geotriples.mapping.logical_source import FileSource, LogicalSource
from geotriples.mapping.vocabulary import EGR
from geotriples.sources.documents import (
    document,
    documents_in_lines,
    open_documents,
    reading_json,
)
from geotriples.sources.files import check_exists
from geotriples.sources.source import Source
from geotriples.sources.web import requested

GEOMETRY = "geometry"
ACCEPT = "application/geo+json, application/json;q=0.9"
PAGE_ITEMS = "1000"
LINES = frozenset({".jsonl", ".ndjson"})


def open_features(source: LogicalSource, references: Sequence[str]) -> Source:
    """Open features.

    Parameters
    ----------
    source
        The logical source: a JSON file with one feature or a collection of them, a
        file of lines, or the address of a page, whose ``next`` links are followed;
        `egr:box` leaves those that touch a box of longitudes and latitudes; a service
        is asked for them.
    references
        ``geometry``, in CRS84, and JSONPaths below a feature.

    Returns
    -------
    Source
        One part.

    Raises
    ------
    SourceError
        Where a file is missing, or a page is none of features.
    """
    if source.file.url is None:
        check_exists(source.file)
    read = partial(_features, box=box_of(source))
    return open_documents(source, references, [(source.file, 0)], read, GEOMETRY)


def box_of(source: LogicalSource) -> tuple[float, float, float, float] | None:
    """Give the four numbers of `egr:box`, None where there is none."""
    text = source.option(EGR + "box")
    if text is None:
        return None
    try:
        x_min, y_min, x_max, y_max = map(float, text.replace(",", " ").split())
    except ValueError as error:
        raise MappingError("egr:box needs four numbers", where=source.where, value=text,
                           hint="xmin ymin xmax ymax") from error  # fmt: skip
    return x_min, y_min, x_max, y_max


def _features(part: tuple[FileSource, int], *, box: tuple[float, ...] | None) -> Iterator[Any]:
    source = part[0]
    if source.url is not None:
        pages = _pages(source, box)
    elif LINES & set(source.path.suffixes):
        pages = documents_in_lines((source, 0, None))
    else:
        pages = iter([document(source)])
    wanted = None if box is None or source.url is not None else shapely.box(*box)
    for page in pages:
        for feature in _features_of(page, source):
            if wanted is None or _touches(feature, wanted):
                yield feature


def _touches(feature: Any, box: shapely.Geometry) -> bool:
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    read = shapely.from_geojson(json.dumps(geometry), on_invalid="ignore")
    return bool(shapely.intersects(read, box))


def _features_of(page: Any, source: FileSource) -> list[Any]:
    match page:
        case {"type": "FeatureCollection", "features": list(features)}:
            return features
        case {"type": "Feature"}:
            return [page]
        case _:
            raise SourceError(
                    "This is neither a feature nor a collection of them", where=source.name,
                    hint="STAC items and GeoJSON features say so in their type",
                )  # fmt: skip


def _pages(source: FileSource, box: tuple[float, ...] | None) -> Iterator[Any]:
    """Ask for page after page."""
    asked: set[str] = set()
    url: str | None = _first_page(source.url or "", box)
    while url is not None:
        if url in asked:
            raise SourceError("The pages of the service go in a circle", where=shown_url(url))
        asked.add(url)
        with reading_json(source), requested(url, source.access, accept=ACCEPT) as stream:
            page = json.load(stream)
        yield page
        url = _next(page, url)


def _first_page(url: str, box: tuple[float, ...] | None) -> str:
    parts = urlsplit(url)
    given = {"limit": PAGE_ITEMS} | dict(parse_qsl(parts.query))
    if box is not None:
        given["bbox"] = ",".join(map(repr, box))
    return urlunsplit(parts._replace(query=urlencode(given, safe=",")))


def _next(page: Any, url: str) -> str | None:
    """Give the address of the next page."""
    links = page.get("links", ()) if isinstance(page, dict) else ()
    for link in links:
        if isinstance(link, dict) and link.get("rel") == "next" and "href" in link:
            if str(link.get("method", "GET")).upper() != "GET":
                raise SourceError("The next page of the service is asked for by POST",
                                  where=shown_url(url), hint="Ask it by GET")  # fmt: skip
            return urljoin(url, str(link["href"]))
    return None
