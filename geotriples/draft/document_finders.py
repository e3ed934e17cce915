"""Layers of XML documents, of features from files and services, and of SPARQL queries."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any

from geosparql.errors import MappingError, SourceError
from geosparql.extras import module_of_extra
from geotriples.access import shown_url
from geotriples.draft.json_rows import paths_of
from geotriples.draft.layer import Layer
from geotriples.mapping.logical_source import DatabaseSource, FileSource, LogicalSource
from geotriples.mapping.vocabulary import FORMATS, NAMESPACE, OGC_FEATURES, STAC, XPATH
from geotriples.sources.documents import reading_json
from geotriples.sources.features import ACCEPT, GEOMETRY
from geotriples.sources.files import opened
from geotriples.sources.sparql import variables_of
from geotriples.sources.web import requested
from geotriples.sources.xml import PARSING, check_entities, reading_xml

SEEN_ELEMENTS = 200_000
SPARQL_TYPED = FORMATS + "SPARQL_Results_JSON"

Names = dict[str, str]
"""Prefixes by namespace."""


def of_xml(file: FileSource) -> Iterator[Layer]:
    """Take the elements nearest to the root that repeat as rows; else the root is the one row.

    Their leaves and attributes are the columns.
    """
    etree = module_of_extra("lxml.etree", "documents", "XML documents")
    spaces: Names = {}
    counts: Counter[tuple[str, ...]] = Counter()
    leaves: dict[tuple[str, ...], None] = {}
    path: list[str] = []
    inner: set[tuple[str, ...]] = set()
    with opened(file) as stream, reading_xml(file):
        events = etree.iterparse(stream, events=("start", "end"), **PARSING)
        for event, element in islice(events, SEEN_ELEMENTS):
            if event == "start":
                if not path:
                    check_entities(element.getroottree(), file)
                path.append(_named(element.tag, spaces))
                counts[tuple(path)] += 1
                inner.add(tuple(path[:-1]))
                leaves |= {(*path, "@" + _named(name, spaces)): None for name in element.attrib}
                continue
            leaves |= {tuple(path): None} if (element.text or "").strip() else {}
            path.pop()
            element.clear()
    rows = _row_path(counts, inner, leaves)
    references = [
        "/".join(leaf[len(rows) :]) or "." for leaf in leaves if leaf[: len(rows)] == rows
    ]
    options = tuple(sorted((NAMESPACE + prefix, iri) for iri, prefix in spaces.items()))
    iterator = "/" + "/".join(rows)
    logical = LogicalSource(file, XPATH, file.name, iterator, options)
    yield Layer(file.path.name.split(".")[0], logical, tuple(references))


def _row_path(
    counts: Counter[tuple[str, ...]],
    inner: set[tuple[str, ...]],
    leaves: dict[tuple[str, ...], None],
) -> tuple[str, ...]:
    """Give the path of the elements that are rows: repeated, with something in them."""
    attributed = {leaf[:-1] for leaf in leaves if leaf[-1].startswith("@")}
    repeated = [path for path, count in counts.items() if count > 1 and path in inner | attributed]
    return min(repeated, key=lambda path: (len(path), -counts[path]), default=next(iter(counts)))


def _named(tag: str, spaces: Names) -> str:
    """Write a tag with a prefix for its namespace."""
    iri, brace, name = tag.rpartition("}")
    if not brace:
        return tag
    return f"{spaces.setdefault(iri[1:], f'ns{len(spaces) + 1}')}:{name}"


def of_features(file: FileSource, page: Any) -> Iterator[Layer]:
    """Give the layer of features, STAC items or others, of which one page was seen."""
    features = page.get("features", [page])
    is_stac = any("stac_version" in feature for feature in features)
    rows = [
        {name: value for name, value in feature.items() if name not in (GEOMETRY, "bbox", "links")}
        for feature in features
    ]
    references = dict.fromkeys(path for row in rows for path in paths_of(row, "$"))
    logical = LogicalSource(file, STAC if is_stac else OGC_FEATURES, file.name)
    parts = [part for part in file.path.parts if part not in ("items", "/")]
    name = (parts or ["features"])[-1].split(".")[0]
    yield Layer(name, logical, tuple(references), geometry=GEOMETRY)


def of_service(file: FileSource) -> Iterator[Layer]:
    """Ask an address for a page of features: OGC API Features, or a STAC API."""
    assert file.url is not None
    with reading_json(file), requested(file.url, file.access, accept=ACCEPT) as stream:
        page = json.load(stream)
    if not isinstance(page, dict) or page.get("type") not in ("FeatureCollection", "Feature"):
        raise SourceError(
            "The address gives no features", where=shown_url(file.url),
            hint="Name the items of a collection (…/collections/NAME/items); "
            "of a SPARQL endpoint give a query with --query",
        )  # fmt: skip
    yield from of_features(file, page)


def of_query(source: FileSource | DatabaseSource, query: str) -> Iterator[Layer]:
    """Give the variables of a SELECT query of an endpoint or RDF file."""
    logical = LogicalSource(source, SPARQL_TYPED, source.name, query)
    if not re.search(r"\bselect\b", query, re.IGNORECASE):
        raise MappingError("A query of a source must be a SELECT", value=query)
    yield Layer("solutions", logical, tuple(variables_of(logical)))
