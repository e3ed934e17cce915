"""Keys of rule files that are read but have no effect yet: refused, never ignored.

Whoever gives a key its effect takes its row away.
"""

from __future__ import annotations

from collections.abc import Callable

from geosparql.errors import RuleError
from interlink.rules.model import FeatureSet, FilesSource, Rules

_OF_SETS: tuple[tuple[str, Callable[[FeatureSet], bool]], ...] = (
    ("another source than files", lambda chosen: not isinstance(chosen.source, FilesSource)),
    ("box", lambda chosen: chosen.box is not None),
    ("attributes", lambda chosen: bool(chosen.attributes)),
    ("time", lambda chosen: chosen.time is not None),
    ("geometries", lambda chosen: chosen.geometries == "all"),
    ("invalid", lambda chosen: chosen.invalid in ("skip", "error")),
    ("crs", lambda chosen: chosen.crs_iri is not None),
)


def refuse_pending(rules: Rules) -> None:
    """Refuse rules that ask for what is not built yet.

    Raises
    ------
    RuleError
        Naming the file, the table and the key.
    """
    sides = (rules.left,) if rules.right is None else (rules.left, rules.right)
    asked = [
        *((f"[{side.name}]", key) for side in sides for key, asks in _OF_SETS if asks(side)),
    ]  # fmt: skip
    for title, key in asked:
        raise RuleError(f"{title} asks for what is not built yet", where=str(rules.path),
                        value=key)  # fmt: skip
