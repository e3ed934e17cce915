"""The catalogue: products found by place, time and what was found in them."""

from __future__ import annotations

import base64
import binascii
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from endpoint.catalogue import queries
from endpoint.catalogue.footprint import WORLD, Box
from endpoint.catalogue.item_search import ItemSearch
from endpoint.catalogue.products import Collection, Page, Product, read_moment
from endpoint.catalogue.reading import Row, number, products_of, rows_of, said_of, text
from endpoint.sparql.engine import Answer, QueryOptions
from engine.protocol import Control
from geosparql.errors import InputError
from geosparql.vocabulary import DCTERMS


class Answerer(Protocol):
    """Whatever answers queries: a store's engine or a federation."""

    def query(self, text: str, *, control: Control, options: QueryOptions) -> Answer:
        """Answer one SPARQL query."""
        ...


class Catalogue:
    """Searches the products in whatever answers SPARQL queries.

    A product is an `eg:Product` with `dcterms:identifier`, `eg:inCollection`, and
    `eg:acquired` or `eg:acquisitionStart` and `eg:acquisitionEnd`; its footprint
    is `geo:hasGeometry`, its detections point to it by `eg:detectedIn`. A
    collection is an `eg:Collection` with `dcterms:identifier`.

    Parameters
    ----------
    answerer
        Object with ``query(text, *, control, options) -> Answer``.
    """

    def __init__(self, answerer: Answerer) -> None:
        self._answerer = answerer

    def search(self, search: ItemSearch, *, control: Control | None = None) -> Page:
        """Give a page of products, newest first, then by id.

        A class that is asked for stands for itself and all that are narrower
        (`skos:broader`). A share is that of these classes together: the stated
        `eg:share`, else by area, else by pixels.

        Raises
        ------
        InputError
            A class is not known, or the token is not one of ours.
        """
        control = control or Control()
        after = None if search.token is None else _read_token(search.token)
        concepts = self._narrower(search.classes, control) if search.classes else None
        rows = self._rows(queries.page_query(search, concepts, after), control)
        more = len(rows) > search.limit
        rows = rows[: search.limit]
        token = _write_token(rows[-1]) if more else None
        return Page(self._products(rows, control), token)

    def item(
        self, collection: str, item_id: str, *, control: Control | None = None
    ) -> Product | None:
        """Give one product by its ids; None where there is none."""
        wanted = ItemSearch(ids=(item_id,), collections=(collection,), limit=1)
        return next(iter(self.search(wanted, control=control).products), None)

    def collections(self, *, control: Control | None = None) -> tuple[Collection, ...]:
        """Give the collections with the extent of what they hold, by id."""
        control = control or Control()
        described = said_of(self._rows(queries.COLLECTIONS_QUERY, control), "collection")
        starts = _by_collection(self._rows(queries.STARTS_QUERY, control))
        ends = _by_collection(self._rows(queries.ENDS_QUERY, control))
        boxes = _by_collection(self._rows(queries.EXTENTS_QUERY, control))
        platforms: dict[str, set[str]] = defaultdict(set)
        for row in self._rows(queries.PLATFORMS_QUERY, control):
            platforms[text(row, "collection")].add(text(row, "platform"))
        found = [
            Collection(
                id=said[DCTERMS + "identifier"],
                title=said.get(DCTERMS + "title", said[DCTERMS + "identifier"]),
                description=said.get(DCTERMS + "description", "Products of one kind"),
                license=_license(said.get(DCTERMS + "license", "")),
                bbox=_box(boxes.get(iri, {})),
                start=_moment(starts.get(iri, {}), "first"),
                end=max(
                    filter(None, (_moment(each.get(iri, {}), "last") for each in (starts, ends))),
                    default=None,
                ),
                platforms=tuple(sorted(platforms[iri])),
            )
            for iri, said in described.items()
            if DCTERMS + "identifier" in said
        ]
        return tuple(sorted(found, key=lambda each: each.id))

    def collection(self, name: str, *, control: Control | None = None) -> Collection | None:
        """Give one collection by its id; None where there is none."""
        found = self.collections(control=control)
        return next((each for each in found if each.id == name), None)

    def concept_schemes(self, *, control: Control | None = None) -> tuple[tuple[str, str], ...]:
        """Give IRI and title of the code lists that classes may come from."""
        rows = self._rows(queries.SCHEMES_QUERY, control or Control())
        return tuple((text(row, "scheme"), text(row, "title")) for row in rows)

    # Classes

    def _narrower(self, names: Sequence[str], control: Control) -> list[str]:
        """Give the concepts of some names and all that are narrower."""
        tops = [iri for name in names for iri in self._concepts(name, control)]
        rows = self._rows(queries.narrower_query(tops), control)
        return sorted({text(row, "concept") for row in rows} | set(tops))

    def _concepts(self, name: str, control: Control) -> list[str]:
        """Give the concepts that a name means: an IRI itself, a notation or a label."""
        if "://" in name or name.startswith("urn:"):
            return [name]
        rows = self._rows(queries.concepts_query(name), control)
        if not rows:
            raise InputError(
                "There is no such class",
                value=name,
                hint="Give the IRI, the notation or a label of a concept of a loaded code list",
            )
        return [text(row, "concept") for row in rows]

    # Parts

    def _rows(self, asked: str, control: Control) -> list[Row]:
        return rows_of(self._answerer.query(asked, control=control, options=QueryOptions()))

    def _products(self, rows: Sequence[Row], control: Control) -> tuple[Product, ...]:
        if not rows:
            return ()
        iris = [text(row, "product") for row in rows]
        classes = self._rows(queries.classes_query(iris), control)
        concepts = sorted({text(row, "class") for row in classes})
        return products_of(
            rows,
            properties=self._rows(queries.properties_query(iris), control),
            footprints=self._rows(queries.footprints_query(iris), control),
            classes=classes,
            measures=self._rows(queries.measures_query(iris), control) if classes else [],
            labels=self._rows(queries.labels_query(concepts), control) if classes else [],
            assets=self._rows(queries.assets_query(iris), control),
        )


