"""A rule file as nested tables, whichever language it is in, that know their lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from geosparql.errors import RuleError
from interlink.rules.paths import absolute, expanded
from interlink.rules.tables import KIND_WORDS, Key, Kind

Place = tuple[str | int, ...]
"""Keys, and numbers of tables, from the root: ``("link", 1, "score", 0, "measure")``."""

_TYPES: dict[Kind, tuple[type, ...]] = {
    "text": (str,),
    "iri": (str,),
    "number": (int, float),
    "integer": (int,),
    "flag": (bool,),
    "texts": (str, list),
    "numbers": (list,),
    "table": (dict, list),
    "tables": (list,),
}
_ITEMS: dict[Kind, tuple[type, ...]] = {
    "texts": (str,),
    "numbers": (int, float),
    "table": (str,),
    "tables": (dict,),
}


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a rule file.

    Parameters
    ----------
    file
        The rule file.
    title
        What messages call the table.
    values
        Values by key: texts, numbers, flags, lists and dictionaries.
    lines
        Line of each place of the file that is known.
    place
        Where this table stands.
    prefixes
        Prefix to namespace.
    """

    file: Path
    title: str
    values: Mapping[str, Any]
    lines: Mapping[Place, int]
    place: Place = ()
    prefixes: Mapping[str, str] = field(default_factory=dict)

    def error(
        self, message: str, *, key: str = "", value: object = None, hint: str | None = None
    ) -> RuleError:
        """Make an error that names the file, the line of the key, and the table."""
        place = (*self.place, key) if key else self.place
        while place and place not in self.lines:
            place = place[:-1]
        line = f", line {self.lines[place]}" if place in self.lines else ""
        return RuleError(
            f"{self.title} {message}".strip(), where=f"{self.file}{line}", value=value, hint=hint
        )

    def check(self, keys: Sequence[Key]) -> None:
        """Refuse unknown keys, wrong types and values that are not among the choices."""
        known = {key.name: key for key in keys}
        for name, value in self.values.items():
            if name not in known:
                raise self.error(
                    "has an unknown key", key=name, value=name, hint=near(name, tuple(known))
                )
            key = known[name]
            if not _fits(value, key.kind):
                raise self.error(f"'{name}' has the wrong type", key=name, value=value,
                                 hint=f"It is {KIND_WORDS[key.kind]}")  # fmt: skip
            if key.choices:
                for item in value if isinstance(value, list) else [value]:
                    if item not in key.choices:
                        raise self.error(f"'{name}' has an unknown value", key=name, value=item,
                                         hint=near(item, key.choices))  # fmt: skip

    def texts(self, key: str) -> tuple[str, ...]:
        """Give one or several texts as several."""
        value = self.values.get(key, ())
        return (value,) if isinstance(value, str) else tuple(value)

    def iri(self, key: str) -> str | None:
        """Give an IRI in full; None where the key is absent."""
        if key not in self.values:
            return None
        try:
            return absolute(expanded(self.values[key], self.prefixes))
        except RuleError as error:
            raise self.error(f"'{key}' is not an absolute IRI", key=key, value=self.values[key],
                             hint="In full, or with a prefix of [prefixes]") from error  # fmt: skip

    def table(self, key: str, title: str) -> Table:
        """Give a table that stands under a key; an empty one where it is absent."""
        return self._under((key,), title, self.values.get(key, {}))

    def tables(self, key: str, title: str) -> Iterator[Table]:
        """Give the tables of a list, titled by their numbers."""
        for number, values in enumerate(self.values.get(key, ())):
            yield self._under((key, number), f"{title} {number + 1}", values)

    def _under(self, place: Place, title: str, values: Any) -> Table:
        if not isinstance(values, dict):
            raise self.error(f"'{place[0]}' has the wrong type", key=str(place[0]), value=values,
                             hint="It is a table")  # fmt: skip
        return Table(self.file, title, values, self.lines, (*self.place, *place), self.prefixes)


def near(name: str, known: Sequence[str]) -> str:
    """Give the hint to an unknown name: the one that was meant, else all."""
    close = get_close_matches(str(name), known, n=1)
    return f"Did you mean {close[0]}?" if close else f"Known: {', '.join(known)}"


def _fits(value: object, kind: Kind) -> bool:
    """Tell whether a value is of a kind."""
    if not _is_any(value, _TYPES[kind]):
        return False
    return not isinstance(value, list) or all(_is_any(item, _ITEMS[kind]) for item in value)


def _is_any(value: object, types: tuple[type, ...]) -> bool:
    """Tell whether a value is of a type; a flag is no number, though Python counts it as one."""
    return isinstance(value, types) and (bool in types or not isinstance(value, bool))
