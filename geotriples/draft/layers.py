"""The layers of a source, whatever it is."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from geosparql.errors import EarthgraphError, SourceError
from geotriples.draft.document_finders import of_query, of_service
from geotriples.draft.finders import FINDERS, Finder, of_database, of_vector
from geotriples.draft.layer import Layer
from geotriples.mapping.logical_source import PACKED, DatabaseSource, FileSource, LogicalSource
from geotriples.mapping.vocabulary import CLASS_RASTER, EGR, SQL_TABLE, VECTOR
from geotriples.sources.table import open_source
from geotriples.sources.web import HTTP


def layers_of(
    source: str, *, layer: str | None = None, crs: str | None = None, query: str | None = None
) -> list[Layer]:
    """Find the layers of a file or database.

    Parameters
    ----------
    source
        Path of a file, URL of a database or a service of features.
    layer
        The only layer or table that is wanted.
    crs
        CRS IRI for what states none.
    query
        SELECT query of a SPARQL endpoint or RDF file.

    Returns
    -------
    list of Layer
        In the order of the source.

    Raises
    ------
    SourceError
        Where it is missing, broken, of no kind that can be drafted, or has no such
        layer.
    """
    find, place = _kind(source, query)
    options = () if crs is None else ((EGR + "crs", crs),)
    found = [
        _readable(replace(one, source=replace(one.source, options=_with(one.source, options))))
        for one in find(place)
        if layer in (None, one.source.iterator, one.name)
    ]
    if not found:
        names = ", ".join(one.name for one in find(place))
        raise SourceError("The source has no such layer", where=source, value=layer,
                          hint=f"It has: {names or 'none'}")  # fmt: skip
    return found


def _with(source: LogicalSource, options: tuple[tuple[str, str], ...]) -> tuple[Any, ...]:
    takes_crs = source.formulation in (VECTOR, CLASS_RASTER, SQL_TABLE)
    return tuple(sorted((*source.options, *(options if takes_crs else ()))))


def _kind(source: str, query: str | None) -> tuple[Finder, Any]:
    """Give the function that finds the layers of such a source, and what it takes."""
    is_web = urlsplit(source).scheme in HTTP
    if query is not None:
        asked = DatabaseSource(source) if is_web else FileSource(Path(source))
        return partial(of_query, query=query), asked
    if is_web:
        return of_service, FileSource(Path(urlsplit(source).path or "/"), url=source)
    if urlsplit(source).scheme and "://" in source:
        return of_database, DatabaseSource(source)
    path = Path(source)
    if not path.exists():
        raise SourceError("The file does not exist", where=source, hint="Check the path")
    suffixes = [suffix.lower() for suffix in path.suffixes]
    packed = PACKED.get(suffixes[-1]) if suffixes else None
    inner = suffixes[-2] if packed and len(suffixes) > 1 else suffixes[-1] if suffixes else ""
    file = FileSource(path, compression=packed)
    for endings, find in FINDERS:
        if inner in endings:
            return find, file
    return of_vector, FileSource(path)


def _readable(layer: Layer) -> Layer:
    """Leave out columns whose values have no form in RDF."""
    try:
        open_source(layer.source, layer.references)
    except SourceError:
        kept = tuple(name for name in layer.references if _opens(layer.source, name))
        out = tuple(name for name in layer.references if name not in kept)
        return replace(layer, references=kept, left_out=out)
    return layer


def _opens(source: LogicalSource, reference: str) -> bool:
    try:
        open_source(source, (reference,))
    except EarthgraphError:
        return False
    return True
