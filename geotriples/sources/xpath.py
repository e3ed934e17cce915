"""Which XPaths can be answered while an XML document streams by."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_STEPS = re.compile(r"(?P<start>//?)(?P<steps>[\w.:*-]+(?:/[\w.:*-]+)*)")
_STEP = re.compile(r"(?:[\w-][\w.-]*:)?(?:[^\W\d][\w.-]*|\*)")
_ATTRIBUTE_ABOVE = re.compile(r"(?:\.\./)*@[\w.:-]+")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_OUTSIDE = re.compile(
    r"\.\.|ancestor|parent|preceding|following|\bid\s*\(|\blang\s*\(|(?:^|[^\w\])*./@'\"])\s*/"
)


@dataclass(frozen=True, slots=True)
class RowPath:
    """An iterator; `steps` where it is a plain path whose elements can be streamed."""

    text: str
    anchored: bool = True
    steps: tuple[str, ...] = ()

    @property
    def below(self) -> str:
        """XPath from an element to itself and all below it that the path selects."""
        conditions = ""
        for step in self.steps[:-1]:
            conditions = f"[parent::{step}{conditions}]"
        return f"descendant-or-self::{self.steps[-1]}{conditions}"

    def tags(self, namespaces: Mapping[str, str]) -> tuple[str, ...]:
        """Give the steps as lxml writes tags; ``*`` stays."""
        made = []
        for step in self.steps:
            prefix, colon, name = step.rpartition(":")
            made.append(f"{{{namespaces[prefix]}}}{name}" if colon else name)
        return tuple(made)

    def fits(self, tags: Sequence[str], steps: tuple[str, ...]) -> bool:
        """Say whether an element is selected; `tags` are those from the root down to it."""
        if len(tags) < len(steps) or (self.anchored and len(tags) > len(steps)):
            return False
        return all(
            step in ("*", tag)
            or (step.endswith("}*") and tag.startswith(step[:-1]))
            for step, tag in zip(reversed(steps), reversed(tags), strict=False)
        )  # fmt: skip


def parse_row_path(iterator: str, references: Sequence[str]) -> RowPath:
    """Read an iterator: plain steps of element names that `references` allow to stream.

    References may look at their row, below it, and at attributes of what is above.
    """
    text = iterator.strip()
    found = _STEPS.fullmatch(text)
    if found is None or any(_looks_outside(reference.strip()) for reference in references):
        return RowPath(text)
    steps = tuple(found["steps"].split("/"))
    if not all(_STEP.fullmatch(step) for step in steps):
        return RowPath(text)
    return RowPath(text, found["start"] == "/", steps)


def _looks_outside(reference: str) -> bool:
    bare = _QUOTED.sub("''", reference)
    return not _ATTRIBUTE_ABOVE.fullmatch(bare) and bool(_OUTSIDE.search(bare))
