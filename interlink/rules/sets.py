"""Feature sets of a rule file: where the features are, and what is asked of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from geosparql.crs_codes import srid_of
from geosparql.errors import CRSError, RuleError
from interlink.rules.document import Table
from interlink.rules.model import (
    MADE_IRIS,
    Attribute,
    FeatureSet,
    FilesSource,
    QuerySource,
    Source,
    StoreSource,
    VectorSource,
)
from interlink.rules.paths import PropertyPath, parse_path
from interlink.rules.tables import SET_KEYS, TIME_KEYS

_SOURCES = ("files", "vector", "query", "store")
# Beside each kind of source: the keys that belong to it, and those that it has no use for.
_OF_SOURCE = {
    "files": (),
    "vector": ("layer", "iri", "base"),
    "query": ("store", "endpoint"),
    "store": ("from_graph",),
}
_NOT_FOR = {
    "files": (),
    "store": (),
    "vector": ("class", "geometries"),
    "query": ("class", "where", "geometries"),
}
_QUERY_FORM = re.compile(r"\bselect\b", re.IGNORECASE)


def feature_set(root: Table, name: str, files: Sequence[Path] | None) -> FeatureSet:
    """Give a set of a rule file.

    Parameters
    ----------
    root
        The file.
    name
        ``left`` or ``right``.
    files
        Stand in for the source that the rule file names.
    """
    table = root.table(name, f"[{name}]")
    table.check(SET_KEYS)
    kind = "files" if files else _kind(table)
    _refuse_foreign(table, kind)
    source = _existing(table, tuple(files)) if files else _source(table, kind)
    return FeatureSet(
        name=name,
        source=source,
        class_iri=table.iri("class"),
        where=_where(table, kind),
        box=_box(table),
        attributes=_attributes(table, kind),
        time=_time(table, kind),
        geometries=table.values.get("geometries", "default"),
        invalid=table.values.get("invalid", "repair"),
        crs_iri=_crs(table),
    )


def _kind(table: Table) -> str:
    """Tell which kind of source a set has: a store's query is a query."""
    given = [key for key in _SOURCES if key in table.values]
    if not given:
        raise table.error("names no files", hint=f"One of {', '.join(_SOURCES)}")
    if len(given) > 1 and set(given) != {"query", "store"}:
        raise table.error("has more than one source", key=given[1], value=given,
                          hint=f"One of {', '.join(_SOURCES)}")  # fmt: skip
    return given[0]


def _refuse_foreign(table: Table, kind: str) -> None:
    """Refuse keys that the kind of source has no use for."""
    foreign = {key for keys in _OF_SOURCE.values() for key in keys}
    foreign = foreign - set(_OF_SOURCE[kind]) - {kind} | set(_NOT_FOR[kind])
    for key in table.values:
        if key in foreign:
            raise table.error(f"'{key}' has no meaning for {kind}", key=key)


def _source(table: Table, kind: str) -> Source:
    folder = table.file.parent
    match kind:
        case "files":
            return _existing(table, tuple(folder / name for name in table.texts("files")))
        case "store":
            return StoreSource(_path(table, "store"), table.iri("from_graph"))
        case "vector":
            base = table.iri("base") or MADE_IRIS
            layer, iri = table.values.get("layer"), table.values.get("iri")
            if iri is not None and not re.search(r"\{[^{}]+\}", iri):
                raise table.error("'iri' is no template: it names no column", key="iri", value=iri,
                                  hint="As https://example.org/{id}")  # fmt: skip
            return VectorSource(_path(table, "vector"), layer, iri, base)
        case _:
            return _query(table)


def _existing(table: Table, files: tuple[Path, ...]) -> FilesSource:
    if not files:
        raise table.error("names no files", key="files")
    for file in files:
        if not file.exists():
            raise table.error("A file does not exist", key="files", value=file)
    return FilesSource(files)


