"""Which step of a pipeline read what, so that a step whose inputs did not change is skipped."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from engine.digests import content_digest

STATE_FILE = "state.json"


@dataclass(frozen=True, slots=True)
class StepReport:
    """What one step made, how long it took, and whether it could be skipped."""

    step: str
    reads: str
    made: str
    seconds: float
    skipped: bool


class Ledger:
    """The record of finished steps, kept as one JSON file in the output folder.

    Parameters
    ----------
    folder
        The output folder.
    engine_name
        The engine is part of a step's fingerprint: asking for the other one runs it again.
    """

    def __init__(self, folder: Path, engine_name: str) -> None:
        self.folder = folder
        self.reports: list[StepReport] = []
        self._engine_name = engine_name
        self._path = folder / STATE_FILE
        self._entries: dict[str, dict[str, str]] = _read(self._path)

    def run(
        self, step: str, reads: str, inputs: Iterable[Path], output: Path, work: Callable[[], str]
    ) -> bool:
        """Do a step's work unless it stands already; true where it was done.

        Parameters
        ----------
        step, reads
            Name and subject of the step, as the report shows them.
        inputs
            Every file that the work reads; a folder stands for all in it.
        output
            What the work makes; where it is gone the work is done again.
        work
            Does it and says in a few words what was made.
        """
        key = f"{step} {output.name}"
        fingerprint = self._fingerprint(step, inputs)
        entry = self._entries.get(key)
        if entry and entry["fingerprint"] == fingerprint and output.exists():
            self.reports.append(StepReport(step, reads, entry["made"], 0.0, skipped=True))
            return False
        started = time.monotonic()
        self._forget(key)
        made = work()
        self._entries[key] = {"fingerprint": fingerprint, "made": made}
        self._write()
        self.reports.append(
            StepReport(step, reads, made, time.monotonic() - started, skipped=False)
        )
        return True

    def _fingerprint(self, step: str, inputs: Iterable[Path]) -> str:
        digest = hashlib.sha256(f"{step} {self._engine_name} {version('earthgraph')}".encode())
        for path in sorted(set(inputs)):
            digest.update(path.name.encode())
            digest.update(content_digest(path))
        return digest.hexdigest()

    def _forget(self, key: str) -> None:
        # Before the work starts: a killed run must not leave a line for what it was overwriting.
        if self._entries.pop(key, None) is not None:
            self._write()

    def _write(self) -> None:
        partial = self._path.with_suffix(".partial")
        partial.write_text(json.dumps(self._entries, indent=1), encoding="utf-8")
        partial.replace(self._path)


def _read(path: Path) -> dict[str, dict[str, str]]:
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        # No record, or one that a crash cut short, only means that every step runs.
        return {}
    return entries if isinstance(entries, dict) else {}
