"""What a check finds: one finding, and how an error or a problem of rows becomes one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from geosparql.errors import EarthgraphError

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong with a mapping, or may be.

    Parameters
    ----------
    severity
        An error stops a conversion or makes wrong triples; a warning may be meant.
    file
        The mapping file.
    line
        Its line, where it is known.
    term_map
        Triples map and term map, or logical source.
    what
        What is wrong, one sentence without a full stop.
    value
        The value that shows it.
    source
        The file, database, or row of it that it was seen in.
    hint
        What to do about it.
    """

    severity: Severity
    file: str
    line: int | None
    term_map: str
    what: str
    value: str | None = None
    source: str | None = None
    hint: str | None = None

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        text = f"{place}: {self.severity}: "
        text += f"{self.term_map}: {self.what}" if self.term_map else self.what
        text += "" if self.value is None else f": {self.value!r}"
        text += "" if self.source is None else f" ({self.source})"
        return text + (f". {self.hint}" if self.hint else "")


def finding_at(
    path: Path,
    where: str,
    what: str,
    *,
    severity: Severity = "error",
    value: str | None = None,
    source: str | None = None,
    hint: str | None = None,
) -> Finding:
    """Make a finding of a place that says file, line and term map."""
    found = re.match(rf"(?:.*/)?{re.escape(path.name)}(?:, line (\d+))?(?:, (.*))?$", where)
    line, term_map = (found[1], found[2] or "") if found else (None, where)
    return Finding(severity, str(path), None if line is None else int(line), term_map, what,
                   value, source, hint)  # fmt: skip


def finding_of(path: Path, error: EarthgraphError, where: str) -> Finding:
    """Make a finding of an error; `where` is the term map that met it.

    Messages of sources name the source, those of mappings the term map itself.
    """
    said = error.where or where
    in_mapping = re.match(rf"(?:.*/)?{re.escape(path.name)}(,|$)", said) is not None
    return finding_at(
        path, said if in_mapping else where, error.what, value=error.value,
        source=None if in_mapping else said, hint=error.hint,
    )  # fmt: skip