def _by_collection(rows: Iterable[Row]) -> dict[str, Row]:
    return {text(row, "collection"): row for row in rows if "collection" in row}


def _license(iri: str) -> str:
    """Give the SPDX id of a license: as stated, or of its IRI; ``other`` where none is known."""
    if iri and "://" not in iri:
        return iri
    return _SPDX.get(iri.replace("http://", "https://").rstrip("/"), "other")


_SPDX = {
    "https://creativecommons.org/publicdomain/zero/1.0": "CC0-1.0",
    "https://creativecommons.org/licenses/by/4.0": "CC-BY-4.0",
    "https://creativecommons.org/licenses/by-sa/4.0": "CC-BY-SA-4.0",
    "https://www.apache.org/licenses/LICENSE-2.0": "Apache-2.0",
}


def _box(row: Mapping[str, object]) -> Box:
    bounds = [number(row, name) for name in ("west", "south", "east", "north")]
    west, south, east, north = bounds
    if west is None or south is None or east is None or north is None:
        return WORLD
    return west, south, east, north


def _moment(row: Row, name: str) -> datetime | None:
    return read_moment(text(row, name)) if name in row else None


# A token is the place after which the next page begins, so that products that are
# added or removed meanwhile neither repeat nor hide others.


def _write_token(row: Row) -> str:
    place = json.dumps([text(row, "start"), text(row, "id")])
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def _read_token(token: str) -> tuple[datetime, str]:
    try:
        padded = token + "=" * (-len(token) % 4)
        start, item_id = json.loads(base64.urlsafe_b64decode(padded.encode()))
        return read_moment(start), str(item_id)
    except (binascii.Error, ValueError, TypeError, AttributeError) as error:
        raise InputError("Not a token of this catalogue", where="token", value=token) from error
