"""A process of a benchmark and all that it starts: CPU seconds and the most memory together."""

from __future__ import annotations

import os
import subprocess
import threading
from pathlib import Path
from typing import NamedTuple

_EVERY_S = 0.05
_PAGE_MB = os.sysconf("SC_PAGE_SIZE") / (1 << 20)


class Usage(NamedTuple):
    """What a command printed and what it used."""

    output: str
    cpu_s: float
    peak_mb: float


def watched(command: list[str], folder: Path) -> Usage:
    """Run a command in a folder to its end.

    Raises
    ------
    subprocess.CalledProcessError
        It failed.
    """
    process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=folder, text=True)
    peak_mb = [0.0]
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(_EVERY_S):
            peak_mb[0] = max(peak_mb[0], sum(map(_resident_mb, _family(process.pid))))

    watcher = threading.Thread(target=watch)
    watcher.start()
    before = os.times()
    output, _ = process.communicate()
    after = os.times()
    ended.set()
    watcher.join()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    cpu_s = after.children_user + after.children_system
    cpu_s -= before.children_user + before.children_system
    return Usage(output, cpu_s, peak_mb[0])


def _family(process: int) -> list[int]:
    """Give a process and all that descend from it."""
    try:
        tasks = list(Path(f"/proc/{process}/task").iterdir())
        children = [int(c) for task in tasks for c in (task / "children").read_text().split()]
    except OSError:
        return []  # it has just ended
    return [process, *(one for child in children for one in _family(child))]


def _resident_mb(process: int) -> float:
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * _PAGE_MB
    except OSError:
        return 0.0
