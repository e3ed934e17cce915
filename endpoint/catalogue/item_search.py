"""What an item search asks for, read from the parameters of a GET or the body of a POST.

STAC API 1.0.0, item search; query extension; filter extension with the part of
CQL2 that `endpoint.catalogue.conditions` reads; and, beside the standard, the
parameters ``class`` and ``share``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from endpoint.catalogue.conditions import Condition, parse_filter, parse_query
from endpoint.catalogue.footprint import Box, parse_box
from endpoint.catalogue.products import parse_interval
from geosparql.errors import InputError

DEFAULT_LIMIT = 10
MAX_LIMIT = 10_000


@dataclass(frozen=True, slots=True)
class ItemSearch:
    """An item search; what is None or empty does not restrict it.

    Parameters
    ----------
    ids, collections, platforms
        One of these.
    box
        West, south, east, north in CRS84 degrees; west may be greater than east.
    intersects
        A geometry in CRS84 that the footprint must intersect.
    start, end
        The acquisition must meet this closed interval.
    classes
        Names of classes (IRI, notation or label): one of them, or one of their
        narrower classes, must have been found.
    shares
        Bounds, as (comparison, number), of the part of the product that the classes
        cover together, 0 to 1.
    limit
        Most items on a page.
    token
        The `next_token` of the page before.
    """

    ids: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    box: Box | None = None
    intersects: BaseGeometry | None = None
    start: datetime | None = None
    end: datetime | None = None
    classes: tuple[str, ...] = ()
    shares: tuple[tuple[str, float], ...] = ()
    limit: int = DEFAULT_LIMIT
    token: str | None = None


def from_parameters(pairs: Iterable[tuple[str, str]]) -> ItemSearch:
    """Read the query string of a GET.

    Raises
    ------
    InputError
        For a parameter that is unknown, repeated or cannot be read.
    """
    given: dict[str, Any] = {}
    for name, value in pairs:
        if name in given and name != "class":
            raise InputError("A parameter is given twice", where=name, value=value)
        if name == "class":
            given.setdefault(name, []).append(value)
        elif name in ("ids", "collections"):
            given[name] = [part for part in value.split(",") if part]
        elif name == "bbox":
            given[name] = [_number(part, "bbox") for part in value.split(",")]
        elif name in ("intersects", "query"):
            given[name] = _json(value, name)
        elif name == "filter":
            given[name] = _json(value, name) if value.lstrip().startswith("{") else value
        elif name in ("limit", "share"):
            given[name] = _number(value, name)
        else:
            given[name] = value
    return from_body(given)


def from_body(body: Mapping[str, Any]) -> ItemSearch:
    """Read the JSON body of a POST.

    Raises
    ------
    InputError
        For a member that is unknown or cannot be read.
    """
    search = ItemSearch()
    for name, value in body.items():
        if value is None:
            continue
        read = _READERS.get(name)
        if read is None:
            raise InputError(
                "Not offered in an item search",
                where=name,
                value=value,
                hint=f"Offered are {', '.join(sorted(_READERS))}",
            )
        search = read(search, value)
    if search.box is not None and search.intersects is not None:
        raise InputError("An item search has bbox or intersects, not both")
    if search.shares and not search.classes:
        raise InputError("A share needs the class that it is of", where="eg:share")
    return search


def _number(text: str, where: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise InputError("Not a number", where=where, value=text) from error


def _json(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise InputError("Not JSON", where=where, value=text) from error


def _texts(value: Any, where: str) -> tuple[str, ...]:
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
        raise InputError("A list of texts is needed", where=where, value=value)
    return tuple(values)


def _ids(search: ItemSearch, value: Any) -> ItemSearch:
    return replace(search, ids=_texts(value, "ids"))


def _collections(search: ItemSearch, value: Any) -> ItemSearch:
    return replace(search, collections=_texts(value, "collections"))


def _bbox(search: ItemSearch, value: Any) -> ItemSearch:
    if not isinstance(value, list) or not all(type(each) in (int, float) for each in value):
        raise InputError("A bbox is a list of numbers", where="bbox", value=value)
    return replace(search, box=parse_box([float(each) for each in value]))


def _intersects(search: ItemSearch, value: Any) -> ItemSearch:
    if isinstance(value, str):
        value = _json(value, "intersects")
    try:
        geometry = shapely.from_geojson(json.dumps(value))
    except (shapely.errors.GEOSException, TypeError, ValueError) as error:
        raise InputError("Not a GeoJSON geometry", where="intersects", value=value) from error
    return replace(search, intersects=geometry)


def _datetime(search: ItemSearch, value: Any) -> ItemSearch:
    if not isinstance(value, str):
        raise InputError("A datetime is a text", where="datetime", value=value)
    start, end = parse_interval(value)
    return replace(search, start=start, end=end)


def _class(search: ItemSearch, value: Any) -> ItemSearch:
    return replace(search, classes=_texts(value, "class"))


def _share(search: ItemSearch, value: Any) -> ItemSearch:
    return _with_conditions(search, [Condition("eg:share", ">=", value)])


def _limit(search: ItemSearch, value: Any) -> ItemSearch:
    if type(value) not in (int, float) or value != int(value) or value < 1:
        raise InputError("limit is a whole number above 0", where="limit", value=value)
    return replace(search, limit=min(int(value), MAX_LIMIT))


def _token(search: ItemSearch, value: Any) -> ItemSearch:
    if not isinstance(value, str):
        raise InputError("A token is a text", where="token", value=value)
    return replace(search, token=value)


def _query(search: ItemSearch, value: Any) -> ItemSearch:
    return _with_conditions(search, parse_query(value))


def _filter(search: ItemSearch, value: Any) -> ItemSearch:
    return _with_conditions(search, parse_filter(value))


def _filter_lang(search: ItemSearch, value: Any) -> ItemSearch:
    if value not in ("cql2-text", "cql2-json"):
        raise InputError("Not a language of filters here", where="filter-lang", value=value)
    return search


_READERS = {
    "ids": _ids,
    "collections": _collections,
    "bbox": _bbox,
    "intersects": _intersects,
    "datetime": _datetime,
    "class": _class,
    "share": _share,
    "limit": _limit,
    "token": _token,
    "query": _query,
    "filter": _filter,
    "filter-lang": _filter_lang,
}


def _with_conditions(search: ItemSearch, conditions: Sequence[Condition]) -> ItemSearch:
    """Narrow a search by conditions, all of which must hold."""
    for condition in conditions:
        names = condition.texts()
        match condition.name, condition.operator:
            case "eg:class", "=" | "in" if not search.classes:
                search = replace(search, classes=names)
            case "eg:share", "<" | "<=" | ">" | ">=":
                bound = (condition.operator, condition.number())
                search = replace(search, shares=(*search.shares, bound))
            case "platform", "=" | "in":
                search = replace(search, platforms=_both(search.platforms, names))
            case "collection", "=" | "in":
                search = replace(search, collections=_both(search.collections, names))
            case "id", "=" | "in":
                search = replace(search, ids=_both(search.ids, names))
            case "geometry", "s_intersects" if search.intersects is None:
                search = _intersects(search, condition.value)
            case "datetime", "=" | "<=" | ">=":
                search = _within(search, condition)
            case _:
                raise condition.not_offered()
    return search


_NOTHING = ("",)


def _both(known: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    """Narrow a choice; the empty name, which nothing has, where none is left."""
    return tuple(name for name in more if name in known) or _NOTHING if known else more


def _within(search: ItemSearch, condition: Condition) -> ItemSearch:
    (text,) = condition.texts()
    start, end = parse_interval(text)
    if condition.operator in ("=", ">="):
        search = replace(search, start=max(filter(None, (search.start, start))))
    if condition.operator in ("=", "<="):
        search = replace(search, end=min(filter(None, (search.end, end))))
    return search
