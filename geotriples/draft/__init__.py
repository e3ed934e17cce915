"""Drafts of mappings: a source is looked at and a mapping proposed that runs as it is."""

from __future__ import annotations

import re
from pathlib import Path

from geosparql.errors import CRSError, MappingError
from geotriples.access import shown_url
from geotriples.draft.drafted import Drafted
from geotriples.draft.layer import Layer
from geotriples.draft.layers import layers_of
from geotriples.draft.roles import roles_of
from geotriples.draft.survey import surveyed
from geotriples.draft.writing import write_draft
from geotriples.iris import ABSOLUTE_IRI, ILLEGAL_IN_IRI

__all__ = ["BASE_IRI", "draft"]

BASE_IRI = "https://example.org/"


def draft(
    source: str | Path,
    *,
    folder: Path | None = None,
    base_iri: str = BASE_IRI,
    layer: str | None = None,
    crs: str | None = None,
    query: str | None = None,
) -> str:
    """Propose a mapping of a source.

    Parameters
    ----------
    source
        Path of a vector file, table, JSON or XML document, Parquet file or class raster,
        or URL of a database or of the items of a service of features.
    folder
        Where the mapping will stand; by default the working directory.
    base_iri
        Beginning of the IRIs that it makes, with ``/`` or ``#`` at its end.
    layer
        The only layer or table that is wanted; by default all.
    crs
        CRS IRI of coordinates whose CRS the source does not state.
    query
        SELECT query, where the source is a SPARQL endpoint or an RDF file.

    Returns
    -------
    str
        RML in Turtle: classes, keys, datatypes, geometry with its CRS and measures,
        code lists, labels.

    Raises
    ------
    SourceError
        Where the source is missing, broken, or of a kind that cannot be drafted.
    CRSError
        Where geometry has no known CRS.
    MappingError
        Where the base is no IRI that others can continue.
    """
    legal = re.match(ABSOLUTE_IRI, base_iri) and not re.search(ILLEGAL_IN_IRI, base_iri)
    if not legal or base_iri[-1] not in "/#":
        raise MappingError("The base must be an IRI that ends with / or #", value=base_iri)
    text = str(source)
    drafted = [_drafted(one, crs) for one in layers_of(text, layer=layer, crs=crs, query=query)]
    title = shown_url(text) if "://" in text else Path(text).name
    return write_draft(drafted, title, base_iri, folder or Path())


def _drafted(layer: Layer, crs: str | None) -> Drafted:
    try:
        seen = surveyed(layer)
    except CRSError as error:
        raise CRSError(error.what, where=error.where, value=error.value,
                       hint="Name it: --crs with a CRS IRI") from error  # fmt: skip
    return Drafted(layer, seen, roles_of(layer, seen, crs))
