"""Property paths of rule files: ``rdfs:label``, ``geo:hasGeometry/geo:asWKT``, ``^ex:part|ex:of``.

A subset of SPARQL's paths (SPARQL 1.1, 9): IRIs, ``^`` before one, sequences with
``/``, and alternatives of sequences with ``|``. IRIs stand in angle brackets or as
prefixed names; a path that is one IRI needs no brackets.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from geosparql.errors import RuleError

_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")
_STEP = re.compile(r"\s*(\^?)\s*(?:<([^<>\s]*)>|([\w.-]*:[\w.%~-]*))\s*")


@dataclass(frozen=True, slots=True)
class Step:
    """One property, followed from object to subject where `inverse`."""

    iri: str
    inverse: bool = False


@dataclass(frozen=True, slots=True)
class PropertyPath:
    """Alternatives, each a sequence of steps."""

    alternatives: tuple[tuple[Step, ...], ...]

    @property
    def iris(self) -> tuple[str, ...]:
        """Every property of the path."""
        return tuple(dict.fromkeys(step.iri for steps in self.alternatives for step in steps))


def parse_path(text: str, prefixes: Mapping[str, str]) -> PropertyPath:
    """Read a property path.

    Raises
    ------
    RuleError
        It is not one; the message has no place, which the caller knows.
    """
    if _IRI.fullmatch(text) and text.partition(":")[0] not in prefixes:
        return PropertyPath(((Step(text),),))
    alternatives: list[tuple[Step, ...]] = []
    steps: list[Step] = []
    place = 0
    while True:
        found = _STEP.match(text, place)
        if found is None:
            raise RuleError("is not a property path", value=text,
                            hint="<iri> or prefix:name, ^ before, / and | between")  # fmt: skip
        iri = found[2] if found[2] is not None else expanded(found[3], prefixes)
        steps.append(Step(absolute(iri), found[1] == "^"))
        place = found.end()
        mark = text[place : place + 1]
        if mark != "/":
            alternatives.append(tuple(steps))
            steps = []
        if not mark:
            return PropertyPath(tuple(alternatives))
        if mark not in "/|":
            raise RuleError(
                "is not a property path", value=text, hint=f"{mark!r} is not known here"
            )
        place += 1


def expanded(text: str, prefixes: Mapping[str, str]) -> str:
    """Give a prefixed name in full; another text as it is."""
    prefix, colon, local = text.partition(":")
    if colon and prefix in prefixes:
        return prefixes[prefix] + local
    return text


def absolute(iri: str) -> str:
    """Give an IRI, or raise where it is not absolute.

    Raises
    ------
    RuleError
        The text is no absolute IRI; the message has no place, which the caller knows.
    """
    if not _IRI.fullmatch(iri):
        raise RuleError("is not an absolute IRI", value=iri)
    return iri
