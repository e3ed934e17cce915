"""The rule file: which two sets, which condition, which links.

::

    name = "icebergs in ice"

    [left]
    files = ["icebergs.nt.gz"]              # RDF files or triple Parquet folders
    class = "https://example.org/Iceberg"   # optional

    [right]                                 # left out: the left set with itself
    files = ["ice_chart.nt.gz"]
    where = { "https://example.org/form" = "08" }   # optional: property = IRI or text

    [[link]]
    relations = ["sf_within", "sf_touches"]   # names, or a family: "sf", "eh", "rcc8"
    inverse = true                            # also the inverse links, where there are such

    [[link]]
    within_m = 5000
    predicate = "https://example.org/near"

    [[link]]
    nearest = 3
    max_m = 20000
    predicate = "https://example.org/nearest"
    graph = "https://example.org/graph/links"

File names are relative to the rule file. A family means its relations but the
disjoint one, which holds between almost all pairs; who wants it names it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.protocol import JoinCondition, Nearest, Related, WithinDistance
from geosparql.errors import FunctionError, RuleError
from geosparql.relations import RELATIONS, relation_of

FAMILIES = {
    family: tuple(
        relation.name
        for relation in RELATIONS
        if relation.name.startswith(f"{family}_") and relation.candidate is not None
    )
    for family in ("sf", "eh", "rcc8")
}


@dataclass(frozen=True, slots=True)
class FeatureSet:
    """One side: where its triples are, and which of its features take part."""

    name: str
    files: tuple[Path, ...]
    class_iri: str | None = None
    where: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class LinkRule:
    """A condition and how its links are said.

    `predicate` is None for relations, whose links are said with the relation's
    own property.
    """

    condition: JoinCondition
    predicate: str | None = None
    inverse: bool = False
    graph: str | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """A rule file, validated. `right` is None for a set that is linked with itself."""

    path: Path
    name: str
    left: FeatureSet
    right: FeatureSet | None
    links: tuple[LinkRule, ...]


# Keys of each table: type, and whether it must be there.
_KEYS: dict[str, dict[str, tuple[type | tuple[type, ...], bool]]] = {
    "left": {"files": (list, False), "class": (str, False), "where": (dict, False)},
    "right": {"files": (list, False), "class": (str, False), "where": (dict, False)},
    "link": {
        "relations": ((list, str), False),
        "within_m": ((int, float), False),
        "nearest": (int, False),
        "max_m": ((int, float), False),
        "predicate": (str, False),
        "inverse": (bool, False),
        "graph": (str, False),
    },
}
_CONDITIONS = ("relations", "within_m", "nearest")


def read_rules(path: Path, sets: Mapping[str, Sequence[Path]] | None = None) -> Rules:
    """Read and validate a rule file.

    Parameters
    ----------
    path
        The TOML file.
    sets
        Files of ``left`` and ``right`` that stand in for those of the rule file.

    Raises
    ------
    RuleError
        Naming the file, the key and what is allowed.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RuleError(
            "The rule file cannot be read", where=str(path), value=error.strerror
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RuleError(f"The rule file is not valid TOML ({error})", where=str(path)) from error
    _refuse_unknown(path, "The file", document, {"name", *_KEYS})
    sets = dict(sets or {})
    unknown = set(sets) - {"left", "right"}
    if unknown:
        raise RuleError("There is no such set", where=str(path), value=min(unknown),
                        hint="A rule file has the sets left and right")  # fmt: skip
    if "left" not in document and "left" not in sets:
        raise RuleError("The table [left] is missing", where=str(path))
    rows = document.get("link", [])
    if not isinstance(rows, list) or not rows:
        raise RuleError("There is no [[link]] table", where=str(path))
    return Rules(
        path=path,
        name=str(document.get("name", path.stem)),
        left=_feature_set(path, document, "left", sets),
        right=_feature_set(path, document, "right", sets)
        if "right" in document or "right" in sets
        else None,
        links=tuple(_link_rule(path, row) for row in rows),
    )


def _feature_set(
    path: Path, document: dict[str, Any], name: str, sets: Mapping[str, Sequence[Path]]
) -> FeatureSet:
    row = document.get(name, {})
    _check(path, name, row)
    files = (
        tuple(sets[name]) if name in sets else tuple(path.parent / f for f in row.get("files", ()))
    )
    if not files:
        raise RuleError(f"[{name}] names no files", where=str(path))
    for file in files:
        if not file.exists():
            raise RuleError(f"A file of [{name}] does not exist", where=str(path), value=file)
    where = row.get("where", {})
    for key, value in where.items():
        if not isinstance(value, str):
            raise RuleError(
                f"[{name}] where.{key!r} must be an IRI or a text", where=str(path), value=value
            )
    return FeatureSet(name, files, row.get("class"), tuple(where.items()))


def _link_rule(path: Path, row: dict[str, Any]) -> LinkRule:
    _check(path, "link", row)
    given = [key for key in _CONDITIONS if key in row]
    if len(given) != 1:
        raise RuleError(
            "[[link]] needs exactly one condition", where=str(path), value=given or None,
            hint=f"One of {', '.join(_CONDITIONS)}",
        )  # fmt: skip
    if given[0] == "relations":
        names = _relations(path, row["relations"])
        condition: JoinCondition = Related(names, with_matrix=True)
        if "predicate" in row and len(names) > 1:
            raise RuleError(
                "[[link]] has one predicate for several relations", where=str(path),
                value=row["predicate"], hint="Leave it out: each relation has its own property",
            )  # fmt: skip
    else:
        condition = _distance_condition(path, given[0], row)
        if "predicate" not in row:
            raise RuleError(f"[[link]] with {given[0]} needs a predicate", where=str(path))
    return LinkRule(condition, row.get("predicate"), row.get("inverse", False), row.get("graph"))


def _distance_condition(path: Path, key: str, row: dict[str, Any]) -> JoinCondition:
    if row[key] <= 0 or row.get("max_m", 1) <= 0:
        raise RuleError(f"[[link]] {key} and max_m must be above zero", where=str(path))
    if key == "within_m":
        return WithinDistance(float(row[key]))
    return Nearest(row[key], max_distance=row.get("max_m"))


def _relations(path: Path, given: list[Any] | str) -> tuple[str, ...]:
    names = [given] if isinstance(given, str) else given
    found: list[str] = []
    for name in names:
        try:
            found += FAMILIES.get(name) or (relation_of(name).name,)
        except FunctionError as error:
            raise RuleError(
                "[[link]] relations has an unknown name", where=str(path), value=name,
                hint=f"Families: {', '.join(FAMILIES)}; relations: {error.hint}",
            ) from error  # fmt: skip
    return tuple(dict.fromkeys(found))


def _check(path: Path, table: str, row: Any) -> None:
    if not isinstance(row, dict):
        raise RuleError(f"[{table}] must be a table", where=str(path))
    keys = _KEYS[table]
    _refuse_unknown(path, f"[{table}]", row, set(keys))
    for key, value in row.items():
        kind, _ = keys[key]
        # TOML knows booleans, Python counts them as integers.
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise RuleError(f"[{table}] '{key}' has the wrong type", where=str(path), value=value)


def _refuse_unknown(path: Path, place: str, row: dict[str, Any], known: set[str]) -> None:
    unknown = sorted(set(row) - known)
    if unknown:
        raise RuleError(
            f"{place} has an unknown key", where=str(path), value=unknown[0],
            hint=f"Known keys: {', '.join(sorted(known))}",
        )  # fmt: skip