def _path(table: Table, key: str) -> Path:
    path = table.file.parent / cast(str, table.values[key])
    if not path.exists():
        raise table.error(f"'{key}' does not exist", key=key, value=path)
    return path


def _query(table: Table) -> QuerySource:
    text = cast(str, table.values["query"])
    if not _QUERY_FORM.search(text):
        path = table.file.parent / text
        if not path.is_file():
            raise table.error("'query' is no SELECT query and no file", key="query", value=text)
        text = path.read_text(encoding="utf-8")
    endpoint = table.values.get("endpoint")
    if (endpoint is None) == ("store" not in table.values):
        raise table.error("'query' needs a store or an endpoint to ask, and one only", key="query")
    if endpoint is not None and not re.match(r"https?://", endpoint):
        raise table.error("'endpoint' is no URL", key="endpoint", value=endpoint)
    return QuerySource(text, _path(table, "store") if endpoint is None else None, endpoint)


def _where(table: Table, kind: str) -> tuple[tuple[PropertyPath | str, tuple[str, ...]], ...]:
    rows = table.table("where", f"{table.title} where")
    found = []
    for key, value in rows.values.items():
        values = value if isinstance(value, list) else [value]
        if not values or not all(isinstance(item, str) for item in values):
            raise rows.error(f"{key!r} must be an IRI, a text or a list of them", key=key,
                             value=value)  # fmt: skip
        found.append((_reference(rows, kind, key, key), tuple(values)))
    return tuple(found)


def _attributes(table: Table, kind: str) -> tuple[Attribute, ...]:
    given = table.values.get("attributes", {})
    if isinstance(given, list):
        if kind not in ("query", "vector"):
            raise table.error("'attributes' must be a table of names and property paths",
                              key="attributes", value=given)  # fmt: skip
        return tuple(Attribute(name, name) for name in given)
    rows = table.table("attributes", f"{table.title} attributes")
    return tuple(
        Attribute(key, _reference(rows, kind, key, rows.values[key])) for key in rows.values
    )


def _time(table: Table, kind: str) -> tuple[PropertyPath | str, PropertyPath | str] | None:
    if "time" not in table.values:
        return None
    rows = table.table("time", f"{table.title} time")
    rows.check(TIME_KEYS)
    keys = set(rows.values)
    if keys not in ({"at"}, {"start", "end"}):
        raise table.error("'time' needs either at, or start and end", key="time", value=keys)
    start, end = ("at", "at") if keys == {"at"} else ("start", "end")
    paths = [_reference(rows, kind, key, rows.values[key]) for key in (start, end)]
    return paths[0], paths[1]


def _reference(table: Table, kind: str, key: str, text: object) -> PropertyPath | str:
    """Read a property path, or take the name of a variable or column."""
    if not isinstance(text, str):
        raise table.error(f"'{key}' has the wrong type", key=key, value=text)
    if kind in ("query", "vector"):
        return text.removeprefix("?") if kind == "query" else text
    try:
        return parse_path(text, table.prefixes)
    except RuleError as error:
        raise table.error(f"'{key}' {error.what}", key=key, value=error.value,
                          hint=error.hint) from error  # fmt: skip


def _box(table: Table) -> tuple[float, float, float, float] | None:
    if "box" not in table.values:
        return None
    sides = [float(side) for side in table.values["box"]]
    if len(sides) != 4 or not (-90 <= sides[1] <= sides[3] <= 90) or not all(
        -180 <= side <= 180 for side in sides[::2]
    ):  # fmt: skip
        raise table.error("'box' must be west, south, east, north in degrees", key="box",
                          value=sides, hint="Across 180 degrees west is above east")  # fmt: skip
    return sides[0], sides[1], sides[2], sides[3]


def _crs(table: Table) -> str | None:
    iri = table.iri("crs")
    if iri is not None:
        try:
            srid_of(iri)
        except CRSError as error:
            raise table.error("'crs' is not known", key="crs", value=iri) from error
    return iri
