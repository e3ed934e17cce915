"""What the catalogue knows of a product: frozen values, free of STAC and of SPARQL."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from shapely.geometry.base import BaseGeometry

from geosparql.errors import InputError

_RFC_3339 = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.IGNORECASE | re.ASCII
)


@dataclass(frozen=True, slots=True)
class Detection:
    """A class that a model found in a product.

    Parameters
    ----------
    concept
        IRI of the class, a concept of a code list.
    share
        Part of the product's classified area, 0 to 1; None where it is not known.
    area_m2
        Area in square metres; None where it is not known.
    pixels
        Number of pixels; None where it is not known.
    notation
        Code of the class in its code list.
    label
        Name of the class.
    """

    concept: str
    share: float | None = None
    area_m2: float | None = None
    pixels: int | None = None
    notation: str | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of a product."""

    key: str
    href: str
    media_type: str | None = None
    title: str | None = None
    role: str = "data"


@dataclass(frozen=True, slots=True)
class Product:
    """One product: an image or a map made from one.

    `footprint` is in CRS84 degrees, cut at the antimeridian; None where it is not
    known. `start` and `end` are equal for a product of one moment.
    """

    iri: str
    id: str
    collection: str
    footprint: BaseGeometry | None
    start: datetime
    end: datetime
    title: str | None = None
    platform: str | None = None
    instrument: str | None = None
    detections: tuple[Detection, ...] = ()
    assets: tuple[Asset, ...] = ()


@dataclass(frozen=True, slots=True)
class Collection:
    """A set of products that are searched together, with the extent of what it holds."""

    id: str
    title: str
    description: str
    license: str = "other"
    bbox: tuple[float, float, float, float] = (-180.0, -90.0, 180.0, 90.0)
    start: datetime | None = None
    end: datetime | None = None
    platforms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a search: products in order, and the token of the next page, if there is one."""

    products: tuple[Product, ...]
    next_token: str | None = None
    matched: int | None = None


def parse_moment(text: str) -> datetime:
    """Read a moment of a request, strictly as RFC 3339 has it: with time and time zone.

    Raises
    ------
    InputError
        Where the text is something else.
    """
    if not _RFC_3339.fullmatch(text):
        raise InputError("Not a date and time with time zone (RFC 3339)", value=text)
    return read_moment(text)


def read_moment(text: str) -> datetime:
    """Read a stored moment or date; one without a time zone is taken as UTC.

    Raises
    ------
    InputError
        Where the text is no date or date and time.
    """
    try:
        moment = datetime.fromisoformat(text.strip().upper())
    except ValueError as error:
        raise InputError("Not a date and time (RFC 3339)", value=text) from error
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def format_moment(moment: datetime) -> str:
    """Write a moment as RFC 3339 in UTC, with ``Z``."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def parse_interval(text: str) -> tuple[datetime | None, datetime | None]:
    """Read a moment or an interval ``start/end`` with open ends (``..`` or nothing).

    Returns
    -------
    tuple
        First and last moment, both included; None where the end is open.

    Raises
    ------
    InputError
        Where it is neither, is open at both ends, or ends before it starts.
    """
    parts = text.split("/")
    if len(parts) == 1:
        moment = parse_moment(text)
        return moment, moment
    if len(parts) != 2 or all(part in ("", "..") for part in parts):
        raise InputError("A datetime is a moment or start/end with one end open", value=text)
    start, end = (None if part in ("", "..") else parse_moment(part) for part in parts)
    if start is not None and end is not None and end < start:
        raise InputError("The interval ends before it starts", value=text)
    return start, end
