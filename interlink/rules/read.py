"""Read a rule file, in whichever language, and check it.

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

File names are relative to the rule file. Every key: `interlink.rules.tables`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from geosparql.errors import RuleError
from interlink.rules.document import Table
from interlink.rules.links import link_rule
from interlink.rules.model import Annotate, LinkRule, Rules
from interlink.rules.sets import feature_set
from interlink.rules.tables import FILE_KEYS
from interlink.rules.toml_file import read_toml
from interlink.rules.turtle_file import read_turtle


def read_rules(path: Path, sets: Mapping[str, Sequence[Path]] | None = None) -> Rules:
    """Read and validate a rule file.

    Parameters
    ----------
    path
        TOML, or Turtle by its extension (`interlink.rules.turtle_file`).
    sets
        Files of ``left`` and ``right`` that stand in for the sources of the rule file.

    Raises
    ------
    RuleError
        Naming the file, the line, the key and what is allowed.
    """
    root = _read(path)
    root.check(FILE_KEYS)
    given = dict(sets or {})
    unknown = set(given) - {"left", "right"}
    if unknown:
        raise RuleError("There is no such set", where=str(path), value=min(unknown),
                        hint="A rule file has the sets left and right")  # fmt: skip
    if "left" not in root.values and "left" not in given:
        raise RuleError("The table [left] is missing", where=str(path))
    left = feature_set(root, "left", given.get("left"))
    right = None
    if "right" in root.values or "right" in given:
        right = feature_set(root, "right", given.get("right"))
    if right is not None and replace(right, name=left.name) == left:
        right = None  # the same set twice is one that is linked with itself
    links = tuple(
        link_rule(table, left, right or left) for table in root.tables("link", "[[link]]")
    )
    if not links:
        raise RuleError("There is no [[link]] table", where=str(path))
    return Rules(
        path=path,
        name=root.values.get("name", path.stem),
        left=left,
        right=right,
        links=links,
        annotate=_annotate(root, links),
    )


def _annotate(root: Table, links: Sequence[LinkRule]) -> Annotate:
    """Give how values stand with their links: as triple terms, unless the file says otherwise."""
    valued = any(rule.values or rule.matrix for rule in links)
    given: Annotate = root.values.get("annotate", "triple_term" if valued else "none")
    if valued and given == "none":
        raise root.error("gives values with links, but annotate is none", key="annotate")
    return given


def _read(path: Path) -> Table:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise RuleError(
            "The rule file cannot be read", where=str(path), value=error.strerror
        ) from error
    except UnicodeDecodeError as error:
        raise RuleError(f"The rule file is not UTF-8 ({error})", where=str(path)) from error
    turtle = path.suffix.lower() in (".ttl", ".turtle")
    return read_turtle(path, text) if turtle else read_toml(path, text)
