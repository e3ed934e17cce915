"""What was the matter with the geometries of a set: counted, and listed feature by feature."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlglot import exp

from engine.protocol import Control, Engine, Relation
from engine.triple_files import replaced_file
from geosparql.errors import SourceError, shorten

MOST_LISTED = 1000
_REASON_LENGTH = 200
_COLUMNS = ("feature", "problem", "reason")


@dataclass(frozen=True, slots=True)
class Problem:
    """One geometry that was repaired or is not linked."""

    side: str
    feature: str
    problem: str
    """``unreadable``, ``empty``, ``invalid``, ``unnamed`` (left out) or ``repaired``."""
    reason: str | None = None

    def __str__(self) -> str:
        """Say it in one line."""
        said = f"{self.side}: {self.feature} {self.problem}"
        return said if self.reason is None else f"{said}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Problems:
    """How many geometries of a set have which problem, and the first in order of features.

    `relation` holds all: ``feature``, ``problem``, ``reason``.
    """

    side: str
    relation: Relation
    counts: Mapping[str, int]
    listed: tuple[Problem, ...] = ()


def read_problems(
    engine: Engine, cleaned: Relation, side: str, *, control: Control | None = None
) -> Problems:
    """Count and list what was the matter with the rows of a set.

    Parameters
    ----------
    engine
        Where they stand.
    cleaned
        Of `interlink.cleaning.CLEAN_SCHEMA`.
    side
        Name of the set.
    """
    several = exp.column("problem").is_(exp.null()).not_()
    rows = exp.select(*_COLUMNS).distinct().from_(cleaned.table()).where(several)
    found = engine.materialize(rows, control=control)
    count = exp.func("count", exp.Star()).as_("n")
    counting = exp.select("problem", count).from_(found.table()).group_by("problem")
    with engine.run(counting.order_by("problem")) as reader:
        counts = {row["problem"]: row["n"] for row in reader.read_all().to_pylist()}
    listed: tuple[Problem, ...] = ()
    if counts:
        with engine.run(_ordered(found).limit(MOST_LISTED)) as reader:
            listed = tuple(_problem(side, row) for row in reader.read_all().to_pylist())
    return Problems(side, found, counts, listed)


def _ordered(found: Relation) -> exp.Select:
    return found.select(*_COLUMNS).order_by(*map(exp.column, _COLUMNS))


def _problem(side: str, row: Mapping[str, Any]) -> Problem:
    reason = row["reason"]
    short = None if reason is None else shorten(reason, _REASON_LENGTH)
    return Problem(side, row["feature"], row["problem"], short)


def refuse_invalid(problems: Problems) -> None:
    """Raise where a set has an invalid geometry.

    Raises
    ------
    SourceError
        Naming the first feature in order.
    """
    invalid = next((row for row in problems.listed if row.problem == "invalid"), None)
    if invalid is not None:
        raise SourceError(
            f"{problems.counts['invalid']} geometries of the set are invalid ({invalid.reason})",
            where=f"[{problems.side}]", value=invalid.feature,
            hint='Choose invalid = "repair" or "skip" in the rule file',
        )  # fmt: skip


def write_problems(engine: Engine, several: Sequence[Problems], path: Path) -> None:
    """Write all problems of some sets as JSON lines."""
    with replaced_file(path) as stream:
        for problems in several:
            with engine.run(_ordered(problems.relation)) as reader:
                for batch in reader:
                    for row in batch.to_pylist():
                        line = json.dumps({"side": problems.side, **row}, ensure_ascii=False)
                        stream.write(line.encode("utf-8") + b"\n")
